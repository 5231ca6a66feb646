//! A thousand boundaries at once on four threads: each logs exactly its own error, with its own fields.

mod collect;

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use futures::future::join_all;
use tokio::runtime::Builder as Tokio;
use tokio::task::yield_now;
use track_errors::{counters, inherit, track_errors};

use collect::{Collector, trail_only};

const JOBS: u64 = 1_000;

/// All have the same text; only the cause differs.
#[derive(Debug)]
struct StoreError(Refused);

#[derive(Debug)]
struct Refused {
    number: u64,
    attempt: u64,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the order cannot be stored")
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "number {} was refused at attempt {}", self.number, self.attempt)
    }
}

impl Error for Refused {}

#[track_errors(service = "many", fields(number, attempt))]
async fn connect(number: u64, attempt: u64) -> Result<(), Refused> {
    yield_now().await;
    if attempt.is_multiple_of(2) {
        // Most errors are created on another thread.
        let task = tokio::spawn(inherit(async move { Err(Refused { number, attempt }) }));
        return task.await.expect("no panic");
    }
    Err(Refused { number, attempt })
}

#[track_errors(service = "many")]
async fn store(number: u64, attempt: u64) -> Result<(), StoreError> {
    let result = connect(number, attempt).await;
    for _ in 0..number % 4 {
        yield_now().await;
    }
    result.map_err(StoreError)
}

/// Every third job succeeds at its third attempt; the others return the last of three.
#[track_errors(service = "many", report = "boundary", fields(job = number))]
async fn job(number: u64) -> Result<(), StoreError> {
    let mut last = Ok(());
    for attempt in 1..=3 {
        last = store(number, attempt).await;
        yield_now().await;
    }
    if number.is_multiple_of(3) { Ok(()) } else { last }
}

#[test]
fn a_thousand_boundaries_log_exactly_their_own_errors() {
    let collector = Collector::install(trail_only());
    let before = counters();
    let runtime = Tokio::new_multi_thread().worker_threads(4).build().expect("a runtime");
    runtime.block_on(async {
        let jobs = (0..JOBS).map(|number| tokio::spawn(job(number)));
        for (number, result) in (0..JOBS).zip(join_all(jobs).await) {
            assert_eq!(result.expect("no panic").is_ok(), number % 3 == 0);
        }
    });
    let lines = collector.drain();
    let failed: BTreeSet<u64> = (0..JOBS).filter(|number| number % 3 != 0).collect();
    let numbers = lines.iter().map(|line| line.field("job").as_u64().expect("a number"));
    assert_eq!(lines.len(), failed.len());
    assert_eq!(numbers.collect::<BTreeSet<_>>(), failed);
    for line in &lines {
        let number = line.field("job").as_u64().expect("a number");
        assert_eq!(*line.field("number"), number);
        assert_eq!(*line.field("attempt"), 3);
        assert_eq!(line.causes, [format!("number {number} was refused at attempt 3")]);
        assert!(line.note("presumed").is_null() && line.note("ambiguous").is_null(), "{line:#?}");
    }
    let ids: BTreeSet<_> = lines.iter().map(|line| &line.id).collect();
    assert_eq!(ids.len(), lines.len());
    let now = counters();
    assert_eq!(now.logged - before.logged, failed.len() as u64);
    assert_eq!(now.handled - before.handled, 3 * JOBS - failed.len() as u64);
}
