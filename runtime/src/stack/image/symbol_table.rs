//! Names of functions in the symbol table of an image.
//!
//! 16 bytes per function stay in memory.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};

use super::elf::{first_address, read_elf};

#[derive(Debug)]
pub(super) struct SymbolTable {
    file: File,
    /// Offset of the name table in the file.
    names: u64,
    /// An address in memory minus the address in the file.
    bias: u64,
    /// Sorted by address.
    functions: Vec<Function>,
}

#[derive(Debug)]
struct Function {
    address: u64,
    size: u32,
    /// Offset of the name in the name table.
    name: u32,
}

impl SymbolTable {
    /// Reads the table of a file that was loaded at this address.
    pub(super) fn open(path: &Path, start: u64) -> Option<Self> {
        let file = File::open(path).ok()?;
        read_elf(path, |elf| {
            let bias = start.wrapping_sub(first_address(elf)?);
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
            Some(SymbolTable { file, names, bias, functions })
        })?
    }

    /// The demangled name of the function that contains the address.
    pub(super) fn function_at(&self, address: u64) -> Option<String> {
        let address = address.wrapping_sub(self.bias);
        let after = self.functions.partition_point(|function| function.address <= address);
        let function = self.functions.get(after.checked_sub(1)?)?;
        if address - function.address >= u64::from(function.size) {
            return None;
        }
        let name = self.name_at(self.names + u64::from(function.name))?;
        // `#` omits the hash at the end.
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
