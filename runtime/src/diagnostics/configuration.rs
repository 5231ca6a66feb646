//! `configuration`: the content of the start-up line, `DATADOG TRACER CONFIGURATION - {json}`.
//!
//! Source: Datadog, "Tracer Debug Logs", section "Review debug logs", and the start-up logs of its other
//! libraries, which define the names of the keys.

use std::time::SystemTime;

use super::state::{Outlet, outlet, state};
use super::{is_on, layout, mask, say};
use crate::base::json;
use crate::base::once_box::OnceBox;
use crate::base::random::random;
use crate::config::{DebugConfig, datadog_json};
use crate::model::BacktraceMode;
use crate::stack::{self, Captured, SelfTest};

/// Bytes of all tags together; omitted tags are counted.
const MAX_TAGS: usize = 8 * 1024;

/// The calls that ran when debug mode was first on. The line itself may come after `main` has returned, when
/// no function of the program runs any more.
static CALLS: OnceBox<Option<Captured>> = OnceBox::new();

/// Keeps the calls for the self-test, once debug mode is on.
pub(super) fn remember_calls() {
    CALLS.get_or_init(stack::running_calls);
}

/// Whether stacks have names, files and lines in this build. Resolves calls of the program: this crate may
/// have been built with other debug info. Cached, because the test reads the debug info of the whole program.
fn self_test() -> &'static SelfTest {
    static SELF_TEST: OnceBox<SelfTest> = OnceBox::new();
    SELF_TEST.get_or_init(|| stack::self_test(CALLS.get_or_init(stack::running_calls).as_ref()))
}

/// How to get better stacks; empty if they are good.
fn advice(test: &SelfTest) -> &'static str {
    match test {
        SelfTest { stripped: true, .. } => {
            "the program is stripped: set strip = \"none\" and debug = \"limited\" (or \
             \"line-tables-only\") in its [profile]; until then stacks show the tracked functions \
             and, for all others, offsets that addr2line resolves with an unstripped program of \
             the same build id"
        }
        SelfTest { names: true, lines: true, .. } => "",
        SelfTest { names: true, .. } => {
            "no line tables: set debug = \"limited\" (or \"line-tables-only\") in the program's \
             [profile]; if it is set, set split-debuginfo = \"off\", or ship the split files \
             beside the program"
        }
        _ => {
            "symbols were found in the program's file, and no address could be resolved: set \
             debug = \"limited\" and split-debuginfo = \"off\" in the program's [profile]"
        }
    }
}

/// Writes the start-up line, once the pipeline has started, unless a setting disables it.
pub(super) fn write() {
    let Some(program) = state().program.clone() else { return };
    let (config, output) = &*program;
    if !config.debug.startup_logs {
        return;
    }
    // The line escapes control characters, which would break JSON.
    let text = layout::escaped;
    let resource = &config.resource;
    let tags = resource.tags().iter().map(|tag| text(&mask::tag(tag)));
    let mut room = MAX_TAGS;
    let (tags, left_out): (Vec<_>, Vec<_>) = tags.partition(|tag| {
        room = room.saturating_sub(tag.len());
        room > 0
    });
    let json = json::text(|line| {
        let now = layout::sayable(SystemTime::now());
        line.key("date").display(humantime::format_rfc3339_seconds(now));
        line.key("os_name").text(std::env::consts::OS);
        line.key("os_version").text(&os_version());
        line.key("architecture").text(std::env::consts::ARCH);
        line.key("version").text(env!("CARGO_PKG_VERSION"));
        line.key("lang").text("rust");
        line.key("env").text_or_null(resource.env(config.format).map(text).as_deref());
        line.key("service").text(&text(resource.service(config.format)));
        line.key("dd_version").text_or_null(resource.version(config.format).map(text).as_deref());
        line.key("enabled").bool(config.enabled);
        line.key("debug").bool(is_on());
        line.key("debug_decided_by").text(decided_by(&config.debug));
        line.key("debug_log").text(&text(&destination()));
        let timeout = config.debug.abandoned.map(|it| humantime::format_duration(it).to_string());
        line.key("abandoned_timeout").text_or_null(timeout.as_deref());
        line.key("format").text(config.format.as_str());
        line.key("output").text(&text(output));
        line.key("report").text(config.report.as_str());
        line.key("backtrace").text(config.backtrace.as_str());
        line.key("panics").bool(config.panics);
        line.key("rate_limit").display(config.rate_limit);
        let test = self_test();
        line.key("symbols").object(|symbols| {
            symbols.key("names").bool(test.names);
            symbols.key("lines").bool(test.lines);
            symbols.key("stripped").bool(test.stripped);
            symbols.key("advice").text(advice(test));
        });
        line.key("tags").displays(&tags);
        line.key("tags_left_out").integer(left_out.len() as u64);
        line.key("runtime_id").text(&runtime_id());
        let features = FEATURES.iter().filter(|(_, is_enabled)| *is_enabled);
        line.key("features").displays(features.map(|(name, _)| name));
    });
    say!(Info, "DATADOG TRACER CONFIGURATION - {json}");
    if config.backtrace == BacktraceMode::Trail {
        say!(Debug, "no native frames are looked for: backtrace = {}", config.backtrace);
    }
}

/// The setting that switched debug mode on or off.
fn decided_by(config: &DebugConfig) -> &'static str {
    let by = state().set.map_or(config.decided_by, |(_, by)| by);
    let is_set = std::env::var_os(by).is_some_and(|value| !value.is_empty());
    // The file replaces a variable that is not set.
    if by.starts_with("DD_") && !is_set { datadog_json::NAME } else { by }
}

/// Destination of the lines.
fn destination() -> String {
    let Outlet { logger, log, .. } = outlet();
    match logger {
        Some(logger) if logger.has_panicked() => "stderr".to_owned(),
        Some(_) => "a logger of the application's".to_owned(),
        None => log.name(),
    }
}

/// The version of the kernel; empty outside Linux.
fn os_version() -> String {
    let version = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    version.trim_end().to_owned()
}

/// A random UUID (version 4, RFC 9562) for this process, which has one start-up line.
fn runtime_id() -> String {
    let [a, b, c, d, e] = [32, 16, 12, 14, 48].map(|bits| random() >> (64 - bits));
    format!("{a:08x}-{b:04x}-4{c:03x}-{:04x}-{e:012x}", 0x8000 | d)
}

/// The features of this crate, and whether it was built with them.
const FEATURES: [(&str, bool); 9] = [
    ("abandoned-calls", cfg!(feature = "abandoned-calls")),
    ("cached-unwind", cfg!(feature = "cached-unwind")),
    ("error-stack", cfg!(feature = "error-stack")),
    ("log", cfg!(feature = "log")),
    ("metrics", cfg!(feature = "metrics")),
    ("net", cfg!(feature = "net")),
    ("opentelemetry", cfg!(feature = "opentelemetry")),
    ("serde_json", cfg!(feature = "serde_json")),
    ("tracing", cfg!(feature = "tracing")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_features_are_known() {
        let manifest = include_str!("../../Cargo.toml");
        let features = manifest.split_once("[features]\n").unwrap().1.split("\n[").next().unwrap();
        let names = features.lines().filter_map(|line| line.split_once(" = ")).map(|line| line.0);
        let mut names: Vec<_> = names.filter(|name| *name != "default").collect();
        names.sort_unstable();
        assert_eq!(names, FEATURES.map(|(name, _)| name));
    }

    #[test]
    fn the_runtime_id_is_a_random_uuid() {
        let id = runtime_id();
        let parts: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&id.as_bytes()[19]));
    }
}
