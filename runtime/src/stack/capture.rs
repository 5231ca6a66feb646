//! Captures the addresses of the running calls, on the error's thread.
//!
//! Takes no lock and reads no symbol ([`super::unwind`]). A stack that is that of the thread's error before it needs no
//! allocation.

use std::cell::RefCell;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use super::unwind::{LastWalk, StackMarker, Walked};
use crate::base::hash::hash_words;

/// Maximum number of addresses: of shown frames, and of hidden ones between them.
const MAX_ADDRESSES: usize = 128;

/// Unresolved return addresses. Errors of one place share them.
#[derive(Debug, Clone)]
pub(crate) struct Captured(Arc<Addresses>);

/// Most addresses are near the previous one, so each is stored as a distance, in half the memory: a boundary may
/// hold an error for each of thousands of waiting tasks.
#[derive(Debug, PartialEq, Eq)]
struct Addresses {
    hash: u64,
    distances: Box<[u32]>,
    /// As in [`Walked`].
    unloads: Option<u64>,
}

impl PartialEq for Captured {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Eq for Captured {}

impl Hash for Captured {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

/// Marks a distance that does not fit: the address follows, its upper half first.
const FAR: u32 = 1 << 31;

impl Captured {
    /// At most [`MAX_ADDRESSES`].
    fn new(addresses: impl Iterator<Item = usize>, unloads: Option<u64>) -> Self {
        let mut words = [0; 3 * MAX_ADDRESSES];
        let mut length = 0;
        let mut last = 0_usize;
        for address in addresses.take(MAX_ADDRESSES) {
            let distance = i32::try_from(address.wrapping_sub(last).cast_signed());
            last = address;
            match distance.map(i32::cast_unsigned) {
                Ok(distance) if distance != FAR => {
                    words[length] = distance;
                    length += 1;
                }
                _ => {
                    let address = address as u64;
                    words[length..][..3].copy_from_slice(&[
                        FAR,
                        (address >> 32) as u32,
                        address as u32,
                    ]);
                    length += 3;
                }
            }
        }
        let distances = &words[..length];
        let hash = hash_words(unloads.unwrap_or_default(), distances);
        Captured(Arc::new(Addresses { hash, distances: distances.into(), unloads }))
    }

    /// As in [`Walked`].
    pub(super) fn unloads(&self) -> Option<u64> {
        self.0.unloads
    }

    pub(super) fn addresses(&self) -> Vec<usize> {
        let mut addresses = Vec::with_capacity(self.0.distances.len());
        let mut words = self.0.distances.iter().copied();
        let mut last = 0_usize;
        while let Some(word) = words.next() {
            last = if word == FAR {
                let mut half = || u64::from(words.next().unwrap_or_default());
                (half() << 32 | half()) as usize
            } else {
                last.wrapping_add_signed(word.cast_signed() as isize)
            };
            addresses.push(last);
        }
        addresses
    }

    /// Whether the stack may have been deeper.
    pub(super) fn is_full(&self) -> bool {
        self.addresses().len() == MAX_ADDRESSES
    }

    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.0.distances)
    }
}

/// Captures the addresses of the running calls of this thread, from the caller of the marked function on.
#[inline(never)]
pub(crate) fn capture(marker: StackMarker) -> Captured {
    thread_local! {
        static LAST: RefCell<Last> = const { RefCell::new(Last::new()) };
    }
    // A signal handler may interrupt another capture; and the end of the thread takes it away.
    let captured = LAST.try_with(|last| Some(last.try_borrow_mut().ok()?.capture(marker)));
    captured.ok().flatten().unwrap_or_else(|| Last::new().capture(marker))
}

/// The last walk of a thread, with its addresses.
struct Last {
    walk: LastWalk,
    captured: Option<Captured>,
}

impl Last {
    const fn new() -> Self {
        Last { walk: LastWalk::new(), captured: None }
    }

    fn capture(&mut self, marker: StackMarker) -> Captured {
        let Walked { unloads, is_same } = self.walk.walk(marker, MAX_ADDRESSES);
        if !is_same {
            self.captured = None;
        }
        let new = || Captured::new(self.walk.addresses(), unloads);
        self.captured.get_or_insert_with(new).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_back_as_they_were_however_far_they_are_apart() {
        let half = 1_usize << 31;
        let near = [0x5555_1234, 0x5555_1200, 0x5555_9999];
        let far = [0, usize::MAX, 1, half, half.wrapping_mul(2), half, usize::MAX / 2, 7];
        for addresses in [&near[..], &far, &[]] {
            let captured = Captured::new(addresses.iter().copied(), None);
            assert_eq!(captured.addresses(), addresses);
        }
        assert!(Captured::new(near.into_iter(), None).bytes() < size_of_val(&near));
    }
}
