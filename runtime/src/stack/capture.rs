//! Addresses of the running calls, taken on the thread on which the error left.

/// Return addresses, not yet resolved.
#[derive(Debug)]
pub(crate) struct Captured(pub(super) backtrace::Backtrace);

/// Takes the addresses of the calls that are running on this thread. No symbols are looked up.
pub(crate) fn capture() -> Captured {
    Captured(backtrace::Backtrace::new_unresolved())
}
