//! The message of an error.

use std::fmt::{Display, Write};
use std::sync::Arc;

use super::kind::TypeAndVariant;
use super::probe::{MessageSource, View};
use crate::base::guarded::guarded;
use crate::base::hash::hash_text;
use crate::base::text::{shared, short};

pub(super) const MESSAGE_LIMIT: usize = 8 * 1024;

/// `Display`, else `Debug`, else the type: the first text that is not blank.
pub(super) fn message(view: &View<'_>, kind: &TypeAndVariant, limit: usize) -> Arc<str> {
    let display = display(view).map(|error| shared(limit, |out| write!(out, "{error}")));
    let is_blank = |text: &Arc<str>| text.chars().all(char::is_whitespace);
    display
        .filter(|text| !is_blank(text))
        .or_else(|| {
            let debug = view.debug?;
            Some(shared(limit, |out| write!(out, "{debug:?}")))
        })
        .filter(|text| !is_blank(text))
        .unwrap_or_else(|| kind.name().into())
}

fn display<'a>(view: &View<'a>) -> Option<&'a dyn Display> {
    match view.message {
        MessageSource::Error(error) | MessageSource::Erased(error) => Some(error),
        MessageSource::List(list) => Some(list),
        MessageSource::Display(error) => Some(error),
        MessageSource::None => None,
    }
}

/// The result of `then` on `Display`, if that is short and plain.
pub(super) fn short_message<T>(view: &View<'_>, then: impl FnOnce(&str) -> T) -> Option<T> {
    let display = display(view)?;
    short(|out| write!(out, "{display}"), then)
}

/// The hash of message and causes, if it needs no allocation: the message is short, and there is no cause.
pub(crate) fn short_chain(view: &View<'_>) -> Option<u64> {
    match view.message {
        MessageSource::Error(error) | MessageSource::Erased(error) => {
            if guarded(|| error.source().is_some())? {
                return None;
            }
        }
        MessageSource::List(_) => return None,
        MessageSource::Display(_) | MessageSource::None => {}
    }
    short_message(view, |message| hash_text(0, message))
}
