//! Resolves addresses to function, file and line; cached per address.
//!
//! Runs on the worker, because it is slow: the first symbol of a process reads the debug info of the whole
//! program. It resolves only addresses in the program's own images: for the C library, it could load debug
//! files of the system. An address in a stripped image becomes an offset in it.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::image::{self, AddressKind, Images};
use super::{Frame, Unnamed};

/// Maximum number of cached addresses; a full cache is cleared. Errors of a service pass a few thousand
/// places.
const MAX_ADDRESSES: usize = 16 * 1024;

static GIVEN_UP: AtomicBool = AtomicBool::new(false);

/// Stops resolving for good: after a fork, a thread that no longer exists may hold the locks of the symbols
/// and of the caches.
#[cfg(unix)]
pub(crate) fn give_up_native_frames() {
    GIVEN_UP.store(true, Ordering::Relaxed);
}

/// Whether resolving has stopped.
pub(super) fn is_given_up() -> bool {
    GIVEN_UP.load(Ordering::Relaxed)
}

/// The frames of addresses resolved before.
#[derive(Debug, Default)]
pub(super) struct Resolver {
    known: HashMap<usize, Arc<[Frame]>>,
    images: Images,
}

impl Resolver {
    /// Names the addresses. Leaves out those without a symbol in an image that has symbols. A call that the
    /// compiler inlined has its own frame if debug info has it.
    pub(super) fn resolve(&mut self, addresses: &[usize]) -> Vec<Frame> {
        if self.known.len() > MAX_ADDRESSES {
            self.known.clear();
        }
        let mut frames = Vec::with_capacity(addresses.len());
        for address in addresses {
            // A return address points behind the call, perhaps into the next function.
            let call = address.saturating_sub(1);
            let known =
                self.known.entry(call).or_insert_with(|| frames_at(call, &mut self.images).into());
            frames.extend_from_slice(known);
        }
        frames
    }
}

/// The calls at an address: one, and those inlined into it.
fn frames_at(address: usize, images: &mut Images) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    let kind = images.find(address);
    if matches!(kind, AddressKind::System) {
        return frames;
    }
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
    if let AddressKind::Stripped { image, offset, build_id } = kind
        && frames.is_empty()
    {
        frames.push(Frame {
            unnamed: Some(Unnamed { build_id }),
            ..Frame::named(format!("{image}+{offset:#x}"))
        });
    } else if let Some(outermost) = frames.last_mut()
        && is_bare(&outermost.function)
        && let Some(name) = image::function_at(address)
    {
        outermost.function = name;
    }
    frames
}

/// Whether a name lacks its path, as in line tables alone: `read`, `read<alloc::File>`.
fn is_bare(function: &str) -> bool {
    !function.split('<').next().is_some_and(|head| head.contains("::"))
        && !function.starts_with('<')
}
