//! [`Capture`]: a guard for a whole test, and its handle for other threads.

use std::cell::RefCell;
use std::future::Future;
use std::marker::PhantomData;

use super::records::Records;
use crate::base::guarded::guarded;
use crate::config::Builder;
use crate::model::ErrorRecord;
use crate::pipeline::capturing::{self, During, Follow};
use crate::report::panics;

/// Captures the error logs of this thread until it is dropped: for a whole test.
///
/// With a runtime that runs on this thread, as `#[tokio::test]` has by default, these are the logs of all tasks.
/// For other threads there is [`handle`](Capture::handle).
///
/// ```
/// use track_errors::{testing::Capture, track_errors};
///
/// #[track_errors(fields(order))]
/// fn pay(order: u64) -> Result<(), &'static str> {
///     Err("no card")
/// }
///
/// let errors = Capture::start();
/// assert!(pay(7).is_err());
/// errors.records().assert_one().message("no card").field("order", 7);
/// ```
#[derive(Debug)]
#[must_use = "dropping it ends the capture: bind it to a name that lives to the end of the test"]
pub struct Capture {
    captured: Captured,
    /// It belongs to its thread.
    _of_thread: PhantomData<*const ()>,
}

impl Capture {
    /// Begins a capture on this thread, with the default settings.
    pub fn start() -> Self {
        Capture::start_with(Builder::new())
    }

    /// Begins a capture on this thread, with these settings.
    pub fn start_with(settings: Builder) -> Self {
        let captured = Captured::begin(settings);
        captured.capture.join();
        Capture { captured, _of_thread: PhantomData }
    }

    /// What was logged since the start, or since the last [`take`](Capture::take), in that order.
    ///
    /// An error that a boundary holds is there once the boundary has ended. An error that is still on its way out, in
    /// another task, is there with the functions that it has left.
    pub fn records(&self) -> Records {
        self.captured.look();
        Records::new(self.captured.seen.borrow().clone())
    }

    /// The same; what it returns is left out of later calls.
    pub fn take(&self) -> Records {
        self.captured.look();
        Records::new(self.captured.seen.take())
    }

    /// For other threads and tasks.
    pub fn handle(&self) -> CaptureHandle {
        self.captured.handle()
    }

    /// Ends the capture.
    pub(super) fn finish(self) -> Records {
        self.captured.finish()
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.captured.capture.leave();
    }
}

/// A capture, and what was read of it.
#[derive(Debug)]
pub(super) struct Captured {
    capture: capturing::Capture,
    seen: RefCell<Vec<ErrorRecord>>,
}

impl Captured {
    pub(super) fn begin(settings: Builder) -> Self {
        // The capture may be of panics.
        panics::register();
        Captured { capture: capturing::Capture::begin(settings), seen: RefCell::default() }
    }

    pub(super) fn handle(&self) -> CaptureHandle {
        CaptureHandle(self.capture.clone())
    }

    fn look(&self) {
        // Before the borrow: it runs hooks, which may look as well.
        let mut new = self.capture.take();
        self.seen.borrow_mut().append(&mut new);
    }

    /// Ends the capture.
    pub(super) fn finish(&self) -> Records {
        let mut records = self.seen.take();
        records.append(&mut self.capture.end());
        Records::new(records)
    }
}

impl Drop for Captured {
    /// Prints what no call has returned.
    fn drop(&mut self) {
        let unseen = Records::new(self.capture.end());
        if !unseen.is_empty() {
            let text = format!("captured, and not looked at: {unseen}\n");
            #[expect(
                clippy::print_stderr,
                reason = "a test harness captures it; no thread of a program waits for a test's guard"
            )]
            // It panics if stderr is closed; this may be a panic already.
            let _: Option<()> = guarded(|| eprint!("{text}"));
        }
    }
}

/// Takes a [`Capture`] to other threads and tasks. Clones are for the same one.
///
/// A runtime with threads of its own can be captured as a whole:
///
/// ```
/// use track_errors::testing::Capture;
///
/// # fn main() {
/// let errors = Capture::start();
/// let handle = errors.handle();
/// # mod tokio { pub mod runtime {
/// #     pub struct Builder;
/// #     impl Builder {
/// #         pub fn new_multi_thread() -> Self { Builder }
/// #         pub fn on_thread_start(&self, f: impl Fn() + Send + Sync + 'static) -> &Self { self }
/// #         pub fn build(&self) -> std::io::Result<()> { Ok(()) }
/// #     }
/// # } }
/// let runtime = tokio::runtime::Builder::new_multi_thread()
///     .on_thread_start(move || handle.adopt_thread())
///     .build();
/// # }
/// ```
///
/// Once the capture has ended, it does nothing.
#[derive(Debug, Clone)]
pub struct CaptureHandle(capturing::Capture);

impl CaptureHandle {
    /// Makes a future belong to the capture, on whatever threads a runtime polls it: for tasks that the test spawns.
    pub fn follow<F: Future>(&self, future: F) -> Follow<F> {
        Follow::new(Some(self.0.clone()), future)
    }

    /// Runs a closure as a part of the capture: on a thread that the test starts.
    ///
    /// ```
    /// # use track_errors::{testing::Capture, track_errors};
    /// # #[track_errors] fn pay() -> Result<(), &'static str> { Err("no card") }
    /// let errors = Capture::start();
    /// let handle = errors.handle();
    /// let paid = std::thread::spawn(move || handle.run(pay)).join();
    /// assert!(paid.is_ok_and(|result| result.is_err()));
    /// errors.records().assert_one().message("no card");
    /// ```
    pub fn run<R>(&self, closure: impl FnOnce() -> R) -> R {
        let mut capture = Some(self.0.clone());
        let _during = During::begin(&mut capture);
        closure()
    }

    /// Makes this thread belong to the capture, until the thread ends: for hooks that run on new threads of a runtime
    /// or a pool, and have no end.
    pub fn adopt_thread(&self) {
        self.0.join();
    }
}

#[cfg(test)]
mod tests {
    use std::mem;

    use super::*;

    #[test]
    fn guards_that_end_in_another_order_leave_the_thread_to_the_one_that_lives() {
        let belongs = || capturing::Capture::current().is_some();
        let (first, second) = (Capture::start(), Capture::start());
        drop(first);
        assert!(belongs());
        drop(second);
        assert!(!belongs());
        let third = mem::ManuallyDrop::new(Capture::start());
        third.captured.capture.end();
        assert!(!belongs(), "it has ended, though its guard was forgotten");
    }
}
