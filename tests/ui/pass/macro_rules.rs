//! Functions that are made by macros, with each kind of fragment and of hygiene.
#![deny(warnings)]

use track_errors::track_errors;

macro_rules! whole {
    ($vis:vis $name:ident, $arg:ident: $ty:ty => $ret:ty $body:block) => {
        #[track_errors]
        $vis fn $name($arg: $ty) -> $ret $body
    };
    (async $name:ident, $arg:pat => $ty:ty, $ret:ty, $value:expr) => {
        #[track_errors(service = "macro")]
        async fn $name($arg: $ty) -> $ret {
            let value = $value;
            let value = value?;
            Ok(value)
        }
    };
    (own $name:ident) => {
        #[track_errors]
        fn $name(value: Result<u8, u8>) -> Result<u8, u8> {
            let mut sum = 0;
            sum += value?;
            Ok(sum)
        }
    };
    (item $item:item) => {
        #[track_errors]
        $item
    };
    (attribute $(#[$meta:meta])* fn $name:ident $($rest:tt)*) => {
        $(#[$meta])*
        fn $name $($rest)*
    };
    (service $service:literal, $level:literal, $name:ident) => {
        #[track_errors(service = $service, level = $level)]
        fn $name() -> Result<u8, u8> {
            Err(1)?
        }
    };
    (path $service:path, $krate:path, $name:ident) => {
        #[track_errors(service = $service, crate = $krate)]
        fn $name() -> Result<u8, u8> {
            Err(1)?
        }
    };
    (expr $service:expr, $name:ident) => {
        #[track_errors(service = $service)]
        fn $name() -> Result<u8, u8> {
            Err(1)?
        }
    };
}

const SERVICE: &str = "path";

whole!(pub(crate) block, text: &str => Result<u32, std::num::ParseIntError> { Ok(text.parse::<u32>()?) });
whole!(async later, (a, b) => (u8, u8), Result<u8, u8>, if a > b { Ok(a) } else { Err(b) });
whole!(own own);
whole!(item fn item(value: Result<u8, u8>) -> Result<u8, u8> { Ok(value?) });
whole!(item async fn async_item(value: Result<u8, u8>) -> Result<u8, u8> { Ok(value?) });
whole!(attribute #[track_errors] fn attribute(value: Result<u8, u8>) -> Result<u8, u8> { Ok(value?) });
whole!(service "literal", "alert", service);
whole!(path SERVICE, ::track_errors, path);
whole!(expr "expression", expression);

macro_rules! fail {
    () => {
        Err(7)?
    };
    (return) => {
        return Err(8)
    };
}

#[track_errors]
fn a_macro_in_the_body(fail: bool) -> Result<u8, u8> {
    if fail {
        fail!(return);
    }
    fail!()
}

fn main() {
    assert_eq!(block("1"), Ok(1));
    drop(later((2, 1)));
    assert_eq!(own(Ok(1)), Ok(1));
    assert_eq!(item(Ok(1)), Ok(1));
    drop(async_item(Ok(1)));
    assert_eq!(attribute(Ok(1)), Ok(1));
    assert_eq!(service(), Err(1));
    assert_eq!(path(), Err(1));
    assert_eq!(expression(), Err(1));
    assert_eq!(a_macro_in_the_body(false), Err(7));
    assert_eq!(a_macro_in_the_body(true), Err(8));
}
