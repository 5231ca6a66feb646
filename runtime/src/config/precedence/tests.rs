use super::*;
use crate::config::resource::executable;
use crate::config::{Format, Output, Resource};
use crate::model::{BacktraceMode, RateLimit, ReportPolicy};

/// Resolves against these variables and no others.
fn resolve(builder: Builder, variables: &[(&str, &str)]) -> (Config, Vec<String>) {
    let (config, diagnostics) = builder.resolve(&|name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| OsString::from(value))
    });
    (config, diagnostics.iter().map(ToString::to_string).collect())
}

/// The same, where nothing is wrong.
fn config(builder: Builder, variables: &[(&str, &str)]) -> Config {
    let (config, diagnostics) = resolve(builder, variables);
    assert_eq!(diagnostics, [""; 0]);
    config
}

#[test]
fn with_nothing_set_everything_has_its_default() {
    let config = config(Builder::new(), &[]);
    assert!(config.enabled);
    assert_eq!(config.format, Format::Datadog);
    assert_eq!(config.output, Output::Stdout);
    assert_eq!(config.backtrace, BacktraceMode::Native);
    assert_eq!((config.report, config.rate_limit), (ReportPolicy::Origin, RateLimit::default()));
    assert_eq!(config.resource.env(Format::Datadog), None);
    assert_eq!(config.resource.version(Format::Datadog), None);
    assert_eq!(config.resource.ddtags(), "");
    let executable = executable().unwrap();
    assert_eq!(
        config.resource.service(Format::Datadog),
        executable.file_stem().unwrap().to_str().unwrap()
    );
}

#[test]
fn the_output_of_a_test_is_written_by_its_thread_which_reads_no_symbols_by_default() {
    let of_test = |builder: Builder| builder.resolve_with(&|_| None, Output::Test).0;
    let config = of_test(Builder::new());
    assert_eq!((&config.output, config.delivery), (&Output::Test, Delivery::Sync));
    assert_eq!(config.backtrace, BacktraceMode::Trail);
    let config = of_test(Builder::new().backtrace(BacktraceMode::Native));
    assert_eq!(config.backtrace, BacktraceMode::Native);
    let config = of_test(Builder::new().output(Output::Stdout));
    assert_eq!((&config.output, config.delivery), (&Output::Stdout, Delivery::Worker));
    assert_eq!(config.backtrace, BacktraceMode::Native);
}

#[test]
fn the_environment_sets_everything() {
    let config = config(
        Builder::new(),
        &[
            ("DD_SERVICE", " shop "),
            ("DD_ENV", "prod"),
            ("DD_VERSION", "1.2.3"),
            ("DD_TAGS", "team:payments,canary"),
            ("DD_GIT_COMMIT_SHA", "0a1b"),
            ("DD_GIT_REPOSITORY_URL", "https://t@example.com/s"),
            ("OTEL_RESOURCE_ATTRIBUTES", "host.name=web%201"),
            ("OTEL_SDK_DISABLED", "TRUE"),
            ("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", "logs/dup"),
            ("TRACK_ERRORS_FORMAT", "otlp"),
            ("TRACK_ERRORS_DATADOG_ATTRIBUTES", "yes"),
            ("TRACK_ERRORS_OUTPUT", "/tmp/errors"),
            ("TRACK_ERRORS_OUTPUT_MAX_BYTES", "1000"),
            ("TRACK_ERRORS_BACKTRACE", "trail"),
            ("TRACK_ERRORS_REPORT", "every"),
            ("TRACK_ERRORS_RATE_LIMIT", "off"),
            ("TRACK_ERRORS_PANICS", "true"),
        ],
    );
    assert!(!config.enabled);
    assert_eq!((config.format, config.datadog_attributes), (Format::Otlp, true));
    assert_eq!(config.output, Output::File("/tmp/errors".into()));
    assert_eq!(config.output_file.max_bytes, 1000);
    assert_eq!(config.backtrace, BacktraceMode::Trail);
    assert_eq!(config.report, ReportPolicy::Every);
    assert_eq!(config.rate_limit, RateLimit::Off);
    assert!(config.panics);
    assert_eq!(config.resource.service(Format::Otlp), "shop");
    assert_eq!(config.resource.env(Format::Otlp), Some("prod"));
    assert_eq!(config.resource.version(Format::Otlp), Some("1.2.3"));
    assert_eq!(config.resource.git_commit(), Some("0a1b"));
    assert_eq!(config.resource.git_repository(), Some("https://example.com/s"));
    assert_eq!(attributes(&config), ["team=payments", "canary=", "host.name=web 1"]);
}

/// The further attributes of the resource: `key=value`, or `key=value1;value2`.
fn attributes(config: &Config) -> Vec<String> {
    let attributes = config.resource.attributes().iter();
    attributes.map(|(key, values)| format!("{key}={}", values.join(";"))).collect()
}

#[test]
fn tags_are_attributes_in_otlp_and_override_those_of_the_environment() {
    let config = config(
        Builder::new().format(Format::Otlp).resource_attribute("region", "built").tag("a", "built"),
        &[
            ("DD_TAGS", "team:payments,team:Shop EU,region:tag,a:tag,service.name:x"),
            ("OTEL_RESOURCE_ATTRIBUTES", "team=attribute,host.name=web-1,a=attribute"),
        ],
    );
    assert_eq!(
        attributes(&config),
        ["region=built", "a=built", "team=payments;Shop EU", "host.name=web-1"]
    );
}

#[test]
fn a_commit_and_a_repository_may_come_from_attributes() {
    let attributes = "vcs.ref.head.revision=0a1b,vcs.repository.url.full=https://b@example.com/s";
    let config = config(Builder::new(), &[("OTEL_RESOURCE_ATTRIBUTES", attributes)]);
    let tags = "git.commit.sha:0a1b,git.repository_url:https://example.com/s";
    assert_eq!(config.resource.ddtags(), tags);
}

#[test]
fn what_datadog_would_cut_is_cut_and_reported_once_each() {
    let long = "x".repeat(201);
    let variables = [
        ("DD_SERVICE", &*long),
        ("DD_ENV", &*long),
        ("DD_TAGS", &*format!("a:{long},b:{long},c:{}", "x".repeat(198))),
    ];
    let (config, diagnostics) = resolve(Builder::new(), &variables);
    assert_eq!(config.resource.service(Format::Datadog), &long[..100]);
    assert_eq!(config.resource.env(Format::Datadog), Some(&long[..196]));
    let lengths: Vec<_> = config.resource.ddtags().split(',').map(str::len).collect();
    assert_eq!(lengths, [200; 4]);
    let shown = "x".repeat(100);
    assert_eq!(
        diagnostics,
        [
            format!(
                "DD_SERVICE is \"{shown}…\", which is longer than Datadog keeps: expected at most \
                 100 characters; using its first 100 characters"
            ),
            format!(
                "DD_ENV is \"{shown}…\", which is longer than Datadog keeps: expected at most 196 \
                 characters; using its first 196 characters"
            ),
            "DD_TAGS has a value (not shown), which is longer than Datadog keeps in 2 of its \
             entries: expected at most 200 characters each; using their first 200 characters"
                .to_owned(),
        ]
    );
    let (config, diagnostics) = resolve(Builder::new().format(Format::Otlp), &variables);
    assert_eq!((config.resource.service(Format::Otlp), diagnostics.len()), (&*long, 0));
}

#[test]
fn no_diagnostic_shows_the_password_of_a_repository() {
    let url = "https://me:token@example.com/shop";
    let long = format!("{url}{}", "x".repeat(1_024));
    for (built, variable) in [(&*long, url), (url, &*long)] {
        let builder = Builder::new().git_repository_url(built);
        let (_, diagnostics) = resolve(builder, &[("DD_GIT_REPOSITORY_URL", variable)]);
        assert_eq!(diagnostics.len(), 1, "{diagnostics:?}");
        assert!(diagnostics[0].ends_with("using https://example.com/shop"), "{diagnostics:?}");
        assert!(!diagnostics[0].contains("token"), "{diagnostics:?}");
    }
}

#[test]
fn a_relative_file_is_in_the_directory_of_the_start() {
    let config = config(Builder::new(), &[("TRACK_ERRORS_OUTPUT", "logs/a.jsonl")]);
    let start = std::env::current_dir().unwrap();
    assert_eq!(config.output, Output::File(start.join("logs/a.jsonl")));
}

#[test]
fn the_builder_overrides_the_environment() {
    let config = config(
        Builder::new()
            .service("built")
            .env("test")
            .version("2")
            .git_commit_sha("b")
            .git_repository_url("https://b")
            .tag("team", "built")
            .tag("team", "twice")
            .resource_attribute("host.name", "built")
            .format(Format::Datadog)
            .output(Output::Stderr)
            .backtrace(BacktraceMode::Carried),
        &[
            ("DD_SERVICE", "shop"),
            ("DD_ENV", "prod"),
            ("DD_VERSION", "1"),
            ("DD_TAGS", "team:payments,region:eu"),
            ("DD_GIT_COMMIT_SHA", "e"),
            ("DD_GIT_REPOSITORY_URL", "https://e"),
            ("OTEL_RESOURCE_ATTRIBUTES", "host.name=web-1,os.type=linux"),
            ("TRACK_ERRORS_FORMAT", "otlp"),
            ("TRACK_ERRORS_OUTPUT", "none"),
            ("TRACK_ERRORS_BACKTRACE", "carried"),
        ],
    );
    assert_eq!(config.format, Format::Datadog);
    assert_eq!(config.output, Output::Stderr);
    assert_eq!(config.backtrace, BacktraceMode::Carried);
    assert_eq!(config.resource.service(Format::Datadog), "built");
    assert_eq!(
        config.resource.ddtags(),
        "env:test,version:2,git.commit.sha:b,git.repository_url:https://b,\
         team:built,team:twice,region:eu"
    );
}

#[test]
fn the_sources_of_a_name_have_the_documented_order() {
    let attributes = "service.name=attr,service.version=attr,deployment.environment.name=attr";
    let mut variables = vec![
        ("DD_SERVICE", "dd"),
        ("DD_ENV", "dd"),
        ("DD_VERSION", "dd"),
        ("DD_TAGS", "service:tag,env:tag,version:tag"),
        ("OTEL_SERVICE_NAME", "otel"),
        ("OTEL_RESOURCE_ATTRIBUTES", attributes),
    ];
    let names = |variables: &[(&str, &str)]| {
        let format = Format::Otlp;
        let resource = config(Builder::new().format(format), variables).resource;
        let part = |text: Option<&str>| text.unwrap_or("none").to_owned();
        // A line has each of them once.
        assert_eq!(resource.attributes(), []);
        assert_eq!(resource.tags(), []);
        [Some(resource.service(format)), resource.env(format), resource.version(format)].map(part)
    };
    assert_eq!(names(&variables), ["dd", "dd", "dd"]);
    variables.drain(..3);
    assert_eq!(names(&variables), ["tag", "tag", "tag"]);
    variables.remove(0);
    assert_eq!(names(&variables), ["otel", "attr", "attr"]);
    variables.remove(0);
    assert_eq!(names(&variables), ["attr", "attr", "attr"]);
    variables.remove(0);
    assert!(names(&variables)[0].starts_with("unknown_service:"));
}

#[test]
fn an_empty_or_blank_variable_counts_as_unset() {
    for empty in ["", "  "] {
        let config = config(
            Builder::new(),
            &[
                ("DD_SERVICE", empty),
                ("OTEL_SERVICE_NAME", "shop"),
                ("DD_TAGS", empty),
                ("OTEL_RESOURCE_ATTRIBUTES", empty),
                ("OTEL_SDK_DISABLED", empty),
                ("TRACK_ERRORS_FORMAT", empty),
                ("TRACK_ERRORS_OUTPUT", empty),
                ("TRACK_ERRORS_RATE_LIMIT", empty),
            ],
        );
        assert_eq!(config.resource.service(Format::Datadog), "shop");
        assert!(config.enabled);
    }
}

#[test]
fn every_wrong_value_is_reported_in_one_line_and_the_default_is_used() {
    let (config, diagnostics) = resolve(
        Builder::new(),
        &[
            ("DD_SERVICE", "shop"),
            ("DD_TAGS", ":secret-value"),
            ("OTEL_RESOURCE_ATTRIBUTES", "a=1,b"),
            ("OTEL_SDK_DISABLED", "yes"),
            ("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", "spans"),
            ("TRACK_ERRORS_FORMAT", "xml"),
            ("TRACK_ERRORS_OUTPUT", "stdot"),
            ("TRACK_ERRORS_BACKTRACE", "1"),
            ("TRACK_ERRORS_REPORT", "always"),
            ("TRACK_ERRORS_RATE_LIMIT", "0"),
        ],
    );
    assert_eq!(
        diagnostics,
        [
            "TRACK_ERRORS_FORMAT is \"xml\", which is not a format: expected one of datadog, \
             otlp; using datadog",
            "DD_TAGS has a value (not shown), which lacks a key in 1 of its entries: expected \
             key1:value1,key2:value2 or key1:value1 key2:value2; using the other entries",
            "OTEL_RESOURCE_ATTRIBUTES has a value (not shown), which is not a list of attributes (entry 2 \
             has no \"=\"): expected key1=value1,key2=value2, other characters percent-encoded; \
             using no attributes",
            "OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN is \"spans\", which is not a signal of exceptions: \
             expected one of logs, logs/dup; using logs",
            "OTEL_SDK_DISABLED is \"yes\", which is not a boolean: expected true or false; \
             using false",
            &format!(
                "TRACK_ERRORS_OUTPUT is \"stdot\", which is no output (did you mean stdout?): expected \
                 {}; using stdout",
                Output::ACCEPTED,
            ),
            "TRACK_ERRORS_BACKTRACE is \"1\", which is not a backtrace mode: expected one of \
             native, carried, trail; using native",
            "TRACK_ERRORS_REPORT is \"always\", which is not a report policy: expected one of \
             origin, every; using origin",
            "TRACK_ERRORS_RATE_LIMIT is \"0\", which is not a rate limit: expected a whole \
             number from 1 (errors a second, function and kind) or off; using 100",
        ]
    );
    assert!(config.enabled);
    assert_eq!(config.format, Format::Datadog);
    assert_eq!(config.output, Output::Stdout);
}

#[test]
fn a_wrong_variable_that_the_builder_overrides_is_reported() {
    let (config, diagnostics) = resolve(
        Builder::new().format(Format::Otlp).service("built"),
        &[("TRACK_ERRORS_FORMAT", "xml")],
    );
    assert_eq!(config.format, Format::Otlp);
    assert_eq!(diagnostics.len(), 1);
    assert!(diagnostics[0].ends_with("; using otlp"), "{diagnostics:?}");
}

#[test]
fn after_a_name_that_cannot_be_used_the_next_source_is_used() {
    let long = "x".repeat(Resource::MAX_NAME + 1);
    let (config, diagnostics) = resolve(
        Builder::new().service("").env("prod").tag(" ", "x"),
        &[("DD_SERVICE", &long), ("OTEL_SERVICE_NAME", "shop")],
    );
    assert_eq!(config.resource.service(Format::Datadog), "shop");
    assert_eq!(
        diagnostics[1..],
        [
            "Builder::service is \"\", which is empty: expected a name; using shop".to_owned(),
            format!(
                "DD_SERVICE is \"{}…\", which is too long: expected at most 1024 bytes; using shop",
                "x".repeat(100)
            ),
        ]
    );
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_utf_8_is_a_wrong_value() {
    use std::os::unix::ffi::OsStringExt as _;

    let bytes = || OsString::from_vec(b"sh\xffop".to_vec());
    let (config, diagnostics) = Builder::new().service("built").resolve(&|_| Some(bytes()));
    assert_eq!(config.resource.service(Format::Datadog), "built");
    assert_eq!(config.output, Output::Stdout);
    let lines: Vec<_> = diagnostics.iter().map(ToString::to_string).collect();
    // Every variable is read once.
    assert_eq!(lines.len(), 32, "{lines:#?}");
    assert!(lines.contains(
        &"DD_SERVICE is \"sh\u{fffd}op\", which is not UTF-8: expected a text in UTF-8; using built"
            .to_owned()
    ));
}

#[test]
fn the_old_name_of_the_environment_attribute_is_understood() {
    let variables = [("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=old")];
    let config = config(Builder::new(), &variables);
    assert_eq!(config.resource.env(Format::Datadog), Some("old"));
}

#[test]
fn attributes_of_this_sdk_cannot_be_set() {
    let variables = [("OTEL_RESOURCE_ATTRIBUTES", "telemetry.sdk.name=other,a=b")];
    let config = config(Builder::new().format(Format::Otlp), &variables);
    assert_eq!(attributes(&config), ["a=b"]);
}

#[test]
fn lists_that_are_too_long_are_cut_and_reported() {
    let many = (0..5_000).map(|n| format!("k{n}:v")).collect::<Vec<_>>().join(",");
    let (config, diagnostics) = resolve(Builder::new(), &[("DD_TAGS", &many)]);
    assert_eq!((config.resource.tags().len(), config.resource.tags_left_out()), (100, 4_900));
    assert_eq!(
        diagnostics,
        ["DD_TAGS has a value (not shown), which leaves no room for 4900 of its entries: \
          expected at most 100 tags and 16384 bytes in all; using the others"]
    );
    let (config, diagnostics) = resolve(Builder::new().format(Format::Otlp), &[("DD_TAGS", &many)]);
    let kept = config.resource.attributes().len();
    assert_eq!(config.resource.attributes_left_out() as usize, 5_000 - kept);
    assert_eq!(
        diagnostics,
        [format!(
            "DD_TAGS has a value (not shown), which leaves no room for {} of its entries: \
             expected at most 16384 bytes in all; using the others",
            5_000 - kept
        )]
    );
}
