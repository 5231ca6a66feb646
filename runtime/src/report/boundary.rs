//! Boundaries: places at which errors stop climbing.
//!
//! A function with `report = "boundary"` opens a *scope*: one number in a thread-local while it runs (a
//! future: during each of its polls). The number is taken when the first error is held; until then a scope
//! is its form and nothing else. Errors that leave tracked functions inside are [`held`]. When the boundary
//! ends, it decides: what it returns is logged, what it does not return was handled, and if it never
//! returns (a panic, a dropped future), all of it is logged.
//!
//! Cost of a boundary in which nothing fails: two swaps of a thread-local, and three tests.

use std::cell::Cell;
use std::future::Future;
use std::mem;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::call::{Began, Call, Entry, enter};
use super::future::{PollCall, Tracked, poll_body};
use super::outcome::{BoundaryOutcome, Describe};
use super::recent::Carried;
use super::{held, presumed_failure};
use crate::describe::View;
use crate::keys::Keys;
use crate::open_calls;
use crate::reentrancy::ReentrancyGuard;
use crate::site::Site;

/// A scope: its form in the lowest two bits, its number above them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScopeRef(u64);

/// Outside of any boundary.
const NONE: ScopeRef = ScopeRef(0);
/// Of a function. It may run a whole executor, whose tasks are not its own.
const SYNC: ScopeRef = ScopeRef(1);
/// Of a future, or inherited.
const ASYNC: ScopeRef = ScopeRef(2);
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
    fn has_number(self) -> bool {
        self.0 >= FORMS
    }

    fn with_form(self, form: ScopeRef) -> Self {
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

/// The boundary has handed out a value: what it still holds was handled.
#[cold]
#[inline(never)]
fn close(scope: ScopeRef, site: &'static Site) {
    held::handled(held::take_all(scope), site.handled);
}

/// The boundary will never hand out a value.
#[cold]
#[inline(never)]
fn abandon(scope: ScopeRef) {
    held::release_and_close(scope);
}

/// The panic hook runs on this thread: what its scope holds is logged now, and stays known.
pub(crate) fn release_at_panic() {
    let scope = CURRENT.get();
    if ReentrancyGuard::is_active() {
        return;
    }
    if cfg!(panic = "abort") {
        held::release_at_exit();
    } else if scope.has_number() {
        held::release(scope);
    }
}

// ------------------------------------------------------------------------------------------------
// Functions

/// A boundary that is running.
#[derive(Debug)]
#[must_use = "the boundary ends when this is dropped"]
pub struct BoundaryEntry {
    entry: Entry,
    scope: Scope,
}

/// The beginning of a function that is a boundary.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn enter_boundary(site: &'static Site) -> BoundaryEntry {
    let entry = enter(site);
    BoundaryEntry { scope: Scope::open(entry.call), entry }
}

/// A call that has begun and ends with a value: [`Entry`] or [`BoundaryEntry`].
pub trait Entered<R> {
    /// The call.
    #[doc(hidden)]
    fn call(&self) -> Call;

    /// The end of the call.
    #[doc(hidden)]
    fn end(self, value: R) -> R;
}

impl<R> Entered<R> for Entry {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn call(&self) -> Call {
        self.call
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn end(self, value: R) -> R {
        value
    }
}

impl<R: BoundaryOutcome> Entered<R> for BoundaryEntry {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn call(&self) -> Call {
        self.entry.call
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn end(self, value: R) -> R {
        self.scope.close(self.entry.call.site);
        value
    }
}

/// The scope of a function. Dropped by a panic.
#[derive(Debug)]
struct Scope {
    outer: ScopeRef,
}

impl Scope {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn open(call: Call) -> Self {
        let outer = CURRENT.replace(SYNC);
        if call.began.is_followed() {
            follow_function(call.site);
        }
        Scope { outer }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn close(self, site: &'static Site) {
        let own = CURRENT.replace(self.outer);
        mem::forget(self);
        if own.has_number() {
            close(own, site);
        }
    }
}

/// In line, so that the scope stays in a register.
impl Drop for Scope {
    #[inline(always)]
    fn drop(&mut self) {
        abandon_function(self.outer);
    }
}

/// A panic goes through a boundary.
#[cold]
#[inline(never)]
fn abandon_function(outer: ScopeRef) {
    let own = CURRENT.replace(outer);
    if own.has_number() {
        abandon(own);
    }
}

/// The debug mode follows the boundary that begins: until its scope is over.
#[cold]
#[inline(never)]
fn follow_function(site: &'static Site) {
    held::follow(ScopeRef::numbered(), open_calls::follow_function(site));
}

// ------------------------------------------------------------------------------------------------
// Futures

/// The scope of a future. Dropped before the future is ready, it logs what it holds.
#[derive(Debug)]
struct Armed(ScopeRef);

impl Armed {
    /// A poll begins, which is this call.
    #[inline(always)]
    fn enter(&mut self, call: Call) -> During<'_> {
        let during = During::begin(&mut self.0);
        if call.began.is_followed() {
            follow_future(call.site);
        }
        during
    }

    /// The future has handed out its value.
    #[inline(always)]
    fn disarm(&mut self, site: impl FnOnce() -> &'static Site) {
        if self.0.has_number() {
            close(mem::replace(&mut self.0, ASYNC), site());
        }
    }
}

impl Drop for Armed {
    #[inline(always)]
    fn drop(&mut self) {
        if self.0.has_number() {
            abandon(self.0);
        }
    }
}

/// The debug mode follows the boundary whose first poll begins: until its scope is over.
#[cold]
#[inline(never)]
fn follow_future(site: &'static Site) {
    // One that holds something is followed already, or began before calls were followed.
    if !CURRENT.get().has_number() {
        held::follow(ScopeRef::numbered(), open_calls::follow_future(site));
    }
}

/// While a scope is the current one of this thread.
struct During<'a> {
    outer: ScopeRef,
    own: &'a mut ScopeRef,
}

impl<'a> During<'a> {
    #[inline(always)]
    fn begin(own: &'a mut ScopeRef) -> Self {
        During { outer: CURRENT.replace(*own), own }
    }
}

impl Drop for During<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        *self.own = CURRENT.replace(self.outer);
    }
}

pin_project! {
    /// A tracked future that is a boundary.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are polled"]
    pub struct TrackedBoundary<S, F, L> {
        #[pin]
        tracked: Tracked<S, F, L>,
        scope: Armed,
    }
}

impl<S, F, L> Future for TrackedBoundary<S, F, L>
where
    S: Fn() -> &'static Site,
    F: Future,
    L: FnMut(F::Output, PollCall<'_>) -> F::Output,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let call = Call::begin(this.tracked.site());
        let during = this.scope.enter(call);
        let polled = this.tracked.as_mut().poll_call(call, cx);
        drop(during);
        if polled.is_ready() {
            this.scope.disarm(|| call.site);
        }
        polled
    }
}

/// The body of an async function that is a boundary, as the macro wraps it.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn boundary_future<S, F, L>(site: S, body: F, finish: L) -> TrackedBoundary<S, F, L>
where
    S: Fn() -> &'static Site,
    F: Future,
    F::Output: BoundaryOutcome,
    L: FnMut(F::Output, PollCall<'_>) -> F::Output,
{
    let tracked = super::future::future(site, body, finish);
    TrackedBoundary { tracked, scope: Armed(ASYNC) }
}

/// A future that a boundary returned in a box: it takes the scope of the call over.
pub(crate) fn taking_over<S, F, L>(tracked: Tracked<S, F, L>) -> TrackedBoundary<S, F, L> {
    let of_call = CURRENT.replace(SYNC);
    TrackedBoundary { tracked, scope: Armed(of_call.with_form(ASYNC)) }
}

// ------------------------------------------------------------------------------------------------
// Boundaries that are no functions

/// A failed value is an `Err`.
#[derive(Debug, Clone, Copy)]
pub struct ByOutcome(());

/// A predicate says which value is a failed one.
#[derive(Debug, Clone, Copy)]
pub struct FailedIf<P>(P);

/// How a boundary tells whether a value is a failed one.
#[doc(hidden)]
pub trait Judge<R> {
    /// The boundary ends with this value.
    fn finish(&mut self, value: R, carried: Option<&mut Carried>, call: impl FnOnce() -> Call)
    -> R;
}

impl<R: BoundaryOutcome> Judge<R> for ByOutcome {
    fn finish(
        &mut self,
        value: R,
        carried: Option<&mut Carried>,
        call: impl FnOnce() -> Call,
    ) -> R {
        if value.is_err() { value.finish(call(), carried, OnlyType) } else { value }
    }
}

impl<R, P: FnMut(&R) -> bool> Judge<R> for FailedIf<P> {
    fn finish(&mut self, value: R, _: Option<&mut Carried>, call: impl FnOnce() -> Call) -> R {
        if (self.0)(&value) {
            presumed_failure(call().site);
        }
        value
    }
}

/// Describes an error of which nothing but the type is known.
#[derive(Debug, Clone, Copy)]
struct OnlyType;

impl<E> Describe<E> for OnlyType {
    type Owned = Self;

    fn view<'e>(&self, error: &'e E) -> View<'e> {
        View::of_type(error)
    }

    fn with_keys(&self, _: &E, then: impl FnOnce(Option<&dyn Keys>)) {
        then(None);
    }

    fn into_owned(self) -> Self {
        self
    }
}

pin_project! {
    /// A future that is a boundary; see [`boundary`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Boundary<F, J = ByOutcome> {
        #[pin]
        future: F,
        judge: J,
        carried: Carried,
        scope: Armed,
        location: &'static Location<'static>,
    }
}

/// Makes a future a boundary, as `report = "boundary"` makes a function one: for code that is no function
/// of yours, such as a handler in a closure.
///
/// Its output is what a tracked function may return; for any other there is [`Boundary::failed_if`]. The
/// type of an `Err` is all that is known of it here. So the error that is logged is the one that a tracked
/// function inside returned: the only one of that type; else the newest of that type, or of all, marked
/// `track_errors.presumed`.
///
/// ```
/// use track_errors::{boundary, testing, track_errors};
///
/// #[track_errors(service = "checkout")]
/// async fn charge(card: &str) -> Result<u32, std::num::ParseIntError> {
///     card.parse()
/// }
///
/// # fn block_on<F: Future>(future: F) -> F::Output {
/// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
/// #     match std::pin::pin!(future).poll(&mut context) {
/// #         std::task::Poll::Ready(value) => value,
/// #         std::task::Poll::Pending => unreachable!("it waits for nothing"),
/// #     }
/// # }
/// let handler = boundary(async {
///     match charge("gold").await {
///         Ok(number) => Ok(number),
///         Err(_) => charge("47").await, // the first attempt was handled
///     }
/// });
/// let (_, records) = testing::capture(|| block_on(handler));
/// assert!(records.is_empty());
/// ```
#[track_caller]
pub fn boundary<F: Future>(future: F) -> Boundary<F> {
    Boundary {
        future,
        judge: ByOutcome(()),
        carried: Carried::default(),
        scope: Armed(ASYNC),
        location: Location::caller(),
    }
}

impl<F: Future> Boundary<F> {
    /// Says which values count as failed, such as a response with status 500. Then the newest error that
    /// left a tracked function inside is logged, marked `track_errors.presumed`; without one, nothing is.
    ///
    /// A panic of the predicate is one of the future.
    pub fn failed_if<P>(self, failed: P) -> Boundary<F, FailedIf<P>>
    where
        P: FnMut(&F::Output) -> bool,
    {
        let Boundary { future, carried, scope, location, .. } = self;
        Boundary { future, judge: FailedIf(failed), carried, scope, location }
    }
}

impl<F: Future, J: Judge<F::Output>> Future for Boundary<F, J> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        static NOT_YET: Site = Site::new(module_path!(), 0, || ()).boundary();
        let this = self.project();
        let (judge, location) = (this.judge, *this.location);
        let site = || site_of::<F>(location);
        let call = Call::begin(if Began::now().is_followed() { site() } else { &NOT_YET });
        let during = this.scope.enter(call);
        let polled = poll_body(this.future, this.carried, call, cx, |value, call| {
            judge.finish(value, Some(call.carried), || Call { site: site(), ..call.call })
        });
        drop(during);
        if polled.is_ready() {
            this.scope.disarm(site);
        }
        polled
    }
}

/// A closure that is a boundary; see [`boundary_fn`].
#[derive(Debug)]
#[must_use = "the closure runs when `call` is called"]
pub struct BoundaryFn<C, J = ByOutcome> {
    closure: C,
    judge: J,
    location: &'static Location<'static>,
}

/// Makes a closure a boundary: [`boundary`] for code that is not async.
///
/// ```
/// use track_errors::{boundary_fn, testing, track_errors};
///
/// #[track_errors(service = "checkout")]
/// fn charge(card: &str) -> Result<u32, std::num::ParseIntError> {
///     card.parse()
/// }
///
/// let (status, records) = testing::capture(|| {
///     boundary_fn(|| if charge("gold").is_ok() { 200 } else { 500 })
///         .failed_if(|status| *status >= 500)
///         .call()
/// });
/// assert_eq!(status, 500);
/// assert_eq!(records[0].kind, "std::num::ParseIntError");
/// ```
#[track_caller]
pub fn boundary_fn<R, C: FnOnce() -> R>(closure: C) -> BoundaryFn<C> {
    BoundaryFn { closure, judge: ByOutcome(()), location: Location::caller() }
}

impl<C> BoundaryFn<C> {
    /// Says which values count as failed; see [`Boundary::failed_if`].
    pub fn failed_if<R, P>(self, failed: P) -> BoundaryFn<C, FailedIf<P>>
    where
        C: FnOnce() -> R,
        P: FnMut(&R) -> bool,
    {
        let BoundaryFn { closure, location, .. } = self;
        BoundaryFn { closure, judge: FailedIf(failed), location }
    }
}

impl<C, J> BoundaryFn<C, J> {
    /// Runs the closure.
    pub fn call<R>(self) -> R
    where
        C: FnOnce() -> R,
        J: Judge<R>,
    {
        let BoundaryFn { closure, mut judge, location } = self;
        let site = site_of::<C>(location);
        let call = Call::begin(site);
        let scope = Scope::open(call);
        let value = judge.finish(closure(), None, || call);
        scope.close(site);
        value
    }
}

/// The site of a boundary that is no function: one for each place in the source, never freed.
fn site_of<F>(location: &'static Location<'static>) -> &'static Site {
    /// Places beyond this many share a site.
    const MAX_SITES: usize = 1024;
    static SITES: Mutex<Vec<&'static Site>> = Mutex::new(Vec::new());
    static OTHERS: Site = Site::new(module_path!(), 0, || ()).boundary();
    let mut sites = SITES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(site) = sites.iter().find(|site| site.location == location) {
        return site;
    }
    if sites.len() == MAX_SITES {
        return &OTHERS;
    }
    let site: &'static Site = Box::leak(Box::new(Site::of_value::<F>(location)));
    sites.push(site);
    site
}

// ------------------------------------------------------------------------------------------------
// Tasks and threads

pin_project! {
    /// A future that belongs to the boundary in which it was made; see [`inherit`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Inherit<F> {
        #[pin]
        future: F,
        scope: ScopeRef,
    }
}

/// Takes the boundary that this code is in along to a task: errors that leave tracked functions in the
/// future are held by it, as long as it has not returned.
///
/// Without this, a task that is spawned is outside of the boundary: its errors are logged where they first
/// leave a tracked function. Outside of any boundary it does nothing.
///
/// ```no_run
/// # async fn fetch() -> Result<(), std::io::Error> { Ok(()) }
/// # mod tokio { pub fn spawn<F>(future: F) -> F { future } }
/// # async fn handler() {
/// let task = tokio::spawn(track_errors::inherit(fetch()));
/// # }
/// ```
pub fn inherit<F: Future>(future: F) -> Inherit<F> {
    Inherit { future, scope: inherited(ASYNC) }
}

/// Takes the boundary that this code is in along to another thread: [`inherit`] for a closure that is handed
/// to `spawn_blocking`, rayon or a thread.
///
/// ```
/// let job = track_errors::inherit_fn(|| 7);
/// assert_eq!(std::thread::spawn(job).join().unwrap(), 7);
/// ```
pub fn inherit_fn<R, C: FnOnce() -> R>(closure: C) -> impl FnOnce() -> R + use<R, C> {
    let mut scope = inherited(SYNC);
    move || {
        let _during = During::begin(&mut scope);
        closure()
    }
}

fn inherited(form: ScopeRef) -> ScopeRef {
    let scope = ScopeRef::numbered();
    if scope.is_open() { scope.with_form(form) } else { scope }
}

impl<F: Future> Future for Inherit<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if !this.scope.is_open() {
            return this.future.poll(cx);
        }
        let mut own = *this.scope;
        let _during = During::begin(&mut own);
        this.future.poll(cx)
    }
}
