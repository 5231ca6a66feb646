//! Addresses → function, file, line; cached for each address.
//!
//! Runs on the worker, which is why it may take its time: the first symbol of a process reads the
//! debug info of the whole program. Only addresses in images of the program's own are resolved;
//! naming the frames of the C library can load debug files of the system. An address in a stripped
//! image becomes an offset in it.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::Arc;

use super::image::{self, Images, Place};
use super::{Frame, Unnamed};

/// Addresses whose frames are kept. A service has a few thousand places that errors pass; a
/// number that is reached all the same empties the cache.
const MAX_ADDRESSES: usize = 16 * 1024;

/// Frames of addresses that were resolved before.
#[derive(Debug, Default)]
pub(super) struct Resolver {
    known: HashMap<usize, Arc<[Frame]>>,
    images: Images,
}

impl Resolver {
    /// Names the addresses. Those without a symbol in an image that has symbols are left out: they
    /// say nothing to a reader. A call that the compiler inlined has a frame of its own where debug info tells of it.
    pub(super) fn resolve(&mut self, addresses: &[usize]) -> Vec<Frame> {
        if self.known.len() > MAX_ADDRESSES {
            self.known.clear();
        }
        let mut frames = Vec::with_capacity(addresses.len());
        for address in addresses {
            // Return addresses point behind the call, which may be the next function.
            let call = address.saturating_sub(1);
            let known =
                self.known.entry(call).or_insert_with(|| frames_at(call, &mut self.images).into());
            frames.extend_from_slice(known);
        }
        frames
    }
}

/// The calls at an address: one, and those that were inlined into it.
fn frames_at(address: usize, images: &mut Images) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    let place = images.find(address);
    if matches!(place, Place::System) {
        return frames;
    }
    backtrace::resolve(address as *mut c_void, |symbol| {
        if let Some(name) = symbol.name() {
            frames.push(Frame {
                // `#` leaves out the hash at the end.
                function: format!("{name:#}"),
                file: symbol.filename().map(|path| path.to_string_lossy().into_owned()),
                line: symbol.lineno(),
                column: symbol.colno(),
                closures: 0,
                unnamed: None,
            });
        }
    });
    if let Place::Stripped(offset) = place
        && frames.is_empty()
    {
        frames.push(Frame {
            function: format!("{}+{:#x}", offset.image, offset.address),
            file: None,
            line: None,
            column: None,
            closures: 0,
            unnamed: Some(Unnamed { build_id: offset.build_id }),
        });
    } else if let Some(outermost) = frames.last_mut()
        && is_bare(&outermost.function)
        && let Some(name) = image::function_at(address)
    {
        outermost.function = name;
    }
    frames
}

/// Whether a name is without its path, as line tables alone give it: `read`, `read<alloc::File>`.
fn is_bare(function: &str) -> bool {
    !function.split('<').next().is_some_and(|head| head.contains("::"))
        && !function.starts_with('<')
}
