//! `startup`: installs the settings, and writes the first and last lines of a program.
//!
//! The first line is the [start-up line](super::configuration). Then comes a line
//! `DATADOG TRACER DIAGNOSTICS - …` for each unusable setting.

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::state::{Program, state};
use super::write::LEFT_OUT;
use super::{abandoned, configuration, is_on, passes, say, switch, write};
use crate::base::guarded::guarded;
use crate::config::{self, Builder, Config, DebugConfig, DebugLevel, RejectedValue};
use crate::model::{Counters, counters};

/// Whether the start-up line was written, or is about to be. Relaxed: it orders no other memory.
static STARTED: AtomicBool = AtomicBool::new(false);

/// Reads the environment, unless the settings are known. Returns whether the debug mode now follows calls.
pub(crate) fn read_environment() -> bool {
    if switch::is_known() {
        return false;
    }
    let (config, _) = config::resolve(Builder::new());
    install(&config.debug, None) && config.debug.abandoned.is_some()
}

/// Installs the settings of the process, at `init` or at the first error.
pub(crate) fn configure(config: &Config, output: &str) {
    install(&config.debug, Some(Arc::new((config.clone(), output.to_owned()))));
}

/// Installs settings: the process's, or, without a program, the environment's, which replace no others.
/// Returns whether it did.
fn install(config: &DebugConfig, program: Option<Program>) -> bool {
    if config.enabled {
        configuration::remember_calls();
    }
    let (before, deferred) = {
        let mut state = state();
        // Tested under the lock: `init` may have come meanwhile.
        if program.is_none() && state.config.is_some() {
            return false;
        }
        // Keeps the log of the same destination: it knows which faults it has reported.
        let log = state.log.take_if(|log| log.destination != config.destination);
        if program.is_some() && config.decided_by == DebugConfig::BUILDER {
            state.set = None;
        }
        let program = program.and_then(|program| state.program.replace(program));
        let before = (state.config.replace(config.clone()), log, program);
        state.apply_level();
        (before, abandoned::set(config.abandoned))
    };
    // It may have a logger of the application, whose destructor may call back.
    drop(before);
    deferred.write();
    true
}

/// Sets the level; `by` is the application's call. The first switch to debug mode writes the start-up line.
pub(crate) fn set(level: DebugLevel, by: &'static str) {
    {
        let mut state = state();
        state.set = Some((level, by));
        state.apply_level();
    }
    if level == DebugLevel::Debug {
        configuration::remember_calls();
        if state().program.is_some() && !STARTED.swap(true, Ordering::Relaxed) {
            configuration::write();
        }
    }
}

/// Writes the settings from [`configure`], and their errors.
pub(crate) fn start(rejected: &[RejectedValue]) {
    if is_on() {
        STARTED.store(true, Ordering::Relaxed);
        configuration::write();
    }
    if state().program.as_ref().is_some_and(|program| !program.0.enabled) {
        // At every level: nothing else would show why the program logs nothing.
        let message = "no error is logged: OTEL_SDK_DISABLED=true";
        write::write(DebugLevel::Warn, Location::caller(), &message);
    }
    for value in rejected {
        let marker = if passes(DebugLevel::Info) { "DATADOG TRACER DIAGNOSTICS - " } else { "" };
        say!(Warn, "{marker}{value}");
    }
}

/// Writes the last lines of the program. No panic unwinds out of the exit handler.
pub(crate) fn at_exit() {
    let _: Option<()> = guarded(|| {
        if is_on() && !STARTED.load(Ordering::Relaxed) && state().program.is_none() {
            // Without `init` and without an error, the settings were not read in full.
            let (config, rejected) = config::resolve(Builder::new());
            configure(&config, &config.output.to_string());
            start(&rejected);
        }
        abandoned::summary();
        let failures = state().failures.take();
        for (place, message) in failures {
            write(DebugLevel::Error, place, &message);
        }
        if is_on() {
            write_counts();
        }
    });
}

fn write_counts() {
    let Counters { logged, repeated, expected, handled, suppressed, dropped, .. } =
        counters::counters();
    say!(
        Debug,
        "the program ends; errors logged: {logged}, logged by another function or not yet: {repeated}, \
         expected: {expected}, handled: {handled}, suppressed: {suppressed}, dropped: {dropped}; \
         lines left out of this log, because they came from within it: {}",
        LEFT_OUT.load(Ordering::Relaxed)
    );
}
