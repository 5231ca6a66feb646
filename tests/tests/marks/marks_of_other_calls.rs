//! A call never takes the mark of another call.

use super::*;

#[track_errors]
fn clean_up() -> Result<(), &'static str> {
    Err("the clean-up failed")
}

struct FailsWhenDropped;
impl Drop for FailsWhenDropped {
    fn drop(&mut self) {
        let _: Result<(), &str> = clean_up();
    }
}

#[test]
fn a_destructor_that_fails_does_not_take_the_mark_or_leave_its_own() {
    #[track_errors]
    fn work(text: &str) -> Result<u32, Box<dyn Error>> {
        let _guard = FailsWhenDropped;
        let number = parse(text)?;
        Ok(number)
    }
    let line = line!() - 3;

    let (value, records) = testing::capture(|| work("x"));
    assert_eq!(value.unwrap_err().to_string(), support::MESSAGE);
    let messages: Vec<_> = records.iter().map(|record| &*record.message).collect();
    assert_eq!(messages, ["the clean-up failed", support::MESSAGE]);
    assert!(records[0].function.ends_with("::clean_up"));
    assert!(records[1].function.ends_with("::work"));
    // Its own place, or that of the function; never that of the other function.
    let work = line - 2;
    assert!([work, line].contains(&records[1].location.line), "{:?}", records[1].location);
}

#[test]
fn an_error_that_was_handled_leaves_no_mark_for_the_next() {
    #[track_errors]
    fn inner(text: &str) -> Result<u32, ParseIntError> {
        let number = parse(text)?;
        Ok(number)
    }
    #[track_errors]
    fn outer(value: Result<u32, u8>) -> Result<u32, u8> {
        let _: u32 = inner("x").unwrap_or(0);
        value
    }
    let line = line!() - 4;

    let (value, records) = testing::capture(|| outer(Err(1)));
    assert_eq!(value, Err(1));
    assert_eq!(records.len(), 2, "two errors: {records:#?}");
    assert_eq!(place(&records[1]), at(line, "outer"));
}

#[test]
fn recursive_calls_have_their_own_places() {
    #[track_errors]
    fn depth(levels: u32) -> Result<u32, Box<dyn Error>> {
        if levels == 0 {
            return Ok(parse("x")?);
        }
        let _: Result<u32, _> = depth(levels - 1);
        std::fs::read("/there/is/no/such/file")?;
        Ok(levels)
    }
    let line = line!() - 6;

    let (_, records) = testing::capture(|| depth(1));
    assert_eq!(records.len(), 2, "{records:#?}");
    assert_eq!((place(&records[0]), &*records[0].kind), (at(line, "?"), KIND));
    assert_eq!((place(&records[1]), &*records[1].kind), (at(line + 3, "?"), "std::io::Error"));
}

#[test]
fn futures_that_run_at_the_same_time_keep_their_marks_apart() {
    #[track_errors]
    async fn slow(text: &str) -> Result<u32, Box<dyn Error>> {
        tokio::task::yield_now().await;
        let number = parse(text)?;
        tokio::task::yield_now().await;
        Ok(number)
    }
    #[track_errors]
    async fn read(path: &str) -> Result<Vec<u8>, Box<dyn Error>> {
        tokio::task::yield_now().await;
        let bytes = std::fs::read(path)?;
        tokio::task::yield_now().await;
        Ok(bytes)
    }
    let line = line!() - 11;

    let (values, records) = testing::capture(|| {
        block_on(futures::future::join(slow("x"), read("/there/is/no/such/file")))
    });
    assert!(values.0.is_err() && values.1.is_err());
    assert_eq!(records.len(), 2, "{records:#?}");
    assert_eq!((place(&records[0]), &*records[0].kind), (at(line, "?"), KIND));
    assert_eq!((place(&records[1]), &*records[1].kind), (at(line + 7, "?"), "std::io::Error"));
}
