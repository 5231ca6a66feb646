//! Futures and tasks that run side by side.

use super::conversions::nested;
use super::*;

#[test]
fn three_joined_futures_that_fail_log_three_times() {
    #[track_errors(service = "once")]
    async fn all() -> io::Result<()> {
        let (first, second, third) = tokio::join!(
            fail_and_wait("no card"),
            fail_and_wait("no cash"),
            fail_later("no cheque")
        );
        first.and(second).and(third)
    }
    task_logs(3, all);
}

#[test]
fn three_joined_futures_with_equal_errors_log_three_times() {
    #[track_errors(service = "once")]
    async fn all() -> io::Result<()> {
        let (first, second, third) = futures::join!(
            fail_and_wait("no money at all"),
            fail_later("no money at all"),
            fail_and_wait("no money at all")
        );
        first.and(second).and(third)
    }
    task_logs(3, all);
}

#[test]
fn twenty_unordered_futures_of_which_the_last_is_returned_log_twenty_times() {
    #[track_errors(service = "once")]
    async fn all() -> io::Result<()> {
        let messages: Vec<_> = (0..20).map(|number| format!("no item {number:02}")).collect();
        let mut futures: FuturesUnordered<_> =
            messages.iter().map(|message| fail_and_wait(message)).collect();
        let mut last = Ok(());
        while let Some(result) = futures.next().await {
            last = result;
        }
        last
    }
    task_logs(20, all);
}

#[test]
fn a_select_of_which_one_future_fails_logs_once() {
    #[track_errors(service = "once")]
    async fn first() -> io::Result<()> {
        tokio::select! {
            result = fail_and_wait("no answer") => result,
            () = std::future::pending() => Ok(()),
        }
    }
    task_logs(1, first);
}

#[test]
fn a_select_of_several_that_would_fail_logs_the_first() {
    #[track_errors(service = "once")]
    async fn slow() -> io::Result<()> {
        std::future::pending::<()>().await;
        failing("too late")
    }
    #[track_errors(service = "once")]
    async fn first() -> io::Result<()> {
        tokio::select! {
            result = slow() => result,
            result = fail_and_wait("no answer") => result,
            result = slow() => result,
        }
    }
    task_logs(1, first);
}

#[test]
fn fifty_tasks_with_nested_levels_log_fifty_times() {
    for (name, runtime) in runtimes() {
        let lines = lines(|| {
            runtime.block_on(async {
                let tasks: Vec<_> = (0..50).map(|_| tokio::spawn(nested::five_later())).collect();
                for task in tasks {
                    assert!(task.await.expect("no panic").is_err());
                }
            });
        });
        assert_eq!(lines.len(), 50, "on the {name} runtime");
    }
}

#[test]
fn the_tasks_of_a_tracked_sync_function_log_once_each() {
    #[track_errors(service = "once")]
    fn serve(runtime: &Runtime) -> Result<(), Boxed> {
        runtime.block_on(async {
            let tasks: Vec<_> = (0..50).map(|_| tokio::spawn(nested::five_later())).collect();
            for task in tasks {
                assert!(task.await.expect("no panic").is_err());
            }
        });
        Ok(())
    }
    for (_, runtime) in runtimes() {
        logs(50, || serve(&runtime));
    }
}

#[test]
fn an_error_that_fails_a_tracked_sync_function_around_a_runtime_logs_once() {
    #[track_errors(service = "once")]
    fn serve(runtime: &Runtime) -> anyhow::Result<()> {
        runtime.block_on(fail_and_wait("no answer")).context("serving")
    }
    for (_, runtime) in runtimes() {
        logs(1, || serve(&runtime));
    }
}
