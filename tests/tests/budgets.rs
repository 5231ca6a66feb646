//! What the rate limit admits: a budget per kind of error of a function, one for critical errors, and one
//! for handled errors. Suppressed errors are counted, and outer functions recognise them.

mod collect;

use std::error::Error;
use std::fmt;

use serde_json::Value;
use track_errors::{Counters, Level, counters, track_errors};

use collect::{Collector, Line, trail_only};

#[derive(Debug, Clone, Copy)]
enum PayError {
    Declined,
    Expired,
    /// No card works.
    Down,
}

impl fmt::Display for PayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PayError::Declined => "the card was declined",
            PayError::Expired => "the card has expired",
            PayError::Down => "the terminal is down",
        })
    }
}

impl Error for PayError {}

/// The records and the counters of `f`.
fn logged<T>(f: impl FnOnce() -> T) -> (Vec<Line>, Counters) {
    let collector = Collector::install(trail_only());
    let before = counters();
    f();
    let lines = collector.drain();
    let mut counted = counters();
    counted.logged -= before.logged;
    counted.suppressed -= before.suppressed;
    counted.handled -= before.handled;
    (lines, counted)
}

fn of_message(lines: &[Line], message: &str) -> usize {
    lines.iter().filter(|line| line.message == message).count()
}

/// Kinds and their counts.
fn unlogged_kinds(line: &Line) -> Vec<(String, u64)> {
    let kinds = line.note("unlogged_kinds").as_array().map(Vec::as_slice).unwrap_or_default();
    let parse = |kind: &Value| {
        let (name, number) = kind.as_str()?.strip_suffix(')')?.split_once(" (")?;
        Some((name.to_owned(), number.parse().ok()?))
    };
    kinds.iter().map(|kind| parse(kind).expect("a kind and its number")).collect()
}

// A function may log one error per kind and second, and two at once. If a second passes during a test, only
// the number of suppressed errors changes.

#[test]
fn three_hundred_warnings_of_a_function_do_not_suppress_its_one_emergency() {
    #[derive(Debug)]
    struct StockError {
        left: u32,
    }
    fn level(error: &StockError) -> Level {
        if error.left == 0 { Level::Emergency } else { Level::Warn }
    }
    #[track_errors(service = "budgets", rate_limit = 1, level = level)]
    fn take(left: u32) -> Result<(), StockError> {
        Err(StockError { left })
    }
    let (lines, counted) = logged(|| {
        for left in (0..=300).rev() {
            assert!(take(left).is_err());
        }
    });
    assert_eq!(of_message(&lines, "StockError { left: 0 }"), 1);
    assert_eq!(lines.last().expect("lines").json["status"], "emergency");
    assert!(counted.suppressed > 0);
    assert_eq!(counted.logged + counted.suppressed, 301);
}

#[test]
fn a_flood_of_one_kind_does_not_suppress_another_kind_of_the_same_function() {
    #[track_errors(service = "budgets", rate_limit = 1)]
    fn pay(error: PayError) -> Result<(), PayError> {
        Err(error)
    }
    let (lines, counted) = logged(|| {
        (0..100).for_each(|_| assert!(pay(PayError::Declined).is_err()));
        assert!(pay(PayError::Expired).is_err());
    });
    assert!(counted.suppressed > 0);
    assert_eq!(of_message(&lines, "the card has expired"), 1);
}

#[test]
fn the_next_log_of_a_function_names_the_kinds_that_were_suppressed() {
    #[track_errors(service = "budgets", rate_limit = 1)]
    fn pay(error: PayError) -> Result<(), PayError> {
        Err(error)
    }
    let (lines, counted) = logged(|| {
        (0..100).for_each(|_| assert!(pay(PayError::Declined).is_err()));
        (0..50).for_each(|_| assert!(pay(PayError::Expired).is_err()));
        assert!(pay(PayError::Down).is_err());
    });
    let mut totals = std::collections::BTreeMap::new();
    for (kind, number) in lines.iter().flat_map(unlogged_kinds) {
        *totals.entry(kind).or_insert(0) += number;
    }
    assert_eq!(
        totals.keys().collect::<Vec<_>>(),
        ["budgets::PayError::Declined", "budgets::PayError::Expired"]
    );
    assert_eq!(totals.values().sum::<u64>(), counted.suppressed);
    let last = lines.last().expect("lines");
    assert_eq!(last.message, "the terminal is down");
    assert!(last.note("suppressed").as_u64().is_some_and(|number| number > 0), "{last:#?}");
}

#[test]
fn a_suppressed_error_is_not_logged_by_outer_functions() {
    #[track_errors(service = "budgets", rate_limit = 1)]
    fn pay() -> Result<(), PayError> {
        Err(PayError::Declined)
    }
    #[track_errors(service = "budgets", rate_limit = "off")]
    fn order(number: u32) -> Result<(), String> {
        pay().map_err(|error| format!("order {number}: {error}"))
    }
    #[track_errors(service = "budgets", rate_limit = "off")]
    fn serve(number: u32) -> Result<(), String> {
        order(number).map_err(|error| format!("serving: {error}"))
    }
    let (lines, counted) = logged(|| (0..100).for_each(|number| assert!(serve(number).is_err())));
    assert!(lines.iter().all(|line| line.function.ends_with("::pay")), "{lines:#?}");
    assert!(counted.suppressed > 0);
    assert_eq!(lines.len() as u64 + counted.suppressed, 100);
}

#[test]
fn a_boundary_uses_the_limiter_of_the_origin() {
    #[track_errors(service = "budgets", rate_limit = 1)]
    fn pay() -> Result<(), PayError> {
        Err(PayError::Declined)
    }
    #[track_errors(service = "budgets", report = "boundary", rate_limit = "off")]
    fn handler() -> Result<(), PayError> {
        pay().or_else(|_| pay())
    }
    let (lines, counted) = logged(|| (0..50).for_each(|_| assert!(handler().is_err())));
    assert_eq!(counted.handled, 50);
    assert!(counted.suppressed > 0);
    assert_eq!(lines.len() as u64 + counted.suppressed, 50);
}

#[test]
fn errors_that_a_boundary_makes_critical_have_their_own_budget() {
    #[track_errors(service = "budgets", rate_limit = 1)]
    fn pay() -> Result<(), PayError> {
        Err(PayError::Declined)
    }
    #[track_errors(service = "budgets", report = "boundary", level = "critical")]
    fn handler() -> Result<(), PayError> {
        pay()
    }
    let (lines, counted) = logged(|| {
        (0..100).for_each(|_| assert!(pay().is_err()));
        assert!(handler().is_err());
    });
    assert!(counted.suppressed > 0);
    assert_eq!(lines.last().expect("lines").json["status"], "critical");
}

#[test]
fn handled_errors_do_not_use_the_budget_of_unhandled_ones() {
    #[track_errors(service = "budgets", rate_limit = 1)]
    fn pay() -> Result<(), PayError> {
        Err(PayError::Declined)
    }
    #[track_errors(service = "budgets", report = "boundary", handled = "warn")]
    fn handler() -> Result<(), PayError> {
        pay().or(Ok(()))
    }
    let (lines, counted) = logged(|| {
        (0..100).for_each(|_| assert!(handler().is_ok()));
        assert!(pay().is_err());
    });
    assert_eq!((counted.handled, counted.suppressed), (100, 0));
    let (handled, others): (Vec<_>, Vec<_>) =
        lines.iter().partition(|line| *line.note("handled") == true);
    assert_eq!(others.len(), 1, "{lines:#?}");
    assert!((1..100).contains(&handled.len()), "within a budget of their own");
}

#[test]
fn an_error_suppressed_at_a_boundary_is_not_logged_by_the_outer_one() {
    #[track_errors(service = "budgets", rate_limit = 1, report = "boundary")]
    fn pay() -> Result<(), PayError> {
        Err(PayError::Declined)
    }
    #[track_errors(service = "budgets", rate_limit = "off", report = "boundary")]
    fn handler() -> Result<(), PayError> {
        pay()
    }
    let (lines, counted) = logged(|| (0..50).for_each(|_| assert!(handler().is_err())));
    assert!(counted.suppressed > 0);
    assert_eq!(lines.len() as u64 + counted.suppressed, 50);
}

/// More kinds than there are budgets.
macro_rules! many_kinds {
    ($($name:ident)*) => {
        #[derive(Debug, Clone, Copy)]
        enum Many { $($name),* }

        const MANY: &[Many] = &[$(Many::$name),*];
    };
}
many_kinds! { A B C D E F G H Ninth Tenth Eleventh }

#[test]
fn an_emergency_beyond_the_eighth_kind_is_logged_and_further_unlogged_kinds_count_as_other() {
    fn level(error: &Many) -> Level {
        if let Many::Eleventh = error { Level::Emergency } else { Level::Error }
    }
    #[track_errors(service = "budgets", rate_limit = 1, level = level)]
    fn run(error: Many) -> Result<(), Many> {
        Err(error)
    }
    let (lines, counted) = logged(|| {
        for error in &MANY[..8] {
            assert!(run(*error).is_err());
        }
        (0..300).for_each(|_| assert!(run(Many::Ninth).is_err()));
        (0..300).for_each(|_| assert!(run(Many::Tenth).is_err()));
        assert!(run(Many::Eleventh).is_err());
    });
    for error in &MANY[..8] {
        assert_eq!(of_message(&lines, &format!("{error:?}")), 1, "the first of its kind");
    }
    let last = lines.last().expect("lines");
    assert_eq!((&*last.message, &last.json["status"]), ("Eleventh", &"emergency".into()));
    assert!(counted.suppressed > 0);
    assert_eq!(lines.len() as u64 + counted.suppressed, 8 + 600 + 1);
    let unlogged: Vec<_> = lines.iter().flat_map(unlogged_kinds).collect();
    assert!(unlogged.iter().all(|(kind, _)| kind == "other kinds"), "{unlogged:?}");
    assert_eq!(unlogged.iter().map(|(_, number)| number).sum::<u64>(), counted.suppressed);
}
