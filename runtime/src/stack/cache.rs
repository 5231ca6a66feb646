//! The same stack comes again and again: its text is kept.
//!
//! Key: the addresses, the trail and the crates of the application, compared whole, never by their hash
//! alone. Value: the frames as text. Bounded in bytes; when the bound is reached the cache begins anew.

use std::collections::HashMap;
use std::panic::Location;
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::application::Application;
use super::render::FrameLines;
use super::resolve::Resolver;
use super::{Captured, Frame};
use crate::base::lock::lock;
use crate::model::{Step, Trail};

/// Bytes of keys and texts that are kept.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// What tells one stack from another.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    captured: Captured,
    /// Address of the site, and place, of each function that the error left.
    trail: Box<[(usize, &'static Location<'static>)]>,
    /// How many crates were known to be the application's.
    application: usize,
}

impl Key {
    pub(super) fn new(captured: Captured, trail: &Trail, application: &Application) -> Self {
        let of_step = |step: &Step| (ptr::from_ref(step.site).addr(), step.location);
        Key {
            captured,
            trail: trail.steps().map(of_step).collect(),
            application: application.len(),
        }
    }

    fn bytes(&self) -> usize {
        self.captured.bytes() + size_of_val(&*self.trail)
    }
}

#[derive(Default)]
struct Cache {
    resolver: Resolver,
    texts: HashMap<Key, FrameLines>,
    bytes: usize,
}

static CACHE: Mutex<Option<Cache>> = Mutex::new(None);
static GIVEN_UP: AtomicBool = AtomicBool::new(false);

/// No address is resolved from now on: after a fork, locks of a thread that is not there any more
/// may be closed for ever, this cache's and those of the symbols.
#[cfg(unix)]
pub(crate) fn give_up_native_frames() {
    GIVEN_UP.store(true, Ordering::Relaxed);
}

/// Whether no address is resolved any more.
pub(super) fn is_given_up() -> bool {
    GIVEN_UP.load(Ordering::Relaxed)
}

/// The frames of a stack as text: that of the last time, or made by `render` from its frames.
pub(super) fn text(key: Key, render: impl FnOnce(Vec<Frame>) -> FrameLines) -> FrameLines {
    if is_given_up() {
        return render(Vec::new());
    }
    let mut cache = lock(&CACHE);
    let cache = cache.get_or_insert_default();
    if let Some(text) = cache.texts.get(&key) {
        return text.clone();
    }
    let native = cache.resolver.resolve(&key.captured.addresses());
    let rendered = render(native);
    let bytes = key.bytes() + rendered.text.len() + 128;
    if cache.bytes + bytes > MAX_BYTES {
        cache.texts.clear();
        cache.bytes = 0;
    }
    cache.bytes += bytes;
    cache.texts.insert(key, rendered.clone());
    rendered
}
