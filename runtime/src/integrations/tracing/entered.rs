//! The spans that this thread has entered.
//!
//! A list of this crate's, beside the registry's. The registry cannot be reached from inside a callback of a scoped
//! dispatcher, nor the layer inside a `reload`. Entries are plain numbers.
//!
//! Bounded: 128 entries a thread. The oldest makes room: of guards that were forgotten, and of layers that are
//! gone.

use std::cell::RefCell;

use super::spans::Key;

const MAX_ENTRIES: usize = 128;

struct Entry {
    key: Key,
    /// The thread had entered the span before; it is current at the place of the first time, as in the registry.
    is_repeated: bool,
}

thread_local! {
    static ENTERED: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
}

/// Calls `then` with the list. `None` while the thread ends.
fn with<T>(then: impl FnOnce(&mut Vec<Entry>) -> T) -> Option<T> {
    let borrowed =
        |entered: &RefCell<_>| entered.try_borrow_mut().ok().map(|mut list| then(&mut list));
    ENTERED.try_with(borrowed).ok().flatten()
}

pub(super) fn enter(key: Key) {
    with(|entered| {
        let is_repeated = entered.iter().any(|entry| entry.key == key);
        if entered.len() == MAX_ENTRIES {
            entered.remove(0);
        }
        entered.push(Entry { key, is_repeated });
    });
}

pub(super) fn exit(key: Key) {
    with(|entered| {
        if let Some(at) = entered.iter().rposition(|entry| entry.key == key) {
            entered.remove(at);
        }
    });
}

/// The first span that `choose` accepts, the one that was entered last first.
pub(super) fn innermost<T>(mut choose: impl FnMut(Key) -> Option<T>) -> Option<T> {
    with(|entered| {
        let current = entered.iter().rev().filter(|entry| !entry.is_repeated);
        current.map(|entry| entry.key).find_map(&mut choose)
    })
    .flatten()
}
