//! The tables.
//!
//! In: the outcomes of all crates, and the compile times that were measured. Out: markdown, for
//! `docs/corpus.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;

use anyhow::{Result, bail};

use crate::annotate::LeftOut;
use crate::cargo::Ended;
use crate::compare::{self, Outcome, Setting, VariantOutcome};
use crate::compile_time;
use crate::crates::{CRATES, Crate};
use crate::source::Variant;

/// The written part of `docs/corpus.md`.
///
/// # Errors
///
/// If a crate of the corpus was not compared yet with both attributes.
pub(crate) fn results(setting: &Setting) -> Result<String> {
    let mut outcomes = Vec::new();
    let mut missing = Vec::new();
    for krate in CRATES {
        match compare::load(krate, &setting.work_dir) {
            Some(outcome) if outcome.variants.len() == 2 => outcomes.push((krate, outcome)),
            _ => missing.push(krate.name),
        }
    }
    if !missing.is_empty() {
        bail!("not compared yet: {}", missing.join(", "));
    }
    let mut text = format!(
        "## Results\n\nWith {}, with `tracing` 0.1 beside it. Each crate is built \
         and tested as it is published, then with the attribute on every function that returns a \
         `Result`.\n\n{}\n{}",
        rustc_version()?,
        table(&outcomes),
        left_out(&outcomes),
    );
    text.push_str(&remarks(&outcomes));
    if let Some(measured) = compile_time::load(&setting.work_dir)? {
        write!(text, "\n### Compile time\n\n{}", compile_time::table(&measured))?;
    }
    Ok(text)
}

fn rustc_version() -> Result<String> {
    let output = Command::new("rustc").arg("--version").output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// One line a crate, and their sum.
fn table(outcomes: &[(&Crate, Outcome)]) -> String {
    let mut text = String::from(
        "| crate | kind | functions | tests | `track_errors`: compile | new warnings | tests changed \
         | `tracing`: compile | new warnings | tests changed |\n\
         |---|---|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    let mut sum = [0; 8];
    for (krate, outcome) in outcomes {
        let row = row(outcome);
        for (sum, number) in sum.iter_mut().zip(row) {
            *sum += number;
        }
        let _ = writeln!(
            text,
            "| {} {} | {} | {} |",
            krate.name,
            krate.version,
            krate.kind,
            cells(row)
        );
    }
    let _ = writeln!(text, "| **all {}** | | {} |", outcomes.len(), cells(sum));
    text
}

/// Functions, tests, and for each attribute: functions that compile, new warnings, tests changed.
fn row(outcome: &Outcome) -> [usize; 8] {
    let none = VariantOutcome::default();
    let of = |variant: Variant| {
        let found = outcome.variants.get(variant.name()).unwrap_or(&none);
        let compile = outcome.functions - found.refused.len();
        [compile, found.new_warnings.len(), found.changed.len()]
    };
    let [ours, theirs] = [Variant::TrackErrors, Variant::Tracing].map(of);
    let tests = outcome.tests.get(&Ended::Ok).copied().unwrap_or_default();
    [outcome.functions, tests, ours[0], ours[1], ours[2], theirs[0], theirs[1], theirs[2]]
}

fn cells(numbers: [usize; 8]) -> String {
    numbers.map(thousands).join(" | ")
}

/// `12,345`
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn left_out(outcomes: &[(&Crate, Outcome)]) -> String {
    let mut sum = LeftOut::new();
    for (_, outcome) in outcomes {
        for (reason, count) in &outcome.left_out {
            *sum.entry(*reason).or_default() += count;
        }
    }
    let reasons =
        sum.iter().map(|(reason, count)| format!("{} {}", thousands(*count), reason.label()));
    format!("Functions left out: {}.\n", reasons.collect::<Vec<_>>().join("; "))
}

/// What does not hold, one by one.
fn remarks(outcomes: &[(&Crate, Outcome)]) -> String {
    let mut text = String::new();
    for (krate, outcome) in outcomes {
        let failed = outcome.tests.get(&Ended::Failed).copied().unwrap_or_default();
        if failed > 0 {
            let _ = writeln!(text, "* {}: {failed} tests fail in the plain crate too", krate.name);
        }
        for test in &outcome.unsteady {
            let _ = writeln!(text, "* {}: `{test}` does not always end the same", krate.name);
        }
        for error in &outcome.unparsed {
            let _ = writeln!(text, "* {}: not parsed: {error}", krate.name);
        }
        let Some(ours) = outcome.variants.get(Variant::TrackErrors.name()) else { continue };
        for refused in &ours.refused {
            let _ = writeln!(
                text,
                "* {}: `{}` in `{}` does not compile with `track_errors`: {}",
                krate.name,
                refused.name,
                refused.file.display(),
                first_line(&refused.message)
            );
        }
        for warning in &ours.new_warnings {
            let place = warning.lines().nth(1).unwrap_or_default().trim();
            let _ = writeln!(text, "* {}: new: {} {place}", krate.name, first_line(warning));
        }
        for (test, before, after) in &ours.changed {
            let _ = writeln!(text, "* {}: `{test}`: {before:?}, now {after:?}", krate.name);
        }
    }
    let theirs = tracing_refuses(outcomes);
    if !text.is_empty() {
        text.insert_str(0, "\n### What does not hold\n\n");
    }
    if !theirs.is_empty() {
        let _ = write!(text, "\n### What `tracing::instrument(skip_all, err)` refuses\n\n");
        for (message, count) in theirs {
            let _ = writeln!(text, "* {count} × {message}");
        }
    }
    text
}

/// The compiler's messages about functions with the other attribute, most frequent first, without
/// the names in them.
fn tracing_refuses(outcomes: &[(&Crate, Outcome)]) -> Vec<(String, usize)> {
    let mut counts = BTreeMap::<String, usize>::new();
    for (_, outcome) in outcomes {
        for refused in
            outcome.variants.get(Variant::Tracing.name()).into_iter().flat_map(|v| &v.refused)
        {
            *counts.entry(without_names(first_line(&refused.message))).or_default() += 1;
        }
    }
    let mut counts = counts.into_iter().collect::<Vec<_>>();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// `` error: `…` is not … ``
fn without_names(message: &str) -> String {
    let parts = message.split('`').enumerate();
    let parts = parts.map(|(index, part)| if index % 2 == 1 { "…" } else { part });
    parts.collect::<Vec<_>>().join("`")
}

fn first_line(message: &str) -> &str {
    message.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_a_comma_at_thousands() {
        assert_eq!([0, 999, 1000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn names_are_cut_out_of_messages() {
        assert_eq!(without_names("error: `E` is not `Display`"), "error: `…` is not `…`");
    }
}
