//! Error types of the standard library, recognised by value: causes have no static type.

use std::error::Error;

/// The public path of an error type of the standard library.
pub(crate) fn known_type(error: &(dyn Error + 'static)) -> Option<&'static str> {
    macro_rules! known {
        ($($ty:ty)*) => {
            $(if error.is::<$ty>() { return Some(stringify!($ty)); })*
        };
    }
    known! {
        std::io::Error
        std::fmt::Error
        std::num::ParseIntError
        std::num::ParseFloatError
        std::num::TryFromIntError
        std::str::Utf8Error
        std::str::ParseBoolError
        std::string::FromUtf8Error
        std::string::FromUtf16Error
        std::char::ParseCharError
        std::char::CharTryFromError
        std::net::AddrParseError
        std::array::TryFromSliceError
        std::env::VarError
        std::ffi::NulError
        std::ffi::IntoStringError
        std::path::StripPrefixError
        std::sync::mpsc::RecvError
        std::sync::mpsc::RecvTimeoutError
        std::time::SystemTimeError
    }
    #[cfg(feature = "serde_json")]
    known! { serde_json::Error }
    None
}

/// [`known_type`] of an error that may borrow.
pub(super) fn known_type_of_any(error: &dyn Error) -> Option<&'static str> {
    // SAFETY: only the lifetime of the trait object changes, so both types have the same layout and the same
    // vtable. `known_type` reads only the `TypeId`, through a method that no error type can override, and
    // keeps no reference. A `TypeId` does not depend on lifetimes. `known_type` compares it
    // with types that have none, so a match extends no borrow.
    let error = unsafe { std::mem::transmute::<&dyn Error, &(dyn Error + 'static)>(error) };
    known_type(error)
}

#[cfg(test)]
mod tests {
    use std::fmt;
    use std::str::FromStr as _;

    use super::*;

    #[test]
    fn a_cause_has_the_type_that_its_users_write() {
        let number = "seven".parse::<u8>().unwrap_err();
        assert_eq!(known_type(&number), Some("std::num::ParseIntError"));
        let hidden = std::io::Error::other(number);
        assert_eq!(known_type(&hidden), Some("std::io::Error"));
        assert_eq!(known_type(&crate::Level::from_str("loud").unwrap_err()), None);
    }

    #[test]
    fn an_erased_error_that_borrows_has_no_known_type() {
        #[derive(Debug)]
        struct Borrows<'a>(&'a str);
        impl fmt::Display for Borrows<'_> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
        }
        impl Error for Borrows<'_> {}

        let text = String::from("a text that ends with this test");
        let borrows: Box<dyn Error + '_> = Box::new(Borrows(&text));
        assert_eq!(known_type_of_any(&*borrows), None);
        let known: Box<dyn Error + '_> = Box::new(fmt::Error);
        assert_eq!(known_type_of_any(&*known), Some("std::fmt::Error"));
    }

    #[test]
    #[cfg(feature = "serde_json")]
    fn a_cause_of_serde_json_has_its_type() {
        let cause = serde_json::from_str::<u8>("seven").unwrap_err();
        assert_eq!(known_type(&cause), Some("serde_json::Error"));
    }
}
