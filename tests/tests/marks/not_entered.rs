//! Code that gets no marks: macros of the user, closures, inner functions and blocks.

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
