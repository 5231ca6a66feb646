//! An `Err` leaves a tracked function: from the error value to the record that the worker gets.
//!
//! Describe it; find out whether it was seen before; ask the limiter; take the addresses of the
//! running calls; push. No I/O, no symbols, no formatting of a line.
//!
//! Everything here is cold. Only the first step is generic, and it is small: it turns the error
//! into trait objects, so that the rest exists once in a program and not once a function.
//!
//! Promise: never panics and never changes the error, whatever the error's own code does.

use std::cell::{Cell, OnceCell};
use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use crate::call::{Began, Call, Entry};
use crate::config::{BacktraceMode, ReportPolicy};
use crate::debug::{self, Decision};
use crate::describe::{self, Description, View, guarded};
use crate::keys::{self, Keys};
use crate::limit::HeldBack;
use crate::once::{self, Seen};
use crate::outcome::Describe;
use crate::pipeline::{self, Current, Pending};
use crate::stack::StackMarker;
use crate::trail::Step;
use crate::{counters, frame, mark, stack};

/// An error is about to leave a call, which ends here.
#[cold]
#[inline(never)]
pub(crate) fn error<E, D: Describe<E>>(call: Call, error: &E, describe: &D) {
    let _entry = Entry::of(call);
    StackMarker::here(|marker| {
        describe.with_keys(error, |keys| view(call, marker, describe.view(error), keys));
    });
}

/// An error is about to leave the last poll of a future.
#[cold]
#[inline(never)]
pub(crate) fn error_of_poll<E, D: Describe<E>>(call: Call, error: &E, describe: &D) {
    StackMarker::here(|marker| {
        describe.with_keys(error, |keys| view(call, marker, describe.view(error), keys));
    });
}

fn view(call: Call, marker: StackMarker, view: View<'_>, keys: Option<&dyn Keys>) {
    let Call { site, began } = call;
    // Taken first, and by the function that it belongs to even if nothing is logged.
    let mark = mark::take(site.key);
    let Some(_busy) = Busy::begin() else {
        if debug::is_on() {
            debug::undecided(site, "this thread is describing or writing another one");
        }
        return;
    };
    // What the error's own code can do is guarded where it is called; this is for the rest.
    let _: Option<()> = guarded(|| {
        let Some(pipeline) = pipeline::current() else {
            if debug::is_on() {
                debug::undecided(site, "nothing is: OTEL_SDK_DISABLED=true");
            }
            return;
        };
        let mut description = describe::describe(&view, mark.as_ref());
        let own = view.type_name;
        let types = [own, mark.and_then(|mark| mark.type_name).unwrap_or(own)];
        let mut seen = once::find(began, types, &mut description);
        let is_new = seen.trail.first().is_none();
        seen.trail.push(Step { site, location: mark.map_or(site.location, |mark| mark.location) });
        let outermost = !began.is_linked() || frame::is_outermost(began.depth());
        let policy = site.report.unwrap_or(pipeline.report());
        let log = match policy {
            ReportPolicy::Origin => !seen.logged,
            ReportPolicy::Boundary => !seen.logged && outermost,
            ReportPolicy::Every => true,
        };
        if is_new || log {
            // Each level of `every` is about itself.
            let further_in = seen.verdict.take().filter(|_| policy != ReportPolicy::Every);
            seen.verdict = keys::judge(site, &view, keys, further_in);
        }
        let kind = debug::is_on().then(|| debug::kind(site, &seen));
        let decision = if !log {
            counters::repeated();
            seen.keep(description);
            Decision::NotHere
        } else if seen.verdict.as_ref().is_some_and(|verdict| verdict.is_expected()) {
            counters::expected();
            // Further out it is not logged either.
            seen.logged = true;
            Decision::Expected
        } else if site.limiter.admits(pipeline.rate_limit(site.rate_limit)) {
            let pending = pending(&pipeline, call, marker, policy, &view, description, &mut seen);
            let taken = pipeline.submit(pending);
            seen.logged = true;
            if taken { Decision::Logged } else { Decision::Dropped }
        } else {
            counters::suppressed();
            site.hold_back(HeldBack { suppressed: 1, dropped: 0 });
            // It would have been logged here; further out it is not logged instead.
            seen.logged = true;
            Decision::Limited
        };
        if let Some(kind) = kind {
            debug::decided(site, &seen, &kind, policy, decision);
        }
        if decision != Decision::NotHere {
            seen.decision = Some(decision);
        }
        once::remember(seen);
    });
}

fn pending(
    pipeline: &Current,
    call: Call,
    marker: StackMarker,
    policy: ReportPolicy,
    view: &View<'_>,
    description: Description,
    seen: &mut Seen,
) -> Box<Pending> {
    let Call { site, .. } = call;
    let here = Step { site, location: site.location };
    // The place that a log is about is where the error came from; each level of `every` is about
    // itself.
    let place = match policy {
        ReportPolicy::Every => seen.trail.last(),
        _ => seen.trail.first(),
    };
    let place = place.unwrap_or(here);
    let backtrace = pipeline.backtrace(place.site.backtrace.or(site.backtrace));
    let (carried, captured) = if backtrace.wants_native_frames() {
        let carried = if backtrace == BacktraceMode::Full { stack::carried(view) } else { None };
        let captured = carried.is_none().then(|| stack::capture(marker));
        (carried, captured)
    } else {
        (None, None)
    };
    let verdict = seen.verdict.take();
    let said = verdict.as_ref().and_then(|verdict| verdict.level);
    Box::new(Pending {
        id: seen.id,
        timestamp: SystemTime::now(),
        level: said.or(place.site.level).or(site.level).unwrap_or_default(),
        site,
        place,
        kind: seen.root,
        verdict,
        message: description.message,
        causes: description.causes,
        trail: seen.trail.clone(),
        carried,
        captured,
        thread: thread_name(),
        held_back: HeldBack::default(),
    })
}

/// Bytes of a thread's name.
const NAME_LIMIT: usize = 256;

/// The name of this thread, kept so that it is copied once a thread and not once an error.
fn thread_name() -> Option<Arc<str>> {
    thread_local! {
        static NAME: OnceCell<Option<Arc<str>>> = const { OnceCell::new() };
    }
    let name = || thread::current().name().map(|name| describe::bounded(NAME_LIMIT, name).into());
    NAME.try_with(|kept| kept.get_or_init(name).clone()).unwrap_or_else(|_| name())
}

/// A call that was linked ends, with a value, an error or a panic.
#[cold]
#[inline(never)]
pub(crate) fn linked_call(began: Began) {
    let is_first = frame::is_first(began.depth());
    frame::truncate(began.depth());
    if is_first && began.is_past() {
        counters::handled(once::end_of_outermost(began));
    }
}

thread_local! {
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

/// While one error of a thread is described, no other is: `Display` and `Debug` of an error, and
/// a sink, may call tracked functions, and would never come to an end.
struct Busy;

impl Busy {
    fn begin() -> Option<Self> {
        (!BUSY.replace(true)).then(|| Busy)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        BUSY.set(false);
    }
}

/// Errors of this thread are never logged from now on: it is the one that writes them.
pub(crate) fn ignore_this_thread() {
    BUSY.set(true);
}

/// Runs code that may call tracked functions, whose errors are not logged.
pub(crate) fn ignoring<T>(f: impl FnOnce() -> T) -> T {
    let _busy = Busy::begin();
    f()
}
