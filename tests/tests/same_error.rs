//! Whether two errors are the same: which of several errors a function returns, what proves it, and what is
//! logged when nothing distinguishes them.

mod recorded;

use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::io;

use anyhow::Context as _;
use futures::executor::block_on;
use futures::future::join_all;
use futures::stream::{self, FuturesUnordered, StreamExt};
use tokio::task::yield_now;
use track_errors::{ErrorRecord, FieldValue, Level, ReportPolicy, track_errors};

use recorded::{causes, field, functions, int, messages, only, records, records_under, text};

// ------------------------------------------------------------------------------------------------
// Errors with the same message and different sources

#[derive(Debug)]
struct QueryError(io::Error);

impl Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the query failed")
    }
}

impl Error for QueryError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[track_errors(service = "same", fields(shard, table = "orders"))]
async fn query(shard: i64) -> Result<(), QueryError> {
    yield_now().await;
    Err(QueryError(io::Error::other(format!("shard {shard} is down"))))
}

/// The one log of an error of this shard.
#[track_caller]
fn assert_of_shard(record: &ErrorRecord, shard: i64) {
    assert_eq!(record.message, "the query failed");
    assert_eq!(causes(record), [format!("shard {shard} is down")]);
    assert_eq!(field(record, "shard"), int(shard));
    assert!(!record.ambiguous && !record.presumed && !record.handled, "{record:#?}");
}

/// The first log of an error of this shard.
#[track_caller]
fn of_shard(records: &[ErrorRecord], shard: i64) -> &ErrorRecord {
    let is_of_shard = |record: &&ErrorRecord| field(record, "shard") == int(shard);
    let record = records.iter().find(is_of_shard).expect("a log of this shard");
    assert_of_shard(record, shard);
    record
}

#[track_errors(service = "same", report = "boundary")]
async fn first_of_two() -> Result<(), QueryError> {
    let (first, second) = tokio::join!(query(1), query(2));
    first.and(second)
}

#[test]
fn the_first_of_two_joined_errors_is_logged_with_its_own_source_and_fields() {
    assert_of_shard(&only(records(|| block_on(first_of_two()))), 1);
}

#[test]
fn the_second_of_two_joined_errors_is_logged_with_its_own_source_and_fields() {
    #[track_errors(service = "same", report = "boundary")]
    async fn second_of_two() -> Result<(), QueryError> {
        let (first, second) = tokio::join!(query(1), query(2));
        assert!(first.is_err());
        second
    }
    assert_of_shard(&only(records(|| block_on(second_of_two()))), 2);
}

#[test]
fn the_joined_error_that_is_not_returned_is_the_handled_one() {
    #[track_errors(service = "same", report = "boundary", handled = "warn")]
    async fn first_of_two() -> Result<(), QueryError> {
        let (first, second) = tokio::join!(query(1), query(2));
        first.and(second)
    }
    let records = records(|| block_on(first_of_two()));
    assert_of_shard(&records.matching(|record| !record.handled).assert_one(), 1);
    let handled = records.matching(|record| record.handled);
    assert_eq!(causes(&handled.assert_one()), ["shard 2 is down"]);
}

#[test]
fn a_function_that_returns_the_first_of_two_joined_errors_adds_its_step_to_the_first_log() {
    #[track_errors(service = "same")]
    async fn first_of_two() -> Result<(), QueryError> {
        let (first, second) = tokio::join!(query(1), query(2));
        first.and(second)
    }
    let records = records(|| block_on(first_of_two()));
    assert_eq!(records.len(), 2, "{records:#?}");
    assert_eq!(functions(of_shard(&records, 1)), ["query", "first_of_two"]);
    assert_eq!(functions(of_shard(&records, 2)), ["query"]);
}

#[test]
fn every_log_of_the_first_of_two_joined_errors_has_its_id_and_its_source() {
    #[track_errors(service = "same")]
    async fn first_of_two() -> Result<(), QueryError> {
        let (first, second) = tokio::join!(query(1), query(2));
        first.and(second)
    }
    let records = records_under(ReportPolicy::Every, || block_on(first_of_two()));
    assert_eq!(records.len(), 3, "{records:#?}");
    assert_eq!(records[2].id, of_shard(&records, 1).id);
    assert_ne!(records[2].id, of_shard(&records, 2).id);
    assert_eq!(causes(&records[2]), ["shard 1 is down"]);
}

#[test]
fn every_log_of_a_result_that_was_collected_first_has_its_id_and_its_source() {
    #[track_errors(service = "same")]
    async fn inspected_later() -> Result<(), QueryError> {
        let mut results = join_all((0..10).map(query)).await;
        yield_now().await;
        results.swap_remove(4)
    }
    let records = records_under(ReportPolicy::Every, || block_on(inspected_later()));
    assert_eq!(records.len(), 11, "{records:#?}");
    assert_eq!(records[10].id, of_shard(&records, 4).id);
    assert_eq!(causes(&records[10]), ["shard 4 is down"]);
}

#[test]
fn one_of_fifty_joined_errors_is_logged_with_its_own_source_and_fields() {
    #[track_errors(service = "same", report = "boundary")]
    async fn one_of(index: usize) -> Result<(), QueryError> {
        let mut results = join_all((0..50).map(query)).await;
        results.swap_remove(index)
    }
    for index in [0, 17, 49] {
        assert_of_shard(&only(records(|| block_on(one_of(index)))), index as i64);
    }
}

#[test]
fn one_of_fifty_unordered_errors_is_logged_with_its_own_source_and_fields() {
    #[track_errors(service = "same", report = "boundary")]
    async fn one_of(index: i64) -> Result<(), QueryError> {
        let running: FuturesUnordered<_> =
            (0..50).map(|shard| async move { (shard, query(shard).await) }).collect();
        let results: Vec<_> = running.collect().await;
        let found = results.into_iter().find(|(shard, _)| *shard == index);
        found.expect("all of them ended").1
    }
    for index in [0, 17, 49] {
        assert_of_shard(&only(records(|| block_on(one_of(index)))), index);
    }
}

#[test]
fn the_first_error_of_a_buffered_stream_is_logged_while_others_still_run() {
    #[track_errors(service = "same", report = "boundary")]
    async fn first_of_all() -> Result<(), QueryError> {
        let mut results = stream::iter((0..50).map(query)).buffer_unordered(10);
        while let Some(result) = results.next().await {
            result?;
        }
        Ok(())
    }
    let record = only(records(|| block_on(first_of_all())));
    let Some(FieldValue::Int(shard)) = field(&record, "shard") else { panic!("{record:#?}") };
    assert_of_shard(&record, shard);
}

#[test]
fn results_that_were_collected_first_are_told_apart_later() {
    #[track_errors(service = "same", report = "boundary")]
    async fn inspected_later() -> Result<(), QueryError> {
        let mut results = Vec::new();
        for shard in 0..20 {
            results.push(query(shard).await);
        }
        yield_now().await;
        for (shard, result) in results.into_iter().enumerate() {
            if shard >= 7 {
                result?;
            }
        }
        Ok(())
    }
    assert_of_shard(&only(records(|| block_on(inspected_later()))), 7);
}

#[test]
fn results_of_functions_that_were_collected_first_are_told_apart_later() {
    #[track_errors(service = "same", fields(shard, table = "orders"))]
    fn query(shard: i64) -> Result<(), QueryError> {
        Err(QueryError(io::Error::other(format!("shard {shard} is down"))))
    }
    #[track_errors(service = "same", report = "boundary")]
    fn inspected_later() -> Result<(), QueryError> {
        let results: Vec<_> = (0..20).map(query).collect();
        results.into_iter().skip(7).collect()
    }
    assert_of_shard(&only(records(inspected_later)), 7);
}

// ------------------------------------------------------------------------------------------------
// Errors that nothing distinguishes

#[track_errors(service = "same", fields(shard, table = "orders"))]
async fn ping(shard: i64) -> io::Result<()> {
    yield_now().await;
    Err(io::Error::other("the connection is refused"))
}

#[test]
fn equal_errors_are_logged_as_ambiguous_without_the_fields_that_differ() {
    #[track_errors(service = "same", report = "boundary")]
    async fn first_of_two() -> io::Result<()> {
        let (first, second) = tokio::join!(ping(1), ping(2));
        first.and(second)
    }
    let record = only(records(|| block_on(first_of_two())));
    assert!(record.ambiguous);
    assert_eq!(field(&record, "shard"), None);
    assert_eq!(field(&record, "table"), text("orders"));
    assert_eq!(record.message, "the connection is refused");
}

#[test]
fn equal_errors_with_equal_fields_keep_all_fields() {
    #[track_errors(service = "same", report = "boundary")]
    async fn first_of_two() -> io::Result<()> {
        let (first, second) = tokio::join!(ping(1), ping(1));
        first.and(second)
    }
    let record = only(records(|| block_on(first_of_two())));
    assert!(!record.ambiguous);
    assert_eq!(field(&record, "shard"), int(1));
}

#[test]
fn the_last_of_equal_retries_is_logged() {
    #[track_errors(service = "same", report = "boundary", handled = "warn")]
    async fn retry() -> io::Result<()> {
        let mut last = Ok(());
        for _ in 0..3 {
            last = ping(1).await;
        }
        last
    }
    let records = records(|| block_on(retry()));
    let (handled, returned): (Vec<_>, Vec<_>) = records.iter().partition(|r| r.handled);
    assert_eq!((handled.len(), returned.len()), (2, 1), "{records:#?}");
    assert!(handled.iter().all(|earlier| earlier.timestamp <= returned[0].timestamp));
}

// ------------------------------------------------------------------------------------------------
// What proves nothing: addresses

/// Two types with one layout, whose boxes reuse each other's memory.
macro_rules! boxed_errors {
    ($($name:ident: $text:literal)*) => {$(
        #[derive(Debug)]
        struct $name(#[expect(dead_code, reason = "makes the box as large as the other")] u64);

        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str($text)
            }
        }

        impl Error for $name {}
    )*};
}

boxed_errors! {
    CacheError: "the cache is cold"
    LedgerError: "the ledger is closed"
}

type Boxed = Box<dyn Error + Send + Sync>;

#[track_errors(service = "same")]
fn read_cache() -> Result<(), Boxed> {
    Err(CacheError(1))?;
    Ok(())
}

#[test]
fn an_error_of_another_type_at_the_address_of_a_dropped_one_is_another_error() {
    #[track_errors(service = "same")]
    fn load() -> Result<(), Boxed> {
        drop(read_cache());
        Err(Box::new(LedgerError(2)))
    }
    for _ in 0..100 {
        let records = records(load);
        assert_eq!(messages(&records), ["the cache is cold", "the ledger is closed"]);
    }
}

#[test]
fn a_boundary_logs_an_error_at_the_address_of_a_handled_one_as_a_new_error() {
    #[track_errors(service = "same", report = "boundary")]
    fn load() -> Result<(), Boxed> {
        drop(read_cache());
        Err(Box::new(LedgerError(2)))
    }
    let record = only(records(load));
    assert_eq!(record.message, "the ledger is closed");
    assert_eq!(causes(&record), ["the cache is cold"]);
    assert!(record.presumed);
}

#[test]
fn errors_without_a_size_that_share_an_address_are_told_apart_by_their_text() {
    #[derive(Debug)]
    struct NoStock;
    #[derive(Debug)]
    struct NoMoney;
    #[track_errors(service = "same")]
    fn stock() -> Result<(), NoStock> {
        Err(NoStock)
    }
    #[track_errors(service = "same")]
    fn buy() -> Result<(), NoMoney> {
        let _: Result<(), NoStock> = stock();
        Err(NoMoney)
    }
    let records = records(buy);
    assert_eq!(messages(&records), ["NoStock", "NoMoney"]);
}

// ------------------------------------------------------------------------------------------------
// Causes are the `source()` chain

/// As `thiserror` makes it of `#[error("{0}")] Io(#[from] io::Error)`.
#[derive(Debug)]
enum Parse {
    Io(io::Error),
}

impl Display for Parse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parse::Io(error) = self;
        Display::fmt(error, f)
    }
}

impl Error for Parse {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let Parse::Io(error) = self;
        Some(error)
    }
}

impl From<io::Error> for Parse {
    fn from(error: io::Error) -> Self {
        Parse::Io(error)
    }
}

/// As `thiserror` makes it of `#[error("top: {0}")] struct Top(#[from] Parse)`.
#[derive(Debug)]
struct Top(Parse);

impl Display for Top {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "top: {}", self.0)
    }
}

impl Error for Top {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

impl From<Parse> for Top {
    fn from(error: Parse) -> Self {
        Top(error)
    }
}

#[track_errors(service = "same")]
fn read() -> io::Result<()> {
    Err(io::Error::other("the disk is full"))
}

#[track_errors(service = "same")]
fn parse() -> Result<(), Parse> {
    Ok(read()?)
}

#[test]
fn the_causes_of_an_error_that_repeats_its_source_are_the_source_chain() {
    #[track_errors(service = "same", report = "boundary")]
    fn run() -> Result<(), Top> {
        Ok(parse()?)
    }
    let record = only(records(run));
    assert_eq!(record.message, "top: the disk is full");
    assert_eq!(causes(&record), ["the disk is full", "the disk is full"]);
}

#[test]
fn the_causes_of_an_error_that_was_first_seen_half_way_are_the_source_chain() {
    #[track_errors(service = "same")]
    fn parse() -> Result<(), Parse> {
        Err(io::Error::other("the disk is full"))?;
        Ok(())
    }
    #[track_errors(service = "same", report = "boundary")]
    fn run() -> Result<(), Top> {
        Ok(parse()?)
    }
    let record = only(records(run));
    assert_eq!(record.message, "top: the disk is full");
    assert_eq!(causes(&record), ["the disk is full", "the disk is full"]);
}

#[test]
fn a_cause_that_became_text_on_the_way_is_kept_once() {
    #[track_errors(service = "same")]
    fn query() -> Result<(), QueryError> {
        read().map_err(QueryError)
    }
    #[track_errors(service = "same", report = "boundary")]
    fn run() -> Result<(), String> {
        query().map_err(|error| format!("order 17: {error}"))
    }
    let record = only(records(run));
    assert_eq!(record.message, "order 17: the query failed");
    assert_eq!(causes(&record), ["the disk is full"]);
}

#[test]
fn an_error_that_became_text_and_then_a_cause_is_one_error() {
    #[track_errors(service = "same")]
    fn query() -> Result<(), QueryError> {
        read().map_err(QueryError)
    }
    #[track_errors(service = "same")]
    fn text() -> Result<(), String> {
        query().map_err(|error| format!("order 17: {error}"))
    }
    #[track_errors(service = "same")]
    fn run() -> anyhow::Result<()> {
        text().map_err(anyhow::Error::msg).context("answering the request")
    }
    let record = only(records(run));
    let steps: Vec<_> = record.step_messages.iter().map(|step| &*step.message).collect();
    let messages = ["the query failed", "order 17: the query failed", "answering the request"];
    assert_eq!(steps, messages);
}

#[test]
fn a_conversion_to_a_better_known_type_keeps_the_kind_of_the_origin() {
    #[track_errors(service = "same")]
    fn text() -> Result<(), String> {
        Err("shard 1 does not answer".to_owned())
    }
    #[track_errors(service = "same", report = "boundary")]
    fn run() -> io::Result<()> {
        text().map_err(|error| io::Error::other(format!("order 17: {error}")))
    }
    let record = only(records(run));
    assert_eq!((&*record.kind, &*record.message), ("String", "order 17: shard 1 does not answer"));
}

// ------------------------------------------------------------------------------------------------
// The trail

#[track_errors(service = "same")]
fn store() -> Result<(), QueryError> {
    read().map_err(QueryError)
}

#[track_errors(service = "same")]
fn serve() -> anyhow::Result<()> {
    store().context("serving order 17")?;
    Ok(())
}

#[track_errors(service = "same")]
fn answer() -> anyhow::Result<()> {
    serve()
}

#[test]
fn an_error_that_climbs_shows_each_function_that_it_left_in_order() {
    let record = only(records(serve));
    assert_eq!(functions(&record), ["read", "store", "serve"]);
}

#[test]
fn each_message_that_a_conversion_gave_is_kept_with_its_step() {
    let record = only(records(answer));
    let steps: Vec<_> = record
        .step_messages
        .iter()
        .map(|step| (step.function.rsplit("::").next().expect("a name"), &*step.message))
        .collect();
    assert_eq!(steps, [("store", "the query failed"), ("serve", "serving order 17")]);
}

#[test]
fn under_origin_the_log_keeps_the_message_of_its_origin() {
    let record = only(records(serve));
    assert_eq!((&*record.message, &*record.kind), ("the disk is full", "std::io::Error"));
}

#[test]
fn under_origin_a_conversion_to_a_better_known_type_is_a_message_of_its_step() {
    #[derive(Debug)]
    struct App(String);

    impl Display for App {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "app: {}", self.0)
        }
    }

    impl Error for App {}

    impl From<String> for App {
        fn from(text: String) -> Self {
            App(text)
        }
    }

    #[track_errors(service = "same")]
    fn text() -> Result<(), String> {
        Err("shard 1 does not answer".to_owned())
    }
    #[track_errors(service = "same")]
    fn run() -> Result<(), App> {
        text()?;
        Ok(())
    }
    let record = only(records(run));
    assert_eq!((&*record.kind, &*record.message), ("String", "shard 1 does not answer"));
    let steps: Vec<_> = record.step_messages.iter().map(|step| &*step.message).collect();
    assert_eq!(steps, ["app: shard 1 does not answer"]);
}

#[test]
fn an_async_error_that_climbs_shows_each_function_that_it_left_in_order() {
    #[track_errors(service = "same")]
    async fn read_later() -> io::Result<()> {
        yield_now().await;
        read()
    }
    #[track_errors(service = "same")]
    async fn store_later() -> Result<(), QueryError> {
        read_later().await.map_err(QueryError)
    }
    #[track_errors(service = "same")]
    async fn serve_later() -> anyhow::Result<()> {
        let stored = store_later().await;
        yield_now().await;
        stored.context("serving order 17")
    }
    let record = only(records(|| block_on(serve_later())));
    assert_eq!(functions(&record), ["read", "read_later", "store_later", "serve_later"]);
}

#[test]
fn a_boundary_is_the_last_step_of_the_trail_and_its_message_is_the_final_one() {
    #[track_errors(service = "same", report = "boundary")]
    fn handler() -> anyhow::Result<()> {
        serve().context("answering the request")
    }
    let record = only(records(handler));
    assert_eq!(functions(&record), ["read", "store", "serve", "handler"]);
    assert_eq!(record.message, "answering the request");
    assert_eq!((&*record.kind, record.level), ("std::io::Error", Level::Error));
    assert_eq!(causes(&record), ["serving order 17", "the query failed", "the disk is full"]);
    let steps: Vec<_> = record.step_messages.iter().map(|step| &*step.message).collect();
    assert_eq!(steps, ["the query failed", "serving order 17"]);
}
