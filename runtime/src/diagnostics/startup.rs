//! `startup`: the first and last lines of a program.
//!
//! The first is the [start-up line](super::configuration). Then comes a line `DATADOG TRACER DIAGNOSTICS - …`
//! for each unusable setting.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::state::{install, state};
use super::write::left_out;
use super::{abandoned, configuration, is_on, passes, say, write};
use crate::base::guarded::guarded;
use crate::config::{self, Builder, Config, DebugLevel, RejectedValue};
use crate::model::{Counters, counters};

/// Whether the start-up line was written, or is about to be. Relaxed: it orders no other memory.
static STARTED: AtomicBool = AtomicBool::new(false);

/// Installs the settings of the process, at `init` or at the first error.
pub(crate) fn configure(config: &Config, output: &str) {
    install(&config.debug, Some(Arc::new((config.clone(), output.to_owned()))));
}

/// Writes the settings from [`configure`], and their errors.
pub(crate) fn start(rejected: &[RejectedValue]) {
    if is_on() {
        STARTED.store(true, Ordering::Relaxed);
        write_configuration();
    }
    for value in rejected {
        let marker = if passes(DebugLevel::Info) { "DATADOG TRACER DIAGNOSTICS - " } else { "" };
        say!(Warn, "{marker}{value}");
    }
}

/// Writes the start-up line after a switch to debug mode at run time.
pub(super) fn begin() {
    configuration::remember_calls();
    if state().program.is_some() && !STARTED.swap(true, Ordering::Relaxed) {
        write_configuration();
    }
}

fn write_configuration() {
    let program = state().program.clone();
    if let Some(program) = program {
        configuration::write(&program.0, &program.1);
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
        left_out()
    );
}
