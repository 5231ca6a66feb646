//! Marks left on the error path: where an `Err` is about to leave a function, and as which type.
//!
//! The macro puts an identity function around every `?` and around every call whose value the
//! function returns. On `Err` (and only then) it stores the place and the static type of the
//! error in the thread's mark; the wrapper, which runs next, takes it. So the log knows the line
//! without unwinding and without symbols, and the type that a `?` converted away into
//! `Box<dyn Error>`, `anyhow::Error` or `eyre::Report`.
//!
//! One mark a thread is enough: between a `?` and the end of the call only destructors run. If
//! one of those calls a tracked function that fails, the outer function's mark may be
//! overwritten; the key then keeps anybody from taking a mark that is not his, and the outer log
//! falls back to the place of its function.
//!
//! Cost: nothing on the `Ok` path; one thread-local store on the `Err` path. Never panics.

use std::any::type_name;
use std::cell::Cell;
use std::ops::ControlFlow;
use std::panic::Location;
use std::task::Poll;

use crate::describe::is_erased;
use crate::site::Key;

/// Where and as which type an error was last seen inside a function.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    key: Key,
    pub(crate) location: &'static Location<'static>,
    /// `type_name` of the error before `?` converted it; `None` where there was no value to ask.
    pub(crate) type_name: Option<&'static str>,
    /// The type is the one before context was added, in the same expression.
    is_behind: bool,
}

thread_local! {
    static MARK: Cell<Option<Mark>> = const { Cell::new(None) };
}

#[cold]
fn leave(key: Key, location: &'static Location<'static>, type_name: Option<&'static str>) {
    // What is behind a container for any error says more than the container.
    let behind = MARK.get().filter(|mark| mark.is_behind && mark.key == key);
    let type_name = match (behind, type_name) {
        (Some(behind), Some(container)) if is_erased(container) => behind.type_name,
        _ => type_name,
    };
    MARK.set(Some(Mark { key, location, type_name, is_behind: false }));
}

#[cold]
#[inline(never)]
fn leave_behind<E>(key: Key, location: &'static Location<'static>) {
    let type_name = Some(type_name::<E>());
    MARK.set(Some(Mark { key, location, type_name, is_behind: true }));
}

/// A value that context is about to be added to.
#[derive(Debug)]
pub struct Behind<T>(pub T);

// An inherent method is preferred to that of a trait, so any other type goes to the trait.
impl<T, E> Behind<Result<T, E>> {
    /// Leaves a mark if the value is an error, and returns it as it is.
    #[track_caller]
    #[inline(always)]
    pub fn track_errors_mark(self, key: u32) -> Result<T, E> {
        match self.0 {
            Ok(value) => Ok(value),
            Err(error) => {
                leave_behind::<E>(key, Location::caller());
                Err(error)
            }
        }
    }
}

/// For values that are no `Result`.
pub trait MarkAny {
    /// What is marked.
    type Value;

    /// Returns the value as it is.
    #[must_use]
    fn track_errors_mark(self, key: u32) -> Self::Value;
}

impl<T> MarkAny for Behind<T> {
    type Value = T;

    #[inline(always)]
    fn track_errors_mark(self, _: u32) -> T {
        self.0
    }
}

/// The mark of the function with this key, if the last one on this thread is its own.
pub(crate) fn take(key: Key) -> Option<Mark> {
    let mark = MARK.get().filter(|mark| mark.key == key)?;
    MARK.set(None);
    Some(mark)
}

#[cold]
#[inline(never)]
pub(crate) fn leave_typed<E>(key: Key, location: &'static Location<'static>) {
    leave(key, location, Some(type_name::<E>()));
}

/// What `?` can stand behind.
#[diagnostic::on_unimplemented(
    message = "the `?` operator can only be applied to values that implement `Try`",
    label = "the `?` operator cannot be applied to type `{Self}`"
)]
pub trait Tried: Sized {
    /// Leaves a mark if the value is an error, and returns it as it is.
    #[must_use]
    fn tried(self, key: u32, location: &'static Location<'static>) -> Self;
}

// In all of these the error is moved through a `match` and never borrowed inside the `Result`:
// a reference would pin the `Result` to memory and slow down the `Ok` path.

impl<T, E> Tried for Result<T, E> {
    #[inline(always)]
    fn tried(self, key: u32, location: &'static Location<'static>) -> Self {
        match self {
            Ok(value) => Ok(value),
            Err(error) => {
                leave_typed::<E>(key, location);
                Err(error)
            }
        }
    }
}

impl<T, E> Tried for Poll<Result<T, E>> {
    #[inline(always)]
    fn tried(self, key: u32, location: &'static Location<'static>) -> Self {
        match self {
            Poll::Pending => Poll::Pending,
            Poll::Ready(result) => Poll::Ready(result.tried(key, location)),
        }
    }
}

impl<T, E> Tried for Poll<Option<Result<T, E>>> {
    #[inline(always)]
    fn tried(self, key: u32, location: &'static Location<'static>) -> Self {
        match self {
            Poll::Pending => Poll::Pending,
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Ready(Some(result)) => Poll::Ready(Some(result.tried(key, location))),
        }
    }
}

/// `None` is no error.
impl<T> Tried for Option<T> {
    #[inline(always)]
    fn tried(self, _: u32, _: &'static Location<'static>) -> Self {
        self
    }
}

/// A break is no error.
impl<B, C> Tried for ControlFlow<B, C> {
    #[inline(always)]
    fn tried(self, _: u32, _: &'static Location<'static>) -> Self {
        self
    }
}

/// `mark(expr)?`: the place is that of the caller, which is the `?`.
#[track_caller]
#[inline(always)]
pub fn mark<T: Tried>(value: T, key: u32) -> T {
    value.tried(key, Location::caller())
}

/// `mark_here(); bail!(…)`: an error is about to leave from here; its type is not known.
#[track_caller]
pub fn mark_here(key: u32) {
    leave(key, Location::caller(), None);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_taken_once_and_only_by_its_own_function() {
        let _ = mark(Err::<(), _>(std::fmt::Error), 7);
        assert!(take(8).is_none(), "another function took the mark");
        let line = line!() - 2;
        let mark = take(7).expect("its own function finds the mark");
        assert_eq!((mark.location.line(), mark.type_name), (line, Some("core::fmt::Error")));
        assert!(take(7).is_none(), "the mark was taken twice");
    }

    #[test]
    fn values_that_are_no_error_leave_no_mark() {
        assert_eq!(mark(Ok::<_, ()>(1), 9), Ok(1));
        assert_eq!(mark(None::<u8>, 9), None);
        assert!(mark(Poll::<Result<(), ()>>::Pending, 9).is_pending());
        assert!(take(9).is_none());
    }
}
