//! As `growth`, for the axis `sites`: 10,000 tracked functions, of which as many fail as the size says, in random
//! order. A program of its own, because it takes a while to build: with the feature `sites`.

use track_errors_benches::at_depth;
use track_errors_benches::growth::{self, Numbers};

/// A module for each name, and in each the same modules again, down to the functions. All functions are in `all`.
macro_rules! modules {
    ($all:ident: [$($name:ident)*]) => {
        $(mod $name {
            use track_errors_benches::peers::{PayError, debit};

            #[track_errors::track_errors]
            #[inline(never)]
            fn pay() -> Result<(), PayError> {
                debit()?;
                Ok(())
            }

            pub fn fail() {
                let _ = std::hint::black_box(pay());
            }
        })*

        pub fn $all(functions: &mut Vec<fn()>) {
            functions.extend([$($name::fail as fn()),*]);
        }
    };
    ($all:ident: [$($name:ident)*] in $deeper:tt) => {
        $(mod $name {
            modules! { add: $deeper }
        })*

        pub fn $all(functions: &mut Vec<fn()>) {
            $($name::add(functions);)*
        }
    };
    ($all:ident: ($($names:tt)*)) => {
        modules! { $all: $($names)* }
    };
}

modules! {
    all: [a b c d e f g h i j] in ([a b c d e f g h i j] in ([a b c d e f g h i j] in ([a b c d e f g h i j])))
}

fn main() {
    let [axis, size, peer] = growth::arguments();
    let size: usize = size.parse().expect("a size");
    growth::set_up(&peer);
    let mut functions = Vec::new();
    all(&mut functions);
    let functions = &functions[..size];
    let mut numbers = Numbers::default();
    let cost = at_depth(30, || {
        functions.iter().for_each(|fail| fail());
        growth::settle();
        growth::cost(10_000, || functions[numbers.next() as usize % size]())
    });
    growth::print(&axis, &peer, size, &cost);
}
