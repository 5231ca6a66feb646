//! What happened, by what a process reports and by what lines say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use track_errors_tests::admission;

/// What processes say at their end: what happened, and their counters.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Report {
    pub(crate) happened: u64,
    pub(crate) logged: u64,
    repeated: u64,
    handled: u64,
    expected: u64,
    pub(crate) suppressed: u64,
    pub(crate) dropped: u64,
    pub(crate) filtered: u64,
}

impl Report {
    /// Adds the report of a process; `false` if the answer is no report.
    pub(crate) fn add(&mut self, answer: &str) -> bool {
        let Some(counts) = answer.strip_prefix("report ") else { return false };
        let counts: Vec<u64> =
            counts.split_whitespace().map(|count| count.parse().unwrap()).collect();
        let sums = [
            &mut self.happened,
            &mut self.logged,
            &mut self.repeated,
            &mut self.handled,
            &mut self.expected,
            &mut self.suppressed,
            &mut self.dropped,
            &mut self.filtered,
        ];
        assert_eq!(counts.len(), sums.len());
        sums.into_iter().zip(counts).for_each(|(sum, count)| *sum += count);
        true
    }
}

/// What the lines of some places say.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// The errors, by their ids: the number, if the line has one.
    errors: BTreeMap<String, Option<u64>>,
    /// Of these, those that a boundary handled.
    handled_aloud: BTreeSet<String>,
    /// The ids of lines that have counts and no error.
    of_counts: BTreeSet<String>,
    /// Lines that say the same as another one.
    pub(crate) repeated: u64,
    /// Lines that end in the middle.
    pub(crate) cut: u64,
    pub(crate) suppressed: u64,
    pub(crate) dropped: u64,
    handled: u64,
    /// Of the errors.
    pub(crate) times: Vec<String>,
}

impl Lines {
    /// Adds the lines of a place. Other lines may be between them.
    pub(crate) fn add(&mut self, text: &[u8]) {
        let text = String::from_utf8_lossy(text);
        for line in text.lines().filter(|line| line.starts_with('{')) {
            let Ok(json) = serde_json::from_str::<Value>(line) else {
                self.cut += 1;
                continue;
            };
            self.add_line(line, &json);
        }
    }

    pub(crate) fn of(places: &[&[u8]]) -> Self {
        let mut lines = Lines::default();
        for text in places {
            lines.add(text);
        }
        lines
    }

    fn add_line(&mut self, line: &str, json: &Value) {
        let own = &json["track_errors"];
        let id = own["id"].as_str().expect("an id").to_owned();
        if json.get("error").is_none() {
            if !self.of_counts.insert(id) {
                self.repeated += 1;
                return;
            }
        } else {
            let number = json["message"].as_str().and_then(|text| text.strip_prefix("number "));
            let number = number.map(|number| number.parse().expect("a number"));
            if own["boundary"]["end"] == "handled" {
                self.handled_aloud.insert(id.clone());
            } else if number.is_some() {
                // A hook that panics leaves only what a line needs to be counted.
                admission::check_datadog(line).expect("admissible");
            }
            if let Some(before) = self.errors.insert(id, number) {
                assert_eq!(before, number, "two errors have one id");
                self.repeated += 1;
                return;
            }
            self.times.push(json["timestamp"].as_str().expect("a time").to_owned());
        }
        let count = |name: &str| own[name].as_u64().unwrap_or(0);
        self.suppressed += count("suppressed");
        self.dropped += count("dropped");
        self.handled += count("handled_count");
    }

    /// The errors: a line for each, and maybe more.
    pub(crate) fn errors(&self) -> u64 {
        self.errors.len() as u64
    }

    /// Those that a boundary handled.
    pub(crate) fn handled_aloud(&self) -> u64 {
        self.handled_aloud.len() as u64
    }

    /// The numbers of the errors. Each error has one of its own.
    pub(crate) fn numbers(&self) -> BTreeSet<u64> {
        let numbers: Vec<_> = self.errors.values().flatten().copied().collect();
        let distinct: BTreeSet<_> = numbers.iter().copied().collect();
        assert_eq!(distinct.len(), numbers.len(), "an error has two ids");
        distinct
    }
}

/// The counters of the process are whole.
#[track_caller]
pub(crate) fn assert_counted(report: &Report) {
    let Report { happened, logged, handled, expected, suppressed, dropped, filtered, .. } = *report;
    assert!(happened > 0, "the program fails");
    let told = logged + suppressed + expected + handled + dropped + filtered;
    assert_eq!(told, happened, "by the counters: {report:?}");
}

/// Nothing is lost: the counters are whole, and the lines agree with them.
#[track_caller]
pub(crate) fn assert_nothing_is_lost(report: &Report, lines: &Lines) {
    assert_counted(report);
    assert_eq!(lines.errors() - lines.handled_aloud(), report.logged, "{report:?}");
    assert_eq!(
        (lines.suppressed, lines.dropped, lines.handled + lines.handled_aloud()),
        (report.suppressed, report.dropped, report.handled),
        "counts in lines: {report:?}"
    );
    lines.numbers();
}
