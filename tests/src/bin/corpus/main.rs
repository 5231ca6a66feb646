//! A program that raises errors of every kind in a fixed order, each in its own tracked function.
//!
//! Its last line on stderr is their number. No tracked function here calls another one, so every error
//! makes one log under any reporting policy. Each thread is joined before the next error, so the logs have
//! the order of the source. `tests/conformance.rs` has the expected content of each, by function name.

use std::sync::atomic::{AtomicUsize, Ordering};

static RAISED: AtomicUsize = AtomicUsize::new(0);

fn main() {
    standard_library::raise();
    own_types::raise();
    plain_values::raise();
    borrowed::raise();
    chains::raise();
    erased::raise();
    erased::raise_by_macros();
    messages::raise();
    hostile::raise();
    keys::raise();
    fields::raise();
    shapes::raise();
    futures::raise();
    threads::raise();
    // Relaxed: every thread that counted has been joined.
    eprintln!("corpus: {} errors raised", RAISED.load(Ordering::Relaxed));
}

/// Counts an error that a tracked function returned.
#[track_caller]
fn raised<T, E>(result: Result<T, E>) {
    assert!(result.is_err(), "every function of the corpus fails");
    RAISED.fetch_add(1, Ordering::Relaxed);
}

/// `name -> Error { body }`: a tracked function for each, and `raise`, which calls all of them.
macro_rules! cases {
    ($($name:ident -> $error:ty { $($body:tt)* })*) => {
        $(
            #[track_errors(service = "corpus")]
            fn $name() -> Result<(), $error> {
                $($body)*;
                Ok(())
            }
        )*

        pub(super) fn raise() {
            $(super::raised($name());)*
        }
    };
}

/// Error types, each with the text that its `Display` writes.
macro_rules! display {
    ($($ty:ty: |$error:pat_param| $text:expr;)*) => {$(
        impl std::fmt::Display for $ty {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let $error = self;
                write!(f, "{}", $text)
            }
        }
    )*};
}

/// Errors of the standard library, from the functions that return them.
mod standard_library;

/// Structs and enums as programs define them.
mod own_types;

/// Values that do not implement `Error`.
mod plain_values;

/// Errors that are not `'static`.
mod borrowed;

/// `source()` chains of every length.
mod chains;

/// Containers for any error.
mod erased;

/// Texts that could break a line of JSON, a terminal or a stack.
mod messages;

/// Error types with misbehaving code.
mod hostile;

/// The keys of the attribute.
mod keys;

/// Numbers of every size as fields.
mod fields;

/// Every shape of function.
mod shapes;

/// Functions that fail later.
mod futures;

/// Threads with and without names, and threads that end.
mod threads;
