//! From an error log to the sink: what is installed, and how lines get there.
//!
//! In: a [`CapturedError`] record, on the thread on which the error left. Out: one line in the sink,
//! written by the worker thread. The calling thread only pushes: it does no I/O, resolves no
//! symbol, formats no line. (With [`Delivery::Sync`] it does all of that.)
//!
//! One pipeline is installed for the whole process, by [`Builder::init`] or, if nothing did that,
//! from the environment with the first error. A thread can have its own for a while
//! ([`testing::capture`](crate::testing::capture)).

mod captured;
mod holding;
mod late_steps;
mod queue;
mod shutdown;
mod worker;
mod writer;

use std::cell::RefCell;
use std::mem;
use std::ops::Deref;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

pub(crate) use captured::{CapturedError, Notes};
pub(crate) use holding::{Deciding, HeldErrors, register};
pub(crate) use late_steps::LateSteps;
pub(crate) use shutdown::is_over;

use crate::base::lock::{lock, lock_within};
use crate::base::reentrancy::ignoring;
use crate::config::{self, Builder, Config, Delivery, Diagnostic, Output, Overflow};
use crate::diagnostics;
use crate::model::site::limiter;
use crate::model::{
    BacktraceMode, Class, Decision, ErrorRecord, RateLimit, ReportPolicy, counters,
};
use crate::output::sink::{self, Sink};
use worker::Worker;
use writer::Writer;

/// What is between the errors and their sink.
pub(crate) struct Pipeline {
    config: Config,
    target: Target,
    /// Whether the sink is one of the user's, which cannot be opened again.
    has_own_sink: bool,
    /// What diagnostics call the sink.
    output: String,
}

enum Target {
    Worker(Worker),
    /// The calling thread does the worker's part.
    Caller(Mutex<Writer>),
    /// Nothing is written: a test looks at the records.
    Records(Mutex<Vec<CapturedError>>),
}

/// The pipeline of the process; null until there is one. Pipelines are never freed: threads may
/// be using them, and there are as many as calls of `init`.
static INSTALLED: AtomicPtr<Pipeline> = AtomicPtr::new(ptr::null_mut());
/// Held while a pipeline is made, so that two threads do not both open the output.
static MAKING: Mutex<()> = Mutex::new(());

thread_local! {
    static OF_THREAD: RefCell<Option<Arc<Pipeline>>> = const { RefCell::new(None) };
}

/// The pipeline that a thread uses.
#[derive(Clone)]
pub(crate) enum Current {
    OfProcess(&'static Pipeline),
    OfThread(Arc<Pipeline>),
}

impl std::fmt::Debug for Current {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipeline").field("output", &self.output).finish_non_exhaustive()
    }
}

impl Deref for Current {
    type Target = Pipeline;

    fn deref(&self) -> &Pipeline {
        match self {
            Current::OfProcess(pipeline) => pipeline,
            Current::OfThread(pipeline) => pipeline,
        }
    }
}

/// What errors of this thread go to; `None` if nothing is to be logged.
pub(crate) fn current() -> Option<Current> {
    let of_thread = OF_THREAD.try_with(|pipeline| pipeline.borrow().clone()).ok().flatten();
    let pipeline = match of_thread {
        Some(pipeline) => Current::OfThread(pipeline),
        None => Current::OfProcess(of_process()),
    };
    pipeline.config.enabled.then_some(pipeline)
}

fn installed() -> Option<&'static Pipeline> {
    // Acquire: what `publish` wrote before is seen by whoever sees the pointer.
    let pipeline = INSTALLED.load(Ordering::Acquire);
    // SAFETY: the pointer is null or comes from `Box::leak` in `publish`; what it points to is
    // never freed and never changed but through its own locks.
    unsafe { pipeline.as_ref() }
}

fn of_process() -> &'static Pipeline {
    if let Some(pipeline) = installed()
        && !shutdown::is_forked()
    {
        return pipeline;
    }
    let making = lock(&MAKING);
    let (pipeline, notes) = match installed() {
        Some(parents) if shutdown::take_forked() => {
            // What the parent held back is the parent's to log.
            limiter::take_all();
            parents.in_child()
        }
        Some(pipeline) => return pipeline,
        None => Pipeline::open(Builder::new()),
    };
    let pipeline = publish(pipeline);
    drop(making);
    notes.say(pipeline);
    pipeline
}

/// What there is to say about a pipeline that was made: said when no lock is held any more, because
/// it may go to a logger of the application's.
struct OpeningNotes {
    diagnostics: Vec<Diagnostic>,
    /// Why the output could not be opened.
    output: Option<String>,
    in_child: bool,
}

impl OpeningNotes {
    fn say(self, pipeline: &Pipeline) {
        if self.in_child {
            if diagnostics::is_on() {
                diagnostics::debug(&"a child process begins with a queue and a worker of its own");
            }
        } else {
            let config = &pipeline.config;
            diagnostics::configure(config, &pipeline.output);
            let is_followed = config.debug.abandoned.is_some();
            let has_problems = !self.diagnostics.is_empty() || self.output.is_some();
            // Where lines follow, forks and the end of the program are noticed from now on.
            if diagnostics::is_on() || is_followed || has_problems {
                shutdown::prepare();
            }
            diagnostics::start(&self.diagnostics);
        }
        if let Some(problem) = self.output {
            diagnostics::warn(&problem);
        }
    }
}

/// Makes this the pipeline of the process, in place of the one before.
fn publish(pipeline: Pipeline) -> &'static Pipeline {
    let pipeline: &'static mut Pipeline = Box::leak(Box::new(pipeline));
    INSTALLED.store(pipeline, Ordering::Release);
    pipeline
}

fn install((pipeline, notes): (Pipeline, OpeningNotes)) {
    let before = installed();
    let pipeline = {
        let _making = lock(&MAKING);
        publish(pipeline)
    };
    notes.say(pipeline);
    if let Some(before) = before {
        before.flush(shutdown::PATIENCE);
    }
}

/// Waits until everything that was logged before is written, and what was held back is said.
///
/// Returns whether that was done within `timeout`. Nothing is lost if it was not: the worker goes
/// on. A program that ends in an ordinary way (`main` returns, `std::process::exit`, a panic) is
/// flushed by itself, with a timeout of 2 seconds; this is for the moment before something else
/// reads the output, or ends the program in another way. What boundaries hold is not logged by this.
///
/// ```
/// use std::time::Duration;
///
/// assert!(track_errors::flush(Duration::from_secs(1)));
/// ```
pub fn flush(timeout: Duration) -> bool {
    // A child that has not failed yet has nothing of its own, and not the parent's thread.
    if shutdown::is_forked() {
        return true;
    }
    let Some(pipeline) = installed() else { return true };
    let start = Instant::now();
    let in_time = pipeline.flush(timeout);
    if diagnostics::is_on() {
        let how = if in_time { "done" } else { "not done" };
        diagnostics::debug(&format_args!("flush: {how} after {} µs", start.elapsed().as_micros()));
    }
    in_time
}

/// Whether a worker thread runs in this process.
fn has_worker() -> bool {
    installed().is_some_and(|pipeline| match &pipeline.target {
        Target::Worker(worker) => worker.is_running(),
        _ => false,
    })
}

/// Keeps the worker from working, unless it is at work for longer than this.
fn hold_worker(patience: Duration) -> Option<MutexGuard<'static, ()>> {
    match &installed()?.target {
        Target::Worker(worker) => worker.hold(patience),
        _ => None,
    }
}

/// Flushes when it is dropped, for at most 2 seconds; see [`flush`].
///
/// ```
/// let _flush = track_errors::flush_guard();
/// // … the program …
/// ```
#[derive(Debug)]
#[must_use = "dropping the guard flushes: bind it to a name that lives to the end of the scope"]
pub struct FlushGuard(());

/// Makes a [`FlushGuard`].
pub fn flush_guard() -> FlushGuard {
    FlushGuard(())
}

impl Drop for FlushGuard {
    fn drop(&mut self) {
        flush(shutdown::PATIENCE);
    }
}

/// Has the end of the program noticed, even if no error ever comes.
pub(crate) fn prepare_shutdown() {
    shutdown::prepare();
}

/// Runs `f` with a pipeline that keeps the records of this thread, under these settings and
/// without those of the environment.
pub(crate) fn with_records<T>(settings: Builder, f: impl FnOnce() -> T) -> (T, Vec<ErrorRecord>) {
    /// Puts the pipeline that the thread had before back, also when `f` panics.
    struct Restore(Option<Arc<Pipeline>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            OF_THREAD.set(self.0.take());
        }
    }

    let (config, _) = settings.resolve(&|_| None);
    let target = Target::Records(Mutex::default());
    let pipeline =
        Arc::new(Pipeline { config, target, has_own_sink: false, output: String::new() });
    let restore = Restore(OF_THREAD.replace(Some(Arc::clone(&pipeline))));
    let value = f();
    drop(restore);
    let Target::Records(records) = &pipeline.target else { return (value, Vec::new()) };
    let records = mem::take(&mut *lock(records));
    // Only now, when all steps are there.
    (value, records.into_iter().map(CapturedError::into_record).collect())
}

impl Pipeline {
    /// Resolves the settings and opens the sink. What cannot be had is replaced by what can, and
    /// noted.
    fn open(builder: Builder) -> (Self, OpeningNotes) {
        let (config, diagnostics) = config::resolve(builder);
        let output = config.output.to_string();
        let (sink, problem) = open_sink(&config.output);
        let pipeline = Pipeline { output, ..Pipeline::new(config, sink) };
        (pipeline, OpeningNotes { diagnostics, output: problem, in_child: false })
    }

    /// Like `open`; lines go to `sink`, whatever the settings say about the output.
    fn with_sink(builder: Builder, sink: Box<dyn Sink>) -> (Self, OpeningNotes) {
        let (config, diagnostics) = config::resolve(builder.output(Output::None));
        let output = writer::name(&*sink);
        let pipeline = Pipeline { has_own_sink: true, output, ..Pipeline::new(config, Some(sink)) };
        (pipeline, OpeningNotes { diagnostics, output: None, in_child: false })
    }

    fn new(config: Config, sink: Option<Box<dyn Sink>>) -> Self {
        let writer = Writer::new(sink);
        let target = match config.delivery {
            Delivery::Worker => Target::Worker(Worker::new(writer)),
            Delivery::Sync => Target::Caller(Mutex::new(writer)),
        };
        Pipeline { config, target, has_own_sink: false, output: String::new() }
    }

    /// The pipeline of a child process, by the settings of its parent's.
    fn in_child(&self) -> (Self, OpeningNotes) {
        // A sink of the user's own cannot be opened again. It is taken over, unless the parent
        // was writing to it at that moment.
        let own = match &self.target {
            Target::Worker(worker) => worker.take_sink(),
            Target::Caller(writer) => lock_within(writer, Duration::ZERO)
                .and_then(|mut writer| mem::replace(&mut *writer, Writer::new(None)).into_sink()),
            Target::Records(_) => None,
        };
        let (sink, problem) = match own {
            None if self.has_own_sink => (Some(sink::stderr()), None),
            None => open_sink(&self.config.output),
            own => (own, None),
        };
        let pipeline = Pipeline {
            has_own_sink: self.has_own_sink,
            output: self.output.clone(),
            ..Pipeline::new(self.config.clone(), sink)
        };
        (pipeline, OpeningNotes { diagnostics: Vec::new(), output: problem, in_child: true })
    }

    pub(crate) fn report(&self) -> ReportPolicy {
        self.config.report
    }

    /// The limit of a function whose attribute says this.
    pub(crate) fn rate_limit(&self, own: Option<RateLimit>) -> RateLimit {
        // A test sees every error.
        match self.target {
            Target::Records(_) => RateLimit::Off,
            _ => own.unwrap_or(self.config.rate_limit),
        }
    }

    /// The mode of a function whose attribute says this.
    pub(crate) fn backtrace(&self, own: Option<BacktraceMode>) -> BacktraceMode {
        own.unwrap_or(self.config.backtrace)
    }

    fn flush(&self, timeout: Duration) -> bool {
        match &self.target {
            Target::Worker(worker) => worker.flush(&self.config, timeout),
            Target::Caller(writer) => match lock_within(writer, timeout) {
                // The sink may call tracked functions, which must not come here again.
                Some(mut writer) => {
                    let deferred = ignoring(|| writer.flush(&self.config));
                    drop(writer);
                    deferred.write();
                    true
                }
                None => false,
            },
            Target::Records(_) => true,
        }
    }
}

impl Current {
    /// Something is held that the worker or the end of the program may have to log.
    pub(crate) fn prepare_to_hold(&self) {
        shutdown::prepare();
        if let Current::OfProcess(Pipeline { config, target: Target::Worker(worker), .. }) = self {
            worker.prepare_to_hold(config);
        }
    }

    /// Something is held: the worker looks for what is held too long.
    pub(crate) fn watch_held(&self) {
        if let Current::OfProcess(Pipeline { target: Target::Worker(worker), .. }) = self {
            worker.watch_held();
        }
    }

    /// That of the process as it is now: `init` may have been called since an error was held.
    pub(crate) fn renewed(self) -> Self {
        match self {
            Current::OfProcess(_) => Current::OfProcess(of_process()),
            own @ Current::OfThread(_) => own,
        }
    }

    /// Logs one error. What cannot be logged is counted.
    pub(crate) fn submit(
        &self,
        mut record: Box<CapturedError>,
        class: Class,
    ) -> (Decision, Option<LateSteps>) {
        // The calling thread writes at once: no step comes in time.
        let late = match self.target {
            Target::Caller(_) => None,
            Target::Worker(_) | Target::Records(_) => Some(LateSteps::new()),
        };
        record.late.clone_from(&late);
        let refused = match self {
            Current::OfProcess(pipeline) => {
                let losses = record.site.take_losses();
                record.losses = (!losses.is_empty()).then(|| Box::new(losses));
                pipeline.push(record).err()
            }
            // What the process did not log is not the test's.
            Current::OfThread(pipeline) => pipeline.keep(record).err(),
        };
        match refused {
            None => {
                // What was handled is counted as that.
                if class != Class::Handled {
                    counters::logged();
                }
                (Decision::Logged, late)
            }
            Some(record) => {
                if let Some(losses) = &record.losses {
                    record.site.give_back(losses);
                }
                record.loss().count();
                if class != Class::Handled {
                    counters::dropped();
                }
                (Decision::Dropped, None)
            }
        }
    }
}

impl Pipeline {
    fn push(&'static self, record: Box<CapturedError>) -> Result<(), Box<CapturedError>> {
        match &self.target {
            Target::Worker(worker) => {
                worker.push(&self.config, record, self.config.overflow == Overflow::Block)
            }
            Target::Caller(writer) => {
                // For a sink that waits for a thread which is waiting here.
                let Some(mut writer) = shutdown::lock_in_time(writer) else {
                    return Err(record);
                };
                let deferred = writer.write(&self.config, &mut std::iter::once(record));
                drop(writer);
                deferred.write();
                Ok(())
            }
            Target::Records(_) => self.keep(record),
        }
    }

    /// Keeps the record for a test, if this pipeline is one.
    fn keep(&self, record: Box<CapturedError>) -> Result<(), Box<CapturedError>> {
        let Target::Records(records) = &self.target else { return Err(record) };
        lock(records).push(*record);
        Ok(())
    }
}

/// The sink of an output, or stderr and why.
fn open_sink(output: &Output) -> (Option<Box<dyn Sink>>, Option<String>) {
    match sink::open(output) {
        Ok(sink) => (sink, None),
        Err(error) => {
            // `Debug`, so that no control character of a path gets to a terminal.
            let output = output.to_string();
            let problem =
                format!("cannot open the output {output:?}: {error}; error logs go to stderr");
            (Some(sink::stderr()), Some(problem))
        }
    }
}

impl Builder {
    /// Installs these settings for the whole process, in place of any before.
    ///
    /// Call it at the beginning of `main`. Without it, the first error installs the settings of
    /// the environment. A setting that cannot be used (a wrong variable, a file that cannot be
    /// opened) is said in one line on stderr, and what is used instead.
    ///
    /// ```
    /// track_errors::builder().service("checkout").env("staging").init();
    /// ```
    pub fn init(self) {
        install(Pipeline::open(self));
    }

    /// Like [`init`](Builder::init), but lines go to a sink of your own.
    ///
    /// ```
    /// use std::io;
    /// use track_errors::{Batch, Sink};
    ///
    /// struct Lines;
    ///
    /// impl Sink for Lines {
    ///     fn name(&self) -> &str {
    ///         "lines"
    ///     }
    ///
    ///     fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
    ///         for line in batch.lines() {
    ///             println!("{} bytes", line.len());
    ///         }
    ///         Ok(())
    ///     }
    /// }
    ///
    /// track_errors::builder().init_with_sink(Lines);
    /// ```
    pub fn init_with_sink(self, sink: impl Sink + 'static) {
        install(Pipeline::with_sink(self, Box::new(sink)));
    }
}
