//! The program's own executable file: the names in its symbol table.
//!
//! Line tables know the file and line of an address, but with `debug = "line-tables-only"` only
//! the bare name of its function (`read` of `shop::config::read`). The symbol table has it in
//! full. It is read from the file with the first name that is asked for, on the thread that
//! resolves; 16 bytes a function stay in memory.
//!
//! Linux only. Elsewhere no name is found, bare names stay bare, and symbols are taken to be
//! there.

#[cfg(target_os = "linux")]
pub(super) use linux::function_at;
#[cfg(target_os = "linux")]
pub(crate) use linux::has_symbols;
#[cfg(target_os = "linux")]
pub(super) use linux::is_own;

#[cfg(not(target_os = "linux"))]
pub(super) fn function_at(_: usize) -> Option<String> {
    None
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_own(_: usize) -> bool {
    true
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn has_symbols() -> bool {
    true
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::{self, File};
    use std::ops::Range;
    use std::os::unix::fs::FileExt;
    use std::sync::LazyLock;

    use object::elf::FileHeader64;
    use object::read::ReadCache;
    use object::read::elf::ElfFile;
    use object::{Endianness, Object, ObjectSection, ObjectSegment, ObjectSymbol, SymbolKind};

    /// The executable, as far as this module reads it.
    struct Image {
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

    static IMAGE: LazyLock<Option<Image>> = LazyLock::new(Image::open);

    /// The function that the address lies in, demangled, if the symbol table knows it.
    pub(in super::super) fn function_at(address: usize) -> Option<String> {
        IMAGE.as_ref()?.function_at(address as u64)
    }

    /// Whether an address lies in code of the program's own: its executable, or a library that is
    /// not one of the system's.
    pub(in super::super) fn is_own(address: usize) -> bool {
        /// Where the code of the system's libraries lies in memory. Libraries that are loaded
        /// later than the first error count as the program's own.
        static SYSTEM: LazyLock<Vec<Range<usize>>> = LazyLock::new(|| {
            let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
            // The program itself may be installed among the system's libraries.
            let program = fs::read_link("/proc/self/exe").unwrap_or_default();
            let program = program.to_str().unwrap_or("\0");
            let others = maps.lines().filter(|line| !line.ends_with(program));
            others.filter_map(system_code).collect()
        });
        !SYSTEM.iter().any(|code| code.contains(&address))
    }

    /// The range of a line of `/proc/self/maps`, if it is code of a library of the system's.
    fn system_code(line: &str) -> Option<Range<usize>> {
        let mut fields = line.split_ascii_whitespace();
        let (range, access, path) = (fields.next()?, fields.next()?, fields.nth(3)?);
        let is_system = ["/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/", "[vdso]"]
            .iter()
            .any(|folder| path.starts_with(folder));
        if !is_system || !access.contains('x') {
            return None;
        }
        let (start, end) = range.split_once('-')?;
        let number = |text| usize::from_str_radix(text, 16).ok();
        Some(number(start)?..number(end)?)
    }

    /// Whether the executable has a symbol table or debug info, so that addresses in it can be
    /// named. Reads the headers of the file. What cannot be read counts as having symbols.
    pub(crate) fn has_symbols() -> bool {
        static HAS_SYMBOLS: LazyLock<bool> = LazyLock::new(|| {
            let Ok(file) = File::open("/proc/self/exe") else { return true };
            let cache = ReadCache::new(file);
            let Ok(elf) = ElfFile::<FileHeader64<Endianness>, _>::parse(&cache) else {
                return true;
            };
            [".symtab", ".debug_line"].iter().any(|name| elf.section_by_name(name).is_some())
        });
        *HAS_SYMBOLS
    }

    impl Image {
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
            Some(Image { file, names, bias, functions })
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
        // `55d0c0a00000-55d0c0a2b000 r--p 00000000 fd:01 1234   /path/of/program`
        maps.lines().find_map(|line| {
            let mut fields = line.split_ascii_whitespace();
            let (range, offset) = (fields.next()?, fields.nth(1)?);
            let is_first = offset.bytes().all(|byte| byte == b'0');
            if !is_first || !line.ends_with(program.to_str()?) {
                return None;
            }
            u64::from_str_radix(range.split('-').next()?, 16).ok()
        })
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
    }
}
