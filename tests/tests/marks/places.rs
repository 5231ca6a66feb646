//! Where the mark is: the `?` or the returned error, in every position of a body.

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

#[rustfmt::skip] // The chain in `method` has to span several lines.
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
    #[allow(clippy::let_and_return, reason = "this is the subject of the test")]
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
