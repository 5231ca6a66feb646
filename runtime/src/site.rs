//! `Site`: what is known at compile time of one tracked function.
//!
//! Expanded code makes one `static` a function. It is built by the compiler, costs nothing at run
//! time, and everything else refers to it by `&'static Site`.

use std::panic::Location;

use crate::level::Level;

/// What is known at compile time of one tracked function.
#[derive(Debug)]
pub struct Site {
    pub(crate) module: &'static str,
    pub(crate) key: Key,
    /// The function's name in the source.
    pub(crate) location: &'static Location<'static>,
    pub(crate) service: Option<&'static str>,
    pub(crate) level: Option<Level>,
    pub(crate) kind: Option<&'static str>,
}

/// Tells the marks of one function from those of another. A hash made by the macro: it need not
/// be unique, only unlikely to meet itself on one thread between a `?` and the end of a call.
pub(crate) type Key = u32;

impl Site {
    /// The caller's place becomes the site's place.
    #[track_caller]
    #[must_use]
    pub const fn new(module: &'static str, key: u32) -> Self {
        Site { module, key, location: Location::caller(), service: None, level: None, kind: None }
    }

    /// The attribute's `service`.
    #[must_use]
    pub const fn service(mut self, service: &'static str) -> Self {
        self.service = Some(service);
        self
    }

    /// The attribute's `level`.
    #[must_use]
    pub const fn level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// The attribute's `kind`.
    #[must_use]
    pub const fn kind(mut self, kind: &'static str) -> Self {
        self.kind = Some(kind);
        self
    }
}
