//! Hostile error values: the line is valid and bounded, and the function still returns the error.

use std::error::Error;
use std::fmt::{self, Debug, Display};

use track_errors::{ErrorRecord, testing, track_errors};

/// Fails with the error, checks that the caller gets it back, and returns its one record.
fn fail<E>(error: E) -> ErrorRecord
where
    E: Error,
{
    #[track_errors(service = "hostile")]
    fn tracked<E: Error>(error: E) -> Result<(), E> {
        Err(error)
    }

    let (result, records) = testing::capture(|| tracked(error));
    assert!(result.is_err(), "the error comes back");
    let record = ErrorRecord::clone(&records.assert_one());
    assert!(record.message.len() <= 8 * 1024 + 64, "{}", record.message.len());
    assert!(record.stack.len() <= 33 * 1024, "{}", record.stack.len());
    record
}

macro_rules! error {
    ($name:ident, $display:expr, $debug:expr) => {
        struct $name;
        impl Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                $display(f)
            }
        }
        impl Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                $debug(f)
            }
        }
        impl Error for $name {}
    };
}

fn panics(_: &mut fmt::Formatter<'_>) -> fmt::Result {
    panic!("on purpose: formatting an error")
}

fn fails(_: &mut fmt::Formatter<'_>) -> fmt::Result {
    Err(fmt::Error)
}

#[test]
fn a_panicking_display_is_noted_in_the_message() {
    error!(Panics, panics, |f: &mut fmt::Formatter<'_>| f.write_str("Panics"));
    let record = fail(Panics);
    assert_eq!(record.message, "[panicked while it was formatted]");
    assert_eq!(record.kind, "hostile::a_panicking_display_is_noted_in_the_message::Panics");
}

#[test]
fn a_debug_that_panics_leaves_the_kind_without_a_variant() {
    error!(Panics, |f: &mut fmt::Formatter<'_>| f.write_str("no card"), panics);
    let record = fail(Panics);
    assert_eq!(record.message, "no card");
    assert!(record.kind.ends_with("::Panics"), "{}", record.kind);
}

#[test]
fn the_message_says_that_display_failed() {
    error!(Fails, fails, fails);
    assert_eq!(fail(Fails).message, "[failed while it was formatted]");
}

#[test]
fn a_panic_payload_that_panics_when_it_is_dropped_does_no_harm() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            if !std::thread::panicking() {
                panic!("on purpose: dropping a payload");
            }
        }
    }
    error!(Panics, |_: &mut fmt::Formatter<'_>| std::panic::panic_any(Bomb), panics);
    assert_eq!(fail(Panics).message, "[panicked while it was formatted]");
}

#[test]
fn megabytes_of_control_characters_are_cut_and_escaped() {
    struct Long;
    impl Display for Long {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            for _ in 0..1_000_000 {
                f.write_str("\0\x1b[31m\u{fffd}\"\\")?;
            }
            Ok(())
        }
    }
    impl Debug for Long {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&"x".repeat(1_000_000))
        }
    }
    impl Error for Long {}
    let record = fail(Long);
    assert!(record.message.starts_with("\\u{0}\\u{1b}[31m\u{fffd}\"\\"), "{}", record.message);
    assert!(record.message.contains("[cut at 8192 bytes]"));
    assert!(!record.message.contains(['\0', '\x1b']));
}

#[test]
fn a_source_that_returns_itself_is_one_cause() {
    #[derive(Debug)]
    struct Ouroboros;
    impl Display for Ouroboros {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("eats its tail")
        }
    }
    impl Error for Ouroboros {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(self)
        }
    }
    assert_eq!(fail(Ouroboros).causes.len(), 1);
}

#[test]
fn a_chain_of_a_thousand_has_32_causes_and_counts_the_others() {
    #[derive(Debug)]
    struct Link(Option<Box<Link>>);
    impl Display for Link {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("link")
        }
    }
    impl Error for Link {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.0.as_deref().map(|link| link as _)
        }
    }
    let chain = (0..1000).fold(Link(None), |next, _| Link(Some(Box::new(next))));
    let causes = fail(chain).causes;
    assert_eq!((causes.len(), causes[31].left_out_before), (32, 1000 - 32));
}

#[test]
fn a_source_that_panics_ends_the_chain() {
    #[derive(Debug)]
    struct Panics;
    impl Display for Panics {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("no card")
        }
    }
    impl Error for Panics {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            panic!("on purpose: source of an error")
        }
    }
    let record = fail(Panics);
    assert_eq!((&*record.message, record.causes.len()), ("no card", 0));
}

#[test]
fn a_display_that_calls_a_tracked_function_does_not_recurse() {
    #[track_errors(service = "hostile")]
    fn inner() -> Result<(), Calls> {
        Err(Calls)
    }
    error!(
        Calls,
        |f: &mut fmt::Formatter<'_>| {
            let failed = inner().is_err();
            write!(f, "failed inside: {failed}")
        },
        |f: &mut fmt::Formatter<'_>| f.write_str("Calls")
    );
    assert_eq!(fail(Calls).message, "failed inside: true");
}

#[test]
fn a_display_with_many_failing_tracked_calls_makes_one_log() {
    #[track_errors(service = "hostile")]
    fn inner() -> Result<(), Often> {
        Err(Often)
    }
    error!(
        Often,
        |f: &mut fmt::Formatter<'_>| {
            let failed = (0..5).filter(|_| inner().is_err()).count();
            write!(f, "failed inside: {failed}")
        },
        |f: &mut fmt::Formatter<'_>| f.write_str("Often")
    );
    assert_eq!(fail(Often).message, "failed inside: 5");
}

#[test]
fn an_error_that_leaves_while_the_thread_panics_is_logged() {
    #[track_errors(service = "hostile")]
    fn clean_up() -> Result<(), fmt::Error> {
        Err(fmt::Error)
    }
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            assert!(clean_up().is_err());
        }
    }
    let (result, records) = testing::capture(|| {
        std::panic::catch_unwind(|| {
            let _guard = Guard;
            panic!("on purpose: a destructor fails while unwinding");
        })
    });
    assert!(result.is_err());
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].kind, "std::fmt::Error");
}
