//! `Result` behind an alias of a library or of the user.

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
