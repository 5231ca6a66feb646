//! Every form of returned value, and errors of every type: no bounds are required.

#![allow(clippy::needless_question_mark, reason = "the `?` is what is looked at")]

mod support;

use std::convert::Infallible;
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::future::Future;
use std::io;
use std::num::ParseIntError;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker, ready};

use futures::executor::block_on;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use support::{KIND, MESSAGE, facts, no_record, one_record, one_record_of, place};
use track_errors::{testing, track_errors};

fn not_a_number() -> ParseIntError {
    "twelve".parse::<u32>().unwrap_err()
}

mod containers {
    use super::*;

    #[test]
    fn an_option_of_a_result() {
        #[track_errors]
        fn parse(text: Option<&str>) -> Option<Result<u32, ParseIntError>> {
            let text = text?;
            Some(text.parse::<u32>())
        }
        let line = line!() - 2;

        let (value, record) = one_record(|| parse(Some("twelve")));
        assert_eq!(value, Some(Err(not_a_number())));
        let function = "shapes_values::containers::an_option_of_a_result::parse";
        assert_eq!(facts(&record), (KIND, MESSAGE, function, line));
        assert_eq!(no_record(|| parse(Some("5"))), Some(Ok(5)));
        assert_eq!(no_record(|| parse(None)), None);
    }

    #[test]
    fn a_poll_of_a_result() {
        #[track_errors]
        fn parse(text: Poll<&str>) -> Poll<Result<u32, ParseIntError>> {
            let text = ready!(text);
            let number = text.parse::<u32>()?;
            Poll::Ready(Ok(number))
        }
        let line = line!() - 3;

        let (value, record) = one_record(|| parse(Poll::Ready("twelve")));
        assert_eq!(value, Poll::Ready(Err(not_a_number())));
        let function = "shapes_values::containers::a_poll_of_a_result::parse";
        assert_eq!(facts(&record), (KIND, MESSAGE, function, line));
        assert_eq!(no_record(|| parse(Poll::Ready("5"))), Poll::Ready(Ok(5)));
        assert_eq!(no_record(|| parse(Poll::Pending)), Poll::Pending);
    }

    #[test]
    fn a_poll_of_an_option_of_a_result() {
        #[track_errors]
        fn parse(text: Poll<Option<&str>>) -> Poll<Option<Result<u32, ParseIntError>>> {
            let Some(text) = ready!(text) else { return Poll::Ready(None) };
            let number = text.parse::<u32>()?;
            Poll::Ready(Some(Ok(number)))
        }
        let line = line!() - 3;

        let (value, record) = one_record(|| parse(Poll::Ready(Some("twelve"))));
        assert_eq!(value, Poll::Ready(Some(Err(not_a_number()))));
        let function = "shapes_values::containers::a_poll_of_an_option_of_a_result::parse";
        assert_eq!(facts(&record), (KIND, MESSAGE, function, line));
        assert_eq!(no_record(|| parse(Poll::Ready(Some("5")))), Poll::Ready(Some(Ok(5))));
        assert_eq!(no_record(|| parse(Poll::Ready(None))), Poll::Ready(None));
        assert_eq!(no_record(|| parse(Poll::Pending)), Poll::Pending);
    }

    #[test]
    fn an_async_fn_that_returns_an_option_of_a_result() {
        #[track_errors]
        async fn parse(text: Option<&str>) -> Option<Result<u32, ParseIntError>> {
            Some(text?.parse::<u32>())
        }

        assert_eq!(one_record_of(parse(Some("twelve"))).0, Some(Err(not_a_number())));
        assert_eq!(no_record(|| block_on(parse(None))), None);
    }

    #[test]
    fn a_question_mark_on_polls() {
        #[track_errors]
        fn parse(
            text: Poll<Option<Result<&str, ParseIntError>>>,
        ) -> Poll<Result<u32, ParseIntError>> {
            match text? {
                Poll::Ready(Some(text)) => Poll::Ready(text.parse::<u32>()),
                Poll::Ready(None) => Poll::Ready(Ok(0)),
                Poll::Pending => Poll::Pending,
            }
        }
        let line = line!() - 6;

        let (value, record) = one_record(|| parse(Poll::Ready(Some(Err(not_a_number())))));
        assert_eq!((value, record.location.line), (Poll::Ready(Err(not_a_number())), line));
        let (value, record) = one_record(|| parse(Poll::Ready(Some(Ok("twelve")))));
        assert_eq!((value, record.location.line), (Poll::Ready(Err(not_a_number())), line + 1));
        assert_eq!(no_record(|| parse(Poll::Ready(Some(Ok("5"))))), Poll::Ready(Ok(5)));
        assert_eq!(no_record(|| parse(Poll::Pending)), Poll::Pending);
    }

    #[test]
    fn iterator_next() {
        struct Numbers<'a>(std::str::Split<'a, char>);
        impl Iterator for Numbers<'_> {
            type Item = Result<u32, ParseIntError>;

            #[track_errors]
            fn next(&mut self) -> Option<Result<u32, ParseIntError>> {
                self.0.next().map(str::parse)
            }
        }

        let numbers = || Numbers("1,twelve,3".split(','));
        let (value, record) = one_record(|| numbers().collect::<Vec<_>>());
        assert_eq!(value, [Ok(1), Err(not_a_number()), Ok(3)]);
        assert_eq!(record.kind, KIND);
        assert!(record.function.ends_with("as core::iter::traits::iterator::Iterator>::next"));
    }

    #[test]
    fn iterator_next_by_its_associated_type() {
        struct Fails;
        impl Iterator for Fails {
            type Item = Result<u32, u8>;

            #[track_errors]
            fn next(&mut self) -> Option<Self::Item> {
                Some(Err(7))
            }
        }

        assert_eq!(one_record(|| Fails.next()).0, Some(Err(7)));
    }

    #[test]
    fn future_poll() {
        struct Parse<'a>(&'a str);
        impl Future for Parse<'_> {
            type Output = Result<u32, ParseIntError>;

            #[track_errors]
            fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
                Poll::Ready(self.0.parse::<u32>())
            }
        }

        let (value, record) = one_record_of(Parse("twelve"));
        assert_eq!((value, &*record.kind), (Err(not_a_number()), KIND));
        assert_eq!(no_record(|| block_on(Parse("5"))), Ok(5));
    }

    #[test]
    fn stream_poll_next() {
        struct Numbers<S>(S);
        impl<'a, S: Stream<Item = &'a str> + Unpin> Stream for Numbers<S> {
            type Item = Result<u32, ParseIntError>;

            #[track_errors]
            fn poll_next(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<Option<Result<u32, ParseIntError>>> {
                match ready!(self.0.poll_next_unpin(cx)) {
                    Some(text) => Poll::Ready(Some(text.parse::<u32>())),
                    None => Poll::Ready(None),
                }
            }
        }

        let numbers = |texts| Numbers(stream::iter(texts)).try_collect::<Vec<_>>();
        let (value, record) = one_record_of(numbers(vec!["1", "twelve"]));
        assert_eq!((value, &*record.kind), (Err(not_a_number()), KIND));
        assert_eq!(no_record(|| block_on(numbers(vec!["1", "2"]))), Ok(vec![1, 2]));
    }
}

mod aliases {
    use super::*;

    type Fallible<T> = Result<T, ParseIntError>;
    type Answer = Fallible<u32>;
    type MaybeAnswer = Option<Answer>;

    #[test]
    fn io_result() {
        #[track_errors]
        fn read(path: &str) -> io::Result<String> {
            std::fs::read_to_string(path)
        }
        let line = line!() - 2;

        let (value, record) = one_record(|| read("/there/is/no/such/file"));
        assert_eq!(value.unwrap_err().kind(), io::ErrorKind::NotFound);
        let function = "shapes_values::aliases::io_result::read";
        let message = "No such file or directory (os error 2)";
        assert_eq!(facts(&record), ("std::io::Error", message, function, line));
    }

    #[test]
    fn fmt_result() {
        struct Broken;
        impl Display for Broken {
            #[track_errors]
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "half")?;
                Err(fmt::Error)
            }
        }
        let line = line!() - 3;

        let (value, record) = one_record(|| {
            let mut text = String::new();
            let result = fmt::write(&mut text, format_args!("{Broken}"));
            (text, result)
        });
        assert_eq!(value, ("half".to_owned(), Err(fmt::Error)));
        assert_eq!((&*record.kind, record.location.line), ("std::fmt::Error", line));
    }

    #[test]
    fn anyhow_result() {
        #[track_errors]
        fn parse(text: &str) -> anyhow::Result<u32> {
            Ok(text.parse::<u32>()?)
        }

        let (value, record) = one_record(|| parse("twelve"));
        assert_eq!(value.unwrap_err().downcast_ref(), Some(&not_a_number()));
        assert_eq!((&*record.kind, &*record.message), (KIND, MESSAGE));
    }

    #[test]
    fn eyre_result() {
        #[track_errors]
        async fn parse(text: &str) -> eyre::Result<u32> {
            Ok(text.parse::<u32>()?)
        }

        let (value, record) = one_record_of(parse("twelve"));
        assert_eq!(value.unwrap_err().downcast_ref(), Some(&not_a_number()));
        assert_eq!((&*record.kind, &*record.message), (KIND, MESSAGE));
    }

    #[test]
    fn aliases_of_the_user_by_any_name() {
        #[track_errors]
        fn generic(text: &str) -> Fallible<u32> {
            let number = text.parse()?;
            Ok(number)
        }
        #[track_errors]
        async fn of_an_alias(text: &str) -> Answer {
            text.parse::<u32>()
        }
        #[track_errors]
        fn of_a_container(text: &str) -> MaybeAnswer {
            Some(text.parse::<u32>())
        }

        assert_eq!(one_record(|| generic("twelve")).0, Err(not_a_number()));
        assert_eq!(one_record_of(of_an_alias("twelve")).0, Err(not_a_number()));
        assert_eq!(one_record(|| of_a_container("twelve")).0, Some(Err(not_a_number())));
    }

    #[test]
    fn a_type_that_a_macro_makes() {
        macro_rules! result {
            ($ok:ty) => { Result<$ok, ParseIntError> };
        }
        #[track_errors]
        fn parse(text: &str) -> result!(u32) {
            let number = text.parse()?;
            Ok(number)
        }

        assert_eq!(one_record(|| parse("twelve")).0, Err(not_a_number()));
    }
}

mod errors {
    use super::*;

    /// Fails with the error.
    #[track_errors]
    fn fail<E>(error: E) -> Result<(), E> {
        Err(error)
    }

    /// A generic function knows nothing about `E`; these functions know the type.
    macro_rules! fails_with {
        ($ty:ty) => {{
            #[track_errors]
            fn tracked(error: $ty) -> Result<(), $ty> {
                Err(error)
            }
            tracked
        }};
    }

    fn kind_and_message<E>(f: impl FnOnce(E) -> Result<(), E>, error: E) -> (E, String, String) {
        let (value, record) = one_record(|| f(error));
        (value.expect_err("it fails"), record.kind, record.message)
    }

    #[test]
    fn a_type_that_has_nothing() {
        struct Nothing(u8);
        let (error, kind, message) = kind_and_message(fails_with!(Nothing), Nothing(7));
        assert_eq!(error.0, 7);
        let name = "shapes_values::errors::a_type_that_has_nothing::Nothing";
        assert_eq!((&*kind, &*message), (name, name));
    }

    #[test]
    fn a_type_that_has_debug() {
        #[derive(Debug, PartialEq)]
        enum Refusal {
            Declined { code: u8 },
        }
        let refusal = || Refusal::Declined { code: 5 };
        let (error, kind, message) = kind_and_message(fails_with!(Refusal), refusal());
        assert_eq!(error, refusal());
        assert_eq!(kind, "shapes_values::errors::a_type_that_has_debug::Refusal::Declined");
        assert_eq!(message, "Declined { code: 5 }");
    }

    #[test]
    fn a_type_that_has_display() {
        struct Shown;
        impl Display for Shown {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("shown")
            }
        }
        let (_, kind, message) = kind_and_message(fails_with!(Shown), Shown);
        assert_eq!(kind, "shapes_values::errors::a_type_that_has_display::Shown");
        assert_eq!(message, "shown");
    }

    #[test]
    fn an_error_with_a_lifetime() {
        #[derive(Debug, PartialEq)]
        struct ParseError<'a>(&'a str);
        impl Display for ParseError<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "cannot parse {:?}", self.0)
            }
        }
        impl Error for ParseError<'_> {}

        #[track_errors]
        fn parse<'a>(text: &'a str) -> Result<u32, ParseError<'a>> {
            text.parse().map_err(|_| ParseError(text))
        }
        #[track_errors]
        async fn parse_later(text: &str) -> Result<u32, ParseError<'_>> {
            let number = text.parse().map_err(|_| ParseError(text))?;
            Ok(number)
        }

        let text = String::from("twelve");
        for (value, record) in [one_record(|| parse(&text)), one_record_of(parse_later(&text))] {
            assert_eq!(value, Err(ParseError("twelve")));
            let kind = "shapes_values::errors::an_error_with_a_lifetime::ParseError";
            assert_eq!((&*record.kind, &*record.message), (kind, "cannot parse \"twelve\""));
        }
    }

    #[test]
    fn a_boxed_error_with_a_lifetime() {
        #[track_errors]
        fn parse<'a>(text: &'a str) -> Result<u32, Box<dyn Error + 'a>> {
            Ok(text.parse::<u32>()?)
        }
        #[track_errors]
        async fn parse_later<'a>(text: &'a str) -> Result<u32, Box<dyn Error + Send + Sync + 'a>> {
            Ok(text.parse::<u32>()?)
        }

        let text = String::from("twelve");
        let (value, record) = one_record(|| parse(&text).map_err(|error| error.to_string()));
        assert_eq!(value, Err(MESSAGE.to_owned()));
        assert_eq!((&*record.kind, &*record.message), (KIND, MESSAGE));
        let (value, record) = one_record_of(parse_later(&text));
        assert_eq!(value.unwrap_err().to_string(), MESSAGE);
        assert_eq!((&*record.kind, &*record.message), (KIND, MESSAGE));
    }

    #[test]
    fn a_generic_type_of_which_nothing_is_known() {
        let (error, kind, message) = kind_and_message(fail, not_a_number());
        assert_eq!(error, not_a_number());
        // The function does not know that it has `Display`.
        assert_eq!((&*kind, &*message), (KIND, KIND));
    }

    #[test]
    fn a_generic_type_that_is_known_to_be_an_error() {
        #[track_errors]
        fn fail<E: Error>(error: E) -> Result<(), E> {
            Err(error)
        }
        let (error, kind, message) = kind_and_message(fail, not_a_number());
        assert_eq!(error, not_a_number());
        assert_eq!((&*kind, &*message), (KIND, MESSAGE));
    }

    #[test]
    fn a_generic_type_with_display_and_debug() {
        #[track_errors]
        fn fail<E: Display + Debug + ?Sized>(error: Box<E>) -> Result<(), Box<E>> {
            Err(error)
        }
        let (value, record) = one_record(|| fail::<str>("refused".into()));
        assert_eq!(value, Err("refused".into()));
        assert_eq!(record.message, "refused");
    }

    #[test]
    fn unit() {
        assert_eq!(kind_and_message(fails_with!(()), ()), ((), "()".to_owned(), "()".to_owned()));
    }

    #[test]
    fn string() {
        let (error, kind, message) = kind_and_message(fails_with!(String), "refused".to_owned());
        assert_eq!((&*error, &*kind, &*message), ("refused", "String", "refused"));
    }

    #[test]
    fn str_reference() {
        let text = String::from("refused");
        let (error, kind, message) = kind_and_message(fails_with!(&str), &text);
        assert_eq!((error, &*kind, &*message), ("refused", "&str", "refused"));
    }

    #[test]
    fn a_tuple() {
        let (error, kind, message) = kind_and_message(fails_with!((u8, char)), (1, 'x'));
        assert_eq!(error, (1, 'x'));
        assert_eq!((&*kind, &*message), ("(u8, char)", "(1, 'x')"));
    }

    #[test]
    fn a_reference_to_an_error() {
        let not_a_number = not_a_number();
        let (error, kind, message) = kind_and_message(fails_with!(&ParseIntError), &not_a_number);
        assert_eq!(error, &not_a_number);
        assert_eq!((&*kind, &*message), ("std::num::ParseIntError", MESSAGE));
    }

    #[test]
    fn an_option() {
        let (error, kind, message) = kind_and_message(fails_with!(Option<u8>), Some(1));
        assert_eq!(error, Some(1));
        assert_eq!((&*kind, &*message), ("Option<u8>::Some", "Some(1)"));
    }

    #[test]
    fn a_closure_and_a_value_that_is_not_send() {
        #[track_errors]
        fn fail(count: &std::cell::Cell<u8>) -> Result<(), impl Fn() -> u8> {
            Err(|| count.replace(9))
        }
        let count = std::cell::Cell::new(1);
        let (value, _) = one_record(|| fail(&count));
        assert_eq!((value.unwrap_err()(), count.get()), (1, 9));
    }

    #[test]
    fn an_error_that_cannot_be() {
        #[track_errors]
        fn never(number: u32) -> Result<u32, Infallible> {
            Ok(number)
        }
        #[track_errors]
        async fn never_async(number: u32) -> Result<u32, Infallible> {
            let number = never(number)?;
            Ok(number)
        }

        let Ok(number) = no_record(|| never(1));
        let Ok(later) = no_record(|| block_on(never_async(2)));
        assert_eq!((number, later), (1, 2));
    }

    #[test]
    fn a_value_that_cannot_be() {
        #[track_errors]
        fn serve(port: &str) -> Result<Infallible, ParseIntError> {
            let _: u16 = port.parse()?;
            Err(port.parse::<u16>().map(drop).unwrap_err())
        }

        assert_eq!(one_record(|| serve("twelve")).0, Err(not_a_number()));
    }

    #[test]
    fn an_error_that_is_dropped_by_the_caller_is_dropped_once() {
        use std::sync::atomic::{AtomicU32, Ordering};
        static DROPS: AtomicU32 = AtomicU32::new(0);
        struct Counted;
        impl Drop for Counted {
            fn drop(&mut self) {
                DROPS.fetch_add(1, Ordering::Relaxed);
            }
        }
        let (error, ..) = kind_and_message(fails_with!(Counted), Counted);
        assert_eq!(DROPS.load(Ordering::Relaxed), 0);
        drop(error);
        assert_eq!(DROPS.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn the_keys_of_the_attribute_are_in_the_record() {
        const SERVICE: &str = "checkout";
        #[track_errors(service = SERVICE, level = "critical", kind = "Declined")]
        fn pay() -> Result<(), &'static str> {
            Err("no card")
        }

        let (_, record) = one_record(pay);
        assert_eq!(record.service.as_deref(), Some("checkout"));
        assert_eq!(record.level, track_errors::Level::Critical);
        assert_eq!((&*record.kind, &*record.message), ("Declined", "no card"));
        assert!(record.stack.starts_with("Declined: no card\n"), "{}", record.stack);
    }
}

#[test]
fn a_panic_in_the_body_is_a_panic_and_no_error() {
    #[track_errors]
    fn sync() -> Result<(), ()> {
        std::panic::panic_any(7_u8)
    }
    #[track_errors]
    async fn later() -> Result<(), ()> {
        std::panic::panic_any(7_u8)
    }

    no_record(|| {
        let payload = std::panic::catch_unwind(sync).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&7_u8));
        let payload = std::panic::catch_unwind(|| block_on(later())).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&7_u8));
    });
}

#[test]
fn a_loop_that_fails_a_hundred_times_logs_a_hundred_times() {
    #[track_errors]
    fn parse(text: &str) -> Result<u32, ParseIntError> {
        Ok(text.parse::<u32>()?)
    }

    let (failed, records) =
        testing::capture(|| (0..100).filter(|_| parse("twelve").is_err()).count());
    assert_eq!((failed, records.len()), (100, 100));
}

#[test]
fn without_any_mark_the_place_is_that_of_the_function() {
    #[track_errors]
    fn hand_back(value: Result<(), u8>) -> Result<(), u8> {
        value
    }
    let (line, column) = (line!() - 3, 8);

    let (value, record) = one_record(|| hand_back(Err(1)));
    assert_eq!((value, place(&record)), (Err(1), (line, column)));
}

#[test]
fn a_future_can_be_polled_by_hand() {
    #[track_errors]
    async fn fail() -> Result<(), u8> {
        Err(1)
    }

    let (value, _) = one_record(|| pin!(fail()).poll(&mut Context::from_waker(Waker::noop())));
    assert_eq!(value, Poll::Ready(Err(1)));
}
