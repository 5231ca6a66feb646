//! An `Err` leaves a tracked function: from the error value to the record that is logged.
//!
//! Everything here is cold. Only the first step is generic, and it is small: it turns the error
//! into trait objects, so that the rest exists once in a program and not once a function.
//!
//! Promise: never panics and never changes the error, whatever the error's own code does.

use std::borrow::Cow;
use std::cell::Cell;
use std::time::SystemTime;

use crate::config::ReportPolicy;
use crate::describe::{self, Description, View, guarded};
use crate::once::{self, Seen, Step};
use crate::outcome::{Describe, Entry};
use crate::pipeline::{self, Pipeline};
use crate::record::{ErrorRecord, Location};
use crate::site::Site;
use crate::stack::{self, Stack};
use crate::{counters, frame, trail};

/// An error is about to leave a call.
#[cold]
#[inline(never)]
pub(crate) fn error<E, D: Describe<E>>(entry: &Entry, error: &E, describe: D) {
    view(entry, describe(error));
}

fn view(entry: &Entry, view: View<'_>) {
    let site = entry.site;
    // Taken first, and by the function that it belongs to even if nothing is logged.
    let mark = trail::take(site.key);
    let Some(_busy) = Busy::begin() else { return };
    // What the error's own code can do is guarded where it is called; this is for the rest.
    let _: Option<()> = guarded(|| {
        let Some(pipeline) = pipeline::current() else { return };
        let description = describe::describe(&view, mark.as_ref());
        let mut seen = once::find(entry.epoch, view.type_name, &description);
        seen.passed(Step { site, location: mark.map_or(site.location, |mark| mark.location) });
        let outermost = !entry.linked || frame::is_outermost();
        let policy = site.report.unwrap_or(pipeline.report());
        let log = match policy {
            ReportPolicy::Origin => !seen.logged,
            ReportPolicy::Boundary => !seen.logged && outermost,
            ReportPolicy::Every => true,
        };
        if log {
            counters::logged();
            pipeline.submit(record(&pipeline, site, policy, &view, description, &seen));
            seen.logged = true;
        } else {
            counters::repeated();
        }
        once::remember(seen);
    });
}

fn record(
    pipeline: &Pipeline,
    site: &'static Site,
    policy: ReportPolicy,
    view: &View<'_>,
    description: Description,
    seen: &Seen,
) -> ErrorRecord {
    // The place that a log is about is where the error came from; each level of `every` is about
    // itself.
    let place = match policy {
        ReportPolicy::Every => seen.trail.last(),
        _ => seen.trail.first(),
    };
    let place = place.copied().unwrap_or(Step { site, location: site.location });
    let (carried, captured) = if pipeline.wants_native_frames() {
        let carried = stack::carried(view);
        let captured = carried.is_none().then(stack::capture);
        (carried, captured)
    } else {
        (None, None)
    };
    // The first is the call itself, which the trail has.
    let running = frame::running().into_iter().skip(1);
    let kind = site.kind.map_or_else(|| seen.root.name(), str::to_owned);
    let stack = stack::render(Stack {
        kind: &kind,
        message: &description.message,
        causes: &description.causes,
        trail: seen.trail.iter().map(Step::frame).collect(),
        site_file: site.location.file(),
        carried,
        captured,
        running: running.map(Site::frame).collect(),
    });
    ErrorRecord {
        id: seen.id,
        timestamp: SystemTime::now(),
        level: site.level.unwrap_or_default(),
        service: site.service.map(Cow::Borrowed),
        kind,
        error_type: seen.root.error_type(),
        message: description.message.as_ref().to_owned(),
        causes: description.causes,
        stack,
        location: Location::new(place.location),
        function: place.site.function().into(),
        module: place.site.module,
        thread: std::thread::current().name().map(str::to_owned),
    }
}

/// A call that was linked ends, with a value, an error or a panic.
pub(crate) fn linked_call(entry: &Entry) {
    if frame::exit() && once::epoch() != entry.epoch {
        // Nobody outside can find what failed in here any more.
        counters::handled(once::end_of_call(entry.epoch));
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
        (!BUSY.replace(true)).then_some(Busy)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        BUSY.set(false);
    }
}
