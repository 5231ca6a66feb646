//! Marks left on the error path: where an `Err` is about to leave a function, and as which type.
//!
//! The macro puts an identity function around every `?`, around every call whose value the function
//! returns, and around a value that is converted on its way into one of them. On `Err`, and only then, it
//! stores the place and the static type of the error in the thread's mark; the wrapper, which runs next,
//! takes it. So the log has the line without unwinding and without symbols, and the type that a `?`
//! converted into `Box<dyn Error>`, `anyhow::Error` or `eyre::Report`.
//!
//! One mark a thread is enough: between a `?` and the end of the call only destructors run. If one of them
//! calls a tracked function that fails, it may overwrite the mark. The key keeps a function from taking
//! another function's mark; the log then has the place of the function instead of the `?`.
//!
//! Cost: nothing on the `Ok` path; one thread-local store on the `Err` path. Never panics.

use std::alloc::Layout;
use std::panic::Location;
use std::task::Poll;

use crate::describe::{is_erased, is_text};
use crate::model::mark::{self, Mark};
use crate::model::site::Key;

#[cold]
fn leave(mut mark: Mark) {
    // The type inside a container for any error says more than the container.
    if let Some(behind) = mark::get()
        && behind.is_behind
        && behind.key == mark.key
        && mark.type_name.is_none_or(is_erased)
    {
        (mark.type_name, mark.layout) = (behind.type_name, behind.layout);
    }
    mark::set(mark);
}

#[cold]
#[inline(never)]
fn leave_behind<E>(key: Key, location: &'static Location<'static>) {
    let mark = Mark::of::<E>(key, location);
    // From a text, a container makes an error of its own; and another container says nothing.
    if mark.type_name.is_some_and(|name| !is_text(name) && !is_erased(name)) {
        mark::set(Mark { is_behind: true, ..mark });
    }
}

/// A value that may be an error, in front of a `?` or of a method that adds context.
///
/// Method lookup prefers an inherent method to that of a trait ([`MarkAny`]). So values that can fail are
/// found without a bound, and for all others the compiler reports only that `?` cannot follow them. There
/// is one inherent method, so that a value whose type is not known yet counts as one that can fail.
#[derive(Debug)]
pub struct Tried<T>(pub T);

impl<T: CanFail> Tried<T> {
    /// The mark of a `?`, whose place is that of the caller. Returns the value as it is.
    #[track_caller]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn track_errors_mark(self, key: u32) -> T {
        self.0.mark(key, Location::caller())
    }

    /// The same, at another place.
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn track_errors_mark_at(self, key: u32, at: &'static Location<'static>) -> T {
        self.0.mark(key, at)
    }

    /// The mark of a value that context is about to be added to.
    #[track_caller]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn track_errors_mark_behind(self, key: u32) -> T {
        self.0.mark_behind(key, Location::caller())
    }
}

/// A value that `?` can follow and that may be an error.
pub trait CanFail: Sized {
    /// Leaves a mark if the value is an error, and returns it as it is.
    #[must_use]
    fn mark(self, key: u32, at: &'static Location<'static>) -> Self;

    /// The same before context is added.
    #[must_use]
    fn mark_behind(self, key: u32, at: &'static Location<'static>) -> Self;
}

/// Both marks of one type. The error is moved through a `match` and never borrowed inside the `Result`:
/// a reference would pin the `Result` to memory and slow down the `Ok` path.
macro_rules! can_fail {
    ($ty:ty { $($value:pat => $same:expr,)* } $failed:pat => $again:expr) => {
        impl<T, E> CanFail for $ty {
            #[cfg_attr(not(debug_assertions), inline(always))]
            fn mark(self, key: u32, at: &'static Location<'static>) -> Self {
                match self {
                    $($value => $same,)*
                    $failed => {
                        leave_typed::<E>(key, at);
                        $again
                    }
                }
            }

            #[cfg_attr(not(debug_assertions), inline(always))]
            fn mark_behind(self, key: u32, at: &'static Location<'static>) -> Self {
                match self {
                    $($value => $same,)*
                    $failed => {
                        leave_behind::<E>(key, at);
                        $again
                    }
                }
            }
        }
    };
}

can_fail!(Result<T, E> { Ok(value) => Ok(value), } Err(error) => Err(error));
can_fail!(
    Poll<Result<T, E>> {
        Poll::Pending => Poll::Pending,
        Poll::Ready(Ok(value)) => Poll::Ready(Ok(value)),
    }
    Poll::Ready(Err(error)) => Poll::Ready(Err(error))
);
can_fail!(
    Poll<Option<Result<T, E>>> {
        Poll::Pending => Poll::Pending,
        Poll::Ready(None) => Poll::Ready(None),
        Poll::Ready(Some(Ok(value))) => Poll::Ready(Some(Ok(value))),
    }
    Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error)))
);

/// For values that are no error: `Option`, `ControlFlow`, and what `?` cannot follow at all.
pub trait MarkAny {
    /// What is marked.
    type Value;

    /// Returns the value as it is.
    #[must_use]
    fn track_errors_mark(self, key: u32) -> Self::Value;

    /// Returns the value as it is.
    #[must_use]
    fn track_errors_mark_at(self, key: u32, at: &'static Location<'static>) -> Self::Value;

    /// Returns the value as it is.
    #[must_use]
    fn track_errors_mark_behind(self, key: u32) -> Self::Value;
}

impl<T> MarkAny for Tried<T> {
    type Value = T;

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn track_errors_mark(self, _: u32) -> T {
        self.0
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn track_errors_mark_at(self, _: u32, _: &'static Location<'static>) -> T {
        self.0
    }

    #[cfg_attr(not(debug_assertions), inline(always))]
    fn track_errors_mark_behind(self, _: u32) -> T {
        self.0
    }
}

#[cold]
#[inline(never)]
pub(crate) fn leave_typed<E>(key: Key, location: &'static Location<'static>) {
    leave(Mark::of::<E>(key, location));
}

/// `mark_here(KEY); bail!(…)`: an error is about to leave from here; its type is not known, unless
/// the value that it is made of was marked.
#[track_caller]
pub fn mark_here(key: u32) {
    mark_here_at(key, Location::caller());
}

/// The same, at another place.
pub fn mark_here_at(key: u32, at: &'static Location<'static>) {
    leave(Mark {
        key,
        location: at,
        type_name: None,
        layout: Layout::new::<()>(),
        is_behind: false,
    });
}

/// `Err(mark_error(error, KEY, PLACE))?`: an error is about to leave from this place. Returns it as it is.
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn mark_error<E>(error: E, key: u32, at: &'static Location<'static>) -> E {
    leave_typed::<E>(key, at);
    error
}

/// `Err(mark_value(error, KEY).into())`: a value is about to be converted into an error that
/// leaves. Returns it as it is.
#[track_caller]
#[cfg_attr(not(debug_assertions), inline(always))]
pub fn mark_value<E>(value: E, key: u32) -> E {
    leave_behind::<E>(key, Location::caller());
    value
}

/// The same for a value that is only looked at.
#[track_caller]
pub fn mark_reference<E>(_: &E, key: u32) {
    leave_behind::<E>(key, Location::caller());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::mark::{keeping, take};

    #[test]
    fn a_mark_is_taken_once_and_only_by_its_own_function() {
        let _ = Tried(Err::<(), _>(std::fmt::Error)).track_errors_mark(7);
        assert!(take(8).is_none(), "another function took the mark");
        let line = line!() - 2;
        let mark = take(7).expect("its own function finds the mark");
        assert_eq!((mark.location.line(), mark.type_name), (line, Some("core::fmt::Error")));
        assert!(take(7).is_none(), "the mark was taken twice");
    }

    #[test]
    fn a_mark_is_kept_while_other_code_leaves_its_own() {
        let _ = Tried(Err::<(), _>(std::fmt::Error)).track_errors_mark(7);
        keeping(|| {
            let _ = Tried(Err::<(), _>(())).track_errors_mark(8);
        });
        assert_eq!(take(7).and_then(|mark| mark.type_name), Some("core::fmt::Error"));
    }

    #[test]
    fn a_container_has_the_type_that_was_converted_into_it() {
        let boxed: Box<dyn std::error::Error> = mark_value(std::fmt::Error, 7).into();
        let _ = Tried(Err::<(), _>(boxed)).track_errors_mark(7);
        let mark = take(7).expect("a mark");
        assert_eq!(mark.type_name, Some("core::fmt::Error"));
        assert_eq!(mark.layout, Layout::new::<std::fmt::Error>());

        mark_reference(&std::fmt::Error, 7);
        mark_here(7);
        assert_eq!(take(7).and_then(|mark| mark.type_name), Some("core::fmt::Error"));
    }

    #[test]
    fn a_type_that_was_converted_into_one_that_says_more_is_forgotten() {
        let _ = mark_value(std::fmt::Error, 7);
        let _ = Tried(Err::<(), _>(7_u8)).track_errors_mark(7);
        assert_eq!(take(7).and_then(|mark| mark.type_name), Some("u8"));
    }

    #[test]
    fn a_text_says_no_more_than_the_container_that_is_made_of_it() {
        let _ = mark_value("no card", 7);
        let _ = mark_value(String::new(), 7);
        assert!(take(7).is_none());
    }

    #[test]
    fn values_that_are_no_error_leave_no_mark() {
        assert_eq!(Tried(Ok::<_, ()>(1)).track_errors_mark(9), Ok(1));
        assert_eq!(Tried(None::<u8>).track_errors_mark(9), None);
        assert!(Tried(Poll::<Result<(), ()>>::Pending).track_errors_mark(9).is_pending());
        assert!(take(9).is_none());
    }
}
