//! The images of the process: the program's executable file and its libraries.
//!
//! * `memory_map` finds the image that contains an address, by `/proc/self/maps`, and detects images of the
//!   system, whose frames are hidden. An address in a stripped image becomes `shop+0x1f2e`, with its address
//!   in the image's file: `addr2line -e <unstripped program> 0x1f2e` names the function. The build id of the
//!   image identifies the file.
//! * `symbol_table` finds names in the symbol table of an image. With `debug = "line-tables-only"` the debug
//!   info has only the bare name of a function (`read` of `shop::config::read`). The symbol table has the
//!   full name, but no inlined calls, which have no symbol, and no lines.
//! * `debug_info` finds the calls in libraries that were loaded after the first error, and in a program whose file was
//!   replaced. `image_file` notices that.
//!
//! All read files, on the thread that resolves. While the process has no descriptor for that, they use what they
//! have read before, and `by_loader`.
//!
//! Linux only. Elsewhere it finds no name and no image, bare names stay bare, and programs count as having
//! symbols.

#[cfg(target_os = "linux")]
mod by_loader;
#[cfg(target_os = "linux")]
mod debug_info;
#[cfg(target_os = "linux")]
mod elf;
#[cfg(target_os = "linux")]
mod image_file;
#[cfg(target_os = "linux")]
mod memory_map;
#[cfg(target_os = "linux")]
mod symbol_table;

use std::sync::Arc;

#[cfg(target_os = "linux")]
pub(super) use elf::{has_descriptors, has_symbols};
#[cfg(target_os = "linux")]
pub(super) use memory_map::Images;

/// The location of an address.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "no image is found there"))]
pub(super) enum AddressKind {
    /// In a library of the system.
    System,
    /// In an image of the program, not of the system, or in code outside of all images.
    Own,
    /// In an image of the program that has no symbols.
    Stripped {
        /// File name of the image.
        image: Arc<str>,
        /// The address in the image's file.
        offset: u64,
        /// The image's build id in hexadecimal digits, if it has one.
        build_id: Option<Arc<str>>,
    },
}

#[cfg(not(target_os = "linux"))]
#[derive(Debug, Default)]
pub(super) struct Images;

#[cfg(not(target_os = "linux"))]
impl Images {
    pub(super) fn find(&mut self, _: usize) -> AddressKind {
        AddressKind::Own
    }

    pub(super) fn stays(&mut self, _: usize) -> bool {
        false
    }

    pub(super) fn is_in_place(&mut self, _: usize) -> bool {
        true
    }

    pub(super) fn function_at(&mut self, _: usize) -> Option<String> {
        None
    }

    pub(super) fn frames_at(&mut self, _: usize) -> Option<Vec<super::Frame>> {
        None
    }

    pub(super) fn have_changed(&mut self) {}

    pub(super) fn release_symbols(&mut self) {}

    pub(super) fn may_read(&mut self, _: bool) {}
}

#[cfg(not(target_os = "linux"))]
pub(super) fn has_symbols() -> bool {
    true
}

#[cfg(not(target_os = "linux"))]
pub(super) fn has_descriptors() -> bool {
    true
}
