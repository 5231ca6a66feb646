//! Functions that return a boxed future.

use super::*;
use futures::FutureExt;
use futures::future::{BoxFuture, LocalBoxFuture};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, ParseIntError>> + Send + 'a>>;
type Answer<'a> = Pin<Box<dyn Future<Output = Result<u32, ParseIntError>> + 'a>>;

/// Runs `parse` with and without an error, and checks line and function.
#[track_caller]
fn check<F>(parse: impl Fn(&'static str) -> F, function: &str, line: u32)
where
    F: Future<Output = Result<u32, ParseIntError>>,
{
    let (value, record) = one_record_of(parse("twelve"));
    assert_eq!(value, Err(not_a_number()));
    let function = format!("shapes_async::boxed_future::{function}::parse");
    assert_eq!(facts(&record), (KIND, MESSAGE, &*function, line));
    assert_eq!(no_record(|| block_on(parse("5"))), Ok(5));
}

#[test]
fn box_pin_is_the_tail() {
    #[track_errors]
    fn parse(text: &str) -> Pin<Box<dyn Future<Output = Result<u32, ParseIntError>> + Send + '_>> {
        let trimmed = text.trim();
        Box::pin(async move {
            pause().await;
            Ok(trimmed.parse::<u32>()?)
        })
    }
    check(|text| is_send(parse(text)), "box_pin_is_the_tail", line!() - 3);
}

#[test]
fn without_send() {
    #[track_errors]
    fn parse(text: &str) -> Pin<Box<dyn Future<Output = Result<u32, ParseIntError>> + '_>> {
        let text = Rc::new(text);
        Box::pin(async move {
            pause().await;
            Ok(text.parse::<u32>()?)
        })
    }
    check(parse, "without_send", line!() - 3);
}

#[test]
fn a_future_that_is_no_block_is_in_the_box() {
    async fn later(text: &str) -> Result<u32, ParseIntError> {
        text.parse()
    }
    #[track_errors]
    fn parse(text: &str) -> Pin<Box<dyn Future<Output = Result<u32, ParseIntError>> + '_>> {
        Box::pin(later(text))
    }
    // The function does not see the error itself: the place is that of its name.
    check(parse, "a_future_that_is_no_block_is_in_the_box", line!() - 4);
}

#[test]
fn an_early_return_of_another_box() {
    #[track_errors]
    fn parse(text: &str) -> Pin<Box<dyn Future<Output = Result<u32, ParseIntError>> + '_>> {
        if text == "early" {
            return Box::pin(std::future::ready(Err(not_a_number())));
        }
        Box::pin(async move { text.parse() })
    }
    check(parse, "an_early_return_of_another_box", line!() - 2);
    assert_eq!(one_record_of(parse("early")).0, Err(not_a_number()));
}

#[test]
fn behind_an_alias() {
    #[track_errors]
    fn parse(text: &str) -> Boxed<'_, u32> {
        Box::pin(async move {
            let number = text.parse::<u32>()?;
            Ok(number)
        })
    }
    // The macro cannot see that a future is returned: the place is that of the function.
    check(|text| is_send(parse(text)), "behind_an_alias", line!() - 7);
}

#[test]
fn behind_an_alias_with_another_name() {
    #[track_errors]
    fn parse(text: &str) -> Answer<'_> {
        Box::pin(async move { Ok(text.parse::<u32>()?) })
    }
    check(parse, "behind_an_alias_with_another_name", line!() - 3);
}

#[test]
fn handed_on_from_another_function() {
    fn make(text: &str) -> Boxed<'_, u32> {
        Box::pin(async move { text.parse() })
    }
    #[track_errors]
    fn parse(text: &str) -> Pin<Box<dyn Future<Output = Result<u32, ParseIntError>> + Send + '_>> {
        make(text)
    }
    check(|text| is_send(parse(text)), "handed_on_from_another_function", line!() - 3);
}

#[test]
fn a_box_of_a_concrete_future_is_handed_on() {
    fn make(text: &str) -> Pin<Box<impl Future<Output = Result<u32, ParseIntError>>>> {
        Box::pin(async move { text.parse() })
    }
    #[track_errors]
    fn parse(text: &str) -> Pin<Box<dyn Future<Output = Result<u32, ParseIntError>> + '_>> {
        make(text)
    }
    check(parse, "a_box_of_a_concrete_future_is_handed_on", line!() - 3);
}

#[test]
fn box_future_of_futures() {
    #[track_errors]
    fn parse(text: &str) -> BoxFuture<'_, Result<u32, ParseIntError>> {
        Box::pin(async move {
            pause().await;
            Ok(text.parse::<u32>()?)
        })
    }
    check(|text| is_send(parse(text)), "box_future_of_futures", line!() - 3);
}

#[test]
fn boxed_by_a_method() {
    #[track_errors]
    fn parse(text: &str) -> BoxFuture<'_, Result<u32, ParseIntError>> {
        async move {
            let number = text.parse::<u32>()?;
            Ok(number)
        }
        .boxed()
    }
    check(|text| is_send(parse(text)), "boxed_by_a_method", line!() - 5);
}

#[test]
fn boxed_local() {
    #[track_errors]
    fn parse(text: &str) -> LocalBoxFuture<'_, Result<u32, ParseIntError>> {
        let text = Rc::new(text);
        async move { text.parse::<u32>() }.boxed_local()
    }
    assert_eq!(one_record_of(parse("twelve")).0, Err(not_a_number()));
    assert_eq!(no_record(|| block_on(parse("5"))), Ok(5));
}

#[test]
fn recursion_through_a_box() {
    #[track_errors]
    fn depth(levels: u32) -> BoxFuture<'static, Result<u32, String>> {
        Box::pin(async move {
            if levels == 0 {
                return Err("the bottom".to_owned());
            }
            depth(levels - 1).await
        })
    }

    let (value, records) = testing::capture(|| block_on(depth(3)));
    assert_eq!(value, Err("the bottom".to_owned()));
    assert_eq!(records[0].message, "the bottom");
}

#[test]
fn an_early_return_of_a_box_with_any_auto_traits() {
    macro_rules! check {
        ($($($bound:ident)+;)*) => {$({
            type Alias = Pin<Box<dyn Future<Output = Result<u32, ParseIntError>> $(+ $bound)+>>;
            #[track_errors(fields(length = text.len()), when = |_| true)]
            fn parse(text: &'static str) -> Alias {
                if text.is_empty() {
                    return Box::pin(ready(Ok(0)));
                }
                Box::pin(ready(text.parse::<u32>()))
            }
            #[track_errors(report = "boundary")]
            fn boundary(text: &'static str) -> Alias {
                if text.is_empty() {
                    return Box::pin(ready(Ok(0)));
                }
                parse(text)
            }
            assert_eq!(one_record_of(parse("twelve")).0, Err(not_a_number()));
            assert_eq!(one_record_of(boundary("twelve")).0, Err(not_a_number()));
            assert_eq!(no_record(|| block_on(boundary(""))), Ok(0));
        })*};
    }
    check! {
        Send;
        Send Sync;
        UnwindSafe;
        Send UnwindSafe;
        Send UnwindSafe RefUnwindSafe;
        Sync RefUnwindSafe;
        Unpin;
        Send Unpin;
        Send Sync Unpin UnwindSafe RefUnwindSafe;
    }
}
