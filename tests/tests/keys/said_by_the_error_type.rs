//! `derive(Classify)`: keys of an error type and of its variants.

use super::*;

#[derive(Debug, Classify)]
#[classify(level = "critical", kind = "Pay")]
enum PayError {
    #[classify(level = "warn", kind = "CardDeclined", fingerprint = "card")]
    Declined(#[allow(dead_code, reason = "shown by Debug")] String),
    #[classify(expected)]
    NoSuchOrder {
        #[allow(dead_code, reason = "shown by Debug")]
        id: u32,
    },
    Gateway,
}

impl Display for PayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot pay: {self:?}")
    }
}

impl std::error::Error for PayError {}

#[track_errors]
fn pay(error: PayError) -> Result<(), PayError> {
    Err(error)
}

#[test]
fn the_keys_of_a_variant_apply_in_every_function_and_those_of_the_type_to_other_variants() {
    let declined = record(|| pay(PayError::Declined("4711".to_owned())));
    assert_eq!((&*declined.kind, declined.level), ("CardDeclined", Level::Warn));
    assert_eq!(declined.fingerprint.as_deref(), Some("card"));
    assert!(declined.error_type.ends_with("said_by_the_error_type::PayError"));
    let gateway = record(|| pay(PayError::Gateway));
    assert_eq!((&*gateway.kind, gateway.level), ("Pay", Level::Critical));
    assert_eq!(gateway.fingerprint, None);
}

#[test]
fn an_expected_variant_is_counted_and_not_logged() {
    assert_eq!(expected(|| pay(PayError::NoSuchOrder { id: 1 })), (1, 0));
    assert_eq!(expected(|| pay(PayError::Gateway)), (0, 1));
}

#[test]
fn the_attribute_overrides_the_type() {
    #[track_errors(level = "alert", kind = |_| "Asked", fingerprint = "f", when = |_| true)]
    fn pay(error: PayError) -> Result<(), PayError> {
        Err(error)
    }
    let record = record(|| pay(PayError::NoSuchOrder { id: 1 }));
    assert_eq!((&*record.kind, record.level), ("Asked", Level::Alert));
    assert_eq!(record.fingerprint.as_deref(), Some("f"));
}

#[test]
fn a_box_an_arc_and_a_reference_use_the_keys_of_their_content() {
    #[track_errors]
    fn boxed() -> Result<(), Box<PayError>> {
        Err(Box::new(PayError::Gateway))
    }
    #[track_errors]
    fn shared() -> Result<(), Arc<PayError>> {
        Err(Arc::new(PayError::Gateway))
    }
    #[track_errors]
    fn borrowed() -> Result<(), &'static PayError> {
        Err(&PayError::Gateway)
    }
    let all = records(|| (boxed(), shared(), borrowed()));
    let kinds: Vec<_> = all.iter().map(|record| &*record.kind).collect();
    assert_eq!(kinds, ["Pay"; 3]);
}

#[test]
fn a_type_with_parameters_and_one_that_is_a_struct_can_derive_it() {
    #[derive(Debug, Classify)]
    #[classify(level = "warn")]
    struct Failed<T>(T);
    impl<T: Debug> Display for Failed<T> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{:?} failed", self.0)
        }
    }
    impl<T: Debug> std::error::Error for Failed<T> {}
    #[track_errors]
    fn fail() -> Result<(), Failed<u8>> {
        Err(Failed(1))
    }
    assert_eq!(record(fail).level, Level::Warn);
}

#[test]
fn a_method_that_panics_is_ignored() {
    #[derive(Debug)]
    struct Wild;
    impl Display for Wild {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("wild")
        }
    }
    impl std::error::Error for Wild {}
    impl Classify for Wild {
        fn kind(&self) -> Option<Cow<'_, str>> {
            panic!("on purpose: kind")
        }
        fn is_expected(&self) -> bool {
            panic!("on purpose: expected")
        }
        fn fingerprint(&self) -> Option<Cow<'_, str>> {
            Some("  ".into())
        }
    }
    #[track_errors]
    fn fail() -> Result<(), Wild> {
        Err(Wild)
    }
    let record = record(fail);
    assert!(record.kind.ends_with("::Wild"), "{}", record.kind);
    assert_eq!(record.fingerprint, None, "a blank one counts as none");
}

#[test]
fn at_a_boundary_the_first_type_of_the_error_decides() {
    #[track_errors]
    fn inner() -> Result<(), PayError> {
        Err(PayError::Declined("4711".to_owned()))
    }
    #[track_errors(report = "boundary")]
    fn outer() -> Result<(), String> {
        inner().map_err(|error| error.to_string())
    }
    let (_, records) = testing::capture(outer);
    assert_eq!(records.len(), 1);
    assert_eq!((&*records[0].kind, records[0].level), ("CardDeclined", Level::Warn));
}
