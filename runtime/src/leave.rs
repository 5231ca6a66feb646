//! An `Err` leaves a tracked function: from the error value to the record that is logged.
//!
//! Everything here is cold. Only the first step is generic, and it is small: it turns the error
//! into trait objects, so that the rest exists once in a program and not once a function.
//!
//! Promise: never panics and never changes the error, whatever the error's own code does.

use std::any::type_name;
use std::borrow::Cow;
use std::cell::Cell;
use std::time::SystemTime;

use crate::describe::{self, View, guarded};
use crate::outcome::{Describe, Entry};
use crate::pipeline;
use crate::record::{ErrorRecord, Location};
use crate::site::Site;
use crate::stack::{self, Stack};
use crate::trail;

/// An error is about to leave the function of `site`.
#[cold]
#[inline(never)]
pub(crate) fn error<E, D: Describe<E>>(site: &'static Site, entry: Entry, error: &E, describe: D) {
    // The closure stands in the tracked function, so its name begins with the function's path,
    // including the type of an `impl`, which the macro does not know.
    view(site, entry, type_name::<D>(), describe(error));
}

fn view(site: &'static Site, _: Entry, closure: &'static str, view: View<'_>) {
    // Taken first, and by the function that it belongs to even if nothing is logged.
    let mark = trail::take(site.key);
    let Some(_busy) = Busy::begin() else { return };
    // What the error's own code can do is guarded where it is called; this is for the rest.
    let _: Option<()> = guarded(|| {
        let Some(pipeline) = pipeline::current() else { return };
        let mut description = describe::describe(&view, mark.as_ref());
        if let Some(kind) = site.kind {
            kind.clone_into(&mut description.kind);
        }
        let function = stack::function_name(closure);
        let place = mark.map_or(site.location, |mark| mark.location);
        let location = Location {
            file: Cow::Owned(stack::path(place.file(), &[])),
            line: place.line(),
            column: place.column(),
        };
        let carried = if pipeline.wants_native_frames() { stack::carried(&view) } else { None };
        let captured = (carried.is_none() && pipeline.wants_native_frames()).then(stack::capture);
        let stack = stack::render(Stack {
            kind: &description.kind,
            message: &description.message,
            causes: &description.causes,
            function: &function,
            location: &location,
            site_file: site.location.file(),
            carried,
            captured,
        });
        pipeline.submit(ErrorRecord {
            timestamp: SystemTime::now(),
            level: site.level.unwrap_or_default(),
            service: site.service.map(Cow::Borrowed),
            kind: description.kind,
            error_type: description.error_type,
            message: description.message,
            causes: description.causes,
            stack,
            location,
            function: function.into(),
            module: site.module,
            thread: std::thread::current().name().map(str::to_owned),
        });
    });
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
