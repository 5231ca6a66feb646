//! One tracked call: how it begins and ends.
//!
//! All that a call has to know when it begins is in one word of the process: the *epoch*, which
//! goes up with every `Err` that leaves a tracked call ([`once`](crate::once)), and whether calls
//! are to be linked ([`frame`](crate::frame)). So a call costs one load and two tests of a
//! register, and a function of a library costs no more than one of a program (where thread-locals
//! are functions to call).
//!
//! What runs on the `Ok` path is inlined in any case, but not without optimisation: there each local of
//! an inlined function is a slot in its caller's frame, once for each call, and deep recursions run out
//! of stack.
//!
//! Promise: no store, no lock, no allocation on the `Ok` path, as long as nothing asks for links.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::debug::abandoned;
use crate::frame::Form;
use crate::site::Site;
use crate::{frame, leave};

/// The epoch: the lowest 48 bits. Enough for a million errors a second for nine years.
const EPOCH: u64 = (1 << 48) - 1;
/// Where the depth of a linked call begins; 14 bits.
const DEPTH: u32 = 48;
const MAX_DEPTH: u64 = (1 << 14) - 1;
/// It is not known yet whether calls are to be linked.
const UNKNOWN: u64 = 1 << 62;
/// Calls are linked, or it is not known. The sign bit, which is the cheapest to test.
const LINKED: u64 = 1 << 63;

/// On a cache line of its own: every tracked call reads it, every error writes it.
#[repr(align(128))]
struct State(AtomicU64);

// Each bit stands for itself, so relaxed accesses do: the epoch only has to differ before and
// after an error of the *same* thread, and links count from "soon".
static STATE: State = State(AtomicU64::new(LINKED | UNKNOWN));

/// What a call knew when it began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Began(u64);

impl Began {
    #[cfg(test)]
    pub(crate) fn now() -> Self {
        Began(STATE.0.load(Ordering::Relaxed) & EPOCH)
    }

    pub(crate) fn epoch(self) -> u64 {
        self.0 & EPOCH
    }

    /// Whether the call is on the logical call stack.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn is_linked(self) -> bool {
        self.0 & LINKED != 0
    }

    /// How many linked calls were running before it.
    pub(crate) fn depth(self) -> usize {
        ((self.0 >> DEPTH) & MAX_DEPTH) as usize
    }

    /// Whether an error left a tracked call, of whatever thread, since then.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn is_past(self) -> bool {
        (STATE.0.load(Ordering::Relaxed) ^ self.0) & EPOCH != 0
    }
}

/// The epoch of an error that leaves a call now; greater than any before.
pub(crate) fn next_epoch() -> u64 {
    (STATE.0.fetch_add(1, Ordering::Relaxed) + 1) & EPOCH
}

/// Says whether calls are linked from now on.
pub(crate) fn set_linked(linked: bool) {
    if linked {
        STATE.0.fetch_or(LINKED, Ordering::Relaxed);
        STATE.0.fetch_and(!UNKNOWN, Ordering::Relaxed);
    } else {
        STATE.0.fetch_and(!(LINKED | UNKNOWN), Ordering::Relaxed);
    }
}

/// Whether calls are linked from now on, or it is not known.
pub(crate) fn are_linked() -> bool {
    STATE.0.load(Ordering::Relaxed) & LINKED != 0
}

/// A tracked call, or one poll of it.
#[derive(Debug, Clone, Copy)]
pub struct Call {
    pub(crate) site: &'static Site,
    pub(crate) began: Began,
}

/// A tracked call that is running.
#[derive(Debug)]
#[must_use = "the call ends when this is dropped"]
pub struct Entry(Call);

/// The beginning of a tracked call.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn enter(site: &'static Site) -> Entry {
    enter_as(site, Form::Whole)
}

/// The beginning of one poll of a tracked future.
#[cfg_attr(not(debug_assertions), inline(always))]
pub(crate) fn enter_poll(site: &'static Site) -> Entry {
    enter_as(site, Form::Poll)
}

#[cfg_attr(not(debug_assertions), inline(always))]
fn enter_as(site: &'static Site, form: Form) -> Entry {
    let state = STATE.0.load(Ordering::Relaxed);
    let began = if state & LINKED == 0 { Began(state) } else { link(site, form, state) };
    Entry(Call { site, began })
}

impl Entry {
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn call(&self) -> Call {
        self.0
    }

    /// Hands the duty to end the call on: [`Entry::of`] takes it up again.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(crate) fn into_call(self) -> Call {
        let call = self.0;
        std::mem::forget(self);
        call
    }

    pub(crate) fn of(call: Call) -> Self {
        Entry(call)
    }
}

impl Drop for Entry {
    /// The end of the call, also by a panic.
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn drop(&mut self) {
        if self.0.began.is_linked() {
            leave::linked_call(self.0.began);
        }
    }
}

/// Puts the call on the logical call stack, if that is really asked for.
#[cold]
#[inline(never)]
fn link(site: &'static Site, form: Form, mut state: u64) -> Began {
    if state & UNKNOWN != 0 {
        frame::ask_settings();
        state = STATE.0.load(Ordering::Relaxed);
        if state & LINKED == 0 {
            return Began(state);
        }
    }
    let depth = (frame::push(site, form) as u64).min(MAX_DEPTH);
    if form == Form::Whole && frame::is_followed() {
        abandoned::call_begins(site, depth as usize);
    }
    Began((state & !UNKNOWN) | depth << DEPTH)
}

/// Runs the body of a tracked function.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn call<R, F: FnOnce() -> R>(body: F) -> R {
    body()
}
