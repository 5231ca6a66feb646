//! Every shape of sync function: the value is unchanged, and the error is logged once, with its kind, its
//! message, the function's path and the line.

#![allow(clippy::needless_question_mark, reason = "the `?` is what is looked at")]

mod support;

use std::num::ParseIntError;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use support::{KIND, MESSAGE, facts, no_record, one_record};
use track_errors::track_errors;

fn not_a_number() -> ParseIntError {
    "twelve".parse::<u32>().unwrap_err()
}

#[test]
fn a_free_function() {
    #[track_errors]
    fn parse(text: &str) -> Result<u32, ParseIntError> {
        Ok(text.parse::<u32>()? + 1)
    }
    let line = line!() - 2;

    let (value, record) = one_record(|| parse("twelve"));
    assert_eq!(value, Err(not_a_number()));
    assert_eq!(facts(&record), (KIND, MESSAGE, "shapes_sync::a_free_function::parse", line));
    assert_eq!(no_record(|| parse("12")), Ok(13));
}

mod receivers {
    use super::*;

    #[derive(Debug, Clone, PartialEq, Default)]
    struct Cart {
        total: u32,
        name: String,
    }

    impl Cart {
        #[track_errors]
        fn by_value(self, text: &str) -> Result<Self, (Self, ParseIntError)> {
            match text.parse::<u32>() {
                Ok(total) => Ok(Cart { total, ..self }),
                Err(error) => Err((self, error)),
            }
        }

        #[track_errors]
        fn by_mut_value(mut self, text: &str) -> Result<Self, ParseIntError> {
            self.total += 1;
            self.total += text.parse::<u32>()?;
            Ok(self)
        }

        #[track_errors]
        fn by_ref(&self, text: &str) -> Result<&str, ParseIntError> {
            let _: u32 = text.parse()?;
            Ok(&self.name)
        }

        #[track_errors]
        fn by_mut_ref(&mut self, text: &str) -> Result<&mut u32, ParseIntError> {
            self.total += 1;
            self.total += text.parse::<u32>()?;
            Ok(&mut self.total)
        }

        #[track_errors]
        #[allow(clippy::needless_arbitrary_self_type, reason = "it is one more form")]
        fn by_typed_ref(self: &Self, text: &str) -> Result<u32, ParseIntError> {
            Ok(self.total + text.parse::<u32>()?)
        }

        #[track_errors]
        fn by_box(mut self: Box<Self>, text: &str) -> Result<Box<Self>, ParseIntError> {
            self.total += text.parse::<u32>()?;
            Ok(self)
        }

        #[track_errors]
        fn by_rc(self: Rc<Self>, text: &str) -> Result<u32, ParseIntError> {
            Ok(self.total + text.parse::<u32>()?)
        }

        #[track_errors]
        fn by_arc(self: &Arc<Self>, text: &str) -> Result<Arc<Self>, ParseIntError> {
            let _: u32 = text.parse()?;
            Ok(Arc::clone(self))
        }

        #[track_errors]
        fn by_pin(self: Pin<&mut Self>, text: &str) -> Result<Pin<&mut u32>, ParseIntError> {
            let this = self.get_mut();
            this.total += text.parse::<u32>()?;
            Ok(Pin::new(&mut this.total))
        }
    }

    /// Fails through the method, and checks its record. `from_start` is the distance between the receiver's
    /// line and the failing line.
    fn check<T>(f: impl FnOnce() -> T, method: &str, code: &str) -> T {
        let source = include_str!("shapes_sync.rs");
        let start = source.find(&format!("fn {method}(")).expect("the method is in this file");
        let line = 1 + source[..start].matches('\n').count();
        let below = source[start..].find(code).expect("the method has this code");
        let line = line + source[start..start + below].matches('\n').count();
        let (value, record) = one_record(f);
        let function = format!("shapes_sync::receivers::Cart::{method}");
        assert_eq!(facts(&record), (KIND, MESSAGE, &*function, u32::try_from(line).unwrap()));
        value
    }

    fn cart() -> Cart {
        Cart { total: 1, name: "x".to_owned() }
    }

    #[test]
    fn self_by_value() {
        let (value, record) = one_record(|| cart().by_value("twelve"));
        assert_eq!(value, Err((cart(), not_a_number())), "what was moved in comes back");
        assert_eq!(record.function, "shapes_sync::receivers::Cart::by_value");
        assert_eq!(no_record(|| cart().by_value("5").unwrap().total), 5);
    }

    #[test]
    fn mut_self() {
        let value = check(|| cart().by_mut_value("twelve"), "by_mut_value", "?");
        assert_eq!(value, Err(not_a_number()));
        assert_eq!(no_record(|| cart().by_mut_value("5").unwrap().total), 7);
    }

    #[test]
    fn ref_self() {
        let cart = cart();
        assert_eq!(check(|| cart.by_ref("twelve"), "by_ref", "?"), Err(not_a_number()));
        assert_eq!(no_record(|| cart.by_ref("5")), Ok("x"));
    }

    #[test]
    fn mut_ref_self() {
        let mut cart = cart();
        let failed = check(|| cart.by_mut_ref("twelve").cloned(), "by_mut_ref", "?");
        assert_eq!(failed, Err(not_a_number()));
        assert_eq!(cart.total, 2, "what was done before stays done");
        *no_record(|| cart.by_mut_ref("5").unwrap()) += 1;
        assert_eq!(cart.total, 9);
    }

    #[test]
    fn ref_self_with_a_type() {
        let cart = cart();
        assert_eq!(check(|| cart.by_typed_ref("twelve"), "by_typed_ref", "?"), Err(not_a_number()));
        assert_eq!(no_record(|| cart.by_typed_ref("5")), Ok(6));
    }

    #[test]
    fn box_of_self() {
        let cart = || Box::new(cart());
        assert_eq!(check(|| cart().by_box("twelve"), "by_box", "?"), Err(not_a_number()));
        assert_eq!(no_record(|| cart().by_box("5").unwrap().total), 6);
    }

    #[test]
    fn rc_of_self() {
        let cart = Rc::new(cart());
        assert_eq!(check(|| Rc::clone(&cart).by_rc("twelve"), "by_rc", "?"), Err(not_a_number()));
        assert_eq!(Rc::strong_count(&cart), 1, "the receiver is dropped");
        assert_eq!(no_record(|| Rc::clone(&cart).by_rc("5")), Ok(6));
    }

    #[test]
    fn ref_to_arc_of_self() {
        let cart = Arc::new(cart());
        assert_eq!(check(|| cart.by_arc("twelve"), "by_arc", "?"), Err(not_a_number()));
        assert!(no_record(|| Arc::ptr_eq(&cart.by_arc("5").unwrap(), &cart)));
    }

    #[test]
    fn pin_of_self() {
        let mut cart = cart();
        let failed = check(|| Pin::new(&mut cart).by_pin("twelve").map(|n| *n), "by_pin", "?");
        assert_eq!(failed, Err(not_a_number()));
        assert_eq!(no_record(|| *Pin::new(&mut cart).by_pin("5").unwrap()), 6);
    }
}

mod traits {
    use super::*;

    trait Store {
        const NAME: &'static str;

        fn save(&mut self, text: &str) -> Result<u32, ParseIntError>;

        #[track_errors]
        fn save_twice(&mut self, text: &str) -> Result<(&'static str, u32), ParseIntError> {
            let first: u32 = text.parse()?;
            Ok((Self::NAME, first * 2))
        }

        #[track_errors]
        fn make(text: &str) -> Result<Self, ParseIntError>
        where
            Self: Sized + From<u32>,
        {
            Ok(Self::from(text.parse::<u32>()?))
        }
    }

    #[derive(Debug, PartialEq)]
    struct Memory(u32);

    impl From<u32> for Memory {
        fn from(total: u32) -> Self {
            Memory(total)
        }
    }

    impl Store for Memory {
        const NAME: &'static str = "memory";

        #[track_errors]
        fn save(&mut self, text: &str) -> Result<u32, ParseIntError> {
            self.0 = text.parse()?;
            Ok(self.0)
        }
    }

    #[test]
    fn a_method_of_a_trait_impl() {
        let (value, record) = one_record(|| Memory(0).save("twelve"));
        assert_eq!(value, Err(not_a_number()));
        assert_eq!((&*record.kind, &*record.message), (KIND, MESSAGE));
        assert_eq!(
            record.function,
            "<shapes_sync::traits::Memory as shapes_sync::traits::Store>::save"
        );
        assert_eq!(no_record(|| Memory(0).save("5")), Ok(5));
    }

    #[test]
    fn a_default_body_in_a_trait() {
        let (value, record) = one_record(|| Memory(0).save_twice("twelve"));
        assert_eq!(value, Err(not_a_number()));
        assert_eq!((&*record.kind, &*record.message), (KIND, MESSAGE));
        assert_eq!(record.function, "shapes_sync::traits::Store::save_twice");
        assert_eq!(no_record(|| Memory(0).save_twice("5")), Ok(("memory", 10)));
    }

    #[test]
    fn a_default_body_without_a_receiver() {
        let (value, record) = one_record(|| Memory::make("twelve"));
        assert_eq!(value, Err(not_a_number()));
        assert_eq!(record.function, "shapes_sync::traits::Store::make");
        assert_eq!(no_record(|| Memory::make("5")), Ok(Memory(5)));
    }

    #[test]
    fn a_method_behind_dyn() {
        trait Save {
            fn save(&self) -> Result<(), &'static str>;
        }
        impl Save for u8 {
            #[track_errors]
            fn save(&self) -> Result<(), &'static str> {
                Err("full")
            }
        }

        let store: Box<dyn Save> = Box::new(1_u8);
        let (value, record) = one_record(|| store.save());
        assert_eq!(value, Err("full"));
        assert_eq!((&*record.kind, &*record.message), ("&str", "full"));
    }
}

mod generics {
    use super::*;
    use std::fmt::Debug;
    use std::str::FromStr;

    #[test]
    fn type_parameters_and_where_clauses() {
        #[track_errors]
        fn parse<T, E>(text: &str) -> Result<T, E>
        where
            T: FromStr<Err = E>,
            E: Debug,
        {
            let value = text.parse::<T>()?;
            Ok(value)
        }
        let line = line!() - 3;

        let (value, record) = one_record(|| parse::<u32, _>("twelve"));
        assert_eq!(value, Err(not_a_number()));
        let function = "shapes_sync::generics::type_parameters_and_where_clauses::parse";
        // The function knows only that `E` has `Debug`.
        let message = format!("{:?}", not_a_number());
        assert_eq!(facts(&record), (KIND, &*message, function, line));
        assert_eq!(no_record(|| parse::<u32, _>("5")), Ok(5));
    }

    #[test]
    fn lifetimes() {
        #[track_errors]
        fn longer<'long: 'short, 'short>(
            long: &'long str,
            short: &'short str,
        ) -> Result<&'short str, &'long str> {
            if long.len() > short.len() { Ok(long) } else { Err(long)? }
        }

        let long = String::from("ab");
        let (value, record) = one_record(|| longer(&long, "abc"));
        assert_eq!(value, Err("ab"));
        assert_eq!(record.message, "ab");
        assert_eq!(no_record(|| longer(&long, "a")), Ok("ab"));
    }

    #[test]
    fn constants() {
        #[track_errors]
        fn first<const N: usize>(numbers: [u8; N]) -> Result<[u8; N], String> {
            if N == 0 {
                return Err(format!("{N} numbers"));
            }
            Ok(numbers)
        }

        assert_eq!(one_record(|| first([])).1.message, "0 numbers");
        assert_eq!(no_record(|| first([1])), Ok([1]));
    }

    #[test]
    fn impl_trait_as_an_argument() {
        #[track_errors]
        fn sum(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Result<u32, ParseIntError> {
            let mut sum = 0;
            for text in texts {
                sum += text.as_ref().parse::<u32>()?;
            }
            Ok(sum)
        }

        assert_eq!(one_record(|| sum(["1", "twelve"])).0, Err(not_a_number()));
        assert_eq!(no_record(|| sum(["1", "2"])), Ok(3));
    }

    #[test]
    fn impl_trait_in_the_returned_value() {
        #[track_errors]
        fn numbers(text: &str) -> Result<impl Iterator<Item = u32> + use<>, ParseIntError> {
            let end: u32 = text.parse()?;
            Ok((0..end).map(|n| n * 2))
        }

        let (value, record) = one_record(|| numbers("twelve").map(Iterator::count));
        assert_eq!(value, Err(not_a_number()));
        assert_eq!(record.kind, KIND);
        assert_eq!(no_record(|| numbers("3").unwrap().sum::<u32>()), 6);
    }

    #[test]
    fn impl_trait_as_the_error() {
        #[track_errors]
        fn refuse(text: &str) -> Result<(), impl std::error::Error + use<>> {
            text.parse::<u32>().map(drop)
        }

        let (value, record) = one_record(|| refuse("twelve"));
        assert!(value.is_err());
        assert_eq!((&*record.kind, &*record.message), (KIND, MESSAGE));
    }

    #[test]
    fn a_method_of_a_generic_type() {
        struct Parser<'a, T, const N: usize>(&'a str, [T; N]);
        impl<'a, T: Copy, const N: usize> Parser<'a, T, N> {
            #[track_errors]
            fn at(&self) -> Result<(T, &'a str), ParseIntError> {
                let index: usize = self.0.parse()?;
                Ok((self.1[index], self.0))
            }
        }

        assert_eq!(one_record(|| Parser("x", ['a']).at()).0, Err("x".parse::<u32>().unwrap_err()));
        assert_eq!(no_record(|| Parser("1", ['a', 'b']).at()), Ok(('b', "1")));
    }

    #[test]
    fn an_associated_type_as_the_returned_value() {
        trait Source {
            type Item;
            type Error;
            fn read(&mut self) -> Result<Self::Item, Self::Error>;
        }
        struct Numbers(&'static str);
        impl Source for Numbers {
            type Item = u32;
            type Error = ParseIntError;
            #[track_errors]
            fn read(&mut self) -> Result<Self::Item, Self::Error> {
                let number = self.0.parse::<u32>()?;
                Ok(number)
            }
        }

        let (value, record) = one_record(|| Numbers("twelve").read());
        assert_eq!((value, &*record.kind), (Err(not_a_number()), KIND));
        assert_eq!(no_record(|| Numbers("5").read()), Ok(5));
    }
}

mod qualifiers {
    use super::*;

    #[test]
    fn an_unsafe_fn() {
        /// # Safety
        ///
        /// `text` can be read.
        #[track_errors]
        unsafe fn parse(text: *const &str) -> Result<u32, ParseIntError> {
            // SAFETY: the caller ensures it.
            let text = unsafe { *text };
            Ok(text.parse::<u32>()?)
        }
        let line = line!() - 2;

        // SAFETY: it is a reference.
        let (value, record) = one_record(|| unsafe { parse(&"twelve") });
        assert_eq!(value, Err(not_a_number()));
        let function = "shapes_sync::qualifiers::an_unsafe_fn::parse";
        assert_eq!(facts(&record), (KIND, MESSAGE, function, line));
    }

    #[test]
    fn an_extern_c_fn() {
        #[track_errors]
        #[allow(improper_ctypes_definitions, reason = "it is never called from C")]
        extern "C" fn check(code: u32) -> Result<u32, std::num::NonZeroU8> {
            let code = std::num::NonZeroU8::new(u8::try_from(code).unwrap_or(u8::MAX));
            match code {
                Some(code) => Err(code),
                None => Ok(0),
            }
        }

        let (value, record) = one_record(|| check(7));
        assert_eq!(value.map_err(u8::from), Err(7));
        assert_eq!(record.message, "7");
        assert_eq!(record.function, "shapes_sync::qualifiers::an_extern_c_fn::check");
        assert_eq!(no_record(|| check(0)), Ok(0));
    }

    #[test]
    fn an_unsafe_extern_system_fn() {
        /// # Safety
        ///
        /// None is needed.
        #[track_errors]
        #[allow(improper_ctypes_definitions, reason = "it is never called from C")]
        unsafe extern "system" fn check() -> Result<(), u8> {
            Err(3)?
        }

        // SAFETY: it has no requirements.
        assert_eq!(one_record(|| unsafe { check() }).0, Err(3));
    }

    #[test]
    fn inner_attributes() {
        #[track_errors]
        fn parse(text: &str) -> Result<u32, ParseIntError> {
            #![allow(unused_variables, reason = "this is what the test is about")]
            let unused = 1;
            Ok(text.parse::<u32>()?)
        }
        let line = line!() - 2;

        let (value, record) = one_record(|| parse("twelve"));
        assert_eq!((value, record.location.line), (Err(not_a_number()), line));
    }

    #[test]
    fn a_function_made_by_a_macro() {
        macro_rules! parser {
            ($name:ident, $ty:ty) => {
                #[track_errors]
                fn $name(text: &str) -> Result<$ty, <$ty as std::str::FromStr>::Err> {
                    let value = text.parse::<$ty>()?;
                    Ok(value)
                }
            };
        }
        parser!(parse, u32);
        let line = line!() - 1;

        let (value, record) = one_record(|| parse("twelve"));
        assert_eq!(value, Err(not_a_number()));
        // The place is where the macro is used, as with `line!()`.
        let function = "shapes_sync::qualifiers::a_function_made_by_a_macro::parse";
        assert_eq!(facts(&record), (KIND, MESSAGE, function, line));
    }

    #[test]
    fn a_body_that_comes_from_the_user_of_a_macro() {
        macro_rules! tracked {
            ($name:ident($arg:ident: $ty:ty) -> $ret:ty $body:block) => {
                #[track_errors]
                fn $name($arg: $ty) -> $ret $body
            };
        }
        tracked!(parse(text: &str) -> Result<u32, ParseIntError> {
            Ok(text.parse::<u32>()?)
        });

        let (value, record) = one_record(|| parse("twelve"));
        assert_eq!((value, &*record.kind), (Err(not_a_number()), KIND));
    }
}

mod tests_that_return_a_result {
    use super::*;
    use std::cell::Cell;

    thread_local! {
        static FAIL: Cell<bool> = const { Cell::new(false) };
    }

    fn fails_if_told() -> Result<(), ParseIntError> {
        if FAIL.get() { Err(not_a_number()) } else { Ok(()) }
    }

    #[test]
    #[track_errors]
    fn test_above() -> Result<(), ParseIntError> {
        fails_if_told()?;
        Ok(())
    }

    #[track_errors]
    #[test]
    fn test_below() -> Result<(), ParseIntError> {
        fails_if_told()?;
        Ok(())
    }

    #[tokio::test]
    #[track_errors]
    async fn tokio_test_above() -> Result<(), ParseIntError> {
        std::future::ready(()).await;
        fails_if_told()?;
        Ok(())
    }

    #[track_errors]
    #[tokio::test]
    async fn tokio_test_below() -> Result<(), ParseIntError> {
        std::future::ready(()).await;
        fails_if_told()?;
        Ok(())
    }

    #[test]
    fn the_error_of_a_test_is_logged_in_every_order_of_the_attributes() {
        FAIL.set(true);
        type Test = fn() -> Result<(), ParseIntError>;
        let tests: [(Test, &str); 4] = [
            (test_above, "test_above"),
            (test_below, "test_below"),
            (tokio_test_above, "tokio_test_above"),
            (tokio_test_below, "tokio_test_below"),
        ];
        for (test, name) in tests {
            let (value, record) = one_record(test);
            assert_eq!(value, Err(not_a_number()));
            let function = format!("shapes_sync::tests_that_return_a_result::{name}");
            let source = include_str!("shapes_sync.rs");
            let start = source.find(&format!("fn {name}(")).unwrap();
            let mark = start + source[start..].find("fails_if_told()?").unwrap();
            let line = 1 + source[..mark].matches('\n').count();
            assert_eq!(
                facts(&record),
                (KIND, MESSAGE, &*function, u32::try_from(line).unwrap()),
                "{name}"
            );
        }
    }
}

mod arguments {
    use super::*;

    #[test]
    fn a_reborrow_of_an_argument_is_returned() {
        #[track_errors]
        fn first<'a>(numbers: &'a mut Vec<u32>, text: &str) -> Result<&'a mut u32, ParseIntError> {
            numbers.push(text.parse::<u32>()?);
            Ok(&mut numbers[0])
        }

        let mut numbers = Vec::new();
        assert_eq!(one_record(|| first(&mut numbers, "twelve").cloned()).0, Err(not_a_number()));
        *no_record(|| first(&mut numbers, "5").unwrap()) += 1;
        assert_eq!(numbers, [6]);
    }

    #[test]
    fn an_elided_reborrow_is_returned() {
        #[track_errors]
        fn reborrow(number: &mut Option<u32>) -> Result<&mut u32, ()> {
            number.as_mut().ok_or(())
        }

        assert_eq!(one_record(|| reborrow(&mut None).cloned()).0, Err(()));
        let mut number = Some(1);
        *no_record(|| reborrow(&mut number).unwrap()) = 2;
        assert_eq!(number, Some(2));
    }

    #[test]
    fn an_argument_is_assigned_anew() {
        #[track_errors]
        fn trimmed(mut text: &str, mut times: u8) -> Result<u32, ParseIntError> {
            while times > 0 {
                times -= 1;
                text = &text[1..];
            }
            Ok(text.parse::<u32>()?)
        }

        assert_eq!(one_record(|| trimmed("  x", 2)).0, Err("x".parse::<u32>().unwrap_err()));
        assert_eq!(no_record(|| trimmed("  7", 2)), Ok(7));
    }

    #[test]
    fn patterns() {
        struct Point {
            x: u32,
            y: u32,
        }
        #[track_errors]
        fn add(
            Point { x, y: mut up }: Point,
            (a, [b, ..]): (u32, [u32; 3]),
            &c: &u32,
            ref d: u32,
            _: u32,
            whole @ (_, _): (u32, u32),
        ) -> Result<u32, u32> {
            up += 1;
            Err(x + up + a + b + c + *d + whole.0)
        }

        let point = Point { x: 1, y: 2 };
        let (value, record) = one_record(|| add(point, (10, [20, 0, 0]), &100, 200, 9, (1000, 0)));
        assert_eq!((value, &*record.message), (Err(1334), "1334"));
    }

    #[test]
    fn arguments_that_are_not_used_are_dropped_at_the_end() {
        struct Tell<'a>(&'a Mutex<Vec<&'static str>>, &'static str);
        impl Drop for Tell<'_> {
            fn drop(&mut self) {
                self.0.lock().unwrap().push(self.1);
            }
        }
        #[track_errors]
        fn fail(
            _: Tell<'_>,
            _named: Tell<'_>,
            (_, _second): (Tell<'_>, Tell<'_>),
        ) -> Result<(), ()> {
            Err(())
        }
        fn plain(
            _: Tell<'_>,
            _named: Tell<'_>,
            (_, _second): (Tell<'_>, Tell<'_>),
        ) -> Result<(), ()> {
            Err(())
        }

        let drops = |f: fn(Tell<'_>, Tell<'_>, (Tell<'_>, Tell<'_>)) -> Result<(), ()>| {
            let log = Mutex::default();
            let tell = |name| Tell(&log, name);
            let _: Result<(), ()> = f(tell("a"), tell("b"), (tell("c"), tell("d")));
            log.into_inner().unwrap()
        };
        // The untracked function shows the expected order.
        let expected = drops(plain);
        assert_eq!(one_record(|| drops(fail)).0, expected);
    }

    #[test]
    fn a_temporary_of_the_tail_borrows_an_argument() {
        #[track_errors]
        fn read(number: Arc<Mutex<u32>>) -> Result<u32, u32> {
            match *number.lock().unwrap() {
                0 => Err(*number.try_lock().as_deref().unwrap_or(&9)),
                _ => Ok(1),
            }
        }
        #[track_errors]
        fn tail(number: Arc<Mutex<u32>>) -> Result<u32, u32> {
            Ok(*number.lock().unwrap())
        }
        #[track_errors]
        fn call(numbers: Mutex<Vec<u32>>) -> Result<u32, usize> {
            numbers.lock().unwrap().first().copied().ok_or(numbers.try_lock().is_ok().into())
        }

        assert_eq!(one_record(|| read(Arc::new(Mutex::new(0)))).0, Err(9));
        assert_eq!(no_record(|| tail(Arc::new(Mutex::new(5)))), Ok(5));
        assert_eq!(one_record(|| call(Mutex::default())).0, Err(0));
    }

    #[test]
    fn a_function_that_calls_itself() {
        #[track_errors]
        fn depth(levels: u32, log: &mut Vec<u32>) -> Result<u32, String> {
            log.push(levels);
            if levels == 0 {
                return Err(String::from("the bottom"));
            }
            depth(levels - 1, log)
        }

        let mut log = Vec::new();
        let (value, records) = track_errors::testing::capture(|| depth(3, &mut log));
        assert_eq!(value, Err("the bottom".to_owned()));
        assert_eq!(log, [3, 2, 1, 0]);
        assert_eq!(records[0].message, "the bottom");
        assert_eq!(
            records[0].function,
            "shapes_sync::arguments::a_function_that_calls_itself::depth"
        );
    }

    #[test]
    fn a_value_that_cannot_be_copied_or_moved_twice_comes_back() {
        #[track_errors]
        fn give(value: Box<u32>, fail: bool) -> Result<Box<u32>, Box<u32>> {
            if fail { Err(value) } else { Ok(value) }
        }

        let value = Box::new(1);
        let address: *const u32 = &raw const *value;
        let value = one_record(|| give(value, true)).0.unwrap_err();
        let value = no_record(|| give(value, false)).unwrap();
        assert_eq!(&raw const *value, address, "it is the same box");
    }

    #[test]
    fn functions_are_still_items() {
        #[track_errors]
        fn double(number: &u32) -> Result<u32, ()> {
            number.checked_mul(2).ok_or(())
        }

        // A function pointer for every lifetime, and a `const` of it.
        const DOUBLE: for<'a> fn(&'a u32) -> Result<u32, ()> = double;
        assert_eq!(
            no_record(|| [1, 2].iter().map(DOUBLE).collect::<Result<Vec<_>, _>>()),
            Ok(vec![2, 4])
        );
        assert_eq!(one_record(|| DOUBLE(&u32::MAX)).0, Err(()));
    }
}
