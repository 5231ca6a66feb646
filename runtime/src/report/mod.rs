//! An `Err` leaves a tracked function: from the error value to the record that the worker gets.
//!
//! Was it seen before? Is it expected? How severe is it? May it be logged? Then describe it, take the
//! addresses of the running calls, and hold it or push it. No I/O, no symbols, no formatting of a line.
//!
//! Everything here is cold. Only the first step is generic, and it is small: it turns the error into
//! trait objects, so that the rest exists once in a program and not once a function.
//!
//! Promise: never panics and never changes the error, whatever the error's own code does.

mod at_boundary;
pub(crate) mod boundary;
pub(crate) mod branching;
pub(crate) mod by_event;
pub(crate) mod by_hand;
pub(crate) mod call;
pub(crate) mod describing;
mod ending_threads;
mod explain;
pub(crate) mod future;
mod held;
mod in_function;
mod leaving;
mod likeness;
pub(crate) mod marking;
pub(crate) mod outcome;
pub(crate) mod panics;
mod recent;
pub(crate) mod scope;
pub(crate) mod span_path;

use call::Call;
use describing::Describe;
use leaving::{Leaving, Origin};
use recent::Carried;
use scope::ScopeRef;

use crate::base::guarded::guarded;
use crate::base::reentrancy::ReentrancyGuard;
use crate::describe::{Keys, View};
use crate::model::{Place, Step, mark};
use crate::pipeline;
use crate::stack::StackMarker;

/// An error is about to leave a function, or the last poll of a future.
#[cold]
#[inline(never)]
pub(crate) fn failed<E, D: Describe<E>>(
    call: Call,
    carried: Option<&mut Carried>,
    error: &E,
    describe: &D,
) {
    StackMarker::here(|marker| {
        describe
            .with_keys(error, |keys| on_error(call, carried, marker, describe.view(error), keys));
    });
}

fn on_error(
    call: Call,
    carried: Option<&mut Carried>,
    marker: StackMarker,
    view: View<'_>,
    keys: Option<&dyn Keys>,
) {
    let site = call.site;
    // Taken first, and by the function that it belongs to even if nothing is logged.
    let mark = mark::take(site.key);
    let Some(_guard) = ReentrancyGuard::enter() else {
        explain::undecided("left", site, "this thread is describing or writing another one");
        return;
    };
    // The error's own code is guarded at each call; this guards ours.
    let _: Option<()> = guarded(|| {
        let Some(pipeline) = pipeline::current() else {
            explain::undecided("left", site, "nothing is: OTEL_SDK_DISABLED=true");
            return;
        };
        let own = view.type_name;
        let leaving = Leaving {
            pipeline: &pipeline,
            call,
            is_future: carried.is_some(),
            marker: Some(marker),
            view: &view,
            keys,
            mark,
            origin: Origin::Function,
            types: [own, mark.and_then(|mark| mark.type_name).unwrap_or(own)],
            step: Step {
                site,
                location: mark.map_or(site.location, |mark| Place::Compiled(mark.location)),
            },
        };
        let mut inside = carried.map(Carried::take_recent).unwrap_or_default();
        inside.append(&mut recent::take_since(call.began));
        let is_reported =
            inside.iter().any(|entry| entry.is_replaceable) && leaving.replace_event(&mut inside);
        let mut entry =
            if site.boundary { leaving.at_boundary(inside) } else { leaving.in_function(inside) };
        if is_reported {
            entry.is_reported = true;
            held::use_up_twin(ScopeRef::current(), &entry);
        }
        let around = if site.boundary { scope::NONE } else { ScopeRef::current() };
        recent::remember(entry, around);
    });
}
