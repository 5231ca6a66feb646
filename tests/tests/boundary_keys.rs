//! Keys of a boundary and of the functions inside it: the boundary's keys override theirs, an error is
//! expected if any of them expects it, and the fields of all are logged.

mod recorded;

use std::error::Error;
use std::fmt;
use std::io;

use track_errors::{Classify, ErrorRecord, Level, boundary, boundary_fn, track_errors};
use track_errors_tests::executors::current_thread;

use recorded::{field, int, only, records, text};

fn refused() -> io::Result<()> {
    Err(io::Error::other("the payment is refused"))
}

/// A function without keys.
#[track_errors]
fn plain() -> io::Result<()> {
    refused()
}

/// A function with keys.
#[track_errors(
    service = "pay",
    level = "critical",
    kind = "payment",
    fingerprint = "pay-inner",
    fields(order = 17, by = "pay")
)]
fn keyed() -> io::Result<()> {
    refused()
}

fn facts(record: &ErrorRecord) -> (Level, &str, Option<&str>) {
    (record.level, &record.kind, record.fingerprint.as_deref())
}

// ------------------------------------------------------------------------------------------------
// Level, kind and fingerprint

#[track_errors(
    service = "shop",
    report = "boundary",
    level = "alert",
    kind = "checkout",
    fingerprint = "checkout-outer",
    fields(cart = 3, by = "shop")
)]
fn keyed_boundary(call: fn() -> io::Result<()>) -> io::Result<()> {
    call()
}

#[track_errors(
    service = "shop",
    report = "boundary",
    level = |_| Level::Alert,
    kind = |error| format!("checkout: {error}"),
    fingerprint = |_| 18,
)]
fn closure_boundary(call: fn() -> io::Result<()>) -> io::Result<()> {
    call()
}

#[track_errors(report = "boundary")]
fn plain_boundary(call: fn() -> io::Result<()>) -> io::Result<()> {
    call()
}

#[test]
fn the_keys_of_a_boundary_apply_to_functions_without_keys() {
    let record = only(records(|| keyed_boundary(plain)));
    assert_eq!(facts(&record), (Level::Alert, "checkout", Some("checkout-outer")));
}

#[test]
fn the_keys_of_a_boundary_override_those_of_functions_in_it() {
    let record = only(records(|| keyed_boundary(keyed)));
    assert_eq!(facts(&record), (Level::Alert, "checkout", Some("checkout-outer")));
}

#[test]
fn the_closures_of_a_boundary_override_the_keys_of_functions_in_it() {
    let record = only(records(|| closure_boundary(keyed)));
    let expected = (Level::Alert, "checkout: the payment is refused", Some("18"));
    assert_eq!(facts(&record), expected);
}

#[test]
fn the_keys_of_functions_apply_where_the_boundary_has_none() {
    let record = only(records(|| plain_boundary(keyed)));
    assert_eq!(facts(&record), (Level::Critical, "payment", Some("pay-inner")));
}

#[test]
fn without_keys_the_defaults_apply() {
    let record = only(records(|| plain_boundary(plain)));
    assert_eq!(facts(&record), (Level::Error, "std::io::Error", None));
}

#[test]
fn the_innermost_function_that_names_a_key_overrides_those_around_it() {
    #[track_errors(level = "warn", kind = "order")]
    fn order() -> io::Result<()> {
        keyed()
    }
    let record = only(records(|| plain_boundary(order)));
    assert_eq!(facts(&record), (Level::Critical, "payment", Some("pay-inner")));
}

#[test]
fn a_function_on_the_way_adds_the_keys_that_the_innermost_does_not_name() {
    #[track_errors(fingerprint = "order-17", fields(customer = 5))]
    fn order() -> io::Result<()> {
        plain()
    }
    let record = only(records(|| plain_boundary(order)));
    assert_eq!(facts(&record), (Level::Error, "std::io::Error", Some("order-17")));
    assert_eq!(field(&record, "customer"), int(5));
}

#[test]
fn the_service_is_that_of_the_function_that_failed() {
    let record = only(records(|| keyed_boundary(keyed)));
    assert_eq!(record.service.as_deref(), Some("pay"));
}

#[test]
fn the_level_of_a_boundary_overrides_that_of_the_errors_type() {
    #[derive(Debug, Classify)]
    #[classify(level = "emergency", kind = "fire")]
    struct Fire;

    impl fmt::Display for Fire {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the kitchen burns")
        }
    }

    impl Error for Fire {}

    #[track_errors]
    fn burn() -> Result<(), Fire> {
        Err(Fire)
    }
    #[track_errors(report = "boundary", level = "warn")]
    fn named() -> Result<(), Fire> {
        burn()
    }
    #[track_errors(report = "boundary")]
    fn unnamed() -> Result<(), Fire> {
        burn()
    }
    assert_eq!(facts(&only(records(named))), (Level::Warn, "fire", None));
    assert_eq!(facts(&only(records(unnamed))), (Level::Emergency, "fire", None));
}

#[test]
fn a_handled_error_is_logged_at_the_level_of_handled() {
    #[track_errors(report = "boundary", level = "alert", handled = "warn")]
    fn handles() -> io::Result<()> {
        keyed().or(Ok(()))
    }
    let record = only(records(handles));
    assert_eq!(facts(&record), (Level::Warn, "payment", Some("pay-inner")));
}

#[test]
fn the_keys_of_a_boundary_apply_to_its_own_error() {
    #[track_errors(report = "boundary", level = "alert", kind = "checkout", fields(cart = 3))]
    fn own() -> Result<(), &'static str> {
        keyed().map_err(|_| "something went wrong")
    }
    let record = only(records(own));
    assert_eq!(facts(&record), (Level::Alert, "checkout", None));
    assert_eq!((field(&record, "cart"), field(&record, "order")), (int(3), int(17)));
}

// ------------------------------------------------------------------------------------------------
// Fields

#[test]
fn the_fields_of_all_functions_are_logged() {
    let record = only(records(|| keyed_boundary(keyed)));
    assert_eq!((field(&record, "order"), field(&record, "cart")), (int(17), int(3)));
}

#[test]
fn the_innermost_of_fields_with_the_same_name_is_logged() {
    let record = only(records(|| keyed_boundary(keyed)));
    assert_eq!(field(&record, "by"), text("pay"));
    assert_eq!(record.fields.iter().filter(|field| field.name == "by").count(), 1);
}

// ------------------------------------------------------------------------------------------------
// `when`

/// How often an error is logged that leaves a function with this `when` and a boundary with that one.
fn logged_when(boundary: Option<bool>, function: Option<bool>) -> usize {
    #[track_errors(when = |_| true)]
    fn logs() -> io::Result<()> {
        refused()
    }
    #[track_errors(when = |_| false)]
    fn expects() -> io::Result<()> {
        refused()
    }
    #[track_errors(report = "boundary", when = |_| true)]
    fn logging_boundary(call: fn() -> io::Result<()>) -> io::Result<()> {
        call()
    }
    #[track_errors(report = "boundary", when = |_| false)]
    fn expecting_boundary(call: fn() -> io::Result<()>) -> io::Result<()> {
        call()
    }
    let function = match function {
        Some(true) => logs,
        Some(false) => expects,
        None => plain,
    };
    let boundary = match boundary {
        Some(true) => logging_boundary,
        Some(false) => expecting_boundary,
        None => plain_boundary,
    };
    records(|| boundary(function)).len()
}

#[test]
fn an_error_that_the_boundary_expects_is_not_logged_whatever_when_the_function_has() {
    for function in [None, Some(true), Some(false)] {
        assert_eq!(logged_when(Some(false), function), 0, "{function:?}");
    }
}

#[test]
fn an_error_that_the_function_expects_is_not_logged_whatever_when_the_boundary_has() {
    for boundary in [None, Some(true), Some(false)] {
        assert_eq!(logged_when(boundary, Some(false)), 0, "{boundary:?}");
    }
}

#[test]
fn an_error_that_neither_expects_is_logged_once() {
    for (boundary, function) in
        [(None, None), (None, Some(true)), (Some(true), None), (Some(true), Some(true))]
    {
        assert_eq!(logged_when(boundary, function), 1, "{boundary:?}, {function:?}");
    }
}

#[test]
fn an_error_that_a_function_on_the_way_expects_is_not_logged() {
    #[track_errors(when = |_| false)]
    fn lenient() -> io::Result<()> {
        keyed()
    }
    records(|| keyed_boundary(lenient)).assert_none();
}

#[test]
fn a_boundary_can_expect_an_error_that_it_converted() {
    #[track_errors(report = "boundary", when = |error: &String| !error.contains("refused"))]
    fn expects() -> Result<(), String> {
        keyed().map_err(|error| format!("order 17: {error}"))
    }
    records(expects).assert_none();
}

#[test]
fn fields_beyond_the_limit_are_left_out_and_counted() {
    #[track_errors(fields(
        a1 = 1,
        a2 = 1,
        a3 = 1,
        a4 = 1,
        a5 = 1,
        a6 = 1,
        a7 = 1,
        a8 = 1,
        a9 = 1,
        a10 = 1,
        a11 = 1,
        a12 = 1,
        a13 = 1,
        a14 = 1,
        a15 = 1,
        a16 = 1,
        a17 = 1,
        a18 = 1,
        a19 = 1,
        a20 = 1,
        a21 = 1,
        a22 = 1,
        a23 = 1,
        a24 = 1,
        a25 = 1,
        a26 = 1,
        a27 = 1,
        a28 = 1,
        a29 = 1,
        a30 = 1
    ))]
    fn inner() -> io::Result<()> {
        refused()
    }
    #[track_errors(report = "boundary", fields(b1 = 2, a1 = 2, b2 = 2, b3 = 2, b4 = 2))]
    fn outer() -> io::Result<()> {
        inner()
    }
    let record = only(records(|| assert!(outer().is_err())));
    // `a1` of the inner function hides that of the outer one.
    assert_eq!((record.fields.len(), record.fields_left_out), (32, 2));
    assert_eq!(record.fields[31].name, "b2");
}

// ------------------------------------------------------------------------------------------------
// Boundaries of code

/// Fails with what the call returns, at this level.
fn code(level: Level, call: fn() -> io::Result<()>) -> io::Result<()> {
    boundary_fn(call).level(level).call()
}

#[test]
fn a_boundary_of_code_has_a_level() {
    for call in [plain, keyed] {
        assert_eq!(only(records(|| code(Level::Emergency, call))).level, Level::Emergency);
    }
    let future = || boundary(async { keyed() }).level(Level::Debug);
    let record = only(records(|| current_thread().block_on(future())));
    assert_eq!(facts(&record), (Level::Debug, "payment", Some("pay-inner")));
}

#[test]
fn one_boundary_of_code_has_the_level_of_each_call() {
    for level in [Level::Emergency, Level::Info, Level::Emergency] {
        assert_eq!(only(records(|| code(level, plain))).level, level);
    }
}

#[test]
fn a_boundary_of_code_that_fails_with_a_value_has_a_level() {
    let respond = |call: fn() -> io::Result<()>| {
        boundary_fn(move || call().is_err()).failed_if(|failed| *failed).level(Level::Notice).call()
    };
    for call in [plain, keyed] {
        assert_eq!(only(records(|| respond(call))).level, Level::Notice);
    }
    let without = || boundary_fn(|| keyed().is_err()).failed_if(|failed| *failed).call();
    assert_eq!(only(records(without)).level, Level::Critical, "that of the error");
}

#[test]
fn a_boundary_of_code_logs_what_it_handled_at_a_level() {
    let handles = || Ok::<_, io::Error>(keyed().is_err());
    records(|| boundary_fn(handles).call()).assert_none();
    let record = only(records(|| boundary_fn(handles).handled(Level::Info).call()));
    assert_eq!((record.level, record.handled), (Level::Info, true));
    let future = || boundary(async move { handles() }).handled(Level::Debug);
    let record = only(records(|| current_thread().block_on(future())));
    assert_eq!((record.level, record.handled), (Level::Debug, true));
}

#[test]
fn a_cancellation_can_be_less_severe_than_an_error() {
    #[derive(Debug)]
    enum Failure {
        Cancelled,
        Refused,
    }
    impl fmt::Display for Failure {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "the request was {self:?}")
        }
    }
    impl Error for Failure {}
    fn severity(failure: &Failure) -> Level {
        match failure {
            Failure::Cancelled => Level::Debug,
            Failure::Refused => Level::Error,
        }
    }
    #[track_errors(level = severity)]
    fn request(failure: Failure) -> Result<(), Failure> {
        Err(failure)
    }
    let level = |failure| only(records(|| request(failure))).level;
    assert_eq!(level(Failure::Cancelled), Level::Debug);
    assert_eq!(level(Failure::Refused), Level::Error);
    assert!(!Level::Debug.is_tracked() && Level::Error.is_tracked());
}
