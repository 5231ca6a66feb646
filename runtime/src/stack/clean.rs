//! Prepares native frames for a reader.
//!
//! In: frames with symbol names, innermost first. Out: the frames that are not [`hidden`], one for each
//! tracked function (a wrapper and a closure), without generic arguments (`type_name`, symbols and line
//! tables differ in them), and with paths relative to the workspace or to the package.
//!
//! Without line tables `render` later shows or hides a frame by its crate.

use std::sync::Mutex;

use super::hidden::{Hidden, hidden, is_entry};
use super::{Frame, fork};
use crate::base::lock::lock;
use crate::base::source::{closures_of, function_name, is_dependency, path};

/// Prepares resolved frames for a reader. `site_file` is the compiler's name of the tracked function's file;
/// it reveals the build directory in absolute paths.
pub(super) fn clean(frames: Vec<Frame>, site_file: &str) -> Vec<Frame> {
    cleaned(frames, site_file).into_iter().map(|(frame, _)| frame).collect()
}

/// The same for a backtrace that begins at the error's creation, perhaps in a dependency: the first frame
/// with a place belongs to the program.
pub(super) fn clean_carried(frames: Vec<Frame>, site_file: &str) -> Vec<Frame> {
    let frames = cleaned(frames, site_file).into_iter();
    frames.skip_while(|(_, is_foreign)| *is_foreign).map(|(frame, _)| frame).collect()
}

/// The frames, each with a flag: a dependency's code.
fn cleaned(frames: Vec<Frame>, site_file: &str) -> Vec<(Frame, bool)> {
    let roots = build_roots(&frames, site_file);
    let mut cleaned: Vec<(Frame, bool)> = Vec::with_capacity(frames.len());
    // Whether plumbing was hidden since the last shown frame.
    let mut wrapped = true;
    for frame in frames {
        if frame.unnamed.is_some() {
            wrapped = false;
            cleaned.push((frame, false));
            continue;
        }
        if frame.function.contains("__rust_begin_short_backtrace") {
            // Below is the start of the thread or of the program.
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
            if inner.is_anonymous() {
                inner.function.clone_from(&frame.function);
                inner.closures = frame.closures;
            }
            // Several frames are one function for a reader, at the line that its body had reached: a tracked
            // function is its wrapper and, inside it, the closure with its body; an async `main` is a block
            // and, around it, the function that runs it; a dependency's macro puts its own closures into a
            // function.
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

/// The build directories of all stacks.
static KNOWN: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Waits for the lock of the build directories.
pub(super) fn take_lock() {
    drop(lock(&KNOWN));
}

/// Build directories: the part of an absolute path (from line tables) before the compiler's name of the file
/// (relative to the workspace).
///
/// They are cached, for stacks without the file of their own site (an inlined async function).
fn build_roots(frames: &[Frame], site_file: &str) -> Vec<String> {
    /// Workspaces of one program: one, and a few of path dependencies.
    const MAX_KNOWN: usize = 16;

    // In a forked child, a thread of the parent may have left the lock taken; and there are no native frames.
    if !fork::are_locks_free() {
        return Vec::new();
    }
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
        Frame::named(function.to_owned())
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
