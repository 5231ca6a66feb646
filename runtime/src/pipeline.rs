//! From a record to the sink: what is installed, and how lines get there.
//!
//! In: an [`ErrorRecord`]. Out: one line in the sink. One pipeline is installed for the whole
//! process, by [`Builder::init`] or, if nothing did that, from the environment with the first
//! error. A thread can have its own for a while ([`testing::capture`](crate::testing::capture)).
//!
//! Today the line is formatted and written on the calling thread, before the function returns; so
//! what was logged is written, however the program ends.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::config::{BacktraceMode, Builder, Config, Output};
use crate::debug;
use crate::format;
use crate::record::ErrorRecord;
use crate::sink::{self, Batch, Sink};

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
pub(crate) fn install(builder: Builder) {
    let pipeline = Arc::new(Pipeline::open(builder));
    *INSTALLED.write().unwrap_or_else(PoisonError::into_inner) = Some(pipeline);
}

/// Runs `f` with a pipeline that keeps the records of this thread.
pub(crate) fn with_records<T>(f: impl FnOnce() -> T) -> (T, Vec<ErrorRecord>) {
    /// Puts the pipeline that the thread had before back, also when `f` panics.
    struct Restore(Option<Arc<Pipeline>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            OF_THREAD.set(self.0.take());
        }
    }

    let (mut config, _) = Builder::new().resolve(&|_| None);
    config.output = Output::None;
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
        let (config, diagnostics) = builder.resolve(&|name| std::env::var_os(name));
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

    pub(crate) fn wants_native_frames(&self) -> bool {
        matches!(self.config.backtrace, BacktraceMode::Auto | BacktraceMode::Full)
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
        install(self);
    }
}
