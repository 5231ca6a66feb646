//! Captures the addresses of the running calls, on the error's thread.
//!
//! Takes no lock and reads no symbol; one allocation ([`super::unwind`]).

use super::unwind::{self, StackMarker, Walked};

/// Maximum number of addresses: of shown frames, and of hidden ones between them.
const MAX_ADDRESSES: usize = 128;

/// Unresolved return addresses. Most are near the previous one, so each is stored as a distance, in half the
/// memory: a boundary may hold an error for each of thousands of waiting tasks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Captured {
    distances: Box<[u32]>,
    /// As in [`Walked`].
    pub(super) unloads: Option<u64>,
}

/// Marks a distance that does not fit: the address follows, its upper half first.
const FAR: u32 = 1 << 31;

impl Captured {
    /// At most [`MAX_ADDRESSES`].
    fn new(addresses: &[usize], unloads: Option<u64>) -> Self {
        let mut words = [0; 3 * MAX_ADDRESSES];
        let mut length = 0;
        let mut last = 0_usize;
        for address in &addresses[..addresses.len().min(MAX_ADDRESSES)] {
            let distance = i32::try_from(address.wrapping_sub(last).cast_signed());
            last = *address;
            match distance.map(i32::cast_unsigned) {
                Ok(distance) if distance != FAR => {
                    words[length] = distance;
                    length += 1;
                }
                _ => {
                    let address = *address as u64;
                    words[length..][..3].copy_from_slice(&[
                        FAR,
                        (address >> 32) as u32,
                        address as u32,
                    ]);
                    length += 3;
                }
            }
        }
        Captured { distances: words[..length].into(), unloads }
    }

    pub(super) fn addresses(&self) -> Vec<usize> {
        let mut addresses = Vec::with_capacity(self.distances.len());
        let mut words = self.distances.iter().copied();
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
        size_of_val(&*self.distances)
    }
}

/// Captures the addresses of the running calls of this thread, from the caller of the marked function on.
#[inline(never)]
pub(crate) fn capture(marker: StackMarker) -> Captured {
    let mut addresses = [0; MAX_ADDRESSES];
    let Walked { count, unloads } = unwind::walk(marker, &mut addresses);
    Captured::new(&addresses[..count], unloads)
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
            let captured = Captured::new(addresses, None);
            assert_eq!(captured.addresses(), addresses);
        }
        assert!(Captured::new(&near, None).bytes() < size_of_val(&near));
    }
}
