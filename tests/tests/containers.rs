//! The attribute on a whole `impl`, trait or module.

use std::num::ParseIntError;

use async_trait::async_trait;
use futures::executor::block_on;
use track_errors::{ErrorRecord, Level, testing, track_errors};

/// The function and the service of each record.
fn logged<T>(f: impl FnOnce() -> T) -> Vec<(String, String)> {
    let (_, records) = testing::capture(f);
    records.iter().map(function_and_service).collect()
}

fn function_and_service(record: &ErrorRecord) -> (String, String) {
    let function = record.function.rsplit("::").next().expect("a name");
    (function.to_owned(), record.service.as_deref().unwrap_or("none").to_owned())
}

fn names(logged: &[(String, String)]) -> Vec<&str> {
    logged.iter().map(|(function, _)| &**function).collect()
}

struct Shop;

type ParseResult<T> = Result<T, ParseIntError>;

#[track_errors(service = "shop", level = "critical")]
impl Shop {
    const LIMIT: u32 = 7;

    fn price(&self, text: &str) -> Result<u32, ParseIntError> {
        Ok(text.parse::<u32>()?.min(Self::LIMIT))
    }

    fn alias(&self, text: &str) -> ParseResult<u32> {
        text.parse()
    }

    async fn later(&self, text: &str) -> std::io::Result<String> {
        std::future::ready(std::fs::read_to_string(text)).await
    }

    fn next(&self, text: &str) -> Option<Result<u32, ParseIntError>> {
        Some(text.parse())
    }

    fn no_result(&self) -> u32 {
        7
    }

    const fn at_compile_time(&self) -> Result<u32, ()> {
        Err(())
    }

    #[track_errors(service = "own", level = "alert")]
    fn own_keys(&self, text: &str) -> ParseResult<u32> {
        text.parse()
    }

    #[track_errors(skip)]
    fn left_out(&self, text: &str) -> ParseResult<u32> {
        text.parse()
    }

    #[track_errors]
    fn by_another_name(&self, text: &str) -> Parsed {
        text.parse()
    }
}

type Parsed = Result<u32, ParseIntError>;

#[test]
fn every_function_of_an_impl_that_returns_a_result_is_tracked() {
    let logged = logged(|| {
        assert!(Shop.price("x").is_err());
        assert!(Shop.alias("x").is_err());
        assert!(block_on(Shop.later("/there/is/no/such/file")).is_err());
        assert!(Shop.next("x").is_some_and(|next| next.is_err()));
        assert!(Shop.by_another_name("x").is_err());
    });
    assert_eq!(names(&logged), ["price", "alias", "later", "next", "by_another_name"]);
    assert!(logged.iter().all(|(_, service)| service == "shop"), "{logged:?}");
}

#[test]
fn functions_without_a_result_and_skipped_functions_are_left_alone() {
    const FAILED: Result<u32, ()> = Shop.at_compile_time();
    let logged = logged(|| {
        assert_eq!(Shop.no_result(), 7);
        assert!(FAILED.is_err());
        assert!(Shop.left_out("x").is_err());
    });
    assert!(logged.is_empty(), "{logged:?}");
}

#[test]
fn the_keys_of_a_function_override_those_of_its_block() {
    let (_, records) = testing::capture(|| [Shop.own_keys("x"), Shop.alias("x")]);
    let found: Vec<_> = records.iter().map(|r| (r.service.as_deref(), r.level)).collect();
    assert_eq!(found, [(Some("own"), Level::Alert), (Some("shop"), Level::Critical)]);
}

#[track_errors(service = "trait")]
trait Store {
    fn load(&self, text: &str) -> ParseResult<u32>;

    fn load_twice(&self, text: &str) -> ParseResult<u32> {
        Ok(2 * self.load(text)?)
    }
}

impl Store for Shop {
    fn load(&self, text: &str) -> ParseResult<u32> {
        text.parse()
    }
}

#[test]
fn the_default_bodies_of_a_trait_are_tracked() {
    let logged = logged(|| Shop.load_twice("x"));
    assert_eq!(names(&logged), ["load_twice"]);
}

#[track_errors(service = "module")]
mod module {
    use super::ParseResult;

    pub(super) fn free(text: &str) -> ParseResult<u32> {
        text.parse()
    }

    pub(super) struct Inner;

    impl Inner {
        pub(super) fn method(&self, text: &str) -> ParseResult<u32> {
            text.parse()
        }
    }

    pub(super) mod nested {
        pub(in super::super) fn deep(text: &str) -> super::ParseResult<u32> {
            text.parse()
        }
    }
}

#[test]
fn a_module_is_tracked_with_everything_in_it() {
    let logged = logged(|| {
        assert!(module::free("x").is_err());
        assert!(module::Inner.method("x").is_err());
        assert!(module::nested::deep("x").is_err());
    });
    assert_eq!(names(&logged), ["free", "method", "deep"]);
}

#[async_trait]
trait Remote {
    async fn fetch(&self, text: &str) -> ParseResult<u32>;
}

struct Above;
struct Below;

#[track_errors(service = "above")]
#[async_trait]
impl Remote for Above {
    async fn fetch(&self, text: &str) -> ParseResult<u32> {
        let price = text.parse()?;
        std::future::ready(()).await;
        Ok(price)
    }
}

#[async_trait]
#[track_errors(service = "below")]
impl Remote for Below {
    async fn fetch(&self, text: &str) -> ParseResult<u32> {
        let price = text.parse()?;
        std::future::ready(()).await;
        Ok(price)
    }
}

#[test]
fn async_trait_on_the_same_impl_works_in_both_orders() {
    let line = include_str!("containers.rs")
        .lines()
        .position(|line| line == "        let price = text.parse()?;")
        .expect("it is in Above") as u32
        + 1;
    let (_, records) = testing::capture(|| {
        assert!(block_on(Above.fetch("x")).is_err());
        assert!(block_on(Below.fetch("x")).is_err());
    });
    let found: Vec<_> =
        records.iter().map(|r| (function_and_service(r), r.location.line)).collect();
    let expected = |service: &str, line| (("fetch".to_owned(), service.to_owned()), line);
    assert_eq!(found, [expected("above", line), expected("below", line + 10)]);
}
