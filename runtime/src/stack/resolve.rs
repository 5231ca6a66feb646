//! Resolves addresses to function, file and line; cached per address.
//!
//! Runs on the worker, because it is slow: the first symbol of a process reads the debug info of the whole
//! program. It resolves only addresses in the program's own images: for the C library, it could load debug
//! files of the system. An address in a stripped image becomes an offset in it.
//!
//! A library may be unloaded, and another one loaded at its address. The [`loader`] counts both, and addresses
//! come with the count of their time. If it is still the same, they are in the images of now. If not, those
//! in libraries become `<unloaded library>`: no name rather than that of another function. What was resolved
//! in libraries is forgotten when the count changes.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::Arc;

use super::image::{AddressKind, Images, has_descriptors};
use super::loader::{self, Counts};
use super::{Captured, Frame, Unnamed};

/// Maximum number of cached addresses; a full cache is cleared. Errors of a service pass a few thousand
/// places.
const MAX_ADDRESSES: usize = 16 * 1024;

/// The frames of addresses resolved before.
#[derive(Debug, Default)]
pub(super) struct Resolver {
    known: HashMap<usize, Arc<[Frame]>>,
    images: Images,
    may_read: bool,
    /// As of this state of the loader.
    counts: Counts,
}

impl Resolver {
    /// Names the addresses, and tells whether that is all that can be known of them: a process without a free
    /// descriptor gets what was read before, and offsets.
    pub(super) fn resolve(&mut self, captured: &Captured) -> (Vec<Frame>, bool) {
        self.may_read = has_descriptors();
        self.images.may_read(self.may_read);
        let frames = self.frames(captured);
        let is_complete = self.may_read && has_descriptors();
        if self.may_read && !is_complete {
            // It may have taken files for unreadable ones.
            *self = Resolver::default();
        }
        (frames, is_complete)
    }

    /// Names the addresses. Leaves out those without a symbol in an image that has symbols. A call that the
    /// compiler inlined has its own frame if debug info has it.
    fn frames(&mut self, captured: &Captured) -> Vec<Frame> {
        let addresses = captured.addresses();
        let Some(unloads) = captured.unloads() else {
            self.notice_changes();
            return self.frames_of(&addresses, true);
        };
        if self.notice_changes() == Some(unloads) {
            let frames = self.frames_of(&addresses, true);
            // A library may have gone meanwhile.
            if loader::unloads() == unloads {
                return frames;
            }
            self.notice_changes();
        }
        self.frames_of(&addresses, false)
    }

    /// Forgets libraries if one was loaded or unloaded. Returns how many were unloaded, if that is known.
    fn notice_changes(&mut self) -> Option<u64> {
        let counts = loader::counts()?;
        if counts != self.counts {
            self.counts = counts;
            self.known.retain(|address, _| self.images.stays(*address));
            self.images.have_changed();
        }
        Some(counts.unloads)
    }

    /// `is_of_now`: the libraries of the addresses are those that are loaded now.
    fn frames_of(&mut self, addresses: &[usize], is_of_now: bool) -> Vec<Frame> {
        if self.known.len() > MAX_ADDRESSES {
            self.known.clear();
        }
        let mut frames: Vec<Frame> = Vec::with_capacity(addresses.len());
        for address in addresses {
            // A return address points behind the call, perhaps into the next function.
            let call = address.saturating_sub(1);
            if !is_of_now && !self.images.stays(call) {
                if matches!(self.images.find(call), AddressKind::System) {
                    continue;
                }
                let unloaded = Frame::unloaded();
                if frames.last() != Some(&unloaded) {
                    frames.push(unloaded);
                }
                continue;
            }
            let was_any_unloaded = self.counts.unloads > 0;
            if let Some(known) = self.known.get(&call) {
                frames.extend_from_slice(known);
                continue;
            }
            let found = frames_at(call, &mut self.images, was_any_unloaded);
            frames.extend_from_slice(&found);
            if self.may_read {
                self.known.insert(call, found.into());
            }
        }
        frames
    }
}

impl Frame {
    /// Calls in libraries that are no longer there.
    fn unloaded() -> Self {
        let unnamed = Some(Unnamed { build_id: None });
        Frame { unnamed, ..Frame::named("<unloaded library>".to_owned()) }
    }
}

/// The calls at an address: one, and those inlined into it.
fn frames_at(address: usize, images: &mut Images, was_any_unloaded: bool) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    let kind = images.find(address);
    if matches!(kind, AddressKind::System) {
        return frames;
    }
    // `backtrace` lists the libraries once, and does not notice that one is unloaded: another one at its
    // address would get its names.
    let stays = images.stays(address);
    if !was_any_unloaded || stays {
        backtrace::resolve(address as *mut c_void, |symbol| {
            if let Some(name) = symbol.name() {
                frames.push(Frame {
                    file: symbol.filename().map(|path| path.to_string_lossy().into_owned()),
                    line: symbol.lineno(),
                    column: symbol.colno(),
                    // `#` omits the hash at the end.
                    ..Frame::named(format!("{name:#}"))
                });
            }
        });
    }
    if frames.is_empty() && !stays {
        frames = images.frames_at(address).unwrap_or_default();
    }
    if let AddressKind::Stripped { image, offset, build_id } = kind
        && frames.is_empty()
    {
        frames.push(Frame {
            unnamed: Some(Unnamed { build_id }),
            ..Frame::named(format!("{image}+{offset:#x}"))
        });
    } else if frames.last().is_none_or(|outermost| is_bare(&outermost.function))
        && let Some(name) = images.function_at(address)
    {
        match frames.last_mut() {
            Some(outermost) => outermost.function = name,
            None => frames.push(Frame::named(name)),
        }
    }
    frames
}

/// Whether a name lacks its path, as in line tables alone: `read`, `read<alloc::File>`.
fn is_bare(function: &str) -> bool {
    !function.split('<').next().is_some_and(|head| head.contains("::"))
        && !function.starts_with('<')
}
