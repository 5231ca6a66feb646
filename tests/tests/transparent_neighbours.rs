//! Above and below the attributes of other crates: one error, one log, with the line of its `?`.

use std::cell::Cell;
use std::future::Future;
use std::num::ParseIntError;
use std::pin::Pin;

use async_trait::async_trait;
use futures::executor::block_on;
use rstest::{fixture, rstest};
use tracing::instrument;
use track_errors::{ErrorRecord, track_errors};

#[path = "support/mod.rs"]
mod support;

use support::{KIND, MESSAGE, no_record, not_a_number, one_record};

/// The line, counted from 1, that ends in this comment.
#[track_caller]
fn line(comment: &str) -> u32 {
    let comment = format!("// fails in {comment}");
    let source = include_str!("transparent_neighbours.rs");
    let line = source.lines().position(|line| line.ends_with(&comment)).expect("the comment");
    u32::try_from(line + 1).expect("a short file")
}

/// The record of the function by this name, with the line of its `?`.
#[track_caller]
fn assert_record(record: &ErrorRecord, module: &str, function: &str) {
    assert_eq!((&*record.kind, &*record.message), (KIND, MESSAGE));
    assert!(record.function.ends_with(&format!("::{function}")), "{}", record.function);
    assert_eq!(record.location.line, line(&format!("{module}::{function}")), "{function}");
}

type Later<'a> = Pin<Box<dyn Future<Output = Result<u32, ParseIntError>> + 'a>>;

fn later<'a>(future: impl Future<Output = Result<u32, ParseIntError>> + 'a) -> Later<'a> {
    Box::pin(future)
}

/// The same for a body that another attribute has moved into a closure, an inner block or another function:
/// the line is another one of the function.
#[track_caller]
fn assert_record_within(record: &ErrorRecord, module: &str, function: &str) {
    assert_eq!((&*record.kind, &*record.message), (KIND, MESSAGE));
    assert!(record.function.ends_with(&format!("::{function}")), "{}", record.function);
    let last = line(&format!("{module}::{function}")) + 1;
    assert!((last - 6..=last).contains(&record.location.line), "{function}: {record:#?}");
}

#[track_caller]
fn assert_within(module: &str, name: &str, function: impl Fn(&'static str) -> Later<'static>) {
    let call = |text| futures::executor::block_on(function(text));
    assert_eq!(no_record(|| call("1")), Ok(2));
    let (value, record) = one_record(|| call("twelve"));
    assert_eq!(value, Err(not_a_number()));
    assert_record_within(&record, module, name);
}

/// Asserts that the error is logged once, with this function and its line, and that a value is returned.
#[track_caller]
fn assert_sync(
    module: &str,
    name: &str,
    function: impl Fn(&'static str) -> Result<u32, ParseIntError>,
) {
    assert_eq!(no_record(|| function("1")), Ok(2));
    let (value, record) = one_record(|| function("twelve"));
    assert_eq!(value, Err(not_a_number()));
    assert_record(&record, module, name);
}

#[track_caller]
fn assert_later(module: &str, name: &str, function: impl Fn(&'static str) -> Later<'static>) {
    assert_sync(module, name, |text| futures::executor::block_on(function(text)));
}

mod instrumented {
    use super::*;

    #[instrument]
    #[track_errors]
    fn above(text: &str) -> Result<u32, ParseIntError> {
        let number = text.parse::<u32>()?; // fails in instrumented::above
        Ok(number + 1)
    }

    #[track_errors]
    #[instrument]
    fn below(text: &str) -> Result<u32, ParseIntError> {
        let number = text.parse::<u32>()?; // fails in instrumented::below
        Ok(number + 1)
    }

    #[instrument(err, ret, fields(length = text.len()))]
    #[track_errors]
    fn above_with_err(text: &str) -> Result<u32, ParseIntError> {
        let number = text.parse::<u32>()?; // fails in instrumented::above_with_err
        Ok(number + 1)
    }

    #[track_errors]
    #[instrument(err(Debug), skip_all)]
    fn below_with_err(text: &str) -> Result<u32, ParseIntError> {
        let number = text.parse::<u32>()?; // fails in instrumented::below_with_err
        Ok(number + 1)
    }

    #[instrument]
    #[track_errors]
    async fn above_later(text: &str) -> Result<u32, ParseIntError> {
        std::future::ready(()).await;
        let number = text.parse::<u32>()?; // fails in instrumented::above_later
        Ok(number + 1)
    }

    #[track_errors]
    #[instrument]
    async fn below_later(text: &str) -> Result<u32, ParseIntError> {
        std::future::ready(()).await;
        let number = text.parse::<u32>()?; // fails in instrumented::below_later
        Ok(number + 1)
    }

    #[instrument(err, ret, level = "debug")]
    #[track_errors]
    async fn above_later_with_err((text, _): (&str, u32)) -> Result<u32, ParseIntError> {
        std::future::ready(()).await;
        let number = text.parse::<u32>()?; // fails in instrumented::above_later_with_err
        Ok(number + 1)
    }

    #[track_errors]
    #[instrument(err, ret, level = "debug")]
    async fn below_later_with_err((text, _): (&str, u32)) -> Result<u32, ParseIntError> {
        std::future::ready(()).await;
        let number = text.parse::<u32>()?; // fails in instrumented::below_later_with_err
        Ok(number + 1)
    }

    #[test]
    fn a_sync_function_in_both_orders() {
        assert_sync("instrumented", "above", above);
        assert_sync("instrumented", "below", below);
        assert_within("instrumented", "above_with_err", |text| {
            later(std::future::ready(above_with_err(text)))
        });
        assert_sync("instrumented", "below_with_err", below_with_err);
    }

    #[test]
    fn an_async_function_in_both_orders() {
        assert_later("instrumented", "above_later", |text| later(above_later(text)));
        assert_later("instrumented", "below_later", |text| later(below_later(text)));
        assert_within("instrumented", "above_later_with_err", |text| {
            later(above_later_with_err((text, 1)))
        });
        assert_later("instrumented", "below_later_with_err", |text| {
            later(below_later_with_err((text, 1)))
        });
    }
}

mod async_traits {
    use super::*;

    #[async_trait]
    trait Shop {
        async fn on_the_method(&self, text: &str) -> Result<u32, ParseIntError>;
        async fn instrumented_above(&self, text: &str) -> Result<u32, ParseIntError>;
        async fn instrumented_below(&self, text: &str) -> Result<u32, ParseIntError>;

        #[track_errors]
        async fn by_default(&self, text: &str) -> Result<u32, ParseIntError> {
            std::future::ready(()).await;
            let number = text.parse::<u32>()?; // fails in async_traits::by_default
            Ok(number + 1)
        }
    }

    struct Corner;

    #[async_trait]
    impl Shop for Corner {
        #[track_errors]
        async fn on_the_method(&self, text: &str) -> Result<u32, ParseIntError> {
            std::future::ready(()).await;
            let number = text.parse::<u32>()?; // fails in async_traits::on_the_method
            Ok(number + 1)
        }

        #[instrument(skip(self))]
        #[track_errors]
        async fn instrumented_above(&self, text: &str) -> Result<u32, ParseIntError> {
            std::future::ready(()).await;
            let number = text.parse::<u32>()?; // fails in async_traits::instrumented_above
            Ok(number + 1)
        }

        #[track_errors]
        #[instrument(skip(self))]
        async fn instrumented_below(&self, text: &str) -> Result<u32, ParseIntError> {
            std::future::ready(()).await;
            let number = text.parse::<u32>()?; // fails in async_traits::instrumented_below
            Ok(number + 1)
        }
    }

    #[test]
    fn a_method_in_the_impl() {
        assert_later("async_traits", "on_the_method", |text| Corner.on_the_method(text));
    }

    #[test]
    fn a_default_body() {
        assert_later("async_traits", "by_default", |text| Corner.by_default(text));
    }

    #[test]
    fn with_instrument_in_both_orders() {
        assert_later("async_traits", "instrumented_above", |text| Corner.instrumented_above(text));
        assert_later("async_traits", "instrumented_below", |text| Corner.instrumented_below(text));
    }

    #[async_trait(?Send)]
    trait Whole {
        async fn above(&self, text: &str) -> Result<u32, ParseIntError>;
        async fn below(&self, text: &str) -> Result<u32, ParseIntError>;
    }

    struct Below;

    #[async_trait(?Send)]
    #[track_errors]
    impl Whole for Corner {
        async fn above(&self, text: &str) -> Result<u32, ParseIntError> {
            std::future::ready(()).await;
            let number = text.parse::<u32>()?; // fails in async_traits::above
            Ok(number + 1)
        }

        async fn below(&self, text: &str) -> Result<u32, ParseIntError> {
            self.above(text).await
        }
    }

    #[track_errors]
    #[async_trait(?Send)]
    impl Whole for Below {
        async fn above(&self, text: &str) -> Result<u32, ParseIntError> {
            self.below(text).await
        }

        async fn below(&self, text: &str) -> Result<u32, ParseIntError> {
            std::future::ready(()).await;
            let number = text.parse::<u32>()?; // fails in async_traits::below
            Ok(number + 1)
        }
    }

    #[test]
    fn on_the_whole_impl_in_both_orders() {
        assert_later("async_traits", "above", |text| Corner.above(text));
        assert_later("async_traits", "below", |text| Below.below(text));
    }
}

mod tests_of_rstest {
    use super::*;

    #[fixture]
    fn text() -> &'static str {
        "1"
    }

    thread_local! {
        static FAIL: Cell<bool> = const { Cell::new(false) };
    }

    /// A test that returns an error fails, so these return one only if they are told to.
    fn fails_if_told(text: &str) -> Result<u32, ParseIntError> {
        if FAIL.get() { Err(not_a_number()) } else { text.parse() }
    }

    #[rstest]
    #[case("1", 2)]
    #[case("2", 3)]
    #[track_errors]
    fn above(#[case] text: &str, #[case] sum: u32) -> Result<(), ParseIntError> {
        let number = text.parse::<u32>()?;
        assert_eq!(number + 1, sum);
        Ok(())
    }

    #[track_errors]
    #[rstest]
    #[case("1", 2)]
    #[case("2", 3)]
    fn below(#[case] text: &str, #[case] sum: u32) -> Result<(), ParseIntError> {
        let number = text.parse::<u32>()?;
        assert_eq!(number + 1, sum);
        Ok(())
    }

    #[rstest]
    #[track_errors]
    fn a_fixture_above(text: &str) -> Result<(), ParseIntError> {
        let number = fails_if_told(text)?; // fails in tests_of_rstest::a_fixture_above
        assert_eq!(number, 1);
        Ok(())
    }

    #[track_errors]
    #[rstest]
    fn a_fixture_below(text: &str) -> Result<(), ParseIntError> {
        let number = fails_if_told(text)?; // fails in tests_of_rstest::a_fixture_below
        assert_eq!(number, 1);
        Ok(())
    }

    #[rstest]
    #[case("1")]
    #[tokio::test]
    #[track_errors]
    async fn a_tokio_test_above(#[case] text: &str) -> Result<(), ParseIntError> {
        tokio::task::yield_now().await;
        assert_eq!(text.parse::<u32>()?, 1);
        Ok(())
    }

    #[track_errors]
    #[rstest]
    #[case("1")]
    #[tokio::test]
    async fn a_tokio_test_below(#[case] text: &str) -> Result<(), ParseIntError> {
        tokio::task::yield_now().await;
        assert_eq!(text.parse::<u32>()?, 1);
        Ok(())
    }

    #[rstest]
    #[case("1")]
    #[track_errors]
    #[tokio::test]
    async fn a_tokio_test_between(#[case] text: &str) -> Result<(), ParseIntError> {
        tokio::task::yield_now().await;
        assert_eq!(text.parse::<u32>()?, 1);
        Ok(())
    }

    #[test]
    fn the_error_of_a_test_is_logged_in_both_orders() {
        FAIL.set(true);
        let (value, record) = one_record(a_fixture_above);
        assert_eq!(value, Err(not_a_number()));
        assert_record_within(&record, "tests_of_rstest", "a_fixture_above");
        let (value, record) = one_record(a_fixture_below);
        assert_eq!(value, Err(not_a_number()));
        assert_record(&record, "tests_of_rstest", "a_fixture_below");
    }
}

mod tokio_main {
    use super::*;

    // `mains.rs` tests them as programs; here they are functions.

    #[tokio::main(flavor = "current_thread")]
    #[track_errors]
    async fn above(text: &str) -> Result<u32, ParseIntError> {
        tokio::task::yield_now().await;
        let number = text.parse::<u32>()?; // fails in tokio_main::above
        Ok(number + 1)
    }

    #[track_errors]
    #[tokio::main(flavor = "current_thread")]
    async fn below(text: &str) -> Result<u32, ParseIntError> {
        tokio::task::yield_now().await;
        let number = text.parse::<u32>()?; // fails in tokio_main::below
        Ok(number + 1)
    }

    #[tokio::main(flavor = "current_thread")]
    #[instrument]
    #[track_errors]
    async fn above_instrumented(text: &str) -> Result<u32, ParseIntError> {
        tokio::task::yield_now().await;
        let number = text.parse::<u32>()?; // fails in tokio_main::above_instrumented
        Ok(number + 1)
    }

    #[track_errors]
    #[tokio::main(flavor = "current_thread")]
    #[instrument]
    async fn below_instrumented(text: &str) -> Result<u32, ParseIntError> {
        tokio::task::yield_now().await;
        let number = text.parse::<u32>()?; // fails in tokio_main::below_instrumented
        Ok(number + 1)
    }

    #[test]
    fn in_both_orders() {
        assert_sync("tokio_main", "above", above);
        assert_sync("tokio_main", "below", below);
    }

    #[test]
    fn with_instrument_in_both_orders() {
        let (value, record) = one_record(|| above_instrumented("twelve"));
        assert_eq!(value, Err(not_a_number()));
        assert_record_within(&record, "tokio_main", "above_instrumented");
        assert_sync("tokio_main", "below_instrumented", below_instrumented);
    }
}

mod from_another_crate {
    use super::*;

    track_errors_tests::tracked_elsewhere! { whole }
    track_errors_tests::tracked_elsewhere! { whole_later async }
    track_errors_tests::tracked_elsewhere! { body(text) { text.parse() } }
    track_errors_tests::tracked_elsewhere! { body_later(text) { Ok(text.parse::<u32>()?) } async }

    #[test]
    fn a_macro_of_another_crate_names_the_runtime_by_its_own_path() {
        for (value, record) in [
            one_record(|| whole("twelve")),
            one_record(|| block_on(whole_later("twelve"))),
            one_record(|| body("twelve")),
            one_record(|| block_on(body_later("twelve"))),
        ] {
            assert_eq!(value, Err(not_a_number()));
            assert_eq!((&*record.kind, &*record.message), (KIND, MESSAGE));
        }
    }
}
