use std::ffi::OsString;

use super::*;
use crate::config::Builder;

fn resolve(builder: Builder, variables: &[(&str, &str)]) -> (DebugConfig, Vec<String>) {
    let (config, diagnostics) = builder.resolve(&|name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| OsString::from(value))
    });
    (config.debug, diagnostics.iter().map(ToString::to_string).collect())
}

#[test]
fn debug_mode_is_off_by_default() {
    let (config, problems) = resolve(Builder::new(), &[]);
    assert_eq!(problems, [""; 0]);
    assert!(!config.enabled && config.startup_logs && config.abandoned.is_none());
    assert_eq!(config.decided_by, "default");
    assert_eq!(config.destination, Destination::Console);
    assert_eq!((config.level, config.layout), (DebugLevel::Warn, DebugLayout::Text));
    assert_eq!(config.logging_rate, Duration::from_secs(60));
}

#[test]
fn the_level_debug_is_debug_mode_unless_another_setting_switches_it_off() {
    let variable = ("DD_TRACE_LOG_LEVEL", "debug");
    let built = Builder::new().debug(DebugOptions::new().level(DebugLevel::Debug));
    for (builder, decided_by) in
        [(Builder::new(), "DD_TRACE_LOG_LEVEL"), (built, "DebugOptions::level")]
    {
        let (config, _) = resolve(builder, &[variable]);
        assert_eq!((config.enabled, config.decided_by), (true, decided_by));
        assert_eq!(config.level, DebugLevel::Info, "after it is switched off");
    }
    let off_by_variable = resolve(Builder::new(), &[variable, ("DD_TRACE_DEBUG", "false")]).0;
    let off_by_builder = resolve(Builder::new().debug(false), &[variable]).0;
    for config in [off_by_variable, off_by_builder] {
        assert!(!config.enabled);
        assert_eq!(config.level, DebugLevel::Info);
    }
}

#[test]
fn abandoned_calls_can_be_switched_off_in_code() {
    let variable = ("DD_TRACE_DEBUG_ABANDONED_SPANS", "true");
    assert_eq!(resolve(Builder::new(), &[variable]).0.abandoned, Some(ABANDONED));
    let off = Builder::new().debug(DebugOptions::new().abandoned(None));
    assert_eq!(resolve(off, &[variable]).0.abandoned, None);
}

#[test]
fn the_environment_sets_everything() {
    let (config, problems) = resolve(
        Builder::new(),
        &[
            ("DD_TRACE_DEBUG", "1"),
            ("DD_TRACE_LOG_LEVEL", "ERROR"),
            ("DD_TRACE_LOG_FORMAT", "json"),
            ("DD_TRACE_LOG_FILE", "/var/log/a.log"),
            ("DD_TRACE_LOG_FILE_SIZE_BYTES", "1000"),
            ("DD_TRACE_LOG_DIRECTORY", "/var/log"),
            ("DD_TRACE_LOGFILE_RETENTION_DAYS", "7"),
            ("DD_TRACE_STARTUP_LOGS", "false"),
            ("DD_LOGGING_RATE", "0"),
            ("DD_TRACE_DEBUG_ABANDONED_SPANS", "true"),
            ("DD_TRACE_ABANDONED_SPAN_TIMEOUT", "1h30m"),
        ],
    );
    assert_eq!(problems, [""; 0]);
    assert!(config.enabled && !config.startup_logs);
    assert_eq!(config.decided_by, "DD_TRACE_DEBUG");
    assert_eq!((config.level, config.layout), (DebugLevel::Error, DebugLayout::Json));
    let path = "/var/log/a.log".into();
    assert_eq!(config.destination, Destination::File { path, size: 1000 });
    assert_eq!(config.logging_rate, Duration::ZERO);
    assert_eq!(config.abandoned, Some(Duration::from_secs(5400)));
}

#[test]
fn options_in_code_override_the_environment() {
    let (config, problems) = resolve(
        Builder::new().debug(
            DebugOptions::new()
                .enabled(false)
                .level(DebugLevel::Off)
                .layout(DebugLayout::Text)
                .directory("/built")
                .file_size(1)
                .retention_days(2)
                .startup_logs(true)
                .logging_rate(Duration::from_millis(3))
                .abandoned(Duration::from_secs(4)),
        ),
        &[
            ("DD_TRACE_DEBUG", "true"),
            ("DD_TRACE_LOG_LEVEL", "info"),
            ("DD_TRACE_LOG_FORMAT", "json"),
            ("DD_TRACE_LOG_DIRECTORY", "/environment"),
            ("DD_TRACE_LOG_FILE_SIZE_BYTES", "10"),
            ("DD_TRACE_LOGFILE_RETENTION_DAYS", "20"),
            ("DD_TRACE_STARTUP_LOGS", "false"),
            ("DD_LOGGING_RATE", "30"),
            ("DD_TRACE_DEBUG_ABANDONED_SPANS", "false"),
            ("DD_TRACE_ABANDONED_SPAN_TIMEOUT", "40s"),
        ],
    );
    assert_eq!(problems, [""; 0]);
    assert!(!config.enabled && config.startup_logs);
    assert_eq!(config.decided_by, DebugConfig::BUILDER);
    assert_eq!((config.level, config.layout), (DebugLevel::Off, DebugLayout::Text));
    let destination = Destination::Directory { path: "/built".into(), size: 1, retention_days: 2 };
    assert_eq!(config.destination, destination);
    assert_eq!(config.logging_rate, Duration::from_millis(3));
    assert_eq!(config.abandoned, Some(Duration::from_secs(4)));
}

#[test]
fn every_wrong_value_is_reported_and_the_default_is_used() {
    let (config, problems) = resolve(
        Builder::new(),
        &[
            ("DD_TRACE_DEBUG", "maybe"),
            ("DD_TRACE_LOG_LEVEL", "loud"),
            ("DD_TRACE_LOG_FORMAT", "xml"),
            ("DD_TRACE_LOG_FILE_SIZE_BYTES", "15MB"),
            ("DD_TRACE_LOGFILE_RETENTION_DAYS", "-1"),
            ("DD_TRACE_STARTUP_LOGS", "2"),
            ("DD_LOGGING_RATE", "1m"),
            ("DD_TRACE_DEBUG_ABANDONED_SPANS", "10m"),
            ("DD_TRACE_ABANDONED_SPAN_TIMEOUT", "10 minutes"),
        ],
    );
    assert_eq!(
        problems,
        [
            "DD_TRACE_DEBUG is \"maybe\", which is not a boolean: expected true, 1, yes or t, \
             or false, 0, no or f; using false",
            "DD_TRACE_LOG_LEVEL is \"loud\", which is not a debug level: expected one of off, \
             error, warn, info, debug; using warn",
            "DD_TRACE_LOG_FORMAT is \"xml\", which is not a debug layout: expected one of \
             text, json; using text",
            "DD_TRACE_LOG_FILE_SIZE_BYTES is \"15MB\", which is not a whole number: expected a \
             whole number from 0; using 15728640",
            "DD_TRACE_LOGFILE_RETENTION_DAYS is \"-1\", which is not a whole number: expected \
             a whole number from 0; using 31",
            "DD_TRACE_STARTUP_LOGS is \"2\", which is not a boolean: expected true, 1, yes or \
             t, or false, 0, no or f; using true",
            "DD_LOGGING_RATE is \"1m\", which is not a whole number: expected a whole number \
             from 0; using 60",
            "DD_TRACE_DEBUG_ABANDONED_SPANS is \"10m\", which is not a boolean: expected true, \
             1, yes or t, or false, 0, no or f; using false",
            "DD_TRACE_ABANDONED_SPAN_TIMEOUT is \"10 minutes\", which is not a duration: \
             expected a duration longer than 0 such as 1h30m, 90s or 500ms; using 10m",
        ]
    );
    assert!(!config.enabled && config.startup_logs && config.abandoned.is_none());
}

#[test]
fn a_relative_path_is_made_absolute_and_a_named_file_overrides_a_directory() {
    let builder = Builder::new().debug(DebugOptions::new().directory("/var/log"));
    let (config, _) = resolve(builder, &[("DD_TRACE_LOG_FILE", "a.log")]);
    let Destination::File { path, .. } = config.destination else { panic!("a file") };
    assert!(path.is_absolute() && path.ends_with("a.log"), "{}", path.display());
}

#[test]
fn booleans_of_datadogs_other_libraries_are_accepted() {
    for (text, expected) in [
        ("true", true),
        ("TRUE", true),
        ("1", true),
        ("t", true),
        ("yes", true),
        ("false", false),
        ("0", false),
        ("F", false),
        ("no", false),
    ] {
        let (config, problems) = resolve(Builder::new(), &[("DD_TRACE_DEBUG", text)]);
        assert_eq!((config.enabled, problems.len()), (expected, 0), "{text}");
    }
}
