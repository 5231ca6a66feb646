//! Errors that are logged again, because nothing shows that they are the same.

use super::*;

#[test]
fn an_error_handed_over_by_a_task_is_logged_again_by_the_task_that_gets_it() {
    #[track_errors(service = "once")]
    async fn gets() -> Result<(), Boxed> {
        tokio::spawn(fail_later("no answer")).await??;
        Ok(())
    }
    task_logs(2, gets);
}

#[test]
fn an_error_handed_over_by_a_channel_is_logged_again_by_the_thread_that_gets_it() {
    #[track_errors(service = "once")]
    fn gets() -> Result<(), Boxed> {
        let (send, receive) = mpsc::channel();
        std::thread::spawn(move || send.send(fail("no answer")));
        receive.recv()??;
        Ok(())
    }
    logs(2, gets);
}

#[test]
fn an_error_that_loses_every_trace_of_the_original_is_logged_again() {
    #[track_errors(service = "once")]
    fn hides() -> Result<(), &'static str> {
        fail("the disk is full").map_err(|_| "internal error")
    }
    logs(2, hides);
}

#[test]
fn an_error_is_logged_again_after_more_than_sixteen_others_in_the_same_call() {
    #[track_errors(service = "once")]
    fn keeps_the_first(others: usize) -> io::Result<()> {
        let first = fail("the first of all");
        for _ in 0..others {
            let _: io::Result<()> = fail("one of the others");
        }
        first
    }
    logs(1 + 15, || keeps_the_first(15));
    logs(1 + 16 + 1, || keeps_the_first(16));
}
