//! Functions that return `impl Future`.

use super::*;

#[test]
fn an_async_block_is_the_tail() {
    #[track_errors]
    fn parse(text: &str) -> impl Future<Output = Result<u32, ParseIntError>> + Send {
        let trimmed = text.trim();
        async move {
            pause().await;
            Ok(trimmed.parse::<u32>()? + 1)
        }
    }
    let line = line!() - 3;

    let (value, record) = one_record_of(parse("twelve"));
    assert_eq!(value, Err(not_a_number()));
    let function = "shapes_async::impl_future::an_async_block_is_the_tail::parse";
    assert_eq!(facts(&record), (KIND, MESSAGE, function, line));
    assert_eq!(no_record(|| block_on(is_send(parse(" 12 ")))), Ok(13));
}

#[test]
fn another_future_is_handed_on() {
    #[track_errors]
    fn fails(wait: bool) -> impl Future<Output = Result<(), &'static str>> {
        if wait {
            return futures::future::Either::Left(futures::future::pending());
        }
        futures::future::Either::Right(std::future::ready(Err("handed on")))
    }

    let (value, record) = one_record_of(fails(false));
    assert_eq!((value, &*record.message), (Err("handed on"), "handed on"));
    drop(fails(true));
}

#[test]
fn methods_and_lifetimes() {
    struct Parser(String);
    impl Parser {
        #[track_errors]
        fn by_ref(&self) -> impl Future<Output = Result<u32, ParseIntError>> + '_ {
            async { Ok(self.0.parse::<u32>()?) }
        }

        #[track_errors]
        fn by_mut_ref(&mut self) -> impl Future<Output = Result<&str, ParseIntError>> {
            async {
                self.0.push('!');
                self.0.parse::<u32>()?;
                Ok(&*self.0)
            }
        }

        #[track_errors]
        fn by_value(self) -> impl Future<Output = Result<u32, ParseIntError>> + use<> {
            async move { self.0.parse::<u32>() }
        }
    }

    let mut parser = Parser("twelve".to_owned());
    assert_eq!(one_record_of(parser.by_ref()).0, Err(not_a_number()));
    assert_eq!(one_record_of(parser.by_mut_ref()).0, Err(not_a_number()));
    assert_eq!(parser.0, "twelve!");
    assert_eq!(one_record_of(parser.by_value()).0, Err(not_a_number()));
    assert_eq!(no_record(|| block_on(Parser("5".to_owned()).by_value())), Ok(5));
}

#[test]
fn in_a_trait() {
    trait Store {
        fn save(&self, text: &str) -> impl Future<Output = Result<u32, ParseIntError>> + Send;

        #[track_errors]
        fn check(&self, text: &str) -> impl Future<Output = Result<(), ParseIntError>> + Send
        where
            Self: Sync,
        {
            async move {
                let _: u32 = text.parse()?;
                self.save("1").await?;
                Ok(())
            }
        }
    }
    struct Memory;
    impl Store for Memory {
        #[track_errors]
        async fn save(&self, text: &str) -> Result<u32, ParseIntError> {
            Ok(text.parse::<u32>()?)
        }
    }

    assert_eq!(one_record_of(Memory.save("twelve")).0, Err(not_a_number()));
    assert_eq!(one_record_of(Memory.check("twelve")).0, Err(not_a_number()));
    assert_eq!(no_record(|| block_on(Memory.check("5"))), Ok(()));
}
