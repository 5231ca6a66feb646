//! Caches the texts of stacks, because stacks repeat.
//!
//! Key: the addresses (with the number of libraries that were unloaded before), the trail and the
//! application's crates, compared in full, not by hash alone. Value: the frames as text, not as JSON: header and
//! causes differ between errors, and escaping is the cheapest part of a line. Bounded in bytes; a full cache is
//! cleared.

use std::collections::HashMap;
use std::ptr;
use std::sync::{Arc, Mutex};

use super::application::Application;
use super::resolve::Resolver;
use super::{Captured, Frame, Rendered, fork};
use crate::base::lock::lock;
use crate::model::{Place, Step, Trail};

/// Maximum bytes of keys and texts.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Identifies a stack.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct StackKey {
    captured: Captured,
    /// Address of the site, and place, of each function that the error left.
    trail: Box<[(usize, Place)]>,
    /// The number of known crates of the application. An equal number means the same crates.
    application: usize,
}

impl StackKey {
    pub(super) fn new(captured: Captured, trail: &Trail, application: &Application) -> Self {
        let of_step = |step: &Step| (ptr::from_ref(step.site).addr(), step.location);
        StackKey {
            captured,
            trail: trail.steps().map(of_step).collect(),
            application: application.crates.len(),
        }
    }
}

#[derive(Default)]
struct Cache {
    resolver: Resolver,
    texts: HashMap<StackKey, Arc<Rendered>>,
    bytes: usize,
}

static CACHE: Mutex<Option<Cache>> = Mutex::new(None);

/// Waits for the lock of the cache.
pub(super) fn take_lock() {
    drop(lock(&CACHE));
}

/// The frames of a stack as text: from the cache, or from `render`.
pub(super) fn text(
    key: StackKey,
    render: impl FnOnce(Vec<Frame>) -> Arc<Rendered>,
) -> Arc<Rendered> {
    if !fork::are_locks_free() {
        return render(Vec::new());
    }
    let mut cache = lock(&CACHE);
    let cache = cache.get_or_insert_default();
    if let Some(text) = cache.texts.get(&key) {
        return Arc::clone(text);
    }
    let (native, is_complete) = cache.resolver.resolve(&key.captured);
    let rendered = render(native);
    if !is_complete {
        return rendered;
    }
    let bytes = key.captured.bytes() + size_of_val(&*key.trail) + rendered.text.len() + 128;
    if cache.bytes + bytes > MAX_BYTES {
        cache.texts.clear();
        cache.bytes = 0;
    }
    cache.bytes += bytes;
    cache.texts.insert(key, Arc::clone(&rendered));
    rendered
}
