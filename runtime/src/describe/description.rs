//! [`Description`]: the content of a log besides its stack.

use std::sync::Arc;

use super::causes::causes;
use super::error_list::attachments;
use super::kind::{TypeAndVariant, kind, static_type};
use super::message::{MESSAGE_LIMIT, message, short_message};
use super::probe::{MessageSource, View};
use crate::base::hash::hash_text;
use crate::base::text::clip;
use crate::model::mark::Mark;
use crate::model::{Attachments, Cause};

/// The content of a log besides its stack. The calling thread makes it, so its names are raw;
/// [`TypeAndVariant`] makes them readable later.
#[derive(Debug)]
pub(crate) struct Description {
    pub(crate) kind: TypeAndVariant,
    pub(crate) message: Arc<str>,
    pub(crate) causes: Vec<Cause>,
    pub(crate) attachments: Option<Box<Attachments>>,
    /// How much the function that the error leaves knows of its type.
    pub(crate) knowledge: Knowledge,
}

/// How much a function knows of an error's type: a generic one may know less than its callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Knowledge {
    /// Its name.
    Type,
    /// `Debug`, and no `Display`.
    Debug,
    /// `Display`, and no `Error`: the causes are unknown.
    Display,
    /// `Error`, or a container for one.
    Error,
}

/// Describes an error. `mark` is from the last `?`.
pub(crate) fn describe(view: &View<'_>, mark: Option<&Mark>) -> Description {
    let causes = causes(view);
    let kind = kind(view, mark, &causes);
    let message = message(view, &kind, MESSAGE_LIMIT);
    let attachments = attachments(view);
    Description { kind, message, causes, attachments, knowledge: Knowledge::of(view) }
}

/// Describes an unlogged error, which outer functions must recognise. Omits the parts that only a log needs,
/// but has the hash of the whole description.
pub(crate) fn brief(view: &View<'_>, mark: Option<&Mark>) -> Description {
    let causes = causes(view);
    let kind = TypeAndVariant::of_type(static_type(view, mark));
    // The note about a cut comes after the compared part.
    let message = short_message(view, |text| Arc::from(text))
        .unwrap_or_else(|| message(view, &kind, HEAD + 16));
    Description { kind, message, causes, attachments: None, knowledge: Knowledge::of(view) }
}

impl Knowledge {
    fn of(view: &View<'_>) -> Self {
        match view.message {
            MessageSource::Error(_) | MessageSource::Erased(_) | MessageSource::List(_) => {
                Knowledge::Error
            }
            MessageSource::Display(_) => Knowledge::Display,
            MessageSource::None if view.debug.is_some() => Knowledge::Debug,
            MessageSource::None => Knowledge::Type,
        }
    }
}

/// Bytes of a text that comparisons of errors use.
const HEAD: usize = 512;

/// The part of a text that comparisons of errors use.
pub(crate) fn head(text: &str) -> &str {
    clip(text, HEAD)
}

impl Description {
    /// For the message and for each cause: the hash of it and of all causes below. The message first.
    pub(crate) fn chains(&self) -> Vec<u64> {
        let hashes = self.texts_from_root().scan(0, |behind, text| {
            *behind = hash_text(*behind, head(text));
            Some(*behind)
        });
        let mut chains: Vec<_> = hashes.collect();
        chains.reverse();
        chains
    }

    /// Hash of the message and of every cause.
    pub(crate) fn chain(&self) -> u64 {
        let behind = self.causes.iter().rev().map(|cause| &*cause.message);
        let behind = behind.fold(0, |behind, text| hash_text(behind, head(text)));
        hash_text(behind, head(&self.message))
    }

    /// The causes, the deepest first, and the message.
    fn texts_from_root(&self) -> impl Iterator<Item = &str> {
        let causes = self.causes.iter().rev().map(|cause| &*cause.message);
        causes.chain([&*self.message])
    }

    pub(crate) fn bytes(&self) -> usize {
        let causes: usize = self.causes.iter().map(Cause::bytes).sum();
        let attachments = self.attachments.as_ref().map_or(0, |attachments| attachments.bytes());
        size_of::<Self>() + self.message.len() + causes + attachments
    }
}
