//! Resolves addresses to function, file and line; cached per address, with what a stack shows of it.
//!
//! Runs on the worker, because it is slow: the first symbol of a process reads the debug info of the whole
//! program. It resolves only addresses in the program's own images: for the C library, it could load debug
//! files of the system. An address in a stripped image becomes an offset in it.
//!
//! A library may be unloaded, and another one loaded at its address. The [`loader`] counts both, and addresses
//! come with the count of their time. If it is still the same, they are in the images of now. If not, those
//! in libraries become `<unloaded library>`: no name rather than that of another function. What was resolved
//! in libraries is forgotten when the count changes.

use std::ffi::c_void;
use std::sync::Arc;

use super::apart::apart;
use super::clean::{Prepared, Roots};
use super::image::{AddressKind, Images, has_descriptors};
use super::loader::{self, Counts};
use super::{Captured, Frame, Unnamed};
use crate::base::generations::Generations;

/// Maximum bytes of cached frames. Errors of a service pass a few thousand places, of a kilobyte each.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// The call at an address, and those inlined into it, the innermost first.
pub(super) type Calls = Arc<[Prepared]>;

/// The frames of addresses resolved before.
#[derive(Debug)]
pub(super) struct Resolver {
    known: Generations<usize, Calls>,
    /// The build directories that their paths are without.
    roots: Roots,
    images: Images,
    /// Whether this call may read files, if it had to.
    may_read: Option<bool>,
    /// As of this state of the loader.
    counts: Counts,
}

impl Default for Resolver {
    fn default() -> Self {
        Resolver {
            known: Generations::new(MAX_BYTES),
            roots: Roots::default(),
            images: Images::default(),
            may_read: None,
            counts: Counts::default(),
        }
    }
}

impl Resolver {
    /// Names the addresses, and tells whether that is all that can be known of them: a process without a free
    /// descriptor gets what was read before, and offsets. `site_file` is the compiler's name of the tracked
    /// function's file.
    pub(super) fn resolve(&mut self, captured: &Captured, site_file: &str) -> (Vec<Calls>, bool) {
        self.may_read = None;
        let mut frames = self.frames(captured);
        let files = || frames.iter().flat_map(|calls| &**calls).filter_map(Prepared::file);
        let roots = Roots::found(files, site_file);
        if roots != self.roots {
            let known = self.known.values_mut().chain(&mut frames);
            known.for_each(|calls| {
                *calls = calls.iter().map(|call| call.with_roots(&roots)).collect();
            });
            self.roots = roots;
        }
        let is_complete = self.may_read.is_none_or(|may_read| may_read && has_descriptors());
        if !is_complete && self.may_read == Some(true) {
            // It may have taken files for unreadable ones.
            *self = Resolver::default();
        }
        (frames, is_complete)
    }

    /// Frees the symbols of images.
    pub(super) fn release_symbols(&mut self) {
        let release = || {
            backtrace::clear_symbol_cache();
            self.images.release_symbols();
        };
        apart(release, |()| ());
    }

    /// Whether files may be read during this call.
    fn may_read(&mut self) -> bool {
        let may_read = *self.may_read.get_or_insert_with(has_descriptors);
        self.images.may_read(may_read);
        may_read
    }

    /// Names the addresses. Leaves out those without a symbol in an image that has symbols. A call that the
    /// compiler inlined has its own frame if debug info has it.
    fn frames(&mut self, captured: &Captured) -> Vec<Calls> {
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
            self.may_read();
            self.known.retain(|address| self.images.stays(*address));
            self.images.have_changed();
        }
        Some(counts.unloads)
    }

    /// `is_of_now`: the libraries of the addresses are those that are loaded now.
    fn frames_of(&mut self, addresses: &[usize], is_of_now: bool) -> Vec<Calls> {
        // A return address points behind the call, perhaps into the next function.
        let calls: Vec<_> = addresses.iter().map(|address| address.saturating_sub(1)).collect();
        self.learn(&calls, is_of_now);
        let mut frames: Vec<Calls> = Vec::with_capacity(calls.len());
        let mut was_unloaded = false;
        for call in calls {
            if !is_of_now && self.is_in_library(call) {
                if matches!(self.images.find(call), AddressKind::System) {
                    continue;
                }
                if !std::mem::replace(&mut was_unloaded, true) {
                    frames.push(prepared(&[Frame::unloaded()], &self.roots));
                }
                continue;
            }
            if let Some(known) = self.known.get(&call, Arc::clone) {
                was_unloaded &= known.is_empty();
                frames.push(known);
                continue;
            }
            // Only while files may not be read.
            let found = frames_at(call, &mut self.images, self.counts.unloads > 0);
            let found = prepared(&found, &self.roots);
            was_unloaded &= found.is_empty();
            frames.push(found);
        }
        frames
    }

    /// Reads the names of new addresses.
    fn learn(&mut self, calls: &[usize], is_of_now: bool) {
        let is_new = |call: &usize| {
            self.known.get(call, |_| ()).is_none() && (is_of_now || !self.is_in_library(*call))
        };
        let new: Vec<_> = calls.iter().copied().filter(is_new).collect();
        if new.is_empty() || !self.may_read() {
            return;
        }
        let was_any_unloaded = self.counts.unloads > 0;
        let Resolver { images, known, roots, .. } = self;
        apart(
            || -> Vec<_> {
                let calls = new.iter();
                calls.map(|call| (*call, frames_at(*call, images, was_any_unloaded))).collect()
            },
            |found| {
                for (call, frames) in found {
                    let frames = prepared(frames, roots);
                    let bytes = frames.iter().map(Prepared::bytes).sum::<usize>() + 64;
                    known.insert(*call, frames, bytes);
                }
            },
        );
    }

    /// Whether the image of the address may be unloaded.
    fn is_in_library(&mut self, address: usize) -> bool {
        self.may_read();
        !self.images.stays(address)
    }
}

impl Frame {
    /// Calls in libraries that are no longer there.
    fn unloaded() -> Self {
        let unnamed = Some(Unnamed { build_id: None });
        Frame { unnamed, ..Frame::named("<unloaded library>".to_owned()) }
    }
}

fn prepared(frames: &[Frame], roots: &Roots) -> Calls {
    frames.iter().map(|frame| Prepared::new(frame, roots)).collect()
}

/// The calls at an address: one, and those inlined into it.
fn frames_at(address: usize, images: &mut Images, was_any_unloaded: bool) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    let kind = images.find(address);
    if matches!(kind, AddressKind::System) {
        return frames;
    }
    // `backtrace` lists the images once. It does not notice that a library is unloaded: another one at its address
    // would get its names. And it opens the files by their paths again when their symbols were released: a file that
    // took the place of one would give its names.
    let stays = images.stays(address);
    let is_listed = (stays || !was_any_unloaded) && images.is_in_place(address);
    if is_listed {
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
    if frames.is_empty() && !(stays && is_listed) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::running_calls;

    #[test]
    fn symbols_that_were_released_are_read_again() {
        let captured = running_calls().expect("no fork");
        let mut images = Images::default();
        let mut frames = || -> Vec<Frame> {
            let calls = captured.addresses().into_iter().map(|address| address - 1);
            calls.flat_map(|call| frames_at(call, &mut images, false)).collect()
        };
        let before = frames();
        assert!(before.iter().any(|frame| frame.function.contains("resolve::tests")));
        backtrace::clear_symbol_cache();
        assert_eq!(frames(), before);
        let mut resolver = Resolver::default();
        let shown = format!("{:?}", resolver.resolve(&captured, "").0);
        resolver.release_symbols();
        resolver.known = Generations::new(0);
        for _ in 0..2 {
            assert_eq!(format!("{:?}", resolver.resolve(&captured, "").0), shown);
        }
    }
}
