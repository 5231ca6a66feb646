//! Which frames a reader wants to see, and how they are written.
//!
//! In: frames as the symbols name them, innermost first. Out: the same without this crate's own
//! frames, without the plumbing of closures, futures and executors, without what the standard
//! library puts below the program's own entry point, and with paths that do not depend on the
//! machine that built the program.
//!
//! Where there are no line tables, whether a frame is shown is decided later, by its crate (`render`).

use std::sync::{LazyLock, Mutex};

use super::Frame;
use super::application::{crate_of, is_standard};
use crate::base::lock::lock;
use crate::base::source::{closures_of, function_name, is_dependency, path};

/// Frames between a function and the closure or future it is made of, and between a task and the
/// thread it runs on: never what a reader looks for.
const PLUMBING: [&str; 16] = [
    "track_errors::",
    "tokio::runtime::",
    "tokio::task::",
    "tokio::park::",
    "tokio::macros::",
    "tokio::future::",
    "tracing::instrument::",
    "futures_executor::",
    "futures_util::future::future::",
    "backtrace::",
    // What makes an error, in front of the function that asked for it.
    "anyhow::",
    "eyre::",
    "color_eyre::",
    "snafu::",
    "error_stack::",
    "__rust_try",
];

/// The same by file, for line tables, in which the name of an inlined function has no path.
const PLUMBING_FILES: [&str; 5] =
    ["/src/runtime/", "/src/task/", "/src/park", "/src/macros/", "/src/loom/"];

/// Packages that make errors, by the folders of their sources.
const ERROR_LIBRARIES: [&str; 5] =
    ["/anyhow-", "/eyre-", "/color-eyre-", "/snafu-", "/error-stack-"];

/// Crates whose frames below the outermost frame of the program are entry points and executors.
const ENTRY_CRATES: [&str; 9] = [
    "tokio::",
    "futures_util::",
    "futures_lite::",
    "async_std::",
    "async_executor::",
    "async_io::",
    "smol::",
    "rayon_core::",
    "actix_rt::",
];

/// What the system puts below the program.
const ENTRY_FUNCTIONS: [&str; 9] = [
    "main",
    "_start",
    "__libc_start_main",
    "__libc_start_main_impl",
    "__libc_start_call_main",
    "start_thread",
    "clone",
    "clone3",
    "__clone3",
];

/// Why a frame is not shown.
#[derive(PartialEq, Eq)]
enum Hidden {
    /// What a function is wrapped in.
    Plumbing,
    StandardLibrary,
}

/// Prepares resolved frames for a reader. `site_file` is the file of the tracked function as the
/// compiler names it; it tells which part of absolute paths is the build directory.
pub(super) fn clean(frames: Vec<Frame>, site_file: &str) -> Vec<Frame> {
    cleaned(frames, site_file).into_iter().map(|(frame, _)| frame).collect()
}

/// The same of a backtrace that begins where an error was made, which may be in a dependency: the
/// first frame that has a place is the program's own.
pub(super) fn clean_carried(frames: Vec<Frame>, site_file: &str) -> Vec<Frame> {
    let frames = cleaned(frames, site_file).into_iter();
    frames.skip_while(|(_, is_foreign)| *is_foreign).map(|(frame, _)| frame).collect()
}

/// Each with whether its code is a dependency's.
fn cleaned(frames: Vec<Frame>, site_file: &str) -> Vec<(Frame, bool)> {
    let roots = build_roots(&frames, site_file);
    let mut cleaned: Vec<(Frame, bool)> = Vec::with_capacity(frames.len());
    // Whether something that wraps a function was hidden since the last frame that is shown.
    let mut wrapped = true;
    for frame in frames {
        if frame.unnamed.is_some() {
            wrapped = false;
            cleaned.push((frame, false));
            continue;
        }
        if frame.function.contains("__rust_begin_short_backtrace") {
            // What is below is the start of the thread or of the program.
            break;
        }
        let is_foreign = frame.file.as_deref().is_some_and(is_dependency);
        if let Some(hidden) = hidden(&frame) {
            wrapped |= hidden == Hidden::Plumbing;
            continue;
        }
        let frame = Frame {
            function: function_name(&frame.function),
            closures: closures_of(&frame.function),
            file: frame.file.map(|file| path(&file, &roots)),
            ..frame
        };
        if let Some((inner, _)) = cleaned.last_mut() {
            if is_anonymous(&inner.function) {
                inner.function.clone_from(&frame.function);
                inner.closures = frame.closures;
            }
            // A tracked function is its wrapper and, inside it, the closure with its body; an
            // async `main` is a block and, around it, the function that runs it; a macro of a
            // dependency puts closures of its own into a function. A reader sees one function, at
            // the line that the body had reached.
            if (wrapped || is_foreign) && inner.function == frame.function {
                wrapped = false;
                inner.closures = inner.closures.min(frame.closures);
                continue;
            }
        }
        wrapped = false;
        cleaned.push((frame, is_foreign));
    }
    // Below the last frame of the program: servers, executors, the start of the thread.
    while cleaned.last().is_some_and(|(frame, is_foreign)| *is_foreign || is_entry(&frame.function))
    {
        cleaned.pop();
    }
    cleaned
}

/// Whether a frame is shown, by its name and file as debug info has them: a folder of the program's
/// own may well be called `core`.
fn hidden(frame: &Frame) -> Option<Hidden> {
    let name = bare(&frame.function);
    if PLUMBING.iter().any(|prefix| name.starts_with(prefix)) {
        return Some(Hidden::Plumbing);
    }
    let file = frame.file.as_deref().unwrap_or_default().replace('\\', "/");
    // With line tables alone, an inlined function has a name without a path.
    let is_tokio = is_dependency(&file) && file.contains("/tokio-");
    let is_executors = is_tokio && PLUMBING_FILES.iter().any(|folder| file.contains(folder));
    let makes_errors =
        is_dependency(&file) && ERROR_LIBRARIES.iter().any(|package| file.contains(package));
    if is_executors || makes_errors || is_own_file(&file) {
        return Some(Hidden::Plumbing);
    }
    // All of the standard library's frames are left out: what is between two functions of the
    // program is iterators and closures, and below them is the entry point.
    let is_file_of_library = (file.starts_with("/rustc/") && file.contains("/library/"))
        || file.contains("/lib/rustlib/src/rust/library/");
    // `<alloc::boxed::Box<T> as shop::Pay>::pay` is the program's.
    let is_of_library = ["core::", "std::", "alloc::"].iter().any(|krate| name.starts_with(krate))
        && (is_dependency(&file) || crate_of(&frame.function).is_none_or(is_standard));
    (is_file_of_library || is_of_library).then_some(Hidden::StandardLibrary)
}

/// Whether a path, as debug info has it, is that of a source of this crate.
fn is_own_file(path: &str) -> bool {
    const THIS: &str = "stack/clean.rs";
    static FOLDER: LazyLock<String> =
        LazyLock::new(|| file!().replace('\\', "/").replace(THIS, ""));
    // The compiler's own name of the file is absolute in a program that depends on this crate, and
    // relative to the workspace in this crate's own.
    match path.strip_prefix(&**FOLDER) {
        Some(_) => true,
        None if FOLDER.starts_with('/') => false,
        None => path.contains(&format!("/{}", &**FOLDER)),
    }
}

fn is_entry(name: &str) -> bool {
    ENTRY_FUNCTIONS.contains(&name) || is_executor(name)
}

/// Whether a function is an executor's.
pub(super) fn is_executor(name: &str) -> bool {
    ENTRY_CRATES.iter().any(|krate| bare(name).starts_with(krate))
}

/// An inlined closure, where line tables alone give no path: `{closure#0}`.
pub(super) fn is_anonymous(name: &str) -> bool {
    name.starts_with('{')
}

/// The path at the head of a name: `a::B` of `<a::B as c::D>::e`, `<&mut a::B>::e` and `a::B::e`.
fn bare(name: &str) -> &str {
    name.trim_start_matches(['<', '&', '(', '*'])
        .trim_start_matches("mut ")
        .trim_start_matches("dyn ")
}

/// Build directories: what stands before the name that the compiler gives a file (relative to
/// the workspace) in the absolute path that the line tables give it.
///
/// A stack that does not show the file of its own site (an async function that was inlined) still
/// meets the directory that an earlier stack told of.
fn build_roots(frames: &[Frame], site_file: &str) -> Vec<String> {
    static KNOWN: Mutex<Vec<String>> = Mutex::new(Vec::new());
    /// Workspaces that one program is built from: one, and a few of path dependencies.
    const MAX_KNOWN: usize = 16;

    let mut known = lock(&KNOWN);
    let found = frames.iter().find_map(|frame| {
        let root = frame.file.as_deref()?.strip_suffix(site_file)?;
        (root.ends_with(['/', '\\']) && !known.iter().any(|known| known == root)).then_some(root)
    });
    if let Some(root) = found
        && known.len() < MAX_KNOWN
    {
        known.push(root.to_owned());
    }
    known.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(function: &str) -> Frame {
        Frame {
            function: function.to_owned(),
            file: None,
            line: None,
            column: None,
            closures: 0,
            unnamed: None,
        }
    }

    fn cleaned_names(frames: &[&str]) -> Vec<String> {
        let frames = frames.iter().map(|name| frame(name)).collect();
        clean(frames, "src/pay.rs").into_iter().map(|frame| frame.function).collect()
    }

    #[test]
    fn a_tracked_function_is_one_frame_and_our_own_frames_are_left_out() {
        assert_eq!(
            cleaned_names(&[
                "track_errors::outcome::finish::<shop::PayError, shop::pay::{closure#1}>",
                "shop::pay",
                "shop::checkout::{{closure}}",
                "track_errors::outcome::call",
                "shop::checkout",
                "shop::main::{{closure}}",
                "tokio::runtime::runtime::Runtime::block_on",
                "shop::main",
                "std::sys::backtrace::__rust_begin_short_backtrace",
                "main",
            ]),
            ["shop::pay", "shop::checkout", "shop::main"]
        );
    }

    #[test]
    fn a_frame_knows_inside_how_many_closures_of_its_function_it_is() {
        let symbols = [
            "shop::pay::{{closure}}::{closure#1}",
            "axum::call",
            "shop::pay::{{closure}}",
            "track_errors::outcome::call",
            "shop::pay",
        ];
        let frames = symbols.map(frame).into();
        let closures = clean(frames, "src/pay.rs").into_iter().map(|frame| frame.closures);
        assert_eq!(closures.collect::<Vec<_>>(), [2, 0, 0]);
        assert_eq!(closures_of("shop::pay::<fn() -> u8>::{closure#0}"), 1);
    }

    #[test]
    fn an_inlined_closure_without_a_path_has_the_name_of_its_function() {
        assert_eq!(
            cleaned_names(&[
                "{closure#0}",
                "track_errors::outcome::call",
                "shop::pay",
                "shop::main"
            ]),
            ["shop::pay", "shop::main"]
        );
    }

    #[test]
    fn what_a_server_puts_below_the_program_is_left_out() {
        let file = |function: &str, file: &str| Frame {
            file: Some(format!("/home/u/{file}")),
            ..frame(function)
        };
        let dependency = ".cargo/registry/src/index-1/axum-1.0.0/src/handler.rs";
        let frames = vec![
            file("shop::pay", "shop/src/pay.rs"),
            file("axum::extract", dependency),
            file("shop::pay_route", "shop/src/http.rs"),
            file("shop::pay_route", dependency),
            file("<F as axum::handler::Handler>::call", dependency),
        ];
        let cleaned = clean(frames, "src/pay.rs");
        let functions: Vec<_> = cleaned.iter().map(|frame| &*frame.function).collect();
        assert_eq!(functions, ["shop::pay", "axum::extract", "shop::pay_route"]);
    }

    #[test]
    fn a_folder_of_the_program_may_be_called_like_the_standard_library() {
        let core = Frame {
            file: Some("/home/u/shop/core/src/lib.rs".to_owned()),
            ..frame("core_of_shop::load")
        };
        let std =
            Frame { file: Some("/rustc/1/library/core/src/ops.rs".to_owned()), ..frame("call") };
        let cleaned = clean(vec![frame("shop::pay"), std, core], "src/pay.rs");
        assert_eq!(cleaned.len(), 2);
        assert_eq!(cleaned[1].file.as_deref(), Some("core/src/lib.rs"));
    }

    #[test]
    fn a_recursive_function_keeps_a_frame_for_each_call() {
        let call = ["shop::pay::{{closure}}", "track_errors::outcome::call", "shop::pay"];
        let frames: Vec<_> = call.repeat(3);
        assert_eq!(cleaned_names(&frames).len(), 3);
        assert_eq!(cleaned_names(&["shop::walk", "shop::walk"]).len(), 2, "not a tracked function");
    }

    #[test]
    fn a_trait_of_the_program_for_a_type_of_the_standard_library_is_the_programs() {
        let own = "<alloc::boxed::Box<T> as shop::Pay>::pay";
        let library = "<alloc::boxed::Box<F,A> as core::ops::function::FnOnce<Args>>::call_once";
        assert_eq!(cleaned_names(&[own, library]), ["<alloc::boxed::Box as shop::Pay>::pay"]);
    }

    #[test]
    fn a_frame_without_a_name_is_kept_as_it_is() {
        let unnamed = Frame {
            unnamed: Some(crate::stack::Unnamed { build_id: None }),
            ..frame("shop<1>+0x1f")
        };
        let frames = vec![unnamed.clone(), unnamed.clone(), frame("main")];
        assert_eq!(clean(frames, "src/pay.rs"), [unnamed.clone(), unnamed]);
    }

    #[test]
    fn a_carried_backtrace_begins_in_the_program() {
        let file = |function: &str, file: &str| Frame {
            file: Some(format!("/home/u/{file}")),
            ..frame(function)
        };
        let dependency = ".cargo/registry/src/index-1/sqlx-1.0.0/src/query.rs";
        let frames = vec![
            file("sqlx::query", dependency),
            file("shop::load", "shop/src/load.rs"),
            file("sqlx::with", dependency),
            file("shop::pay", "shop/src/pay.rs"),
        ];
        let functions: Vec<_> =
            clean_carried(frames, "src/pay.rs").into_iter().map(|frame| frame.function).collect();
        assert_eq!(functions, ["shop::load", "sqlx::with", "shop::pay"]);
    }

    #[test]
    fn executors_are_left_out_at_the_end_and_kept_in_between() {
        assert_eq!(
            cleaned_names(&[
                "shop::pay",
                "tokio::time::timeout",
                "shop::main",
                "tokio::runtime::run",
                "clone3"
            ]),
            ["shop::pay", "tokio::time::timeout", "shop::main"]
        );
    }
}
