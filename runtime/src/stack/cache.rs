//! The same stack comes again and again: its text is kept.
//!
//! Key: the addresses, the trail and the calls around, compared whole, never by their hash alone. Value: the frames
//! as text. Bounded in bytes; when the bound is reached the cache begins anew.

use std::collections::HashMap;
use std::panic::Location;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::resolve::Resolver;
use super::{Captured, Frame};
use crate::site::Site;
use crate::trail::Trail;

/// Bytes of keys and texts that are kept.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// What tells one stack from another.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    captured: Captured,
    /// Address of the site, and place, of each function that the error left; and the addresses of
    /// the sites of the calls around.
    trail: Box<[(usize, &'static Location<'static>)]>,
    running: Box<[usize]>,
}

impl Key {
    pub(super) fn new(captured: Captured, trail: &Trail, running: &[&'static Site]) -> Self {
        let address = |site: &'static Site| ptr::from_ref(site).addr();
        Key {
            captured,
            trail: trail.steps().map(|step| (address(step.site), step.location)).collect(),
            running: running.iter().map(|site| address(site)).collect(),
        }
    }

    fn bytes(&self) -> usize {
        self.captured.bytes() + size_of_val(&*self.trail) + size_of_val(&*self.running)
    }
}

#[derive(Default)]
struct Cache {
    resolver: Resolver,
    texts: HashMap<Key, Arc<str>>,
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
pub(super) fn text(key: Key, render: impl FnOnce(Vec<Frame>) -> String) -> Arc<str> {
    if is_given_up() {
        return render(Vec::new()).into();
    }
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    let cache = cache.get_or_insert_default();
    if let Some(text) = cache.texts.get(&key) {
        return Arc::clone(text);
    }
    let native = cache.resolver.resolve(&key.captured.addresses());
    let text: Arc<str> = render(native).into();
    let bytes = key.bytes() + text.len() + 128;
    if cache.bytes + bytes > MAX_BYTES {
        cache.texts.clear();
        cache.bytes = 0;
    }
    cache.bytes += bytes;
    cache.texts.insert(key, Arc::clone(&text));
    text
}
