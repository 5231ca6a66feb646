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
use std::marker::PhantomData;
use std::mem;
use std::panic::Location;
use std::pin::Pin;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::call::{Call, Entry, enter};
use super::future::{PollCall, Tracked, poll_body};
use super::outcome::{BoundaryOutcome, Describe};
use super::recent::Carried;
use super::{held, presumed_failure};
use crate::base::reentrancy::ReentrancyGuard;
use crate::describe::{Keys, View};
use crate::diagnostics::open_calls;
use crate::model::epoch::Began;
use crate::model::{BoundaryEnd, Site};
use crate::pipeline::Deciding;

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

    pub(crate) fn of_number(number: u64) -> Self {
        ScopeRef(number * FORMS + ASYNC.0)
    }

    fn with_form(self, form: ScopeRef) -> Self {
        ScopeRef(self.number() * FORMS + form.0)
    }

    #[cfg(test)]
    pub(crate) fn for_test(number: u64) -> Self {
        ScopeRef(number * FORMS).with_form(SYNC)
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
    let _deciding = Deciding::begin();
    held::handled(scope, held::take_all(scope), site);
}

/// The panic hook runs on this thread: what its scope holds is logged now, and stays known.
pub(crate) fn release_at_panic() {
    let scope = CURRENT.get();
    // A panic of the code that describes an error is caught.
    if scope.has_number() && !ReentrancyGuard::is_active() {
        held::release_at_panic(scope);
    }
}

// ------------------------------------------------------------------------------------------------
// Functions

/// A boundary that is running.
#[derive(Debug)]
#[must_use = "the boundary ends when this is dropped"]
pub struct BoundaryEntry {
    entry: Entry,
    scope: Scope<&'static Site>,
}

/// The beginning of a function that is a boundary.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn enter_boundary(site: &'static Site) -> BoundaryEntry {
    let entry = enter(site);
    BoundaryEntry { scope: Scope::open(entry.call.began, site), entry }
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
        self.scope.close();
        value
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
struct Scope<S: BoundarySite> {
    outer: ScopeRef,
    site: S,
}

impl<S: BoundarySite> Scope<S> {
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn open(began: Began, site: S) -> Self {
        let outer = CURRENT.replace(SYNC);
        if began.is_followed() {
            follow_function(site.site());
        }
        Scope { outer, site }
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn close(self) {
        let own = CURRENT.replace(self.outer);
        if own.has_number() {
            close(own, self.site.site());
        }
        mem::forget(self);
    }
}

/// In line, so that the scope stays in a register.
impl<S: BoundarySite> Drop for Scope<S> {
    #[inline(always)]
    fn drop(&mut self) {
        abandon_function(self.outer, || self.site.site());
    }
}

/// A panic goes through a boundary.
#[cold]
fn abandon_function(outer: ScopeRef, site: impl FnOnce() -> &'static Site) {
    let own = CURRENT.replace(outer);
    if own.has_number() {
        held::abandon(own, site(), BoundaryEnd::Panicked);
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
struct Armed<S: BoundarySite> {
    scope: ScopeRef,
    site: S,
}

impl<S: BoundarySite> Armed<S> {
    fn new(scope: ScopeRef, site: S) -> Self {
        Armed { scope, site }
    }

    /// A poll begins, which is this call.
    #[inline(always)]
    fn enter(&mut self, call: Call) -> During<'_> {
        let during = During::begin(&mut self.scope);
        if call.began.is_followed() {
            follow_future(call.site);
        }
        during
    }

    /// The future has handed out its value.
    #[inline(always)]
    fn disarm(&mut self) {
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
    pub struct TrackedBoundary<S, F, L>
    where
        S: BoundarySite,
    {
        #[pin]
        tracked: Tracked<S, F, L>,
        scope: Armed<S>,
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
            this.scope.disarm();
        }
        polled
    }
}

/// The body of an async function that is a boundary, as the macro wraps it.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn boundary_future<S, F, L>(site: S, body: F, finish: L) -> TrackedBoundary<S, F, L>
where
    S: Fn() -> &'static Site + Copy,
    F: Future,
    F::Output: BoundaryOutcome,
    L: FnMut(F::Output, PollCall<'_>) -> F::Output,
{
    let tracked = super::future::future(site, body, finish);
    TrackedBoundary { tracked, scope: Armed::new(ASYNC, site) }
}

/// A future that a boundary returned in a box: it takes the scope of the call over.
pub(crate) fn taking_over<S, F, L>(site: S, tracked: Tracked<S, F, L>) -> TrackedBoundary<S, F, L>
where
    S: Fn() -> &'static Site,
{
    let of_call = CURRENT.replace(SYNC);
    TrackedBoundary { tracked, scope: Armed::new(of_call.with_form(ASYNC), site) }
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
        if value.is_reported() { value.finish(call(), carried, OnlyType) } else { value }
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
        scope: Armed<SiteOf<F>>,
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
        scope: Armed::new(ASYNC, SiteOf::caller()),
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
        let Boundary { future, carried, scope, .. } = self;
        Boundary { future, judge: FailedIf(failed), carried, scope }
    }
}

impl<F: Future, J: Judge<F::Output>> Future for Boundary<F, J> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let (judge, site) = (this.judge, this.scope.site);
        let call = Call::begin(site.if_followed());
        let during = this.scope.enter(call);
        let polled = poll_body(this.future, this.carried, call, cx, |value, call| {
            judge.finish(value, Some(call.carried), || Call { site: site.site(), ..call.call })
        });
        drop(during);
        if polled.is_ready() {
            this.scope.disarm();
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
    site: SiteOf<C>,
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
    BoundaryFn { closure, judge: ByOutcome(()), site: SiteOf::caller() }
}

impl<C> BoundaryFn<C> {
    /// Says which values count as failed; see [`Boundary::failed_if`].
    pub fn failed_if<R, P>(self, failed: P) -> BoundaryFn<C, FailedIf<P>>
    where
        C: FnOnce() -> R,
        P: FnMut(&R) -> bool,
    {
        let BoundaryFn { closure, site, .. } = self;
        BoundaryFn { closure, judge: FailedIf(failed), site }
    }
}

impl<C, J> BoundaryFn<C, J> {
    /// Runs the closure.
    pub fn call<R>(self) -> R
    where
        C: FnOnce() -> R,
        J: Judge<R>,
    {
        let BoundaryFn { closure, mut judge, site } = self;
        let began = Began::now();
        let scope = Scope::open(began, site);
        let value = judge.finish(closure(), None, || Call { site: site.site(), began });
        scope.close();
        value
    }
}

/// The boundary that a future or closure of type `F` is, which was made at this place.
#[derive(Debug)]
pub struct SiteOf<F> {
    location: &'static Location<'static>,
    value: PhantomData<fn() -> F>,
}

impl<F> Clone for SiteOf<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for SiteOf<F> {}

impl<F> SiteOf<F> {
    #[track_caller]
    fn caller() -> Self {
        SiteOf { location: Location::caller(), value: PhantomData }
    }

    /// Its site, where the debug mode needs to know it; else one that stands for it.
    fn if_followed(&self) -> &'static Site {
        static ANY: Site = Site::new(module_path!(), 0, || ()).boundary();
        if Began::now().is_followed() { self.site() } else { &ANY }
    }
}

/// The site of a boundary that is no function, and the one that was made before it.
struct Node {
    site: Site,
    next: AtomicPtr<Node>,
}

/// All of them, the newest first; never freed. Without a lock: a fork may come at any time.
static SITES: AtomicPtr<Node> = AtomicPtr::new(ptr::null_mut());

/// Made when it is needed for the first time: there are as many as places in the source.
impl<F> BoundarySite for SiteOf<F> {
    #[cold]
    fn site(&self) -> &'static Site {
        // SAFETY: null, or from `Box::into_raw` below; never freed, changed by atomics only.
        let at = |pointer: &AtomicPtr<Node>| unsafe { pointer.load(Ordering::Acquire).as_ref() };
        let mut nodes = std::iter::successors(at(&SITES), |node: &&'static Node| at(&node.next));
        if let Some(node) = nodes.find(|node| node.site.location == self.location) {
            return &node.site;
        }
        // Two threads that come at the same time make one each, which does no harm.
        let site = Site::of_value::<F>(self.location);
        let new = Box::into_raw(Box::new(Node { site, next: AtomicPtr::default() }));
        // SAFETY: made above and never freed.
        let node: &'static Node = unsafe { &*new };
        let mut first = SITES.load(Ordering::Relaxed);
        loop {
            node.next.store(first, Ordering::Relaxed);
            // Release: a reader of the list sees what the node holds.
            match SITES.compare_exchange(first, new, Ordering::Release, Ordering::Relaxed) {
                Ok(_) => return &node.site,
                Err(other) => first = other,
            }
        }
    }
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
        let _during = scope.is_open().then(|| During::begin(&mut scope));
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
