//! `abandoned`: tracked calls that never end.
//!
//! In: where a tracked call begins and ends, and where a tracked future is first polled, finishes or
//! is dropped. Out: a line for those that have been open for longer than the timeout (a call that
//! hangs, a future that nobody polls any more), each of them once; a line for each future that was
//! dropped before it had finished; a summary of what is open at the end of the program.
//!
//! It hangs on the links of the logical call stack ([`frame`](crate::frame)): switched off, which is
//! the default, a call knows nothing of it. Switched on, a call and a poll take a lock of their own
//! thread, a future takes an allocation. 100,000 calls are followed; what is beyond is counted.
//! Calls that began before it was switched on are not seen.
//!
//! Source: Datadog, "Tracer Debug Logs", section "Go", "Abandoned span logs".

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::io;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::{DebugLevel, Remark};
use crate::frame;
use crate::id::ErrorId;
use crate::site::Site;
use crate::stack;

/// Calls that are followed at a time: about 6 MB.
const MAX_OPEN: usize = 100_000;
/// Bytes of one message.
const MESSAGE_LIMIT: usize = 9_000;
/// Kept for the word about what was cut.
const CUT_NOTE: usize = 120;
const SHARDS: usize = 16;

/// Whether calls are followed from now on. Relaxed: it counts from "soon". (Whether they ever were, so that
/// there may be ends of calls to notice, is known to `frame`.)
static ON: AtomicBool = AtomicBool::new(false);

/// A call that has begun and not ended.
#[derive(Debug, Clone, Copy)]
struct Open {
    id: ErrorId,
    site: &'static Site,
    since: Instant,
    is_reported: bool,
}

/// All calls that are open. A child process begins with an empty one, because locks of the parent's
/// may be closed for ever; the old one is leaked.
#[derive(Debug)]
struct Registry {
    /// By a number that goes up, so that neighbours in time do not share a lock.
    futures: [Mutex<HashMap<ErrorId, Open>>; SHARDS],
    threads: Mutex<Vec<Arc<ThreadCalls>>>,
    followed: AtomicUsize,
    not_followed: AtomicU64,
    begun: AtomicUsize,
    timeout: Mutex<Option<Duration>>,
    changed: Condvar,
    watch: Once,
}

/// The sync calls that are running on one thread, the outermost first.
#[derive(Debug)]
struct ThreadCalls {
    thread: String,
    /// With the depth at which each began.
    calls: Mutex<Vec<(usize, Open)>>,
}

static REGISTRY: AtomicPtr<Registry> = AtomicPtr::new(ptr::null_mut());

fn registry() -> &'static Registry {
    // Acquire and release: what is behind the pointer is seen by whoever sees the pointer.
    let mut current = REGISTRY.load(Ordering::Acquire);
    if current.is_null() {
        let new = Box::into_raw(Box::new(Registry::new()));
        let null = ptr::null_mut();
        match REGISTRY.compare_exchange(null, new, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => current = new,
            Err(other) => {
                // SAFETY: `new` comes from `Box::into_raw` above, and nobody else has seen it.
                drop(unsafe { Box::from_raw(new) });
                current = other;
            }
        }
    }
    // SAFETY: the pointer comes from `Box::into_raw` above, here or on another thread; what was
    // published is never freed, and changed through its own locks and atomics only.
    unsafe { &*current }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in here panics while a lock is held.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

// ------------------------------------------------------------------------------------------------
// The switch

/// Follows calls from now on, and reports those that are open for longer; or no longer does so. Returns
/// what is to be said about it when the state of the debug mode is not locked any more.
pub(super) fn set(timeout: Option<Duration>) -> Option<Remark> {
    if timeout.is_none() && !frame::is_followed() {
        return None;
    }
    ON.store(timeout.is_some(), Ordering::Relaxed);
    frame::link_by_debug(timeout.is_some());
    let registry = registry();
    *lock(&registry.timeout) = timeout;
    registry.changed.notify_all();
    timeout.and_then(|_| registry.watched())
}

#[inline]
fn is_on() -> bool {
    ON.load(Ordering::Relaxed)
}

/// This is a child process: what was open is the parent's.
#[cfg(unix)]
pub(crate) fn in_child() {
    REGISTRY.store(ptr::null_mut(), Ordering::Release);
}

/// The registry; in a child process, with a watcher of its own.
fn current() -> &'static Registry {
    let registry = registry();
    if !registry.watch.is_completed() {
        let config = super::state().config.as_ref().and_then(|config| config.abandoned);
        *lock(&registry.timeout) = config;
        if let Some(problem) = registry.watched() {
            problem.say();
        }
    }
    registry
}

// ------------------------------------------------------------------------------------------------
// Sync calls

/// What this thread has open.
struct Own {
    registry: &'static Registry,
    calls: Arc<ThreadCalls>,
}

impl Drop for Own {
    fn drop(&mut self) {
        // What is open on a thread that ends stays open: `exit` ends the locals of its thread before
        // it asks what is left.
        if lock(&self.calls.calls).is_empty() {
            lock(&self.registry.threads).retain(|calls| !Arc::ptr_eq(calls, &self.calls));
        }
    }
}

thread_local! {
    static OWN: RefCell<Option<Own>> = const { RefCell::new(None) };
}

/// A linked sync call begins, at this depth of its thread.
#[cold]
pub(crate) fn call_begins(site: &'static Site, depth: usize) {
    if !is_on() {
        return;
    }
    let registry = current();
    let Some(open) = registry.open(site) else { return };
    let kept = OWN.try_with(|own| {
        let mut own = own.try_borrow_mut().ok()?;
        if own.as_ref().is_none_or(|own| !ptr::eq(own.registry, registry)) {
            let forgotten = own.replace(Own::new(registry));
            // That of a parent process, whose locks may be closed for ever.
            std::mem::forget(forgotten);
        }
        lock(&own.as_ref()?.calls.calls).push((depth, open));
        Some(())
    });
    // While the thread ends there is no place for it.
    if !matches!(kept, Ok(Some(()))) {
        registry.followed.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A linked call ends that began at this depth, and with it those that began inside.
#[cold]
pub(crate) fn call_ends(depth: usize) {
    let _: Result<(), _> = OWN.try_with(|own| {
        let Ok(own) = own.try_borrow() else { return };
        let current = REGISTRY.load(Ordering::Acquire);
        let Some(own) = own.as_ref().filter(|own| ptr::eq(own.registry, current)) else { return };
        let mut calls = lock(&own.calls.calls);
        let ended = calls.iter().rev().take_while(|(began, _)| *began >= depth).count();
        let left = calls.len() - ended;
        calls.truncate(left);
        own.registry.followed.fetch_sub(ended, Ordering::Relaxed);
    });
}

impl Own {
    fn new(registry: &'static Registry) -> Self {
        let thread = thread::current().name().unwrap_or("unnamed").to_owned();
        let calls = Arc::new(ThreadCalls { thread, calls: Mutex::default() });
        lock(&registry.threads).push(Arc::clone(&calls));
        Own { registry, calls }
    }
}

// ------------------------------------------------------------------------------------------------
// Futures

/// A tracked future that was polled and has not finished.
#[derive(Debug)]
pub(crate) struct OpenFuture {
    /// `None` if too many are open.
    followed: Option<(&'static Registry, usize)>,
    open: Open,
    /// It is being polled.
    is_polled: bool,
    is_finished: bool,
}

impl OpenFuture {
    /// A linked future is polled for the first time; `None` if futures are not followed.
    pub(crate) fn begin(site: &'static Site) -> Option<Self> {
        if !is_on() {
            return None;
        }
        let registry = current();
        let (followed, open) = match registry.open(site) {
            Some(open) => {
                let shard = registry.begun.fetch_add(1, Ordering::Relaxed) % SHARDS;
                lock(&registry.futures[shard]).insert(open.id, open);
                (Some((registry, shard)), open)
            }
            None => (None, Open::new(site)),
        };
        Some(OpenFuture { followed, open, is_polled: true, is_finished: false })
    }

    /// A poll begins or ends.
    pub(crate) fn set_polled(&mut self, is_polled: bool) {
        self.is_polled = is_polled;
    }

    /// The future hands out its value.
    pub(crate) fn finish(mut self) {
        self.is_finished = true;
    }
}

impl Drop for OpenFuture {
    fn drop(&mut self) {
        if let Some((registry, shard)) = self.followed
            && ptr::eq(registry, REGISTRY.load(Ordering::Acquire))
        {
            lock(&registry.futures[shard]).remove(&self.open.id);
            registry.followed.fetch_sub(1, Ordering::Relaxed);
        }
        if !self.is_finished && is_on() {
            let why = match self.is_polled {
                true => "a poll of it panicked",
                false => "it was dropped before it had finished",
            };
            let mut message = format!("abandoned future: {why}: ");
            self.open.describe(&mut message, Instant::now(), None);
            super::write(DebugLevel::Info, std::panic::Location::caller(), &message);
        }
    }
}

// ------------------------------------------------------------------------------------------------
// Reports

impl Open {
    fn new(site: &'static Site) -> Self {
        Open { id: ErrorId::next(), site, since: Instant::now(), is_reported: false }
    }

    /// `[name: shop::pay, at: src/pay.rs:12:1, age: 10m 3s, id: f951e59d2e202be5, …]`
    fn describe(&self, out: &mut String, now: Instant, thread: Option<&str>) {
        let place = self.site.location;
        let age = now.saturating_duration_since(self.since);
        // Nobody wants to read the nanoseconds.
        let age = if age < Duration::from_secs(1) {
            Duration::from_millis(u64::try_from(age.as_millis()).unwrap_or(u64::MAX))
        } else {
            Duration::from_secs(age.as_secs())
        };
        // Writing to a String does not fail.
        let _: std::fmt::Result = write!(
            out,
            "[name: {}, at: {}:{}:{}, age: {}, id: {}, {}{}]",
            self.site.function(),
            stack::path(place.file(), &[]),
            place.line(),
            place.column(),
            humantime::format_duration(age),
            self.id,
            if thread.is_some() { "running on thread " } else { "a future" },
            thread.unwrap_or_default(),
        );
    }
}

/// A call that is reported, and the thread that it runs on.
type Found = (Open, Option<String>);

impl Registry {
    fn new() -> Self {
        Registry {
            futures: std::array::from_fn(|_| Mutex::default()),
            threads: Mutex::default(),
            followed: AtomicUsize::new(0),
            not_followed: AtomicU64::new(0),
            begun: AtomicUsize::new(0),
            timeout: Mutex::new(None),
            changed: Condvar::new(),
            watch: Once::new(),
        }
    }

    /// A call begins; `None` if too many are open.
    fn open(&self, site: &'static Site) -> Option<Open> {
        // Relaxed: the count stands for itself.
        if self.followed.fetch_add(1, Ordering::Relaxed) >= MAX_OPEN {
            self.followed.fetch_sub(1, Ordering::Relaxed);
            self.not_followed.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(Open::new(site))
    }

    /// Shows each open call.
    fn for_each(&self, mut show: impl FnMut(&mut Open, Option<&str>)) {
        for shard in &self.futures {
            lock(shard).values_mut().for_each(|open| show(open, None));
        }
        // Threads that begin or end meanwhile do not wait for this.
        let threads: Vec<_> = lock(&self.threads).clone();
        for thread in threads {
            for (_, open) in lock(&thread.calls).iter_mut() {
                show(open, Some(&thread.thread));
            }
        }
    }

    /// Calls that are open for longer than this and were not reported, and when there may be more.
    fn overdue(&self, timeout: Duration, now: Instant) -> (Vec<Found>, Option<Instant>) {
        let mut found = Vec::new();
        let mut next = now.checked_add(timeout);
        self.for_each(|open, thread| {
            if open.is_reported {
                return;
            }
            if now.saturating_duration_since(open.since) >= timeout {
                open.is_reported = true;
                found.push((*open, thread.map(str::to_owned)));
            } else {
                next = next.min(open.since.checked_add(timeout));
            }
        });
        (found, next)
    }

    /// Starts the watcher, once. What is to be said about it is not said in here: a logger of the
    /// application's may call a tracked function, which comes here again.
    fn watched(&'static self) -> Option<Remark> {
        let mut problem = None;
        self.watch.call_once(|| {
            let thread = thread::Builder::new().name("track_errors_open".to_owned());
            problem = thread.spawn(move || self.run()).err();
        });
        let message = |error| format!("no thread to look for abandoned calls: {error}");
        problem.map(|error: io::Error| Remark::error(&message(error)))
    }

    fn run(&self) {
        crate::leave::ignore_this_thread();
        let mut timeout = lock(&self.timeout);
        loop {
            let Some(limit) = *timeout else {
                timeout = self.changed.wait(timeout).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            drop(timeout);
            let now = Instant::now();
            let (found, next) = self.overdue(limit, now);
            if !found.is_empty() {
                let limit = humantime::format_duration(limit);
                report(&format!("open for longer than {limit}"), "abandoned call", found, now);
            }
            // Not for each call by itself, if they begin one after the other.
            let pause = (limit / 20).clamp(Duration::from_millis(5), Duration::from_secs(5));
            let wait = next.map_or(pause, |next| next.saturating_duration_since(now).max(pause));
            timeout = lock(&self.timeout);
            if *timeout == Some(limit) {
                let waited = self.changed.wait_timeout(timeout, wait);
                timeout = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
}

/// Writes one line about calls, the oldest first.
fn report(what: &str, noun: &str, mut found: Vec<Found>, now: Instant) {
    found.sort_by_key(|(open, _)| open.since);
    let plural = if found.len() == 1 { "" } else { "s" };
    super::write(
        DebugLevel::Info,
        std::panic::Location::caller(),
        &message(&format!("{} {noun}{plural}, {what}: ", found.len()), &found, now),
    );
}

/// The beginning and the calls, at most [`MESSAGE_LIMIT`] bytes.
fn message(beginning: &str, found: &[Found], now: Instant) -> String {
    let mut message = beginning.to_owned();
    for (shown, (open, thread)) in found.iter().enumerate() {
        let before = message.len();
        if shown > 0 {
            message.push_str(", ");
        }
        open.describe(&mut message, now, thread.as_deref());
        if message.len() > MESSAGE_LIMIT - CUT_NOTE {
            message.truncate(before);
            let left = found.len() - shown;
            // Writing to a String does not fail.
            let _: std::fmt::Result = write!(
                message,
                "… [log too long, cut at {MESSAGE_LIMIT} bytes: {left} more are not shown]"
            );
            break;
        }
    }
    message
}

/// The end of the program: what is still open.
pub(super) fn summary() {
    if !is_on() {
        return;
    }
    let registry = registry();
    let mut found = Vec::new();
    registry.for_each(|open, thread| found.push((*open, thread.map(str::to_owned))));
    let more = registry.not_followed.load(Ordering::Relaxed);
    if more > 0 {
        let limit = MAX_OPEN;
        super::write(
            DebugLevel::Info,
            std::panic::Location::caller(),
            &format_args!("{more} calls were not followed, because {limit} others were open"),
        );
    }
    if found.is_empty() {
        let none = "no tracked call is open at the end of the program";
        super::write(DebugLevel::Info, std::panic::Location::caller(), &none);
    } else {
        report("still open at the end of the program", "tracked call", found, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static SITE: Site = Site::new("abandoned", 0, || ());

    #[test]
    fn a_message_is_cut_at_nine_thousand_bytes_and_says_so() {
        let now = Instant::now();
        let found: Vec<Found> = (0..1000).map(|_| (Open::new(&SITE), None)).collect();
        let text = message("1000 abandoned calls: ", &found, now);
        assert!(text.len() <= MESSAGE_LIMIT && text.len() > MESSAGE_LIMIT - 500, "{}", text.len());
        let (shown, word) = text.rsplit_once("… ").expect("a word about it");
        let left: usize = word
            .strip_prefix("[log too long, cut at 9000 bytes: ")
            .and_then(|rest| rest.strip_suffix(" more are not shown]"))
            .and_then(|left| left.parse().ok())
            .expect("how many");
        assert_eq!(shown.matches("[name: ").count() + left, 1000);
        assert!(shown.ends_with(']'), "whole entries: {shown}");

        let text = message("1 abandoned call: ", &found[..1], now);
        assert!(text.ends_with(", a future]"), "{text}");
    }

    #[test]
    fn no_more_than_a_hundred_thousand_calls_are_followed_and_the_others_counted() {
        let registry: &'static Registry = Box::leak(Box::new(Registry::new()));
        let all: Vec<_> = (0..MAX_OPEN + 5).map(|_| registry.open(&SITE)).collect();
        assert_eq!(all.iter().flatten().count(), MAX_OPEN);
        assert_eq!(registry.not_followed.load(Ordering::Relaxed), 5);
        registry.followed.fetch_sub(1, Ordering::Relaxed);
        assert!(registry.open(&SITE).is_some(), "there is room again");
    }

    #[test]
    fn a_call_is_overdue_once_and_the_next_look_is_when_the_next_one_may_be() {
        let registry: &'static Registry = Box::leak(Box::new(Registry::new()));
        let (old, new) = (registry.open(&SITE).unwrap(), registry.open(&SITE).unwrap());
        let minute = Duration::from_secs(60);
        let now = old.since + 2 * minute;
        let new = Open { since: now - minute / 2, ..new };
        for open in [old, new] {
            lock(&registry.futures[0]).insert(open.id, open);
        }
        let (found, next) = registry.overdue(minute, now);
        assert_eq!(found.iter().map(|(open, _)| open.id).collect::<Vec<_>>(), [old.id]);
        assert_eq!(next, Some(now + minute / 2));
        let (found, next) = registry.overdue(minute, now);
        assert!(found.is_empty(), "each of them once");
        assert_eq!(next, Some(now + minute / 2));
    }
}
