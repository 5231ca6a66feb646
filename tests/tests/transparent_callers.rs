//! A `#[track_caller]` function still reports its caller: to the functions that it calls, in a panic, and in
//! both orders of the attributes. The line in the log is that of its own `?`.

use std::cell::Cell;
use std::num::ParseIntError;
use std::panic::{self, AssertUnwindSafe, Location, catch_unwind};
use std::sync::Once;

use track_errors::track_errors;

#[path = "support/mod.rs"]
mod support;

use support::{KIND, MESSAGE, facts, no_record, not_a_number, one_record};

/// The location of the caller of the function that calls this one.
#[track_caller]
fn caller() -> u32 {
    Location::caller().line()
}

#[track_caller]
fn plain(text: &str) -> Result<(u32, u32), ParseIntError> {
    let number = text.parse::<u32>()?;
    Ok((number, Location::caller().line()))
}

#[track_caller]
#[track_errors]
fn below(text: &str) -> Result<(u32, u32), ParseIntError> {
    let number = text.parse::<u32>()?; // `?` of `below`
    Ok((number, Location::caller().line()))
}

#[track_errors]
#[track_caller]
fn above(text: &str) -> Result<(u32, u32), ParseIntError> {
    let number = text.parse::<u32>()?; // `?` of `above`
    Ok((number, Location::caller().line()))
}

#[track_errors]
#[track_caller]
fn by_another(text: &str) -> Result<(u32, u32), ParseIntError> {
    Ok((text.parse::<u32>()?, caller()))
}

#[track_errors]
#[track_caller]
fn parameters(_: u32, (a, _): (u32, u32), mut sum: u32) -> Result<(u32, u32), u32> {
    sum += a;
    if sum > 9 { Err(sum) } else { Ok((sum, Location::caller().line())) }
}

#[track_errors]
#[track_caller]
fn generic<T: Clone, const N: usize>(list: &[T; N], default: T) -> Result<(&T, u32), T> {
    let line = Location::caller().line();
    list.first().map(|first| (first, line)).ok_or(default)
}

#[test]
fn a_free_function_sees_the_line_of_its_caller() {
    let line = line!() + 1;
    let seen = [plain("1"), below("1"), above("1"), by_another("1")];
    assert!(seen.iter().all(|seen| *seen == Ok((1, line))), "{line}: {seen:?}");
    let line = line!() + 1;
    assert_eq!(no_record(|| parameters(1, (2, 3), 4)), Ok((6, line)));
    let line = line!() + 1;
    assert_eq!(no_record(|| generic(&["a"], "b")), Ok((&"a", line)));
}

#[track_errors]
mod of_a_block {
    use std::panic::Location;

    #[cfg_attr(all(), track_caller)]
    pub(super) fn conditional() -> Result<(u32, u32), String> {
        Ok((1, Location::caller().line()))
    }

    #[cfg_attr(any(), track_caller)]
    pub(super) fn never() -> Result<(u32, u32), String> {
        Ok((1, Location::caller().line())) // `never`
    }

    // If it were tracked, it could not see its caller.
    #[track_caller]
    pub(super) unsafe fn left_alone() -> Result<(u32, u32), String> {
        Ok((1, Location::caller().line()))
    }

    pub(super) struct Method;

    impl Method {
        #[cfg_attr(all(), track_caller)]
        pub(super) fn conditional(&self) -> Result<(u32, u32), String> {
            Ok((1, Location::caller().line()))
        }
    }
}

#[test]
fn a_conditional_track_caller_in_a_block_reports_the_caller() {
    let line = line!() + 1;
    let seen = [of_a_block::conditional(), of_a_block::Method.conditional()];
    assert!(seen.iter().all(|seen| *seen == Ok((1, line))), "{line}: {seen:?}");
    let source = include_str!("transparent_callers.rs");
    let own = source.lines().position(|line| line.ends_with("// `never`")).expect("the comment");
    assert_eq!(of_a_block::never(), Ok((1, u32::try_from(own + 1).expect("a short file"))));
    let line = line!() + 2;
    // SAFETY: it has no requirements.
    let seen = unsafe { of_a_block::left_alone() };
    assert_eq!(seen, Ok((1, line)));
}

#[test]
fn a_track_caller_function_passes_its_own_caller_on() {
    #[track_caller]
    fn plain_outer() -> Result<(u32, u32), ParseIntError> {
        plain("1")
    }
    #[track_errors]
    #[track_caller]
    fn outer() -> Result<(u32, u32), ParseIntError> {
        above("1")
    }
    #[track_errors]
    fn without_track_caller() -> Result<(u32, u32), ParseIntError> {
        above("1")
    }

    let expected = (1, line!() + 1);
    assert_eq!([plain_outer(), outer()], [Ok(expected), Ok(expected)]);
    assert_eq!(without_track_caller(), Ok((1, line!() - 5)));
}

#[test]
fn the_log_has_the_line_of_the_question_mark_in_the_function_itself() {
    for (name, function) in
        [("below", below as fn(&str) -> Result<(u32, u32), ParseIntError>), ("above", above)]
    {
        let (value, record) = one_record(|| function("twelve"));
        assert_eq!(value, Err(not_a_number()));
        let comment = format!("// `?` of `{name}`");
        let source = include_str!("transparent_callers.rs");
        let line = source.lines().position(|line| line.ends_with(&comment)).expect("the comment");
        let function = format!("transparent_callers::{name}");
        let line = u32::try_from(line + 1).expect("a short file");
        assert_eq!(facts(&record), (KIND, MESSAGE, &*function, line));
    }
    assert_eq!(one_record(|| parameters(1, (2, 3), 9)).0, Err(11));
}

thread_local! {
    /// The line of the last panic of this thread.
    static PANICKED: Cell<u32> = const { Cell::new(0) };
}

#[test]
fn a_panic_of_what_it_calls_points_at_its_caller() {
    #[track_caller]
    fn plain_unwrap(number: Option<u32>) -> Result<u32, u32> {
        Ok(number.unwrap())
    }
    #[track_errors]
    #[track_caller]
    fn unwrap(number: Option<u32>) -> Result<u32, u32> {
        Ok(number.unwrap())
    }
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICKED.set(info.location().map_or(0, Location::line));
            previous(info);
        }));
    });
    let line_of = |call: &dyn Fn() -> Result<u32, u32>| {
        catch_unwind(AssertUnwindSafe(call)).expect_err("it panics");
        PANICKED.get()
    };

    let line = line!() + 1;
    let lines = [line_of(&|| plain_unwrap(None)), line_of(&|| unwrap(None))];
    assert_eq!(lines, [line, line]);
}
