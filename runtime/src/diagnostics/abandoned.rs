//! `abandoned`: lines about tracked calls that never end.
//!
//! Three kinds of lines: one for calls that are open for longer than the timeout (a call that hangs, a future
//! that is no longer polled), with each call once; one for each future that is dropped before it finishes;
//! and a summary of the calls that are open at the end of the program. [`open_calls`] has the list of open
//! calls. A thread here wakes when the oldest unreported call becomes overdue.
//!
//! Source: Datadog, "Tracer Debug Logs", section "Go", "Abandoned span logs".

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::state::state;
use super::{Deferred, defer, say};
use crate::base::lock::{lock, wait, wait_for};
use crate::base::once_box::OnceBox;
use crate::base::signals;
use crate::base::sync::{Condvar, Mutex};
use crate::diagnostics::open_calls::{self, Open};
use crate::model::epoch::{self, Began};

/// Bytes of one message.
const MESSAGE_LIMIT: usize = 9_000;
/// Bytes reserved for the note about cut calls.
const CUT_NOTE: usize = 120;

/// The thread that looks for abandoned calls, and the means to notify it of a change. A child process has its
/// own.
#[derive(Debug)]
struct Watcher {
    timeout: Mutex<Option<Duration>>,
    changed: Condvar,
}

/// The watcher of this process.
static WATCHER: OnceBox<Watcher> = OnceBox::new();

/// Starts to follow calls and to report those that are open for longer; `None` ends both.
///
/// The caller has locked the state of the debug mode. It must unlock the state before it writes the returned
/// line.
pub(super) fn set(timeout: Option<Duration>) -> Deferred {
    let mut deferred = Deferred::default();
    epoch::set_followed(timeout.is_some());
    if let Some(watcher) = WATCHER.get() {
        *lock(&watcher.timeout) = timeout;
        watcher.changed.notify_all();
    } else if timeout.is_some() {
        // The caller has locked the state of the debug mode, so one thread at a time comes here.
        let watcher = WATCHER
            .get_or_init(|| Watcher { timeout: Mutex::new(timeout), changed: Condvar::new() });
        if let Err(error) = signals::spawn("track_errors_open", move || watcher.run()) {
            defer!(
                deferred,
                Error,
                "no thread to look for abandoned calls: {error}; only futures that are dropped, \
                 and calls that are open at the end, are reported"
            );
        }
    }
    deferred
}

/// Starts the watcher at the first followed call: a child process needs its own.
pub(crate) fn watch() {
    let deferred = {
        let state = state();
        set(state.config.as_ref().and_then(|config| config.abandoned))
    };
    deferred.write();
}

/// Resets a child process: it has no watcher yet, and none of its parent's calls.
#[cfg(unix)]
pub(super) fn in_child() {
    WATCHER.forget();
    open_calls::in_child();
}

impl Watcher {
    fn run(&self) {
        crate::base::reentrancy::ignore_this_thread();
        let mut timeout = lock(&self.timeout);
        loop {
            let Some(limit) = *timeout else {
                timeout = wait(&self.changed, timeout);
                continue;
            };
            drop(timeout);
            let now = Instant::now();
            let (found, next) = open_calls::overdue(limit, now);
            if !found.is_empty() {
                let limit = humantime::format_duration(limit);
                write(&format!("open for longer than {limit}"), "abandoned call", found, now);
            }
            // One check for calls that began one after the other.
            let pause = (limit / 20).clamp(Duration::from_millis(5), Duration::from_secs(5));
            let next = next.map_or(pause, |next| next.saturating_duration_since(now).max(pause));
            timeout = lock(&self.timeout);
            if *timeout == Some(limit) {
                timeout = wait_for(&self.changed, timeout, next).0;
            }
        }
    }
}

/// Reports a future that was dropped before it finished.
pub(crate) fn dropped(open: &Open) {
    let mut message = "abandoned future: it was dropped before it had finished: ".to_owned();
    describe(open, &mut message, Instant::now());
    say!(Info, "{message}");
}

/// Reports the calls that are open at the end of the program.
pub(super) fn summary() {
    if !Began::now().is_followed() {
        return;
    }
    let (more, limit) = open_calls::not_followed();
    if more > 0 {
        say!(Info, "{more} calls were not followed, because {limit} others were open");
    }
    let found = open_calls::all();
    if found.is_empty() {
        say!(Info, "no tracked call is open at the end of the program");
    } else {
        write("still open at the end of the program", "tracked call", found, Instant::now());
    }
}

/// Writes one line about calls, the oldest first.
fn write(what: &str, noun: &str, mut found: Vec<Open>, now: Instant) {
    found.sort_by_key(|open| open.since);
    let plural = if found.len() == 1 { "" } else { "s" };
    let beginning = format!("{} {noun}{plural}, {what}: ", found.len());
    say!(Info, "{}", message(&beginning, &found, now));
}

/// The beginning and the calls, at most [`MESSAGE_LIMIT`] bytes.
fn message(beginning: &str, found: &[Open], now: Instant) -> String {
    let mut message = beginning.to_owned();
    for (shown, open) in found.iter().enumerate() {
        let before = message.len();
        if shown > 0 {
            message.push_str(", ");
        }
        describe(open, &mut message, now);
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

/// `[name: shop::pay, at: src/pay.rs:12:1, age: 10m 3s, id: f951e59d2e202be5, …]`
fn describe(open: &Open, out: &mut String, now: Instant) {
    let place = open.site.location;
    let age = now.saturating_duration_since(open.since);
    // Milliseconds below one second, else seconds.
    let age = if age < Duration::from_secs(1) {
        Duration::from_millis(u64::try_from(age.as_millis()).unwrap_or(u64::MAX))
    } else {
        Duration::from_secs(age.as_secs())
    };
    let (what, thread) = match open.thread.as_deref() {
        Some(thread) => ("running on thread ", thread),
        None => ("a future", ""),
    };
    // Writing to a String does not fail.
    let _: std::fmt::Result = write!(
        out,
        "[name: {}, at: {}:{}:{}, age: {}, id: {}, {what}{thread}]",
        open.site.function(),
        place.path(),
        place.line(),
        place.column(),
        humantime::format_duration(age),
        open.id,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Site;

    static SITE: Site = Site::new("abandoned", 0, || ());

    #[test]
    fn a_message_is_cut_at_nine_thousand_bytes_and_says_so() {
        let now = Instant::now();
        let found: Vec<_> = (0..1000).map(|_| Open::new(&SITE, None)).collect();
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
}
