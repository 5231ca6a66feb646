//! Walks stacks of many kinds with the runtime's walker and with the system's, and compares the addresses.
//! Prints a line for each stack; the exit status is 0 if all are the same.
//!
//! With panics that abort: `cargo run --release -p track_errors_unwind_tests --config
//! 'profile.release.panic="abort"'`.

#[cfg(unix)]
#[path = "../../../runtime/src/base"]
#[allow(dead_code, reason = "the rest of the runtime uses more of it")]
mod base {
    pub(crate) mod once_box;
}

#[cfg(unix)]
#[path = "../../../runtime/src/stack"]
#[allow(dead_code, reason = "the rest of the runtime uses more of it")]
mod stack {
    mod fork {
        /// As in a process that did not fork.
        pub(super) fn are_locks_free() -> bool {
            true
        }
    }
    mod loader;
    mod unwind;
    pub(crate) use unwind::{LastWalk, StackMarker};
}

#[cfg(unix)]
mod stacks;

fn main() {
    #[cfg(unix)]
    stacks::main();
}
