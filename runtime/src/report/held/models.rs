//! Models of the list of held errors: boundaries, the worker and the exit handler decide.

use shuttle::thread;

use super::*;
use crate::describe::{Probe, describe};
use crate::model::Decision;
use crate::pipeline::CapturedError;
use crate::pipeline::models::{SITE, Written, check, exit};
use crate::report::likeness::Known;

fn error() -> HeldError {
    let record = Box::new(CapturedError::for_test(&SITE));
    let error = std::fmt::Error;
    let description = describe(&Probe::new(&error).track_errors_view(), None);
    let known = Known::new("core::fmt::Error", &description);
    let pipeline = pipeline::current().expect("errors are logged");
    HeldError::new(record.id, known, pipeline, record)
}

/// Holds errors in a scope of its own, as tracked functions do; logs what cannot be held.
fn hold_some(count: usize) -> (ScopeRef, Vec<ErrorId>) {
    let scope = ScopeRef::of_number(open_scope());
    let hold_one = |_| {
        let held = error();
        let id = held.id;
        if let Err(held) = hold(scope, held) {
            assert_eq!(held.log().0, Decision::Logged);
        }
        id
    };
    (scope, (0..count).map(hold_one).collect())
}

/// Each has one line, and nothing is left.
fn check_end(written: &Written, ids: &[ErrorId]) {
    for id in ids {
        assert_eq!(written.count(*id), 1, "one line");
    }
    check_empty();
}

fn check_empty() {
    let sums = [&BYTES, &DECIDED_BYTES].map(|sum| sum.load(Ordering::SeqCst));
    assert_eq!(sums, [0, 0], "bytes of held errors, and of decided ones");
}

const FOREVER: Duration = Duration::from_secs(1_000);

#[test]
fn an_error_is_logged_once_by_its_boundary_or_because_it_is_held_for_too_long() {
    check(|| {
        let written = Written::default();
        written.install();
        let (scope, ids) = hold_some(2);
        let old = Instant::now() + MAX_AGE;
        let releasing = [(); 2].map(|()| thread::spawn(move || release_old(old)));
        // The boundary never returns a value.
        abandon(scope, &SITE, BoundaryEnd::Panicked);
        releasing.into_iter().for_each(|thread| thread.join().expect("no panic"));
        assert!(pipeline::flush(FOREVER));
        check_end(&written, &ids);
    });
}

#[test]
fn an_error_that_its_boundary_handled_is_counted_and_not_logged_or_was_logged_before() {
    check(|| {
        let written = Written::default();
        written.install();
        let (scope, ids) = hold_some(2);
        let old = Instant::now() + MAX_AGE;
        let releasing = thread::spawn(move || release_old(old));
        let taken = take_all(scope);
        assert_eq!(taken.len(), ids.len(), "it recognises each");
        releasing.join().expect("no panic");
        assert!(pipeline::flush(FOREVER));
        for held in taken {
            assert_eq!(written.count(held.id), usize::from(held.is_decided()));
        }
        check_empty();
    });
}

#[test]
fn at_the_end_of_the_program_each_error_is_logged_once_by_its_boundary_or_the_exit_handler() {
    check(|| {
        let written = Written::default();
        written.install();
        let (scope, mut ids) = hold_some(2);
        let boundary = thread::spawn(move || abandon(scope, &SITE, BoundaryEnd::Panicked));
        // The boundary of these never ends.
        let running = thread::spawn(|| hold_some(2));
        let old = Instant::now() + MAX_AGE;
        let releasing = thread::spawn(move || release_old(old));
        exit();
        assert!(ids.iter().all(|id| written.count(*id) == 1), "they were held before");
        boundary.join().expect("no panic");
        releasing.join().expect("no panic");
        let (running, more) = running.join().expect("no panic");
        ids.extend(more);
        assert!(ids.iter().all(|id| written.count(*id) == 1), "no error waits for a boundary");
        take_all(running);
        check_end(&written, &ids);
    });
}

#[test]
fn an_error_that_is_taken_by_its_id_is_in_one_hand() {
    check(|| {
        let written = Written::default();
        written.install();
        let (scope, ids) = hold_some(1);
        let id = ids[0];
        let taking =
            [(); 2].map(|()| thread::spawn(move || take_one(scope, id).map(|held| held.log().0)));
        let old = Instant::now() + MAX_AGE;
        release_old(old);
        let taken = taking.map(|thread| thread.join().expect("no panic"));
        assert!(taken.iter().flatten().count() <= 1);
        assert!(pipeline::flush(FOREVER));
        take_all(scope);
        check_end(&written, &ids);
    });
}
