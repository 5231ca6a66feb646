//! From an error log to the sink.
//!
//! In: a [`CapturedError`], on the thread on which the error left. Out: one line in the sink, written by the
//! worker thread. The calling thread only pushes: it does no I/O, resolves no symbol, formats no line.
//! (With [`Delivery::Sync`] it does all of that.)

mod away;
mod captured;
pub(crate) mod capturing;
mod context;
mod emit;
mod flush;
#[cfg(unix)]
mod fork;
mod hand_report;
mod holding;
mod installed;
mod late_steps;
mod loss;
mod outcome;
mod process;
mod queue;
mod rescue;
mod shutdown;
mod sink_call;
mod spare;
mod worker;
mod writer;

use std::borrow::Cow;
use std::time::Duration;

#[cfg(all(test, shuttle))]
pub(crate) mod models;

pub(crate) use captured::{CapturedError, Notes, RareParts};
#[cfg_attr(
    not(any(feature = "tracing", feature = "opentelemetry")),
    expect(unused_imports, reason = "integrations use it")
)]
pub(crate) use context::ContextSource;
pub(crate) use context::context_of_integrations;
pub use flush::{FlushGuard, flush, flush_guard};
#[cfg(all(unix, feature = "tracing"))]
pub(crate) use fork::{LocksAtFork, lock_at_fork};
pub(crate) use hand_report::HandReport;
pub(crate) use holding::{Deciding, HeldErrors, register};
pub(crate) use installed::install_settings;
pub(crate) use installed::{Current, current};
pub(crate) use late_steps::LateSteps;
pub(crate) use outcome::Decided;
pub(crate) use process::is_over;
#[cfg(any(feature = "tracing", feature = "log"))]
pub(crate) use process::is_worker;
pub(crate) use shutdown::{on_panic, prepare as prepare_shutdown};
pub(crate) use spare::boxed;

use crate::config::{Config, CountedAs, Delivery, Overflow};
use crate::model::{Class, Decision, KindKey, Level, LossCounts, RateLimit, Site, counters};
use crate::output::sink::Sink;
use capturing::Kept;
use worker::Worker;
use writer::SharedWriter;

/// What is between the errors and their sink.
pub(crate) struct Pipeline {
    pub(crate) config: Config,
    target: Target,
    /// Whether the sink is one of the user's, which cannot be opened again.
    has_own_sink: bool,
    /// What diagnostics call the sink.
    output: String,
    /// The process that made it.
    generation: u32,
    /// The one that it replaced. A thread that found it just before may still push to it.
    replaced: Option<&'static Pipeline>,
}

#[expect(clippy::large_enum_variant, reason = "a process has one, which is not moved")]
enum Target {
    Worker(Worker),
    /// The calling thread does the worker's part.
    Caller(SharedWriter),
    /// Nothing is written: a test reads the records.
    Kept(Kept),
}

impl Pipeline {
    fn new(config: Config, sink: Option<Box<dyn Sink>>) -> Self {
        let writer = SharedWriter::new(sink);
        let target = match config.delivery {
            Delivery::Worker => Target::Worker(Worker::new(writer)),
            Delivery::Sync => Target::Caller(writer),
        };
        Pipeline {
            config,
            target,
            has_own_sink: false,
            output: String::new(),
            generation: process::generation(),
            replaced: None,
        }
    }

    /// Whether it is not one of a parent's, whose worker and locks no thread here serves.
    fn is_of_this_process(&self) -> bool {
        self.generation == process::generation()
    }

    /// Whether the rate limit of a function lets an error of this kind and class through; if not, it is
    /// counted.
    pub(crate) fn admits(
        &self,
        site: &'static Site,
        kind: KindKey,
        class: Class,
        level: Level,
        kind_name: impl Fn() -> Cow<'static, str>,
    ) -> bool {
        let limit = match self.target {
            // A test sees every error.
            Target::Kept(_) => RateLimit::Off,
            _ => site.rate_limit.unwrap_or(self.config.rate_limit),
        };
        let key = kind.of_class(class);
        if site.admits(key, limit) {
            return true;
        }
        let counts = if class == Class::Handled {
            LossCounts::HANDLED
        } else {
            counters::suppressed();
            self.count(CountedAs::Suppressed, || Decided {
                site,
                kind,
                level,
                kind_name: &kind_name,
            });
            LossCounts::SUPPRESSED
        };
        site.count(key, counts, kind_name);
        false
    }

    fn push(&'static self, record: Box<CapturedError>) -> Result<(), Box<CapturedError>> {
        match &self.target {
            Target::Worker(worker) => {
                worker.push(&self.config, record, self.config.overflow == Overflow::Block)
            }
            Target::Caller(writer) => writer.write_one(&self.config, record),
            Target::Kept(_) => Err(record),
        }
    }

    fn flush(&self, timeout: Duration) -> bool {
        match &self.target {
            Target::Worker(worker) => worker.flush(&self.config, timeout),
            Target::Caller(writer) => writer.flush(&self.config, timeout),
            Target::Kept(_) => true,
        }
    }

    /// All of this process, the newest first.
    fn all() -> impl Iterator<Item = &'static Pipeline> {
        std::iter::successors(installed::installed(), |pipeline| {
            pipeline.replaced.filter(|replaced| replaced.is_of_this_process())
        })
    }

    fn writer(&self) -> Option<&SharedWriter> {
        match &self.target {
            Target::Worker(worker) => Some(&worker.writer),
            Target::Caller(writer) => Some(writer),
            Target::Kept(_) => None,
        }
    }

    /// Whether its destination is away.
    fn is_away(&self) -> bool {
        self.writer().is_some_and(|writer| writer.in_sink.is_away())
    }

    /// Whether a worker has records that no flush has written.
    fn has_unwritten(&self) -> bool {
        matches!(&self.target, Target::Worker(worker) if worker.queue.has_unwritten())
    }

    /// The sink, if no thread is using it: for the pipeline that takes the place of this one.
    fn take_sink(&self) -> Option<Box<dyn Sink>> {
        self.writer()?.take_sink()
    }

    /// The worker of this process.
    fn worker() -> Option<&'static Worker> {
        match &installed::installed()?.target {
            Target::Worker(worker) => Some(worker),
            _ => None,
        }
    }
}

impl Current {
    /// Prepares what may have to log a held error: the worker and the exit handler.
    pub(crate) fn prepare_to_hold(&self) {
        if let Some((worker, config)) = self.worker() {
            worker.prepare_to_hold(config);
        }
    }

    /// Has the worker look for errors that are held for too long.
    pub(crate) fn watch_held(&self) {
        if let Some((worker, _)) = self.worker() {
            worker.queue.watch_held();
        }
    }

    fn worker(&self) -> Option<(&'static Worker, &'static Config)> {
        let Current::OfProcess(_) = self else { return None };
        match self.clone().renewed() {
            Current::OfProcess(Pipeline { config, target: Target::Worker(worker), .. }) => {
                Some((worker, config))
            }
            _ => None,
        }
    }

    fn hand_over(&self, mut record: Box<CapturedError>) -> Result<(), Box<CapturedError>> {
        match self {
            Current::OfProcess(pipeline) => {
                let losses = record.site.take_losses();
                record.losses = (!losses.is_empty()).then(|| Box::new(losses));
                pipeline.push(record)
            }
            // The counts of the process are not part of a test. A capture may have ended just now.
            Current::OfCapture(capture) => {
                capture.keep(record).or_else(|record| self.clone().renewed().hand_over(record))
            }
        }
    }

    /// Logs an error, or counts it.
    pub(crate) fn submit(
        &self,
        mut record: Box<CapturedError>,
        class: Class,
    ) -> (Decision, Option<LateSteps>) {
        // The user's code that described the error may have forked.
        let current = self.clone().renewed();
        // The calling thread writes the log at once: no step could come in time.
        let late = match current.target {
            Target::Caller(_) => None,
            Target::Worker(_) | Target::Kept(_) => Some(spare::steps()),
        };
        record.late.clone_from(&late);
        // A handled error is none of its span's.
        if class != Class::Handled {
            let names = || (record.kind_name(), record.kind.error_type());
            let hooks = &current.config.hooks;
            hooks.update_span(record.left_boundary(), true, &record.message, names);
        }
        match current.hand_over(record) {
            Ok(()) => {
                // A handled error is counted as handled.
                if class != Class::Handled {
                    counters::logged();
                }
                (Decision::Logged, late)
            }
            Err(record) => {
                if let Some(losses) = &record.losses {
                    record.site.give_back(losses);
                }
                record.loss().count();
                if class != Class::Handled {
                    counters::dropped();
                    current.count(CountedAs::Dropped, || record.decided());
                }
                (Decision::Dropped, None)
            }
        }
    }
}
