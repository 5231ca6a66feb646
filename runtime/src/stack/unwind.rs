//! Walks up the stack of the calling thread: return addresses, no symbols.
//!
//! Two walkers give the same addresses.
//!
//! * The *system* walker is `_Unwind_Backtrace` of libgcc (or LLVM's libunwind), through the crate
//!   `backtrace`. It works wherever panics unwind, and reads the unwind tables (DWARF CFI) of every frame
//!   anew: 70 ns per frame with libgcc 12 and glibc 2.36, 1.4 µs with musl.
//! * The *cached* walker (feature `cached-unwind`, Linux on x86_64 and aarch64) remembers, for each return
//!   address, the rule that leads from its frame to the caller's: 5 ns per frame. It is strict: without a
//!   certain rule, it leaves the whole stack to the system walker.
//!
//! Why not `backtrace::trace`: it holds a global lock. One thread that resolves its first symbol under the
//! lock keeps all others waiting. `trace_unsynchronized` has no lock, and takes 2,081 ns for 30 frames; the
//! cached walker takes 154 ns. Why not `framehop` (233 ns): without a rule it follows the frame pointer and
//! does not report that, which skips frames behind C code without tables. Its caches are per thread. It
//! needs another version of `gimli` than `backtrace`, so it brings four crates. (Release build, glibc
//! 2.36, libgcc 12, best of 7, one run on a shared machine.)
//!
//! The parts of the cached walker: `walk` steps from frame to frame within the stack of the thread,
//! `rule_table` remembers rules, `rule` reads one from the unwind tables of an image, `loaded` finds the
//! image that contains an address.
//!
//! The walk begins with this crate's own frames. A stripped program has no names to recognise them by. So the
//! outermost of them that is never inlined marks its place on the stack ([`StackMarker`]), and the walk
//! leaves out frames at or below that place.
//!
//! A library may be unloaded, and another one loaded at its address. A library cannot be unloaded while its
//! function is on the stack. So a walk that reaches one reads from the [`loader`] how many images were unloaded: if
//! the number has changed, all rules of libraries are forgotten before one is applied. The number also goes
//! with the addresses, because they are resolved later. The program, the C library and the image of this crate
//! stay: stacks of these alone do not need the loader.
//!
//! Promises: no symbols, no lock of this crate, and no allocation but for the first walk. The walkers take
//! the loader's lock: the cached one for the first address in a shared library, for a library that may be
//! unloaded, and for a broken stack; the system one, with glibc before 2.35, for every frame. In a forked child in
//! which that lock may be taken for ever ([`fork`](super::fork)), the stack ends there. On a broken stack the
//! cached walker ends; the system walker may fault.

#[cfg(all(
    feature = "cached-unwind",
    target_os = "linux",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    target_endian = "little",
    not(miri)
))]
mod cached {
    mod loaded;
    mod rule;
    mod rule_table;
    mod walk;

    pub(super) use walk::walk;
}

/// Replaces the cached walker on other platforms and without the feature.
#[cfg(not(all(
    feature = "cached-unwind",
    target_os = "linux",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    target_endian = "little",
    not(miri)
)))]
mod cached {
    pub(super) fn walk(_: super::StackMarker, _: &mut [usize]) -> Option<super::Walked> {
        None
    }
}

use std::hint::black_box;

use super::fork::are_locks_free;
use super::loader;

/// What a walk has found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Walked {
    /// The number of addresses.
    pub(crate) count: usize,
    /// If some may lie in an image that can be unloaded: how many images were unloaded before.
    pub(crate) unloads: Option<u64>,
}

/// The place of a frame on the stack. Frames that it called begin at or below it, its callers above.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StackMarker(usize);

impl StackMarker {
    /// Runs `f` with a marker of the calling function's frame. That function must be `#[inline(never)]`: the
    /// addresses of a walk inside `f` begin in its caller.
    #[inline(always)]
    pub(crate) fn here<R>(f: impl FnOnce(StackMarker) -> R) -> R {
        let local = 0_u8;
        let result = f(StackMarker(black_box(&raw const local).addr()));
        // This use after `f` prevents a tail call, which would end the frame.
        black_box(&raw const local);
        result
    }

    /// Whether the frame with the lower end `sp` is the marked one, or the marked one called it.
    #[inline(always)]
    fn covers(self, sp: usize) -> bool {
        sp <= self.0
    }
}

/// Return addresses of the calls that run on this thread, innermost first, at most as many as `out` holds.
/// The first one is in the caller of the marked function.
///
/// The values equal `backtrace::Frame::ip`: one less is an address in the calling instruction.
#[inline(never)]
pub(crate) fn walk(marker: StackMarker, out: &mut [usize]) -> Walked {
    cached::walk(marker, out).unwrap_or_else(|| match are_locks_free() {
        true => walk_by_system(marker, out),
        false => Walked { count: 0, unloads: None },
    })
}

/// Waits for the lock that the system's walker may take.
pub(super) fn take_lock() {
    StackMarker::here(|marker| walk_by_system(marker, &mut [0; 4]));
}

fn walk_by_system(marker: StackMarker, out: &mut [usize]) -> Walked {
    let mut count = 0;
    // Callers may run on another stack, which may lie anywhere (signals, coroutines).
    let mut is_past_marker = false;
    let each = |frame: &backtrace::Frame| {
        // Null on platforms without it.
        let sp = frame.sp() as usize;
        is_past_marker |= sp == 0 || !marker.covers(sp);
        if !is_past_marker {
            return true;
        }
        let address = frame.ip() as usize;
        // libgcc also returns the caller of the thread's first function: zero.
        if address == 0 {
            return false;
        }
        let Some(slot) = out.get_mut(count) else { return false };
        *slot = address;
        count += 1;
        count < out.len()
    };
    // SAFETY: the omitted lock of `trace_unsynchronized` guards the symbol caches of `backtrace` and, on
    // Windows, `dbghelp`. On Unix the walk is `_Unwind_Backtrace`, which every panicking thread runs: many
    // threads may call it at once. The closure resolves no symbol, and does not panic.
    #[cfg(unix)]
    unsafe {
        backtrace::trace_unsynchronized(each);
    };
    #[cfg(not(unix))]
    backtrace::trace(each);
    Walked { count, unloads: Some(loader::unloads()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The addresses of both walkers for the calls of this test, from the same function.
    #[inline(never)]
    fn both(depth: usize, room: usize) -> (Vec<usize>, Vec<usize>) {
        if depth > 0 {
            return black_box(both(depth - 1, room));
        }
        StackMarker::here(|marker| {
            let take = |walk: fn(StackMarker, &mut [usize]) -> Walked| {
                let mut out = vec![0; room];
                let count = walk(marker, &mut out).count;
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
                    assert_eq!(black_box(walk)(marker, &mut out).count, 1);
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
            // On musl the system walker omits the frames of libc, which has no unwind tables.
            assert_eq!(ours[..theirs.len()], theirs);
            assert!(ours.len() - theirs.len() <= usize::from(cfg!(target_env = "musl")));
        }
    }

    /// The other tests would also pass if the system walker took every stack.
    #[test]
    #[cfg(all(feature = "cached-unwind", target_os = "linux", target_arch = "x86_64", not(miri)))]
    fn an_ordinary_stack_needs_no_help_of_the_system_walker() {
        fn walk_here() -> Option<Walked> {
            StackMarker::here(|marker| cached::walk(marker, &mut [0; 64]))
        }
        for _ in 0..2 {
            let Walked { count, unloads } = walk_here().expect("every rule is known");
            assert!(count > 3);
            assert_eq!(unloads, None, "all images stay");
        }
    }

    #[test]
    fn no_more_addresses_are_written_than_there_is_room_for() {
        let (whole, _) = both(20, 1000);
        for room in [0, 1, 7] {
            let (ours, theirs) = both(20, room);
            assert_eq!((ours.len(), theirs.len()), (room, room));
            assert_eq!(ours[..], theirs[..]);
            // The last address is the call of the other function here, at another place.
            let inner = room.min(20);
            assert_eq!(ours[..inner], whole[..inner]);
        }
    }
}
