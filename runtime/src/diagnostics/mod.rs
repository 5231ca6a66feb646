//! What the crate says about itself: the debug mode.
//!
//! In: a level, the place in the source, and a message. Out: a line in the application's logger, in the
//! file, or on stderr. `layout` and `mask` make a line of a message; `log` hands it to the logger, to the
//! `file` (in its `directory`) or to the console; `aggregate` keeps failures from flooding it; `startup` is
//! the first line and the last; `open_calls` knows which calls are open, and `abandoned` reports them.
//!
//! Promises. Off, it costs one relaxed load where something could be said, and nothing on the `Ok`
//! path. On, a line is written on the thread that says it, whose function may wait for the file, as long
//! as that hangs; it never waits for another line longer than two seconds, never panics, and what it does
//! is never tracked. All texts, lists and files are bounded.

mod abandoned;
mod aggregate;
mod directory;
mod file;
mod layout;
mod log;
mod mask;
pub(crate) mod open_calls;
mod startup;

use std::cell::Cell;
use std::fmt::Display;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;

use crate::base::guarded::guarded;
use crate::base::lock::lock;
use crate::base::reentrancy::ignoring;
use crate::config::{
    self, Builder, Config, DebugConfig, DebugLevel, DecidedBy, Destination, RejectedValue,
    SharedLogger,
};
use crate::model::mark;
use aggregate::{Failure, Failures};
use layout::Line;
use log::{Log, Said};

/// The level up to which lines are written. Relaxed: lines count from "soon", and no other memory
/// hangs on it.
static LEVEL: AtomicU8 = AtomicU8::new(UNKNOWN);
/// Nobody has looked at the settings. Greater than any level, so that a line finds out.
const UNKNOWN: u8 = u8::MAX;

/// What is installed.
static STATE: Mutex<State> = Mutex::new(State {
    config: None,
    program: None,
    logger: None,
    log: None,
    said: None,
    set: None,
});

/// What this crate could not do, and has not said yet. Locked after the state where both are, and like
/// it for moments only.
static FAILURES: Mutex<Failures> = Mutex::new(Failures::new());

fn failures() -> MutexGuard<'static, Failures> {
    lock(&FAILURES)
}

#[derive(Debug)]
struct State {
    /// The settings; `None` as long as nobody looked at the environment.
    config: Option<DebugConfig>,
    /// The settings of the process and the name of its sink, once the pipeline has started.
    program: Option<Arc<(Config, String)>>,
    /// The logger that the application set at run time.
    logger: Option<SharedLogger>,
    /// Where lines go; made with the first of them.
    log: Option<Arc<Log>>,
    /// What was said on stderr about this destination, by whatever log.
    said: Option<(Destination, Said)>,
    /// The level that the application set at run time, and by what it did.
    set: Option<(DebugLevel, &'static str)>,
}

/// The state. Held for moments only: never while a line is written or code of others runs.
fn state() -> MutexGuard<'static, State> {
    lock(&STATE)
}

/// The log, made if there is none yet, or if the one that is there is that of the parent process.
fn current() -> Arc<Log> {
    let mut state = state();
    if FORKED.swap(false, Ordering::Relaxed) {
        // Not dropped, as its locks may be closed for ever.
        std::mem::forget(state.log.take());
        state.said = None;
    }
    if let Some(log) = &state.log {
        return Arc::clone(log);
    }
    let config = state.config.clone().unwrap_or_default();
    let said = match &state.said {
        Some((destination, said)) if *destination == config.destination => said.clone(),
        _ => Said::default(),
    };
    state.said = Some((config.destination.clone(), said.clone()));
    let log = Log::new(&config, state.logger.as_ref().or(config.logger.as_ref()), said);
    let log = Arc::new(log);
    Arc::clone(state.log.insert(log))
}

/// Whether debug mode is on: the one question that is asked everywhere.
#[inline]
pub(crate) fn is_on() -> bool {
    LEVEL.load(Ordering::Relaxed) == DebugLevel::Debug as u8
}

#[inline]
pub(crate) fn passes(level: DebugLevel) -> bool {
    level as u8 <= LEVEL.load(Ordering::Relaxed)
}

fn switch() -> DebugLevel {
    let level = LEVEL.load(Ordering::Relaxed);
    DebugLevel::ALL.into_iter().find(|known| *known as u8 == level).unwrap_or_default()
}

// ------------------------------------------------------------------------------------------------
// What an application calls

/// What is written at this moment.
pub(crate) fn level() -> DebugLevel {
    if LEVEL.load(Ordering::Relaxed) == UNKNOWN {
        read_environment();
    }
    switch()
}

/// The level while debug mode is off.
pub(crate) fn level_without_debug() -> DebugLevel {
    base_level(state().config.as_ref())
}

/// Sets what is written; `by` is the function that the application called.
pub(crate) fn set(level: DebugLevel, by: &'static str) {
    {
        let mut state = state();
        state.set = Some((level, by));
        apply_level(&state);
    }
    if level == DebugLevel::Debug {
        begin();
    }
}

/// Hands all lines to this logger, or to none.
pub(crate) fn replace_logger(logger: Option<SharedLogger>) {
    let before = {
        let mut state = state();
        (std::mem::replace(&mut state.logger, logger), state.log.take())
    };
    // Code of the application's, which may come back here, and finds the state unlocked.
    drop(before);
}

/// Whether lines go to the console because neither the application nor the settings name another place.
pub(crate) fn goes_to_console() -> bool {
    current().is_console()
}

// ------------------------------------------------------------------------------------------------
// What the rest of this crate calls

/// Something is not as it was asked for.
#[track_caller]
pub(crate) fn warn(message: &dyn Display) {
    write(DebugLevel::Warn, Location::caller(), message);
}

/// One of the lines for which debug mode is there. Whoever calls has asked [`is_on`].
#[track_caller]
pub(crate) fn debug(message: &dyn Display) {
    write(DebugLevel::Debug, Location::caller(), message);
}

/// Something that is said later: when no lock is held any more for which code of the application's, in
/// its logger, might wait.
#[derive(Debug)]
#[must_use = "it is not said yet"]
pub(crate) struct DeferredDiagnostic {
    level: DebugLevel,
    place: &'static Location<'static>,
    what: Failure,
}

impl DeferredDiagnostic {
    /// Like [`debug`].
    #[track_caller]
    pub(crate) fn debug(message: &dyn Display) -> Self {
        DeferredDiagnostic::new(DebugLevel::Debug, Location::caller(), message)
    }

    /// This crate cannot do its work. The same failure, which is one from the same place in the source,
    /// is written once a minute.
    #[track_caller]
    pub(crate) fn error(message: &dyn Display) -> Self {
        DeferredDiagnostic::new(DebugLevel::Error, Location::caller(), message)
    }

    /// The same, with what it befell: of what is said once a minute that is added up.
    pub(crate) fn befell(self, number: usize) -> Self {
        let what = Failure { befell: Some(number as u64), ..self.what };
        DeferredDiagnostic { what, ..self }
    }

    fn new(level: DebugLevel, place: &'static Location<'static>, message: &dyn Display) -> Self {
        DeferredDiagnostic {
            level,
            place,
            what: Failure { message: layout::bounded(message), befell: None },
        }
    }

    pub(crate) fn write(self) {
        let DeferredDiagnostic { level, place, what } = self;
        if level != DebugLevel::Error {
            write(level, place, &what);
        } else if passes(level) {
            let rate = state().config.as_ref().map(|config| config.logging_rate);
            let rate = rate.unwrap_or(DebugConfig::LOGGING_RATE);
            let message = failures().happens(place, rate, Instant::now(), what);
            if let Some(message) = message {
                write(level, place, &message);
            }
        }
    }
}

thread_local! {
    static WRITING: Cell<bool> = const { Cell::new(false) };
}

/// Lines that were not written, because one of the same thread was being written.
static NESTED: AtomicU64 = AtomicU64::new(0);

pub(crate) fn write(level: DebugLevel, place: &'static Location<'static>, message: &dyn Display) {
    if level == DebugLevel::Off || !passes(level) || self::level() < level {
        return;
    }
    /// Ends with the line, whatever happens to it.
    struct Writing;
    impl Drop for Writing {
        fn drop(&mut self) {
            WRITING.set(false);
        }
    }
    // The application's logger, and what it formats, may come back here.
    if WRITING.replace(true) {
        NESTED.fetch_add(1, Ordering::Relaxed);
        return;
    }
    let _writing = Writing;
    // For code of the application's that is called in here: what fails in it is not tracked, and changes
    // nothing about an error that is on its way (a future may be dropped behind a `?`). Its panics are
    // caught where it is called; this is for the rest, which may be in an exit handler.
    let _: Option<()> = mark::keeping(|| {
        ignoring(|| {
            guarded(|| {
                let line = Line::new(level, place, message);
                current().write(&line, level <= DebugLevel::Warn && switch() < DebugLevel::Info);
            })
        })
    });
}

/// The settings of the process are known: `init` was called, or the first error came.
pub(crate) fn configure(config: &Config, output: &str) {
    state().program = Some(Arc::new((config.clone(), output.to_owned())));
    install(&config.debug, Place::Settings);
}

/// Says the settings that [`configure`] was called with, and what is wrong with them.
pub(crate) fn start(diagnostics: &[RejectedValue]) {
    if is_on() {
        startup::claim();
        say_configuration();
    }
    for diagnostic in diagnostics {
        startup::diagnostic(diagnostic);
    }
}

fn say_configuration() {
    let program = state().program.clone();
    if let Some(program) = program {
        startup::configuration(&program.0, &program.1);
    }
}

/// Reads the environment, unless the settings are known. Returns whether calls are followed since then.
pub(crate) fn read_environment() -> bool {
    if state().config.is_some() {
        return false;
    }
    let (config, _) = config::resolve(Builder::new());
    install(&config.debug, Place::IfNone) && config.debug.abandoned.is_some()
}

/// In which place settings are installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Those of the process, instead of any before.
    Settings,
    /// Those of the environment, as long as there are no others: somebody asked before they are known.
    IfNone,
}

/// Installs settings; returns whether it did.
fn install(config: &DebugConfig, place: Place) -> bool {
    if config.enabled {
        startup::remember_calls();
    }
    let (before, problem) = {
        let mut state = state();
        // Asked under the lock: `init` may have come meanwhile.
        if place == Place::IfNone && state.config.is_some() {
            return false;
        }
        let before = (state.config.replace(config.clone()), state.log.take());
        if place == Place::Settings && config.decided_by == DecidedBy::Builder {
            state.set = None;
        }
        apply_level(&state);
        (before, abandoned::set(config.abandoned))
    };
    // It may hold a logger of the application's, which may come back here when it is dropped.
    drop(before);
    if let Some(problem) = problem {
        problem.write();
    }
    true
}

fn apply_level(state: &State) {
    let by_settings = match &state.config {
        Some(config) if config.enabled => DebugLevel::Debug,
        config => base_level(config.as_ref()),
    };
    LEVEL.store(state.set.map_or(by_settings, |(level, _)| level) as u8, Ordering::Relaxed);
}

/// The level while debug mode is off.
fn base_level(config: Option<&DebugConfig>) -> DebugLevel {
    config.map_or(DebugLevel::default(), |config| config.level)
}

/// Debug mode was switched on at run time.
fn begin() {
    startup::remember_calls();
    if state().program.is_some() && startup::claim() {
        say_configuration();
    }
}

/// The end of the program: what is left to say. Nothing may unwind out of the exit handler.
pub(crate) fn at_exit() {
    let _: Option<()> = guarded(say_the_rest);
}

fn say_the_rest() {
    if is_on() && !startup::is_claimed() {
        // No error left a tracked function, so the settings are not said yet.
        if state().program.is_none() {
            let (config, diagnostics) = config::resolve(Builder::new());
            configure(&config, &config.output.to_string());
            start(&diagnostics);
        }
    }
    abandoned::summary();
    if passes(DebugLevel::Error) {
        let left = failures().take();
        for (place, message) in left {
            write(DebugLevel::Error, place, &message);
        }
    }
    if is_on() {
        startup::end(NESTED.load(Ordering::Relaxed));
    }
}

// ------------------------------------------------------------------------------------------------
// Fork

/// Whether the log is that of the parent process.
static FORKED: AtomicBool = AtomicBool::new(false);

#[cfg(unix)]
thread_local! {
    /// The forking thread's hold on the state and on the failures, so that neither is locked for ever in
    /// the child.
    static HELD: std::cell::RefCell<Option<Held>> = const { std::cell::RefCell::new(None) };
}

#[cfg(unix)]
type Held = (MutexGuard<'static, State>, MutexGuard<'static, Failures>);

/// The locks are held for moments only, so waiting for them is.
#[cfg(unix)]
pub(crate) fn before_fork() {
    let both = (state(), failures());
    let _: Result<(), _> = HELD.try_with(|held| {
        if let Ok(mut held) = held.try_borrow_mut() {
            *held = Some(both);
        }
    });
}

#[cfg(unix)]
pub(crate) fn after_fork(in_child: bool) {
    if in_child {
        FORKED.store(true, Ordering::Relaxed);
        abandoned::in_child();
    }
    let _: Result<(), _> = HELD.try_with(|held| {
        if let Ok(mut held) = held.try_borrow_mut() {
            // What the parent has not said yet is the parent's to say.
            if let Some((_, failures)) = held.as_mut().filter(|_| in_child) {
                **failures = Failures::new();
            }
            *held = None;
        }
    });
}
