//! Panics: their logs, and the errors that are the same.
//!
//! In: what the panic hook gets. Out: a log of kind `panic`, or a message of the log that is there already: where
//! `unwrap` or `expect` of a tracked error panics, its message ends with `Debug` of that error. The other way
//! round, the `JoinError` of a task that panicked has the panic's message: where such an error leaves a tracked
//! function, or is reported by hand, the panic was its log. The process keeps its last [`MAX_PANICS`] for that.
//!
//! A panic inside of a panic hook aborts the program. So no code of the application's runs on the panicking
//! thread: no `Display`, no hook of the settings, no sink. What writes at once ([`Delivery::Sync`]) does so on
//! another thread.
//!
//! [`Delivery::Sync`]: crate::Delivery::Sync

use std::any::Any;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use super::by_hand::{ReportKeys, counts, is_in_same_boundary};
use super::call::Call;
use super::held::{self, HeldError};
use super::leaving::{Leaving, Origin};
use super::likeness::Known;
use super::recent::{self, Fate, RecentError};
use super::scope::{self, ScopeRef};
use crate::base::guarded::guarded;
use crate::base::lock::lock_within;
use crate::base::reentrancy::{ReentrancyGuard, ignoring};
use crate::base::signals;
use crate::base::sync::Mutex;
use crate::describe::{Description, Fields, View, head};
use crate::model::epoch::Began;
use crate::model::site::made;
use crate::model::{
    BoundaryEnd, Class, Decision, KindKey, Level, Place, ReportedPlace, Site, Step, counters,
};
use crate::pipeline::{self, Current, Deciding, HandReport, LateSteps};
use crate::stack::StackMarker;

/// Panics of the process that are kept to recognise them.
const MAX_PANICS: usize = 64;
/// Bytes of a panic's message from which on an error need not quote it.
const MIN_UNQUOTED: usize = 8;
/// The kind of a panic.
pub(super) const KIND: &str = "panic";
/// The lock is held for less than a microsecond; a fork may have left it locked.
const PATIENCE: Duration = Duration::from_millis(10);

static PANICS: Mutex<VecDeque<RecentError>> = Mutex::new(VecDeque::new());
/// Their number. Relaxed: a thread that awaits a task sees what that thread wrote before it ended.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Has the panic hook call [`log`].
pub(crate) fn register() {
    pipeline::on_panic(log);
}

/// Takes the panic that an error tells of.
fn take(error: &Description) -> Option<RecentError> {
    let causes = error.causes.iter().map(|cause| &*cause.message);
    let texts: Vec<_> =
        causes.chain([&*error.message]).filter(|text| text.contains("panicked")).collect();
    if texts.is_empty() {
        return None;
    }
    let is_told = |panic: &RecentError| {
        let message = panic.known.text();
        // `task 7 panicked with message "no card"`. The message that is kept may be cut.
        let quoted = format!("{message:?}");
        let quoted = quoted.strip_suffix('"').unwrap_or(&quoted);
        let holds = |text: &&str| {
            text.contains(quoted) || (message.len() >= MIN_UNQUOTED && text.contains(message))
        };
        !message.is_empty() && texts.iter().any(holds)
    };
    let mut panics = lock_within(&PANICS, PATIENCE)?;
    let at = panics.iter().rposition(is_told)?;
    let panic = panics.remove(at);
    COUNT.store(panics.len(), Ordering::Relaxed);
    panic
}

fn keep(panic: RecentError) {
    let Some(mut panics) = lock_within(&PANICS, PATIENCE) else { return };
    let oldest = if panics.len() == MAX_PANICS { panics.pop_front() } else { None };
    panics.push_back(panic);
    COUNT.store(panics.len(), Ordering::Relaxed);
    drop(panics);
    // Not under the lock.
    drop(oldest);
}

/// Logs a panic, if the settings say so.
fn log(info: &PanicHookInfo<'_>, marker: StackMarker) {
    // There may be one already: where the program aborts, a panic of code that describes an error is logged as
    // well.
    let _guard = ReentrancyGuard::enter();
    let _: Option<()> = guarded(|| {
        let Some(pipeline) = pipeline::current().filter(|pipeline| pipeline.config.panics) else {
            return;
        };
        let message = message(info.payload());
        let message = &*message;
        let site = site(info);
        let leaving = Leaving {
            pipeline: &pipeline,
            call: Call { site, began: Began::now() },
            is_future: false,
            marker: Some(marker),
            view: &View::of_text_as(KIND, &message),
            keys: Some(&ReportKeys { level: Some(Level::Critical), ..ReportKeys::default() }),
            mark: None,
            origin: Origin::Panic,
            types: [KIND; 2],
            step: Step { site, location: site.location },
        };
        leaving.panicked(message);
    });
}

/// The text of a panic.
fn message(payload: &dyn Any) -> Cow<'_, str> {
    macro_rules! text {
        ($($ty:ty)*) => {
            $(if let Some(text) = payload.downcast_ref::<$ty>() {
                return Cow::Borrowed(text);
            })*
        };
    }
    text!(&str String Box<str> Cow<'static, str>);
    Cow::Borrowed("[a payload that is no text]")
}

/// The site of the code that panics at this place.
fn site(info: &PanicHookInfo<'_>) -> &'static Site {
    let place = info.location();
    let (file, line, column) =
        place.map_or(("", 0, 0), |place| (place.file(), place.line(), place.column()));
    made::site(
        |site| match site.location {
            Place::Reported(place) => {
                (place.file, place.line, place.column) == (file, line, column)
                    && site.function().is_empty()
            }
            Place::Compiled(_) => false,
        },
        || {
            let file = String::leak(file.to_owned());
            let place = Box::leak(Box::new(ReportedPlace { file, line, column }));
            Site::without_attribute(Place::Reported(place), "", "")
        },
    )
}

/// What became of a log whose writing panicked.
pub(super) const LOST: (Decision, Option<LateSteps>) = (Decision::Dropped, None);

/// Whether the limiter lets a panic through. An integration may count it.
#[cold]
pub(super) fn is_admitted(
    pipeline: &Current,
    site: &'static Site,
    kind: KindKey,
    class: Class,
    level: Level,
) -> bool {
    elsewhere(|| pipeline.admits(site, kind, class, level, || KIND.into())).unwrap_or(true)
}

/// Runs code that may be the application's in a panic hook: on another thread, in which it may panic.
/// `None` if it did.
pub(super) fn elsewhere<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    let mut work = Some(work);
    let mut result = None;
    let mut run = || result = work.take().map(|work| ignoring(work));
    let ran = thread::scope(|scope| {
        signals::spawn_scoped(scope, &mut run).map(|thread| thread.join().is_ok())
    });
    if ran.is_err() {
        run();
    }
    result
}

impl Leaving<'_> {
    /// Whether an error may tell of a panic: the settings log panics, and there were some.
    pub(super) fn knows_panics(&self) -> bool {
        self.pipeline.config.panics && COUNT.load(Ordering::Relaxed) > 0
    }

    /// Takes the panic that an error tells of.
    pub(super) fn panic_told_by(&self, error: &Description) -> Option<RecentError> {
        if self.knows_panics() { take(error) } else { None }
    }

    /// Logs the panic, unless it is of an error that was logged before.
    fn panicked(&self, message: &str) {
        let known = Known::new(KIND, &self.describe());
        let entry = match self.unwrapped(message) {
            Some(entry) => self.panicked_with(entry, message),
            None => self.first_seen(None),
        };
        let entry = RecentError::new(entry.id, known, entry.fate);
        keep(entry.clone());
        // It leaves its boundary as it unwinds.
        recent::remember(entry, scope::NONE);
    }

    /// The tracked error that `unwrap` or `expect` panics with.
    fn unwrapped(&self, message: &str) -> Option<RecentError> {
        let of_scope = held::use_up_newest(ScopeRef::current(), |held: &mut HeldError| {
            let kind = held.record().map(|record| record.kind);
            let variant = kind.as_ref().and_then(|kind| kind.variant());
            !held.is_reported && held.known.is_unwrapped_in(message, variant)
        });
        of_scope.or_else(|| {
            recent::take_newest(|entry| {
                let variant = entry.root.as_ref().and_then(|kind| kind.variant());
                counts(entry) && entry.known.is_unwrapped_in(message, variant)
            })
        })
    }

    /// Adds the panic to the log of its error. If that has none, as it was expected or suppressed, the panic has one.
    fn panicked_with(&self, mut entry: RecentError, message: &str) -> RecentError {
        let report = HandReport { message: Some(head(message).into()), service: None };
        let earlier = entry.decision();
        if !matches!(earlier, Decision::Logged | Decision::NotHere | Decision::Held) {
            return self.first_seen(None);
        }
        match &entry.fate {
            Fate::Held(scope) => {
                let _deciding = Deciding::begin();
                let Some(mut held) = held::take_one(*scope, entry.id) else {
                    return self.first_seen(None);
                };
                held.add_message(self.step, report);
                let held = held.ended(*scope, None, BoundaryEnd::Panicked);
                let (decision, late) = elsewhere(|| held.log()).unwrap_or(LOST);
                self.explain(entry.id, || KIND.into(), decision, Some(earlier));
                if decision != Decision::Logged {
                    return self.first_seen(None);
                }
                entry.fate = Fate::Decided(decision, late);
            }
            Fate::Decided(_, late) => {
                let is_added = late.as_ref().is_none_or(|late| {
                    late.report(self.step, None, None, report, Fields::default())
                });
                if !is_added && !is_in_same_boundary(&entry) {
                    return self.first_seen(None);
                }
                counters::repeated();
                self.explain(entry.id, || KIND.into(), Decision::NotHere, Some(earlier));
            }
        }
        entry
    }
}
