//! `builder`: settings made in code, and their resolution together with the environment.

use std::ffi::OsString;

use super::debug::{self, DebugSettings};
use super::env::{self, Lookup, Problem, Read};
use super::resource::{Resource, Tag};
use super::{Config, Delivery, Diagnostic, Output, Overflow};
use crate::base::named::ParseSettingError;
use crate::config::Format;
use crate::model::{BacktraceMode, RateLimit, ReportPolicy};

/// Settings made in code.
///
/// None is required. What is not set here comes from the environment, else from a default; what an
/// attribute sets for its function goes before both. A value that cannot be used (an empty service)
/// never stops the program: it is reported on standard error and passed over.
///
/// ```
/// use track_errors::{Builder, Format, Output};
///
/// let builder = Builder::new()
///     .service("checkout")
///     .env("prod")
///     .version(env!("CARGO_PKG_VERSION"))
///     .tag("team", "payments")
///     .format(Format::Otlp)
///     .output(Output::Stderr);
/// # let _ = builder;
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until it is installed"]
pub struct Builder {
    service: Option<String>,
    env: Option<String>,
    version: Option<String>,
    git_commit_sha: Option<String>,
    git_repository_url: Option<String>,
    tags: Vec<Tag>,
    resource_attributes: Vec<(String, String)>,
    format: Option<Format>,
    output: Option<Output>,
    backtrace: Option<BacktraceMode>,
    report: Option<ReportPolicy>,
    rate_limit: Option<RateLimit>,
    overflow: Overflow,
    delivery: Delivery,
    pub(super) debug: DebugSettings,
}

impl Builder {
    /// No setting at all.
    pub fn new() -> Self {
        // Relative paths of the debug mode are meant from here.
        debug::start_directory();
        Builder::default()
    }

    /// The service of every function whose attribute names none; at most 1,024 bytes.
    ///
    /// Before `DD_SERVICE`, `service` in `DD_TAGS`, `OTEL_SERVICE_NAME` and `service.name` in
    /// `OTEL_RESOURCE_ATTRIBUTES`. If none of them names a service, `datadog` uses the name of the executable
    /// without its extension, and `otlp` uses `unknown_service:` and its name.
    pub fn service(mut self, service: impl Into<String>) -> Self {
        self.service = Some(service.into());
        self
    }

    /// The environment that the program runs in, such as `prod`; at most 1,024 bytes.
    ///
    /// Before `DD_ENV`, `env` in `DD_TAGS` and `deployment.environment.name` in
    /// `OTEL_RESOURCE_ATTRIBUTES`. Default: none.
    pub fn env(mut self, env: impl Into<String>) -> Self {
        self.env = Some(env.into());
        self
    }

    /// The version of the program; at most 1,024 bytes.
    ///
    /// Before `DD_VERSION`, `version` in `DD_TAGS` and `service.version` in
    /// `OTEL_RESOURCE_ATTRIBUTES`. Default: none.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// The commit that the program was built from, by which Datadog finds the source code.
    ///
    /// Before `DD_GIT_COMMIT_SHA` and `git.commit.sha` in `DD_TAGS`. Default: none.
    pub fn git_commit_sha(mut self, sha: impl Into<String>) -> Self {
        self.git_commit_sha = Some(sha.into());
        self
    }

    /// The repository that the program was built from, by which Datadog finds the source code. A user
    /// name or password in the URL is dropped.
    ///
    /// Before `DD_GIT_REPOSITORY_URL` and `git.repository_url` in `DD_TAGS`. Default: none.
    pub fn git_repository_url(mut self, url: impl Into<String>) -> Self {
        self.git_repository_url = Some(url.into());
        self
    }

    /// A tag for every line of `datadog`; may be called again for more, also with the same key.
    ///
    /// It replaces the tags of that key in `DD_TAGS`. With an empty value the tag is the key alone.
    /// Commas and white space become underscores. All tags together have at most 16,384 bytes.
    pub fn tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push(Tag { key: key.into(), value: value.into() });
        self
    }

    /// An attribute of the resource for every line of `otlp`; may be called again for more.
    ///
    /// It replaces the attribute of that key in `OTEL_RESOURCE_ATTRIBUTES`. `telemetry.sdk.*` cannot be
    /// set: it says that this crate wrote the line. All attributes together have at most 16,384 bytes.
    pub fn resource_attribute(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.resource_attributes.push((key.into(), value.into()));
        self
    }

    /// The shape of a line. Before `TRACK_ERRORS_FORMAT`. Default: [`Format::Datadog`].
    pub fn format(mut self, format: Format) -> Self {
        self.format = Some(format);
        self
    }

    /// Where lines go. Before `TRACK_ERRORS_OUTPUT`. Default: [`Output::Stdout`].
    pub fn output(mut self, output: Output) -> Self {
        self.output = Some(output);
        self
    }

    /// Where the stack comes from. Before `TRACK_ERRORS_BACKTRACE`. Default:
    /// [`BacktraceMode::Native`].
    pub fn backtrace(mut self, backtrace: BacktraceMode) -> Self {
        self.backtrace = Some(backtrace);
        self
    }

    /// When an error that climbs through several tracked functions is logged, for functions outside of
    /// any boundary whose attribute does not say. Before `TRACK_ERRORS_REPORT`. Default: [`ReportPolicy::Origin`].
    pub fn report(mut self, report: ReportPolicy) -> Self {
        self.report = Some(report);
        self
    }

    /// How many errors of one kind a second one function may log, for functions whose attribute does not
    /// say; see [`RateLimit`]. Before `TRACK_ERRORS_RATE_LIMIT`. Default: 100.
    pub fn rate_limit(mut self, rate_limit: RateLimit) -> Self {
        self.rate_limit = Some(rate_limit);
        self
    }

    /// What happens to an error when the queue is full. Default: [`Overflow::DropNewest`].
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Who resolves, formats and writes. Default: [`Delivery::Worker`].
    pub fn delivery(mut self, delivery: Delivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// The settings together with those of the environment, and a diagnostic for each value of either
    /// that cannot be used.
    pub(crate) fn resolve(
        self,
        lookup: &dyn Fn(&str) -> Option<OsString>,
    ) -> (Config, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let mut settings = Settings { lookup, diagnostics: &mut diagnostics };
        let format = settings.setting("TRACK_ERRORS_FORMAT", self.format);
        let sources = Sources::read(&self, lookup, settings.diagnostics);
        let resource = sources.resource(&self, format, lookup, settings.diagnostics);
        let disabled = settings.read("OTEL_SDK_DISABLED", env::boolean, None, "false");
        let config = Config {
            enabled: !disabled.unwrap_or(false),
            resource,
            format,
            output: settings.setting("TRACK_ERRORS_OUTPUT", self.output),
            backtrace: settings.setting("TRACK_ERRORS_BACKTRACE", self.backtrace),
            report: settings.setting("TRACK_ERRORS_REPORT", self.report),
            rate_limit: settings.setting("TRACK_ERRORS_RATE_LIMIT", self.rate_limit),
            overflow: self.overflow,
            delivery: self.delivery,
            debug: self.debug.resolve(&mut settings),
        };
        (config, diagnostics)
    }
}

/// Reads settings that have a type of their own.
pub(super) struct Settings<'a> {
    pub(super) lookup: Lookup<'a>,
    pub(super) diagnostics: &'a mut Vec<Diagnostic>,
}

impl Settings<'_> {
    /// The builder's value, else that of the environment. The variable is checked in both cases: a
    /// wrong value is better seen before the day on which it would count.
    pub(super) fn read<T>(
        &mut self,
        name: &'static str,
        read: fn(Lookup<'_>, &'static str) -> Read<T>,
        built: Option<T>,
        used: impl ToString,
    ) -> Option<T> {
        let found = read(self.lookup, name).unwrap_or_else(|problem| {
            self.diagnostics.push(problem.using(used));
            None
        });
        built.or(found)
    }

    /// The same, with the type's own default.
    pub(super) fn setting<T>(&mut self, name: &'static str, built: Option<T>) -> T
    where
        T: std::str::FromStr<Err = ParseSettingError> + Default + ToString,
    {
        let used = built.as_ref().map_or_else(|| T::default().to_string(), T::to_string);
        self.read(name, env::setting::<T>, built, used).unwrap_or_default()
    }
}

/// The two lists, from the builder and from the environment, the builder's first.
struct Sources {
    tags: Vec<Tag>,
    attributes: Vec<(String, String)>,
    /// How many entries at the front of `tags` are the builder's.
    built_tags: usize,
    /// How many entries at the front of `attributes` are the builder's.
    built_attributes: usize,
}

/// What is taken out of the lists, because the line has a place of its own for it.
const OWN_TAGS: [&str; 5] = ["service", "env", "version", "git.commit.sha", "git.repository_url"];
const OWN_ATTRIBUTES: [&str; 6] = [
    "service.name",
    "service.version",
    "deployment.environment.name",
    "telemetry.sdk.name",
    "telemetry.sdk.language",
    "telemetry.sdk.version",
];

impl Sources {
    fn read(builder: &Builder, lookup: Lookup<'_>, diagnostics: &mut Vec<Diagnostic>) -> Sources {
        let mut tags = Vec::new();
        for tag in &builder.tags {
            let (key, value) = (tag.key.trim(), tag.value.trim());
            if key.is_empty() {
                let problem = Problem::new("Builder::tag", &tag.key, "is no key", "a key");
                diagnostics.push(problem.using("the other tags"));
                continue;
            }
            tags.push(Tag { key: key.to_owned(), value: value.to_owned() });
        }
        let mut attributes: Vec<(String, String)> = Vec::new();
        for (key, value) in &builder.resource_attributes {
            if key.trim().is_empty() {
                let name = "Builder::resource_attribute";
                let problem = Problem::new(name, key, "is no key", "a key");
                diagnostics.push(problem.using("the other attributes"));
                continue;
            }
            attributes.retain(|(earlier, _)| earlier != key);
            attributes.push((key.clone(), value.clone()));
        }
        let (built_tags, built_attributes) = (tags.len(), attributes.len());

        match env::tags(lookup, "DD_TAGS") {
            Ok((found, without_key)) => {
                if without_key > 0 {
                    let problem = format!("lacks a key in {without_key} of its entries");
                    let accepted = "key1:value1,key2:value2 or key1:value1 key2:value2";
                    let problem = Problem::new("DD_TAGS", "", problem, accepted);
                    diagnostics.push(problem.using("the other entries"));
                }
                let known = |key: &str| tags[..built_tags].iter().any(|tag| tag.key == key);
                let new: Vec<_> = found.into_iter().filter(|tag| !known(&tag.key)).collect();
                tags.extend(new);
            }
            Err(problem) => diagnostics.push(problem.using("no tags")),
        }
        match env::resource_attributes(lookup, "OTEL_RESOURCE_ATTRIBUTES") {
            Ok(found) => {
                for (key, value) in found.unwrap_or_default() {
                    // "Resource SDK", section "Merge": what the program says goes before this variable.
                    if attributes.iter().all(|(known, _)| *known != key) {
                        attributes.push((key, value));
                    }
                }
            }
            Err(problem) => diagnostics.push(problem.using("no attributes")),
        }
        Sources { tags, attributes, built_tags, built_attributes }
    }

    /// The value of a tag: the builder's if `built`, else that of the environment.
    fn tag(&self, built: bool, key: &str) -> Option<&str> {
        let (front, back) = self.tags.split_at(self.built_tags);
        let mut tags = if built { front } else { back }.iter();
        let tag = tags.find(|tag| tag.key == key && !tag.value.is_empty())?;
        Some(&tag.value)
    }

    /// The value of an attribute: the builder's if `built`, else that of the environment.
    fn attribute(&self, built: bool, key: &str) -> Option<&str> {
        let (front, back) = self.attributes.split_at(self.built_attributes);
        let mut attributes = if built { front } else { back }.iter();
        let (_, value) =
            attributes.find(|(known, value)| known == key && !value.trim().is_empty())?;
        Some(value)
    }

    fn resource(
        self,
        builder: &Builder,
        format: Format,
        lookup: Lookup<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Resource {
        let service = Name {
            setter: ("Builder::service", builder.service.as_deref()),
            variable: "DD_SERVICE",
            tag: "service",
            other_variable: Some("OTEL_SERVICE_NAME"),
            attributes: &["service.name"],
        };
        let mut problems = Vec::new();
        let mut resource = match service.find(&self, lookup, &mut problems) {
            Some(service) => Resource::new(&service),
            None => Resource::of_executable(executable().as_deref()),
        };
        let used = resource.service(format);
        diagnostics.extend(problems.into_iter().map(|problem| problem.using(used)));

        let mut find = |name: Name<'_>| {
            let mut problems = Vec::new();
            let found = name.find(&self, lookup, &mut problems);
            let used = found.as_deref().unwrap_or("none");
            diagnostics.extend(problems.into_iter().map(|problem| problem.using(used)));
            found
        };
        if let Some(env) = find(Name {
            setter: ("Builder::env", builder.env.as_deref()),
            variable: "DD_ENV",
            tag: "env",
            other_variable: None,
            // The second is the name that the first had before version 1.27 of the conventions.
            attributes: &["deployment.environment.name", "deployment.environment"],
        }) {
            resource = resource.with_env(&env);
        }
        if let Some(version) = find(Name {
            setter: ("Builder::version", builder.version.as_deref()),
            variable: "DD_VERSION",
            tag: "version",
            other_variable: None,
            attributes: &["service.version"],
        }) {
            resource = resource.with_version(&version);
        }
        for (tag, variable, setter) in [
            (
                "git.commit.sha",
                "DD_GIT_COMMIT_SHA",
                ("Builder::git_commit_sha", builder.git_commit_sha.as_deref()),
            ),
            (
                "git.repository_url",
                "DD_GIT_REPOSITORY_URL",
                ("Builder::git_repository_url", builder.git_repository_url.as_deref()),
            ),
        ] {
            if let Some(value) =
                find(Name { setter, variable, tag, other_variable: None, attributes: &[] })
            {
                resource = resource.with_git_tag(tag, &value);
            }
        }
        self.add_the_rest(&mut resource, diagnostics);
        resource
    }

    /// Adds what has no place of its own on the line.
    fn add_the_rest(self, resource: &mut Resource, diagnostics: &mut Vec<Diagnostic>) {
        let mut report = |name: &'static str, refused: usize| {
            if refused > 0 {
                let problem = format!("leaves no room for {refused} of its entries");
                let accepted = format!("at most {} bytes in all", Resource::MAX_BYTES);
                let mut problem = Problem::new(name, "", problem, accepted).using("the others");
                problem.value = None;
                diagnostics.push(problem);
            }
        };
        let tags = self.tags.into_iter();
        let refused = tags
            .filter(|tag| !OWN_TAGS.contains(&tag.key.as_str()))
            .filter(|tag| !resource.add_tag(tag.clone()))
            .count();
        report("DD_TAGS", refused);

        let mut refused = 0;
        for (key, value) in self.attributes {
            if !OWN_ATTRIBUTES.contains(&key.as_str()) && !resource.add_attribute(key, value) {
                refused += 1;
            }
        }
        report("OTEL_RESOURCE_ATTRIBUTES", refused);
    }
}

/// A name, and the places where it is looked for, in this order.
struct Name<'a> {
    setter: (&'static str, Option<&'a str>),
    variable: &'static str,
    tag: &'static str,
    other_variable: Option<&'static str>,
    attributes: &'static [&'static str],
}

impl Name<'_> {
    fn find(
        self,
        sources: &Sources,
        lookup: Lookup<'_>,
        problems: &mut Vec<Problem>,
    ) -> Option<String> {
        let attribute = |built| {
            let mut attributes = self.attributes.iter();
            let value = attributes.find_map(|key| sources.attribute(built, key))?;
            Some(env::short_name("OTEL_RESOURCE_ATTRIBUTES", value))
        };
        let tag = |built| Some(env::short_name("DD_TAGS", sources.tag(built, self.tag)?));
        let (setter, value) = self.setter;
        // Every place is read, also behind the one that counts, so that a wrong value is always said.
        let places = [
            value.map(|value| env::short_name(setter, value)),
            tag(true),
            attribute(true),
            env::name(lookup, self.variable).transpose(),
            tag(false),
            self.other_variable.and_then(|variable| env::name(lookup, variable).transpose()),
            attribute(false),
        ];
        let mut found = None;
        for place in places.into_iter().flatten() {
            match place {
                Ok(value) => found = found.or(Some(value)),
                Err(problem) => problems.push(problem),
            }
        }
        found
    }
}

/// The path of the running program, as far as it is known.
pub(crate) fn executable() -> Option<std::path::PathBuf> {
    std::env::current_exe().ok().or_else(|| std::env::args_os().next().map(Into::into))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(
            (config.report, config.rate_limit),
            (ReportPolicy::Origin, RateLimit::default())
        );
        assert_eq!(config.resource.env(), None);
        assert_eq!(config.resource.version(), None);
        assert_eq!(config.resource.ddtags(), "");
        let executable = executable().unwrap();
        assert_eq!(
            config.resource.service(Format::Datadog),
            executable.file_stem().unwrap().to_str().unwrap()
        );
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
                ("TRACK_ERRORS_FORMAT", "otlp"),
                ("TRACK_ERRORS_OUTPUT", "/tmp/errors"),
                ("TRACK_ERRORS_BACKTRACE", "trail"),
                ("TRACK_ERRORS_REPORT", "every"),
                ("TRACK_ERRORS_RATE_LIMIT", "off"),
            ],
        );
        assert!(!config.enabled);
        assert_eq!(config.format, Format::Otlp);
        assert_eq!(config.output, Output::File("/tmp/errors".into()));
        assert_eq!(config.backtrace, BacktraceMode::Trail);
        assert_eq!(config.report, ReportPolicy::Every);
        assert_eq!(config.rate_limit, RateLimit::Off);
        assert_eq!(config.resource.service(Format::Otlp), "shop");
        assert_eq!(
            config.resource.ddtags(),
            "env:prod,version:1.2.3,git.commit.sha:0a1b,\
             git.repository_url:https://example.com/s,team:payments,canary"
        );
        let attributes: Vec<_> = config.resource.attributes().collect();
        assert_eq!(attributes, [("host.name", "web 1")]);
    }

    #[test]
    fn the_builder_goes_before_the_environment() {
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
        let attributes: Vec<_> = config.resource.attributes().collect();
        assert_eq!(attributes, [("host.name", "built"), ("os.type", "linux")]);
    }

    #[test]
    fn names_are_looked_for_in_the_documented_order() {
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
            let resource = config(Builder::new(), variables).resource;
            let part = |text: Option<&str>| text.unwrap_or("none").to_owned();
            // What has a place of its own is on the line once.
            assert_eq!(resource.attributes().count(), 0);
            assert_eq!(resource.tags(), []);
            [
                resource.service(Format::Otlp).to_owned(),
                part(resource.env()),
                part(resource.version()),
            ]
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
    fn every_wrong_value_is_said_in_one_line_and_the_default_is_used() {
        let (config, diagnostics) = resolve(
            Builder::new(),
            &[
                ("DD_SERVICE", "shop"),
                ("DD_TAGS", ":secret-value"),
                ("OTEL_RESOURCE_ATTRIBUTES", "a=1,b"),
                ("OTEL_SDK_DISABLED", "yes"),
                ("TRACK_ERRORS_FORMAT", "xml"),
                ("TRACK_ERRORS_OUTPUT", "tcp://localhost:1"),
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
                "OTEL_SDK_DISABLED is \"yes\", which is not a boolean: expected true or false; \
                 using false",
                "TRACK_ERRORS_OUTPUT is \"tcp://localhost:1\", which is a network address, and \
                 network outputs are not available in this build: expected stdout, stderr, none or \
                 the path of a file; using stdout",
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
    fn a_wrong_variable_behind_the_builder_is_said_and_the_builder_counts() {
        let (config, diagnostics) = resolve(
            Builder::new().format(Format::Otlp).service("built"),
            &[("TRACK_ERRORS_FORMAT", "xml")],
        );
        assert_eq!(config.format, Format::Otlp);
        assert_eq!(diagnostics.len(), 1);
        assert!(diagnostics[0].ends_with("; using otlp"), "{diagnostics:?}");
    }

    #[test]
    fn a_name_that_cannot_be_used_is_passed_over_for_the_next() {
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
        assert_eq!(lines.len(), 25, "{lines:#?}");
        assert!(lines.contains(
            &"DD_SERVICE is \"sh\u{fffd}op\", which is not UTF-8: expected a text in UTF-8; using built"
                .to_owned()
        ));
    }

    #[test]
    fn the_old_name_of_the_environment_is_understood() {
        let variables = [("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=old")];
        let config = config(Builder::new(), &variables);
        assert_eq!(config.resource.env(), Some("old"));
    }

    #[test]
    fn attributes_of_this_sdk_cannot_be_claimed() {
        let variables = [("OTEL_RESOURCE_ATTRIBUTES", "telemetry.sdk.name=other,a=b")];
        let config = config(Builder::new(), &variables);
        assert_eq!(config.resource.attributes().collect::<Vec<_>>(), [("a", "b")]);
    }

    #[test]
    fn lists_that_are_too_long_are_cut_and_that_is_said() {
        let many = (0..5_000).map(|n| format!("k{n}:v")).collect::<Vec<_>>().join(",");
        let (config, diagnostics) = resolve(Builder::new(), &[("DD_TAGS", &many)]);
        let kept = config.resource.tags().len();
        assert!(config.resource.ddtags().len() <= Resource::MAX_BYTES);
        assert_eq!(
            diagnostics,
            [format!(
                "DD_TAGS has a value (not shown), which leaves no room for {} of its entries: \
                 expected at most 16384 bytes in all; using the others",
                5_000 - kept
            )]
        );
    }
}
