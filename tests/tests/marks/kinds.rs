//! The kind of the error at the mark.

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
