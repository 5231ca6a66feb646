//! The result: a table for `docs/soak.md`, and what is wrong.

use std::fmt;
use std::time::Duration;

use super::account::{Lines, Place, Told};
use super::driver::Plan;
use super::functions::FUNCTIONS;
use super::report::Report;
use super::resources::{Halves, Sample};
use super::work::THREADS;

pub(crate) struct Table<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) report: Report,
    pub(crate) told: Lines,
    pub(crate) at_receiver: Place,
    pub(crate) on_stderr: Place,
    pub(crate) halves: Halves,
    pub(crate) connections: usize,
    pub(crate) took: Duration,
}

impl Table<'_> {
    /// Everything that is not as it must be.
    pub(crate) fn faults(&self) -> Vec<String> {
        let Table { plan, report, told, .. } = self;
        let counters = &report.counters;
        let mut faults = Vec::new();
        let mut compare = |what: &str, is: u64, expected: u64| {
            if is != expected {
                faults.push(format!("{what}: {is} instead of {expected}"));
            }
        };
        compare("errors", report.sum(|counts| counts.made), plan.errors);
        compare("by the counters", counters.sum(), plan.errors);
        compare("expected", counters.expected, report.sum(|counts| counts.expected));
        compare("repeated", counters.repeated, report.repeated);
        compare("logged, by lines", told.sum(|told| told.logged), counters.logged);
        compare("suppressed, by lines", told.sum(|told| told.suppressed), counters.suppressed);
        compare("dropped, by lines", told.sum(|told| told.dropped), counters.dropped);
        let handled = told.sum(|told| told.handled + told.handled_aloud);
        compare("handled, by lines", handled, counters.handled);
        compare("functions with lines", told.functions.len() as u64, FUNCTIONS.len() as u64);
        for (name, counts) in &report.functions {
            let told = told.functions.get(name).copied().unwrap_or_default();
            compare(name, told.sum(), counts.made - counts.expected);
            // What is handled aloud may be dropped instead.
            let handled = told.handled + told.handled_aloud;
            let least = counts.handled.saturating_sub(told.dropped);
            compare(&format!("handled in {name}"), handled, handled.clamp(least, counts.handled));
        }
        compare("lines that differ from themselves", told.problems.len() as u64, 0);
        faults.extend(told.problems.iter().take(10).cloned());
        if plan.kills > 0 && counters.dropped == 0 {
            faults.push("the queue was never full".to_owned());
        }
        if !self.halves.is_flat() {
            faults.push("memory, threads or descriptors are not flat".to_owned());
        }
        faults
    }
}

/// With commas.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Table { plan, report, told, at_receiver, on_stderr, halves, .. } = self;
        let counters = &report.counters;
        writeln!(
            f,
            "{} errors of {} functions on {THREADS} threads in {:.0} s, {} kills\n",
            grouped(plan.errors),
            FUNCTIONS.len(),
            self.took.as_secs_f64(),
            plan.kills,
        )?;
        writeln!(f, "| | by the counters | by the lines |\n|---|---|---|")?;
        let mut row = |name: &str, counter: u64, told: &str| {
            writeln!(f, "| {name} | {} | {told} |", grouped(counter))
        };
        row("logged", counters.logged, &grouped(told.sum(|told| told.logged)))?;
        row("suppressed", counters.suppressed, &grouped(told.sum(|told| told.suppressed)))?;
        row("dropped", counters.dropped, &grouped(told.sum(|told| told.dropped)))?;
        let [handled, aloud] = [told.sum(|told| told.handled), told.sum(|told| told.handled_aloud)];
        let handled = format!("{}, of which {} logged", grouped(handled + aloud), grouped(aloud));
        row("handled", counters.handled, &handled)?;
        row("expected", counters.expected, "–")?;
        row("together", counters.sum(), &grouped(told.sum(Told::sum)))?;

        writeln!(f, "\n| | receiver | stderr |\n|---|---|---|")?;
        let mut row = |name: &str, count: fn(&Place) -> u64| {
            writeln!(
                f,
                "| {name} | {} | {} |",
                grouped(count(at_receiver)),
                grouped(count(on_stderr))
            )
        };
        row("lines", |place| place.lines)?;
        row("bytes", |place| place.bytes)?;
        row("lines that came before", |place| place.repeated)?;
        row("lines cut", |place| place.cut)?;
        row("lines for people", |place| place.others)?;
        writeln!(f, "\n{} connections, {} lines without an error", self.connections, told.info)?;

        writeln!(f, "\n| least, most | first half | second half |\n|---|---|---|")?;
        let range = |count: fn(&Sample) -> u64| {
            [&halves.first, &halves.second]
                .map(|half| {
                    format!("{}, {}", grouped(count(&half.least)), grouped(count(&half.most)))
                })
                .join(" | ")
        };
        writeln!(f, "| memory (kB) | {} |", range(|sample| sample.memory))?;
        writeln!(f, "| threads | {} |", range(|sample| sample.threads))?;
        writeln!(f, "| descriptors | {} |", range(|sample| sample.descriptors))
    }
}
