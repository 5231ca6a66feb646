//! Calls at an address by the debug info of a library, with file, line and inlined calls.
//!
//! For libraries that `backtrace` does not know: it lists them once. The sections of one library stay in
//! memory; what is found is cached by the caller.

use std::path::Path;

use addr2line::Context;
use addr2line::gimli::{Dwarf, EndianSlice, RunTimeEndian, SectionId};
use backtrace::SymbolName;
use object::{Object, ObjectSection};

use super::super::Frame;
use super::elf::{first_address, read_elf};

/// Bytes of the sections. More is not read; the symbol table gives the names.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct DebugInfo {
    sections: Vec<(SectionId, Vec<u8>)>,
    endian: RunTimeEndian,
    /// An address in memory minus the address in the file.
    bias: u64,
}

impl DebugInfo {
    /// Reads the sections of a file that was loaded at this address.
    pub(super) fn open(path: &Path, start: u64) -> Option<Self> {
        const SECTIONS: [SectionId; 10] = [
            SectionId::DebugAbbrev,
            SectionId::DebugAddr,
            SectionId::DebugAranges,
            SectionId::DebugInfo,
            SectionId::DebugLine,
            SectionId::DebugLineStr,
            SectionId::DebugRanges,
            SectionId::DebugRngLists,
            SectionId::DebugStr,
            SectionId::DebugStrOffsets,
        ];
        read_elf(path, |elf| {
            let found =
                || SECTIONS.iter().filter_map(|id| Some((*id, elf.section_by_name(id.name())?)));
            if found().map(|(_, section)| section.size()).sum::<u64>() > MAX_BYTES {
                return None;
            }
            let sections =
                found().filter_map(|(id, section)| Some((id, section.data().ok()?.to_vec())));
            Some(DebugInfo {
                sections: sections.collect(),
                endian: if elf.is_little_endian() {
                    RunTimeEndian::Little
                } else {
                    RunTimeEndian::Big
                },
                bias: start.wrapping_sub(first_address(elf)?),
            })
        })?
    }

    /// The call at the address, and those inlined into it, the innermost first.
    pub(super) fn frames_at(&self, address: u64) -> Option<Vec<Frame>> {
        let load = |id: SectionId| {
            let section = self.sections.iter().find(|(known, _)| *known == id);
            Ok(EndianSlice::new(section.map_or(&[], |(_, bytes)| bytes), self.endian))
        };
        let dwarf = Dwarf::load(load).and_then(Context::from_dwarf).ok()?;
        let address = address.wrapping_sub(self.bias);
        let mut found = dwarf.find_frames(address).skip_all_loads().ok()?;
        let mut frames = Vec::new();
        while let Ok(Some(frame)) = found.next() {
            let Some(function) = frame.function else { continue };
            let name = function.raw_name().ok()?;
            let place = frame.location;
            frames.push(Frame {
                file: place.as_ref().and_then(|place| place.file).map(str::to_owned),
                line: place.as_ref().and_then(|place| place.line),
                column: place.as_ref().and_then(|place| place.column),
                // `#` omits the hash at the end.
                ..Frame::named(format!("{:#}", SymbolName::new(name.as_bytes())))
            });
        }
        Some(frames)
    }
}
