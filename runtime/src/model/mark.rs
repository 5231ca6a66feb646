//! The mark of a thread: place and type of the error last seen inside a function.

use std::alloc::Layout;
use std::any::type_name;
use std::cell::Cell;
use std::panic::Location;

use crate::model::site::Key;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) key: Key,
    pub(crate) location: &'static Location<'static>,
    /// `type_name` of the error before its conversion; `None` if there was no value.
    pub(crate) type_name: Option<&'static str>,
    /// The layout of that type. Another layout means another error.
    pub(crate) layout: Layout,
    /// The type is from before a conversion in the same expression.
    pub(crate) is_behind: bool,
}

impl Mark {
    pub(crate) fn of<E>(key: Key, location: &'static Location<'static>) -> Self {
        let (type_name, layout) = (Some(type_name::<E>()), Layout::new::<E>());
        Mark { key, location, type_name, layout, is_behind: false }
    }
}

thread_local! {
    static MARK: Cell<Option<Mark>> = const { Cell::new(None) };
}

pub(crate) fn get() -> Option<Mark> {
    MARK.get()
}

pub(crate) fn set(mark: Mark) {
    MARK.set(Some(mark));
}

/// Runs code that may call tracked functions while an error leaves another one, and keeps that function's
/// mark.
pub(crate) fn keeping<T>(f: impl FnOnce() -> T) -> T {
    /// Restores the mark, also after a panic.
    struct PutBack(Option<Mark>);
    impl Drop for PutBack {
        fn drop(&mut self) {
            MARK.set(self.0);
        }
    }
    let _put_back = PutBack(MARK.get());
    f()
}

/// Takes this thread's last mark, if it belongs to the function with this key.
pub(crate) fn take(key: Key) -> Option<Mark> {
    let mark = MARK.get().filter(|mark| mark.key == key)?;
    MARK.set(None);
    Some(mark)
}
