//! What a sink of this crate says is wrong: a text without a part of the batch, which any log may have.

use std::borrow::Cow;
use std::fmt;
use std::io;

#[derive(Debug)]
pub(crate) struct Problem(Cow<'static, str>);

impl Problem {
    /// An error with this text.
    pub(super) fn error(kind: io::ErrorKind, text: impl Into<Cow<'static, str>>) -> io::Error {
        io::Error::new(kind, Problem(text.into()))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Problem {}
