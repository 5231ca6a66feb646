//! `unsafe`, `extern`, inner attributes, and functions made by macros.

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
        #![allow(unused_variables, reason = "this is the subject of the test")]
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
