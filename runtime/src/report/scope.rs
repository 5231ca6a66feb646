//! Scopes: which boundary a thread is in.
//!
//! A scope is one number in a thread-local while its boundary runs (of a future: during each of its
//! polls). It takes the number when it holds its first error; until then it has only its form, sync or async.
//! When its boundary hands out a value, what it still holds was handled; when it never does (a panic, a
//! dropped future), all of it is logged.
//!
//! Cost where nothing fails: two swaps of a thread-local, and three tests.

use std::cell::Cell;
use std::mem;

use super::call::Call;
use super::held;
use crate::base::reentrancy::ReentrancyGuard;
use crate::diagnostics::open_calls;
use crate::model::epoch::Began;
use crate::model::{BoundaryEnd, Site};
use crate::pipeline::Deciding;

/// A scope: its form in the lowest two bits, its number above them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScopeRef(u64);

/// Outside of any boundary.
pub(super) const NONE: ScopeRef = ScopeRef(0);
/// Of a function. It may run a whole executor, whose tasks are not its own.
pub(super) const SYNC: ScopeRef = ScopeRef(1);
/// Of a future, or inherited.
pub(super) const ASYNC: ScopeRef = ScopeRef(2);
const FORMS: u64 = 4;

thread_local! {
    static CURRENT: Cell<ScopeRef> = const { Cell::new(NONE) };
}

impl ScopeRef {
    /// The scope that this thread is in.
    pub(crate) fn current() -> Self {
        CURRENT.get()
    }

    pub(crate) fn is_open(self) -> bool {
        self != NONE
    }

    pub(crate) fn is_sync(self) -> bool {
        self.0 % FORMS == SYNC.0
    }

    /// Its number in the list of what is held.
    pub(crate) fn number(self) -> u64 {
        self.0 / FORMS
    }

    #[inline(always)]
    pub(super) fn has_number(self) -> bool {
        self.0 >= FORMS
    }

    pub(crate) fn of_number(number: u64) -> Self {
        ScopeRef(number * FORMS + ASYNC.0)
    }

    /// Takes the scope of this call for the future that it returns; the rest of the call gets a new one.
    pub(super) fn taken_over() -> Self {
        CURRENT.replace(SYNC).with_form(ASYNC)
    }

    pub(super) fn with_form(self, form: ScopeRef) -> Self {
        ScopeRef(self.number() * FORMS + form.0)
    }

    /// The current scope, with a number.
    pub(crate) fn numbered() -> Self {
        let scope = CURRENT.get();
        if !scope.is_open() || scope.has_number() {
            return scope;
        }
        let scope = ScopeRef(scope.0 + FORMS * held::open_scope());
        CURRENT.set(scope);
        scope
    }
}

/// Ends a scope whose boundary returned a value: what it still holds was handled.
#[cold]
#[inline(never)]
fn close(scope: ScopeRef, site: &'static Site) {
    let _deciding = Deciding::begin();
    held::handled(scope, held::take_all(scope), site);
}

/// Called by the panic hook: logs what the scope of this thread holds. The entries stay, as decided.
pub(crate) fn release_at_panic() {
    let scope = CURRENT.get();
    // A panic of code that describes an error is caught, and counts for nothing.
    if scope.has_number() && !ReentrancyGuard::is_active() {
        held::release_at_panic(scope);
    }
}

/// Which boundary a scope is of.
#[doc(hidden)]
pub trait BoundarySite {
    /// Its site.
    fn site(&self) -> &'static Site;
}

impl<S: Fn() -> &'static Site> BoundarySite for S {
    #[inline(always)]
    fn site(&self) -> &'static Site {
        self()
    }
}

impl BoundarySite for &'static Site {
    #[inline(always)]
    fn site(&self) -> &'static Site {
        self
    }
}

/// The scope of a function. Dropped by a panic.
#[derive(Debug)]
pub(super) struct Scope<S: BoundarySite> {
    outer: ScopeRef,
    site: S,
}

impl<S: BoundarySite> Scope<S> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn open(began: Began, site: S) -> Self {
        let outer = CURRENT.replace(SYNC);
        if began.is_followed() {
            follow_function(site.site());
        }
        Scope { outer, site }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    pub(super) fn close(self) {
        let own = CURRENT.replace(self.outer);
        if own.has_number() {
            close(own, self.site.site());
        }
        mem::forget(self);
    }
}

/// Inlined, so that the scope stays in a register.
impl<S: BoundarySite> Drop for Scope<S> {
    #[inline(always)]
    fn drop(&mut self) {
        abandon_function(self.outer, || self.site.site());
    }
}

/// Ends a scope that a panic unwinds through.
#[cold]
fn abandon_function(outer: ScopeRef, site: impl FnOnce() -> &'static Site) {
    let own = CURRENT.replace(outer);
    if own.has_number() {
        held::abandon(own, site(), BoundaryEnd::Panicked);
    }
}

/// Has the debug mode follow the boundary until its scope ends.
#[cold]
#[inline(never)]
fn follow_function(site: &'static Site) {
    held::follow(ScopeRef::numbered(), open_calls::follow_function(site));
}

/// The scope of a future. Dropped before the future is ready, it logs what it holds.
#[derive(Debug)]
pub(super) struct Armed<S: BoundarySite> {
    scope: ScopeRef,
    pub(super) site: S,
}

impl<S: BoundarySite> Armed<S> {
    pub(super) fn new(scope: ScopeRef, site: S) -> Self {
        Armed { scope, site }
    }

    /// Begins a poll, which is this call.
    #[inline(always)]
    pub(super) fn enter(&mut self, call: Call) -> During<'_> {
        let during = During::begin(&mut self.scope);
        if call.began.is_followed() {
            follow_future(call.site);
        }
        during
    }

    /// Ends the scope: the future is ready.
    #[inline(always)]
    pub(super) fn disarm(&mut self) {
        if self.scope.has_number() {
            close(mem::replace(&mut self.scope, ASYNC), self.site.site());
        }
    }
}

impl<S: BoundarySite> Drop for Armed<S> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.scope.has_number() {
            held::abandon(self.scope, self.site.site(), BoundaryEnd::Cancelled);
        }
    }
}

/// Has the debug mode follow the boundary from its first poll until its scope ends.
#[cold]
#[inline(never)]
fn follow_future(site: &'static Site) {
    // A scope with a number is followed already, or began before calls were followed.
    if !CURRENT.get().has_number() {
        held::follow(ScopeRef::numbered(), open_calls::follow_future(site));
    }
}

/// While a scope is the current one of this thread.
pub(super) struct During<'a> {
    outer: ScopeRef,
    own: &'a mut ScopeRef,
}

impl<'a> During<'a> {
    #[inline(always)]
    pub(super) fn begin(own: &'a mut ScopeRef) -> Self {
        During { outer: CURRENT.replace(*own), own }
    }
}

impl Drop for During<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        *self.own = CURRENT.replace(self.outer);
    }
}
