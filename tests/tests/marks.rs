//! Marks: the log has the line and the column of the `?` that failed, and the type of the error there.

#![allow(clippy::needless_question_mark, reason = "the `?` is what is looked at")]
#![allow(clippy::redundant_closure_for_method_calls, reason = "so are closures that convert")]

mod support;

use std::error::Error;
use std::future::Future;

use std::num::ParseIntError;
use std::pin::Pin;

use futures::executor::block_on;
use support::{KIND, column, one_record, one_record_of, place};
use track_errors::{ErrorRecord, testing, track_errors};

const SOURCE: &str = include_str!("marks.rs");

/// Line and column of the first `what` in a line of this file.
#[track_caller]
fn at(line: u32, what: &str) -> (u32, u32) {
    (line, column(SOURCE, line, what))
}

/// Line and column of the last `what` in a line of this file.
#[track_caller]
fn at_last(line: u32, what: &str) -> (u32, u32) {
    let text = SOURCE.lines().nth(line as usize - 1).unwrap();
    let found = text.rfind(what).unwrap();
    (line, u32::try_from(text[..found].chars().count()).unwrap() + 1)
}

fn parse(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}

mod places {
    use super::*;

    #[test]
    fn the_question_mark_of_a_sync_function() {
        #[track_errors]
        fn sum(a: &str, b: &str) -> Result<u32, ParseIntError> {
            let a = parse(a)?;
            let b = parse(b)?;
            Ok(a + b)
        }
        let line = line!() - 3;

        assert_eq!(place(&one_record(|| sum("x", "1")).1), at(line - 1, "?"));
        assert_eq!(place(&one_record(|| sum("1", "x")).1), at(line, "?"));
    }

    #[test]
    fn each_arm_of_a_match_with_many() {
        #[track_errors]
        fn pick(number: u8, text: &str) -> Result<u32, ParseIntError> {
            match number {
                0 => parse(text),
                1 => text.parse::<u32>(),
                2 if text.is_empty() => Ok(0),
                2 => {
                    let text = text.trim();
                    parse(text)
                }
                3 => Ok(parse(text)?),
                4 => return parse(text),
                5 => unreachable!(),
                _ => {
                    if text == "x" {
                        parse(text)
                    } else {
                        text.parse()
                    }
                }
            }
        }
        let line = line!() - 19;

        for (number, text, place_of_it) in [
            (0, "x", at(line, "parse")),
            (1, "x", at(line + 1, "parse")),
            (2, "x", at(line + 5, "parse")),
            (3, "x", at(line + 7, "?")),
            (4, "x", at(line + 8, "parse")),
            (6, "x", at(line + 12, "parse")),
            (6, "y", at(line + 14, "parse")),
        ] {
            assert_eq!(place(&one_record(|| pick(number, text)).1), place_of_it, "{number} {text}");
        }
        assert_eq!(pick(0, "7"), Ok(7));
    }

    #[test]
    fn a_function_with_many_arms_takes_no_more_stack_than_with_few() {
        /// As large as a syntax tree.
        type Large = [u64; 512];
        fn large(fail: bool) -> Result<Large, String> {
            if fail { Err("no room is left".to_owned()) } else { Ok([0; 512]) }
        }
        macro_rules! arms {
            ($name:ident $($arm:literal)*) => {
                #[track_errors]
                #[inline(never)]
                fn $name(arm: u8, depth: u32, seen: &mut Vec<usize>) -> Result<Large, String> {
                    let here = 0_u8;
                    seen.push((&raw const here).addr());
                    match arm {
                        $($arm => large(depth == $arm),)*
                        _ if depth == 0 => large(false),
                        _ => $name(arm, depth - 1, seen),
                    }
                }
            };
        }
        arms!(few 101 102 103);
        arms!(many 101 102 103 104 105 106 107 108 109 110 111 112 113 114 115 116 117 118 119 120);

        let frame = |f: fn(u8, u32, &mut Vec<usize>) -> Result<Large, String>| {
            let mut seen = Vec::new();
            assert!(f(0, 2, &mut seen).is_ok());
            seen[0].abs_diff(seen[1])
        };
        let (few, many) = (frame(few), frame(many));
        assert!(many < few * 2, "{few} bytes with 5 arms, {many} with 22");
    }

    #[test]
    fn the_question_mark_of_an_async_function() {
        #[track_errors]
        async fn sum(a: &str, b: &str) -> Result<u32, ParseIntError> {
            let a = async { parse(a) }.await?;
            tokio::task::yield_now().await;
            let b = async { parse(b) }.await?;
            Ok(a + b)
        }
        let line = line!() - 4;

        assert_eq!(place(&one_record_of(sum("x", "1")).1), at(line - 1, "?"));
        assert_eq!(place(&one_record_of(sum("1", "x")).1), at(line + 1, "?"));
    }

    #[test]
    fn the_question_mark_under_async_trait() {
        #[async_trait::async_trait]
        trait Sum {
            async fn sum(&self, a: &str, b: &str) -> Result<u32, ParseIntError>;
        }
        #[async_trait::async_trait]
        impl Sum for () {
            #[track_errors]
            async fn sum(&self, a: &str, b: &str) -> Result<u32, ParseIntError> {
                let a = parse(a)?;
                tokio::task::yield_now().await;
                let b = parse(b)?;
                Ok(a + b)
            }
        }
        let line = line!() - 5;

        assert_eq!(place(&one_record_of(().sum("x", "1")).1), at(line - 1, "?"));
        assert_eq!(place(&one_record_of(().sum("1", "x")).1), at(line + 1, "?"));
    }

    #[test]
    fn the_question_mark_in_a_boxed_future() {
        type Sum<'a> = Pin<Box<dyn Future<Output = Result<u32, ParseIntError>> + 'a>>;
        #[track_errors]
        fn sum<'a>(a: &'a str) -> Pin<Box<dyn Future<Output = Result<u32, ParseIntError>> + 'a>> {
            Box::pin(async move { Ok(parse(a)? + 1) })
        }
        let line = line!() - 2;

        let sum: fn(&str) -> Sum<'_> = sum;
        assert_eq!(place(&one_record_of(sum("x")).1), at(line, "?"));
    }

    #[test]
    fn several_on_one_line() {
        #[track_errors]
        fn sum(a: &str, b: &str) -> Result<u32, ParseIntError> {
            Ok(parse(a)? + parse(b)?)
        }
        let line = line!() - 2;

        assert_eq!(place(&one_record(|| sum("x", "1")).1), at(line, "?"));
        assert_eq!(place(&one_record(|| sum("1", "x")).1), at_last(line, "?"));
    }

    #[test]
    fn one_behind_another() {
        #[track_errors]
        fn inner(text: &str) -> Result<u32, Box<dyn Error>> {
            let nested: Result<Result<u32, ParseIntError>, std::fmt::Error> = match text {
                "outer" => Err(std::fmt::Error),
                _ => Ok(parse(text)),
            };
            Ok(nested??)
        }
        let line = line!() - 2;

        let (_, record) = one_record(|| inner("outer"));
        assert_eq!((place(&record), &*record.kind), (at(line, "?"), "std::fmt::Error"));
        let (_, record) = one_record(|| inner("x"));
        assert_eq!((place(&record), &*record.kind), (at_last(line, "?"), KIND));
    }

    #[test]
    fn in_loops_and_matches() {
        #[track_errors]
        fn sum(texts: &[&str]) -> Result<u32, ParseIntError> {
            let mut sum = 0;
            for text in texts {
                sum += match text.len() {
                    0 => 0,
                    1 => parse(text)?,
                    _ => 'found: {
                        break 'found parse(text)?;
                    }
                };
            }
            Ok(sum)
        }
        let line = line!() - 8;

        assert_eq!(place(&one_record(|| sum(&["1", "x"])).1), at(line, "?"));
        assert_eq!(place(&one_record(|| sum(&["", "xx"])).1), at(line + 2, "?"));
    }

    #[test]
    fn in_conditions_and_guards() {
        #[track_errors]
        fn check(a: &str, b: &str, c: &str) -> Result<bool, ParseIntError> {
            if parse(a)? > 5 {
                return Ok(true);
            }
            let Ok(5) = Ok::<u32, ()>(parse(b)?) else { return Ok(false) };
            Ok(match c {
                "" => false,
                c if parse(c)? > 5 => true,
                _ => false,
            })
        }
        let line = line!() - 10;

        assert_eq!(place(&one_record(|| check("x", "5", "1")).1), at(line, "?"));
        assert_eq!(place(&one_record(|| check("1", "x", "1")).1), at(line + 3, "?"));
        assert_eq!(place(&one_record(|| check("1", "5", "x")).1), at(line + 6, "?"));
    }

    #[test]
    fn at_the_end_of_a_method_chain_of_several_lines() {
        #[track_errors]
        fn chain(text: &str) -> Result<usize, ParseIntError> {
            let length = text
                .trim_start_matches(char::is_whitespace)
                .trim_end_matches(char::is_whitespace)
                .parse::<u32>()?
                .to_string()
                .len();
            Ok(length)
        }
        let line = line!() - 5;

        assert_eq!(place(&one_record(|| chain("x")).1), at(line, "?"));
    }

    #[test]
    fn in_the_arguments_of_macros() {
        #[track_errors]
        fn text(a: &str) -> Result<String, Box<dyn Error>> {
            println!("{}", parse(a)?);
            Ok(String::new())
        }
        #[track_errors]
        fn format(a: &str) -> Result<String, Box<dyn Error>> {
            Ok(format!("{a} {number:>4}", number = parse(a)?))
        }
        #[track_errors]
        fn vec(a: &str) -> Result<String, Box<dyn Error>> {
            let numbers = vec![1, parse(a)?, 3];
            Ok(format!("{numbers:?}"))
        }
        #[track_errors]
        fn write(a: &str) -> Result<String, Box<dyn Error>> {
            use std::fmt::Write;
            let mut text = String::new();
            write!(text, "{}", parse(a)?)?;
            Ok(text)
        }
        let line = line!() - 19;

        for (function, offset) in [
            (text as fn(&str) -> Result<String, Box<dyn Error>>, 0),
            (format, 5),
            (vec, 9),
            (write, 16),
        ] {
            let (value, record) = one_record(|| function("x"));
            assert_eq!(value.unwrap_err().to_string(), support::MESSAGE);
            assert_eq!(place(&record), at(line + offset, "?"));
            assert_eq!(record.kind, KIND);
        }
    }

    #[test]
    fn in_the_first_argument_of_matches() {
        #[track_errors]
        fn is_small(text: &str) -> Result<bool, ParseIntError> {
            Ok(matches!(parse(text)?, 0..=9 | 11 if text.len() < 3))
        }
        let line = line!() - 2;

        assert_eq!(place(&one_record(|| is_small("x")).1), at(line, "?"));
        assert_eq!((is_small("11"), is_small("10")), (Ok(true), Ok(false)));
    }

    #[test]
    fn in_the_arguments_of_join() {
        use std::future::ready;

        #[track_errors]
        async fn tokio_join(a: &str) -> Result<u32, ParseIntError> {
            let (a, b) = tokio::join!(ready(parse(a)?), ready(2));
            Ok(a + b)
        }
        #[track_errors]
        async fn tokio_try_join(a: &str) -> Result<u32, ParseIntError> {
            let (a, b) = tokio::try_join!(biased; ready(Ok(parse(a)?)), ready(parse("2")))?;
            Ok(a + b)
        }
        #[track_errors]
        async fn futures_join(a: &str) -> Result<u32, ParseIntError> {
            let (a, b) = futures::join!(ready(2), ready(parse(a)?));
            Ok(a + b)
        }
        #[track_errors]
        async fn futures_try_join(a: &str) -> Result<u32, ParseIntError> {
            let (a, b) = futures::try_join!(ready(parse("2")), ready(Ok(parse(a)?)))?;
            Ok(a + b)
        }
        let line = line!() - 18;

        assert_eq!(place(&one_record_of(tokio_join("x")).1), at(line, "?"));
        assert_eq!(place(&one_record_of(tokio_try_join("x")).1), at(line + 5, "?"));
        assert_eq!(place(&one_record_of(futures_join("x")).1), at(line + 10, "?"));
        assert_eq!(place(&one_record_of(futures_try_join("x")).1), at(line + 15, "?"));
        assert_eq!(block_on(tokio_try_join("5")), Ok(7));
        assert_eq!(block_on(futures_join("5")), Ok(7));
    }

    #[test]
    fn in_every_part_of_a_select_of_tokio() {
        use std::future::{pending, ready};

        #[track_errors]
        async fn choose(part: u8, text: &str) -> Result<u32, ParseIntError> {
            let mut sum = 0;
            tokio::select! {
                biased;
                Some(number) = ready(if part == 0 { Some(parse(text)?) } else { None }) => {
                    sum += number;
                }
                () = ready(()), if part == 1 && parse(text)? > 0 => sum += 1,
                (a, _) = ready((text, 5)), if part == 2 => { sum += parse(a)?; }
                text = ready(text), if part == 3 => sum += parse(text)?,
                _ = ready(()), if part == 4 => return parse(text),
                () = pending(), if false => unreachable!(),
                else => sum += parse(text)?
            }
            Ok(sum)
        }
        let line = line!() - 14;

        for (part, place_of_it) in [
            (0, at(line + 2, "?")),
            (1, at(line + 5, "?")),
            (2, at(line + 6, "?")),
            (3, at(line + 7, "?")),
            (4, at(line + 8, "parse")),
            (5, at(line + 10, "?")),
        ] {
            let (value, record) = one_record_of(choose(part, "x"));
            assert!(value.is_err());
            assert_eq!(place(&record), place_of_it, "{part}");
        }
        for (part, sum) in [(0, 7), (1, 1), (2, 7), (3, 7), (4, 7), (5, 7)] {
            assert_eq!(block_on(choose(part, "7")), Ok(sum), "{part}");
        }
    }

    #[test]
    fn in_every_part_of_a_select_of_futures() {
        use futures::FutureExt as _;
        use futures::future::{Fuse, ready};
        use futures::{select, select_biased};

        #[track_errors]
        async fn choose(part: u8, text: &str) -> Result<u32, ParseIntError> {
            let mut first = if part == 0 { ready(text).fuse() } else { Fuse::terminated() };
            let mut second = if part == 1 { ready(text).fuse() } else { Fuse::terminated() };
            let sum = select! {
                text = first => parse(text)?,
                text = second => { parse(text)? }
                complete => parse(text)?,
            };
            let twice = select_biased! {
                number = ready(parse(text)?).fuse() => number * 2,
                default => 0,
            };
            Ok(sum + twice)
        }
        let line = line!() - 10;

        for (part, offset) in [(0, 0), (1, 1), (2, 2)] {
            let (_, record) = one_record_of(choose(part, "x"));
            assert_eq!(place(&record), at(line + offset, "?"), "{part}");
        }
        assert_eq!(block_on(choose(0, "2")), Ok(6));
    }

    #[test]
    fn a_select_of_another_form_stays_as_it_is() {
        macro_rules! select {
            (recv($from:expr) -> $name:pat => $handler:expr) => {{
                let $name = $from;
                $handler
            }};
        }
        #[track_errors]
        fn receive(text: &str) -> Result<u32, ParseIntError> {
            let number = select!(recv(text) -> word => parse(word)?);
            Ok(number)
        }
        let line = line!() - 4;

        assert_eq!(place(&one_record(|| receive("x")).1), at(line, "receive"));
        assert_eq!(receive("7"), Ok(7));
    }

    #[test]
    fn macros_that_show_their_arguments_show_what_was_written() {
        #[track_errors]
        fn shown(text: &str) -> Result<&'static str, ParseIntError> {
            let shown = stringify!(parse(text)?);
            dbg_free(parse(text)?);
            Ok(shown)
        }
        fn dbg_free(_: u32) {}

        assert_eq!(shown("1"), Ok("parse(text)?"));
    }

    #[test]
    fn an_error_in_a_block_inside_a_select_is_not_a_place_of_the_function() {
        #[track_errors]
        async fn choose(text: &str) -> Result<u32, ParseIntError> {
            tokio::select! {
                number = async { Ok::<u32, ParseIntError>(parse(text)? + 1) } => Ok(number?),
            }
        }
        let line = line!() - 3;

        assert_eq!(place(&one_record_of(choose("x")).1), at_last(line, "?"));
    }

    #[test]
    fn a_return_of_an_error() {
        #[track_errors]
        fn refuse(early: bool) -> Result<(), &'static str> {
            if early {
                return Err("early");
            }
            Err("late")
        }
        let line = line!() - 4;

        assert_eq!(place(&one_record(|| refuse(true)).1), at(line, "Err"));
        assert_eq!(place(&one_record(|| refuse(false)).1), at(line + 2, "Err"));
    }

    #[test]
    fn a_return_of_an_error_in_an_async_function() {
        #[track_errors]
        async fn refuse(early: bool) -> Result<(), &'static str> {
            if early {
                return Err("early");
            }
            tokio::task::yield_now().await;
            Err("late")
        }
        let line = line!() - 5;

        assert_eq!(place(&one_record_of(refuse(true)).1), at(line, "Err"));
        assert_eq!(place(&one_record_of(refuse(false)).1), at(line + 3, "Err"));
    }

    #[test]
    fn a_call_whose_value_is_returned() {
        #[track_errors]
        fn call(text: &str) -> Result<u32, ParseIntError> {
            parse(text)
        }
        #[track_errors]
        fn method(text: &str) -> Result<u32, ParseIntError> {
            text.trim_start_matches(char::is_whitespace)
                .trim_end_matches(char::is_whitespace)
                .parse()
        }
        #[track_errors]
        async fn wait(text: &str) -> Result<u32, ParseIntError> {
            async { parse(text) }.await
        }
        let line = line!() - 12;

        assert_eq!(place(&one_record(|| call("x")).1), at(line, "parse"));
        assert_eq!(place(&one_record(|| method("x")).1), at(line + 6, "parse"));
        assert_eq!(place(&one_record_of(wait("x")).1), at(line + 10, "await"));
    }

    #[test]
    fn branches_whose_value_is_returned() {
        #[track_errors]
        fn choose(text: &str, number: u32) -> Result<u32, ParseIntError> {
            match number {
                0 => Ok(0),
                1 => parse(text),
                2 => {
                    let text = text.trim();
                    text.parse()
                }
                3 | 4 => {
                    if number == 3 {
                        text.trim().parse()
                    } else if let Some(text) = text.get(..) {
                        parse(text)
                    } else {
                        Ok(1)
                    }
                }
                _ => text.trim().parse(),
            }
        }
        let line = line!() - 17;

        for (number, offset, what) in
            [(1, 1, "parse"), (2, 4, "parse"), (3, 8, "parse"), (4, 10, "parse"), (5, 15, "parse")]
        {
            let place = place(&one_record(|| choose("x", number)).1);
            assert_eq!(place, at(line - 1 + offset, what), "{number}");
        }
    }

    #[test]
    fn a_value_that_is_bound_and_then_returned() {
        #[allow(clippy::let_and_return, reason = "this is what the test is about")]
        #[track_errors]
        fn bound(text: &str) -> Result<u32, ParseIntError> {
            let number = parse(text);
            number
        }
        let line = line!() - 3;

        assert_eq!(place(&one_record(|| bound("x")).1), at(line, "parse"));
    }

    #[test]
    fn bail_of_anyhow() {
        #[track_errors]
        fn refuse(number: u32) -> anyhow::Result<u32> {
            if number == 0 {
                anyhow::bail!("no zero");
            }
            match number {
                1 => anyhow::bail!("no one: {number}"),
                number => Ok(number),
            }
        }
        let line = line!() - 7;

        let (_, record) = one_record(|| refuse(0));
        assert_eq!((place(&record), &*record.message), (at(line, "anyhow"), "no zero"));
        let (_, record) = one_record(|| refuse(1));
        assert_eq!((place(&record), &*record.message), (at(line + 3, "anyhow"), "no one: 1"));
    }

    #[test]
    fn bail_of_eyre() {
        use eyre::bail;
        #[track_errors]
        async fn refuse(number: u32) -> eyre::Result<u32> {
            if number == 0 {
                bail!("no zero");
            }
            match number {
                1 => bail!("no one: {number}"),
                number => Ok(number),
            }
        }
        let line = line!() - 7;

        let (_, record) = one_record_of(refuse(0));
        assert_eq!((place(&record), &*record.message), (at(line, "bail"), "no zero"));
        let (_, record) = one_record_of(refuse(1));
        assert_eq!((place(&record), &*record.message), (at(line + 3, "bail"), "no one: 1"));
    }

    #[test]
    fn a_question_mark_inside_a_macro_of_the_user_is_not_seen() {
        macro_rules! number {
            ($text:expr) => {
                parse($text)?
            };
        }
        #[track_errors]
        fn sum(a: &str, b: &str) -> Result<u32, ParseIntError> {
            let a = parse(a)?;
            let b = number!(b);
            Ok(a + b)
        }
        let line = line!() - 5;

        assert_eq!(place(&one_record(|| sum("x", "1")).1), at(line + 1, "?"));
        // The macro is not expanded, so the place is that of the function.
        assert_eq!(place(&one_record(|| sum("1", "x")).1), at(line, "sum"));
    }
}

mod not_entered {
    use super::*;

    #[test]
    fn a_closure() {
        #[track_errors]
        fn sum(text: &str) -> Result<u32, ParseIntError> {
            let number = || Ok(parse(text)? + 1);
            let number: Result<u32, ParseIntError> = number();
            let number = number?;
            Ok(number)
        }
        let line = line!() - 3;

        assert_eq!(place(&one_record(|| sum("x")).1), at(line, "?"));
    }

    #[test]
    fn an_inner_async_block() {
        #[track_errors]
        async fn sum(text: &str) -> Result<u32, ParseIntError> {
            let number = async { Ok::<u32, ParseIntError>(parse(text)? + 1) };
            tokio::task::yield_now().await;
            let number = number.await?;
            Ok(number)
        }
        let line = line!() - 3;

        assert_eq!(place(&one_record_of(sum("x")).1), at(line, "?"));
    }

    #[test]
    fn a_nested_function() {
        #[track_errors]
        fn sum(text: &str) -> Result<u32, ParseIntError> {
            fn plus_one(text: &str) -> Result<u32, ParseIntError> {
                Ok(parse(text)? + 1)
            }
            struct Number;
            impl Number {
                fn of(text: &str) -> Result<u32, ParseIntError> {
                    Ok(plus_one(text)? + 1)
                }
            }
            let number = Number::of(text)?;
            Ok(number)
        }
        let line = line!() - 3;

        assert_eq!(place(&one_record(|| sum("x")).1), at(line, "?"));
    }

    #[test]
    fn an_error_handled_in_a_closure_leaves_no_mark() {
        #[track_errors]
        fn sum(text: &str, value: Result<u32, ParseIntError>) -> Result<u32, ParseIntError> {
            let number = || Ok::<u32, ParseIntError>(parse(text)? + 1);
            let _: u32 = number().unwrap_or(0);
            value
        }
        let line = line!() - 5;

        let value = parse("y");
        assert_eq!(place(&one_record(|| sum("x", value)).1), at(line, "sum"));
    }
}

mod kinds {
    use super::*;

    type Boxed = Box<dyn Error>;
    type BoxedSend = Box<dyn Error + Send + Sync>;

    #[derive(Debug)]
    #[allow(dead_code, reason = "only shown")]
    enum PayError {
        Declined { code: u8 },
        Empty,
    }
    impl std::fmt::Display for PayError {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("cannot pay")
        }
    }
    impl Error for PayError {}

    fn pay() -> Result<(), PayError> {
        Err(PayError::Declined { code: 5 })
    }

    #[track_caller]
    fn check(record: &ErrorRecord, kind: &str, message: &str, place_at: (u32, u32)) {
        assert_eq!((&*record.kind, &*record.message, place(record)), (kind, message, place_at));
    }

    /// A function per container of errors, and the error that it fails with.
    macro_rules! containers {
        ($($name:ident: $container:ty;)*) => {
            $(
                #[test]
                fn $name() {
                    #[track_errors]
                    fn sync(what: u8) -> Result<(), $container> {
                        match what {
                            0 => parse("x").map(drop)?,
                            1 => std::fs::read("/there/is/no/such/file").map(drop)?,
                            _ => pay()?,
                        }
                        Ok(())
                    }
                    #[track_errors]
                    async fn later(what: u8) -> Result<(), $container> {
                        tokio::task::yield_now().await;
                        match what {
                            0 => parse("x").map(drop)?,
                            1 => std::fs::read("/there/is/no/such/file").map(drop)?,
                            _ => pay()?,
                        }
                        Ok(())
                    }

                    let not_found = "No such file or directory (os error 2)";
                    for (what, kind, message) in [
                        (0, KIND, support::MESSAGE),
                        (1, "std::io::Error", not_found),
                        (2, "marks::kinds::PayError::Declined", "cannot pay"),
                    ] {
                        let (value, record) = one_record(|| sync(what));
                        assert_eq!(value.unwrap_err().to_string(), message);
                        assert_eq!((&*record.kind, &*record.message), (kind, message));
                        let (value, record) = one_record_of(later(what));
                        assert_eq!(value.unwrap_err().to_string(), message);
                        assert_eq!((&*record.kind, &*record.message), (kind, message));
                    }
                }
            )*
        };
    }

    containers! {
        behind_box_dyn_error: Boxed;
        behind_box_dyn_error_send_sync: BoxedSend;
        behind_anyhow: anyhow::Error;
        behind_eyre: eyre::Report;
    }

    #[test]
    fn a_kind_and_its_place_belong_to_the_same_question_mark() {
        #[track_errors]
        fn two(first: &str) -> Result<u32, Boxed> {
            let number = parse(first)?;
            std::fs::read("/there/is/no/such/file")?;
            Ok(number)
        }
        let line = line!() - 3;

        let not_found = "No such file or directory (os error 2)";
        check(&one_record(|| two("x")).1, KIND, support::MESSAGE, at(line - 1, "?"));
        check(&one_record(|| two("1")).1, "std::io::Error", not_found, at(line, "?"));
    }

    #[test]
    fn context_of_anyhow_keeps_the_type_of_the_root() {
        use anyhow::Context;
        #[track_errors]
        fn read(path: &str) -> anyhow::Result<String> {
            let text = std::fs::read_to_string(path).context("reading the settings")?;
            Ok(text)
        }
        #[track_errors]
        async fn twice(path: &str) -> anyhow::Result<String> {
            let text = std::fs::read_to_string(path).context("reading")?;
            Err(anyhow::anyhow!("x")).with_context(|| text)
        }
        let line = line!() - 8;

        let (_, record) = one_record(|| read("/there/is/no/such/file"));
        check(&record, "std::io::Error", "reading the settings", at(line, "?"));
        assert_eq!(record.causes[0].message, "No such file or directory (os error 2)");
        let (_, record) = one_record_of(twice("/there/is/no/such/file"));
        check(&record, "std::io::Error", "reading", at(line + 5, "?"));
    }

    #[test]
    fn wrap_err_of_eyre_keeps_the_type_of_the_root() {
        use eyre::WrapErr;
        #[track_errors]
        fn number(text: &str) -> eyre::Result<u32> {
            let number = parse(text).wrap_err("reading a number")?;
            Ok(number)
        }
        let line = line!() - 3;

        let (_, record) = one_record(|| number("x"));
        check(&record, KIND, "reading a number", at(line, "?"));
        assert_eq!(record.causes[0].message, support::MESSAGE);
    }

    #[test]
    fn an_error_that_was_erased_before_is_named_by_its_root() {
        fn erased() -> Result<(), Boxed> {
            Err(Box::new(parse("x").unwrap_err()))
        }
        fn of_io() -> Result<(), BoxedSend> {
            Err(Box::new(std::io::Error::other(parse("x").unwrap_err())))
        }
        #[track_errors]
        fn hand_on() -> Result<(), Boxed> {
            erased()?;
            Ok(())
        }
        #[track_errors]
        fn hand_on_io() -> Result<(), BoxedSend> {
            of_io()?;
            Ok(())
        }

        // Nothing shows what was in the box; the record has what is known.
        let (value, record) = one_record(hand_on);
        assert!(value.unwrap_err().is::<ParseIntError>());
        assert_eq!(record.message, support::MESSAGE);
        let (value, record) = one_record(hand_on_io);
        assert!(value.unwrap_err().to_string().contains(support::MESSAGE));
        assert_eq!(record.message, support::MESSAGE);
    }

    #[test]
    fn the_conversion_of_the_question_mark_gives_the_kind_of_what_is_returned() {
        #[derive(Debug)]
        enum AppError {
            Number(ParseIntError),
        }
        impl std::fmt::Display for AppError {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("no number")
            }
        }
        impl Error for AppError {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                let AppError::Number(error) = self;
                Some(error)
            }
        }
        impl From<ParseIntError> for AppError {
            fn from(error: ParseIntError) -> Self {
                AppError::Number(error)
            }
        }
        #[track_errors]
        fn number(text: &str) -> Result<u32, AppError> {
            Ok(parse(text)?)
        }
        let line = line!() - 2;

        let (_, record) = one_record(|| number("x"));
        let kind = "marks::kinds::the_conversion_of_the_question_mark_gives_the_kind_of_what_is_returned\
                    ::AppError::Number";
        check(&record, kind, "no number", at(line, "?"));
        assert_eq!(record.causes[0].message, support::MESSAGE);
    }
}

mod marks_of_other_calls {
    use super::*;

    #[track_errors]
    fn clean_up() -> Result<(), &'static str> {
        Err("the clean-up failed")
    }

    struct FailsWhenDropped;
    impl Drop for FailsWhenDropped {
        fn drop(&mut self) {
            let _: Result<(), &str> = clean_up();
        }
    }

    #[test]
    fn a_destructor_that_fails_does_not_take_the_mark_or_leave_its_own() {
        #[track_errors]
        fn work(text: &str) -> Result<u32, Box<dyn Error>> {
            let _guard = FailsWhenDropped;
            let number = parse(text)?;
            Ok(number)
        }
        let line = line!() - 3;

        let (value, records) = testing::capture(|| work("x"));
        assert_eq!(value.unwrap_err().to_string(), support::MESSAGE);
        let messages: Vec<_> = records.iter().map(|record| &*record.message).collect();
        assert_eq!(messages, ["the clean-up failed", support::MESSAGE]);
        assert!(records[0].function.ends_with("::clean_up"));
        assert!(records[1].function.ends_with("::work"));
        // Its own place, or that of the function; never that of the other function.
        let work = line - 2;
        assert!([work, line].contains(&records[1].location.line), "{:?}", records[1].location);
    }

    #[test]
    fn an_error_that_was_handled_leaves_no_mark_for_the_next() {
        #[track_errors]
        fn inner(text: &str) -> Result<u32, ParseIntError> {
            let number = parse(text)?;
            Ok(number)
        }
        #[track_errors]
        fn outer(value: Result<u32, u8>) -> Result<u32, u8> {
            let _: u32 = inner("x").unwrap_or(0);
            value
        }
        let line = line!() - 4;

        let (value, records) = testing::capture(|| outer(Err(1)));
        assert_eq!(value, Err(1));
        assert_eq!(records.len(), 2, "two errors: {records:#?}");
        assert_eq!(place(&records[1]), at(line, "outer"));
    }

    #[test]
    fn recursive_calls_have_their_own_places() {
        #[track_errors]
        fn depth(levels: u32) -> Result<u32, Box<dyn Error>> {
            if levels == 0 {
                return Ok(parse("x")?);
            }
            let _: Result<u32, _> = depth(levels - 1);
            std::fs::read("/there/is/no/such/file")?;
            Ok(levels)
        }
        let line = line!() - 6;

        let (_, records) = testing::capture(|| depth(1));
        assert_eq!(records.len(), 2, "{records:#?}");
        assert_eq!((place(&records[0]), &*records[0].kind), (at(line, "?"), KIND));
        assert_eq!((place(&records[1]), &*records[1].kind), (at(line + 3, "?"), "std::io::Error"));
    }

    #[test]
    fn futures_that_run_at_the_same_time_keep_their_marks_apart() {
        #[track_errors]
        async fn slow(text: &str) -> Result<u32, Box<dyn Error>> {
            tokio::task::yield_now().await;
            let number = parse(text)?;
            tokio::task::yield_now().await;
            Ok(number)
        }
        #[track_errors]
        async fn read(path: &str) -> Result<Vec<u8>, Box<dyn Error>> {
            tokio::task::yield_now().await;
            let bytes = std::fs::read(path)?;
            tokio::task::yield_now().await;
            Ok(bytes)
        }
        let line = line!() - 11;

        let (values, records) = testing::capture(|| {
            block_on(futures::future::join(slow("x"), read("/there/is/no/such/file")))
        });
        assert!(values.0.is_err() && values.1.is_err());
        assert_eq!(records.len(), 2, "{records:#?}");
        assert_eq!((place(&records[0]), &*records[0].kind), (at(line, "?"), KIND));
        assert_eq!((place(&records[1]), &*records[1].kind), (at(line + 7, "?"), "std::io::Error"));
    }
}

mod context {
    use std::fmt;

    use anyhow::Context as _;
    use track_errors::{testing, track_errors};

    #[derive(Debug)]
    enum PayError {
        Declined,
    }

    impl fmt::Display for PayError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("declined")
        }
    }

    impl std::error::Error for PayError {}

    fn pay() -> Result<u32, PayError> {
        Err(PayError::Declined)
    }

    #[track_errors]
    fn added_by_context() -> anyhow::Result<u32> {
        let paid = pay().context("paying")?;
        Ok(paid)
    }

    #[track_errors]
    fn added_twice() -> anyhow::Result<u32> {
        Ok(pay().with_context(|| "paying").context("checking out")?)
    }

    #[track_errors]
    async fn added_later() -> eyre::Result<u32> {
        use eyre::WrapErr as _;
        Ok(std::future::ready(pay()).await.wrap_err("paying")?)
    }

    #[track_errors]
    fn of_an_option() -> anyhow::Result<u32> {
        Ok(None.context("no card")?)
    }

    #[track_errors]
    fn of_another_type() -> Result<u32, PayError> {
        struct Question;
        impl Question {
            fn new() -> Self {
                Question
            }
            fn context(&self, _: &str) -> Result<u32, PayError> {
                pay()
            }
        }
        Ok(Question::new().context("not an error's")?)
    }

    fn kind<T, E>(f: impl FnOnce() -> Result<T, E>) -> String {
        let (result, records) = testing::capture(f);
        assert!(result.is_err());
        records[0].kind.clone()
    }

    #[test]
    fn the_kind_behind_context_is_the_type_before_it() {
        let pay_error = "marks::context::PayError";
        assert_eq!(kind(added_by_context), pay_error);
        assert_eq!(kind(added_twice), pay_error);
        assert_eq!(kind(|| futures::executor::block_on(added_later())), pay_error);
    }

    #[test]
    fn context_on_other_types_is_left_alone() {
        assert_eq!(kind(of_an_option), "anyhow::Error");
        assert_eq!(kind(of_another_type), "marks::context::PayError::Declined");
    }
}

mod conversions {
    use std::error::Error;
    use std::fmt;
    use std::rc::Rc;
    use std::sync::Arc;

    use anyhow::Context as _;
    use track_errors::{ErrorRecord, testing, track_errors};

    type Boxed = Box<dyn Error>;
    type BoxedSend = Box<dyn Error + Send + Sync>;

    #[derive(Debug)]
    enum PayError {
        Declined { code: u8 },
        Expired,
    }
    impl fmt::Display for PayError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                PayError::Declined { code } => write!(f, "declined: {code}"),
                PayError::Expired => f.write_str("expired"),
            }
        }
    }
    impl Error for PayError {}

    /// A struct with a cause of the standard library.
    #[derive(Debug)]
    struct BadPrice {
        cause: std::num::ParseIntError,
    }
    impl BadPrice {
        fn new() -> Self {
            BadPrice { cause: "x".parse::<u8>().unwrap_err() }
        }
    }
    impl fmt::Display for BadPrice {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bad price")
        }
    }
    impl Error for BadPrice {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.cause)
        }
    }

    const DECLINED: &str = "marks::conversions::PayError::Declined";
    const EXPIRED: &str = "marks::conversions::PayError::Expired";
    const BAD_PRICE: &str = "marks::conversions::BadPrice";
    const IO: &str = "std::io::Error";

    fn declined() -> PayError {
        PayError::Declined { code: 5 }
    }

    fn pay() -> Result<u32, PayError> {
        Err(declined())
    }

    #[track_caller]
    fn record<T, E>(f: impl FnOnce() -> Result<T, E>) -> ErrorRecord {
        let (result, mut records) = testing::capture(f);
        assert!(result.is_err());
        assert_eq!(records.len(), 1, "{records:#?}");
        records.remove(0)
    }

    /// A tracked function per case: its return type, its body, and the kind of the error.
    macro_rules! kinds {
        ($($name:ident: $container:ty { $($body:tt)* } => $kind:expr;)*) => {$(
            #[test]
            fn $name() {
                #[track_errors]
                fn sync() -> Result<u32, $container> {
                    $($body)*
                }
                #[track_errors]
                async fn later() -> Result<u32, $container> {
                    $($body)*
                }
                assert_eq!(record(sync).kind, $kind);
                assert_eq!(record(|| futures::executor::block_on(later())).kind, $kind);
            }
        )*};
    }

    kinds! {
        an_error_with_into: Boxed { let error = declined(); Err(error.into()) } => DECLINED;
        a_call_with_into: BoxedSend { Err(declined().into()) } => DECLINED;
        a_variant_with_into: anyhow::Error { Err(PayError::Expired.into()) } => EXPIRED;
        the_function_into: eyre::Report { Err(Into::into(declined())) } => DECLINED;
        the_function_into_of_a_type: Boxed { Err(Into::<Boxed>::into(declined())) } => DECLINED;
        a_box: Boxed { Err(Box::new(declined())) } => DECLINED;
        a_box_that_is_cast: Boxed { Err(Box::new(declined()) as Boxed) } => DECLINED;
        a_box_of_a_variant: Boxed { Err(Box::new(PayError::Declined { code: 7 })) } => DECLINED;
        a_box_of_a_struct: BoxedSend { Err(Box::new(BadPrice::new())) } => BAD_PRICE;
        a_box_from_an_error: Boxed { Err(Box::from(declined())) } => DECLINED;
        a_box_that_is_returned: Boxed { return Err(Box::new(declined())); } => DECLINED;
        a_box_with_a_question_mark: Boxed { Err(Box::new(declined()))? } => DECLINED;
        an_rc: Rc<dyn Error> { Err(Rc::new(BadPrice::new())) } => BAD_PRICE;
        an_rc_of_a_variant: Rc<dyn Error> { Err(Rc::new(declined())) } => DECLINED;
        an_arc: Arc<dyn Error + Send + Sync> { Err(Arc::new(declined())) } => DECLINED;
        anyhow_new: anyhow::Error { Err(anyhow::Error::new(BadPrice::new())) } => BAD_PRICE;
        anyhow_from: anyhow::Error { Err(anyhow::Error::from(declined())) } => DECLINED;
        eyre_new: eyre::Report { Err(eyre::Report::new(declined())) } => DECLINED;
        eyre_from: eyre::Report { Err(eyre::Report::from(BadPrice::new())) } => BAD_PRICE;
        // `Debug` of an error with context is that of the context.
        anyhow_with_context: anyhow::Error {
            Err(anyhow::Error::new(declined()).context("paying"))
        } => "marks::conversions::PayError";
        a_mapped_error_with_a_question_mark: Boxed { Ok(pay().map_err(Box::new)?) } => DECLINED;
        a_mapped_error_by_a_function: anyhow::Error {
            Ok(pay().map_err(anyhow::Error::from)?)
        } => DECLINED;
        a_mapped_error_by_new: eyre::Report { pay().map_err(eyre::Report::new) } => DECLINED;
        a_mapped_error_by_from: Boxed { pay().map_err(Box::from) } => DECLINED;
        a_mapped_error_by_into: Boxed { pay().map_err(Into::into) } => DECLINED;
        a_mapped_error_by_a_closure: BoxedSend { pay().map_err(|error| error.into()) } => DECLINED;
        a_mapped_error_by_a_closure_with_a_block: Boxed {
            let paid = pay().map_err(|error| -> Boxed { Box::new(error) })?;
            Ok(paid)
        } => DECLINED;
        a_mapped_error_that_is_returned: Boxed { return pay().map_err(Into::into); } => DECLINED;
        a_mapped_error_with_context: anyhow::Error {
            pay().map_err(anyhow::Error::new).context("paying")
        } => "marks::conversions::PayError";
        context_that_is_returned: anyhow::Error { pay().context("paying") } => "marks::conversions::PayError";
        the_last_conversion_to_a_type_of_the_users: Boxed {
            "x".parse::<u32>().map_err(|cause| BadPrice { cause }).map_err(Into::into)
        } => BAD_PRICE;
        an_anyhow_bail_of_a_variable: anyhow::Error {
            let error = declined();
            anyhow::bail!(error)
        } => DECLINED;
        an_anyhow_bail_of_a_call: anyhow::Error { anyhow::bail!(BadPrice::new()) } => BAD_PRICE;
        a_bail_of_a_variant: anyhow::Error { use anyhow::bail; bail!(PayError::Expired); } => EXPIRED;
        an_eyre_bail_of_a_variable: eyre::Report {
            let error = declined();
            eyre::bail!(error);
        } => DECLINED;
        one_arm_of_many: Boxed {
            match std::hint::black_box(4_u8) {
                0 => Ok(0),
                1 => pay().map_err(Into::into),
                2 => Err("x".into()),
                3 => Err(Box::new(std::fmt::Error)),
                4 => Err(Box::new(declined())),
                _ => Err(declined().into()),
            }
        } => DECLINED;
    }

    // A container made from a text has the container's own type as kind.
    kinds! {
        a_text_with_into: Boxed { Err("no card".into()) } => "Box<dyn std::error::Error>";
        a_string_with_into: BoxedSend {
            let text = String::from("no card");
            Err(text.into())
        } => "Box<dyn std::error::Error + Send + Sync>";
        a_bail_of_a_text: anyhow::Error {
            let text = String::from("no card");
            anyhow::bail!(text)
        } => "anyhow::Error";
    }

    fn erased_io() -> Result<u32, BoxedSend> {
        Err(Box::new(std::io::Error::other("x".parse::<u8>().unwrap_err())))
    }

    fn erased_price() -> Result<u32, BoxedSend> {
        Err(Box::new(BadPrice::new()))
    }

    kinds! {
        // The container itself reveals a type of the standard library.
        an_erased_error_of_a_known_type: BoxedSend { Ok(erased_io()?) } => IO;
        an_erased_error_that_is_handed_on: BoxedSend { erased_io() } => IO;
        an_rc_of_a_known_type: Rc<dyn Error> {
            let error: Rc<dyn Error> = Rc::new(std::fmt::Error);
            Err(error)
        } => "std::fmt::Error";
        an_arc_of_a_known_type: Arc<dyn Error> {
            let error: Arc<dyn Error> = Arc::new(std::env::VarError::NotPresent);
            Err(error)
        } => "std::env::VarError::NotPresent";
        // The type of the root cause is found.
        an_erased_error_of_an_unknown_type: BoxedSend { erased_price() } => "std::num::ParseIntError";
    }

    #[test]
    fn a_reference_to_any_error_has_the_type_of_the_error() {
        #[track_errors]
        fn hand_back<'a>(error: &'a (dyn Error + 'a)) -> Result<u32, &'a dyn Error> {
            Err(error)
        }
        let error = "x".parse::<u8>().unwrap_err();
        assert_eq!(record(|| hand_back(&error)).kind, super::KIND);
    }

    #[test]
    fn pointers_to_a_concrete_error_have_its_kind() {
        #[track_errors]
        fn fail<E: fmt::Debug + fmt::Display>(error: E) -> Result<u32, E> {
            Err(error)
        }
        assert_eq!(record(|| fail(Arc::new(declined()))).kind, DECLINED);
        assert_eq!(record(|| fail(Rc::new(declined()))).kind, DECLINED);
        assert_eq!(record(|| fail(Box::new(declined()))).kind, DECLINED);
        assert_eq!(record(|| fail(&declined()).map_err(drop)).kind, DECLINED);
        assert_eq!(record(|| fail(&mut declined()).map_err(drop)).kind, DECLINED);
        assert_eq!(record(|| fail(Arc::new(BadPrice::new()))).kind, BAD_PRICE);
        assert_eq!(record(|| fail(Rc::new(BadPrice::new()))).kind, BAD_PRICE);
        assert_eq!(record(|| fail(Box::new(BadPrice::new()))).kind, BAD_PRICE);
        assert_eq!(record(|| fail(&BadPrice::new()).map_err(drop)).kind, BAD_PRICE);
    }

    #[test]
    fn the_place_is_that_of_the_err_and_not_of_what_is_converted() {
        #[track_errors]
        fn pay(fail: bool) -> Result<u32, Boxed> {
            if fail {
                return Err(Box::new(declined()));
            }
            Ok(1)
        }
        let line = line!() - 4;

        assert_eq!(super::place(&record(|| pay(true))), super::at(line, "Err"));
    }

    #[test]
    fn a_users_own_bail_macro_receives_its_argument_unchanged() {
        macro_rules! bail {
            ($kind:ident) => {
                return Err(PayError::$kind.into())
            };
            ($error:expr) => {
                return Err($error.into())
            };
        }
        #[track_errors]
        fn pay(number: u8) -> Result<u32, Boxed> {
            let error = declined();
            match number {
                0 => bail!(Expired),
                _ => bail!((error)),
            }
        }
        assert_eq!(record(|| pay(0)).message, "expired");
        assert_eq!(record(|| pay(1)).message, "declined: 5");
    }

    #[test]
    fn a_converted_value_is_evaluated_once_and_dropped_once() {
        use std::sync::atomic::{AtomicU32, Ordering};
        static MADE: AtomicU32 = AtomicU32::new(0);
        static DROPPED: AtomicU32 = AtomicU32::new(0);
        #[derive(Debug)]
        struct Counted;
        impl Counted {
            fn new() -> Self {
                MADE.fetch_add(1, Ordering::Relaxed);
                Counted
            }
        }
        impl fmt::Display for Counted {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("counted")
            }
        }
        impl Error for Counted {}
        impl Drop for Counted {
            fn drop(&mut self) {
                DROPPED.fetch_add(1, Ordering::Relaxed);
            }
        }
        #[track_errors]
        fn fail(how: u8) -> Result<u32, anyhow::Error> {
            match how {
                0 => Err(Counted::new().into()),
                1 => anyhow::bail!(Counted::new()),
                2 => Err(Counted::new()).map_err(anyhow::Error::new),
                _ => {
                    let counted = Counted::new();
                    anyhow::bail!(counted)
                }
            }
        }
        for how in 0..4 {
            record(|| fail(how));
        }
        assert_eq!((MADE.load(Ordering::Relaxed), DROPPED.load(Ordering::Relaxed)), (4, 4));
    }
}
