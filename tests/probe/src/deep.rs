//! Thirty functions that await each other, callees first. Were a shared reference to one of their futures an
//! argument of any function, an optimised build would exceed the compiler's recursion limit.

use std::io;

use track_errors::track_errors;

macro_rules! nested {
    ($name:ident $($next:ident $($deeper:ident)*)?) => {
        $(nested!($next $($deeper)*);)?

        #[track_errors(service = "probe")]
        pub(crate) async fn $name() -> io::Result<()> {
            $($next().await?;)?
            Err(io::Error::other("deep"))
        }
    };
}

nested!(f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12 f13 f14 f15 f16 f17 f18 f19 f20
    f21 f22 f23 f24 f25 f26 f27 f28 f29 f30);
