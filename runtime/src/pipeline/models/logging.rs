//! Threads that log, while others flush, replace the pipeline, or end the program.

use std::collections::BTreeSet;
use std::time::Duration;

use shuttle::thread;

use super::{Written, check, error, exit, step};
use crate::describe::Fields;
use crate::model::{Class, Decision, ErrorId};
use crate::pipeline::{HandReport, LateSteps, current, flush};

/// An error that a thread logged.
pub(super) struct Logged {
    pub(super) id: ErrorId,
    late: LateSteps,
    /// The messages that its log took while it waited, and those of which the thread does not know that.
    taken: BTreeSet<String>,
    offered: BTreeSet<String>,
}

/// No flush of a model ends before it is done: the checker has no clock.
pub(super) const FOREVER: Duration = Duration::from_secs(1_000);

pub(super) fn log() -> Logged {
    let error = error();
    let id = error.id;
    let current = current().expect("errors are logged");
    let (decision, late) = current.submit(error, Class::Ordinary);
    assert_eq!(decision, Decision::Logged);
    let late = late.expect("it waits for the worker");
    Logged { id, late, taken: BTreeSet::new(), offered: BTreeSet::new() }
}

impl Logged {
    /// The error leaves a further function, where a report by hand adds to its log.
    fn climb(&mut self) {
        let message = |name: &str| format!("{name}-of-{}", self.id);
        let (added, reported) = (message("added"), message("reported"));
        self.late.add(step(), Some(&added), None);
        self.offered.insert(added);
        let report = HandReport::default();
        if self.late.report(step(), Some(&reported), None, report, Fields::default()) {
            self.taken.insert(reported);
        }
    }

    /// Its one line has the steps that its log took, and no other error's.
    fn check(&self, written: &Written) {
        let lines = written.lines(self.id);
        assert_eq!(lines.len(), 1, "one line");
        assert!(lines[0].is_superset(&self.taken), "{:?} lacks {:?}", lines[0], self.taken);
        let own: BTreeSet<_> = self.taken.union(&self.offered).cloned().collect();
        assert!(lines[0].is_subset(&own), "{:?} has more than {own:?}", lines[0]);
    }
}

/// Logs errors one after the other, whose records and steps use the memory of earlier ones.
fn log_and_climb(count: usize) -> Vec<Logged> {
    let mut all: Vec<Logged> = Vec::new();
    for _ in 0..count {
        all.push(log());
        // The ones before climb on: their logs may be written, and their memory used again.
        all.iter_mut().for_each(Logged::climb);
    }
    all
}

#[test]
fn each_error_is_written_once_with_the_steps_that_its_log_took() {
    check(|| {
        let written = Written::default();
        written.install();
        let thread = thread::spawn(|| log_and_climb(3));
        let mut all = log_and_climb(1);
        assert!(flush(FOREVER));
        all.extend(log_and_climb(2));
        all.extend(thread.join().expect("no panic"));
        assert!(flush(FOREVER));
        all.iter().for_each(|logged| logged.check(&written));
    });
}

#[test]
fn a_flush_returns_once_everything_logged_before_is_written() {
    check(|| {
        let written = Written::default();
        written.install();
        let log_and_flush = move |written: Written| {
            for _ in 0..2 {
                let logged = log();
                assert!(flush(FOREVER));
                assert_eq!(written.count(logged.id), 1, "it is written");
            }
        };
        let others = written.clone();
        let thread = thread::spawn(move || log_and_flush(others));
        log_and_flush(written);
        thread.join().expect("no panic");
    });
}

#[test]
fn each_error_goes_to_one_of_two_pipelines_while_one_takes_the_place_of_the_other() {
    check(|| {
        let [before, after] = [Written::default(), Written::default()];
        before.install();
        let first = log();
        let threads = [(); 2].map(|()| thread::spawn(|| log_and_climb(2)));
        after.install();
        assert_eq!(before.count(first.id), 1, "what was logged before is written");
        let last = log();
        let all = threads.map(|thread| thread.join().expect("no panic"));
        assert!(flush(FOREVER));
        assert_eq!(after.count(last.id), 1, "it came after the change");
        for logged in all.iter().flatten() {
            let written = if before.count(logged.id) == 1 { &before } else { &after };
            logged.check(written);
            assert_eq!(before.count(logged.id) + after.count(logged.id), 1);
        }
    });
}

#[test]
fn at_the_end_of_the_program_each_error_is_written_also_those_of_threads_that_go_on() {
    check(|| {
        let written = Written::default();
        written.install();
        let first = log();
        let others = written.clone();
        let thread = thread::spawn(move || {
            let [one, two] = [log(), log()];
            (others.clone(), [one, two])
        });
        exit();
        assert_eq!(written.count(first.id), 1, "it was logged before");
        let (written, all) = thread.join().expect("no panic");
        all.iter().for_each(|logged| logged.check(&written));
        let late = log();
        assert_eq!(written.count(late.id), 1, "a thread that logs after that flushes");
    });
}
