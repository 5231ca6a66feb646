//! The logical call stack: which tracked calls are running on this thread.
//!
//! A call that begins pushes its site, a call that ends takes it off; a tracked future does so
//! around each poll, so the stack is right through `.await`, also after the task has moved to
//! another thread. It needs no symbols, and so is all there is in a stripped program.
//!
//! Linking costs a call some nanoseconds, so it is done only when something asks for it: the
//! policy `boundary`, which has to know the outermost call, stacks where native frames cannot be
//! had, and the debug mode, where it looks for abandoned calls. Otherwise nothing in here runs. Never
//! panics; bounded: calls nested deeper than 128 are counted and not kept.
//!
//! The debug mode must not change an error log. So a call that is linked for it alone does not
//! *count*: whoever asks for the outermost call, or for the calls around another, gets the answer that
//! he would get without it.

use std::cell::Cell;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::debug::abandoned;
use crate::site::Site;
use crate::{call, pipeline};

/// Calls of a thread that are kept.
const MAX_KEPT: usize = 128;

/// The settings of the process ask for links.
const BY_SETTINGS: u8 = 1;
/// A function asks for links, whatever the settings are.
const BY_FUNCTION: u8 = 2;
/// The debug mode looks for abandoned calls.
const BY_DEBUG: u8 = 4;
/// It does, or once did.
const ONCE_BY_DEBUG: u8 = 8;
/// Those of whom one suffices.
const ASKS: u8 = BY_SETTINGS | BY_FUNCTION | BY_DEBUG;

/// Who asks for links. No other memory hangs on it.
static ASKED: AtomicU8 = AtomicU8::new(0);

/// A tracked call that is running.
#[derive(Clone, Copy)]
struct Running {
    #[expect(dead_code, reason = "stacks are made of the trail")]
    site: &'static Site,
    form: Form,
    /// Somebody else than the debug mode asked for links when it began.
    counts: bool,
}

/// How a call runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// From its beginning to its end.
    Whole,
    /// One poll of it.
    Poll,
}

struct Calls {
    depth: Cell<usize>,
    kept: [Cell<Option<Running>>; MAX_KEPT],
}

thread_local! {
    static CALLS: Calls = const {
        Calls { depth: Cell::new(0), kept: [const { Cell::new(None) }; MAX_KEPT] }
    };
}

/// A linked call begins. Returns how many were running before it.
#[inline(always)]
pub(crate) fn push(site: &'static Site, form: Form) -> usize {
    CALLS.with(|calls| {
        let depth = calls.depth.get();
        if let Some(slot) = calls.kept.get(depth) {
            slot.set(Some(Running { site, form, counts: is_asked_by_others() }));
        }
        calls.depth.set(depth + 1);
        depth
    })
}

/// A linked call ends; so many were running before it.
#[inline(always)]
pub(crate) fn truncate(depth: usize) {
    CALLS.with(|calls| calls.depth.set(depth));
    if is_followed() {
        abandoned::call_ends(depth);
    }
}

/// Whether the call that began at this depth is the outermost of its task.
///
/// No other is around it, or only a sync function that runs the task: whether that one waits for
/// this very future, or for another task of a runtime on the same thread, cannot be known. The
/// error of a task that nobody waits for would be lost.
pub(crate) fn is_outermost(depth: usize) -> bool {
    CALLS.with(|calls| match calls.at(depth) {
        Some(own) if own.counts => calls
            .counting(depth)
            .next()
            .is_none_or(|around| own.form == Form::Poll && around.form == Form::Whole),
        Some(_) => true,
        None => !is_asked_by_others(),
    })
}

/// Whether nothing that counts is around the call that began at this depth, which counts itself.
#[inline(always)]
pub(crate) fn is_first(depth: usize) -> bool {
    if !is_followed() {
        // All calls count.
        return depth == 0;
    }
    CALLS.with(|calls| {
        calls.at(depth).is_some_and(|own| own.counts) && calls.counting(depth).next().is_none()
    })
}

impl Calls {
    /// The call that began at this depth, if it is kept.
    fn at(&self, depth: usize) -> Option<Running> {
        self.kept.get(depth).and_then(Cell::get)
    }

    /// Those around it that count, the innermost first.
    fn counting(&self, depth: usize) -> impl Iterator<Item = Running> {
        let kept = self.kept[..depth.min(MAX_KEPT)].iter().rev();
        kept.filter_map(Cell::get).filter(|call| call.counts)
    }
}

/// Whether somebody else than the debug mode asks for links.
#[inline(always)]
fn is_asked_by_others() -> bool {
    ASKED.load(Ordering::Relaxed) & (BY_SETTINGS | BY_FUNCTION) != 0
}

/// Whether the debug mode asks for links, or once did: calls that began then may still be running.
#[inline(always)]
pub(crate) fn is_followed() -> bool {
    ASKED.load(Ordering::Relaxed) & ONCE_BY_DEBUG != 0
}

/// The first tracked call of the process: finds out whether the settings ask for links.
pub(crate) fn ask_settings() {
    link_by_settings(pipeline::wants_logical_stack());
}

/// Says whether the settings ask for links. Calls that are running stay as they are.
pub(crate) fn link_by_settings(linked: bool) {
    if linked {
        ASKED.fetch_or(BY_SETTINGS, Ordering::Relaxed);
    } else {
        ASKED.fetch_and(!BY_SETTINGS, Ordering::Relaxed);
    }
    call::set_linked(ASKED.load(Ordering::Relaxed) & ASKS != 0);
}

/// Says whether the debug mode asks for links. Calls that are running stay as they are.
pub(crate) fn link_by_debug(linked: bool) {
    if linked {
        ASKED.fetch_or(BY_DEBUG | ONCE_BY_DEBUG, Ordering::Relaxed);
        call::set_linked(true);
    } else {
        ASKED.fetch_and(!BY_DEBUG, Ordering::Relaxed);
        call::set_linked(is_asked_by_others());
    }
}

/// A function with `report = "boundary"` is called: it has to know whether it is the outermost.
pub fn link() {
    // Settings that were found at the same time may have undone it.
    if ASKED.load(Ordering::Relaxed) & BY_FUNCTION == 0 || !call::are_linked() {
        ASKED.fetch_or(BY_FUNCTION, Ordering::Relaxed);
        call::set_linked(true);
    }
}
