//! The records of the golden lines.

use std::borrow::Cow;
use std::time::{Duration, UNIX_EPOCH};

use crate::config::Resource;
use crate::model::{
    BoundaryEnd, BoundaryRecord, Carried, Cause, ErrorContext, ErrorId, ErrorRecord, Field,
    FieldValue, Level, Location, StepMessage, TraceContext,
};

/// An error of a function.
pub(super) fn record() -> ErrorRecord {
    ErrorRecord {
        id: ErrorId::from_bits(0x0123_4567_89ab_cdef),
        timestamp: UNIX_EPOCH + Duration::new(1_700_000_000, 123_456_789),
        level: Level::Critical,
        service: Some("checkout".into()),
        kind: "shop::PayError::Declined".into(),
        error_type: "shop::PayError".into(),
        fingerprint: Some("card-declined".into()),
        message: "card \"4711\" declined:\n\tlimit 5 € reached".to_owned(),
        log_message: None,
        causes: vec![
            Cause {
                kind: Some(Cow::Borrowed("std::io::Error")),
                message: "connection reset by peer (os error 104)".to_owned(),
                is_presumed: false,
                left_out_before: 0,
            },
            Cause {
                kind: None,
                message: "host unreachable".to_owned(),
                is_presumed: false,
                left_out_before: 0,
            },
        ],
        attachments: Vec::new(),
        attachments_left_out: 0,
        stack: "shop::PayError::Declined: card \"4711\" declined:\n\tlimit 5 € reached\n   \
                0: shop::Cart::pay\n             at src/cart.rs:42:17\n   \
                1: shop::main\n             at src/main.rs:11:20\n\
                Caused by: connection reset by peer (os error 104)"
            .into(),
        build_id: None,
        fields: fields(),
        fields_left_out: 0,
        spans: Vec::new(),
        trace: None,
        carried: Carried::default(),
        location: Location { file: Cow::Borrowed("src/cart.rs"), line: 42, column: 17 },
        function: Cow::Borrowed("shop::Cart::pay"),
        module: "shop".into(),
        thread: Some("worker-3".into()),
        step_messages: Vec::new(),
        step_messages_left_out: 0,
        steps_left_out: 0,
        presumed: false,
        ambiguous: false,
        handled: false,
        boundary: None,
        suppressed: 0,
        dropped: 0,
        handled_count: 0,
        unlogged_kinds: Vec::new(),
    }
}

fn trace() -> TraceContext {
    let mut context = ErrorContext::default();
    context.trace(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736, 0x00f0_67aa_0ba9_02b7, true);
    context.trace.expect("the ids are not 0")
}

/// The record of an error from a boundary, with every optional part.
pub(super) fn record_of_boundary() -> ErrorRecord {
    let step = |function: &'static str, message: &str| StepMessage {
        function: function.into(),
        location: Location { file: Cow::Borrowed("src/shop.rs"), line: 7, column: 5 },
        message: message.to_owned(),
    };
    let presumed = Cause {
        kind: Some(Cow::Borrowed("shop::PayError::Declined")),
        message: "no \"card\"".to_owned(),
        is_presumed: true,
        left_out_before: 5,
    };
    let boundary = BoundaryRecord {
        id: "00000000000000ff".to_owned(),
        function: Some("shop::handle".into()),
        end: BoundaryEnd::Handled,
    };
    ErrorRecord {
        service: None,
        log_message: Some("order 7 failed\nfor \"card\"".to_owned()),
        causes: vec![presumed],
        attachments: vec!["at src/card.rs:7:5".to_owned(), "attempt 2".to_owned()],
        attachments_left_out: 1,
        build_id: Some("0a1b2c3d".into()),
        step_messages: vec![step("shop::order", "order 7: declined"), step("shop::ship", "€")],
        fields_left_out: 9,
        spans: vec!["request".into(), "charge".into()],
        trace: Some(trace()),
        step_messages_left_out: 7,
        steps_left_out: 3,
        presumed: true,
        ambiguous: true,
        handled: true,
        boundary: Some(boundary),
        suppressed: 4,
        dropped: 2,
        handled_count: 1,
        unlogged_kinds: vec![
            "shop::PayError::Declined (6)".to_owned(),
            "std::io::Error (1)".to_owned(),
        ],
        ..record()
    }
}

fn fields() -> Vec<Field> {
    [
        ("order.id", FieldValue::Int(-7)),
        ("bytes", FieldValue::Uint(u64::MAX)),
        ("share", FieldValue::Float(0.25)),
        ("limit", FieldValue::Float(f64::INFINITY)),
        ("retried", FieldValue::Bool(true)),
        ("card", FieldValue::Text("\"4711\"".to_owned())),
        (
            "items",
            FieldValue::Array(vec![
                FieldValue::Object(vec![("sku".to_owned(), FieldValue::Int(12))]),
                FieldValue::Null,
            ]),
        ),
    ]
    .map(|(name, value)| Field { name: name.into(), value })
    .to_vec()
}

pub(super) fn resource() -> Resource {
    Resource::new("shop-backend")
        .with_env("prod")
        .with_version("1.2.3")
        .with_git("0a1b2c3", "https://example.com/shop.git")
        .with_tag("team", "payments")
        .with_attribute("host.name", "web-1")
}
