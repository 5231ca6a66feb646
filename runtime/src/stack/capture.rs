//! Addresses of the running calls, taken on the thread on which the error left.
//!
//! No lock, no symbol, one allocation. See [`unwind`](super::unwind) for how.

use super::unwind::{self, StackMarker};

/// Addresses that are kept: the frames that are shown, and what is left out between them.
const MAX_ADDRESSES: usize = 128;

/// Return addresses, not yet resolved.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Captured(Box<[usize]>);

impl Captured {
    pub(super) fn addresses(&self) -> &[usize] {
        &self.0
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.0)
    }
}

/// Takes the addresses of the calls that are running on this thread, from the caller of the marked
/// function on.
#[inline(never)]
pub(crate) fn capture(marker: StackMarker) -> Captured {
    let mut addresses = [0; MAX_ADDRESSES];
    let count = unwind::walk(marker, &mut addresses);
    Captured(addresses[..count].into())
}
