//! The images of the process: the program's executable file and its libraries.
//!
//! * `memory_map` finds the image that an address lies in, by `/proc/self/maps`, and whether it is one of
//!   the system's, whose frames are not shown. An address in a stripped image becomes `shop+0x1f2e`: its
//!   address in the image's file, so that `addr2line -e <unstripped program> 0x1f2e` names the function.
//!   The build id of the image identifies the file.
//! * `symbol_table` finds names in the program's symbol table. With `debug = "line-tables-only"` the debug
//!   info has only the bare name of a function (`read` of `shop::config::read`); the symbol table has it in
//!   full, but no inlined calls, which have no symbol.
//!
//! All of it reads files, on the thread that resolves.
//!
//! Linux only. Elsewhere no name and no image is found, bare names stay bare, and programs count as having
//! symbols.

#[cfg(target_os = "linux")]
mod elf;
#[cfg(target_os = "linux")]
mod memory_map;
#[cfg(target_os = "linux")]
mod symbol_table;

use std::sync::Arc;

#[cfg(target_os = "linux")]
pub(super) use elf::has_symbols;
#[cfg(target_os = "linux")]
pub(super) use memory_map::Images;
#[cfg(target_os = "linux")]
pub(super) use symbol_table::function_at;

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
pub(super) fn has_symbols() -> bool {
    true
}
