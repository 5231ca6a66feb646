//! Errors that are converted on their way.

use super::*;

pub(crate) mod nested {
    use super::*;

    #[track_errors(service = "once")]
    fn one() -> io::Result<()> {
        failing("disk on fire")?;
        Ok(())
    }

    #[track_errors(service = "once")]
    fn two() -> Result<(), StoreError> {
        one()?;
        Ok(())
    }

    #[track_errors(service = "once")]
    fn three() -> Result<(), String> {
        two().map_err(|error| format!("order 17: {error}"))
    }

    #[track_errors(service = "once")]
    fn four() -> anyhow::Result<()> {
        three().map_err(anyhow::Error::msg).context("handling a request")
    }

    #[track_errors(service = "once")]
    pub(super) fn five() -> Result<(), Boxed> {
        four()?;
        Ok(())
    }

    #[track_errors(service = "once")]
    async fn one_later() -> io::Result<()> {
        yield_now().await;
        failing("disk on fire")?;
        Ok(())
    }

    #[track_errors(service = "once")]
    async fn two_later() -> Result<(), StoreError> {
        yield_now().await;
        one_later().await?;
        Ok(())
    }

    #[track_errors(service = "once")]
    async fn three_later() -> Result<(), String> {
        let result = two_later().await;
        yield_now().await;
        result.map_err(|error| format!("order 17: {error}"))
    }

    #[track_errors(service = "once")]
    async fn four_later() -> anyhow::Result<()> {
        let result = three_later().await.map_err(anyhow::Error::msg);
        yield_now().await;
        result.context("handling a request")
    }

    #[track_errors(service = "once")]
    pub(crate) async fn five_later() -> Result<(), Boxed> {
        four_later().await?;
        Ok(())
    }
}

#[test]
fn five_nested_levels_with_conversions_log_once() {
    logs(1, nested::five);
}

#[test]
fn five_nested_async_levels_with_conversions_log_once() {
    task_logs(1, nested::five_later);
}

/// A test of a conversion in a sync function, and one in an async function.
macro_rules! converted {
    ($($name:ident $later:ident: |$result:ident| -> Result<(), $error:ty> { $converted:expr })*) => {
        $(
            #[test]
            fn $name() {
                #[track_errors(service = "once")]
                fn outer() -> Result<(), $error> {
                    let $result = fail("the disk is full");
                    $converted
                }
                logs(1, outer);
            }

            #[test]
            fn $later() {
                #[track_errors(service = "once")]
                async fn outer() -> Result<(), $error> {
                    let $result = fail_and_wait("the disk is full").await;
                    yield_now().await;
                    $converted
                }
                task_logs(1, outer);
            }
        )*
    };
}

converted! {
    an_error_that_is_passed_on_is_logged_once
    an_async_error_that_is_passed_on_is_logged_once:
        |result| -> Result<(), io::Error> { result }
    an_error_that_the_question_mark_converts_is_logged_once
    an_async_error_that_the_question_mark_converts_is_logged_once:
        |result| -> Result<(), StoreError> { Ok(result?) }
    an_error_with_context_is_logged_once
    an_async_error_with_context_is_logged_once:
        |result| -> Result<(), anyhow::Error> { result.context("writing the order") }
    an_error_with_context_of_eyre_is_logged_once
    an_async_error_with_context_of_eyre_is_logged_once:
        |result| -> Result<(), eyre::Report> { eyre::WrapErr::wrap_err(result, "writing the order") }
    an_error_that_becomes_the_source_of_another_is_logged_once
    an_async_error_that_becomes_the_source_of_another_is_logged_once:
        |result| -> Result<(), StoreError> { result.map_err(|error| StoreError::Other(error.into())) }
    an_error_whose_text_is_part_of_another_is_logged_once
    an_async_error_whose_text_is_part_of_another_is_logged_once:
        |result| -> Result<(), String> { result.map_err(|error| format!("order 17: {error}!")) }
    an_error_that_is_boxed_is_logged_once
    an_async_error_that_is_boxed_is_logged_once:
        |result| -> Result<(), Boxed> { Ok(result?) }
    an_error_nested_in_two_others_is_logged_once
    an_async_error_nested_in_two_others_is_logged_once:
        |result| -> Result<(), io::Error> { result.map_err(|error| {
            io::Error::new(io::ErrorKind::UnexpectedEof, StoreError::Disk(error))
        }) }
}

#[test]
fn a_transparent_error_is_logged_once_however_short_its_text() {
    #[track_errors(service = "once")]
    fn transparent() -> Result<(), Transparent> {
        Ok(fail("eof")?)
    }
    #[track_errors(service = "once")]
    fn boxed() -> Result<(), Boxed> {
        Ok(fail("eof")?)
    }
    logs(1, transparent);
    logs(1, boxed);
}

#[test]
fn an_error_whose_message_exceeds_the_limit_of_a_log_is_logged_once() {
    let long = "a long story, ".repeat(1_000);

    #[track_errors(service = "once")]
    fn handed_on(message: &str) -> io::Result<()> {
        fail(message)
    }
    #[track_errors(service = "once")]
    fn as_source(message: &str) -> Result<(), StoreError> {
        Ok(fail(message)?)
    }
    #[track_errors(service = "once")]
    fn in_text(message: &str) -> Result<(), String> {
        fail(message).map_err(|error| format!("order 17: {error}"))
    }
    logs(1, || handed_on(&long));
    logs(1, || as_source(&long));
    logs(1, || in_text(&long));
}
