//! Finds the loaded images (program and shared libraries) and their unwind tables.
//!
//! Reads the tables in place. The program's tables stay as long as the process. A library's tables are read
//! only inside `dl_iterate_phdr`, which holds the lock that `dlclose` needs.

use std::ffi::{c_int, c_void};
use std::slice;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use libc::{Elf64_Phdr, dl_phdr_info};

/// One image. It cannot be unloaded during `'a`.
#[derive(Clone, Copy)]
pub(super) struct Image<'a> {
    /// An address in memory minus the address in the file.
    bias: u64,
    headers: &'a [Elf64_Phdr],
    /// `.eh_frame_hdr`: the sorted index of the unwind tables. Empty if the image has none.
    pub(super) index: &'a [u8],
}

impl<'a> Image<'a> {
    /// # Safety
    /// `info` comes from `dl_iterate_phdr`, and its image stays loaded for `'a`.
    unsafe fn new(info: &dl_phdr_info) -> Self {
        let headers: &'a [Elf64_Phdr] = if info.dlpi_phdr.is_null() {
            &[]
        } else {
            // SAFETY: the loader points to `dlpi_phnum` headers in the image, which stays loaded
            // for `'a` and does not write to them.
            unsafe { slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) }
        };
        let mut image = Image { bias: info.dlpi_addr, headers, index: &[] };
        let index = headers.iter().find(|header| header.p_type == libc::PT_GNU_EH_FRAME);
        image.index = index
            .and_then(|header| image.bytes_from(image.bias.wrapping_add(header.p_vaddr)))
            .unwrap_or_default();
        image
    }

    /// Whether the address lies in the image's code.
    fn has_code_at(&self, address: u64) -> bool {
        let segment = segment_of(self.headers, address.wrapping_sub(self.bias));
        segment.is_some_and(|segment| segment.p_flags & libc::PF_X != 0)
    }

    /// The bytes of the image from an address in memory to the end of its segment, if the segment
    /// is readable and constant.
    pub(super) fn bytes_from(&self, address: u64) -> Option<&'a [u8]> {
        let in_file = address.wrapping_sub(self.bias);
        let segment = segment_of(self.headers, in_file)?;
        if segment.p_flags & (libc::PF_R | libc::PF_W) != libc::PF_R {
            return None;
        }
        let length = usize::try_from(segment.p_memsz - (in_file - segment.p_vaddr)).ok()?;
        let start = std::ptr::with_exposed_provenance(usize::try_from(address).ok()?);
        // SAFETY: the range lies in one loadable segment, which the loader has mapped readable and
        // not writable, in an image that stays loaded for `'a` (promised to `new`).
        Some(unsafe { slice::from_raw_parts(start, length) })
    }
}

fn segment_of(headers: &[Elf64_Phdr], address: u64) -> Option<&Elf64_Phdr> {
    headers.iter().find(|header| {
        header.p_type == libc::PT_LOAD
            && address.checked_sub(header.p_vaddr).is_some_and(|offset| offset < header.p_memsz)
    })
}

/// The program itself.
static PROGRAM: LazyLock<Option<Image<'static>>> = LazyLock::new(|| {
    let mut program = None;
    for_each_image(|info| {
        // SAFETY: the loader passes the program first (see dl_iterate_phdr(3)); it is never unloaded.
        program = Some(unsafe { Image::new(info) });
        false
    });
    program
});

/// Finds the image with code at `address`, and passes it to `read`. It cannot be unloaded meanwhile. `None`
/// for an address in no image: code made at run time, or no code at all.
pub(super) fn find<R>(address: u64, read: impl Fn(&Image<'_>) -> R) -> Option<R> {
    if let Some(program) = &*PROGRAM
        && program.has_code_at(address)
    {
        return Some(read(program));
    }
    let mut found = None;
    for_each_image(|info| {
        // SAFETY: this thread holds the loader's lock until this closure returns, and no part of the image
        // leaves the closure.
        let image = unsafe { Image::new(info) };
        if image.has_code_at(address) {
            found = Some(read(&image));
        }
        found.is_none()
    });
    found
}

/// Whether to look for unloaded libraries: `true` for one call in a tenth of a second.
pub(super) fn is_time_to_look() -> bool {
    const EVERY_MS: u64 = 100;
    static NEXT_LOOK_MS: AtomicU64 = AtomicU64::new(0);

    // Relaxed: a thread that reads an old time looks once more than needed.
    let now = coarse_now_ms();
    let is_time = now >= NEXT_LOOK_MS.load(Relaxed);
    if is_time {
        NEXT_LOOK_MS.store(now + EVERY_MS, Relaxed);
    }
    is_time
}

/// Whether a library was unloaded since the last `true`.
pub(super) fn was_any_unloaded() -> bool {
    static SEEN: AtomicU64 = AtomicU64::new(0);

    let mut unloaded = 0;
    for_each_image(|info| {
        unloaded = info.dlpi_subs;
        false
    });
    // Relaxed: the loader's lock orders its counter. The thread that gets `true` clears the table. A thread
    // that reads a rule before gets one that was right a moment ago.
    SEEN.swap(unloaded, Relaxed) != unloaded
}

/// A clock that costs a few nanoseconds, with a precision of a few milliseconds.
fn coarse_now_ms() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is valid for writes.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &raw mut now) };
    now.tv_sec.cast_unsigned() * 1000 + now.tv_nsec.cast_unsigned() / 1_000_000
}

/// Calls the closure with each image, until it returns `false`. The closure must not panic.
fn for_each_image<F: FnMut(&dl_phdr_info) -> bool>(mut visit: F) {
    unsafe extern "C" fn call<F: FnMut(&dl_phdr_info) -> bool>(
        info: *mut dl_phdr_info,
        _size: usize,
        data: *mut c_void,
    ) -> c_int {
        // SAFETY: `data` comes from the call of `dl_iterate_phdr` below: a unique pointer to the closure,
        // which outlives the call.
        let visit = unsafe { &mut *data.cast::<F>() };
        // SAFETY: the loader gives a valid pointer, and does not write to it during the call. Since glibc 2.4
        // and musl 0.9 the structure has all fields that this code reads.
        c_int::from(!visit(unsafe { &*info }))
    }

    // SAFETY: `call` casts the pointer back to `visit`'s type.
    unsafe { libc::dl_iterate_phdr(Some(call::<F>), (&raw mut visit).cast()) };
}
