//! Code size: `run` compares the sections of the programs `size_*`, whose 64 functions differ: with the
//! attribute or without it, with one `?` or nine, of a function that is called or of one that is inlined.

/// A different number for each text.
pub const fn salt(text: &str) -> u32 {
    let (mut sum, mut at) = (0, 0);
    while at < text.len() {
        sum = sum * 7 + text.as_bytes()[at] as u32 % 97;
        sum %= 10_007;
        at += 1;
    }
    sum
}

/// The function of a `?`: a call, so that the programs differ by the attribute alone.
#[inline(never)]
pub fn called(text: &str) -> Result<u32, std::num::ParseIntError> {
    text.parse()
}

/// The same, inlined: the compiler lays out its loops and exits differently where the attribute is.
#[inline(always)]
pub fn inlined(text: &str) -> Result<u32, std::num::ParseIntError> {
    text.parse()
}

/// `main`, and 64 functions with these attributes, each with one `?` of this function per name in the list.
#[macro_export]
macro_rules! weigh {
    ($(#[$attr:meta])? $call:ident: $($steps:ident)*) => {
        $crate::weigh!(@modules [$(#[$attr])?] [$call $($steps)*] m1 m2 m3 m4 m5 m6 m7 m8);

        fn main() {
            // All programs contain the runtime, so it does not count.
            #[::track_errors::track_errors]
            fn one() -> Result<(), std::fmt::Error> {
                Err(std::hint::black_box(std::fmt::Error))
            }
            let _ = one();
            for functions in [m1::ALL, m2::ALL, m3::ALL, m4::ALL, m5::ALL, m6::ALL, m7::ALL, m8::ALL] {
                for function in functions {
                    let _ = std::hint::black_box(function)("1 2 3 4 5 6 7 8 9");
                }
            }
        }
    };
    (@modules $attrs:tt $steps:tt $($module:ident)*) => {
        $(mod $module {
            $crate::weigh!(@functions $attrs $steps f1 f2 f3 f4 f5 f6 f7 f8);
            pub const ALL: [fn(&str) -> Result<u32, std::num::ParseIntError>; 8] =
                [f1, f2, f3, f4, f5, f6, f7, f8];
        })*
    };
    (@functions $attrs:tt $steps:tt $($name:ident)*) => {
        $($crate::weigh!(@function $attrs $steps $name);)*
    };
    (@function [$(#[$attr:meta])?] [$call:ident $($step:ident)*] $name:ident) => {
        $(#[$attr])?
        #[inline(never)]
        fn $name(text: &str) -> Result<u32, std::num::ParseIntError> {
            let mut words = text.split(' ');
            // The linker would merge equal functions.
            const SALT: u32 = $crate::size::salt(concat!(module_path!(), stringify!($name)));
            let mut sum = SALT;
            $(
                let $step = words.next().unwrap_or_default();
                sum += $crate::size::$call($step)?;
            )*
            Ok(sum)
        }
    };
}
