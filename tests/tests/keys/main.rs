//! The keys that are evaluated for each error (`level`, `when`, `kind`, `fingerprint` as a closure or a
//! path), `fields`, `backtrace`, `describe`, and `derive(Classify)` on an error type.

mod backtraces_of_one_function;
mod described_by_one_trait;
mod evaluated_for_each_error;
mod fields_of_a_call;
mod in_both_formats;
mod said_by_the_error_type;

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt::{self, Debug, Display};
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use futures::executor::block_on;
use serde_json::Value;
use track_errors::testing::Records;
use track_errors::{
    Classify, ErrorRecord, FieldValue, Format, Level, counters, testing, track_errors,
};
use track_errors_tests::admission;

/// The process has one set of counters, so tests that count run one at a time.
static SERIAL: Mutex<()> = Mutex::new(());

fn records<T>(f: impl FnOnce() -> T) -> Records {
    testing::capture(f).1
}

#[track_caller]
fn record<T>(f: impl FnOnce() -> T) -> ErrorRecord {
    ErrorRecord::clone(&records(f).assert_one())
}

/// The fields of the one error, as `name=value`.
fn fields<T>(f: impl FnOnce() -> T) -> Vec<String> {
    let record = record(f);
    record.fields.iter().map(|field| format!("{}={}", field.name, shown(&field.value))).collect()
}

fn shown(value: &FieldValue) -> String {
    match value {
        FieldValue::Bool(value) => value.to_string(),
        FieldValue::Int(value) => value.to_string(),
        FieldValue::Uint(value) => value.to_string(),
        FieldValue::Float(value) => format!("{value:?}"),
        FieldValue::Text(text) => format!("{text:?}"),
        other => panic!("a value of a new kind: {other:?}"),
    }
}

/// How many errors were expected, and whether any was logged.
fn expected<T>(f: impl FnOnce() -> T) -> (u64, usize) {
    let _serial = SERIAL.lock().unwrap_or_else(PoisonError::into_inner);
    let before = counters().expected;
    let logged = records(f).len();
    (counters().expected - before, logged)
}
