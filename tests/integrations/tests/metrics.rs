//! The counter of errors, in front of the recorder of `metrics-util`.

use std::collections::BTreeMap;
use std::io;
use std::sync::{LazyLock, Mutex, MutexGuard};
use std::time::Duration;

use metrics::Unit;
use metrics_util::MetricKind;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};
use track_errors::{Batch, Keep, Level, testing, track_errors};

/// Counts by function, kind, level and outcome.
type Counts = BTreeMap<[String; 4], u64>;

struct Process {
    snapshotter: Snapshotter,
    counts: Counts,
}

/// One test at a time: they share the recorder and the queue.
static PROCESS: LazyLock<Mutex<Process>> = LazyLock::new(|| {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    recorder.install().expect("the first recorder");
    track_errors::builder()
        .metrics()
        .before_emit(|record| if record.message == "filtered" { Keep::No } else { Keep::Yes })
        .init_with_sink(Gate);
    Mutex::new(Process { snapshotter, counts: Counts::new() })
});

/// Lines pass while it is not locked.
static GATE: Mutex<()> = Mutex::new(());

struct Gate;

impl track_errors::Sink for Gate {
    fn name(&self) -> &str {
        "gate"
    }

    fn write(&mut self, _: &Batch<'_>) -> io::Result<()> {
        drop(GATE.lock().expect("no panic"));
        Ok(())
    }
}

impl Process {
    fn lock() -> MutexGuard<'static, Process> {
        PROCESS.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// The counts of a function: kind, level and outcome.
    fn of(&mut self, function: &str) -> BTreeMap<[String; 3], u64> {
        assert!(track_errors::flush(Duration::from_secs(60)), "the flush is in time");
        // A snapshot sets the counters to zero.
        for (key, unit, description, value) in self.snapshotter.snapshot().into_vec() {
            let (kind, key) = key.into_parts();
            assert_eq!((kind, key.name()), (MetricKind::Counter, "track_errors.errors"));
            assert_eq!(unit, Some(Unit::Count));
            assert!(description.is_some_and(|text| text.contains("by outcome")));
            let label = |name: &str| {
                let label = key.labels().find(|label| label.key() == name);
                label.expect("the label").value().to_owned()
            };
            assert_eq!(key.labels().count(), 4);
            let labels = ["function", "kind", "level", "outcome"].map(label);
            let DebugValue::Counter(value) = value else { panic!("{value:?}") };
            *self.counts.entry(labels).or_default() += value;
        }
        let own =
            self.counts.iter().filter(|([name, ..], _)| *name == format!("metrics::{function}"));
        let own = own.filter(|(_, count)| **count != 0);
        own.map(|([_, kind, level, outcome], count)| {
            ([kind, level, outcome].map(String::clone), *count)
        })
        .collect()
    }
}

fn counts<const N: usize>(counts: [([&str; 3], u64); N]) -> BTreeMap<[String; 3], u64> {
    counts.into_iter().map(|(labels, count)| (labels.map(str::to_owned), count)).collect()
}

#[test]
fn a_logged_error_is_counted_once() {
    #[derive(Debug)]
    enum PayError {
        Declined,
    }
    #[track_errors(level = "critical")]
    fn pay() -> Result<(), PayError> {
        Err(PayError::Declined)
    }
    #[track_errors]
    fn outer() -> Result<(), PayError> {
        pay()
    }
    let mut process = Process::lock();
    assert!(outer().is_err());
    let kind = "metrics::a_logged_error_is_counted_once::PayError::Declined";
    let function = "a_logged_error_is_counted_once::pay";
    assert_eq!(process.of(function), counts([([kind, "critical", "logged"], 1)]));
    assert_eq!(process.of("a_logged_error_is_counted_once::outer"), counts([]));
}

#[track_errors(rate_limit = 1)]
fn limited() -> Result<(), &'static str> {
    Err("limited")
}

#[test]
fn suppressed_errors_are_counted() {
    let mut process = Process::lock();
    for _ in 0..50 {
        assert!(limited().is_err());
    }
    let expected =
        counts([(["&str", "error", "logged"], 2), (["&str", "error", "suppressed"], 48)]);
    assert_eq!(process.of("limited"), expected);
}

#[track_errors(when = |_| false)]
fn expects() -> Result<(), &'static str> {
    Err("expected")
}

#[test]
fn expected_errors_are_counted() {
    let mut process = Process::lock();
    assert!(expects().is_err());
    assert_eq!(process.of("expects"), counts([(["&str", "error", "expected"], 1)]));
}

#[track_errors(kind = "inner")]
fn handled_inside() -> Result<(), &'static str> {
    Err("handled")
}

#[track_errors(report = "boundary", handled = "warn")]
fn handles() -> Result<(), String> {
    assert!(handled_inside().is_err());
    Ok(())
}

#[track_errors(report = "boundary")]
fn returns() -> Result<(), &'static str> {
    returned_inside()
}

#[track_errors]
fn returned_inside() -> Result<(), &'static str> {
    Err("returned")
}

#[track_errors(report = "boundary", when = |_| false)]
fn expects_as_boundary() -> Result<(), &'static str> {
    expected_inside()
}

#[track_errors]
fn expected_inside() -> Result<(), &'static str> {
    Err("expected")
}

#[test]
fn errors_are_counted_as_their_boundary_decides() {
    let mut process = Process::lock();
    assert!(handles().is_ok());
    assert!(returns().is_err());
    assert!(expects_as_boundary().is_err());
    assert_eq!(process.of("handled_inside"), counts([(["inner", "error", "handled"], 1)]));
    assert_eq!(process.of("returned_inside"), counts([(["&str", "error", "logged"], 1)]));
    assert_eq!(process.of("expected_inside"), counts([(["&str", "error", "expected"], 1)]));
}

#[track_errors]
fn filtered() -> Result<(), &'static str> {
    Err("filtered")
}

#[test]
fn filtered_errors_are_counted() {
    let mut process = Process::lock();
    assert!(filtered().is_err());
    assert_eq!(process.of("filtered"), counts([(["&str", "error", "filtered"], 1)]));
}

#[track_errors(rate_limit = "off")]
fn many() -> Result<(), &'static str> {
    Err("many")
}

#[test]
fn errors_without_room_in_the_queue_are_counted_as_dropped() {
    let mut process = Process::lock();
    let gate = GATE.lock().expect("no panic");
    for _ in 0..20_000 {
        assert!(many().is_err());
    }
    drop(gate);
    let found = process.of("many");
    let of = |outcome: &str| found[&["&str", "error", outcome].map(str::to_owned)];
    assert_eq!(of("logged") + of("dropped"), 20_000);
    assert!(of("logged") >= 8192 && of("dropped") > 0, "{found:?}");
}

#[test]
fn a_function_has_at_most_eight_kinds_and_other() {
    #[derive(Debug)]
    enum Twelve {
        A,
        B,
        C,
        D,
        E,
        F,
        G,
        H,
        I,
        J,
        K,
        L,
    }
    use Twelve::*;
    #[track_errors]
    fn twelve(error: Twelve) -> Result<(), Twelve> {
        Err(error)
    }
    let mut process = Process::lock();
    for error in [A, B, C, D, E, F, G, H, I, J, K, L] {
        assert!(twelve(error).is_err());
    }
    let found = process.of("a_function_has_at_most_eight_kinds_and_other::twelve");
    assert_eq!(found.len(), 9, "{found:#?}");
    assert_eq!(found[&["other", "error", "logged"].map(str::to_owned)], 4);
}

#[test]
fn each_level_is_a_label() {
    #[derive(Debug)]
    struct Leveled(Level);
    #[track_errors(level = |error: &Leveled| error.0)]
    fn leveled(level: Level) -> Result<(), Leveled> {
        Err(Leveled(level))
    }
    let mut process = Process::lock();
    for level in [Level::Debug, Level::Error, Level::Emergency] {
        assert!(leveled(level).is_err());
    }
    let found = process.of("each_level_is_a_label::leveled");
    let levels: Vec<_> = found.keys().map(|[_, level, _]| level.as_str()).collect();
    assert_eq!(levels, ["debug", "emergency", "error"]);
}

#[track_errors]
fn captured() -> Result<(), &'static str> {
    Err("captured")
}

#[test]
fn captured_errors_are_not_counted() {
    let mut process = Process::lock();
    let (_, records) = testing::capture_with(track_errors::builder().metrics(), captured);
    records.assert_one();
    assert_eq!(process.of("captured"), counts([]));
}
