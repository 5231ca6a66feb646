//! Caches the frames of stacks as text, because stacks repeat.
//!
//! Key: the addresses (with the number of libraries that were unloaded before), the trail and the
//! application's crates, compared in full. Value: the frames as they go into a line, escaped; header and causes
//! differ between errors. Bounded in bytes: what was not used for the longest time goes first.

use std::hash::{Hash, Hasher};
use std::ptr;

use super::frame_lines::FramesText;
use super::resolve::{Calls, Resolver};
use super::{Captured, Frame, StackFrame, fork};
use crate::base::generations::Generations;
use crate::base::hash::WordHasher;
use crate::base::lock::lock;
use crate::base::sync::Mutex;
use crate::model::{Place, Step, Trail};

/// Maximum bytes of keys and texts, and of the frames of steps.
const MAX_BYTES: usize = 4 * 1024 * 1024;
const MAX_BYTES_OF_STEPS: usize = 1024 * 1024;

/// Address of the site, and place, of a function that the error left.
type StepKey = (usize, Place);

/// Identifies a stack.
#[derive(Debug)]
pub(super) struct StackKey<'a> {
    /// `None`: the stack is the trail.
    pub(super) captured: Option<Captured>,
    pub(super) trail: &'a Trail,
    /// The number of known crates of the application. An equal number means the same crates.
    pub(super) application: usize,
    /// The compiler's name of the tracked function's file.
    pub(super) site_file: &'a str,
}

impl StackKey<'_> {
    fn hash(&self) -> u64 {
        let mut hasher = WordHasher::default();
        self.captured.hash(&mut hasher);
        for (site, place) in self.steps() {
            hasher.write_usize(site);
            hasher.write_u32(place.line());
            hasher.write_u32(place.column());
        }
        hasher.write_usize(self.application);
        hasher.finish()
    }

    fn steps(&self) -> impl Iterator<Item = StepKey> {
        self.trail.steps().map(step_key)
    }
}

fn step_key(step: &Step) -> StepKey {
    (ptr::from_ref(step.site).addr(), step.location)
}

/// A stack that was rendered before.
#[derive(Debug)]
struct KnownStack {
    captured: Option<Captured>,
    trail: Box<[StepKey]>,
    application: usize,
    text: FramesText,
}

impl KnownStack {
    fn is(&self, key: &StackKey<'_>) -> bool {
        self.captured == key.captured
            && self.trail.iter().copied().eq(key.steps())
            && self.application == key.application
    }

    fn bytes(&self) -> usize {
        const ENTRY: usize = 256;
        let captured = self.captured.as_ref().map_or(0, Captured::bytes);
        captured + size_of_val(&*self.trail) + self.text.text.len() + ENTRY
    }
}

struct Cache {
    resolver: Resolver,
    /// By the hash of their keys: of two with the same hash, one is known.
    texts: Generations<u64, KnownStack>,
    steps: Generations<StepKey, StackFrame>,
}

impl Default for Cache {
    fn default() -> Self {
        Cache {
            resolver: Resolver::default(),
            texts: Generations::new(MAX_BYTES),
            steps: Generations::new(MAX_BYTES_OF_STEPS),
        }
    }
}

static CACHE: Mutex<Option<Cache>> = Mutex::new(None);

/// Waits for the lock of the cache.
pub(super) fn take_lock() {
    drop(lock(&CACHE));
}

/// Frees what names of addresses are looked up in, and can be read again: symbols and debug info. The next new
/// address reads them again; what is known stays. In a forked child it does nothing while a lock may be taken for
/// ever.
pub(crate) fn release_symbols() {
    if !fork::are_locks_free() {
        return;
    }
    if let Some(cache) = &mut *lock(&CACHE) {
        cache.resolver.release_symbols();
    }
}

/// The frames of a stack as text: from the cache, or from `render`, which gets the calls and the steps.
pub(super) fn text(
    key: StackKey<'_>,
    render: impl FnOnce(Option<&Captured>, &[Calls], Vec<StackFrame>) -> FramesText,
) -> FramesText {
    if !fork::are_locks_free() {
        let steps = key.trail.steps().map(|step| Frame::of_step(step).into());
        return render(key.captured.as_ref(), &[], steps.collect());
    }
    let mut cache = lock(&CACHE);
    cache.get_or_insert_default().text(key, render)
}

impl Cache {
    fn text(
        &mut self,
        key: StackKey<'_>,
        render: impl FnOnce(Option<&Captured>, &[Calls], Vec<StackFrame>) -> FramesText,
    ) -> FramesText {
        let hash = key.hash();
        let known = |known: &KnownStack| known.is(&key).then(|| known.text.clone());
        if let Some(text) = self.texts.get(&hash, known).flatten() {
            return text;
        }
        let resolve = |captured: &Captured| self.resolver.resolve(captured, key.site_file);
        let (native, is_complete) =
            key.captured.as_ref().map_or_else(|| (Vec::new(), true), resolve);
        let steps = key.trail.steps().map(|step| self.step(step)).collect();
        let text = render(key.captured.as_ref(), &native, steps);
        if is_complete {
            let trail = key.steps().collect();
            let StackKey { captured, application, .. } = key;
            let known = KnownStack { captured, trail, application, text: text.clone() };
            let bytes = known.bytes();
            self.texts.insert(hash, known, bytes);
        }
        text
    }

    fn step(&mut self, step: &Step) -> StackFrame {
        let key = step_key(step);
        if let Some(known) = self.steps.get(&key, StackFrame::clone) {
            return known;
        }
        let frame = StackFrame::from(Frame::of_step(step));
        self.steps.insert(key, frame.clone(), frame.bytes());
        frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Site;
    use crate::stack::application::Application;
    use crate::stack::frame_lines::write_frames;
    use crate::stack::running_calls;

    static SITE: Site = Site::new("cache", 0, || ());

    fn trail(location: Place) -> Trail {
        Trail::new(Step { site: &SITE, location })
    }

    fn key<'a>(captured: &Captured, trail: &'a Trail) -> StackKey<'a> {
        StackKey { captured: Some(captured.clone()), trail, application: 0, site_file: file!() }
    }

    /// The text, and whether it was rendered anew.
    fn text_in(cache: &mut Cache, captured: &Captured, trail: &Trail) -> (String, bool) {
        let mut is_new = false;
        let text = cache.text(key(captured, trail), |_, _, steps| {
            is_new = true;
            write_frames(steps, &Application::default(), None, false)
        });
        (text.text.plain(), is_new)
    }

    #[test]
    fn a_stack_that_comes_again_is_rendered_once_until_it_is_forgotten() {
        let captured = running_calls().expect("no fork");
        let trail = trail(SITE.location);
        let mut cache = Cache::default();
        let (text, is_new) = text_in(&mut cache, &captured, &trail);
        assert!(is_new && text.contains("cache.rs:"), "{text}");
        assert_eq!(text_in(&mut cache, &captured, &trail), (text.clone(), false));
        cache.texts = Generations::new(MAX_BYTES);
        assert_eq!(text_in(&mut cache, &captured, &trail), (text, true));
    }

    #[test]
    fn of_two_stacks_with_the_same_hash_each_has_its_own_text() {
        let captured = running_calls().expect("no fork");
        let (one, other) = (trail(Place::caller()), trail(SITE.location));
        let mut cache = Cache::default();
        let (text, _) = text_in(&mut cache, &captured, &other);
        let entry = cache.texts.remove(&key(&captured, &other).hash()).expect("it was added");
        cache.texts.insert(key(&captured, &one).hash(), entry, 1);
        let (own, is_new) = text_in(&mut cache, &captured, &one);
        assert!(is_new && own != text, "{own}");
    }
}
