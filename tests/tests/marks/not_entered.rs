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

#[test]
fn a_users_macro_with_the_name_of_a_known_one_receives_its_arguments_unchanged() {
    macro_rules! tried {
        ($name:ident ?) => {
            $name.parse::<u32>()?
        };
        ($from:expr => $name:ident ?) => {
            $from + $name.parse::<u32>()?
        };
    }
    macro_rules! write { ($($tokens:tt)*) => { tried!($($tokens)*) } }
    macro_rules! format { ($($tokens:tt)*) => { tried!($($tokens)*) } }
    macro_rules! println { ($($tokens:tt)*) => { tried!($($tokens)*) } }
    macro_rules! matches { ($($tokens:tt)*) => { tried!($($tokens)*) } }
    macro_rules! panic { ($($tokens:tt)*) => { tried!($($tokens)*) } }
    macro_rules! select { ($($tokens:tt)*) => { tried!($($tokens)*) } }

    #[track_errors]
    fn sum(text: &str) -> Result<u32, ParseIntError> {
        let first = write!(text?) + format!(text?) + println!(text?) + panic!(text?);
        let second = matches!(text?) + select!(text?) + write!(1 => text?) + format!(2 => text?);
        Ok(first + second)
    }

    assert_eq!(no_record(|| sum("1")), Ok(11));
    assert_eq!(one_record(|| sum("twelve")).0, Err(not_a_number()));
}

#[test]
fn a_variable_reaches_a_users_bail_macro_as_one_name() {
    macro_rules! bail {
        ($error:ident) => {
            return Err(anyhow::Error::new($error))
        };
    }
    #[track_errors]
    fn fail(text: &str) -> anyhow::Result<u32> {
        match text.parse() {
            Ok(number) => Ok(number),
            Err::<_, ParseIntError>(error) => bail!(error),
        }
    }

    assert_eq!(one_record(|| fail("twelve")).1.kind, KIND);
}
