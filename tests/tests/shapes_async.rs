//! Every shape of function that returns a future: the value is unchanged, and the error is logged once,
//! when the future is ready, with its kind, its message, the function's path and the line.

#![allow(clippy::needless_question_mark, reason = "the `?` is what is looked at")]

mod support;

use std::future::Future;
use std::num::ParseIntError;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures::executor::block_on;
use support::{KIND, MESSAGE, facts, no_record, one_record, one_record_of};
use track_errors::{testing, track_errors};

fn not_a_number() -> ParseIntError {
    "twelve".parse::<u32>().unwrap_err()
}

/// Is pending once.
async fn pause() {
    let mut ready = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut ready, true) {
            Poll::Ready(())
        } else {
            cx.waker().wake_by_ref();
            Poll::Pending
        }
    })
    .await;
}

fn is_send<T: Send>(value: T) -> T {
    value
}

mod async_functions {
    use super::*;

    #[test]
    fn a_free_function() {
        #[track_errors]
        async fn parse(text: &str) -> Result<u32, ParseIntError> {
            pause().await;
            Ok(text.parse::<u32>()? + 1)
        }
        let line = line!() - 2;

        let (value, record) = one_record_of(parse("twelve"));
        assert_eq!(value, Err(not_a_number()));
        let function = "shapes_async::async_functions::a_free_function::parse";
        assert_eq!(facts(&record), (KIND, MESSAGE, function, line));
        assert_eq!(no_record(|| block_on(is_send(parse("12")))), Ok(13));
    }

    #[test]
    fn nothing_is_logged_before_the_future_is_ready() {
        #[track_errors]
        async fn parse(text: &str) -> Result<u32, ParseIntError> {
            let number = text.parse::<u32>();
            pause().await;
            number
        }

        let mut cx = Context::from_waker(Waker::noop());
        let mut future = pin!(no_record(|| parse("twelve")));
        assert!(no_record(|| future.as_mut().poll(&mut cx)).is_pending());
        let (value, record) = one_record(|| future.as_mut().poll(&mut cx));
        assert_eq!(value, Poll::Ready(Err(not_a_number())));
        assert_eq!(record.kind, KIND);
    }

    #[test]
    fn a_future_that_is_dropped_before_it_is_ready_logs_nothing() {
        #[track_errors]
        async fn parse(text: String) -> Result<u32, ParseIntError> {
            pause().await;
            Ok(text.parse::<u32>()?)
        }

        no_record(|| {
            let mut future = Box::pin(parse("twelve".to_owned()));
            assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        });
    }

    struct Cart {
        total: u32,
    }

    impl Cart {
        #[track_errors]
        async fn by_value(self, text: &str) -> Result<Self, (u32, ParseIntError)> {
            let total = text.parse::<u32>().map_err(|error| (self.total, error))?;
            Ok(Cart { total })
        }

        #[track_errors]
        async fn by_mut_value(mut self, text: &str) -> Result<Self, ParseIntError> {
            self.total += text.parse::<u32>()?;
            Ok(self)
        }

        #[track_errors]
        async fn by_ref(&self, text: &str) -> Result<&u32, ParseIntError> {
            let _: u32 = text.parse()?;
            Ok(&self.total)
        }

        #[track_errors]
        async fn by_mut_ref(&mut self, text: &str) -> Result<&mut u32, ParseIntError> {
            pause().await;
            self.total += text.parse::<u32>()?;
            Ok(&mut self.total)
        }

        #[track_errors]
        async fn by_box(self: Box<Self>, text: &str) -> Result<u32, ParseIntError> {
            Ok(self.total + text.parse::<u32>()?)
        }

        #[track_errors]
        async fn by_rc(self: Rc<Self>, text: &str) -> Result<u32, ParseIntError> {
            Ok(self.total + text.parse::<u32>()?)
        }

        #[track_errors]
        async fn by_arc(self: Arc<Self>, text: &str) -> Result<u32, ParseIntError> {
            pause().await;
            Ok(self.total + text.parse::<u32>()?)
        }

        #[track_errors]
        async fn by_pin(self: Pin<&mut Self>, text: &str) -> Result<u32, ParseIntError> {
            let number: u32 = text.parse()?;
            self.get_mut().total += number;
            Ok(number)
        }

        #[track_errors]
        async fn unused(&self) -> Result<(), &'static str> {
            Err("no self in it")
        }
    }

    #[test]
    fn every_receiver() {
        let cart = || Cart { total: 1 };
        let check =
            |failed: Result<u32, ParseIntError>, record: track_errors::ErrorRecord, name| {
                assert_eq!(failed, Err(not_a_number()));
                assert_eq!((&*record.kind, &*record.message), (KIND, MESSAGE));
                assert_eq!(record.function, format!("shapes_async::async_functions::Cart::{name}"));
            };

        let (value, record) = one_record_of(cart().by_value("twelve"));
        assert_eq!(value.map(|cart| cart.total), Err((1, not_a_number())));
        assert_eq!(record.function, "shapes_async::async_functions::Cart::by_value");
        let (value, record) = one_record_of(cart().by_mut_value("twelve"));
        check(value.map(|cart| cart.total), record, "by_mut_value");
        let shared = cart();
        let (value, record) = one_record_of(shared.by_ref("twelve"));
        check(value.cloned(), record, "by_ref");
        let mut unique = cart();
        let (value, record) = one_record_of(unique.by_mut_ref("twelve"));
        check(value.cloned(), record, "by_mut_ref");
        let (value, record) = one_record_of(Box::new(cart()).by_box("twelve"));
        check(value, record, "by_box");
        let (value, record) = one_record_of(Rc::new(cart()).by_rc("twelve"));
        check(value, record, "by_rc");
        let (value, record) = one_record_of(is_send(Arc::new(cart()).by_arc("twelve")));
        check(value, record, "by_arc");
        let mut pinned = cart();
        let (value, record) = one_record_of(Pin::new(&mut pinned).by_pin("twelve"));
        check(value, record, "by_pin");
        let (value, record) = one_record_of(shared.unused());
        assert_eq!((value, &*record.message), (Err("no self in it"), "no self in it"));

        no_record(|| {
            block_on(async {
                assert_eq!(cart().by_value("5").await.map(|cart| cart.total), Ok(5));
                assert_eq!(cart().by_mut_value("5").await.map(|cart| cart.total), Ok(6));
                assert_eq!(shared.by_ref("5").await, Ok(&1));
                *unique.by_mut_ref("5").await.unwrap() += 1;
                assert_eq!(unique.total, 7);
                assert_eq!(Box::new(cart()).by_box("5").await, Ok(6));
                assert_eq!(Rc::new(cart()).by_rc("5").await, Ok(6));
                assert_eq!(Arc::new(cart()).by_arc("5").await, Ok(6));
                assert_eq!(Pin::new(&mut pinned).by_pin("5").await, Ok(5));
            });
        });
    }

    #[test]
    fn a_trait_with_async_methods_and_a_default_body() {
        #[allow(async_fn_in_trait, reason = "`Send` is not needed here")]
        trait Store {
            async fn save(&mut self, text: &str) -> Result<u32, ParseIntError>;

            #[track_errors]
            async fn save_twice(&mut self, text: &str) -> Result<u32, ParseIntError> {
                let number: u32 = text.parse()?;
                Ok(self.save("1").await? + number)
            }
        }
        struct Memory(u32);
        impl Store for Memory {
            #[track_errors]
            async fn save(&mut self, text: &str) -> Result<u32, ParseIntError> {
                self.0 += text.parse::<u32>()?;
                Ok(self.0)
            }
        }

        let (value, record) = one_record_of(Memory(0).save("twelve"));
        assert_eq!((value, &*record.kind), (Err(not_a_number()), KIND));
        let (value, record) = one_record_of(Memory(0).save_twice("twelve"));
        assert_eq!((value, &*record.kind), (Err(not_a_number()), KIND));
        assert!(record.function.ends_with("::Store::save_twice"), "{}", record.function);
        assert_eq!(no_record(|| block_on(Memory(0).save_twice("5"))), Ok(6));
    }

    #[test]
    fn generics_and_impl_trait() {
        #[track_errors]
        async fn sum<'a, T, const N: usize>(
            first: [T; N],
            rest: impl IntoIterator<Item = &'a T>,
        ) -> Result<impl Fn() -> u32, <u32 as TryFrom<T>>::Error>
        where
            T: Copy + 'a,
            u32: TryFrom<T>,
        {
            let mut sum = 0;
            for number in first.into_iter().chain(rest.into_iter().copied()) {
                sum += u32::try_from(number)?;
                pause().await;
            }
            Ok(move || sum)
        }

        let (value, record) = one_record_of(sum([1_i64, -1], &[2]));
        assert!(value.is_err());
        assert_eq!(record.kind, "std::num::TryFromIntError");
        assert_eq!(no_record(|| block_on(sum([1_i64], &[2])).unwrap()()), 3);
    }

    #[test]
    fn an_unsafe_async_fn() {
        /// # Safety
        ///
        /// `text` can be read while the future lives.
        #[track_errors]
        async unsafe fn parse(text: *const &str) -> Result<u32, ParseIntError> {
            // SAFETY: the caller ensures it.
            let text = unsafe { *text };
            Ok(text.parse::<u32>()?)
        }

        // SAFETY: it is a reference.
        let (value, record) = one_record_of(unsafe { parse(&"twelve") });
        assert_eq!((value, &*record.kind), (Err(not_a_number()), KIND));
    }

    #[test]
    fn arguments_of_every_form() {
        #[track_errors]
        async fn add(
            mut a: u32,
            (b, [c, ..]): (u32, [u32; 2]),
            _: u32,
            ref d: u32,
            _unused: String,
        ) -> Result<u32, u32> {
            a += 1;
            pause().await;
            Err(a + b + c + *d)
        }

        let (value, record) = one_record_of(add(1, (10, [20, 0]), 9, 100, String::new()));
        assert_eq!((value, &*record.message), (Err(132), "132"));
    }

    #[test]
    fn a_reborrow_of_an_argument_is_returned() {
        #[track_errors]
        async fn first<'a>(
            numbers: &'a mut Vec<u32>,
            text: &str,
        ) -> Result<&'a mut u32, ParseIntError> {
            numbers.push(text.parse::<u32>()?);
            pause().await;
            Ok(&mut numbers[0])
        }

        let mut numbers = Vec::new();
        assert_eq!(one_record_of(first(&mut numbers, "x")).0, Err("x".parse::<u32>().unwrap_err()));
        *no_record(|| block_on(first(&mut numbers, "5")).unwrap()) += 1;
        assert_eq!(numbers, [6]);
    }

    #[test]
    fn a_temporary_of_the_tail_borrows_an_argument() {
        #[track_errors]
        async fn read(number: std::sync::Mutex<u32>) -> Result<u32, u32> {
            match *number.lock().unwrap() {
                0 => Err(1),
                number => Ok(number),
            }
        }
        #[track_errors]
        async fn tail(number: Arc<std::sync::Mutex<u32>>) -> Result<u32, u32> {
            Ok(*number.lock().unwrap())
        }

        assert_eq!(one_record_of(read(0.into())).0, Err(1));
        assert_eq!(no_record(|| block_on(tail(Arc::new(5.into())))), Ok(5));
    }

    #[test]
    fn a_function_that_awaits_itself() {
        #[track_errors]
        async fn depth(levels: u32) -> Result<u32, String> {
            if levels == 0 {
                return Err("the bottom".to_owned());
            }
            pause().await;
            Box::pin(depth(levels - 1)).await
        }

        let (value, records) = testing::capture(|| block_on(depth(3)));
        assert_eq!(value, Err("the bottom".to_owned()));
        assert_eq!(records[0].message, "the bottom");
    }

    #[test]
    fn inner_attributes_and_a_macro() {
        macro_rules! parser {
            ($name:ident, $arg:ident => $body:expr) => {
                #[track_errors]
                async fn $name($arg: &str) -> Result<u32, ParseIntError> {
                    #![allow(unused_variables, reason = "this is what the test is about")]
                    let unused = 1;
                    let number: u32 = $body?;
                    pause().await;
                    Ok(number)
                }
            };
        }
        parser!(parse, text => text.parse());

        let (value, record) = one_record_of(parse("twelve"));
        assert_eq!((value, &*record.kind), (Err(not_a_number()), KIND));
        assert_eq!(no_record(|| block_on(parse("5"))), Ok(5));
    }

    #[test]
    fn what_is_awaited_across_threads_is_still_one_log() {
        #[track_errors]
        async fn parse(text: String) -> Result<u32, ParseIntError> {
            tokio::task::yield_now().await;
            Ok(text.parse::<u32>()?)
        }

        let mut future = Box::pin(is_send(parse("twelve".to_owned())));
        let first = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(first.is_pending());
        let (value, record) = std::thread::spawn(|| one_record_of(future)).join().unwrap();
        assert_eq!((value, &*record.kind), (Err(not_a_number()), KIND));
    }
}

mod impl_future {
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
}

mod boxed_future {
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
        fn parse(
            text: &str,
        ) -> Pin<Box<dyn Future<Output = Result<u32, ParseIntError>> + Send + '_>> {
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
        fn parse(
            text: &str,
        ) -> Pin<Box<dyn Future<Output = Result<u32, ParseIntError>> + Send + '_>> {
            make(text)
        }
        check(|text| is_send(parse(text)), "handed_on_from_another_function", line!() - 5);
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
}

mod async_trait {
    use super::*;
    use ::async_trait::async_trait;

    #[async_trait]
    trait Store: Sync {
        async fn save(&self, text: &str) -> Result<u32, ParseIntError>;

        #[track_errors]
        async fn check(&self, text: &str) -> Result<u32, ParseIntError> {
            pause().await;
            let number = text.parse::<u32>()?;
            Ok(number + self.save("1").await?)
        }

        #[track_errors]
        async fn refuse(&mut self) -> Result<(), &'static str>
        where
            Self: Send,
        {
            Err("refused")
        }
    }

    struct Memory(u32);

    #[async_trait]
    impl Store for Memory {
        #[track_errors(service = "store")]
        async fn save(&self, text: &str) -> Result<u32, ParseIntError> {
            pause().await;
            let number = text.parse::<u32>()?;
            Ok(self.0 + number)
        }
    }

    /// The line of `code` in the function `name` of this module.
    fn line_of(name: &str, code: &str) -> u32 {
        let source = include_str!("shapes_async.rs");
        let source = &source[..source.find("mod marker_of_the_end").unwrap()];
        let start = source.rfind(&format!("fn {name}")).unwrap();
        let at = start + source[start..].find(code).unwrap();
        u32::try_from(1 + source[..at].matches('\n').count()).unwrap()
    }

    #[test]
    fn a_method_in_an_impl() {
        let (value, record) = one_record_of(is_send(Memory(1).save("twelve")));
        assert_eq!(value, Err(not_a_number()));
        let source = include_str!("shapes_async.rs");
        let at = source.find("#[track_errors(service = \"store\")]").unwrap();
        let line = u32::try_from(1 + source[..at].matches('\n').count() + 3).unwrap();
        let function =
            "<shapes_async::async_trait::Memory as shapes_async::async_trait::Store>::save";
        assert_eq!(facts(&record), (KIND, MESSAGE, function, line));
        assert_eq!(record.service.as_deref(), Some("store"));
        assert_eq!(no_record(|| block_on(Memory(1).save("5"))), Ok(6));
    }

    #[test]
    fn a_default_body() {
        let (value, record) = one_record_of(is_send(Memory(1).check("twelve")));
        assert_eq!(value, Err(not_a_number()));
        let function = "shapes_async::async_trait::Store::check";
        assert_eq!(facts(&record), (KIND, MESSAGE, function, line_of("check", "?;")));
        assert_eq!(no_record(|| block_on(Memory(1).check("5"))), Ok(7));
    }

    #[test]
    fn a_default_body_that_fails_at_once() {
        let (value, record) = one_record_of(Memory(1).refuse());
        assert_eq!((value, &*record.message), (Err("refused"), "refused"));
        assert_eq!(record.location.line, line_of("refuse", "Err("));
    }

    #[test]
    fn behind_dyn() {
        let store: Arc<dyn Store + Send> = Arc::new(Memory(1));
        assert_eq!(one_record_of(store.save("twelve")).0, Err(not_a_number()));
        assert_eq!(one_record_of(store.check("twelve")).0, Err(not_a_number()));
    }

    #[test]
    fn generic_methods_and_arguments_of_every_form() {
        #[async_trait]
        trait Adder<T: Send + Sync + 'static> {
            async fn add<U>(
                &mut self,
                first: U,
                (a, _): (u32, T),
                mut b: u32,
            ) -> Result<&mut u32, U::Error>
            where
                U: TryInto<u32> + Send,
                U::Error: Send;
        }
        struct Sum(u32);
        #[async_trait]
        impl<T: Send + Sync + 'static> Adder<T> for Sum {
            #[track_errors]
            async fn add<U>(
                &mut self,
                first: U,
                (a, _): (u32, T),
                mut b: u32,
            ) -> Result<&mut u32, U::Error>
            where
                U: TryInto<u32> + Send,
                U::Error: Send,
            {
                b += 1;
                self.0 += first.try_into()? + a + b;
                Ok(&mut self.0)
            }
        }

        let mut sum = Sum(0);
        let (value, record) = one_record_of(sum.add(-1_i64, (1, "x"), 1));
        assert!(value.is_err());
        // The generic function knows only the type of the error.
        assert_eq!(record.kind, "std::num::TryFromIntError");
        assert_eq!(no_record(|| block_on(sum.add(1_i64, (1, ()), 1)).copied()), Ok(4));
    }

    #[test]
    fn without_send() {
        #[async_trait(?Send)]
        trait Local {
            async fn read(self: Rc<Self>, text: Rc<str>) -> Result<u32, ParseIntError>;
        }
        #[async_trait(?Send)]
        impl Local for u32 {
            #[track_errors]
            async fn read(self: Rc<Self>, text: Rc<str>) -> Result<u32, ParseIntError> {
                pause().await;
                Ok(*self + text.parse::<u32>()?)
            }
        }
        let line = line!() - 3;

        let (value, record) = one_record_of(Rc::new(1_u32).read("twelve".into()));
        assert_eq!((value, record.location.line), (Err(not_a_number()), line));
        assert_eq!(no_record(|| block_on(Rc::new(1_u32).read("5".into()))), Ok(6));
    }

    #[test]
    fn an_alias_of_result() {
        #[async_trait]
        trait Read {
            async fn read(&self) -> std::io::Result<String>;
        }
        #[async_trait]
        impl Read for str {
            #[track_errors]
            async fn read(&self) -> std::io::Result<String> {
                let text = std::fs::read_to_string(self)?;
                Ok(text)
            }
        }
        let line = line!() - 4;

        let (value, record) = one_record_of("/there/is/no/such/file".read());
        assert_eq!(value.unwrap_err().kind(), std::io::ErrorKind::NotFound);
        assert_eq!((&*record.kind, record.location.line), ("std::io::Error", line));
    }
}

mod marker_of_the_end {}
