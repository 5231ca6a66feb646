//! What boundaries log, and what they count as handled.

use super::*;

#[test]
fn a_boundary_logs_once_with_the_final_message_the_first_kind_and_all_causes() {
    let records = records(ReportPolicy::Origin, handler);
    assert_eq!(records.len(), 1, "{records:#?}");
    let record = &records[0];
    assert_eq!(record.message, "serving a request");
    assert_eq!((&*record.kind, &*record.error_type), ("std::io::Error", "std::io::Error"));
    let causes: Vec<_> = record.causes.iter().map(|cause| &*cause.message).collect();
    assert_eq!(causes, ["cannot store the order", "the disk is full"]);
}

#[test]
fn a_boundary_decides_whatever_the_policy_of_the_program() {
    let records = records(ReportPolicy::Every, handler);
    assert_eq!(records.len(), 1, "{records:#?}");
    assert_eq!(records[0].message, "serving a request");
}

#[test]
fn a_boundary_logs_the_place_where_the_error_came_from() {
    let records = records(ReportPolicy::Origin, handler);
    assert_eq!(records[0].function, "policies::write");
    assert_eq!(records[0].location.line as usize, line_of("// leaves `write`"));
}

#[test]
fn a_boundary_logs_every_function_that_the_error_left_with_the_line_of_its_question_mark() {
    let records = records(ReportPolicy::Origin, handler);
    let stack = &records[0].stack;
    assert!(stack.starts_with("std::io::Error: serving a request\n"), "{stack}");
    let (frames_part, causes) = stack.split_once("\nCaused by: ").expect("causes");
    assert_eq!(frames(frames_part), trail_to_the_handler());
    assert_eq!(causes, "cannot store the order\nCaused by: the disk is full");
}

#[test]
fn a_boundary_logs_the_functions_that_an_async_error_left() {
    for runtime in [multi_thread(), current_thread()] {
        let (lines, _) = lines_and_handled(ReportPolicy::Origin, || {
            runtime.block_on(async { tokio::spawn(handler_later()).await.map(drop) })
        });
        assert_eq!(lines.len(), 1, "{lines:#?}");
        assert_eq!((&*lines[0].kind, &*lines[0].message), ("std::io::Error", "serving a request"));
        let frames_part = lines[0].stack.split("\nCaused by").next().expect("frames");
        assert_eq!(frames(frames_part), trail_later());
    }
}

#[test]
fn a_boundary_puts_the_return_trail_before_native_frames() {
    let _serial = SERIAL.lock().unwrap_or_else(PoisonError::into_inner);
    #[inline(never)]
    fn around() -> anyhow::Result<()> {
        std::hint::black_box(handler())
    }
    let settings = track_errors::builder().backtrace(BacktraceMode::Native);
    let (_, records) = testing::capture_with(settings, around);
    let stack = records[0].stack.split("\nCaused by").next().expect("frames");
    let frames = frames(stack);
    assert_eq!(frames[..4], trail_to_the_handler());
    assert_eq!(frames[4].0, "around");
}

#[test]
fn a_boundary_keeps_the_causes_of_an_error_that_became_a_text() {
    #[track_errors(service = "policies", report = "boundary")]
    fn text() -> Result<(), String> {
        store().map_err(|error| format!("order 17: {error}"))
    }
    #[track_errors(service = "policies", report = "boundary")]
    fn text_as_cause() -> anyhow::Result<()> {
        store().map_err(|error| anyhow::anyhow!("{error}").context("order 17"))
    }
    let causes = |records: Records| -> Vec<String> {
        records.assert_one().causes.iter().map(|cause| cause.message.clone()).collect()
    };
    assert_eq!(causes(records(ReportPolicy::Origin, text)), ["the disk is full"]);
    assert_eq!(
        causes(records(ReportPolicy::Origin, text_as_cause)),
        ["cannot store the order", "the disk is full"]
    );
}

#[test]
fn a_boundary_counts_an_error_handled_inside_it_and_does_not_log_it() {
    let (records, handled) = records_and_handled(ReportPolicy::Origin, handle);
    assert!(records.is_empty(), "{records:#?}");
    assert_eq!(handled, 1);
}

/// A boundary would log more than it can hold.
#[test]
fn a_boundary_counts_each_of_sixty_handled_errors() {
    #[track_errors(service = "policies", report = "boundary")]
    fn sweep() -> io::Result<()> {
        for _ in 0..60 {
            let _: io::Result<()> = write();
        }
        Ok(())
    }
    let (records, handled) = records_and_handled(ReportPolicy::Origin, sweep);
    assert!(records.is_empty(), "{records:#?}");
    assert_eq!(handled, 60);
}

#[test]
fn a_boundary_counts_each_of_a_hundred_errors_handled_in_their_own_boundary() {
    #[track_errors(service = "policies")]
    fn sweep() -> io::Result<()> {
        (0..100).try_for_each(|_| handle())
    }
    let (records, handled) = records_and_handled(ReportPolicy::Origin, sweep);
    assert!(records.is_empty(), "{records:#?}");
    assert_eq!(handled, 100);
}

#[test]
fn a_boundary_counts_each_of_sixty_errors_handled_in_an_async_function() {
    #[track_errors(service = "policies", report = "boundary")]
    async fn sweep() -> io::Result<()> {
        for _ in 0..60 {
            let _: io::Result<()> = write_later().await;
        }
        Ok(())
    }
    for runtime in [multi_thread(), current_thread()] {
        let (lines, handled) = lines_and_handled(ReportPolicy::Origin, || {
            runtime.block_on(async { tokio::spawn(sweep()).await.map(drop) })
        });
        assert!(lines.is_empty(), "{lines:#?}");
        assert_eq!(handled, 60);
    }
}

#[test]
fn a_boundary_counts_the_retries_before_the_last() {
    #[track_errors(service = "policies", report = "boundary")]
    fn retry() -> io::Result<()> {
        let mut last = Ok(());
        for _ in 0..3 {
            last = write();
        }
        last
    }
    let (records, handled) = records_and_handled(ReportPolicy::Origin, retry);
    assert_eq!((records.len(), handled), (1, 2));
}

#[test]
fn a_boundary_that_returns_another_error_logs_it_with_the_held_one_as_presumed_cause() {
    #[track_errors(service = "policies", report = "boundary")]
    fn other() -> Result<(), &'static str> {
        let _: io::Result<()> = write();
        Err("another reason")
    }
    let (records, handled) = records_and_handled(ReportPolicy::Origin, other);
    assert_eq!((records.len(), handled), (1, 0), "{records:#?}");
    assert_eq!(records[0].message, "another reason");
    assert_eq!(records[0].causes.len(), 1);
    assert_eq!(records[0].causes[0].message, "the disk is full");
    assert!(records[0].presumed);
}

#[test]
fn a_boundary_whose_future_is_dropped_logs_its_held_errors() {
    #[track_errors(service = "policies", report = "boundary")]
    async fn half_way() -> io::Result<()> {
        let result = write();
        yield_now().await;
        result
    }
    let (records, handled) = records_and_handled(ReportPolicy::Origin, || {
        let mut future = Box::pin(half_way());
        assert!(poll_once(future.as_mut()).is_pending());
    });
    assert_eq!((records.len(), handled), (1, 0));
    assert_eq!(records[0].message, "the disk is full");
}

#[test]
fn a_logged_error_does_not_count_as_handled() {
    let (_, handled) = records_and_handled(ReportPolicy::Origin, handler);
    assert_eq!(handled, 0);
    #[track_errors(service = "policies")]
    fn handle_outside_of_any_boundary() -> io::Result<()> {
        let _: anyhow::Result<()> = serve();
        Ok(())
    }
    let (records, handled) =
        records_and_handled(ReportPolicy::Origin, handle_outside_of_any_boundary);
    assert_eq!((records.len(), handled), (1, 0));
}

#[test]
fn after_deep_recursion_a_boundary_logs_the_innermost_steps_and_the_last() {
    #[track_errors(service = "policies")]
    fn descend(depth: u32) -> io::Result<()> {
        if depth == 0 { write() } else { descend(depth - 1) }
    }
    #[track_errors(service = "policies", report = "boundary")]
    fn around() -> io::Result<()> {
        descend(500)
    }
    for _ in 0..2 {
        let records = records(ReportPolicy::Origin, around);
        assert_eq!(records.len(), 1);
        let frames = frames(&records[0].stack);
        assert_eq!(frames[0], ("write", line_of("// leaves `write`")));
        assert_eq!(frames[1].0, "descend");
        assert_eq!(frames.last().expect("frames").0, "around");
    }
}

/// Like a `main` that runs a runtime and starts tasks that it does not await.
#[track_errors(service = "policies", report = "boundary")]
fn start_and_forget(runtime: &Runtime, tasks: usize) -> io::Result<()> {
    runtime.block_on(async {
        let (ended, mut wait) = tokio::sync::mpsc::unbounded_channel();
        for _ in 0..tasks {
            let ended = ended.clone();
            drop(tokio::spawn(async move {
                let _: anyhow::Result<()> = serve_later().await;
                ended.send(()).expect("the function waits");
            }));
        }
        for _ in 0..tasks {
            wait.recv().await.expect("a task that ended");
        }
    });
    Ok(())
}

#[test]
fn a_boundary_loses_no_error_of_a_task_that_is_not_awaited() {
    for runtime in [multi_thread(), current_thread()] {
        let (lines, handled) =
            lines_and_handled(ReportPolicy::Origin, || start_and_forget(&runtime, 50));
        assert_eq!((lines.len(), handled), (50, 0));
        assert!(lines.iter().all(|line| line.message == "the disk is full"), "{lines:#?}");
    }
}

/// Nothing distinguishes such a call from one that the boundary made itself.
#[test]
fn a_sync_boundary_counts_an_error_ignored_by_an_untracked_task_as_handled() {
    #[track_errors(service = "policies", report = "boundary")]
    fn wait(runtime: &Runtime) -> io::Result<()> {
        runtime.block_on(async {
            assert!(tokio::spawn(async { write().is_err() }).await.expect("no panic"));
        });
        Ok(())
    }
    let (lines, handled) = lines_and_handled(ReportPolicy::Origin, || wait(&current_thread()));
    assert_eq!((lines.len(), handled), (0, 1), "{lines:#?}");
    // On another thread the task is outside the boundary.
    let (lines, handled) = lines_and_handled(ReportPolicy::Origin, || wait(&multi_thread()));
    assert_eq!((lines.len(), handled), (1, 0), "{lines:#?}");
}

#[test]
fn the_error_of_a_future_that_a_sync_boundary_waits_for_is_logged_once() {
    #[track_errors(service = "policies", report = "boundary")]
    fn wait(runtime: &Runtime) -> anyhow::Result<()> {
        runtime.block_on(serve_later()).context("the program failed")
    }
    for runtime in [multi_thread(), current_thread()] {
        let (lines, handled) = lines_and_handled(ReportPolicy::Origin, || wait(&runtime));
        assert_eq!((lines.len(), handled), (1, 0), "{lines:#?}");
    }
}

#[test]
fn tasks_that_an_async_boundary_spawns_are_outside_it() {
    #[track_errors(service = "policies", report = "boundary")]
    async fn main() -> anyhow::Result<()> {
        let forgotten = tokio::spawn(serve_later());
        let awaited = tokio::spawn(async { serve_later().await.is_err() });
        assert!(awaited.await?);
        while !forgotten.is_finished() {
            yield_now().await;
        }
        Ok(())
    }
    for runtime in [multi_thread(), current_thread()] {
        let (lines, handled) = lines_and_handled(ReportPolicy::Origin, || runtime.block_on(main()));
        assert_eq!((lines.len(), handled), (2, 0), "{lines:#?}");
    }
}

#[test]
fn a_thread_that_a_boundary_starts_is_outside_it() {
    #[track_errors(service = "policies", report = "boundary")]
    fn start() -> io::Result<()> {
        let thread = std::thread::spawn(|| serve().is_err());
        assert!(thread.join().expect("no panic"));
        Ok(())
    }
    let (lines, handled) = lines_and_handled(ReportPolicy::Origin, start);
    assert_eq!((lines.len(), handled), (1, 0), "{lines:#?}");
}
