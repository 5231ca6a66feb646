//! Which pipeline errors go to.
//!
//! One pipeline is installed for the whole process, by [`Builder::init`] or, without it, from the
//! environment with the first error; a child process makes its own with its first error. A thread may belong to
//! a test's [capture](super::capturing) for a while. Reading the current one is one load: pipelines of the process
//! are never freed.

use std::ops::Deref;
use std::ptr;

use super::capturing::Capture;
use super::{Pipeline, emit, process, shutdown, writer};
use crate::base::lock::lock;
use crate::base::once_box::OnceBox;
use crate::base::sync::atomic::{AtomicPtr, Ordering};
use crate::base::sync::{Mutex, MutexGuard};
use crate::config::{self, Builder, Config, Output, RejectedValue};
use crate::diagnostics::{self, say};
use crate::model::site::losses;
use crate::output::sink::{self, Sink};

/// The pipeline of the process; null until there is one. Never freed: threads may be using it, and there
/// are as many as calls of `init`.
static INSTALLED: AtomicPtr<Pipeline> = AtomicPtr::new(ptr::null_mut());
/// Held while a pipeline is made, so that two threads do not both open the output.
static MAKING: OnceBox<Mutex<()>> = OnceBox::new();

/// The pipeline that a thread uses.
#[derive(Clone)]
pub(crate) enum Current {
    OfProcess(&'static Pipeline),
    OfCapture(Capture),
}

impl Deref for Current {
    type Target = Pipeline;

    fn deref(&self) -> &Pipeline {
        match self {
            Current::OfProcess(pipeline) => pipeline,
            Current::OfCapture(capture) => capture.pipeline(),
        }
    }
}

impl Current {
    /// The one that takes its place now: `init` may have been called, the process have forked, or the capture have
    /// ended.
    pub(crate) fn renewed(self) -> Self {
        let capture = match self {
            Current::OfProcess(_) => None,
            Current::OfCapture(capture) => capture.or_outer(),
        };
        capture.map_or_else(|| Current::OfProcess(of_process()), Current::OfCapture)
    }
}

/// What errors of this thread go to; `None` if nothing is to be logged.
pub(crate) fn current() -> Option<Current> {
    let pipeline = match Capture::current() {
        Some(capture) => Current::OfCapture(capture),
        None => Current::OfProcess(of_process()),
    };
    pipeline.config.enabled.then_some(pipeline)
}

/// The pipeline of the process, if there is one. A forked child has none until its first error.
pub(super) fn installed() -> Option<&'static Pipeline> {
    newest().filter(|pipeline| pipeline.is_of_this_process())
}

/// The same, or in a forked child the one of its parent.
fn newest() -> Option<&'static Pipeline> {
    // Acquire: a thread that sees the pointer sees what `publish` wrote before.
    let pipeline = INSTALLED.load(Ordering::Acquire);
    // SAFETY: the pointer is null or comes from `Box::leak` in `publish`; what it points to is
    // never freed and never changed but through its own locks.
    unsafe { pipeline.as_ref() }
}

fn of_process() -> &'static Pipeline {
    if let Some(pipeline) = installed() {
        return pipeline;
    }
    let making = making();
    let (pipeline, notes) = match newest() {
        Some(pipeline) if pipeline.is_of_this_process() => return pipeline,
        Some(parents) => of_child(parents),
        None => open(Builder::new()),
    };
    let pipeline = publish(pipeline);
    drop(making);
    notes.write(pipeline);
    pipeline
}

fn making() -> MutexGuard<'static, ()> {
    lock(MAKING.get_or_init(Mutex::default))
}

/// In a forked child no thread makes a pipeline, even if one of the parent did.
#[cfg(unix)]
pub(super) fn in_child() {
    MAKING.forget();
}

/// Makes this the pipeline of the process, in place of the one before.
fn publish(pipeline: Pipeline) -> &'static Pipeline {
    let replaced = newest();
    if replaced.is_some_and(|replaced| !replaced.is_of_this_process()) {
        // The parent logs what it counted.
        losses::take_all();
    }
    let pipeline: &'static mut Pipeline = Box::leak(Box::new(Pipeline { replaced, ..pipeline }));
    INSTALLED.store(pipeline, Ordering::Release);
    pipeline
}

fn install((pipeline, notes): (Pipeline, OpeningNotes)) {
    let before = installed();
    let pipeline = {
        let _making = making();
        publish(pipeline)
    };
    notes.write(pipeline);
    if let Some(before) = before {
        before.flush(process::PATIENCE);
    }
}

/// Resolves the settings and opens the sink. What cannot be opened is replaced, and noted.
fn open(builder: Builder) -> (Pipeline, OpeningNotes) {
    let (config, diagnostics) = config::resolve(builder);
    let output = of_records(&config, config.output.to_string());
    let (sink, problem) = open_sink(&config);
    let pipeline = Pipeline { output, ..Pipeline::new(config, sink) };
    (pipeline, OpeningNotes { diagnostics, output: problem, in_child: false })
}

/// What diagnostics call the output: the sink of records first, if there is one.
fn of_records(config: &Config, output: String) -> String {
    match config.hooks.record_sink() {
        Some(sink) => format!("{}, else {output}", emit::name(sink)),
        None => output,
    }
}

/// Like [`open`]; lines go to `sink`, whatever the settings say about the output.
fn open_with_sink(builder: Builder, sink: Box<dyn Sink>) -> (Pipeline, OpeningNotes) {
    let (config, diagnostics) = config::resolve(builder.output(Output::None));
    let output = of_records(&config, writer::name(&*sink));
    let pipeline = Pipeline { has_own_sink: true, output, ..Pipeline::new(config, Some(sink)) };
    (pipeline, OpeningNotes { diagnostics, output: None, in_child: false })
}

/// The pipeline of a child process, with the settings of its parent's.
fn of_child(parents: &Pipeline) -> (Pipeline, OpeningNotes) {
    let mut config = parents.config.clone();
    // The output of a test that forks is in the memory of the parent.
    let is_test = config.output == Output::Test;
    if is_test {
        config.output = Output::Stdout;
    }
    // A sink of the user's own cannot be opened again. The child takes it over, unless the parent was
    // writing to it at that moment. Of the crate's own ones it closes its copy, but of a file: two processes that
    // write to one connection would tear each other's lines.
    let (sink, problem) = match parents.take_sink() {
        own if parents.has_own_sink => (own.or_else(|| Some(sink::stderr())), None),
        // Both append to a file, and the child may have no right to open it again.
        copy @ Some(_) if matches!(config.output, Output::File(_)) => (copy, None),
        copy => {
            drop(copy);
            open_sink(&config)
        }
    };
    let pipeline = Pipeline {
        has_own_sink: parents.has_own_sink,
        output: parents.output.clone(),
        ..Pipeline::new(config, sink)
    };
    (pipeline, OpeningNotes { diagnostics: Vec::new(), output: problem, in_child: true })
}

/// The sink of an output, or stderr and why.
fn open_sink(config: &Config) -> (Option<Box<dyn Sink>>, Option<String>) {
    match sink::open(&config.output, &config.output_file) {
        Ok(sink) => (sink, None),
        Err(error) => {
            // `Debug`, so that no control character of a path gets to a terminal.
            let output = config.output.to_string();
            let problem =
                format!("cannot open the output {output:?}: {error}; error logs go to stderr");
            (Some(sink::stderr()), Some(problem))
        }
    }
}

/// What the debug mode writes about a new pipeline, once no lock is held: the lines may go to a logger of
/// the application's.
struct OpeningNotes {
    diagnostics: Vec<RejectedValue>,
    /// Why the output could not be opened.
    output: Option<String>,
    in_child: bool,
}

impl OpeningNotes {
    fn write(self, pipeline: &Pipeline) {
        if self.in_child {
            say!(Debug, "a child process begins with a queue and a worker of its own");
        } else {
            let config = &pipeline.config;
            diagnostics::configure(config, &pipeline.output);
            let is_followed = config.debug.abandoned.is_some();
            let has_problems = !self.diagnostics.is_empty() || self.output.is_some();
            // If lines may follow, they need the exit handler; panics need the hook.
            if diagnostics::is_on() || is_followed || has_problems || config.panics {
                shutdown::prepare();
            }
            diagnostics::start(&self.diagnostics);
        }
        if let Some(problem) = self.output {
            say!(Warn, "{problem}");
        }
    }
}

/// Installs these settings for the whole process; lines go to `sink`, if there is one.
pub(crate) fn install_settings(settings: Builder, sink: Option<Box<dyn Sink>>) {
    install(match sink {
        Some(sink) => open_with_sink(settings, sink),
        None => open(settings),
    });
}
