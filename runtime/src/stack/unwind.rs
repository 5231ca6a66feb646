//! The walk up the stack of the calling thread: return addresses, no symbols.
//!
//! Two walkers give the same addresses.
//!
//! * The *system* walker is `_Unwind_Backtrace` of libgcc (or LLVM's libunwind), through the crate
//!   `backtrace`. It works wherever panics unwind, and reads the unwind tables (DWARF CFI) of every
//!   frame anew: 70 ns a frame with libgcc 12 and glibc 2.36, 1.4 µs with musl.
//! * The *cached* walker (feature `cached-unwind`, Linux on x86_64 and aarch64) remembers for each
//!   return address how to get from its frame to the caller's: 5 ns a frame. It is strict: where
//!   it does not know a rule for sure it does not guess, it lets the system walker take the whole
//!   stack. (The crate `framehop` guesses: it follows the frame pointer through code without
//!   tables, which skips frames; and its caches are each thread's own.)
//!
//! The cached walker in the order in which a frame meets it: `walk` steps from frame to frame
//! within the stack of the thread, `cache` remembers rules, `rule` reads one from the unwind
//! tables of an image, `image` finds the image that an address lies in.
//!
//! The walk passes this crate's own frames first. Their names would tell them from the program's, but
//! a stripped program has no names: a [`StackMarker`] does.
//!
//! Promises: no symbols; no allocation and no lock of ours (the walkers themselves take the
//! loader's lock: the cached one with the first sight of an address in a shared library or of a
//! broken stack, and ten times a second to see what was unloaded; the system one, with glibc before
//! 2.35, for every frame). The cached walker ends at
//! what is broken in a stack, where the system walker may fault. One thing it can get wrong: when a
//! library takes the addresses of another that was unloaded less than 100 ms ago, a remembered
//! rule of the old one may be applied; it is noticed if that leads nowhere.

#[cfg(all(
    feature = "cached-unwind",
    target_os = "linux",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    target_endian = "little",
    not(miri)
))]
mod cached {
    mod cache;
    mod image;
    mod rule;
    mod walk;

    pub(super) use walk::{Walked, walk};
}

/// Stands in for the cached walker where there is none.
#[cfg(not(all(
    feature = "cached-unwind",
    target_os = "linux",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    target_endian = "little",
    not(miri)
)))]
mod cached {
    pub(super) enum Walked {
        #[expect(dead_code, reason = "here every stack is the system walker's")]
        Frames(usize),
        Unsure,
    }

    pub(super) fn walk(_: super::StackMarker, _: &mut [usize]) -> Walked {
        Walked::Unsure
    }
}

use std::hint::black_box;

use cached::Walked;

/// The place of a frame on the stack, which tells the frames that it called from its callers: those
/// begin at or below it, these above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StackMarker(usize);

impl StackMarker {
    /// Runs `f` with a marker of the calling function's frame, which has to be `#[inline(never)]`:
    /// the addresses that a walk inside `f` takes begin in the caller of that function.
    #[inline(always)]
    pub(crate) fn here<R>(f: impl FnOnce(StackMarker) -> R) -> R {
        let local = 0_u8;
        let result = f(StackMarker(black_box(&raw const local).addr()));
        // Used once more, so that the call of `f` is no tail call, which would end the frame.
        black_box(&raw const local);
        result
    }

    /// Whether a frame whose lower end is `sp` is the marked one or was called by it.
    #[inline(always)]
    fn covers(self, sp: usize) -> bool {
        sp <= self.0
    }
}

/// Return addresses of the calls that are running on this thread, innermost first, at most as many
/// as `out` holds. The first lies in the caller of the marked function. Returns how many were written.
///
/// The values are those of `backtrace::Frame::ip`: the address one lower lies in the calling
/// instruction.
#[inline(never)]
pub(crate) fn walk(marker: StackMarker, out: &mut [usize]) -> usize {
    match cached::walk(marker, out) {
        Walked::Frames(count) => count,
        Walked::Unsure => walk_by_system(marker, out),
    }
}

fn walk_by_system(marker: StackMarker, out: &mut [usize]) -> usize {
    let mut count = 0;
    // Callers may run on another stack, which may lie anywhere (signals, coroutines).
    let mut is_past_marker = false;
    let each = |frame: &backtrace::Frame| {
        // Null where the platform does not tell.
        let sp = frame.sp() as usize;
        is_past_marker |= sp == 0 || !marker.covers(sp);
        if !is_past_marker {
            return true;
        }
        let address = frame.ip() as usize;
        // libgcc tells the caller of the thread's first function too: zero.
        if address == 0 {
            return false;
        }
        let Some(slot) = out.get_mut(count) else { return false };
        *slot = address;
        count += 1;
        count < out.len()
    };
    // SAFETY: the lock that `trace_unsynchronized` leaves out guards the symbol caches of
    // `backtrace` and, on Windows, `dbghelp`. On Unix the walk is `_Unwind_Backtrace`, which runs
    // in every thread that panics: it is made to be called from many threads at once. The closure
    // asks for no symbol, and does not panic.
    #[cfg(unix)]
    unsafe {
        backtrace::trace_unsynchronized(each);
    };
    #[cfg(not(unix))]
    backtrace::trace(each);
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What both walkers make of the calls of this test, from the same function.
    #[inline(never)]
    fn both(depth: usize, room: usize) -> (Vec<usize>, Vec<usize>) {
        if depth > 0 {
            return black_box(both(depth - 1, room));
        }
        StackMarker::here(|marker| {
            let take = |walk: fn(StackMarker, &mut [usize]) -> usize| {
                let mut out = vec![0; room];
                let count = walk(marker, &mut out);
                out.truncate(count);
                out
            };
            (take(walk), take(walk_by_system))
        })
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri has a walker of its own")]
    fn the_first_address_lies_in_the_caller_of_the_marked_function() {
        #[inline(never)]
        fn address_of_caller() -> [usize; 2] {
            StackMarker::here(|marker| {
                [walk, walk_by_system].map(|walk| {
                    let mut out = [0; 1];
                    assert_eq!(black_box(walk)(marker, &mut out), 1);
                    out[0]
                })
            })
        }
        #[inline(never)]
        fn caller() -> [usize; 2] {
            black_box(address_of_caller())
        }
        for address in black_box(caller as fn() -> [usize; 2])() {
            let mut names = Vec::new();
            backtrace::resolve((address - 1) as *mut _, |symbol| {
                names.extend(symbol.name().map(|name| format!("{name:#}")));
            });
            assert!(names.iter().any(|name| name.ends_with("::caller")), "{names:?}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri has a walker of its own")]
    fn both_walkers_give_the_same_callers() {
        for depth in [0, 1, 30, 300] {
            let (ours, theirs) = both(depth, 1000);
            assert!(ours.len() > depth);
            // On musl the system walker leaves out the frames of libc, which has no unwind tables.
            assert_eq!(ours[..theirs.len()], theirs);
            assert!(ours.len() - theirs.len() <= usize::from(cfg!(target_env = "musl")));
        }
    }

    /// The others would pass as well if every stack were left to the system walker.
    #[test]
    #[cfg(all(feature = "cached-unwind", target_os = "linux", target_arch = "x86_64", not(miri)))]
    fn an_ordinary_stack_needs_no_help_of_the_system_walker() {
        fn walk_here() -> Walked {
            StackMarker::here(|marker| cached::walk(marker, &mut [0; 64]))
        }
        for _ in 0..2 {
            assert!(matches!(walk_here(), Walked::Frames(count) if count > 3));
        }
    }

    #[test]
    fn no_more_addresses_are_written_than_there_is_room_for() {
        let (whole, _) = both(20, 1000);
        for room in [0, 1, 7] {
            let (ours, theirs) = both(20, room);
            assert_eq!((ours.len(), theirs.len()), (room, room));
            assert_eq!(ours[..], theirs[..]);
            // The last is where this function calls the other, at another place.
            let inner = room.min(20);
            assert_eq!(ours[..inner], whole[..inner]);
        }
    }
}
