//! Errors of every type.

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
    (value.expect_err("it fails"), record.kind.into_owned(), record.message)
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
