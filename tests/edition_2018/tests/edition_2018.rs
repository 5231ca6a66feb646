//! In the edition 2018 a closure captures whole variables, `panic!` takes any text, arrays iterate
//! by reference, trait objects need no `dyn`, and the prelude is smaller.

#![allow(
    clippy::comparison_to_empty,
    clippy::into_iter_on_ref,
    clippy::needless_question_mark,
    clippy::redundant_pattern_matching,
    clippy::uninlined_format_args,
    reason = "it belongs to the edition, or is the subject"
)]

extern crate track_errors as tracker;

use std::cell::RefCell;
use std::convert::TryFrom;
use std::error::Error;
use std::future::Future;
use std::num::ParseIntError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use futures::executor::block_on;
use tracker::{ErrorRecord, testing, track_errors};

const KIND: &str = "std::num::ParseIntError";

/// The value of `f`, and its one record.
fn one_record<T>(f: impl FnOnce() -> T) -> (T, ErrorRecord) {
    let (value, records) = testing::capture(f);
    let record = ErrorRecord::clone(&records.assert_one());
    (value, record)
}

fn one_record_of<F: Future>(future: F) -> (F::Output, ErrorRecord) {
    one_record(|| block_on(future))
}

fn no_record<T>(f: impl FnOnce() -> T) -> T {
    let (value, records) = testing::capture(f);
    records.assert_none();
    value
}

fn not_a_number() -> ParseIntError {
    "twelve".parse::<u32>().unwrap_err()
}

#[test]
fn functions_and_futures_log_once_with_the_line_of_their_question_mark() {
    #[track_errors(service = "old", crate = tracker)]
    fn sync(text: &str, mut sum: u32, (a, _): (u32, u32)) -> Result<u32, ParseIntError> {
        sum += text.parse::<u32>()?;
        Ok(sum + a)
    }
    let line = line!() - 3;
    #[track_errors(crate = tracker)]
    async fn later(text: &str, mut sum: u32, (a, _): (u32, u32)) -> Result<u32, ParseIntError> {
        sum += text.parse::<u32>()?;
        Ok(sum + a)
    }
    #[track_errors(crate = tracker)]
    fn future<'a>(text: &'a str) -> impl Future<Output = Result<u32, ParseIntError>> + 'a {
        async move { Ok(text.parse::<u32>()? + 1) }
    }
    #[track_errors(crate = tracker)]
    fn boxed<'a>(text: &'a str) -> Pin<Box<dyn Future<Output = Result<u32, ParseIntError>> + 'a>> {
        Box::pin(async move { Ok(text.parse::<u32>()? + 1) })
    }

    let (value, record) = one_record(|| sync("twelve", 1, (2, 3)));
    assert_eq!((value, &*record.kind), (Err(not_a_number()), KIND));
    assert_eq!(record.location.line, line);
    let (value, record) = one_record_of(later("twelve", 1, (2, 3)));
    assert_eq!((value, record.location.line), (Err(not_a_number()), line + 6));
    let (value, record) = one_record_of(future("twelve"));
    assert_eq!((value, record.location.line), (Err(not_a_number()), line + 11));
    let (value, record) = one_record_of(boxed("twelve"));
    assert_eq!((value, record.location.line), (Err(not_a_number()), line + 15));
    assert_eq!(no_record(|| sync("1", 1, (2, 3))), Ok(4));
    assert_eq!(no_record(|| block_on(later("1", 1, (2, 3)))), Ok(4));
}

#[test]
fn words_that_became_keywords_are_names() {
    #[track_errors(crate = tracker)]
    fn gen(gen: u32, r#try: u32) -> Result<u32, u32> {
        Err(gen + r#try)
    }
    #[track_errors(crate = tracker)]
    async fn r#try(r#gen: u32, (r#try, _): (u32, u32)) -> Result<u32, u32> {
        Err(r#gen + r#try)
    }

    assert_eq!(one_record(|| gen(1, 2)).0, Err(3));
    assert_eq!(one_record_of(r#try(1, (2, 3))).0, Err(3));
}

#[test]
#[allow(
    bare_trait_objects,
    ellipsis_inclusive_range_patterns,
    reason = "they belong to the edition"
)]
fn trait_objects_without_dyn_and_ranges_with_three_dots() {
    #[track_errors(crate = tracker)]
    fn sync(text: &str) -> Result<u32, Box<Error>> {
        match text.parse::<u32>()? {
            number @ 0...9 => Ok(number),
            number => Err(Box::<Error>::from(format!("{} is large", number))),
        }
    }
    #[track_errors(crate = tracker)]
    async fn later(text: &str) -> Result<u32, Box<Error + Send + Sync>> {
        Ok(text.parse::<u32>()?)
    }

    assert_eq!(one_record(|| sync("twelve")).1.kind, KIND);
    assert_eq!(one_record(|| sync("12")).1.message, "12 is large");
    assert_eq!(no_record(|| sync("1")).unwrap(), 1);
    assert_eq!(one_record_of(later("twelve")).1.kind, KIND);
}

#[test]
fn names_missing_from_the_prelude_are_imported_by_the_user() {
    #[track_errors(crate = tracker)]
    fn convert(number: i32) -> Result<u32, std::num::TryFromIntError> {
        u32::try_from(number)
    }

    assert_eq!(no_record(|| convert(1)), Ok(1));
    assert_eq!(one_record(|| convert(-1)).1.kind, "std::num::TryFromIntError");
}

#[test]
#[allow(non_fmt_panics, reason = "it belongs to the edition")]
fn a_panic_with_braces_in_its_text_is_that_text() {
    #[track_errors(crate = tracker)]
    fn sync(fail: bool) -> Result<u32, u32> {
        if fail {
            panic!("{}")
        }
        panic!(7_u32)
    }

    let payload = |fail| catch_unwind(AssertUnwindSafe(|| sync(fail))).unwrap_err();
    assert_eq!(*payload(true).downcast::<&str>().unwrap(), "{}");
    assert_eq!(*payload(false).downcast::<u32>().unwrap(), 7);
}

#[test]
#[allow(array_into_iter, reason = "it belongs to the edition")]
fn an_array_iterates_by_reference() {
    #[track_errors(crate = tracker)]
    fn first(array: [Result<u32, u32>; 2]) -> Result<u32, u32> {
        let by_reference: Option<&Result<u32, u32>> = array.into_iter().next();
        *by_reference.unwrap()
    }

    assert_eq!(one_record(|| first([Err(1), Ok(2)])).0, Err(1));
}

/// Records its name when it is dropped.
struct Noted<'a>(&'static str, &'a RefCell<Vec<&'static str>>);

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

struct Pair<'a> {
    left: Noted<'a>,
    right: Noted<'a>,
}

impl<'a> Pair<'a> {
    fn new(log: &'a RefCell<Vec<&'static str>>) -> Self {
        Pair { left: Noted("left", log), right: Noted("right", log) }
    }

    fn both(&self) -> Result<(), &'static str> {
        if self.left.0 == self.right.0 { Ok(()) } else { Err("they differ") }
    }
}

/// A sync and an async function from one body, and a test of what they drop.
macro_rules! drops {
    ($($name:ident($pair:ident, $log:ident) $body:block)*) => {
        $(
            #[test]
            fn $name() {
                type Log = RefCell<Vec<&'static str>>;
                fn plain<'a>($pair: Pair<'a>, $log: &'a Log) -> Result<(), &'static str> $body
                #[track_errors(crate = tracker)]
                fn tracked<'a>($pair: Pair<'a>, $log: &'a Log) -> Result<(), &'static str> $body
                async fn later<'a>($pair: Pair<'a>, $log: &'a Log) -> Result<(), &'static str> $body
                #[track_errors(crate = tracker)]
                async fn tracked_later<'a>(
                    $pair: Pair<'a>,
                    $log: &'a Log,
                ) -> Result<(), &'static str> $body

                fn dropped(
                    call: impl for<'a> FnOnce(Pair<'a>, &'a Log) -> Result<(), &'static str>,
                ) -> Vec<&'static str> {
                    let log = RefCell::default();
                    assert_eq!(call(Pair::new(&log), &log), Err("they differ"));
                    log.into_inner()
                }
                let expected = dropped(plain);
                assert!(expected.len() > 2, "{:?}", expected);
                assert_eq!(one_record(|| dropped(tracked)).0, expected);
                let expected = dropped(|pair, log| block_on(later(pair, log)));
                let of_tracked = || dropped(|pair, log| block_on(tracked_later(pair, log)));
                assert_eq!(one_record(of_tracked).0, expected);
            }
        )*
    };
}

drops! {
    a_closure_captures_whole_variables(pair, log) {
        let result = pair.both();
        {
            let take = move || assert_eq!(pair.right.0, "right");
            take();
            let _inner = Noted("inner", log);
        }
        let _local = Noted("local", log);
        result
    }

    temporaries_of_the_last_expression_live_longest(pair, log) {
        let _local = Noted("local", log);
        let pair = pair;
        match Noted("temporary", log).0 {
            "temporary" => pair.both(),
            _ => Ok(()),
        }
    }

    temporaries_of_a_condition_live_for_both_branches(pair, log) {
        if let None = Some(Noted("condition", log)).as_ref().filter(|noted| noted.0 == "") {
            let _branch = Noted("branch", log);
            pair.both()
        } else {
            Ok(())
        }
    }
}
