//! Finds the image that contains an address without reading a file: what the system's loader knows.

use std::ffi::CStr;
use std::fs;
use std::slice;
use std::sync::Arc;

use super::AddressKind;
use super::elf::PROGRAM;
use crate::stack::loader::for_each_image;

/// The place of an address in its image, as far as the loader knows it, without a file.
pub(super) fn place_by_loader(address: usize) -> AddressKind {
    let mut found = None;
    let _: Option<()> = for_each_image(|info| {
        // SAFETY: the loader's pointers are valid during the call; it has so many headers, and a name.
        let (headers, path) = unsafe {
            let headers = slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum));
            (headers, CStr::from_ptr(info.dlpi_name))
        };
        let offset = (address as u64).wrapping_sub(info.dlpi_addr);
        let is_in = headers.iter().any(|header| {
            header.p_type == libc::PT_LOAD && offset.wrapping_sub(header.p_vaddr) < header.p_memsz
        });
        if is_in {
            found = Some((path.to_string_lossy().into_owned(), offset));
        }
        !is_in
    });
    let Some((path, offset)) = found else { return AddressKind::Own };
    // The program has no name there, and the vdso no path.
    let program = || fs::read_link(PROGRAM).unwrap_or_default().to_string_lossy().into_owned();
    let path = if path.is_empty() { program() } else { path };
    if is_of_system(&path) || !path.starts_with('/') {
        return AddressKind::System;
    }
    AddressKind::Stripped { image: file_name(&path), offset, build_id: None }
}

/// Whether an image with this path belongs to the system.
pub(super) fn is_of_system(path: &str) -> bool {
    ["/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/", "[vdso]"]
        .iter()
        .any(|folder| path.starts_with(folder))
}

/// The name of an image's file.
pub(super) fn file_name(path: &str) -> Arc<str> {
    let path = path.strip_suffix(" (deleted)").unwrap_or(path);
    let name = path.rsplit('/').next().unwrap_or(path);
    name.replace(char::is_control, "?").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_this_program_is_an_offset_in_its_file_and_one_of_the_c_library_is_the_systems()
    {
        let address = place_by_loader as *const () as usize;
        let AddressKind::Stripped { image, offset, .. } = place_by_loader(address) else {
            panic!("not found")
        };
        let program = std::env::current_exe().unwrap();
        assert_eq!(Some(&*image), program.file_name().and_then(|name| name.to_str()));
        assert!(offset > 0 && offset < address as u64);
        assert!(matches!(place_by_loader(libc::getpid as *const () as usize), AddressKind::System));
        assert!(matches!(place_by_loader(1), AddressKind::Own));
    }
}
