//! Boundaries that are no functions: futures and closures.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::describe::{Keys, View};
use crate::model::epoch::Began;
use crate::model::site::made;
use crate::model::{Level, Place, Site};
use crate::report::at_boundary::presumed_failure;
use crate::report::call::Call;
use crate::report::describing::Describe;
use crate::report::future::poll_body;
use crate::report::outcome::BoundaryOutcome;
use crate::report::recent::Carried;
use crate::report::scope::{ASYNC, Armed, BoundarySite, Scope};

/// A failed value is an `Err`.
#[derive(Debug, Clone, Copy)]
pub struct ByOutcome(());

/// A predicate decides which values are failed.
#[derive(Debug, Clone, Copy)]
pub struct FailedIf<P>(P);

/// How a boundary decides whether a value is failed.
#[doc(hidden)]
pub trait FailedWhen<R> {
    /// The boundary ends with this value.
    fn finish(&mut self, value: R, carried: Option<&mut Carried>, call: impl FnOnce() -> Call)
    -> R;
}

impl<R: BoundaryOutcome> FailedWhen<R> for ByOutcome {
    fn finish(
        &mut self,
        value: R,
        carried: Option<&mut Carried>,
        call: impl FnOnce() -> Call,
    ) -> R {
        if value.is_reported() { value.finish(call(), carried, OnlyType) } else { value }
    }
}

impl<R, P: FnMut(&R) -> bool> FailedWhen<R> for FailedIf<P> {
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
        failed_when: J,
        carried: Carried,
        scope: Armed<SiteOf<F>>,
    }
}

/// Makes a future a boundary, as `report = "boundary"` does for a function. It is for code that is not a
/// function of your own, such as a handler in a closure.
///
/// The output is what a tracked function may return; [`Boundary::failed_if`] takes any other. Only the type
/// of an `Err` is known here. So the log is that of a held error: the only one of that type; otherwise the
/// newest of that type, or of all, marked `track_errors.presumed`.
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
        failed_when: ByOutcome(()),
        carried: Carried::default(),
        scope: Armed::new(ASYNC, SiteOf::caller()),
    }
}

impl<F: Future> Boundary<F> {
    /// Decides which values count as failed, such as a response with status 500. For a failed value, the
    /// newest error that left a tracked function inside is logged, marked `track_errors.presumed`; if there
    /// is none, nothing is logged.
    ///
    /// A panic of the predicate counts as a panic of the future.
    pub fn failed_if<P>(self, failed: P) -> Boundary<F, FailedIf<P>>
    where
        P: FnMut(&F::Output) -> bool,
    {
        let Boundary { future, carried, scope, .. } = self;
        Boundary { future, failed_when: FailedIf(failed), carried, scope }
    }
}

impl<F: Future, J> Boundary<F, J> {
    /// How severe the error is with which the boundary fails: the key `level` of a function. Default: the level
    /// that the error has where it comes from.
    ///
    /// ```
    /// use track_errors::{Level, boundary, testing, track_errors};
    ///
    /// #[track_errors]
    /// async fn migrate() -> std::io::Result<()> {
    ///     Err(std::io::Error::other("no such table"))
    /// }
    ///
    /// # fn block_on<F: Future>(future: F) -> F::Output {
    /// #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    /// #     match std::pin::pin!(future).poll(&mut context) {
    /// #         std::task::Poll::Ready(value) => value,
    /// #         std::task::Poll::Pending => unreachable!("it waits for nothing"),
    /// #     }
    /// # }
    /// let start = boundary(migrate()).level(Level::Emergency);
    /// let (_, records) = testing::capture(|| block_on(start));
    /// assert_eq!(records[0].level, Level::Emergency);
    /// ```
    pub fn level(mut self, level: Level) -> Self {
        self.scope.site.level = Some(level);
        self
    }

    /// Logs the errors that the boundary handled, at this level: the key `handled` of a function. Default: they
    /// are only counted. See [`BoundaryFn::handled`] for an example.
    pub fn handled(mut self, level: Level) -> Self {
        self.scope.site.handled = Some(level);
        self
    }
}

impl<F: Future, J: FailedWhen<F::Output>> Future for Boundary<F, J> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let (failed_when, site) = (this.failed_when, this.scope.site);
        let call = Call::begin(site.if_followed());
        let during = this.scope.enter(call);
        let polled = poll_body(this.future, this.carried, call, cx, |value, call| {
            failed_when
                .finish(value, Some(call.carried), || Call { site: site.site(), ..call.call })
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
    failed_when: J,
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
    BoundaryFn { closure, failed_when: ByOutcome(()), site: SiteOf::caller() }
}

impl<C> BoundaryFn<C> {
    /// Decides which values count as failed; see [`Boundary::failed_if`].
    pub fn failed_if<R, P>(self, failed: P) -> BoundaryFn<C, FailedIf<P>>
    where
        C: FnOnce() -> R,
        P: FnMut(&R) -> bool,
    {
        let BoundaryFn { closure, site, .. } = self;
        BoundaryFn { closure, failed_when: FailedIf(failed), site }
    }
}

impl<C, J> BoundaryFn<C, J> {
    /// How severe the error is with which the boundary fails; see [`Boundary::level`].
    pub fn level(mut self, level: Level) -> Self {
        self.site.level = Some(level);
        self
    }

    /// Logs the errors that the boundary handled, at this level: the key `handled` of a function. Default: they
    /// are only counted.
    ///
    /// ```
    /// use track_errors::{Level, boundary_fn, testing, track_errors};
    ///
    /// #[track_errors]
    /// fn read(path: &str) -> std::io::Result<String> {
    ///     std::fs::read_to_string(path)
    /// }
    ///
    /// let (_, records) = testing::capture(|| {
    ///     boundary_fn(|| Ok::<_, std::io::Error>(read("/nowhere").unwrap_or_default()))
    ///         .handled(Level::Info)
    ///         .call()
    /// });
    /// assert_eq!((records[0].level, records[0].handled), (Level::Info, true));
    /// ```
    pub fn handled(mut self, level: Level) -> Self {
        self.site.handled = Some(level);
        self
    }

    /// Runs the closure.
    pub fn call<R>(self) -> R
    where
        C: FnOnce() -> R,
        J: FailedWhen<R>,
    {
        let BoundaryFn { closure, mut failed_when, site } = self;
        let began = Began::now();
        let scope = Scope::open(began, site);
        let value = failed_when.finish(closure(), None, || Call { site: site.site(), began });
        scope.close();
        value
    }
}

/// The site of a boundary of type `F` that was made at this place, with its keys.
#[derive(Debug)]
pub struct SiteOf<F> {
    location: Place,
    level: Option<Level>,
    handled: Option<Level>,
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
        SiteOf { location: Place::caller(), level: None, handled: None, value: PhantomData }
    }

    /// Its site if the debug mode follows calls; else a placeholder.
    fn if_followed(&self) -> &'static Site {
        static ANY: Site = Site::new(module_path!(), 0, || ()).boundary();
        if Began::now().is_followed() { self.site() } else { &ANY }
    }
}

/// Made when first needed.
impl<F> BoundarySite for SiteOf<F> {
    #[cold]
    fn site(&self) -> &'static Site {
        let keys = (self.location, self.level, self.handled);
        made::site(
            |site| site.boundary && (site.location, site.level, site.handled) == keys,
            || {
                let mut site = Site::of_value::<F>(self.location);
                (site.level, site.handled) = (self.level, self.handled);
                site
            },
        )
    }
}
