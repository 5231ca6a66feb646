//! Values of span fields.

use std::fmt;

use tracing::field::Empty;
use tracing::{Span, error_span, info_span};
use track_errors::{FieldValue, track_errors};
use track_errors_integration_tests::{field, fields, one_error};

use crate::{fail, with_layer};

#[test]
fn numbers_booleans_and_texts_keep_their_type() {
    with_layer(|| {
        let _span = info_span!(
            "request",
            small = -7_i8,
            large = u64::MAX,
            larger = i128::MAX,
            ratio = 0.5,
            retried = true,
            path = "/orders",
            none = None::<u32>,
            some = Some(3),
        )
        .entered();
        let record = one_error(fail);
        assert_eq!(
            fields(&record),
            [
                "small=Int(-7)",
                "large=Uint(18446744073709551615)",
                "larger=Text(\"170141183460469231731687303715884105727\")",
                "ratio=Float(0.5)",
                "retried=Bool(true)",
                "path=Text(\"/orders\")",
                "some=Int(3)",
            ]
        );
    });
}

#[test]
fn debug_display_and_errors_are_text() {
    let cause = "x".parse::<u32>().unwrap_err();
    with_layer(|| {
        let error: &(dyn std::error::Error + 'static) = &cause;
        let _span =
            info_span!("request", debug = ?Some(1), display = %"a b", cause = error).entered();
        assert_eq!(
            fields(&one_error(fail)),
            [
                "debug=Text(\"Some(1)\")",
                "display=Text(\"a b\")",
                "cause=Text(\"invalid digit found in string\")",
            ]
        );
    });
}

#[test]
fn a_value_that_is_recorded_later_is_in_the_errors_from_then_on() {
    with_layer(|| {
        let _span = info_span!("request", user = Empty, attempt = 1).entered();
        assert_eq!(fields(&one_error(fail)), ["attempt=Int(1)"]);
        Span::current().record("user", 17);
        Span::current().record("attempt", 2);
        assert_eq!(fields(&one_error(fail)), ["user=Int(17)", "attempt=Int(2)"]);
    });
}

#[test]
fn of_two_fields_with_the_same_name_the_innermost_span_wins() {
    with_layer(|| {
        let _outer = info_span!("outer", id = 1, path = "/").entered();
        let _inner = info_span!("inner", id = 2).entered();
        assert_eq!(fields(&one_error(fail)), ["id=Int(2)", "path=Text(\"/\")"]);
    });
}

#[test]
fn a_field_of_the_attribute_wins_over_one_of_a_span() {
    #[track_errors(service = "shop", fields(id = "attribute"))]
    fn tracked() -> Result<(), String> {
        Err("no card".to_owned())
    }

    with_layer(|| {
        let _span = info_span!("request", id = 1).entered();
        assert_eq!(fields(&one_error(tracked)), ["id=Text(\"attribute\")"]);
    });
}

#[test]
fn a_raw_identifier_has_its_plain_name() {
    with_layer(|| {
        let _span = info_span!("request", r#type = "order").entered();
        assert_eq!(field(&one_error(fail), "type"), Some(&"order".into()));
    });
}

#[test]
fn long_texts_are_cut_and_fields_without_room_are_counted() {
    let long = "x".repeat(10_000);
    with_layer(|| {
        let _span =
            info_span!("request", a = long, b = %long, c = long, d = long, e = long).entered();
        let record = one_error(fail);
        let Some(FieldValue::Text(text)) = field(&record, "a") else { panic!("a text") };
        assert!(text.len() < 2_100 && text.contains("cut at"), "{}", text.len());
        assert_eq!(record.fields.len() + record.fields_left_out as usize, 5);
        assert!(record.fields_left_out >= 1);
    });
}

#[test]
fn a_debug_that_panics_leaves_a_note() {
    struct Panics;
    impl fmt::Debug for Panics {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("on purpose: a Debug that panics")
        }
    }

    with_layer(|| {
        let _span = error_span!("request", value = ?Panics).entered();
        let record = one_error(fail);
        assert_eq!(fields(&record), ["value=Text(\"[panicked while it was formatted]\")"]);
    });
}
