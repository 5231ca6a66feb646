//! Captures: error logs that a test keeps, instead of writing them.
//!
//! A thread belongs to a capture for a while: while a test's guard lives, during a poll of a future that
//! [follows](Follow) the capture, or in a closure. Its errors go to the capture then, and not to the pipeline of the
//! process.
//!
//! * **Nested captures.** The innermost gets the error. A capture knows the one around it.
//! * **The end.** What still belongs to a capture that has ended, such as a task that outlives its test, or an error
//!   that a boundary holds, goes to the one around it, or to the pipeline of the process.
//! * **Fork.** In a child process the captures of its parent have ended: no test reads them there.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::mem::{self, ManuallyDrop};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::captured::CapturedError;
use super::{Pipeline, Target, shutdown};
use crate::base::lock::lock;
use crate::base::reentrancy::ignoring;
use crate::base::sync::Mutex;
use crate::config::{Builder, Keep};
use crate::model::ErrorRecord;

thread_local! {
    /// The capture that this thread belongs to; it may have ended. Without a destructor, so that it exists until the
    /// very end of the thread.
    static OF_THREAD: RefCell<ManuallyDrop<Option<Capture>>> =
        const { RefCell::new(ManuallyDrop::new(None)) };
}

fn replace(new: Option<Capture>) -> Option<Capture> {
    ManuallyDrop::into_inner(OF_THREAD.replace(ManuallyDrop::new(new)))
}

/// What a capture has kept.
pub(super) struct Kept {
    /// `None` once the capture has ended.
    records: Mutex<Option<Vec<CapturedError>>>,
    /// The capture around it.
    outer: Option<Capture>,
}

/// A pipeline that keeps its records. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Capture(Arc<Pipeline>);

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").finish_non_exhaustive()
    }
}

// A panic leaves the list of records whole: records are added to it, and all are taken.
impl UnwindSafe for Capture {}
impl RefUnwindSafe for Capture {}

impl Capture {
    /// Begins a capture, under these settings and without those of the environment.
    pub(crate) fn begin(settings: Builder) -> Self {
        let (config, _) = settings.resolve(&|_| None);
        if config.panics {
            shutdown::prepare();
        }
        let kept = Kept { records: Mutex::new(Some(Vec::new())), outer: Capture::current() };
        Capture(Arc::new(Pipeline { target: Target::Kept(kept), ..Pipeline::new(config, None) }))
    }

    /// The one that this thread belongs to.
    pub(crate) fn current() -> Option<Self> {
        OF_THREAD.with_borrow(|capture| Option::clone(capture))?.or_outer()
    }

    /// This one; if it has ended, the innermost around it that has not.
    pub(super) fn or_outer(self) -> Option<Self> {
        let mut capture = self;
        while !capture.is_open() {
            capture = capture.kept()?.outer.clone()?;
        }
        Some(capture)
    }

    fn is_open(&self) -> bool {
        // The lock may be that of a thread that a forked child does not have.
        self.0.is_of_this_process() && self.kept().is_some_and(|kept| lock(&kept.records).is_some())
    }

    fn kept(&self) -> Option<&Kept> {
        match &self.0.target {
            Target::Kept(kept) => Some(kept),
            Target::Worker(_) | Target::Caller(_) => None,
        }
    }

    pub(super) fn pipeline(&self) -> &Pipeline {
        &self.0
    }

    /// Keeps a record, unless the capture has ended.
    pub(super) fn keep(&self, record: Box<CapturedError>) -> Result<(), Box<CapturedError>> {
        let Some(kept) = self.kept() else { return Err(record) };
        let mut records = lock(&kept.records);
        let Some(records) = &mut *records else { return Err(record) };
        records.push(*record);
        Ok(())
    }

    /// What was logged since the last call.
    pub(crate) fn take(&self) -> Vec<ErrorRecord> {
        self.finished(self.kept().and_then(|kept| lock(&kept.records).as_mut().map(mem::take)))
    }

    /// The same, and ends the capture.
    pub(crate) fn end(&self) -> Vec<ErrorRecord> {
        self.finished(self.kept().and_then(|kept| lock(&kept.records).take()))
    }

    /// The worker's part, for these errors.
    fn finished(&self, captured: Option<Vec<CapturedError>>) -> Vec<ErrorRecord> {
        let wanted = captured.unwrap_or_default().into_iter().filter(CapturedError::is_wanted);
        let records = wanted.map(CapturedError::into_record);
        let hooks = &self.0.config.hooks;
        let kept = records.filter_map(|mut record| {
            let keep = ignoring(|| hooks.before_emit(&mut record));
            (keep == Keep::Yes).then_some(record)
        });
        kept.collect()
    }

    /// Makes this thread belong to it until [`leave`](Capture::leave), or until the thread ends.
    pub(crate) fn join(&self) {
        drop(replace(Some(self.clone())));
    }

    /// Makes this thread belong to the capture around this one, if it belongs to this one.
    pub(crate) fn leave(&self) {
        let is_current = OF_THREAD.with_borrow(|capture| {
            capture.as_ref().is_some_and(|capture| Arc::ptr_eq(&capture.0, &self.0))
        });
        if is_current {
            drop(replace(self.kept().and_then(|kept| kept.outer.clone())));
        }
    }
}

/// While a thread belongs to a capture. Like the scope of a boundary: what is current at the end, such as a guard that
/// lives across an `await`, is current again the next time.
pub(crate) struct During<'a> {
    outer: Option<Capture>,
    own: &'a mut Option<Capture>,
}

impl<'a> During<'a> {
    /// `None` where there is no capture: then the thread keeps its own.
    pub(crate) fn begin(own: &'a mut Option<Capture>) -> Option<Self> {
        own.is_some().then(|| During { outer: replace(own.take()), own })
    }
}

impl Drop for During<'_> {
    fn drop(&mut self) {
        *self.own = replace(self.outer.take());
    }
}

pin_project! {
    /// A future that belongs to a capture: while it is polled, and while it is dropped.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless they are polled"]
    pub struct Follow<F> {
        // Dropped by hand.
        #[pin]
        future: Option<F>,
        capture: Option<Capture>,
    }

    impl<F> PinnedDrop for Follow<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _during = During::begin(this.capture);
            this.future.set(None);
        }
    }
}

impl<F: Future> Follow<F> {
    pub(crate) fn new(capture: Option<Capture>, future: F) -> Self {
        Follow { future: Some(future), capture }
    }
}

impl<F: Future> Future for Follow<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let _during = During::begin(this.capture);
        let future = this.future.as_mut().as_pin_mut();
        let value = std::task::ready!(future.expect("polled after it was ready").poll(cx));
        this.future.set(None);
        Poll::Ready(value)
    }
}
