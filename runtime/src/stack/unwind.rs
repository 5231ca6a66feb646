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

    pub(super) fn walk(_: &mut [usize]) -> Walked {
        Walked::Unsure
    }
}

use cached::Walked;

/// Return addresses of the calls that are running on this thread, innermost first (the first lies
/// in the caller of this function), at most as many as `out` holds. Returns how many were written.
///
/// The values are those of `backtrace::Frame::ip`: the address one lower lies in the calling
/// instruction.
#[inline(never)]
pub(crate) fn walk(out: &mut [usize]) -> usize {
    match cached::walk(out) {
        Walked::Frames(count) => count,
        Walked::Unsure => walk_by_system(out),
    }
}

/// Part of the frame of `walk`, so that the addresses of its own frames can be told from the
/// callers': these lie higher on the stack than the local `marker`.
#[inline(always)]
fn walk_by_system(out: &mut [usize]) -> usize {
    let marker = 0_u8;
    let own = std::hint::black_box(&raw const marker) as usize;
    let mut count = 0;
    let each = |frame: &backtrace::Frame| {
        // Null where the platform does not tell.
        let stack = frame.sp() as usize;
        if stack != 0 && stack <= own {
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
            return std::hint::black_box(both(depth - 1, room));
        }
        let take = |walk: fn(&mut [usize]) -> usize| {
            let mut out = vec![0; room];
            let count = walk(&mut out);
            out.truncate(count);
            out
        };
        #[inline(never)]
        fn by_system(out: &mut [usize]) -> usize {
            walk_by_system(out)
        }
        // Called at one place, so that all addresses are to be the same.
        let mut walks = [walk, by_system].map(take).into_iter();
        (walks.next().unwrap_or_default(), walks.next().unwrap_or_default())
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
        for _ in 0..2 {
            assert!(matches!(cached::walk(&mut [0; 64]), Walked::Frames(count) if count > 3));
        }
    }

    #[test]
    fn no_more_addresses_are_written_than_there_is_room_for() {
        let (whole, _) = both(20, 1000);
        for room in [0, 1, 7] {
            let (ours, theirs) = both(20, room);
            assert_eq!((ours.len(), theirs.len()), (room, room));
            // The first is where this function calls the other.
            assert_eq!(ours[1.min(room)..], whole[1.min(room)..room]);
        }
    }
}
