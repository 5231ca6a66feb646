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
//! The parts of the cached walker: `walk` steps from frame to frame within the stack of the thread, `last_walk`
//! compares with the thread's walk before, `rule_table` remembers rules, `rule` reads one from the unwind tables of
//! an image, `loaded` finds the image that contains an address.
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
//! Promises: no symbols, no lock of this crate, and no allocation but for a stack that is longer than all before.
//! The walkers take the loader's lock: the cached one for the first address in a shared library, for a library that
//! may be unloaded, and for a broken stack; the system one, with glibc before 2.35, for every frame. In a forked
//! child in which that lock may be taken for ever ([`fork`](super::fork)), the stack ends there. On a broken stack the
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
    mod last_walk;
    mod loaded;
    mod rule;
    mod rule_table;
    mod walk;

    pub(super) use last_walk::LastWalk;
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
    use super::{StackMarker, Walked};

    #[derive(Debug)]
    pub(super) struct LastWalk;

    impl LastWalk {
        pub(super) const fn new() -> Self {
            LastWalk
        }

        pub(super) fn addresses(&self) -> impl Iterator<Item = usize> {
            std::iter::empty()
        }
    }

    pub(super) fn walk(_: StackMarker, _: usize, _: &mut LastWalk) -> Option<Walked> {
        None
    }
}

use std::hint::black_box;

use super::fork::are_locks_free;
use super::loader;

/// What a walk has found, beside the addresses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Walked {
    /// If some may lie in an image that can be unloaded: how many images were unloaded before.
    pub(crate) unloads: Option<u64>,
    /// Whether both are what the last walk found.
    pub(crate) is_same: bool,
}

/// What a thread remembers of its last walk.
#[derive(Debug)]
pub(crate) struct LastWalk {
    cached: cached::LastWalk,
    /// The addresses, if the system walker found them.
    by_system: Option<Vec<usize>>,
}

/// The place of a frame on the stack. Frames that it called begin at or below it, its callers above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StackMarker(usize);

impl StackMarker {
    #[cfg_attr(
        not(feature = "cached-unwind"),
        allow(dead_code, reason = "the cached walker uses it")
    )]
    const NOWHERE: Self = StackMarker(0);

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

impl LastWalk {
    pub(crate) const fn new() -> Self {
        LastWalk { cached: cached::LastWalk::new(), by_system: None }
    }

    /// Finds the return addresses of the calls that run on this thread: of the callers of the marked function, at
    /// most `limit`. [`addresses`](LastWalk::addresses) has them then.
    #[inline(never)]
    pub(crate) fn walk(&mut self, marker: StackMarker, limit: usize) -> Walked {
        if let Some(walked) = cached::walk(marker, limit, &mut self.cached) {
            self.by_system = None;
            return walked;
        }
        let addresses = self.by_system.get_or_insert_default();
        addresses.clear();
        if !are_locks_free() {
            return Walked { unloads: None, is_same: false };
        }
        walk_by_system(marker, limit, addresses);
        Walked { unloads: Some(loader::unloads()), is_same: false }
    }

    /// The addresses of the last walk, innermost first. There may be more than `limit`.
    ///
    /// The values equal `backtrace::Frame::ip`: one less is an address in the calling instruction.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = usize> {
        let by_system = self.by_system.iter().flatten().copied();
        let cached = self.by_system.is_none().then(|| self.cached.addresses());
        by_system.chain(cached.into_iter().flatten())
    }
}

/// Waits for the lock that the system's walker may take.
pub(super) fn take_lock() {
    StackMarker::here(|marker| walk_by_system(marker, 4, &mut Vec::new()));
}

fn walk_by_system(marker: StackMarker, limit: usize, out: &mut Vec<usize>) {
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
        if address == 0 || out.len() == limit {
            return false;
        }
        out.push(address);
        out.len() < limit
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
}

#[cfg(test)]
mod tests;
