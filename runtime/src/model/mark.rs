//! The mark of a thread: where, and as which type, an error was last seen inside a function.

use std::alloc::Layout;
use std::any::type_name;
use std::cell::Cell;
use std::panic::Location;

use crate::model::site::Key;

/// Where and as which type an error was last seen inside a function.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) key: Key,
    pub(crate) location: &'static Location<'static>,
    /// `type_name` of the error before its conversion; `None` where there was no value.
    pub(crate) type_name: Option<&'static str>,
    /// The layout of that type: an error of another layout is another error.
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

/// The mark that this thread left last.
pub(crate) fn get() -> Option<Mark> {
    MARK.get()
}

/// Leaves a mark.
pub(crate) fn set(mark: Mark) {
    MARK.set(Some(mark));
}

/// Runs code that may call tracked functions while an error is about to leave another one: the mark of that
/// one stays.
pub(crate) fn keeping<T>(f: impl FnOnce() -> T) -> T {
    /// Also after a panic.
    struct PutBack(Option<Mark>);
    impl Drop for PutBack {
        fn drop(&mut self) {
            MARK.set(self.0);
        }
    }
    let _put_back = PutBack(MARK.get());
    f()
}

/// Takes the last mark of this thread, if it is of the function with this key.
pub(crate) fn take(key: Key) -> Option<Mark> {
    let mark = MARK.get().filter(|mark| mark.key == key)?;
    MARK.set(None);
    Some(mark)
}
