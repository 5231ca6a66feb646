//! The policy `every`.

use super::*;

#[test]
fn every_logs_each_level_with_its_own_message_and_place() {
    let records = records(ReportPolicy::Every, serve);
    let messages: Vec<_> = records.iter().map(|record| &*record.message).collect();
    assert_eq!(messages, ["the disk is full", "cannot store the order", "serving a request"]);
    let places: Vec<_> = records
        .iter()
        .map(|record| {
            let function = record.function.rsplit("::").next().expect("a name");
            (function, record.location.line as usize)
        })
        .collect();
    assert_eq!(places, trail());
}

#[test]
fn every_logs_all_levels_of_an_error_under_one_id() {
    let records = records(ReportPolicy::Every, || [serve(), serve()]);
    let ids: Vec<_> = records.iter().map(|record| record.id).collect();
    assert_eq!(ids.len(), 6);
    assert!(ids[..3].iter().all(|id| *id == ids[0]), "{ids:?}");
    assert!(ids[3..].iter().all(|id| *id == ids[3]), "{ids:?}");
    assert_ne!(ids[0], ids[3]);
}

#[test]
fn every_logs_all_levels_of_an_async_error_under_one_id() {
    for runtime in [multi_thread(), current_thread()] {
        let (lines, _) = lines_and_handled(ReportPolicy::Every, || {
            runtime.block_on(async { tokio::spawn(serve_later()).await.map(drop) })
        });
        assert_eq!(lines.len(), 4, "{lines:#?}");
        assert!(lines.iter().all(|line| line.id == lines[0].id), "{lines:#?}");
    }
}

#[test]
fn every_logs_the_whole_message_outside_a_rate_limited_function() {
    #[track_errors(service = "policies", rate_limit = "off")]
    fn inner(text: &str) -> Result<(), String> {
        Err(text.to_owned())
    }
    #[track_errors(service = "policies", rate_limit = 1)]
    fn middle(text: &str) -> Result<(), String> {
        inner(text)
    }
    #[track_errors(service = "policies", rate_limit = "off")]
    fn outer(text: &str) -> Result<(), String> {
        middle(text)
    }
    const CALLS: usize = 20;
    let text = "x".repeat(2_000);
    let (lines, _) = lines_and_handled(ReportPolicy::Every, || {
        (0..CALLS).for_each(|_| assert!(outer(&text).is_err()));
    });
    let of = |name: &str| lines.iter().filter(|line| line.function.ends_with(name)).count();
    assert_eq!((of("::inner"), of("::outer")), (CALLS, CALLS));
    assert!((1..CALLS).contains(&of("::middle")), "{}", of("::middle"));
    assert!(lines.iter().all(|line| line.message == text), "whole");
}

#[test]
fn every_gives_the_caller_the_id_of_the_last_of_equal_retries() {
    #[track_errors(service = "policies")]
    fn retry() -> io::Result<()> {
        let _: [io::Result<()>; 2] = [write(), write()];
        write()
    }
    let records = records(ReportPolicy::Every, retry);
    let ids: Vec<_> = records.iter().map(|record| record.id).collect();
    assert_eq!(ids.len(), 4);
    assert_eq!(ids[3], ids[2]);
}

#[test]
fn every_gives_the_caller_the_id_of_the_last_of_equal_async_retries() {
    /// Waits between the attempts, and not after the last.
    #[track_errors(service = "policies")]
    async fn retry() -> io::Result<()> {
        let _: io::Result<()> = write();
        yield_now().await;
        write()
    }
    let records = records(ReportPolicy::Every, || {
        let mut future = pin!(retry());
        assert!(poll_once(future.as_mut()).is_pending());
        assert!(poll_once(future.as_mut()).is_ready());
    });
    let ids: Vec<_> = records.iter().map(|record| record.id).collect();
    assert_eq!(ids.len(), 3);
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids[2], ids[1]);
}

#[test]
fn every_logs_the_place_of_each_level_of_a_deep_recursion() {
    #[track_errors(service = "policies")]
    fn descend(depth: u32) -> io::Result<()> {
        if depth == 0 { write() } else { descend(depth - 1) }
    }
    #[track_errors(service = "policies")]
    fn outermost() -> io::Result<()> {
        descend(100)
    }
    let records = records(ReportPolicy::Every, outermost);
    assert_eq!(records.len(), 103);
    assert!(records[102].function.ends_with("::outermost"), "{}", records[102].function);
    let frames: Vec<_> = records.iter().map(|record| frames(&record.stack)[0]).collect();
    assert_eq!(frames[0], ("write", line_of("// leaves `write`")));
    assert_eq!(frames[102].0, "outermost");
}
