//! The images of the process: the program's executable file and its libraries.
//!
//! * `Images` tells which of them an address lies in, and whether that is one of the system's, whose
//!   frames are not shown. An address without a name becomes an offset in its image, which
//!   `addr2line` resolves on an unstripped copy, found by the build id.
//! * `function_at` finds names in the program's symbol table. Line tables know the file and line of an
//!   address, but with `debug = "line-tables-only"` only the bare name of its function (`read` of
//!   `shop::config::read`). The symbol table has it in full. It is read with the first name that is
//!   asked for; 16 bytes a function stay in memory.
//!
//! All of it reads files, on the thread that resolves.
//!
//! Linux only. Elsewhere no name and no image is found, bare names stay bare, and symbols are taken to
//! be there.

use std::sync::Arc;

#[cfg(target_os = "linux")]
pub(crate) use linux::has_symbols;
#[cfg(target_os = "linux")]
pub(super) use linux::{Images, function_at};

/// Where an address lies.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "no image is found there"))]
pub(super) enum Place {
    /// In a library of the system's.
    System,
    /// In an image of the program's own, or in code that is in no image.
    Own,
    /// In an image of the program's own that has no symbols.
    Stripped(Offset),
}

/// An address in an image.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "no image is found there"))]
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// File name of the image.
    pub(super) image: Arc<str>,
    /// The address as the image's file has it.
    pub(super) address: u64,
    /// The image's build id in hexadecimal digits, if it has one.
    pub(super) build_id: Option<Arc<str>>,
}

#[cfg(not(target_os = "linux"))]
pub(super) fn function_at(_: usize) -> Option<String> {
    None
}

#[cfg(not(target_os = "linux"))]
#[derive(Debug, Default)]
pub(super) struct Images;

#[cfg(not(target_os = "linux"))]
impl Images {
    pub(super) fn find(&mut self, _: usize) -> Place {
        Place::Own
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn has_symbols() -> bool {
    true
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fmt::Write;
    use std::fs::{self, File};
    use std::ops::Range;
    use std::os::unix::fs::FileExt;
    use std::path::PathBuf;
    use std::sync::{Arc, LazyLock, OnceLock};

    use object::elf::FileHeader64;
    use object::read::ReadCache;
    use object::read::elf::ElfFile;
    use object::{Endianness, Object, ObjectSection, ObjectSegment, ObjectSymbol, SymbolKind};

    use super::{Offset, Place};

    /// The symbol table of the executable.
    struct Symbols {
        file: File,
        /// Where the table of names begins in the file.
        names: u64,
        /// What is to be taken from an address in memory to find it in the file.
        bias: u64,
        /// Sorted by address.
        functions: Vec<Function>,
    }

    struct Function {
        address: u64,
        size: u32,
        /// Where the name begins in the table of names.
        name: u32,
    }

    static SYMBOLS: LazyLock<Option<Symbols>> = LazyLock::new(Symbols::open);

    /// The function that the address lies in, demangled, if the symbol table knows it.
    pub(in super::super) fn function_at(address: usize) -> Option<String> {
        SYMBOLS.as_ref()?.function_at(address as u64)
    }

    /// The images of the process, as far as they have code. Read again when an address lies in none
    /// of them: libraries are loaded at any time.
    #[derive(Debug, Default)]
    pub(in super::super) struct Images {
        code: Vec<(Range<usize>, Loaded)>,
    }

    /// What code in memory belongs to.
    #[derive(Debug, Clone)]
    enum Loaded {
        System,
        Own(Arc<Own>),
    }

    /// An image of the program's own.
    #[derive(Debug)]
    struct Own {
        /// Where it can be read.
        file: PathBuf,
        name: Arc<str>,
        /// Where it begins in memory.
        start: u64,
        /// What its file says, read with the first address that has no name.
        facts: OnceLock<Facts>,
    }

    #[derive(Debug)]
    struct Facts {
        has_symbols: bool,
        build_id: Option<Arc<str>>,
        /// What is to be taken from an address in memory to find it in the file.
        bias: u64,
    }

    impl Images {
        /// Where an address lies that has no name.
        pub(in super::super) fn find(&mut self, address: usize) -> Place {
            let found = self.loaded_at(address).or_else(|| {
                self.code = code_in_memory();
                self.loaded_at(address)
            });
            match found {
                Some(Loaded::System) => Place::System,
                Some(Loaded::Own(image)) => image.place(address),
                None => Place::Own,
            }
        }

        fn loaded_at(&self, address: usize) -> Option<Loaded> {
            let (_, loaded) = self.code.iter().find(|(range, _)| range.contains(&address))?;
            Some(loaded.clone())
        }
    }

    impl Own {
        fn place(&self, address: usize) -> Place {
            let facts = self.facts.get_or_init(|| Facts::read(self));
            if facts.has_symbols {
                return Place::Own;
            }
            Place::Stripped(Offset {
                image: Arc::clone(&self.name),
                address: (address as u64).wrapping_sub(facts.bias),
                build_id: facts.build_id.clone(),
            })
        }
    }

    impl Facts {
        fn read(image: &Own) -> Self {
            // Most images are linked as if they began at zero.
            let unknown = Facts { has_symbols: false, build_id: None, bias: image.start };
            let Ok(file) = File::open(&image.file) else { return unknown };
            let cache = ReadCache::new(file);
            let Ok(elf) = ElfFile::<FileHeader64<Endianness>, _>::parse(&cache) else {
                return unknown;
            };
            let first = elf.segments().find(|segment| segment.file_range().0 == 0);
            let first = first.map_or(0, |segment| segment.address());
            Facts {
                has_symbols: is_symbolic(&elf),
                build_id: elf.build_id().ok().flatten().map(|id| hex(id).into()),
                bias: image.start.wrapping_sub(first),
            }
        }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _: std::fmt::Result = write!(text, "{byte:02x}");
            text
        })
    }

    /// All code of images in memory.
    fn code_in_memory() -> Vec<(Range<usize>, Loaded)> {
        let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
        // The program itself may be installed among the system's libraries.
        let program = fs::read_link("/proc/self/exe").unwrap_or_default();
        code_of(&maps, program.to_str().unwrap_or("\0"))
    }

    /// The code in the text of `/proc/self/maps`. The lines of an image follow one another.
    fn code_of(maps: &str, program: &str) -> Vec<(Range<usize>, Loaded)> {
        let mut code = Vec::new();
        let mut image: Option<(&str, Loaded)> = None;
        for mapping in maps.lines().filter_map(Mapping::parse) {
            let Mapping { range, access, offset, path } = mapping;
            let is_same = image.as_ref().is_some_and(|(known, _)| *known == path);
            if offset == 0 && !is_same {
                let is_system = path != program
                    && ["/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/", "[vdso]"]
                        .iter()
                        .any(|folder| path.starts_with(folder));
                let loaded = if is_system {
                    Loaded::System
                } else if path.starts_with('/') {
                    // It can be opened even if it was replaced or deleted.
                    let file = if path == program { "/proc/self/exe" } else { path };
                    let name = path.strip_suffix(" (deleted)").unwrap_or(path);
                    let name = name.rsplit('/').next().unwrap_or(name);
                    Loaded::Own(Arc::new(Own {
                        file: file.into(),
                        name: name.replace(char::is_control, "?").into(),
                        start: range.start as u64,
                        facts: OnceLock::new(),
                    }))
                } else {
                    continue;
                };
                image = Some((path, loaded));
            }
            if let Some((known, loaded)) = &image
                && *known == path
                && access.contains('x')
            {
                code.push((range, loaded.clone()));
            }
        }
        code
    }

    /// A line of `/proc/self/maps`:
    /// `55d0c0a00000-55d0c0a2b000 r--p 00000000 fd:01 1234   /path/of/program`
    struct Mapping<'a> {
        range: Range<usize>,
        access: &'a str,
        offset: u64,
        path: &'a str,
    }

    impl<'a> Mapping<'a> {
        fn parse(line: &'a str) -> Option<Self> {
            let mut rest = line;
            let mut field = || {
                let (field, behind) = rest.split_once(' ')?;
                rest = behind.trim_start();
                Some(field)
            };
            let (range, access, offset) = (field()?, field()?, field()?);
            let (_device, _inode) = (field()?, field()?);
            let (start, end) = range.split_once('-')?;
            let number = |text| usize::from_str_radix(text, 16).ok();
            Some(Mapping {
                range: number(start)?..number(end)?,
                access,
                offset: u64::from_str_radix(offset, 16).ok()?,
                path: rest,
            })
        }
    }

    /// Whether the executable has a symbol table or debug info, so that addresses in it can be
    /// named. Reads the headers of the file. What cannot be read counts as having symbols.
    pub(crate) fn has_symbols() -> bool {
        static HAS_SYMBOLS: LazyLock<bool> = LazyLock::new(|| {
            let Ok(file) = File::open("/proc/self/exe") else { return true };
            let cache = ReadCache::new(file);
            ElfFile::parse(&cache).map_or(true, |elf| is_symbolic(&elf))
        });
        *HAS_SYMBOLS
    }

    fn is_symbolic<'a>(elf: &ElfFile<'a, FileHeader64<Endianness>, &'a ReadCache<File>>) -> bool {
        [".symtab", ".debug_line"].iter().any(|name| elf.section_by_name(name).is_some())
    }

    impl Symbols {
        fn open() -> Option<Self> {
            let file = File::open("/proc/self/exe").ok()?;
            let cache = ReadCache::new(file.try_clone().ok()?);
            let elf = ElfFile::<FileHeader64<Endianness>, _>::parse(&cache).ok()?;
            let first = elf.segments().find(|segment| segment.file_range().0 == 0)?;
            let bias = load_address()?.wrapping_sub(first.address());
            let (names, _) = elf.section_by_name(".strtab")?.file_range()?;
            let endian = elf.endian();
            let mut functions: Vec<_> = elf
                .symbols()
                .filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() > 0)
                .filter_map(|symbol| {
                    let name = symbol.elf_symbol().st_name.get(endian);
                    let size = u32::try_from(symbol.size()).ok()?;
                    Some(Function { address: symbol.address(), size, name })
                })
                .collect();
            functions.sort_unstable_by_key(|function| function.address);
            Some(Symbols { file, names, bias, functions })
        }

        fn function_at(&self, address: u64) -> Option<String> {
            let address = address.wrapping_sub(self.bias);
            let after = self.functions.partition_point(|function| function.address <= address);
            let function = self.functions.get(after.checked_sub(1)?)?;
            if address - function.address >= u64::from(function.size) {
                return None;
            }
            let name = self.name_at(self.names + u64::from(function.name))?;
            // `#` leaves out the hash at the end.
            Some(format!("{:#}", backtrace::SymbolName::new(&name)))
        }

        /// The bytes of a name up to the NUL at its end.
        fn name_at(&self, mut offset: u64) -> Option<Vec<u8>> {
            /// Generic names are long; no linker writes longer ones.
            const MAX_NAME: usize = 64 * 1024;
            let mut name = Vec::new();
            let mut piece = [0; 512];
            while name.len() < MAX_NAME {
                let read = self.file.read_at(&mut piece, offset).ok()?;
                let piece = &piece[..read];
                if let Some(end) = piece.iter().position(|byte| *byte == 0) {
                    name.extend_from_slice(&piece[..end]);
                    return Some(name);
                }
                if piece.is_empty() {
                    return None;
                }
                name.extend_from_slice(piece);
                offset += read as u64;
            }
            None
        }
    }

    /// Where the beginning of the executable lies in memory.
    fn load_address() -> Option<u64> {
        let program = fs::read_link("/proc/self/exe").ok()?;
        let maps = fs::read_to_string("/proc/self/maps").ok()?;
        let mut mappings = maps.lines().filter_map(Mapping::parse);
        let first = mappings.find(|m| m.offset == 0 && Some(m.path) == program.to_str())?;
        Some(first.range.start as u64)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_function_of_this_program_is_found_by_an_address_in_it() {
            let address = load_address as *const () as usize;
            let expected = "track_errors::stack::image::linux::load_address";
            assert_eq!(function_at(address + 1).as_deref(), Some(expected));
            assert_eq!(function_at(1), None);
        }

        const MAPS: &str = "\
1000-2000 r--p 00000000 fd:01 1   /opt/my shop/bin/shop (deleted)
2000-3000 r-xp 00001000 fd:01 1   /opt/my shop/bin/shop (deleted)
3000-4000 rw-p 00000000 00:00 0
5000-6000 r--p 00000000 fd:01 2   /usr/lib/libc.so.6
6000-7000 r-xp 00001000 fd:01 2   /usr/lib/libc.so.6
7000-8000 r--p 00000000 fd:01 3   /opt/shop/libcart.so
8000-9000 r-xp 00001000 fd:01 3   /opt/shop/libcart.so
9000-a000 r-xp 00000000 00:00 0   [vdso]
a000-b000 rwxp 00000000 00:00 0
";

        fn images() -> Images {
            Images { code: code_of(MAPS, "/opt/my shop/bin/shop (deleted)") }
        }

        #[test]
        fn an_address_without_a_name_is_an_offset_in_the_file_of_its_image() {
            let mut images = images();
            let Place::Stripped(offset) = images.find(0x8123) else { panic!("not a library") };
            let expected = Offset { image: "libcart.so".into(), address: 0x1123, build_id: None };
            assert_eq!(offset, expected);
            assert_eq!(images.loaded_at(0x2000).map(|image| name_of(&image)), Some("shop".into()));
            assert!(images.loaded_at(0x1000).is_none(), "no code");
            assert!(images.loaded_at(0xa000).is_none(), "in no image");
        }

        fn name_of(loaded: &Loaded) -> Arc<str> {
            match loaded {
                Loaded::System => "system".into(),
                Loaded::Own(image) => Arc::clone(&image.name),
            }
        }

        #[test]
        fn libraries_of_the_system_are_not_the_programs_unless_it_is_one() {
            assert!(matches!(images().find(0x6000), Place::System));
            assert!(matches!(images().find(0x9000), Place::System));
            let images = Images { code: code_of(MAPS, "/usr/lib/libc.so.6") };
            let program = images.loaded_at(0x6000);
            assert_eq!(program.map(|image| name_of(&image)), Some("libc.so.6".into()));
        }

        /// The test program has symbols, so its addresses are never written as offsets.
        #[test]
        fn the_offset_and_build_id_of_this_program_are_those_of_its_file() {
            let address = load_address as *const () as usize;
            let mut images = Images::default();
            assert!(matches!(images.find(address), Place::Own));
            let Some(Loaded::Own(image)) = images.loaded_at(address) else { panic!("not found") };
            let facts = Facts::read(&image);
            let in_file = address as u64 - facts.bias;
            let symbols = SYMBOLS.as_ref().expect("a symbol table");
            assert!(symbols.functions.iter().any(|function| function.address == in_file));
            if let Some(id) = facts.build_id {
                assert!(id.len() >= 16 && id.bytes().all(|digit| digit.is_ascii_hexdigit()));
            }
        }
    }
}
