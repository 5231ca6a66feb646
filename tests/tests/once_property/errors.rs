//! Errors of the call trees, and what a node does with the error of a child.

use std::error::Error;
use std::fmt;
use std::io;

use super::tree::OnError;

pub(crate) type Boxed = Box<dyn Error + Send + Sync>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Io,
    App,
    Text,
    Boxed,
    Any,
}

impl Kind {
    pub(crate) const ALL: &[Kind] = &[Kind::Io, Kind::App, Kind::Text, Kind::Boxed, Kind::Any];
}

/// An error of any of the kinds.
#[derive(Debug)]
pub(crate) enum Value {
    Io(io::Error),
    App(AppError),
    Text(String),
    Boxed(Boxed),
    Any(anyhow::Error),
}

#[derive(Debug)]
pub(crate) enum AppError {
    Plain(String),
    Caused { place: String, source: Boxed },
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AppError::Plain(text) => f.write_str(text),
            AppError::Caused { place, .. } => write!(f, "the app failed at {place}"),
        }
    }
}

impl Error for AppError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            AppError::Plain(_) => None,
            AppError::Caused { source, .. } => Some(&**source),
        }
    }
}

impl Value {
    pub(crate) fn new(kind: Kind, text: String) -> Self {
        match kind {
            Kind::Io => Value::Io(io::Error::other(text)),
            Kind::App => Value::App(AppError::Plain(text)),
            Kind::Text => Value::Text(text),
            Kind::Boxed => Value::Boxed(text.into()),
            Kind::Any => Value::Any(anyhow::Error::msg(text)),
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Value::Io(_) => Kind::Io,
            Value::App(_) => Kind::App,
            Value::Text(_) => Kind::Text,
            Value::Boxed(_) => Kind::Boxed,
            Value::Any(_) => Kind::Any,
        }
    }

    pub(crate) fn boxed(self) -> Boxed {
        match self {
            Value::Io(error) => error.into(),
            Value::App(error) => error.into(),
            Value::Text(text) => text.into(),
            Value::Boxed(error) => error,
            Value::Any(error) => error.into(),
        }
    }

    /// Converts it as `?` does.
    pub(crate) fn into_kind(self, kind: Kind, place: &str) -> Self {
        if self.kind() == kind {
            return self;
        }
        match kind {
            Kind::Io => Value::Io(io::Error::other(self.boxed())),
            Kind::App => {
                Value::App(AppError::Caused { place: place.to_owned(), source: self.boxed() })
            }
            Kind::Text => Value::Text(self.to_string()),
            Kind::Boxed => Value::Boxed(self.boxed()),
            Kind::Any => Value::Any(anyhow::Error::from_boxed(self.boxed())),
        }
    }

    /// An error of this kind with it as source; a text mentions it instead.
    pub(crate) fn wrapped(self, kind: Kind, place: &str) -> Self {
        let caused = |source| AppError::Caused { place: place.to_owned(), source };
        match kind {
            Kind::Io => Value::Io(io::Error::other(caused(self.boxed()))),
            Kind::App => Value::App(caused(self.boxed())),
            Kind::Text => Value::Text(format!("{place} failed ({self})")),
            Kind::Boxed => Value::Boxed(caused(self.boxed()).into()),
            Kind::Any => {
                Value::Any(anyhow::Error::from_boxed(self.boxed()).context(format!("at {place}")))
            }
        }
    }

    /// The texts of its `source()` chain.
    pub(crate) fn causes(&self) -> Vec<String> {
        let mut next = match self {
            Value::Io(error) => error.source(),
            Value::App(error) => error.source(),
            Value::Text(_) => None,
            Value::Boxed(error) => error.source(),
            Value::Any(error) => error.source(),
        };
        let mut texts = Vec::new();
        while let Some(error) = next {
            texts.push(error.to_string());
            next = error.source();
        }
        texts
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Io(error) => error.fmt(f),
            Value::App(error) => error.fmt(f),
            Value::Text(text) => text.fmt(f),
            Value::Boxed(error) => error.fmt(f),
            Value::Any(error) => error.fmt(f),
        }
    }
}

impl OnError {
    /// What a node of this kind returns for the error of a child; `None` if it continues. `place` names the
    /// node and the child.
    pub(crate) fn apply(self, error: Value, kind: Kind, place: &str) -> Option<Value> {
        Some(match self {
            OnError::Propagate => error.into_kind(kind, place),
            OnError::Wrap => error.wrapped(kind, place),
            OnError::Mention => Value::new(kind, format!("{place} did not work: {error}")),
            OnError::Hide => Value::new(kind, format!("something went wrong at {place}")),
            OnError::Replace => Value::new(kind, format!("another reason to fail at {place}")),
            OnError::Handle => return None,
        })
    }
}
