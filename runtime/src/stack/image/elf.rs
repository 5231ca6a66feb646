//! Reads ELF files: the program and its loaded images.

use std::fs::File;
use std::path::Path;

use object::elf::FileHeader64;
use object::read::ReadCache;
use object::read::elf::ElfFile;
use object::{Endianness, Object, ObjectSegment};

/// The program's own file, even if it was replaced or deleted.
pub(super) const PROGRAM: &str = "/proc/self/exe";

pub(super) type Elf<'a> = ElfFile<'a, FileHeader64<Endianness>, &'a ReadCache<File>>;

/// Opens an ELF file and reads from it; `None` if that fails.
pub(super) fn read_elf<T>(path: impl AsRef<Path>, read: impl FnOnce(&Elf<'_>) -> T) -> Option<T> {
    let cache = ReadCache::new(File::open(path).ok()?);
    ElfFile::parse(&cache).ok().map(|elf| read(&elf))
}

/// The address that the file gives its first byte.
pub(super) fn first_address(elf: &Elf<'_>) -> Option<u64> {
    elf.segments().find(|segment| segment.file_range().0 == 0).map(|segment| segment.address())
}

/// Whether the file has names for addresses: it has a symbol table or debug info.
pub(super) fn is_symbolic(elf: &Elf<'_>) -> bool {
    [".symtab", ".debug_line"].iter().any(|name| elf.section_by_name(name).is_some())
}

/// Whether files can be read: false while the process has no free descriptors for it.
pub(in super::super) fn has_descriptors() -> bool {
    // Two at most are open at a time, and a symbol table keeps its own.
    [(); 3].map(|()| File::open(PROGRAM)).iter().all(|file| {
        let code = file.as_ref().err().and_then(std::io::Error::raw_os_error);
        !matches!(code, Some(libc::EMFILE | libc::ENFILE))
    })
}

/// Whether the program has names for addresses. Reads the headers of its file. An unreadable file counts as
/// having symbols.
pub(in super::super) fn has_symbols() -> bool {
    read_elf(PROGRAM, is_symbolic).unwrap_or(true)
}
