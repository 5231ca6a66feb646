//! Builder and environment → the resolved [`Config`], in the order of precedence.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::str::FromStr;

use super::debug::at_start;
use super::env::{self, Lookup, Read};
use super::resource_sources::resource;
use super::{
    Builder, Config, Delivery, Hooks, Output, RejectedValue, SpanUpdates, datadog_json,
    test_harness, unknown,
};
use crate::base::named::ParseSettingError;
use crate::model::BacktraceMode;

/// The settings of a builder and of the environment, and every unusable value.
pub(crate) fn resolve(builder: Builder) -> (Config, Vec<RejectedValue>) {
    let known = RefCell::new(BTreeSet::new());
    let lookup = |name: &str| {
        known.borrow_mut().insert(name.to_owned());
        environment(name)
    };
    let default_output = match builder.hooks.record_sink() {
        Some(_) => Output::default(),
        None => test_harness::default_output(),
    };
    let (config, mut rejected) = builder.resolve_with(&lookup, default_output);
    rejected.extend_from_slice(datadog_json::rejected());
    rejected.extend(unknown::names(&known.into_inner()));
    (config, rejected)
}

/// The variable, else its key in `datadog.json`.
fn environment(name: &str) -> Option<OsString> {
    let value = std::env::var_os(name);
    // An empty or blank variable counts as unset.
    let value = value.filter(|value| value.to_str().is_none_or(|text| !text.trim().is_empty()));
    value.or_else(|| datadog_json::value(name))
}

impl Builder {
    /// The same with the variables of `lookup`, for a program that runs no tests.
    pub(crate) fn resolve(
        self,
        lookup: &dyn Fn(&str) -> Option<OsString>,
    ) -> (Config, Vec<RejectedValue>) {
        self.resolve_with(lookup, Output::default())
    }

    fn resolve_with(
        self,
        lookup: &dyn Fn(&str) -> Option<OsString>,
        default_output: Output,
    ) -> (Config, Vec<RejectedValue>) {
        let mut rejected = Vec::new();
        let mut settings = Settings { lookup, rejected: &mut rejected };
        let format = settings.setting("TRACK_ERRORS_FORMAT", self.format);
        let resource = resource(&self, format, lookup, settings.rejected);
        let datadog_attributes = settings.read_or(
            "TRACK_ERRORS_DATADOG_ATTRIBUTES",
            env::switch,
            self.datadog_attributes,
            false,
        );
        let signals = settings.setting("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", None);
        let span = SpanUpdates { signals, ..self.hooks.span };
        let disabled = settings.read_or("OTEL_SDK_DISABLED", env::boolean, None, false);
        let output = settings.setting_or("TRACK_ERRORS_OUTPUT", self.output, default_output);
        // It is opened again, perhaps after the process has changed its directory.
        let output = match output {
            Output::File(path) => Output::at_path(at_start(path)),
            output => output,
        };
        // Only the thread of a test writes into its output, and it should not read symbols: a test may have a timeout.
        let (delivery, default_backtrace) = match output {
            Output::Test => (Delivery::Sync, BacktraceMode::Trail),
            _ => (self.delivery, BacktraceMode::default()),
        };
        let config = Config {
            enabled: !disabled,
            resource,
            format,
            datadog_attributes,
            backtrace: settings.setting_or(
                "TRACK_ERRORS_BACKTRACE",
                self.backtrace,
                default_backtrace,
            ),
            report: settings.setting("TRACK_ERRORS_REPORT", self.report),
            panics: settings.read_or("TRACK_ERRORS_PANICS", env::boolean, self.panics, false),
            rate_limit: settings.setting("TRACK_ERRORS_RATE_LIMIT", self.rate_limit),
            output,
            output_file: self.output_file.resolve(&mut settings),
            overflow: self.overflow,
            delivery,
            debug: self.debug.resolve(&mut settings),
            hooks: Hooks { span, ..self.hooks },
        };
        (config, rejected)
    }
}

/// Reads one setting after the other.
pub(super) struct Settings<'a> {
    pub(super) lookup: Lookup<'a>,
    pub(super) rejected: &'a mut Vec<RejectedValue>,
}

impl Settings<'_> {
    /// The builder's value, else the variable's. Always checks the variable: the user should see a wrong
    /// value before it takes effect. `used` replaces a wrong value.
    pub(super) fn read<T>(
        &mut self,
        name: &'static str,
        read: fn(Lookup<'_>, &'static str) -> Read<T>,
        built: Option<T>,
        used: impl ToString,
    ) -> Option<T> {
        let found = read(self.lookup, name).unwrap_or_else(|problem| {
            self.rejected.push(problem.using(used));
            None
        });
        built.or(found)
    }

    /// The same, with a default.
    pub(super) fn read_or<T: Copy + ToString>(
        &mut self,
        name: &'static str,
        read: fn(Lookup<'_>, &'static str) -> Read<T>,
        built: Option<T>,
        default: T,
    ) -> T {
        let default = built.unwrap_or(default);
        self.read(name, read, built, default).unwrap_or(default)
    }

    /// The same, with the type's own default.
    pub(super) fn setting<T>(&mut self, name: &'static str, built: Option<T>) -> T
    where
        T: FromStr<Err = ParseSettingError> + Default + ToString,
    {
        self.setting_or(name, built, T::default())
    }

    fn setting_or<T>(&mut self, name: &'static str, built: Option<T>, default: T) -> T
    where
        T: FromStr<Err = ParseSettingError> + ToString,
    {
        let used = built.as_ref().unwrap_or(&default).to_string();
        self.read(name, env::setting::<T>, built, used).unwrap_or(default)
    }
}

#[cfg(test)]
mod tests;
