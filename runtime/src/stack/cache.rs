//! The texts of stacks, because the same stack comes again and again.
//!
//! Key: the addresses, the trail and the crates of the application, compared whole, never by their hash
//! alone. Value: the frames as text, not as JSON: header and causes differ from error to error, and escaping
//! is the cheapest part of a line. Bounded in bytes; at the bound the cache begins anew.

use std::collections::HashMap;
use std::panic::Location;
use std::ptr;
use std::sync::Mutex;

use super::application::Application;
use super::render::FrameLines;
use super::resolve::{Resolver, is_given_up};
use super::{Captured, Frame};
use crate::base::lock::lock;
use crate::model::{Step, Trail};

/// Bytes of keys and texts that are kept.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Identifies a stack.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct StackKey {
    captured: Captured,
    /// Address of the site, and place, of each function that the error left.
    trail: Box<[(usize, &'static Location<'static>)]>,
    /// The number of crates that were known to be the application's.
    application: usize,
}

impl StackKey {
    pub(super) fn new(captured: Captured, trail: &Trail, application: &Application) -> Self {
        let of_step = |step: &Step| (ptr::from_ref(step.site).addr(), step.location);
        StackKey {
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
    texts: HashMap<StackKey, FrameLines>,
    bytes: usize,
}

static CACHE: Mutex<Option<Cache>> = Mutex::new(None);
/// The frames of a stack as text: from the cache, or made by `render`.
pub(super) fn text(key: StackKey, render: impl FnOnce(Vec<Frame>) -> FrameLines) -> FrameLines {
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
