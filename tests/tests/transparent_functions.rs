//! A tracked function keeps its panics, its attributes and its names.

use std::any::Any;
use std::cell::RefCell;
use std::future::Future;
use std::num::ParseIntError;
use std::panic::{self, AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::pin::pin;
use std::sync::Once;

use futures::executor::block_on;
use track_errors::{testing, track_errors};
use track_errors_tests::executors::poll_once;

#[path = "support/mod.rs"]
mod support;

use support::{KIND, no_record, not_a_number, one_record, one_record_of, place};

mod panics {
    use super::*;

    thread_local! {
        /// Messages and lines of the expected panics of this thread.
        static MESSAGES: RefCell<Option<Vec<(String, u32)>>> = const { RefCell::new(None) };
    }

    fn message_of(payload: &(dyn Any + Send)) -> String {
        let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
        text.or_else(|| payload.downcast_ref().cloned()).unwrap_or_default()
    }

    /// The payload of the panic, and what the panic hook received.
    fn panic_of<T>(run: impl FnOnce() -> T) -> (Box<dyn Any + Send>, Vec<(String, u32)>) {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let previous = panic::take_hook();
            panic::set_hook(Box::new(move |info| {
                let line = info.location().map_or(0, panic::Location::line);
                let message = message_of(info.payload());
                MESSAGES.with_borrow_mut(|messages| match messages {
                    Some(messages) => messages.push((message, line)),
                    None => previous(info),
                });
            }));
        });
        MESSAGES.set(Some(Vec::new()));
        let (panicked, records) =
            testing::capture(|| catch_unwind(AssertUnwindSafe(|| drop(run()))));
        assert!(records.is_empty(), "a panic is no error: {records:#?}");
        (panicked.expect_err("it panics"), MESSAGES.take().expect("it was set"))
    }

    #[derive(Debug, PartialEq)]
    struct Payload(u32);

    /// Each body in a plain and a tracked function, sync and async, on one line, so that all panic at the same
    /// line.
    macro_rules! both {
        ($name:ident($($arg:ident: $ty:ty),*) $body:block) => {
            #[allow(dead_code, reason = "not every test compares them")]
            mod $name {
                use super::*;
                pub(super) fn plain($($arg: $ty),*) -> Result<u32, ParseIntError> $body
                #[track_errors]
                pub(super) fn tracked($($arg: $ty),*) -> Result<u32, ParseIntError> $body
                pub(super) async fn plain_later($($arg: $ty),*) -> Result<u32, ParseIntError> $body
                #[track_errors]
                pub(super) async fn tracked_later($($arg: $ty),*) -> Result<u32, ParseIntError> $body
            }
        };
    }

    both! { with_a_value(number: u32) { panic_any(Payload(number)) } }
    both! { with_a_text(number: u32) { panic!("number {number}") } }
    both! { resumed(payload: Box<Payload>) { resume_unwind(payload) } }
    both! { behind_a_question_mark(text: &str) { Ok(text.parse::<u32>()? / u32::from(text == "1")) } }
    both! { in_the_tail(number: Option<u32>) { Ok(number.unwrap()) } }

    #[test]
    fn a_panic_keeps_its_payload() {
        let payloads = [
            panic_of(|| with_a_value::plain(7)),
            panic_of(|| with_a_value::tracked(7)),
            panic_of(|| block_on(with_a_value::plain_later(7))),
            panic_of(|| block_on(with_a_value::tracked_later(7))),
        ];
        for (payload, messages) in payloads {
            assert_eq!(*payload.downcast::<Payload>().expect("ours"), Payload(7));
            assert_eq!(messages.len(), 1);
        }
        let texts = [
            panic_of(|| with_a_text::tracked(7)),
            panic_of(|| block_on(with_a_text::tracked_later(7))),
        ];
        for (payload, _) in texts {
            assert_eq!(*payload.downcast::<String>().expect("a text"), "number 7");
        }
    }

    #[test]
    fn a_panic_that_is_resumed_keeps_its_payload_and_calls_no_hook() {
        let payload = || Box::new(Payload(8));
        for (payload, messages) in [
            panic_of(|| resumed::tracked(payload())),
            panic_of(|| block_on(resumed::tracked_later(payload()))),
        ] {
            assert_eq!(*payload.downcast::<Payload>().expect("ours"), Payload(8));
            assert_eq!(messages, []);
        }
    }

    #[test]
    fn the_panic_hook_receives_the_same_message_and_place() {
        let messages = |(_, messages): (Box<dyn Any + Send>, Vec<(String, u32)>)| messages;
        assert_eq!(
            messages(panic_of(|| with_a_text::plain(7))),
            messages(panic_of(|| with_a_text::tracked(7)))
        );
        assert_eq!(
            messages(panic_of(|| behind_a_question_mark::plain("2"))),
            messages(panic_of(|| behind_a_question_mark::tracked("2")))
        );
        assert_eq!(
            messages(panic_of(|| block_on(behind_a_question_mark::plain_later("2")))),
            messages(panic_of(|| block_on(behind_a_question_mark::tracked_later("2"))))
        );
        assert_eq!(
            messages(panic_of(|| in_the_tail::plain(None))),
            messages(panic_of(|| in_the_tail::tracked(None)))
        );
        assert_eq!(
            messages(panic_of(|| block_on(in_the_tail::plain_later(None)))),
            messages(panic_of(|| block_on(in_the_tail::tracked_later(None))))
        );
    }

    #[test]
    fn an_error_after_a_panic_is_logged_as_usual() {
        drop(panic_of(|| with_a_text::tracked(7)));
        drop(panic_of(|| block_on(with_a_text::tracked_later(7))));
        let (value, record) = one_record(|| behind_a_question_mark::tracked("twelve"));
        assert_eq!((value, &*record.kind), (Err(not_a_number()), KIND));
        let (value, record) = one_record_of(behind_a_question_mark::tracked_later("twelve"));
        assert_eq!((value, &*record.kind), (Err(not_a_number()), KIND));
    }

    #[test]
    fn a_future_that_is_polled_after_its_end_panics_as_before() {
        let plain = panic_of(|| {
            let mut future = pin!(behind_a_question_mark::plain_later("1"));
            assert!(poll_once(future.as_mut()).is_ready());
            poll_once(future.as_mut())
        });
        let tracked = panic_of(|| {
            let mut future = pin!(behind_a_question_mark::tracked_later("1"));
            assert!(poll_once(future.as_mut()).is_ready());
            poll_once(future.as_mut())
        });
        let message =
            |(_, messages): (Box<dyn Any + Send>, Vec<(String, u32)>)| messages[0].0.clone();
        assert_eq!(message(plain), message(tracked));
    }

    #[test]
    fn a_future_that_is_polled_after_a_panic_panics_as_before() {
        fn polled_again<F: Future>(future: F) -> impl FnOnce() {
            move || {
                let mut future = pin!(future);
                let first = catch_unwind(AssertUnwindSafe(|| drop(poll_once(future.as_mut()))));
                first.expect_err("it panics");
                drop(poll_once(future.as_mut()));
            }
        }
        let messages = |(_, messages): (Box<dyn Any + Send>, Vec<(String, u32)>)| {
            messages.into_iter().map(|(message, _)| message).collect::<Vec<_>>()
        };
        let plain = messages(panic_of(polled_again(with_a_text::plain_later(7))));
        let tracked = messages(panic_of(polled_again(with_a_text::tracked_later(7))));
        assert_eq!(plain.len(), 2, "{plain:?}");
        assert_eq!(plain, tracked);
    }
}

#[allow(improper_ctypes_definitions, reason = "both sides are Rust")]
mod attributes {
    use super::*;

    #[unsafe(no_mangle)]
    #[track_errors]
    extern "C" fn track_errors_tests_above(number: u32) -> Option<Result<u32, u32>> {
        Some(Err(number))
    }

    #[track_errors]
    #[unsafe(export_name = "track_errors_tests_other_name")]
    extern "C" fn below(number: u32) -> Option<Result<u32, u32>> {
        Some(Err(number))
    }

    mod foreign {
        #[allow(improper_ctypes, reason = "both sides are Rust")]
        unsafe extern "C" {
            pub(super) fn track_errors_tests_above(number: u32) -> Option<Result<u32, u32>>;
            pub(super) fn track_errors_tests_other_name(number: u32) -> Option<Result<u32, u32>>;
        }
    }

    #[test]
    fn the_name_of_a_symbol_is_kept() {
        // SAFETY: it is the function above.
        let above = one_record(|| unsafe { foreign::track_errors_tests_above(7) }).0;
        // SAFETY: it is the function below that one.
        let other = one_record(|| unsafe { foreign::track_errors_tests_other_name(8) }).0;
        assert_eq!((above, other), (Some(Err(7)), Some(Err(8))));
        assert_eq!(one_record(|| below(9)).0, Some(Err(9)));
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn a_body_uses_the_features_of_the_processor_that_the_function_enables() {
        use std::arch::x86_64::_popcnt32;

        // Calling these is safe only inside a function with the feature.
        #[target_feature(enable = "popcnt")]
        #[track_errors]
        fn above(text: &str) -> Result<i32, ParseIntError> {
            let number = text.parse::<i32>()?;
            Ok(_popcnt32(number))
        }
        #[track_errors]
        #[target_feature(enable = "popcnt")]
        fn below(text: &str) -> Result<i32, ParseIntError> {
            Ok(_popcnt32(text.parse::<i32>()?))
        }

        #[track_errors]
        #[track_caller]
        #[target_feature(enable = "popcnt")]
        fn with_caller(text: &str) -> Result<i32, ParseIntError> {
            let count = |number| _popcnt32(number);
            Ok(count(text.parse::<i32>()?))
        }

        if !std::arch::is_x86_feature_detected!("popcnt") {
            return;
        }
        // SAFETY: the processor has the feature.
        assert_eq!(one_record(|| unsafe { with_caller("seven") }).0, Err(not_a_number()));
        // SAFETY: the processor has the feature.
        assert_eq!(no_record(|| unsafe { above("7") }), Ok(3));
        // SAFETY: as above.
        assert_eq!(one_record(|| unsafe { below("seven") }).0, Err(not_a_number()));
    }

    #[allow(clippy::non_minimal_cfg, reason = "it is the subject of the test")]
    #[test]
    fn cfg_and_cfg_attr_keep_their_meaning() {
        #[cfg_attr(all(), track_errors)]
        fn tracked() -> Result<u32, u32> {
            Err(1)
        }
        #[cfg_attr(any(), track_errors)]
        fn plain() -> Result<u32, u32> {
            Err(2)
        }
        #[cfg(any())]
        #[track_errors]
        fn chosen() -> Result<u32, u32> {
            Err(3)
        }
        #[track_errors]
        #[cfg(all())]
        fn chosen() -> Result<u32, u32> {
            Err(4)
        }
        #[track_errors]
        #[cfg(any())]
        fn chosen() -> Result<u32, u32> {
            Err(5)
        }
        #[track_errors]
        fn parameters(#[cfg(any())] number: u8, #[cfg(all())] number: u32) -> Result<u32, u32> {
            #[cfg(any())]
            return Err(number + 1);
            #[cfg(all())]
            Err(number)
        }

        assert_eq!(one_record(tracked).0, Err(1));
        assert_eq!(no_record(plain), Err(2));
        assert_eq!(one_record(chosen).0, Err(4));
        assert_eq!(one_record(|| parameters(6)).0, Err(6));
    }
}

mod twice {
    use super::*;

    #[test]
    fn a_function_with_the_attribute_twice_logs_once_with_the_line_of_its_mark() {
        #[track_errors(service = "outer")]
        #[track_errors(service = "inner")]
        fn sync(text: &str) -> Result<u32, ParseIntError> {
            let number = text.parse::<u32>()?;
            Ok(number)
        }
        let line = line!() - 3;
        #[track_errors]
        #[track_errors]
        async fn later((text, _): (&str, u32), mut sum: u32) -> Result<u32, ParseIntError> {
            sum += text.parse::<u32>()?;
            Ok(sum)
        }

        let (value, record) = one_record(|| sync("twelve"));
        assert_eq!((value, &*record.kind), (Err(not_a_number()), KIND));
        assert_eq!(place(&record).0, line);
        let (value, record) = one_record_of(later(("twelve", 1), 2));
        assert_eq!((value, &*record.kind), (Err(not_a_number()), KIND));
        assert_eq!(place(&record).0, line + 7);
        assert_eq!(no_record(|| sync("1")), Ok(1));
        assert_eq!(no_record(|| block_on(later(("1", 1), 2))), Ok(3));
    }

    #[test]
    fn a_method_in_a_tracked_block_with_the_attribute_twice_logs_once() {
        struct Shop(u32);

        #[track_errors(service = "outer")]
        impl Shop {
            #[track_errors(service = "inner")]
            #[track_errors(service = "innermost")]
            fn take(self, _: u32) -> Result<u32, u32> {
                Err(self.0)
            }
        }

        assert_eq!(one_record(|| Shop(7).take(1)).0, Err(7));
    }

    #[test]
    fn owned_values_are_dropped_once_and_in_order() {
        struct Noted<'a>(u8, &'a RefCell<Vec<u8>>);
        impl Drop for Noted<'_> {
            fn drop(&mut self) {
                self.1.borrow_mut().push(self.0);
            }
        }
        fn plain(_: Noted<'_>, (_, _b): (Noted<'_>, Noted<'_>), c: Noted<'_>) -> Result<u8, u8> {
            Err(c.0)
        }
        #[track_errors]
        #[track_errors]
        fn tracked(_: Noted<'_>, (_, _b): (Noted<'_>, Noted<'_>), c: Noted<'_>) -> Result<u8, u8> {
            Err(c.0)
        }
        #[track_errors]
        #[track_errors]
        async fn later(
            _: Noted<'_>,
            (_, _b): (Noted<'_>, Noted<'_>),
            c: Noted<'_>,
        ) -> Result<u8, u8> {
            Err(c.0)
        }

        type Function = for<'a> fn(Noted<'a>, (Noted<'a>, Noted<'a>), Noted<'a>) -> Result<u8, u8>;
        let dropped = |function: Function| {
            let log = RefCell::default();
            let noted = |number| Noted(number, &log);
            assert_eq!(function(noted(1), (noted(2), noted(3)), noted(4)), Err(4));
            log.into_inner()
        };
        let plain = dropped(plain);
        assert_eq!(plain.len(), 4);
        assert_eq!(one_record(|| dropped(tracked)).0, plain);
        assert_eq!(one_record(|| dropped(|a, b, c| block_on(later(a, b, c)))).0, plain);
    }
}

mod names {
    use super::*;

    #[test]
    fn user_variables_may_have_the_names_of_the_expansion() {
        #[track_errors]
        fn sync(e: u32, error: u32, value: u32, call: u32, finish: u32) -> Result<u32, u32> {
            let (site, entry, result) = (e, error, value);
            let future = |returned: u32| -> Result<u32, u32> {
                let mark = returned + call;
                Ok(mark)
            };
            let capture = future(finish)?;
            Err(site + entry + result + capture)
        }
        #[track_errors]
        async fn later(e: u32, error: u32, value: u32, call: u32, finish: u32) -> Result<u32, u32> {
            let (site, entry, result) = (e, error, value);
            let future = async |returned: u32| -> Result<u32, u32> {
                let mark = returned + call;
                Ok(mark)
            };
            let capture = future(finish).await?;
            Err(site + entry + result + capture)
        }

        assert_eq!(one_record(|| sync(1, 2, 3, 4, 5)).0, Err(15));
        assert_eq!(one_record_of(later(1, 2, 3, 4, 5)).0, Err(15));
    }

    #[test]
    fn labels_loops_and_returns_of_the_body_work() {
        #[track_errors]
        fn sync(limit: u32) -> Result<u32, u32> {
            let mut count = 0;
            let found = 'outer: loop {
                for step in 0.. {
                    count += step;
                    if count > limit {
                        break 'outer count;
                    }
                    if step > 10 {
                        continue 'outer;
                    }
                }
            };
            let block = 'block: {
                if found > 100 {
                    break 'block 1;
                }
                if found > 50 {
                    return Err(found);
                }
                2
            };
            Ok(found + block)
        }

        assert_eq!(no_record(|| sync(5)), Ok(8));
        assert_eq!(one_record(|| sync(54)).0, Err(55));
    }
}
