//! What the system's loader knows: the images of the process (program and shared libraries), and how many
//! were unloaded so far.
//!
//! It has a lock, which `dlopen` and `dlclose` take for moments, and not while constructors run. It survives
//! a fork as it is, so a child could wait for a thread that it does not have. Therefore a fork waits for the
//! threads that are in here ([`before_fork`]), and threads that come while a process forks get no answer.
//!
//! Linux only: elsewhere it knows nothing.

#[cfg(all(target_os = "linux", not(miri)))]
pub(crate) use known::*;
#[cfg(not(all(target_os = "linux", not(miri))))]
pub(crate) use unknown::*;

/// How many images were loaded and unloaded since the process began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(super) loads: u64,
    pub(super) unloads: u64,
}

/// The number of images that were unloaded, while the loader gives no answer.
pub(super) const UNKNOWN: u64 = u64::MAX;

/// How many images were unloaded, or [`UNKNOWN`].
pub(super) fn unloads() -> u64 {
    counts().map_or(UNKNOWN, |counts| counts.unloads)
}

#[cfg(all(target_os = "linux", not(miri)))]
mod known {
    use std::ffi::{c_int, c_void};
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
    use std::thread;
    use std::time::{Duration, Instant};

    use libc::dl_phdr_info;

    use super::Counts;

    /// Threads that have, or wait for, the loader's lock. `SeqCst`, like [`FORKS`]: a thread that a fork does
    /// not see here sees the fork.
    static INSIDE: AtomicUsize = AtomicUsize::new(0);
    /// Threads that fork. Stays above zero in a child in which the lock may be locked for ever.
    static FORKS: AtomicUsize = AtomicUsize::new(0);
    /// A fork did not wait long enough.
    static IN_VAIN: AtomicBool = AtomicBool::new(false);

    /// One visit of the loader.
    struct Visit;

    impl Visit {
        fn begin() -> Option<Self> {
            let is_open = || FORKS.load(SeqCst) == 0;
            // Also before, so that threads that come while a process forks do not look like those inside.
            if !is_open() {
                return None;
            }
            INSIDE.fetch_add(1, SeqCst);
            let visit = Visit;
            is_open().then_some(visit)
        }
    }

    impl Drop for Visit {
        fn drop(&mut self) {
            INSIDE.fetch_sub(1, SeqCst);
        }
    }

    /// Calls the closure with each image, until it returns `false`. The closure must not panic. No image is
    /// unloaded meanwhile. `None` without an answer.
    pub(crate) fn for_each_image<F>(mut visit: F) -> Option<()>
    where
        F: FnMut(&dl_phdr_info) -> bool,
    {
        unsafe extern "C" fn call<F: FnMut(&dl_phdr_info) -> bool>(
            info: *mut dl_phdr_info,
            _size: usize,
            data: *mut c_void,
        ) -> c_int {
            // SAFETY: `data` comes from the call of `dl_iterate_phdr` below: a unique pointer to the closure,
            // which outlives the call.
            let visit = unsafe { &mut *data.cast::<F>() };
            // SAFETY: the loader gives a valid pointer, and does not write to it during the call. Since glibc
            // 2.4 and musl 0.9 the structure has all fields that this code reads.
            c_int::from(!visit(unsafe { &*info }))
        }

        let _inside = Visit::begin()?;
        // SAFETY: `call` casts the pointer back to `visit`'s type.
        unsafe { libc::dl_iterate_phdr(Some(call::<F>), (&raw mut visit).cast()) };
        Some(())
    }

    /// `None` without an answer.
    pub(crate) fn counts() -> Option<Counts> {
        let mut counts = Counts::default();
        for_each_image(|info| {
            counts = Counts { loads: info.dlpi_adds, unloads: info.dlpi_subs };
            false
        })?;
        Some(counts)
    }

    /// Addresses in the images that stay as long as this code, other than the program: the one that this
    /// crate is in, which may be a library, and the C library.
    pub(crate) fn in_images_that_stay() -> [usize; 2] {
        [counts as *const () as usize, libc::dl_iterate_phdr as *const () as usize]
    }

    /// Waits until no other thread is in the loader through this crate. They are there for moments.
    pub(crate) fn before_fork() {
        /// More than moments: a library's file may be on a disk that is slow.
        const PATIENCE: Duration = Duration::from_millis(200);
        FORKS.fetch_add(1, SeqCst);
        let deadline = Instant::now() + PATIENCE;
        while INSIDE.load(SeqCst) > 0 {
            if Instant::now() >= deadline {
                IN_VAIN.store(true, SeqCst);
                return;
            }
            thread::yield_now();
        }
    }

    /// A child whose parent had a thread in the loader never gets an answer.
    pub(crate) fn after_fork(in_child: bool) {
        if !in_child {
            if FORKS.fetch_sub(1, SeqCst) == 1 {
                IN_VAIN.store(false, SeqCst);
            }
        } else if !IN_VAIN.load(SeqCst) {
            // The threads that were about to go in do not exist here.
            INSIDE.store(0, SeqCst);
            FORKS.store(0, SeqCst);
        }
    }
}

#[cfg(not(all(target_os = "linux", not(miri))))]
mod unknown {
    use super::Counts;

    pub(crate) fn counts() -> Option<Counts> {
        Some(Counts::default())
    }

    #[cfg(unix)]
    pub(crate) fn before_fork() {}

    #[cfg(unix)]
    pub(crate) fn after_fork(_: bool) {}
}
