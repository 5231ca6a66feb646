//! Prepares native frames for a reader.
//!
//! In: frames with symbol names, innermost first. Out: the frames that are not [`hidden`], one for each
//! tracked function (a wrapper and a closure), without generic arguments (`type_name`, symbols and line
//! tables differ in them), and with paths relative to the workspace or to the package.
//!
//! Without line tables `render` later shows or hides a frame by its crate.

use std::sync::Arc;

use super::hidden::{Hidden, hidden};
use super::{Frame, StackFrame, fork};
use crate::base::lock::lock;
use crate::base::source::{closures_of, function_name, is_dependency, path};
use crate::base::sync::Mutex;

/// A native frame, prepared as far as its neighbours do not matter: once for all stacks that have it.
#[derive(Debug, Clone)]
pub(super) struct Prepared {
    kind: Kind,
    /// Its path in debug info.
    file: Option<Box<str>>,
}

#[derive(Debug, Clone)]
enum Kind {
    Shown(StackFrame),
    Hidden(Hidden),
    /// Below is the start of the thread or of the program.
    Start,
}

impl Prepared {
    pub(super) fn new(frame: &Frame, roots: &Roots) -> Self {
        let file = frame.file.as_deref().map(Box::from);
        let kind = if frame.unnamed.is_some() {
            Kind::Shown(frame.clone().into())
        } else if frame.function.contains("__rust_begin_short_backtrace") {
            Kind::Start
        } else if let Some(hidden) = hidden(frame) {
            Kind::Hidden(hidden)
        } else {
            let closures = closures_of(&frame.function);
            let is_foreign = frame.file.as_deref().is_some_and(is_dependency);
            let Frame { line, column, .. } = *frame;
            let file = frame.file.as_ref().map(|file| path(file, &roots.0));
            let function = function_name(&frame.function);
            let frame = Frame { function, file, line, column, unnamed: None };
            Kind::Shown(StackFrame { closures, is_foreign, ..frame.into() })
        };
        Prepared { kind, file }
    }

    /// The same with these build directories.
    pub(super) fn with_roots(&self, roots: &Roots) -> Self {
        let mut prepared = self.clone();
        if let (Kind::Shown(frame), Some(file)) = (&mut prepared.kind, &self.file)
            && frame.unnamed.is_none()
        {
            let moved = Frame { file: Some(path(file, &roots.0)), ..Frame::clone(frame) };
            let StackFrame { closures, is_foreign, .. } = *frame;
            *frame = StackFrame { closures, is_foreign, ..moved.into() };
        }
        prepared
    }

    /// Its path in debug info.
    pub(super) fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    pub(super) fn bytes(&self) -> usize {
        let frame = match &self.kind {
            Kind::Shown(frame) => frame.bytes(),
            _ => 0,
        };
        size_of::<Self>() + self.file.as_ref().map_or(0, |file| file.len()) + frame
    }
}

/// The frames of a stack for a reader, without generic arguments and hidden frames.
pub(super) fn clean<'a>(frames: impl IntoIterator<Item = &'a Prepared>) -> Vec<StackFrame> {
    let mut cleaned: Vec<StackFrame> = Vec::with_capacity(32);
    // Whether plumbing was hidden since the last shown frame.
    let mut wrapped = true;
    for prepared in frames {
        let frame = match &prepared.kind {
            Kind::Shown(frame) => frame,
            Kind::Hidden(hidden) => {
                wrapped |= *hidden == Hidden::Plumbing;
                continue;
            }
            Kind::Start => break,
        };
        if let Some(inner) = cleaned.last_mut().filter(|_| frame.unnamed.is_none()) {
            if inner.is_anonymous() {
                *inner = inner.named_as(frame);
            }
            // Several frames are one function for a reader, at the line that its body had reached: a tracked
            // function is its wrapper and, inside it, the closure with its body; an async `main` is a block
            // and, around it, the function that runs it; a dependency's macro puts its own closures into a
            // function.
            if (wrapped || frame.is_foreign) && inner.function == frame.function {
                wrapped = false;
                inner.closures = inner.closures.min(frame.closures);
                continue;
            }
        }
        wrapped = false;
        cleaned.push(frame.clone());
    }
    // Below the last frame of the program: servers, executors, the start of the thread.
    while cleaned.last().is_some_and(|frame| frame.is_foreign || frame.is_entry()) {
        cleaned.pop();
    }
    cleaned
}

/// The same for a backtrace that begins at the error's creation, perhaps in a dependency: the first frame
/// with a place belongs to the program.
pub(super) fn clean_carried(frames: Vec<Frame>, site_file: &str) -> Vec<StackFrame> {
    let cleaned = clean(&prepared(frames, site_file)).into_iter();
    cleaned.skip_while(|frame| frame.is_foreign).collect()
}

/// `site_file` is the compiler's name of the tracked function's file; it reveals the build directory in absolute
/// paths.
fn prepared(frames: Vec<Frame>, site_file: &str) -> Vec<Prepared> {
    let roots = Roots::found(|| frames.iter().filter_map(|frame| frame.file.as_deref()), site_file);
    frames.iter().map(|frame| Prepared::new(frame, &roots)).collect()
}

/// Build directories: the part of an absolute path (from line tables) before the compiler's name of the file
/// (relative to the workspace).
///
/// They are cached, for stacks without the file of their own site (an inlined async function).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Roots(Arc<Vec<String>>);

/// The build directories of all stacks.
static KNOWN: Mutex<Option<Roots>> = Mutex::new(None);

/// Waits for the lock of the build directories.
pub(super) fn take_lock() {
    drop(lock(&KNOWN));
}

impl Roots {
    /// Those of all stacks, and of this one.
    pub(super) fn found<'a, F>(files: impl Fn() -> F, site_file: &str) -> Self
    where
        F: Iterator<Item = &'a str>,
    {
        /// Workspaces of one program: one, and a few of path dependencies.
        const MAX_KNOWN: usize = 16;

        // In a forked child, a thread of the parent may have left the lock taken; and there are no native frames.
        if !fork::are_locks_free() {
            return Roots::default();
        }
        let mut known = lock(&KNOWN);
        let known = known.get_or_insert_default();
        let found = files().find_map(|file| {
            let root = file.strip_suffix(site_file)?;
            (root.ends_with(['/', '\\']) && !known.0.iter().any(|known| known == root))
                .then_some(root)
        });
        if let Some(root) = found
            && known.0.len() < MAX_KNOWN
        {
            Arc::make_mut(&mut known.0).push(root.to_owned());
        }
        known.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(function: &str) -> Frame {
        Frame::named(function.to_owned())
    }

    fn clean(frames: impl Into<Vec<Frame>>, site_file: &str) -> Vec<StackFrame> {
        super::clean(&prepared(frames.into(), site_file))
    }

    fn functions(frames: &[StackFrame]) -> Vec<String> {
        frames.iter().map(|frame| frame.function.clone()).collect()
    }

    fn cleaned_names(frames: &[&str]) -> Vec<String> {
        let frames: Vec<_> = frames.iter().map(|name| frame(name)).collect();
        functions(&clean(frames, "src/pay.rs"))
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
        let frames = symbols.map(frame);
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
        let cleaned = clean(frames, "src/pay.rs");
        assert_eq!(cleaned.iter().map(|frame| &**frame).collect::<Vec<_>>(), [&unnamed; 2]);
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
        let functions = functions(&clean_carried(frames, "src/pay.rs"));
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
