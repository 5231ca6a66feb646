//! Debug mode: what this crate has to say about itself, kept apart from the error logs.
//!
//! By it a user finds out why an error does or does not show up. It is off by default; then only
//! warnings are written (a setting that cannot be used, a sink that fails), on stderr. It is switched
//! on by `DD_TRACE_DEBUG=true`, by [`Builder::debug`](crate::Builder::debug), or at any moment by
//! [`set_enabled`]. Then there is a line for the settings that the crate starts with, for each error
//! that leaves a tracked function, and for each batch that reaches a sink or does not:
//!
//! ```text
//! 2026-11-20 17:44:45,001 INFO [track_errors] [debug/startup.rs:160] - DATADOG TRACER CONFIGURATION - {…}
//! 2026-11-20 17:44:45,042 DEBUG [track_errors] [report/mod.rs:563] - error #f951e59d2e202be5 of kind std::io::Error left checkout::read_port at src/main.rs:7:45: logged, because it was not seen before (policy origin)
//! 2026-11-20 17:44:45,061 DEBUG [track_errors] [pipeline/writer.rs:180] - written: stdout, 1 record, 642 bytes, 84 µs, #f951e59d2e202be5
//! ```
//!
//! Lines go to the file of `DD_TRACE_LOG_FILE` or to one in the directory of
//! `DD_TRACE_LOG_DIRECTORY`, else to stderr, or to a [logger](DebugLogger) of the application's. They
//! hold no message of an error and no value of a field; keys are masked, and control characters are
//! escaped. This module never touches the global logger of `log` or of `tracing`.
//!
//! Source of it all: Datadog, "Tracer Debug Logs".

// Where things are: `layout` and `mask` make a line of a message; `log` hands it to the `logger`, to
// the `file` (in its `directory`) or to the console; `aggregate` keeps failures from flooding it.
// `startup`, `decision` and `abandoned` are what there is to say.
//
// Promises. Off, it costs one relaxed load where something could be said, and nothing on the `Ok`
// path. On, a line is written on the thread that says it, whose function may wait for the file, as long
// as that hangs; it never waits for another line longer than two seconds, never panics, and what it does
// is never tracked. All texts, lists and files are bounded.

pub(crate) mod abandoned;
mod aggregate;
mod decision;
mod directory;
mod file;
mod layout;
mod log;
mod logger;
mod mask;
mod startup;

use std::cell::Cell;
use std::fmt::Display;
use std::panic::Location;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

pub(crate) use decision::{Decision, Resolved, decided, undecided};
pub use layout::{DebugLayout, DebugLevel};
pub use logger::DebugLogger;
pub(crate) use logger::SharedLogger;

use crate::config::{Config, DebugConfig, DecidedBy, Destination, Diagnostic};
use crate::describe::guarded;
use crate::reentrancy::ignoring;
use crate::{mark, pipeline};
use aggregate::{Failure, Failures};
use layout::Line;
use log::{Log, Said};

/// The level up to which lines are written. Relaxed: lines count from "soon", and no other memory
/// hangs on it.
static LEVEL: AtomicU8 = AtomicU8::new(UNKNOWN);
/// Nobody has looked at the settings. Greater than any level, so that a line finds out.
const UNKNOWN: u8 = u8::MAX;

/// What is installed.
static STATE: Mutex<State> =
    Mutex::new(State { config: None, logger: None, log: None, said: None, set: None });

/// What this crate could not do, and has not said yet. Locked after the state where both are, and like
/// it for moments only.
static FAILURES: Mutex<Failures> = Mutex::new(Failures::new());

fn failures() -> MutexGuard<'static, Failures> {
    FAILURES.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug)]
struct State {
    /// The settings; `None` as long as nobody looked at the environment.
    config: Option<DebugConfig>,
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
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The log, made if there is none yet, or if the one that is there is that of the parent process.
fn current() -> Arc<Log> {
    // Forks are noticed from now on, also by a program that has not failed yet. Before the lock: the
    // system excludes forks by one of its own, under which it waits for this one.
    pipeline::prepare_shutdown();
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
fn passes(level: DebugLevel) -> bool {
    level as u8 <= LEVEL.load(Ordering::Relaxed)
}

fn switch() -> DebugLevel {
    let level = LEVEL.load(Ordering::Relaxed);
    DebugLevel::ALL.into_iter().find(|known| *known as u8 == level).unwrap_or_default()
}

// ------------------------------------------------------------------------------------------------
// What an application may call

/// Whether debug mode is on.
///
/// ```
/// assert!(!track_errors::debug::is_enabled());
/// ```
#[must_use]
pub fn is_enabled() -> bool {
    level() == DebugLevel::Debug
}

/// Switches debug mode on or off, at any moment and from any thread, without a variable.
///
/// Switched on before anything else was set up, it takes the rest of its settings (the file, the
/// layout) from the environment. The switch stands until somebody uses it again, or until
/// [`Builder::debug`](crate::Builder::debug) is installed.
///
/// Source: Datadog, "Tracer Debug Logs", sections "Python", "Scenario 5", and ".NET"
/// (`GlobalSettings.SetDebugEnabled`).
///
/// ```
/// use track_errors::debug;
///
/// debug::set_enabled(true);
/// assert!(debug::is_enabled());
/// debug::set_enabled(false);
/// assert!(!debug::is_enabled());
/// ```
pub fn set_enabled(enabled: bool) {
    ask_environment();
    let level = {
        let state = state();
        if enabled { DebugLevel::Debug } else { base_level(state.config.as_ref()) }
    };
    set(level, "debug::set_enabled");
}

/// Sets what is written: silences the lines of this crate, or lets more of them through, whatever
/// the level of the application's own log is.
///
/// [`DebugLevel::Debug`] is debug mode; [`DebugLevel::Off`] also silences warnings.
///
/// Source: Datadog, "Tracer Debug Logs", section "Python", "Scenario 1", note.
///
/// ```
/// use track_errors::debug::{self, DebugLevel};
///
/// debug::set_level(DebugLevel::Error);
/// assert_eq!(debug::level(), DebugLevel::Error);
/// ```
pub fn set_level(level: DebugLevel) {
    ask_environment();
    set(level, "debug::set_level");
}

fn set(level: DebugLevel, by: &'static str) {
    {
        let mut state = state();
        state.set = Some((level, by));
        apply_level(&state);
    }
    if level == DebugLevel::Debug {
        begin();
    }
}

/// What is written at this moment.
#[must_use]
pub fn level() -> DebugLevel {
    if LEVEL.load(Ordering::Relaxed) == UNKNOWN {
        ask_environment();
    }
    switch()
}

/// Hands all lines to a logger of the application's from now on.
///
/// Source: Datadog, "Tracer Debug Logs", section "Ruby" (`c.logger.instance`).
pub fn set_logger(logger: impl DebugLogger + 'static) {
    replace_logger(Some(SharedLogger::new(logger)));
}

/// Takes the logger of [`set_logger`] away: lines go where the settings say.
pub fn reset_logger() {
    replace_logger(None);
}

fn replace_logger(logger: Option<SharedLogger>) {
    let before = {
        let mut state = state();
        (std::mem::replace(&mut state.logger, logger), state.log.take())
    };
    // Code of the application's, which may come back here, and finds the state unlocked.
    drop(before);
}

/// Switches debug mode on, to the console (stderr), unless the application has given a logger or a
/// file; then it does nothing. Returns whether it did.
///
/// It need not be called: without a file, the console is where lines go. It is for a program that
/// wants to see them without a variable, and without touching what its users have set up. The global
/// logger of `log` or `tracing` is left alone in any case.
///
/// Source: Datadog, "Tracer Debug Logs", section "Python", "Scenario 3" (`logging.basicConfig()`).
///
/// ```
/// assert!(track_errors::debug::basic_config());
/// assert!(track_errors::debug::is_enabled());
/// ```
pub fn basic_config() -> bool {
    ask_environment();
    if !current().is_console() {
        return false;
    }
    set(DebugLevel::Debug, "debug::basic_config");
    true
}

/// Writes a line of the application's through this log, with the same marker.
///
/// The message is formatted only if its level is written. Control characters in it are escaped, and
/// what looks like a key of Datadog's is masked.
///
/// Source: Datadog, "Tracer Debug Logs", section "Ruby" (`Datadog::Tracing.logger.info`).
///
/// ```
/// use track_errors::debug::{self, DebugLevel};
///
/// debug::log(DebugLevel::Info, format_args!("{} workers", 4));
/// ```
#[track_caller]
pub fn log(level: DebugLevel, message: impl Display) {
    write(level, Location::caller(), &message);
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

fn write(level: DebugLevel, place: &'static Location<'static>, message: &dyn Display) {
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
pub(crate) fn start(config: &Config, output: &str, diagnostics: &[Diagnostic]) {
    install(&config.debug, Place::Settings);
    if is_on() || config.debug.abandoned.is_some() {
        pipeline::prepare_shutdown();
    }
    if is_on() {
        startup::claim();
        startup::configuration(config, output);
    }
    for diagnostic in diagnostics {
        startup::diagnostic(diagnostic);
    }
}

/// Looks at the environment, unless somebody has done so.
fn ask_environment() {
    if state().config.is_none() {
        let config = pipeline::debug_settings();
        install(&config, Place::IfNone);
    }
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

/// What is written while debug mode is off.
fn base_level(config: Option<&DebugConfig>) -> DebugLevel {
    let Some(config) = config else { return DebugLevel::default() };
    let default = if config.abandoned.is_some() { DebugLevel::Info } else { DebugLevel::default() };
    config.level.unwrap_or(default)
}

/// Debug mode was switched on at run time.
fn begin() {
    startup::remember_calls();
    pipeline::prepare_shutdown();
    pipeline::with_config(|config, output| {
        if startup::claim() {
            startup::configuration(config, output);
        }
    });
}

/// The end of the program: what is left to say. Nothing may unwind out of the exit handler.
pub(crate) fn at_exit() {
    let _: Option<()> = guarded(say_the_rest);
}

fn say_the_rest() {
    if is_on() && !startup::is_claimed() {
        // No error left a tracked function, so nobody has said which settings there are.
        pipeline::say_settings();
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

/// The working directory of the process when this crate was first called.
pub(crate) fn start_directory() -> Option<&'static Path> {
    static START: OnceLock<Option<std::path::PathBuf>> = OnceLock::new();
    START.get_or_init(|| std::env::current_dir().ok()).as_deref()
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
