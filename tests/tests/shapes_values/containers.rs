//! A `Result` in an `Option`, a `Poll`, or both.

use super::*;

#[test]
fn an_option_of_a_result() {
    #[track_errors]
    fn parse(text: Option<&str>) -> Option<Result<u32, ParseIntError>> {
        let text = text?;
        Some(text.parse::<u32>())
    }
    let line = line!() - 2;

    let (value, record) = one_record(|| parse(Some("twelve")));
    assert_eq!(value, Some(Err(not_a_number())));
    let function = "shapes_values::containers::an_option_of_a_result::parse";
    assert_eq!(facts(&record), (KIND, MESSAGE, function, line));
    assert_eq!(no_record(|| parse(Some("5"))), Some(Ok(5)));
    assert_eq!(no_record(|| parse(None)), None);
}

#[test]
fn a_poll_of_a_result() {
    #[track_errors]
    fn parse(text: Poll<&str>) -> Poll<Result<u32, ParseIntError>> {
        let text = ready!(text);
        let number = text.parse::<u32>()?;
        Poll::Ready(Ok(number))
    }
    let line = line!() - 3;

    let (value, record) = one_record(|| parse(Poll::Ready("twelve")));
    assert_eq!(value, Poll::Ready(Err(not_a_number())));
    let function = "shapes_values::containers::a_poll_of_a_result::parse";
    assert_eq!(facts(&record), (KIND, MESSAGE, function, line));
    assert_eq!(no_record(|| parse(Poll::Ready("5"))), Poll::Ready(Ok(5)));
    assert_eq!(no_record(|| parse(Poll::Pending)), Poll::Pending);
}

#[test]
fn a_poll_of_an_option_of_a_result() {
    #[track_errors]
    fn parse(text: Poll<Option<&str>>) -> Poll<Option<Result<u32, ParseIntError>>> {
        let Some(text) = ready!(text) else { return Poll::Ready(None) };
        let number = text.parse::<u32>()?;
        Poll::Ready(Some(Ok(number)))
    }
    let line = line!() - 3;

    let (value, record) = one_record(|| parse(Poll::Ready(Some("twelve"))));
    assert_eq!(value, Poll::Ready(Some(Err(not_a_number()))));
    let function = "shapes_values::containers::a_poll_of_an_option_of_a_result::parse";
    assert_eq!(facts(&record), (KIND, MESSAGE, function, line));
    assert_eq!(no_record(|| parse(Poll::Ready(Some("5")))), Poll::Ready(Some(Ok(5))));
    assert_eq!(no_record(|| parse(Poll::Ready(None))), Poll::Ready(None));
    assert_eq!(no_record(|| parse(Poll::Pending)), Poll::Pending);
}

#[test]
fn an_async_fn_that_returns_an_option_of_a_result() {
    #[track_errors]
    async fn parse(text: Option<&str>) -> Option<Result<u32, ParseIntError>> {
        Some(text?.parse::<u32>())
    }

    assert_eq!(one_record_of(parse(Some("twelve"))).0, Some(Err(not_a_number())));
    assert_eq!(no_record(|| block_on(parse(None))), None);
}

#[test]
fn a_question_mark_on_polls() {
    #[track_errors]
    fn parse(text: Poll<Option<Result<&str, ParseIntError>>>) -> Poll<Result<u32, ParseIntError>> {
        match text? {
            Poll::Ready(Some(text)) => Poll::Ready(text.parse::<u32>()),
            Poll::Ready(None) => Poll::Ready(Ok(0)),
            Poll::Pending => Poll::Pending,
        }
    }
    let line = line!() - 6;

    let (value, record) = one_record(|| parse(Poll::Ready(Some(Err(not_a_number())))));
    assert_eq!((value, record.location.line), (Poll::Ready(Err(not_a_number())), line));
    let (value, record) = one_record(|| parse(Poll::Ready(Some(Ok("twelve")))));
    assert_eq!((value, record.location.line), (Poll::Ready(Err(not_a_number())), line + 1));
    assert_eq!(no_record(|| parse(Poll::Ready(Some(Ok("5"))))), Poll::Ready(Ok(5)));
    assert_eq!(no_record(|| parse(Poll::Pending)), Poll::Pending);
}

#[test]
fn iterator_next() {
    struct Numbers<'a>(std::str::Split<'a, char>);
    impl Iterator for Numbers<'_> {
        type Item = Result<u32, ParseIntError>;

        #[track_errors]
        fn next(&mut self) -> Option<Result<u32, ParseIntError>> {
            self.0.next().map(str::parse)
        }
    }

    let numbers = || Numbers("1,twelve,3".split(','));
    let (value, record) = one_record(|| numbers().collect::<Vec<_>>());
    assert_eq!(value, [Ok(1), Err(not_a_number()), Ok(3)]);
    assert_eq!(record.kind, KIND);
    assert!(record.function.ends_with("as core::iter::traits::iterator::Iterator>::next"));
}

#[test]
fn iterator_next_by_its_associated_type() {
    struct Fails;
    impl Iterator for Fails {
        type Item = Result<u32, u8>;

        #[track_errors]
        fn next(&mut self) -> Option<Self::Item> {
            Some(Err(7))
        }
    }

    assert_eq!(one_record(|| Fails.next()).0, Some(Err(7)));
}

#[test]
fn future_poll() {
    struct Parse<'a>(&'a str);
    impl Future for Parse<'_> {
        type Output = Result<u32, ParseIntError>;

        #[track_errors]
        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
            Poll::Ready(self.0.parse::<u32>())
        }
    }

    let (value, record) = one_record_of(Parse("twelve"));
    assert_eq!((value, &*record.kind), (Err(not_a_number()), KIND));
    assert_eq!(no_record(|| block_on(Parse("5"))), Ok(5));
}

#[test]
fn stream_poll_next() {
    struct Numbers<S>(S);
    impl<'a, S: Stream<Item = &'a str> + Unpin> Stream for Numbers<S> {
        type Item = Result<u32, ParseIntError>;

        #[track_errors]
        fn poll_next(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<Option<Result<u32, ParseIntError>>> {
            match ready!(self.0.poll_next_unpin(cx)) {
                Some(text) => Poll::Ready(Some(text.parse::<u32>())),
                None => Poll::Ready(None),
            }
        }
    }

    let numbers = |texts| Numbers(stream::iter(texts)).try_collect::<Vec<_>>();
    let (value, record) = one_record_of(numbers(vec!["1", "twelve"]));
    assert_eq!((value, &*record.kind), (Err(not_a_number()), KIND));
    assert_eq!(no_record(|| block_on(numbers(vec!["1", "2"]))), Ok(vec![1, 2]));
}
