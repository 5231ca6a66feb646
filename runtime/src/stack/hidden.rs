//! Decides which frames to hide: plumbing, the standard library, entry points and executors.
//!
//! Decides by name, and by file if line tables have it.

use super::Frame;
use super::application::{crate_of, is_standard};
use crate::base::once_box::OnceBox;
use crate::base::source::is_dependency;

/// Frames between a function and its own closure or future, and between a task and its thread.
const PLUMBING: [&str; 18] = [
    "track_errors::",
    "tokio::runtime::",
    "tokio::task::",
    "tokio::park::",
    "tokio::macros::",
    "tokio::future::",
    "tracing::",
    "futures_executor::",
    "futures_util::future::future::",
    "backtrace::",
    // Crates that make errors: their frames come before the function that calls them.
    "anyhow::",
    "eyre::",
    "color_eyre::",
    "snafu::",
    "error_stack::",
    "__rust_try",
    // Of a panic.
    "__rustc::",
    "rust_begin_unwind",
];

/// The same by file: in line tables an inlined function has a name without a path.
const PLUMBING_FILES: [&str; 5] =
    ["/src/runtime/", "/src/task/", "/src/park", "/src/macros/", "/src/loom/"];

/// Crates by which errors are reported: their frames come before the function that reports one.
const REPORTING_CRATES: [&str; 3] = ["track_errors", "tracing_core", "tracing_subscriber"];

/// Packages that make or report errors, by their source folders.
const ERROR_LIBRARIES: [&str; 8] = [
    "/anyhow-",
    "/eyre-",
    "/color-eyre-",
    "/snafu-",
    "/error-stack-",
    "/tracing-0.",
    "/tracing-core-",
    "/tracing-subscriber-",
];

/// Crates of entry points and executors, if they are below the program's outermost frame.
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

/// The system's frames below the program.
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

/// Why a frame is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hidden {
    /// Frames that wrap a function.
    Plumbing,
    StandardLibrary,
}

/// Why a frame is hidden, by its name and file in debug info; `None` if it is shown. A folder of the program
/// may be called `core`.
pub(super) fn hidden(frame: &Frame) -> Option<Hidden> {
    let name = bare(&frame.function);
    // Also `<Result<T, E> as track_errors::ReportErr>::report_err`.
    let reports = crate_of(&frame.function).is_some_and(|krate| REPORTING_CRATES.contains(&krate));
    if reports || PLUMBING.iter().any(|prefix| name.starts_with(prefix)) {
        return Some(Hidden::Plumbing);
    }
    let file = frame.file.as_deref().unwrap_or_default().replace('\\', "/");
    // With line tables alone, an inlined function has a name without a path.
    let is_tokio = is_dependency(&file) && file.contains("/tokio-");
    let is_executors = is_tokio && PLUMBING_FILES.iter().any(|folder| file.contains(folder));
    let makes_or_reports =
        is_dependency(&file) && ERROR_LIBRARIES.iter().any(|package| file.contains(package));
    if is_executors || makes_or_reports || is_own_file(&file) {
        return Some(Hidden::Plumbing);
    }
    // All frames of the standard library are hidden: between two functions of the program these are iterators
    // and closures, below them the entry point.
    let is_file_of_library = (file.starts_with("/rustc/") && file.contains("/library/"))
        || file.contains("/lib/rustlib/src/rust/library/");
    // `<alloc::boxed::Box<T> as shop::Pay>::pay` belongs to the program.
    let is_of_library = ["core::", "std::", "alloc::"].iter().any(|krate| name.starts_with(krate))
        && (is_dependency(&file) || crate_of(&frame.function).is_none_or(is_standard));
    (is_file_of_library || is_of_library).then_some(Hidden::StandardLibrary)
}

/// Whether a path from debug info is a source file of this crate.
fn is_own_file(path: &str) -> bool {
    const THIS: &str = "stack/hidden.rs";
    static FOLDER: OnceBox<String> = OnceBox::new();
    // The compiler's name of the file is absolute in a program that depends on this crate, and relative to
    // the workspace in this crate's own.
    let folder = FOLDER.get_or_init(|| file!().replace('\\', "/").replace(THIS, "")).as_str();
    path.starts_with(folder) || (!folder.starts_with('/') && path.contains(&format!("/{folder}")))
}

/// Whether a function is an entry point of the system or of an executor.
pub(super) fn is_entry(name: &str) -> bool {
    ENTRY_FUNCTIONS.contains(&name) || is_executor(name)
}

/// Whether a function belongs to an executor.
pub(super) fn is_executor(name: &str) -> bool {
    let name = bare(name);
    ENTRY_CRATES.iter().any(|krate| name.starts_with(krate))
}

/// The path at the head of a name: `a::B` of `<a::B as c::D>::e`, `<&mut a::B>::e` and `a::B::e`.
fn bare(name: &str) -> &str {
    name.trim_start_matches(['<', '&', '(', '*'])
        .trim_start_matches("mut ")
        .trim_start_matches("dyn ")
}
