//! The keys that are evaluated for each error (`level`, `when`, `kind`, `fingerprint` as a closure or a
//! path), `fields`, `backtrace`, and `derive(Classify)` on an error type.

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
use track_errors::{
    Classify, ErrorRecord, FieldValue, Format, Level, counters, testing, track_errors,
};
use track_errors_tests::admission;

/// The process has one set of counters, so tests that count run one at a time.
static SERIAL: Mutex<()> = Mutex::new(());

fn records<T>(f: impl FnOnce() -> T) -> Vec<ErrorRecord> {
    testing::capture(f).1
}

fn record<T>(f: impl FnOnce() -> T) -> ErrorRecord {
    let mut records = records(f);
    assert_eq!(records.len(), 1, "{records:#?}");
    records.remove(0)
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

mod evaluated_for_each_error {
    use super::*;

    fn severity(error: &io::Error) -> Level {
        match error.kind() {
            io::ErrorKind::NotFound => Level::Warn,
            _ => Level::Critical,
        }
    }

    #[track_errors(
        level = severity,
        kind = |error| format!("Io{:?}", error.kind()),
        fingerprint = |error| error.raw_os_error().unwrap_or(-1),
    )]
    fn read(kind: io::ErrorKind) -> io::Result<()> {
        Err(kind.into())
    }

    #[test]
    fn a_path_or_a_closure_sets_level_kind_and_fingerprint() {
        let record = record(|| read(io::ErrorKind::NotFound));
        assert_eq!(record.level, Level::Warn);
        assert_eq!(record.kind, "IoNotFound");
        assert_eq!(record.error_type, "std::io::Error");
        assert_eq!(record.fingerprint.as_deref(), Some("-1"));
        assert_eq!(super::record(|| read(io::ErrorKind::TimedOut)).level, Level::Critical);
    }

    #[test]
    fn a_closure_may_borrow_from_the_error() {
        struct Coded(&'static str, String);
        #[track_errors(kind = |error| &error.0, fingerprint = |error| error.1.as_str())]
        fn fail() -> Result<(), Coded> {
            Err(Coded("E17", "card-declined".to_owned()))
        }
        let record = record(fail);
        assert_eq!(record.kind, "E17");
        assert_eq!(record.fingerprint.as_deref(), Some("card-declined"));
    }

    #[test]
    fn a_level_can_be_named_by_its_constant() {
        #[track_errors(level = Level::Alert)]
        fn fail() -> Result<(), ()> {
            Err(())
        }
        assert_eq!(record(fail).level, Level::Alert);
    }

    #[test]
    fn literals_are_the_same_for_all_errors() {
        #[track_errors(kind = "K", fingerprint = "F", level = "emergency")]
        async fn fail() -> Result<(), ()> {
            Err(())
        }
        let record = record(|| block_on(fail()));
        assert_eq!((&*record.kind, record.level), ("K", Level::Emergency));
        assert_eq!(record.fingerprint.as_deref(), Some("F"));
    }

    #[test]
    fn an_expected_error_is_counted_and_no_outer_function_logs_it() {
        #[track_errors(when = |error: &io::Error| error.kind() != io::ErrorKind::NotFound)]
        fn inner(kind: io::ErrorKind) -> io::Result<()> {
            Err(kind.into())
        }
        #[track_errors]
        fn outer(kind: io::ErrorKind) -> Result<(), Box<dyn std::error::Error>> {
            inner(kind)?;
            Ok(())
        }
        assert_eq!(expected(|| outer(io::ErrorKind::NotFound)), (1, 0));
        assert_eq!(expected(|| outer(io::ErrorKind::TimedOut)), (0, 1));
    }

    #[test]
    fn at_a_boundary_any_function_on_the_way_can_expect_the_error() {
        #[track_errors]
        fn inner() -> Result<(), String> {
            Err("no card is left".to_owned())
        }
        #[track_errors(report = "boundary", when = String::is_empty)]
        fn outer() -> Result<(), String> {
            inner()
        }
        #[track_errors(when = |_| false)]
        fn middle() -> Result<(), String> {
            inner()
        }
        #[track_errors(report = "boundary")]
        fn around() -> Result<(), String> {
            middle()
        }
        assert_eq!(expected(outer), (1, 0));
        assert_eq!(expected(inner), (0, 1));
        assert_eq!(expected(around), (1, 0));
        // Outside a boundary the error was logged before this function could expect it.
        assert_eq!(expected(middle), (0, 1));
    }

    #[test]
    fn a_closure_that_panics_is_ignored() {
        #[track_errors(
            when = |_| panic!("on purpose: when"),
            level = |_| panic!("on purpose: level"),
            kind = |_| -> String { panic!("on purpose: kind") },
            fingerprint = |_| "still asked",
        )]
        fn fail() -> Result<(), fmt::Error> {
            Err(fmt::Error)
        }
        let record = record(fail);
        assert_eq!((&*record.kind, record.level), ("std::fmt::Error", Level::Error));
        assert_eq!(record.fingerprint.as_deref(), Some("still asked"));
    }

    #[test]
    fn closures_run_once_per_error_and_never_on_success() {
        thread_local!(static ASKED: Cell<u32> = const { Cell::new(0) });
        #[track_errors(when = |_| { ASKED.set(ASKED.get() + 1); true })]
        fn inner(fail: bool) -> Result<(), String> {
            if fail { Err("no card is left".to_owned()) } else { Ok(()) }
        }
        #[track_errors]
        fn outer(fail: bool) -> Result<(), String> {
            inner(fail)
        }
        assert!(outer(false).is_ok());
        assert_eq!(ASKED.get(), 0);
        record(|| outer(true));
        assert_eq!(ASKED.get(), 1);
    }

    #[test]
    fn closures_run_in_every_shape_of_function() {
        struct Shop;
        #[async_trait]
        trait Pay {
            async fn by_trait(&self) -> Result<(), String>;
        }
        #[async_trait]
        impl Pay for Shop {
            #[track_errors(kind = |error| error.to_uppercase())]
            async fn by_trait(&self) -> Result<(), String> {
                Err("a".to_owned())
            }
        }
        #[track_errors(kind = |error| error.to_uppercase())]
        fn returned() -> impl Future<Output = Result<(), String>> {
            async { Err("b".to_owned()) }
        }
        #[track_errors(kind = |error| error.to_uppercase())]
        fn boxed() -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> {
            Box::pin(async { Err("c".to_owned()) })
        }
        type Later = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;
        #[track_errors(kind = |error| error.to_uppercase(), fields(number))]
        fn behind_an_alias(number: u32) -> Later {
            let later = async { Err("d".to_owned()) };
            Box::pin(later) as _
        }
        let all = records(|| {
            block_on(async {
                let _ = Shop.by_trait().await;
                let _ = returned().await;
                let _ = boxed().await;
                let _ = behind_an_alias(7).await;
            });
        });
        let kinds: Vec<_> = all.iter().map(|record| &*record.kind).collect();
        assert_eq!(kinds, ["A", "B", "C", "D"]);
        assert_eq!(all[3].fields.len(), 1);
    }
}

mod fields_of_a_call {
    use super::*;

    struct Order {
        id: u64,
        name: String,
        weight: f32,
        paid: bool,
    }

    impl Order {
        #[track_errors(fields(id = self.id))]
        fn by_reference(&self) -> Result<(), ()> {
            Err(())
        }
        #[track_errors(fields(id = self.id))]
        fn by_mutable_reference(&mut self) -> Result<(), ()> {
            self.id += 1;
            Err(())
        }
        #[track_errors(fields(id = self.id, name = self.name))]
        fn by_value(self) -> Result<(), Order> {
            Err(self)
        }
        #[track_errors(fields(id = self.id))]
        async fn by_arc(self: Arc<Self>) -> Result<(), Arc<Order>> {
            Err(self)
        }
        #[track_errors(fields(id = self.id, name = name.to_uppercase()))]
        fn later<'a>(&'a self, name: &'a str) -> impl Future<Output = Result<(), &'a str>> {
            async move { Err(if self.paid { name } else { "" }) }
        }
    }

    fn order() -> Order {
        Order { id: 7, name: "tea".to_owned(), weight: 0.5, paid: true }
    }

    /// Counts how often it is formatted.
    #[derive(Default)]
    struct Counting(Cell<u32>);

    impl Display for Counting {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.set(self.0.get() + 1);
            f.write_str("counted")
        }
    }

    impl Debug for Counting {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            Display::fmt(self, f)
        }
    }

    #[test]
    fn numbers_and_booleans_keep_their_types_and_the_rest_is_text() {
        #[track_errors(fields(
            order.id,
            name = order.name,
            weight = order.weight,
            order.paid,
            double = order.id * 2,
            none = None::<u8>,
            path,
            shown = %path.display(),
            quoted = ?order.name,
            number_as_text = %order.id,
        ))]
        fn pay(order: &Order, path: &Path) -> Result<(), ()> {
            let _ = (order, path);
            Err(())
        }
        assert_eq!(
            fields(|| pay(&order(), Path::new("/tmp"))),
            [
                "order.id=7",
                "name=\"tea\"",
                "weight=0.5",
                "order.paid=true",
                "double=14",
                "path=\"\\\"/tmp\\\"\"",
                "shown=\"/tmp\"",
                "quoted=\"\\\"tea\\\"\"",
                "number_as_text=\"7\"",
            ]
        );
    }

    #[test]
    fn references_are_formatted_only_when_an_error_leaves() {
        #[track_errors(fields(counting, shown = %counting, debugged = ?counting))]
        fn check(counting: &Counting, fail: bool) -> Result<(), ()> {
            let _ = counting;
            if fail { Err(()) } else { Ok(()) }
        }
        #[track_errors(fields(counting))]
        async fn check_later(counting: &Counting, fail: bool) -> Result<(), ()> {
            check(counting, fail)
        }
        let counting = Counting::default();
        assert!(check(&counting, false).is_ok());
        assert!(block_on(check_later(&counting, false)).is_ok());
        assert_eq!(counting.0.get(), 0);
        record(|| check(&counting, true));
        assert_eq!(counting.0.get(), 3);
    }

    #[test]
    fn an_error_that_an_inner_function_logged_formats_nothing_in_outer_ones() {
        #[track_errors]
        fn inner() -> Result<(), String> {
            Err("no card is left".to_owned())
        }
        #[track_errors(fields(counting))]
        fn outer(counting: &Counting) -> Result<(), String> {
            let _ = counting;
            inner()
        }
        let counting = Counting::default();
        record(|| outer(&counting));
        assert_eq!(counting.0.get(), 0);
    }

    #[test]
    fn a_field_has_its_value_from_the_beginning_of_the_call() {
        #[track_errors(fields(count, text, list = ?list))]
        fn consume(mut count: u32, text: String, list: &mut Vec<u8>) -> Result<(), ()> {
            count += 1;
            list.push(2);
            drop((count, text));
            Err(())
        }
        assert_eq!(
            fields(|| consume(1, "a".to_owned(), &mut vec![1])),
            ["count=1", "text=\"a\"", "list=\"[1]\""]
        );
        #[track_errors(fields(count, text))]
        async fn consume_later(mut count: u32, text: String) -> Result<(), ()> {
            count += 1;
            drop((count, text));
            Err(())
        }
        assert_eq!(
            fields(|| block_on(consume_later(1, "a".to_owned()))),
            ["count=1", "text=\"a\""]
        );
    }

    #[test]
    fn names_bound_by_patterns_can_be_fields() {
        struct State<T>(T);
        #[track_errors(fields(id, name = %name, first, len = rest.len()))]
        fn handle(
            State(Order { id, name, .. }): State<Order>,
            (first, mut rest): (u8, Vec<u8>),
        ) -> Result<(), ()> {
            rest.push(first);
            drop((id, name, rest));
            Err(())
        }
        #[track_errors(fields(id))]
        async fn handle_later(State(id): State<u32>) -> Result<(), u32> {
            Err(id)
        }
        assert_eq!(
            fields(|| handle(State(order()), (1, vec![2]))),
            ["id=7", "name=\"tea\"", "first=1", "len=1"]
        );
        assert_eq!(fields(|| block_on(handle_later(State(3)))), ["id=3"]);
    }

    #[test]
    fn every_receiver_can_be_used() {
        assert_eq!(fields(|| order().by_reference()), ["id=7"]);
        assert_eq!(fields(|| order().by_mutable_reference()), ["id=7"]);
        assert_eq!(fields(|| order().by_value()), ["id=7", "name=\"tea\""]);
        assert_eq!(fields(|| block_on(Arc::new(order()).by_arc())), ["id=7"]);
        let order = order();
        assert_eq!(fields(|| block_on(order.later("x"))), ["id=7", "name=\"X\""]);
    }

    #[test]
    fn async_trait_keeps_fields_in_both_orders() {
        #[async_trait]
        trait Shop {
            async fn above(&self, id: u32, name: &str) -> Result<(), ()>;
            async fn below(&self, id: u32, name: &str) -> Result<(), ()>;
        }
        struct Corner(u8);
        #[async_trait]
        impl Shop for Corner {
            #[track_errors(fields(corner = self.0, id, name))]
            async fn above(&self, id: u32, name: &str) -> Result<(), ()> {
                let _ = (id, name);
                Err(())
            }
            async fn below(&self, id: u32, name: &str) -> Result<(), ()> {
                self.above(id, name).await
            }
        }
        struct Other(u8);
        #[track_errors(fields(corner = self.0, id, name))]
        #[async_trait]
        impl Shop for Other {
            async fn above(&self, id: u32, name: &str) -> Result<(), ()> {
                let _ = (id, name);
                Err(())
            }
            #[track_errors(skip)]
            async fn below(&self, id: u32, name: &str) -> Result<(), ()> {
                self.above(id, name).await
            }
        }
        let expected = ["corner=9", "id=1", "name=\"n\""];
        assert_eq!(fields(|| block_on(Corner(9).below(1, "n"))), expected);
        assert_eq!(fields(|| block_on(Other(9).below(1, "n"))), expected);
    }

    #[test]
    fn at_a_boundary_inner_fields_come_first_and_keep_their_names() {
        #[track_errors(fields(id, inner = true))]
        fn inner(id: u32) -> Result<(), String> {
            Err(format!("no order with the number {id}"))
        }
        #[track_errors(report = "boundary", fields(id, outer = true))]
        fn outer(id: u32) -> Result<(), String> {
            inner(id + 1)
        }
        assert_eq!(fields(|| outer(1)), ["id=2", "inner=true", "outer=true"]);
    }

    #[test]
    fn a_field_that_panics_is_reported_and_the_error_is_logged() {
        struct Wild;
        impl Display for Wild {
            fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
                panic!("on purpose: a field that panics")
            }
        }
        #[track_errors(fields(kept, now, after = 1))]
        fn fail(kept: &Wild, now: Wild) -> Result<(), ()> {
            let _ = (kept, now);
            Err(())
        }
        let note = "\"[panicked while it was formatted]\"";
        assert_eq!(
            fields(|| fail(&Wild, Wild)),
            [format!("kept={note}"), format!("now={note}"), "after=1".to_owned()]
        );
    }

    #[test]
    fn a_field_of_megabytes_is_truncated_and_both_formats_admit_the_line() {
        #[track_errors(service = "shop", fields(long, control = "\u{1b}[31m\0"))]
        fn fail(long: &str) -> Result<(), ()> {
            let _ = long;
            Err(())
        }
        let long = "é".repeat(1_000_000);
        let texts = fields(|| fail(&long));
        assert!(texts[0].ends_with("… [cut at 2048 bytes]\""), "{}", texts[0].len());
        assert_eq!(texts[1], "control=\"\\\\u{1b}[31m\\\\u{0}\"");
    }

    #[test]
    fn a_field_can_be_any_expression() {
        #[track_errors(fields(big = a > 3, wide = a as u64, sum = a + 1, both = a == 5 && !b, r = ?a..9))]
        fn by_value(a: u32, b: bool) -> Result<(), (u32, bool)> {
            Err((a, b))
        }
        #[track_errors(fields(big = *a > 3, wide = *a as u64, sum = *a + 1, both = *a == 5 && !b, r = ?*a..9))]
        async fn by_mutable_reference(a: &mut u32, b: bool) -> Result<(), bool> {
            *a = 0;
            Err(b)
        }
        #[track_errors(fields(big = *a > 3, wide = *a as u64, sum = a + 1, both = *a == 5 && !b, r = ?*a..9))]
        fn by_pattern((a, b): (u32, bool)) -> Result<(), (u32, bool)> {
            Err((a, b))
        }
        #[track_errors(fields(big = a > 3, wide = a as u64, sum = a + 1, both = a == 5 && !b, r = ?a..9))]
        async fn by_pattern_later((a, b): (u32, bool)) -> Result<(), (u32, bool)> {
            Err((a, b))
        }
        let expected = ["big=true", "wide=5", "sum=6", "both=true", "r=\"5..9\""];
        assert_eq!(fields(|| by_value(5, false)), expected);
        assert_eq!(fields(|| block_on(by_mutable_reference(&mut 5, false))), expected);
        assert_eq!(fields(|| by_pattern((5, false))), expected);
        assert_eq!(fields(|| block_on(by_pattern_later((5, false)))), expected);
    }

    #[test]
    fn a_field_can_be_a_part_of_a_returned_value() {
        struct Shared(Mutex<Order>);

        impl Shared {
            fn list(&self) -> Vec<u8> {
                vec![1, 2, 3]
            }

            #[track_errors(fields(
                id = self.0.lock().unwrap().id,
                name = self.0.lock().unwrap().name,
                shown = %self.0.lock().unwrap().name,
                rest = ?self.list()[1..],
                first = self.list()[0],
                light = self.0.lock().unwrap().weight < 9.0,
            ))]
            fn pay(&self) -> Result<(), ()> {
                self.0.lock().unwrap().id = 8;
                Err(())
            }
        }

        let expected =
            ["id=7", "name=\"tea\"", "shown=\"tea\"", "rest=\"[2, 3]\"", "first=1", "light=true"];
        assert_eq!(fields(|| Shared(Mutex::new(order())).pay()), expected);
    }

    #[test]
    fn a_path_that_the_body_consumes_is_formatted_before() {
        #[track_errors(fields(path = %path.display()))]
        fn open(path: PathBuf) -> Result<(), PathBuf> {
            Err(path)
        }
        assert_eq!(fields(|| open(PathBuf::from("/tmp/a"))), ["path=\"/tmp/a\""]);
    }

    #[test]
    fn a_tracked_future_with_fields_can_be_sent() {
        fn assert_send<T: Send>(value: T) -> T {
            value
        }
        #[track_errors(fields(id = order.id, name = order.name, path = %path.display()))]
        async fn check(order: &Order, path: &Path) -> Result<(), ()> {
            let _ = (order, path);
            std::future::ready(()).await;
            Err(())
        }
        let order = order();
        let check = assert_send(check(&order, Path::new("/tmp")));
        assert_eq!(fields(|| block_on(check)).len(), 3);
    }
}

mod in_both_formats {
    use super::*;

    fn line(format: Format) -> Value {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_keyed"))
            .env("TRACK_ERRORS_FORMAT", format.as_str())
            .env_remove("DD_SERVICE")
            .output()
            .expect("the program runs");
        let text = String::from_utf8(output.stdout).expect("UTF-8");
        assert_eq!(text.lines().count(), 1, "{text}");
        match format {
            Format::Otlp => admission::check_otlp(text.trim_end()),
            _ => admission::check_datadog(text.trim_end()),
        }
        .expect("admitted");
        serde_json::from_str(&text).expect("JSON")
    }

    #[test]
    fn datadog_has_the_fields_under_context_and_a_fingerprint_that_is_a_string() {
        let line = line(Format::Datadog);
        assert_eq!(line["context"]["order.id"], 7);
        assert_eq!(line["context"]["paid"], true);
        assert_eq!(line["context"]["name"], "tea");
        assert_eq!(line["error"]["fingerprint"], "17");
    }

    #[test]
    fn otlp_has_the_fields_as_attributes_of_their_types() {
        let line = line(Format::Otlp);
        let attributes = line["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["attributes"]
            .as_array()
            .expect("attributes")
            .iter()
            .map(|entry| format!("{}={}", entry["key"].as_str().unwrap_or(""), entry["value"]))
            .collect::<Vec<_>>();
        for attribute in [
            r#"order.id={"intValue":"7"}"#,
            r#"paid={"boolValue":true}"#,
            r#"name={"stringValue":"tea"}"#,
            r#"track_errors.fingerprint={"stringValue":"17"}"#,
        ] {
            assert!(attributes.iter().any(|found| found == attribute), "{attributes:#?}");
        }
    }
}

mod said_by_the_error_type {
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
}

mod backtraces_of_one_function {
    use super::*;

    #[track_errors(backtrace = "trail")]
    fn trail() -> Result<(), fmt::Error> {
        Err(fmt::Error)
    }

    #[track_errors(backtrace = "native")]
    fn native() -> Result<(), fmt::Error> {
        Err(fmt::Error)
    }

    #[track_errors(backtrace = "carried")]
    fn carried() -> Result<(), fmt::Error> {
        Err(fmt::Error)
    }

    #[track_errors]
    fn around(inner: fn() -> Result<(), fmt::Error>) -> Result<(), fmt::Error> {
        untracked(inner)
    }

    #[inline(never)]
    fn untracked(inner: fn() -> Result<(), fmt::Error>) -> Result<(), fmt::Error> {
        std::hint::black_box(inner())
    }

    /// The function names in the stack, without their paths.
    fn frames(inner: fn() -> Result<(), fmt::Error>) -> Vec<String> {
        let stack = record(|| around(inner)).stack;
        let names = stack.lines().filter_map(|line| line.trim().split_once(": "));
        let names = names.filter(|(number, _)| number.parse::<u32>().is_ok());
        names.map(|(_, name)| name.rsplit("::").next().unwrap_or(name).to_owned()).collect()
    }

    #[test]
    fn each_function_uses_its_own_mode() {
        assert_eq!(frames(trail), ["trail", "around"]);
        assert_eq!(frames(native)[..3], ["native", "untracked", "around"]);
        // This error carries no backtrace.
        assert_eq!(frames(carried)[..3], ["carried", "untracked", "around"]);
    }
}
