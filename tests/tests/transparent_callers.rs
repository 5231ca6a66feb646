//! A `#[track_caller]` function still reports its caller: to the functions that it calls, in a panic, and in
//! both orders of the attributes. The line in the log is that of its own `?`.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::num::ParseIntError;
use std::panic::{self, AssertUnwindSafe, Location, catch_unwind};
use std::sync::Once;
use std::task::Poll;

use anyhow::bail;
use futures::executor::block_on;
use track_errors::{testing, track_errors};

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

    #[track_caller]
    pub(super) unsafe fn raw() -> Result<(u32, u32), String> {
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
    let seen = unsafe { of_a_block::raw() };
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

/// A type whose methods are all `#[track_caller]`, and fail with the line of their caller.
#[derive(Debug, PartialEq)]
struct Cart<T>(T);

/// Where an error was converted.
#[derive(Debug, PartialEq)]
struct At(u32);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {}", self.0)
    }
}

impl std::error::Error for At {}

impl From<ParseIntError> for At {
    #[track_caller]
    fn from(_: ParseIntError) -> Self {
        At(caller())
    }
}

trait Checkout {
    fn pay(&self, text: &str) -> Result<u32, At>;

    #[track_errors]
    #[track_caller]
    fn pay_twice(&self, text: &str) -> Result<u32, At> {
        Ok(self.pay(text)? + self.pay(text)?)
    }
}

impl<T: Clone> Cart<T> {
    #[track_errors]
    #[track_caller]
    fn new(item: T, text: &str) -> Result<Self, At> {
        text.parse::<u32>()?;
        Ok(Self(item))
    }

    #[track_errors]
    #[track_caller]
    fn by_reference(&self, text: &str) -> Result<(&T, u32), At> {
        let _: u32 = text.parse()?;
        Ok((&self.0, caller()))
    }

    #[track_errors]
    #[track_caller]
    fn by_mutable_reference(&mut self, item: T, text: &str) -> Result<&mut T, At> {
        let _: u32 = text.parse()?;
        self.0 = item;
        Ok(&mut self.0)
    }

    #[track_errors]
    #[track_caller]
    fn by_value<const N: usize>(self, (text, _): (&str, [T; N])) -> Result<T, At> {
        let _: u32 = text.parse()?;
        Ok(self.0)
    }

    #[track_errors]
    #[track_caller]
    fn shown(self, text: impl AsRef<str>) -> Result<impl Fn() -> T, At> {
        let _: u32 = text.as_ref().parse()?;
        Ok(move || self.0.clone())
    }

    #[track_errors]
    #[track_caller]
    unsafe fn raw(text: *const &str) -> Result<u32, At> {
        // SAFETY: the caller ensures it.
        Ok(unsafe { *text }.parse()?)
    }

    #[track_errors]
    #[track_caller]
    fn later(&self, text: &str) -> impl Future<Output = Result<u32, At>> {
        let line = caller();
        let number = text.parse::<u32>();
        async move { if let Ok(number) = number { Ok(number) } else { Err(At(line)) } }
    }
}

impl<T: Clone> Checkout for Cart<T> {
    #[track_errors]
    #[track_caller]
    fn pay(&self, text: &str) -> Result<u32, At> {
        Ok(text.parse()?)
    }
}

#[test]
fn methods_and_functions_that_name_self_log_and_see_the_line_of_their_caller() {
    let mut cart = no_record(|| Cart::new("a", "1")).expect("a number");
    let line = line!() + 1;
    assert_eq!(no_record(|| cart.by_reference("1")), Ok((&"a", line)));
    assert_eq!(no_record(|| cart.by_mutable_reference("b", "1").copied()), Ok("b"));
    assert_eq!(no_record(|| cart.shown("1").map(|shown| shown())), Ok("b"));

    let one = |call: &dyn Fn() -> At, line| {
        let (error, record) = one_record(call);
        assert_eq!((error, &*record.message), (At(line), &*format!("at {line}")));
        record
    };
    let cart = Cart("a");
    let record = one(&|| Cart::new("a", "x").unwrap_err(), line!());
    assert_eq!(record.function, "transparent_callers::Cart::new");
    assert!(record.location.line < line, "the `?` is in the function itself");
    one(&|| cart.by_reference("x").unwrap_err(), line!());
    one(&|| Cart("a").by_mutable_reference("b", "x").unwrap_err(), line!());
    one(&|| Cart("a").by_value(("x", [])).unwrap_err(), line!());
    one(&|| Cart("a").shown("x").map(drop).unwrap_err(), line!());
    // SAFETY: it is a reference.
    one(&|| unsafe { Cart::<u8>::raw(&"x") }.unwrap_err(), line!());
    one(&|| cart.pay("x").unwrap_err(), line!());
    one(&|| cart.pay_twice("x").unwrap_err(), line!());
    one(&|| block_on(cart.later("x")).unwrap_err(), line!());
}

#[test]
fn an_async_function_is_tracked_as_without_track_caller() {
    #[allow(ungated_async_fn_track_caller, reason = "it is the subject")]
    #[track_errors]
    #[track_caller]
    async fn later(text: &str) -> Result<u32, ParseIntError> {
        text.parse::<u32>()
    }

    assert_eq!(one_record(|| block_on(later("twelve"))).0, Err(not_a_number()));
}

#[allow(
    clippy::needless_question_mark,
    clippy::needless_return,
    clippy::never_loop,
    reason = "they are the subject"
)]
#[test]
fn only_what_leaves_the_function_ends_it() {
    #[track_errors]
    #[track_caller]
    fn sync(text: &str) -> Result<u32, ParseIntError> {
        let closure = |text: &str| -> Result<u32, ParseIntError> {
            if text.is_empty() {
                return Ok(0);
            }
            Ok(text.parse::<u32>()? + 1)
        };
        let block = async { Ok::<u32, ParseIntError>("x".parse::<u32>()?) };
        fn nested() -> Result<u32, ParseIntError> {
            return "y".parse::<u32>();
        }
        assert!(closure("x").is_err() && block_on(block).is_err() && nested().is_err());
        let mut sum = 0;
        'outer: for number in 0.. {
            loop {
                if number > 3 {
                    break 'outer;
                }
                sum += closure("")? + if number == 2 { text.parse::<u32>()? } else { 1 };
                break;
            }
        }
        while sum > "8".parse::<u32>()? {
            return Ok(sum);
        }
        let Some(number) = Some(text.len()) else { return Ok(1) };
        if let Ok(found) = text.parse::<u32>()
            && found == text.parse::<u32>()?
        {
            return Ok(format!("{}{number}", text.parse::<u32>()?).parse()?);
        }
        Ok(0)
    }
    #[track_errors]
    #[track_caller]
    fn optional(text: Option<&str>) -> Option<Result<u32, ParseIntError>> {
        let text = text?;
        Some(text.parse::<u32>())
    }
    #[track_errors]
    #[track_caller]
    fn polled(poll: Poll<Result<u32, u32>>) -> Poll<Result<u32, u32>> {
        let number = poll?;
        if number.is_pending() { Poll::Pending } else { number.map(Ok) }
    }

    assert_eq!(no_record(|| sync("5")), Ok(51));
    assert_eq!(no_record(|| sync("7")), Ok(10));
    assert_eq!(one_record(|| sync("twelve")).0, Err(not_a_number()));
    assert_eq!(no_record(|| optional(None)), None);
    assert_eq!(one_record(|| optional(Some("twelve"))).0, Some(Err(not_a_number())));
    assert_eq!(no_record(|| polled(Poll::Pending)), Poll::Pending);
    assert_eq!(no_record(|| polled(Poll::Ready(Ok(1)))), Poll::Ready(Ok(1)));
    assert_eq!(one_record(|| polled(Poll::Ready(Err(1)))).0, Poll::Ready(Err(1)));
}

#[allow(clippy::non_minimal_cfg, clippy::needless_return, reason = "they are the subject")]
#[test]
fn what_leaves_the_function_keeps_its_attributes() {
    #[track_errors]
    #[track_caller]
    fn check(number: u32) -> anyhow::Result<u32> {
        #[cfg(any())]
        return Ok(1);
        #[cfg(any())]
        Err(At(1))?;
        #[cfg(any())]
        bail!(At(2));
        #[cfg(any())]
        anyhow::ensure!(number == 3);
        #[cfg(all())]
        anyhow::ensure!(number != 4, "it is {number}");
        #[allow(unused_must_use, reason = "it is the subject")]
        Ok::<u32, At>(5)?;
        #[cfg(all())]
        return Ok(number);
    }

    assert_eq!(no_record(|| check(6)).expect("not four"), 6);
    assert_eq!(one_record(|| check(4)).1.message, "it is 4");
}

#[test]
fn a_bail_and_an_ensure_of_a_macro_are_logged() {
    #[track_errors]
    #[track_caller]
    fn shown(number: u32) -> anyhow::Result<impl Fn() -> u32> {
        anyhow::ensure!(number != 1, "it is {number}");
        if number == 2 {
            bail!("it is two");
        }
        Ok(move || number)
    }
    #[track_errors]
    #[track_caller]
    fn check(number: u32) -> anyhow::Result<u32> {
        anyhow::ensure!(number != 1, "it is {number}");
        if number == 2 {
            bail!("it is two");
        }
        Ok(if number > 2 { anyhow::bail!(At(3)) } else { number })
    }

    assert_eq!(no_record(|| check(0)).expect("neither"), 0);
    for (number, message) in [(1, "it is 1"), (2, "it is two"), (3, "at 3")] {
        assert_eq!(one_record(|| check(number)).1.message, message);
    }
    assert_eq!(no_record(|| shown(0).map(|shown| shown())).expect("neither"), 0);
    assert_eq!(one_record(|| shown(1).is_err()).1.message, "it is 1");
    assert_eq!(one_record(|| shown(2).is_err()).1.message, "it is two");
}

#[test]
fn what_another_macro_returns_is_returned() {
    macro_rules! fail {
        ($error:expr) => {
            return Err($error)
        };
    }
    #[track_errors]
    #[track_caller]
    fn check(number: u32) -> Result<u32, u32> {
        if number == 1 {
            fail!(number);
        }
        Err(number)
    }

    assert_eq!(one_record(|| check(2)).0, Err(2));
    assert_eq!(no_record(|| check(1)), Err(1));
}

#[test]
fn a_track_caller_function_drops_what_it_owns_in_the_same_order() {
    struct Noted<'a>(&'a RefCell<Vec<&'static str>>, &'static str);
    impl Drop for Noted<'_> {
        fn drop(&mut self) {
            self.0.borrow_mut().push(self.1);
        }
    }
    macro_rules! function {
        ($(#[$attr:meta])* $name:ident) => {
            $(#[$attr])*
            #[track_caller]
            fn $name<'a>(
                dropped: &'a RefCell<Vec<&'static str>>,
                _a: Noted<'a>,
                (_, _c): (Noted<'a>, Noted<'a>),
                _: Noted<'a>,
                text: &str,
            ) -> Result<u32, ParseIntError> {
                let _local = Noted(dropped, "local");
                if text == "panic" {
                    panic!("as asked");
                }
                let number = (Noted(dropped, "temporary"), text.parse::<u32>()?).1;
                if number == 1 {
                    return Ok(Noted(dropped, "returned").1.len() as u32);
                }
                (Noted(dropped, "tail"), text.parse::<u32>()).1.map(|number| number + 1)
            }
        };
    }
    function!(plain);
    function!(
        #[track_errors]
        tracked
    );

    type Function = fn(
        &RefCell<Vec<&'static str>>,
        Noted<'_>,
        (Noted<'_>, Noted<'_>),
        Noted<'_>,
        &str,
    ) -> Result<u32, ParseIntError>;
    for text in ["1", "2", "x", "panic"] {
        let [expected, seen] = [plain as Function, tracked as Function].map(|function| {
            let dropped = RefCell::new(Vec::new());
            let noted = |name| Noted(&dropped, name);
            let (a, b, c) = (noted("a"), (noted("b"), noted("c")), noted("d"));
            let call = || catch_unwind(AssertUnwindSafe(|| function(&dropped, a, b, c, text)));
            let _ = testing::capture(call);
            dropped.into_inner()
        });
        assert!(seen.len() > 4 && seen == expected, "{text}: {seen:?}, not {expected:?}");
    }
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
