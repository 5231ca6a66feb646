//! Several errors in one call, and recursion.

use super::*;

#[test]
fn a_loop_that_fails_a_hundred_times_logs_a_hundred_times() {
    #[track_errors(service = "once")]
    fn sweep() -> io::Result<()> {
        for _ in 0..100 {
            let _: io::Result<()> = fail("the disk is full");
        }
        Ok(())
    }
    logs(100, sweep);
}

#[test]
fn an_async_loop_that_fails_a_hundred_times_logs_a_hundred_times() {
    #[track_errors(service = "once")]
    async fn sweep() -> io::Result<()> {
        for _ in 0..100 {
            let _: io::Result<()> = fail_and_wait("the disk is full").await;
        }
        Ok(())
    }
    task_logs(100, sweep);
}

#[test]
fn a_handled_error_and_then_a_different_one_from_untracked_code_log_twice() {
    #[track_errors(service = "once")]
    fn load() -> Result<(), Boxed> {
        if fail("no cache").is_err() {
            "twelve".parse::<u32>()?;
        }
        Ok(())
    }
    logs(2, load);
}

#[test]
fn a_handled_async_error_and_then_a_different_one_from_untracked_code_log_twice() {
    #[track_errors(service = "once")]
    async fn load() -> Result<(), Boxed> {
        if fail_and_wait("no cache").await.is_err() {
            yield_now().await;
            "twelve".parse::<u32>()?;
        }
        Ok(())
    }
    task_logs(2, load);
}

#[test]
fn a_handled_error_and_then_a_different_one_of_the_same_type_from_untracked_code_log_twice() {
    #[track_errors(service = "once")]
    fn load() -> io::Result<()> {
        if fail("no cache").is_err() {
            failing("no database")?;
        }
        Ok(())
    }
    logs(2, load);
}

#[test]
fn a_handled_async_error_and_then_a_different_one_of_the_same_type_log_twice() {
    #[track_errors(service = "once")]
    async fn load() -> io::Result<()> {
        if fail_and_wait("no cache").await.is_err() {
            yield_now().await;
            failing("no database")?;
        }
        Ok(())
    }
    task_logs(2, load);
}

#[test]
fn a_handled_error_and_then_an_unrelated_one_log_twice() {
    #[track_errors(service = "once")]
    fn load() -> Result<(), &'static str> {
        let _: io::Result<()> = fail("no cache");
        Err("out of order")
    }
    logs(2, load);
}

#[test]
fn a_handled_async_error_and_then_an_unrelated_one_log_twice() {
    #[track_errors(service = "once")]
    async fn load() -> Result<(), &'static str> {
        let _: io::Result<()> = fail_and_wait("no cache").await;
        yield_now().await;
        Err("out of order")
    }
    task_logs(2, load);
}

#[test]
fn a_handled_error_and_then_the_same_one_from_tracked_code_log_twice() {
    #[track_errors(service = "once")]
    fn load() -> io::Result<()> {
        let _: io::Result<()> = fail("no cache");
        fail("no cache")
    }
    logs(2, load);
}

#[test]
fn three_retries_of_which_the_last_is_returned_log_three_times() {
    #[track_errors(service = "once")]
    fn retry() -> io::Result<()> {
        let mut last = Ok(());
        for _ in 0..3 {
            last = fail("connection refused");
        }
        last
    }
    logs(3, retry);
}

#[test]
fn three_async_retries_of_which_the_last_is_returned_log_three_times() {
    #[track_errors(service = "once")]
    async fn retry() -> io::Result<()> {
        let mut last = Ok(());
        for _ in 0..3 {
            last = fail_and_wait("connection refused").await;
            yield_now().await;
        }
        last
    }
    task_logs(3, retry);
}

#[track_errors(service = "once")]
fn descend(depth: u32) -> io::Result<()> {
    if depth == 0 {
        failing("bottom")?;
    }
    descend(depth - 1)
}

#[track_errors(service = "once")]
fn descend_later(depth: u32) -> Pin<Box<dyn Future<Output = io::Result<()>> + Send>> {
    Box::pin(async move {
        yield_now().await;
        if depth == 0 {
            failing("bottom")?;
        }
        descend_later(depth - 1).await
    })
}

#[track_errors(service = "once")]
async fn descend_boxed(depth: u32) -> io::Result<()> {
    yield_now().await;
    if depth == 0 {
        failing("bottom")?;
    }
    Box::pin(descend_boxed(depth - 1)).await
}

#[test]
fn recursion_logs_once() {
    logs(1, || descend(100));
}

#[test]
fn async_recursion_through_boxed_futures_logs_once() {
    task_logs(1, || descend_later(100));
    task_logs(1, || descend_boxed(100));
}
