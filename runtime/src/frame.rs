//! The logical call stack: which tracked calls are running on this thread.
//!
//! A call that begins pushes its site, a call that ends takes it off; a tracked future does so
//! around each poll, so the stack is right through `.await`, also after the task has moved to
//! another thread. It needs no symbols, and so is all there is in a stripped program.
//!
//! Linking costs about a nanosecond a call, so it is done only when something asks for it
//! ([`link`]): the policy `boundary`, which has to know the outermost call, and stacks where
//! native frames cannot be had. Otherwise a call loads one flag word, and this module does
//! nothing. Never panics; bounded: calls nested deeper than 128 are counted and not kept.

use std::cell::Cell;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::pipeline;
use crate::site::Site;

/// Calls of a thread that are kept.
const MAX_DEPTH: usize = 128;

/// Nothing has been asked for yet: the first tracked call of the process finds out.
const UNKNOWN: u8 = 1;
/// The settings of the process ask for links.
const BY_SETTINGS: u8 = 2;
/// A function asks for links, whatever the settings are.
const BY_FUNCTION: u8 = 4;

/// What tracked calls have to do besides reading the epoch; 0 in most programs.
static FLAGS: AtomicU8 = AtomicU8::new(UNKNOWN);

struct Calls {
    depth: Cell<usize>,
    sites: [Cell<Option<&'static Site>>; MAX_DEPTH],
}

thread_local! {
    static CALLS: Calls = const {
        Calls { depth: Cell::new(0), sites: [const { Cell::new(None) }; MAX_DEPTH] }
    };
}

/// The call of `site` begins. Returns whether it is linked; then [`exit`] has to end it.
#[inline(always)]
pub(crate) fn enter(site: &'static Site) -> bool {
    // The flags only ever tell what to do from now on; no other memory hangs on them.
    FLAGS.load(Ordering::Relaxed) != 0 && push(site)
}

/// Links the call if that is asked for.
#[inline(never)]
fn push(site: &'static Site) -> bool {
    if FLAGS.load(Ordering::Relaxed) & UNKNOWN != 0 {
        link_by_settings(pipeline::wants_logical_stack());
    }
    if FLAGS.load(Ordering::Relaxed) == 0 {
        return false;
    }
    CALLS.with(|calls| {
        let depth = calls.depth.get();
        if let Some(slot) = calls.sites.get(depth) {
            slot.set(Some(site));
        }
        calls.depth.set(depth + 1);
    });
    true
}

/// A linked call ends. Returns whether it was the outermost.
pub(crate) fn exit() -> bool {
    CALLS.with(|calls| {
        let depth = calls.depth.get().saturating_sub(1);
        calls.depth.set(depth);
        depth == 0
    })
}

/// Says whether the settings ask for links. Calls that are running stay as they are.
pub(crate) fn link_by_settings(linked: bool) {
    if linked {
        FLAGS.fetch_or(BY_SETTINGS, Ordering::Relaxed);
    } else {
        FLAGS.fetch_and(!BY_SETTINGS, Ordering::Relaxed);
    }
    FLAGS.fetch_and(!UNKNOWN, Ordering::Relaxed);
}

/// A function with `report = "boundary"` is called: it has to know whether it is the outermost.
pub fn link() {
    if FLAGS.load(Ordering::Relaxed) & BY_FUNCTION == 0 {
        FLAGS.fetch_or(BY_FUNCTION, Ordering::Relaxed);
    }
}

/// Whether no more than one linked call is running on this thread.
pub(crate) fn is_outermost() -> bool {
    CALLS.with(|calls| calls.depth.get() <= 1)
}

/// The linked calls around the one that fails now, the innermost first.
pub(crate) fn around() -> Vec<&'static Site> {
    CALLS.with(|calls| {
        let depth = calls.depth.get();
        // The last is the call itself, if it is kept.
        let kept = if depth > MAX_DEPTH { MAX_DEPTH } else { depth.saturating_sub(1) };
        calls.sites[..kept].iter().rev().filter_map(Cell::get).collect()
    })
}
