//! What the system's loader knows: the images of the process (program and shared libraries), and how many
//! were unloaded so far.
//!
//! It has a lock, which `dlopen` and `dlclose` take for moments, and not while constructors run. It survives
//! a fork as it is: a child takes it only if it is [free](super::fork).
//!
//! Linux only: elsewhere it knows nothing.

#[cfg(all(target_os = "linux", not(miri)))]
pub(super) use known::*;
#[cfg(not(all(target_os = "linux", not(miri))))]
pub(super) use unknown::*;

/// How many images were loaded and unloaded since the process began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(super) loads: u64,
    pub(super) unloads: u64,
}

/// The number of unloaded images while the loader gives no answer.
pub(super) const UNKNOWN: u64 = u64::MAX;

/// How many images were unloaded, or [`UNKNOWN`].
pub(super) fn unloads() -> u64 {
    counts().map_or(UNKNOWN, |counts| counts.unloads)
}

#[cfg(all(target_os = "linux", not(miri)))]
mod known {
    use std::ffi::{c_int, c_void};

    use libc::dl_phdr_info;

    use super::super::fork::are_locks_free;
    use super::Counts;

    /// Calls the closure with each image, until it returns `false`. The closure must not panic. No image is
    /// unloaded meanwhile. `None` without an answer.
    pub(in super::super) fn for_each_image<F>(visit: F) -> Option<()>
    where
        F: FnMut(&dl_phdr_info) -> bool,
    {
        if !are_locks_free() {
            return None;
        }
        ask(visit);
        Some(())
    }

    /// Waits for the loader's lock.
    pub(in super::super) fn take_lock() {
        ask(|_| false);
    }

    fn ask<F: FnMut(&dl_phdr_info) -> bool>(mut visit: F) {
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

        // SAFETY: `call` casts the pointer back to `visit`'s type.
        unsafe { libc::dl_iterate_phdr(Some(call::<F>), (&raw mut visit).cast()) };
    }

    /// `None` without an answer.
    pub(in super::super) fn counts() -> Option<Counts> {
        let mut counts = Counts::default();
        for_each_image(|info| {
            counts = Counts { loads: info.dlpi_adds, unloads: info.dlpi_subs };
            false
        })?;
        Some(counts)
    }

    /// Addresses in the images that stay as long as this code, other than the program: the one that this
    /// crate is in, which may be a library, and the C library.
    pub(in super::super) fn in_images_that_stay() -> [usize; 2] {
        [counts as *const () as usize, libc::dl_iterate_phdr as *const () as usize]
    }
}

#[cfg(not(all(target_os = "linux", not(miri))))]
mod unknown {
    use super::Counts;

    pub(in super::super) fn counts() -> Option<Counts> {
        Some(Counts::default())
    }

    pub(in super::super) fn take_lock() {}

    /// Miri has no loader.
    #[cfg(target_os = "linux")]
    pub(in super::super) fn for_each_image<F>(_: F) -> Option<()>
    where
        F: FnMut(&libc::dl_phdr_info) -> bool,
    {
        None
    }

    #[cfg(target_os = "linux")]
    pub(in super::super) fn in_images_that_stay() -> [usize; 0] {
        []
    }
}
