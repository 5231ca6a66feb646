//! `startup`: what the crate starts with, and what it ends with.
//!
//! One line `DATADOG TRACER CONFIGURATION - {json}`, one line `DATADOG TRACER DIAGNOSTICS - …` for each
//! setting that cannot be used. Source: Datadog, "Tracer Debug Logs", section "Review debug logs", and
//! the start-up logs of its other libraries, whose names the keys are.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, OnceLock};
use std::time::SystemTime;

use super::{DebugLevel, layout};
use crate::base::json;
use crate::config::{Config, DecidedBy, RejectedValue, datadog_json};
use crate::model::{BacktraceMode, Counters, counters};
use crate::stack::{self, Captured, SelfTest};

/// Bytes of all tags together; what is left out is counted.
const MAX_TAGS: usize = 8 * 1024;

/// Whether somebody has said the settings, or is about to. Relaxed: nothing else hangs on it.
static CLAIMED: AtomicBool = AtomicBool::new(false);

/// Whoever gets true is the first, and says the settings.
pub(super) fn claim() -> bool {
    !CLAIMED.swap(true, Ordering::Relaxed)
}

pub(super) fn is_claimed() -> bool {
    CLAIMED.load(Ordering::Relaxed)
}

/// The calls that were running when debug mode was first found to be on. At the end of the program,
/// where the settings may be said only then, `main` has returned, and nothing of the program runs.
static CALLS: OnceLock<Option<Captured>> = OnceLock::new();

/// Debug mode is on: keeps what the self-test needs, for whenever it is made.
pub(super) fn remember_calls() {
    CALLS.get_or_init(stack::running_calls);
}

/// Whether addresses can be put into words in this build.
struct Symbols {
    /// A function of the program was found by its address.
    names: bool,
    /// So were its file and line.
    lines: bool,
    /// The program has neither symbols nor debug info.
    stripped: bool,
    advice: &'static str,
}

impl Symbols {
    fn test() -> Self {
        /// The test reads the debug info of the whole program; once is enough.
        static TEST: LazyLock<SelfTest> =
            LazyLock::new(|| stack::self_test(CALLS.get_or_init(stack::running_calls).as_ref()));
        let SelfTest { names, lines, stripped } = *TEST;
        let advice = match () {
            () if stripped => {
                "the program is stripped: set strip = \"none\" and debug = \"limited\" (or \
                 \"line-tables-only\") in its [profile]; until then stacks show the tracked functions \
                 and, for all others, offsets that addr2line resolves with an unstripped program of \
                 the same build id"
            }
            () if names && lines => "",
            () if names => {
                "no line tables: set debug = \"limited\" (or \"line-tables-only\") in the program's \
                 [profile]; if it is set, set split-debuginfo = \"off\", or ship the split files \
                 beside the program"
            }
            () => {
                "symbols were found in the program's file, and no address could be resolved: set \
                 debug = \"limited\" and split-debuginfo = \"off\" in the program's [profile]"
            }
        };
        Symbols { names, lines, stripped, advice }
    }
}

/// Says what the crate starts with, unless that is switched off.
pub(super) fn configuration(config: &Config, output: &str) {
    if !config.debug.startup_logs {
        return;
    }
    let mut room = MAX_TAGS;
    let (tags, left_out): (Vec<_>, Vec<_>) =
        config.resource.tags().iter().map(|tag| layout::escaped(&super::mask::tag(tag))).partition(
            |tag| {
                room = room.saturating_sub(tag.len());
                room > 0
            },
        );
    let resource = &config.resource;
    // What the line would escape in JSON would not be JSON any more.
    let text = layout::escaped;
    let json = json::text(|line| {
        let now = layout::sayable(SystemTime::now());
        line.key("date").display(humantime::format_rfc3339_seconds(now));
        line.key("os_name").text(std::env::consts::OS);
        line.key("os_version").text(&os_version());
        line.key("architecture").text(std::env::consts::ARCH);
        line.key("version").text(env!("CARGO_PKG_VERSION"));
        line.key("lang").text("rust");
        line.key("env").text_or_null(resource.env().map(text).as_deref());
        line.key("service").text(&text(resource.service(config.format)));
        line.key("dd_version").text_or_null(resource.version().map(text).as_deref());
        line.key("enabled").bool(config.enabled);
        line.key("debug").bool(super::is_on());
        line.key("debug_decided_by").text(decided_by(config.debug.decided_by));
        line.key("debug_log").text(&text(&super::current().destination()));
        let timeout = config.debug.abandoned.map(|it| humantime::format_duration(it).to_string());
        line.key("abandoned_timeout").text_or_null(timeout.as_deref());
        line.key("format").text(config.format.as_str());
        line.key("output").text(&text(output));
        line.key("report").text(config.report.as_str());
        line.key("backtrace").text(config.backtrace.as_str());
        line.key("rate_limit").display(config.rate_limit);
        let Symbols { names, lines, stripped, advice } = Symbols::test();
        line.key("symbols").object(|symbols| {
            symbols.key("names").bool(names);
            symbols.key("lines").bool(lines);
            symbols.key("stripped").bool(stripped);
            symbols.key("advice").text(advice);
        });
        line.key("tags").displays(&tags);
        line.key("tags_left_out").integer(left_out.len() as u64);
        line.key("runtime_id").text(&RUNTIME_ID);
        line.key("features").displays(features());
    });
    super::write(
        DebugLevel::Info,
        std::panic::Location::caller(),
        &format_args!("DATADOG TRACER CONFIGURATION - {json}"),
    );
    if config.backtrace == BacktraceMode::Trail {
        let mode = config.backtrace;
        super::debug(&format_args!("no native frames are looked for: backtrace = {mode}"));
    }
    if !config.enabled {
        super::warn(&"no error is logged at all: OTEL_SDK_DISABLED=true");
    }
}

/// What switched debug mode on or off.
fn decided_by(decided_by: DecidedBy) -> &'static str {
    let by = super::state().set.map_or(decided_by.name(), |(_, by)| by);
    let is_set = std::env::var_os(by).is_some_and(|value| !value.is_empty());
    // The file stands in for a variable that is not set.
    if by.starts_with("DD_") && !is_set { datadog_json::NAME } else { by }
}

/// Says that a setting cannot be used.
pub(super) fn diagnostic(diagnostic: &RejectedValue) {
    if super::passes(DebugLevel::Info) {
        super::warn(&format_args!("DATADOG TRACER DIAGNOSTICS - {diagnostic}"));
    } else {
        super::warn(diagnostic);
    }
}

/// The last line of a program.
pub(super) fn end(nested: u64) {
    let Counters { logged, repeated, expected, handled, suppressed, dropped, .. } =
        counters::counters();
    super::debug(&format_args!(
        "the program ends; errors logged: {logged}, logged by another function or not yet: {repeated}, \
         expected: {expected}, handled: {handled}, suppressed: {suppressed}, dropped: {dropped}; \
         lines left out of this log, because they came from within it: {nested}"
    ));
}

/// The version of the system's kernel.
#[cfg(unix)]
fn os_version() -> String {
    use std::ffi::CStr;
    use std::mem::MaybeUninit;

    let mut name = MaybeUninit::<libc::utsname>::zeroed();
    // SAFETY: `uname` fills the structure that it is given, which is valid when zeroed: arrays of
    // characters. On success each of them ends with a NUL within its array.
    unsafe {
        if libc::uname(name.as_mut_ptr()) < 0 {
            return String::new();
        }
        CStr::from_ptr(name.assume_init_ref().release.as_ptr()).to_string_lossy().into_owned()
    }
}

#[cfg(not(unix))]
fn os_version() -> String {
    String::new()
}

/// A random UUID (version 4, RFC 9562) for this process.
static RUNTIME_ID: LazyLock<String> = LazyLock::new(|| {
    use std::hash::{BuildHasher, Hasher, RandomState};

    let random = || RandomState::new().build_hasher().finish();
    let (high, low) = (random(), random());
    let high = (high & !0xf000) | 0x4000;
    let low = (low & !(0b11 << 62)) | (0b10 << 62);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
});

/// The features that this crate was built with.
fn features() -> Vec<&'static str> {
    [
        ("cached-unwind", cfg!(feature = "cached-unwind")),
        ("serde_json", cfg!(feature = "serde_json")),
    ]
    .into_iter()
    .filter_map(|(name, enabled)| enabled.then_some(name))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runtime_id_is_a_random_uuid() {
        let parts: Vec<_> = RUNTIME_ID.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!(RUNTIME_ID.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&RUNTIME_ID.as_bytes()[19]));
    }
}
