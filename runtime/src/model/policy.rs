//! Settings of attributes and of the process: when to log an error, how many, and with which stack.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

use crate::base::named::{self, ParseSettingError, named};

/// Where the stack of an error log comes from.
///
/// The stack always has the return trail: the tracked functions that the error left, each with file, line and
/// column of its `?`. The compiler knows the trail, so it is exact in async code, with inlining and in
/// stripped programs. `TRACK_ERRORS_BACKTRACE` accepts the names.
///
/// ```
/// use track_errors::BacktraceMode;
///
/// assert_eq!("trail".parse(), Ok(BacktraceMode::Trail));
/// assert_eq!(BacktraceMode::default(), BacktraceMode::Native);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum BacktraceMode {
    /// The trail, with the native frames between and below its steps: all running functions, with names and
    /// lines from the program's symbols. The default.
    #[default]
    Native,
    /// The backtrace that the error itself carries (`anyhow`, `eyre`, `snafu`, `error-stack`; they capture
    /// one if `RUST_BACKTRACE` is set), else as `Native`. It is available only as text, so the failing thread
    /// waits for its symbols. The record also has the places that the error carries, among its
    /// [attachments](crate::ErrorRecord::attachments).
    Carried,
    /// The trail alone. The cheapest.
    Trail,
}

named!(BacktraceMode parsed as "backtrace mode" {
    Native = "native",
    Carried = "carried",
    Trail = "trail",
});

/// When to log an error that climbs through several tracked functions, outside of any boundary.
///
/// `TRACK_ERRORS_REPORT` accepts the names. The attribute's `report` also accepts `"boundary"`, which is a
/// place, not a policy: errors stop climbing at that function (a request handler, a job, a task, `main`). The
/// boundary holds the errors that leave tracked functions inside it until it returns. It logs the returned
/// error once, with its final message, all causes and fields. It counts the others as handled.
///
/// If the boundary panics, its future is dropped, or the process exits, the held errors are logged. An error
/// held for 30 seconds is logged too, and so are the oldest beyond 64 errors or 64 KiB. See
/// [`boundary`](crate::boundary()) for code that is no function.
///
/// ```
/// use track_errors::ReportPolicy;
///
/// assert_eq!("every".parse(), Ok(ReportPolicy::Every));
/// assert_eq!(ReportPolicy::default(), ReportPolicy::Origin);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ReportPolicy {
    /// Once, as soon as it leaves the first tracked function, with the message that it has there. The
    /// default.
    #[default]
    Origin,
    /// At every tracked function that it leaves; each log has the same id.
    Every,
}

named!(ReportPolicy {
    Origin = "origin",
    Every = "every",
});

impl FromStr for ReportPolicy {
    type Err = ParseSettingError;

    /// Accepts the names that [`ReportPolicy::as_str`] returns, in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().eq_ignore_ascii_case("boundary") {
            return Err(ParseSettingError::new(
                text,
                "belongs on a function, not on the process",
                "origin or every, and #[track_errors(report = \"boundary\")] on the handler, the job \
                 or main at which errors stop climbing",
            ));
        }
        named::parse(text, "report policy", ReportPolicy::ALL, ReportPolicy::as_str)
    }
}

/// How many errors of one kind a function may log per second.
///
/// A token bucket that holds two seconds' worth: a quiet function may log that many at once. Each kind of
/// error (type and variant) has its own bucket, up to eight per function; the others share one. Errors of
/// level critical and above have their own buckets. Suppressed errors are counted; the next log of the
/// function has their number and kinds.
///
/// As text, in `TRACK_ERRORS_RATE_LIMIT` and in the attribute: a whole number from 1, or `off`.
///
/// ```
/// use track_errors::RateLimit;
///
/// assert_eq!("off".parse(), Ok(RateLimit::Off));
/// assert_eq!("100".parse(), Ok(RateLimit::default()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RateLimit {
    /// No limit.
    Off,
    /// At most this many. The default is 100.
    PerSecond(NonZeroU32),
}

impl RateLimit {
    /// At most `errors` a second; 0 counts as 1.
    #[must_use]
    pub const fn per_second(errors: u32) -> Self {
        match NonZeroU32::new(errors) {
            Some(errors) => RateLimit::PerSecond(errors),
            None => RateLimit::PerSecond(NonZeroU32::MIN),
        }
    }
}

impl Default for RateLimit {
    fn default() -> Self {
        RateLimit::per_second(100)
    }
}

impl fmt::Display for RateLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RateLimit::Off => f.pad("off"),
            RateLimit::PerSecond(errors) => errors.fmt(f),
        }
    }
}

impl FromStr for RateLimit {
    type Err = ParseSettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = text.trim();
        if word.eq_ignore_ascii_case("off") {
            return Ok(RateLimit::Off);
        }
        word.parse().map(RateLimit::PerSecond).map_err(|_| {
            let accepted = "a whole number from 1 (errors a second, function and kind) or off";
            ParseSettingError::new(text, "is not a rate limit", accepted)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_accepted_in_any_case() {
        for mode in BacktraceMode::ALL {
            assert_eq!(mode.as_str().to_uppercase().parse(), Ok(mode));
        }
        assert_eq!("origin".parse(), Ok(ReportPolicy::Origin));
        assert_eq!(" Every ".parse(), Ok(ReportPolicy::Every));
    }

    #[test]
    fn a_boundary_is_not_a_policy_and_the_error_tells_where_it_belongs() {
        let error = " Boundary".parse::<ReportPolicy>().unwrap_err().to_string();
        assert!(error.starts_with("\" Boundary\" belongs on a function"), "{error}");
        let error = "none".parse::<ReportPolicy>().unwrap_err().to_string();
        assert_eq!(error, "\"none\" is not a report policy, expected one of origin, every");
    }

    #[test]
    fn a_rate_limit_is_a_whole_number_from_one_or_off() {
        assert_eq!("OFF".parse(), Ok(RateLimit::Off));
        assert_eq!(" 10 ".parse(), Ok(RateLimit::per_second(10)));
        for wrong in ["0", "-1", "1.5", "1e3", "many", "99999999999"] {
            assert!(wrong.parse::<RateLimit>().is_err(), "{wrong}");
        }
    }
}
