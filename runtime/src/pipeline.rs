//! From a record to the sink: what is installed, and how lines get there.
//!
//! In: an [`ErrorRecord`]. Out: one line in the sink. One pipeline is installed for the whole
//! process, by [`Builder::init`] or, if nothing did that, from the environment with the first
//! error. A thread can have its own for a while ([`testing::capture`](crate::testing::capture)).
//!
//! Today the line is formatted and written on the calling thread, before the function returns; so
//! what was logged is written, however the program ends.

use std::cell::RefCell;
use std::ffi::OsString;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::config::{BacktraceMode, Builder, Config, Output, ReportPolicy};
use crate::record::ErrorRecord;
use crate::sink::{self, Batch, Sink};
use crate::{debug, format, frame, stack};

/// What is between the errors and their sink.
pub(crate) struct Pipeline {
    config: Config,
    target: Target,
}

enum Target {
    /// `None` where lines go nowhere.
    Sink(Mutex<Option<Box<dyn Sink>>>),
    Records(Mutex<Vec<ErrorRecord>>),
}

static INSTALLED: RwLock<Option<Arc<Pipeline>>> = RwLock::new(None);

thread_local! {
    static OF_THREAD: RefCell<Option<Arc<Pipeline>>> = const { RefCell::new(None) };
}

/// What errors of this thread go to; `None` if nothing is to be logged.
pub(crate) fn current() -> Option<Arc<Pipeline>> {
    let of_thread = OF_THREAD.try_with(|pipeline| pipeline.borrow().clone()).ok().flatten();
    let pipeline = of_thread.unwrap_or_else(installed);
    pipeline.config.enabled.then_some(pipeline)
}

fn installed() -> Arc<Pipeline> {
    let existing = INSTALLED.read().unwrap_or_else(PoisonError::into_inner).clone();
    existing.unwrap_or_else(|| {
        let mut slot = INSTALLED.write().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert_with(|| Arc::new(Pipeline::open(Builder::new()))).clone()
    })
}

/// Makes this the pipeline of the process, in place of the one before.
pub(crate) fn install(pipeline: Pipeline) {
    let pipeline = Arc::new(pipeline);
    frame::link_by_settings(pipeline.config.wants_logical_stack());
    *INSTALLED.write().unwrap_or_else(PoisonError::into_inner) = Some(pipeline);
}

/// Whether tracked calls are to be linked, by the settings of the process. Asked by the first
/// tracked call, which may be before [`Builder::init`]: so it installs nothing and reports nothing.
pub(crate) fn wants_logical_stack() -> bool {
    match &*INSTALLED.read().unwrap_or_else(PoisonError::into_inner) {
        Some(pipeline) => pipeline.config.wants_logical_stack(),
        None => Builder::new().resolve(&environment).0.wants_logical_stack(),
    }
}

fn environment(name: &str) -> Option<OsString> {
    std::env::var_os(name)
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
    if config.wants_logical_stack() {
        // For all threads, and for good; that is slower for the others, and no different.
        frame::link();
    }
    let pipeline = Arc::new(Pipeline { config, target: Target::Records(Mutex::default()) });
    let restore = Restore(OF_THREAD.replace(Some(Arc::clone(&pipeline))));
    let value = f();
    drop(restore);
    let Target::Records(records) = &pipeline.target else { return (value, Vec::new()) };
    let records = std::mem::take(&mut *records.lock().unwrap_or_else(PoisonError::into_inner));
    (value, records)
}

impl Pipeline {
    /// Resolves the settings and opens the sink. What cannot be had is said on stderr, and
    /// replaced by what can.
    fn open(builder: Builder) -> Self {
        let (config, diagnostics) = builder.resolve(&environment);
        for diagnostic in diagnostics {
            debug::warn(&diagnostic);
        }
        let sink = sink::open(&config.output).unwrap_or_else(|error| {
            // `Debug`, so that no control character of a path gets to a terminal.
            let output = config.output.to_string();
            debug::warn(&format_args!(
                "cannot open the output {output:?}: {error}; error logs go to stderr"
            ));
            Some(sink::stderr())
        });
        Pipeline { config, target: Target::Sink(Mutex::new(sink)) }
    }

    /// Resolves the settings; lines go to `sink`, whatever the settings say about the output.
    fn with_sink(builder: Builder, sink: Box<dyn Sink>) -> Self {
        let mut pipeline = Pipeline::open(builder.output(Output::None));
        pipeline.target = Target::Sink(Mutex::new(Some(sink)));
        pipeline
    }

    pub(crate) fn report(&self) -> ReportPolicy {
        self.config.report
    }

    pub(crate) fn wants_native_frames(&self) -> bool {
        self.config.wants_native_frames()
    }

    /// Logs one error.
    pub(crate) fn submit(&self, record: ErrorRecord) {
        let sink = match &self.target {
            Target::Sink(sink) => sink,
            Target::Records(records) => {
                return records.lock().unwrap_or_else(PoisonError::into_inner).push(record);
            }
        };
        let mut line = Vec::with_capacity(4 * 1024);
        format::write_line(self.config.format, &record, &self.config.resource, &mut line);
        let batch = Batch::new(&line);
        // A sink that panicked once is asked again: the lock guards no invariant of ours.
        let mut slot = sink.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(active) = slot.as_mut() else { return };
        if let Err(error) = active.write(&batch) {
            let name = active.name().to_owned();
            debug::warn(&format_args!(
                "cannot write to {name}: {error}; error logs go to stderr from now on"
            ));
            let mut stderr = sink::stderr();
            // If stderr fails as well there is nobody left to tell.
            let _: std::io::Result<()> = stderr.write(&batch);
            *slot = Some(stderr);
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

impl Config {
    /// Whether the stack of an error is looked for on the native stack.
    fn wants_native_frames(&self) -> bool {
        match self.backtrace {
            BacktraceMode::Full => true,
            BacktraceMode::Auto => stack::has_symbols(),
            BacktraceMode::Trail | BacktraceMode::Off => false,
        }
    }

    /// Whether tracked calls are linked: to find the outermost, or for want of native frames.
    fn wants_logical_stack(&self) -> bool {
        let for_the_stack = match self.backtrace {
            BacktraceMode::Full | BacktraceMode::Auto => !stack::has_symbols(),
            BacktraceMode::Off => true,
            BacktraceMode::Trail => false,
        };
        for_the_stack || self.report == ReportPolicy::Boundary
    }
}
