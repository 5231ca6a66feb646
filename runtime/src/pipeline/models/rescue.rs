//! The end of the program, while the worker still has records that its sink does not take.

use std::sync::LazyLock;
use std::sync::atomic::Ordering;

use shuttle::thread;

use super::logging::{FOREVER, Logged, log};
use super::{Written, check};
use crate::base::lock::lock;
use crate::base::sync::GIVES_UP;
use crate::output::sink::STDERR_OF_MODEL;
use crate::pipeline::{flush, process, rescue};

/// What went to stderr. Ids of other runs are others.
static STDERR: LazyLock<Written> = LazyLock::new(Written::default);

fn log_on_two_threads(written: &Written) -> [thread::JoinHandle<Vec<Logged>>; 2] {
    *lock(&STDERR_OF_MODEL) = Some(|| Box::new(STDERR.clone()));
    written.install();
    [(); 2].map(|()| thread::spawn(|| vec![log(), log()]))
}

fn check_written(written: &Written, logged: &[Logged]) {
    for Logged { id, .. } in logged {
        assert!(written.count(*id) + STDERR.count(*id) > 0, "it is in one of the two");
    }
}

#[test]
fn what_a_sink_that_is_away_has_not_taken_at_the_end_of_the_program_is_on_stderr() {
    check(|| {
        let written = Written { is_away: true, ..Written::default() };
        let threads = log_on_two_threads(&written);
        let logged = threads.map(|thread| thread.join().expect("no panic"));
        assert!(process::begin_end());
        rescue::to_stderr(false);
        logged.iter().for_each(|logged| check_written(&written, logged));
    });
}

#[test]
fn what_a_sink_that_seems_to_hang_has_not_taken_is_written_by_it_or_to_stderr() {
    check(|| {
        let written = Written::default();
        let threads = log_on_two_threads(&written);
        // The end of the program takes a slow sink for one that hangs.
        GIVES_UP.store(true, Ordering::Relaxed);
        rescue::to_stderr(false);
        let logged = threads.map(|thread| thread.join().expect("no panic"));
        assert!(flush(FOREVER));
        logged.iter().for_each(|logged| check_written(&written, logged));
    });
}
