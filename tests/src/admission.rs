//! The admission rules: is this line what Datadog Error Tracking and OpenTelemetry accept?
//!
//! [`check_datadog`], [`check_otlp`] and [`check_event`] take one line as a program wrote it, and return every rule that it
//! breaks, so that a failing test shows all problems at once. They parse the line independently (a strict
//! JSON reader, the message types of the `opentelemetry-proto` crate) and share no code with the writer.
//!
//! ```
//! use track_errors_tests::admission::check_datadog;
//!
//! let broken = check_datadog(r#"{"message": "no status, no service, no error"}"#).unwrap_err();
//! assert!(broken.iter().any(|rule| rule.starts_with("service:")));
//! ```

mod datadog;
mod event;
mod json;
mod otlp;

pub use datadog::{check_datadog, error_keys, is_valid_stack};
pub use event::check_event;
pub use otlp::check_otlp;

/// Every line is shorter than this in both formats, its line break included.
pub const MAX_BYTES: usize = 256_000;

/// Checks a corpus of lines, and returns their number.
///
/// ```
/// use track_errors_tests::admission::{check_all, check_datadog};
///
/// let broken = check_all(["{}", "no JSON"], check_datadog).unwrap_err();
/// assert!(broken.last().unwrap().starts_with("line 2: json: "));
/// ```
///
/// # Errors
///
/// Every rule that any line breaks, as `line 3: rule: what was found`. An empty corpus breaks a rule too.
pub fn check_all<L: AsRef<str>>(
    lines: impl IntoIterator<Item = L>,
    check: impl Fn(&str) -> Result<(), Vec<String>>,
) -> Result<usize, Vec<String>> {
    let mut count = 0;
    let mut broken = Vec::new();
    for line in lines {
        count += 1;
        let rules = check(line.as_ref()).err().into_iter().flatten();
        broken.extend(rules.map(|rule| format!("line {count}: {rule}")));
    }
    if count == 0 {
        broken.push("corpus: no line at all".to_owned());
    }
    if broken.is_empty() { Ok(count) } else { Err(broken) }
}

/// Broken rules, as a failing test prints them.
#[derive(Default)]
struct Broken(Vec<String>);

impl Broken {
    /// Records `rule` as broken unless `kept`; `what` is what was found instead.
    fn unless(&mut self, kept: bool, rule: &str, what: impl std::fmt::Display) {
        if !kept {
            self.0.push(format!("{rule}: {what}"));
        }
    }

    fn result(self) -> Result<(), Vec<String>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

/// Parses a line by the rules of both formats: one line, short enough, valid JSON, no duplicate key.
///
/// A line break at the end is part of the line and may be missing.
fn parse(line: &str, broken: &mut Broken) -> Option<serde_json::Value> {
    let ended = line.len() + usize::from(!line.ends_with('\n'));
    broken.unless(
        ended < MAX_BYTES,
        "length",
        format_args!("{ended} bytes, must be under {MAX_BYTES}"),
    );
    let text = line.strip_suffix('\n').unwrap_or(line);
    broken.unless(!text.contains(['\n', '\r']), "one line", "there is a line break in it");
    match json::parse(text) {
        Ok(value) if value.is_object() => Some(value),
        Ok(_) => {
            broken.unless(false, "json", "not an object");
            None
        }
        Err(error) => {
            broken.unless(false, "json", error);
            None
        }
    }
}
