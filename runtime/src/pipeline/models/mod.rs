//! Models: the pipeline with its threads in many orders, which a checker chooses. `tests/models` runs them.
//!
//! A model is a small program. The checker runs it some thousand times, and switches threads before each use of a
//! lock, a condition or an atomic ([`sync`](crate::base::sync)). It reports a panic, and threads that all wait.

mod logging;
mod rescue;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use shuttle::rand::Rng;
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, MaxSteps, Runner};

use super::{holding, install_settings, installed, process};
use crate::base::sync::{GIVES_UP, yield_now};
use crate::config::Builder;
use crate::model::{ErrorId, RateLimit, Site, Step};
use crate::output::sink::{Batch, Sink};
use crate::pipeline::CapturedError;

pub(crate) static SITE: Site = Site::new("model", 0, || ());

/// Runs a model in random orders, and in orders with few switches, which find other faults. All models share the
/// statics of the process, so one runs at a time.
pub(crate) fn check(model: fn()) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let runs = std::env::var("MODEL_RUNS").map_or(500, |runs| runs.parse().expect("a number"));
    let schedulers: [Box<dyn Scheduler + Send>; 2] =
        [Box::new(RandomScheduler::new(runs)), Box::new(PctScheduler::new(3, runs))];
    for scheduler in schedulers {
        let mut config = Config::new();
        // Formatting a line takes more than the default.
        config.stack_size = 512 * 1024;
        config.max_steps = MaxSteps::FailAfter(200_000);
        config.silence_warnings = true;
        Runner::new(scheduler, config).run(move || {
            begin_process();
            model();
        });
    }
}

/// Each run begins like a forked child: with none of the pipelines, workers and locks of the one before.
fn begin_process() {
    GIVES_UP.store(false, std::sync::atomic::Ordering::Relaxed);
    process::begin_generation();
    process::begin_again();
    installed::in_child();
    holding::in_child();
    holding::finish();
}

/// Ends the program: runs the exit handler.
pub(crate) fn exit() {
    assert!(process::begin_end(), "once");
    super::shutdown::release_and_flush();
}

/// What a sink wrote: the messages that each error got while it waited.
#[derive(Debug, Clone, Default)]
pub(crate) struct Written {
    lines: Arc<Mutex<BTreeMap<u64, Vec<BTreeSet<String>>>>>,
    /// The destination is away, now and then.
    is_away: bool,
}

impl Written {
    /// Makes a pipeline that writes here the one of the process.
    pub(crate) fn install(&self) {
        let settings = Builder::new().panics(false).rate_limit(RateLimit::Off);
        install_settings(settings, Some(Box::new(self.clone())));
    }

    /// The messages of each line of an error.
    pub(crate) fn lines(&self, id: ErrorId) -> Vec<BTreeSet<String>> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.get(&id.bits()).cloned().unwrap_or_default()
    }

    pub(crate) fn count(&self, id: ErrorId) -> usize {
        self.lines(id).len()
    }
}

impl Sink for Written {
    fn name(&self) -> &str {
        "a model"
    }

    fn write(&mut self, batch: &Batch<'_>) -> io::Result<()> {
        yield_now();
        if self.is_away && shuttle::rand::thread_rng().r#gen() {
            return Err(io::ErrorKind::NotConnected.into());
        }
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        for line in batch.lines() {
            let line: Value = serde_json::from_slice(line).map_err(io::Error::other)?;
            let own = &line["track_errors"];
            let id = own["id"].as_str().and_then(|id| u64::from_str_radix(id, 16).ok());
            let messages = own["context"].as_array().into_iter().flatten();
            let messages =
                messages.filter_map(|step| Some(step.as_str()?.rsplit(' ').next()?.to_owned()));
            lines.entry(id.expect("each has one")).or_default().push(messages.collect());
        }
        Ok(())
    }
}

pub(crate) fn step() -> Step {
    Step { site: &SITE, location: SITE.location }
}

pub(crate) fn error() -> Box<CapturedError> {
    super::boxed(CapturedError::for_test(&SITE))
}
