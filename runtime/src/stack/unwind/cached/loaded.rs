//! Finds the loaded images (program and shared libraries) and their unwind tables.
//!
//! Reads the tables in place. The program's tables stay as long as the process. A library's tables are read
//! only inside `dl_iterate_phdr`, which holds the lock that `dlclose` needs.

use std::slice;

use libc::{Elf64_Phdr, dl_phdr_info};

use crate::base::once_box::OnceBox;
use crate::stack::loader::{for_each_image, in_images_that_stay};

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
fn program() -> Option<&'static Image<'static>> {
    static PROGRAM: OnceBox<Image<'static>> = OnceBox::new();

    if let Some(program) = PROGRAM.get() {
        return Some(program);
    }
    let mut program = None;
    for_each_image(|info| {
        // SAFETY: the loader passes the program first (see dl_iterate_phdr(3)); it is never unloaded.
        program = Some(unsafe { Image::new(info) });
        false
    })?;
    let program = program?;
    Some(PROGRAM.get_or_init(|| program))
}

/// What [`find`] has found.
pub(super) enum Found<R> {
    /// An image has code there.
    Code(R),
    /// It is in no image: code made at run time, or no code at all.
    NoImage,
    /// The loader gives no answer now.
    Unknown,
}

/// Finds the image with code at `address`, and passes it to `read`, with whether it stays as long as this
/// code does. It cannot be unloaded meanwhile.
pub(super) fn find<R>(address: u64, read: impl Fn(&Image<'_>, bool) -> R) -> Found<R> {
    if let Some(program) = program()
        && program.has_code_at(address)
    {
        return Found::Code(read(program, true));
    }
    let mut found = Found::NoImage;
    let answer = for_each_image(|info| {
        // SAFETY: this thread holds the loader's lock until this closure returns, and no part of the image
        // leaves the closure.
        let image = unsafe { Image::new(info) };
        if image.has_code_at(address) {
            let stays = in_images_that_stay().iter().any(|at| image.has_code_at(*at as u64));
            found = Found::Code(read(&image, stays));
            return false;
        }
        true
    });
    if answer.is_none() { Found::Unknown } else { found }
}
