//! `error!`: the syntax of `tracing::error!`, any error type, and the name of the function.

use std::cell::Cell;
use std::fmt::{self, Display};

use track_errors::{Classify, FieldValue, Level, counters, error};

use crate::recorded::{field, int, only, records, text};

struct Cart;

impl Cart {
    fn pay(&self) {
        let retry = || error!("no card", "paying failed");
        retry();
    }
}

#[test]
fn the_line_has_the_function_and_module_of_the_macro_and_its_place() {
    let record = only(records(|| Cart.pay()));
    assert_eq!(record.function, "by_hand::the_macro::Cart::pay");
    assert_eq!(record.module, "by_hand::the_macro");
    assert!(record.location.file.ends_with("tests/by_hand/the_macro.rs"), "{:?}", record.location);
    assert_eq!(record.location.line, line!() - 11);
}

#[test]
fn a_message_has_the_arguments_of_format() {
    let (id, attempt) = (7, 2);
    let record = only(records(|| error!("e", "order {id} failed {} times, {:?}", attempt, "x")));
    assert_eq!(record.log_message.as_deref(), Some("order 7 failed 2 times, \"x\""));
    assert_eq!(record.message, "e");
    assert_eq!(only(records(|| error!("e"))).log_message, None);
}

#[test]
fn fields_have_the_sigils_of_the_attribute() {
    #[derive(Debug)]
    struct Shown(#[allow(dead_code, reason = "for `Debug`")] u8);
    impl Display for Shown {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("shown")
        }
    }
    let (order, name, none) = (7_u8, String::from("ada"), None::<u8>);
    let shown = Shown(1);
    let record = only(records(|| {
        error!(
            "e",
            "an exception occurred",
            order = order,
            user = %shown,
            detail = ?shown,
            user.name = name,
            "request_id" = "r-1",
            "some key" = %1.5,
            none = none,
            r#type = true,
        );
    }));
    assert_eq!(field(&record, "order"), int(7));
    assert_eq!(field(&record, "user"), text("shown"));
    assert_eq!(field(&record, "detail"), text("Shown(1)"));
    assert_eq!(field(&record, "user.name"), text("ada"));
    assert_eq!(field(&record, "request_id"), text("r-1"));
    assert_eq!(field(&record, "some key"), text("1.5"));
    assert_eq!(field(&record, "none"), None);
    assert_eq!(field(&record, "type"), Some(FieldValue::Bool(true)));
    // Nothing was moved.
    assert_eq!(name, "ada");
}

#[test]
fn fields_may_precede_the_message_and_have_the_name_of_a_variable() {
    let (order, user) = (7, "ada");
    let record = only(records(|| {
        error!("e", order, %user, ?order, retries = 3, "order {order} failed", late = 1);
    }));
    assert_eq!(record.log_message.as_deref(), Some("order 7 failed"));
    let names: Vec<_> = record.fields.iter().map(|field| &*field.name).collect();
    assert_eq!(names, ["order", "user", "retries", "late"]);
}

#[test]
fn keys_are_those_of_a_report() {
    let kind = String::from("shop.declined");
    let level = Level::Alert;
    let record = only(records(|| {
        error!("e", "m", level = "critical", kind = kind.clone(), fingerprint = "f", service = "s");
    }));
    assert_eq!(record.level, Level::Critical);
    assert_eq!(record.kind, "shop.declined");
    assert_eq!(record.fingerprint.as_deref(), Some("f"));
    assert_eq!(record.service.as_deref(), Some("s"));
    assert!(record.fields.is_empty());
    assert_eq!(only(records(|| error!("e", level = level))).level, Level::Alert);
    assert_eq!(only(records(|| error!("e", level = Level::Warn))).level, Level::Warn);
    let record = only(records(|| error!("e", "level" = "high")));
    assert_eq!(field(&record, "level"), text("high"));
}

#[test]
fn an_error_needs_no_trait() {
    struct Bare;
    #[derive(Debug)]
    struct Debugged;
    assert_eq!(only(records(|| error!(Debugged))).message, "Debugged");
    let record = only(records(|| error!(Bare, "a type without any trait")));
    assert!(record.kind.ends_with("Bare"), "{}", record.kind);
}

#[test]
fn the_type_classifies_itself() {
    #[derive(Debug, Classify)]
    enum PayError {
        #[classify(expected)]
        NoCard,
        #[classify(level = "critical", kind = "down")]
        Down,
    }
    impl Display for PayError {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{self:?}")
        }
    }
    impl std::error::Error for PayError {}

    let expected = counters().expected;
    assert_eq!(records(|| error!(PayError::NoCard, "no card")).len(), 0);
    assert!(counters().expected > expected);
    let record = only(records(|| error!(&PayError::Down, "down")));
    assert_eq!((record.level, &*record.kind), (Level::Critical, "down"));
    let record = only(records(|| error!(PayError::Down, "down", level = "warn", kind = "mine")));
    assert_eq!((record.level, &*record.kind), (Level::Warn, "mine"));
}

#[test]
fn the_error_is_evaluated_once_and_stays_with_the_caller() {
    let evaluated = Cell::new(0);
    let make = || {
        evaluated.set(evaluated.get() + 1);
        std::fmt::Error
    };
    assert_eq!(records(|| error!(make(), "once")).len(), 1);
    assert_eq!(evaluated.get(), 1);
    let error = make();
    assert_eq!(records(|| error!(error, "once")).len(), 1);
    drop(error.to_string());
}

#[test]
fn a_generic_function_and_a_match_arm_can_report() {
    fn log<T: Display>(result: Result<u8, T>) {
        match result {
            Ok(_) => {}
            Err(error) => error!(error, "generic"),
        }
    }
    let record = only(records(|| log(Err("no card"))));
    assert!(
        record.function.ends_with("the_macro::a_generic_function_and_a_match_arm_can_report::log")
    );
    assert_eq!(record.message, "no card");
}
