//! Type, lifetime and constant parameters, and `impl Trait`.

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
