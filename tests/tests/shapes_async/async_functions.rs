//! `async fn`.

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
    let check = |failed: Result<u32, ParseIntError>, record: track_errors::ErrorRecord, name| {
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
                #![allow(unused_variables, reason = "this is the subject of the test")]
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
fn an_error_awaited_across_threads_is_still_one_log() {
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
