//! The kind before a conversion into a container of errors.

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
    let (result, records) = testing::capture(f);
    assert!(result.is_err());
    ErrorRecord::clone(&records.assert_one())
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
