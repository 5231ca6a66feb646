//! Lists the open tracked calls: begun, and neither finished nor dropped.
//!
//! In: futures from their first pending poll, boundaries from their beginning, and with the feature
//! `abandoned-calls` every tracked function. Out: the calls that [`abandoned`](super::abandoned) reports.
//! Off, which is the default, a pending poll and a boundary test the sign bit of a word that they load anyway
//! ([`epoch`](crate::model::epoch)). On, a followed call takes a lock of one of 16 maps at its beginning and
//! at its end. A future keeps its place there in the box of `Carried`, so that `Tracked` does not grow. The
//! list has at most 100,000 calls; further ones are only counted. Calls that began before the switch-on are
//! not followed.

use std::collections::HashMap;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::base::lock::lock;
use crate::base::once_box::OnceBox;
use crate::base::sync::{Mutex, MutexGuard};
use crate::model::epoch::Began;
use crate::model::{ErrorId, Site};

/// Maximum number of followed calls at a time: about 8 MB.
const MAX_OPEN: usize = 100_000;
const SHARDS: usize = 16;

#[derive(Debug, Clone)]
pub(crate) struct Open {
    pub(crate) id: ErrorId,
    pub(crate) site: &'static Site,
    pub(crate) since: Instant,
    /// The thread of the call; `None` for a future.
    pub(crate) thread: Option<Arc<str>>,
    is_reported: bool,
}

impl Open {
    pub(crate) fn new(site: &'static Site, thread: Option<Arc<str>>) -> Self {
        Open { id: ErrorId::next(), site, since: Instant::now(), thread, is_reported: false }
    }
}

/// Keeps a call on the list until it is dropped.
#[derive(Debug)]
pub(crate) struct OpenCall {
    registry: &'static Registry,
    id: ErrorId,
    is_finished: bool,
}

/// Adds a pending future or a boundary; `None` if too many calls are open.
#[cold]
pub(crate) fn follow_future(site: &'static Site) -> Option<OpenCall> {
    registry().follow(site, None)
}

/// Adds a function; `None` if too many calls are open.
#[cold]
pub(crate) fn follow_function(site: &'static Site) -> Option<OpenCall> {
    let thread = thread::current().name().unwrap_or("unnamed").into();
    registry().follow(site, Some(thread))
}

impl OpenCall {
    /// Ends the call of a future that returns its value.
    pub(crate) fn finish(mut self) {
        self.is_finished = true;
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        // The list of a parent process: its locks may be closed for ever.
        if !REGISTRY.get().is_some_and(|current| ptr::eq(self.registry, current)) {
            return;
        }
        let open = self.registry.shard(self.id).remove(&self.id);
        self.registry.followed.fetch_sub(1, Ordering::Relaxed);
        if let Some(open) = open
            && open.thread.is_none()
            && !self.is_finished
            && Began::now().is_followed()
        {
            crate::diagnostics::abandoned::dropped(&open);
        }
    }
}

/// All open calls. A child process begins with an empty list; the parent's is leaked.
#[derive(Debug)]
struct Registry {
    shards: [Mutex<HashMap<ErrorId, Open>>; SHARDS],
    followed: AtomicUsize,
    not_followed: AtomicU64,
}

static REGISTRY: OnceBox<Registry> = OnceBox::new();

fn registry() -> &'static Registry {
    REGISTRY.get().unwrap_or_else(|| {
        let published = REGISTRY.publish(Registry::new());
        if published.is_ok() {
            // In a child process the watcher thread does not exist yet.
            crate::diagnostics::abandoned::watch();
        }
        published.unwrap_or_else(|others| others)
    })
}

/// Forgets the open calls in a child process: they are the parent's.
#[cfg(unix)]
pub(crate) fn in_child() {
    REGISTRY.forget();
}

/// Copies of all open calls.
pub(crate) fn all() -> Vec<Open> {
    registry()
        .shards
        .iter()
        .flat_map(|shard| lock(shard).values().cloned().collect::<Vec<_>>())
        .collect()
}

/// The number of calls that were not followed because too many others were open, and the maximum.
pub(crate) fn not_followed() -> (u64, usize) {
    (registry().not_followed.load(Ordering::Relaxed), MAX_OPEN)
}

/// Unreported calls that are open for longer than this, and the time when the next one may be.
pub(crate) fn overdue(timeout: Duration, now: Instant) -> (Vec<Open>, Option<Instant>) {
    registry().overdue(timeout, now)
}

impl Registry {
    fn new() -> Self {
        Registry {
            shards: std::array::from_fn(|_| Mutex::default()),
            followed: AtomicUsize::new(0),
            not_followed: AtomicU64::new(0),
        }
    }

    fn shard(&self, id: ErrorId) -> MutexGuard<'_, HashMap<ErrorId, Open>> {
        lock(&self.shards[id.bits() as usize % SHARDS])
    }

    fn follow(&'static self, site: &'static Site, thread: Option<Arc<str>>) -> Option<OpenCall> {
        // Relaxed: no other memory depends on the count.
        if self.followed.fetch_add(1, Ordering::Relaxed) >= MAX_OPEN {
            self.followed.fetch_sub(1, Ordering::Relaxed);
            self.not_followed.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        let open = Open::new(site, thread);
        let id = open.id;
        self.shard(id).insert(id, open);
        Some(OpenCall { registry: self, id, is_finished: false })
    }

    fn overdue(&self, timeout: Duration, now: Instant) -> (Vec<Open>, Option<Instant>) {
        let mut found = Vec::new();
        let mut next = now.checked_add(timeout);
        for shard in &self.shards {
            for open in lock(shard).values_mut().filter(|open| !open.is_reported) {
                if now.saturating_duration_since(open.since) >= timeout {
                    open.is_reported = true;
                    found.push(open.clone());
                } else {
                    next = next.min(open.since.checked_add(timeout));
                }
            }
        }
        (found, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static SITE: Site = Site::new("open_calls", 0, || ());

    #[test]
    fn no_more_than_a_hundred_thousand_calls_are_followed_and_the_others_counted() {
        let registry: &'static Registry = Box::leak(Box::new(Registry::new()));
        let all: Vec<_> = (0..MAX_OPEN + 5).map(|_| registry.follow(&SITE, None)).collect();
        assert_eq!(all.iter().flatten().count(), MAX_OPEN);
        assert_eq!(registry.not_followed.load(Ordering::Relaxed), 5);
        registry.followed.fetch_sub(1, Ordering::Relaxed);
        assert!(registry.follow(&SITE, None).is_some(), "there is room again");
    }

    #[test]
    fn a_call_is_overdue_once_and_the_next_look_is_when_the_next_one_may_be() {
        let registry: &'static Registry = Box::leak(Box::new(Registry::new()));
        let [old, new] = [0, 1].map(|_| registry.follow(&SITE, None).expect("there is room"));
        let minute = Duration::from_secs(60);
        let now = Instant::now() + 2 * minute;
        registry.shard(new.id).get_mut(&new.id).expect("it is open").since = now - minute / 2;
        let (found, next) = registry.overdue(minute, now);
        assert_eq!(found.iter().map(|open| open.id).collect::<Vec<_>>(), [old.id]);
        assert_eq!(next, Some(now + minute / 2));
        let (found, next) = registry.overdue(minute, now);
        assert!(found.is_empty(), "each of them once");
        assert_eq!(next, Some(now + minute / 2));
    }
}
