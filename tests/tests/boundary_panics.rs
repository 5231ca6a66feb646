//! Nested boundaries, and panics in boundaries: each error is logged once, by the boundary that decides.

mod attempts;
mod recorded;

use std::io;
use std::panic::resume_unwind;

use track_errors::{Level, track_errors};

use attempts::{caught, store, store_at_last};
use recorded::{functions, messages, only, records};

// ------------------------------------------------------------------------------------------------
// Nested boundaries

#[track_errors(service = "job", report = "boundary")]
fn inner_job(attempt: i64) -> io::Result<()> {
    store(attempt)
}

#[test]
fn the_innermost_boundary_logs_an_error_that_all_return() {
    #[track_errors(service = "outer", report = "boundary")]
    fn outer() -> Result<(), String> {
        inner_job(1).map_err(|error| format!("the job failed: {error}"))
    }
    let record = only(records(outer));
    assert_eq!(record.message, "attempt number 1 was refused");
    assert_eq!(functions(&record), ["store", "inner_job", "outer"]);
}

#[test]
fn an_inner_boundary_logs_an_error_that_the_outer_one_handles() {
    #[track_errors(service = "outer", report = "boundary", handled = "warn")]
    fn outer() -> io::Result<()> {
        let _: io::Result<()> = inner_job(1);
        Ok(())
    }
    let record = only(records(outer));
    assert_eq!((record.handled, record.level), (false, Level::Error));
}

#[test]
fn an_inner_boundary_does_not_handle_errors_that_the_outer_one_holds() {
    #[track_errors(service = "inner", report = "boundary")]
    fn inner() -> io::Result<()> {
        let _: io::Result<()> = store(2);
        Ok(())
    }
    #[track_errors(service = "outer", report = "boundary")]
    fn outer() -> io::Result<()> {
        let result = store(1);
        inner()?;
        result
    }
    assert_eq!(only(records(outer)).message, "attempt number 1 was refused");
}

#[test]
fn an_attempt_that_an_inner_boundary_logged_is_not_confused_with_an_earlier_equal_one() {
    #[track_errors(service = "outer", report = "boundary")]
    fn outer() -> io::Result<()> {
        store(1).or_else(|_| inner_job(1))
    }
    let record = only(records(outer));
    assert_eq!(functions(&record), ["store", "inner_job", "outer"]);
}

#[test]
fn an_attempt_equal_to_one_that_an_inner_boundary_logged_is_logged_too() {
    #[track_errors(service = "outer", report = "boundary")]
    fn outer() -> io::Result<()> {
        inner_job(1).or_else(|_| store(1))
    }
    let records = records(outer);
    assert_eq!(records.len(), 2, "{records:#?}");
    assert_eq!(functions(&records[1]), ["store", "outer"]);
}

#[test]
fn a_boundary_that_calls_itself_logs_once() {
    #[track_errors(service = "job", report = "boundary")]
    fn descend(depth: u32) -> io::Result<()> {
        if depth == 0 { store(1) } else { descend(depth - 1) }
    }
    assert_eq!(only(records(|| descend(40))).message, "attempt number 1 was refused");
}

// ------------------------------------------------------------------------------------------------
// Panics

#[test]
fn an_error_that_expect_panics_with_is_logged_although_the_panic_is_caught() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        caught(|| store(1).expect("the store works"));
        Ok(())
    }
    assert_eq!(only(records(job)).message, "attempt number 1 was refused");
}

#[test]
fn an_error_that_was_logged_because_of_a_panic_is_not_logged_again_when_it_is_returned() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        let result = store(1);
        caught(|| panic!("{result:?}"));
        result
    }
    assert_eq!(only(records(job)).message, "attempt number 1 was refused");
}

#[test]
fn errors_after_a_caught_panic_are_held_as_before() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        let _: io::Result<()> = store(1);
        caught(|| panic!("on purpose"));
        let _: io::Result<()> = store(2);
        store(3)
    }
    let records = records(job);
    assert_eq!(
        messages(&records),
        ["attempt number 1 was refused", "attempt number 3 was refused"]
    );
}

#[test]
fn a_panic_through_a_boundary_logs_its_held_errors_once() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        let error = store(1).expect_err("it fails");
        panic!("{error}");
    }
    assert_eq!(only(records(|| caught(job))).message, "attempt number 1 was refused");
}

#[test]
fn unwinding_without_the_panic_hook_logs_the_held_errors() {
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        let _: io::Result<()> = store(1);
        resume_unwind(Box::new("on purpose"));
    }
    assert_eq!(only(records(|| caught(job))).message, "attempt number 1 was refused");
}

#[test]
fn a_panic_in_an_inner_boundary_leaves_the_held_errors_of_the_outer_one() {
    #[track_errors(service = "job", report = "boundary")]
    fn inner() -> io::Result<()> {
        store(2).expect("the store works");
        Ok(())
    }
    #[track_errors(service = "job", report = "boundary")]
    fn outer() -> io::Result<()> {
        let _: io::Result<()> = store(1);
        caught(inner);
        Ok(())
    }
    assert_eq!(only(records(outer)).message, "attempt number 2 was refused");
}

#[test]
fn a_panic_through_nested_boundaries_logs_the_held_errors_of_each_once() {
    #[track_errors(service = "job", report = "boundary")]
    fn inner() -> io::Result<()> {
        store(2).expect("the store works");
        Ok(())
    }
    #[track_errors(service = "job", report = "boundary")]
    fn outer() -> io::Result<()> {
        let _: io::Result<()> = store(1);
        inner()
    }
    let records = records(|| caught(outer));
    let mut messages = messages(&records);
    messages.sort_unstable();
    assert_eq!(messages, ["attempt number 1 was refused", "attempt number 2 was refused"]);
}

#[test]
fn a_boundary_in_a_destructor_decides_for_itself_while_a_panic_unwinds() {
    struct Cleanup;

    impl Drop for Cleanup {
        fn drop(&mut self) {
            assert!(std::thread::panicking());
            clean_up().expect("the second attempt succeeds");
        }
    }

    #[track_errors(service = "job", report = "boundary")]
    fn clean_up() -> io::Result<()> {
        store_at_last(10, 11).or_else(|_| store_at_last(11, 11))
    }
    #[track_errors(service = "job", report = "boundary")]
    fn job() -> io::Result<()> {
        let _cleanup = Cleanup;
        store(1).expect("the store works");
        Ok(())
    }
    assert_eq!(only(records(|| caught(job))).message, "attempt number 1 was refused");
}

#[test]
fn a_boundary_in_a_destructor_logs_the_error_that_it_returns_while_a_panic_unwinds() {
    struct Cleanup;

    impl Drop for Cleanup {
        fn drop(&mut self) {
            assert!(clean_up().is_err());
        }
    }

    #[track_errors(service = "job", report = "boundary")]
    fn clean_up() -> io::Result<()> {
        store(10)
    }
    let job = || {
        caught(|| {
            let _cleanup = Cleanup;
            panic!("on purpose");
        });
    };
    assert_eq!(only(records(job)).message, "attempt number 10 was refused");
}
