//! Whether two errors are the same one.
//!
//! In: what was kept of an error that left a tracked function, and the description of one that leaves
//! another. Out: how alike they are, or that they are two errors. An address proves nothing: boxes and stack
//! slots are reused at once, so types and texts are compared. When in doubt they are two errors: a duplicate
//! is a nuisance, a loss is a defect. Bounded: 512 bytes of text an error.
//!
//! The property test `tests/once_property.rs` runs random call trees against a model that knows which error
//! is which; the guide's page on boundaries lists the cases in which the rule errs.

use std::sync::Arc;

use crate::describe::{Description, Knowledge, head, is_erased, is_text, last_segment, unboxed};

/// What is kept of an error to recognise it further out.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    /// Type and text are those with which it last left a call: conversions change both.
    type_name: &'static str,
    /// The beginning of its message.
    text: Arc<str>,
    /// Hash of the message and of every cause behind it.
    chain: u64,
    has_causes: bool,
    pub(crate) knowledge: Knowledge,
}

/// How alike the same error is to what was kept of it. The most alike wins; among equals, the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// The types are the same, and one of the two functions knows nothing but the type.
    ByType,
    /// The new text contains the old one: a conversion changed it.
    ByText,
    /// The new error has it, with all its causes, in its `source()` chain.
    Behind,
    /// Type and all texts are the same.
    Same,
}

/// How an error changed since it left the function before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    None,
    /// This function knows less of the type: it is generic.
    KnowsLess,
    /// This function knows more of the type than generic ones before it.
    KnowsMore,
    /// A conversion changed the message.
    NewMessage,
}

/// An error that leaves a call, to be compared with those that were seen before.
#[derive(Debug)]
pub(crate) struct Candidate<'a> {
    /// Its type, and the type that it had at the `?`.
    pub(crate) types: [&'static str; 2],
    pub(crate) description: &'a Description,
    /// It is known to be of the same place, so that equal texts suffice, however short.
    is_near: bool,
    /// Hash of each text together with all later ones, the message first.
    chains: Vec<u64>,
}

impl<'a> Candidate<'a> {
    pub(crate) fn new(types: [&'static str; 2], description: &'a Description) -> Self {
        Candidate { types, description, is_near: false, chains: description.chains() }
    }

    /// One that is of the same place as those with which it is compared.
    pub(crate) fn near(self) -> Self {
        Candidate { is_near: true, ..self }
    }
}

impl Known {
    pub(crate) fn new(type_name: &'static str, description: &Description) -> Self {
        let message = &description.message;
        let text = match head(message) {
            whole if whole.len() == message.len() => Arc::clone(message),
            head => head.into(),
        };
        Known {
            type_name,
            text,
            chain: description.chain(),
            has_causes: !description.causes.is_empty(),
            knowledge: description.knowledge,
        }
    }

    /// Whether the new error is this one, unchanged: type and hash are the same. Then its type becomes the
    /// first of `types`.
    pub(crate) fn is_unchanged(&mut self, types: [&'static str; 2], chain: u64) -> bool {
        let is_same = types.contains(&self.type_name) && self.chain == chain;
        if is_same {
            self.type_name = types[0];
        }
        is_same
    }

    /// Whether a panic's message ends with `Debug` of this error, as that of `unwrap` and `expect` does: it shows the
    /// error's text, or begins with the name of its type or variant.
    pub(crate) fn is_unwrapped_in(&self, panic: &str, variant: Option<&str>) -> bool {
        let is_name = |debug: &str, name: &str| {
            let rest = debug.strip_prefix(name).filter(|_| !name.is_empty());
            rest.is_some_and(|rest| {
                rest.is_empty() || rest.starts_with('(') || rest.starts_with(" {")
            })
        };
        let text = self.text.split(" (os error ").next().unwrap_or_default();
        let names = [Some(last_segment(unboxed(self.type_name))), variant];
        let mut after_colons =
            panic.match_indices(": ").map(|(at, colon)| &panic[at + colon.len()..]);
        // The first one holds the others.
        let shows = after_colons.clone().next().is_some_and(|debug| holds(debug, text));
        shows && !text.is_empty()
            || after_colons.any(|debug| names.iter().flatten().any(|name| is_name(debug, name)))
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Keeps what the error is now, and returns how it changed. `types`: as in [`Candidate`].
    pub(crate) fn update(&mut self, types: [&'static str; 2], new: &Description) -> Change {
        let change = self.change(types, new);
        if change != Change::KnowsLess {
            *self = Known::new(types[0], new);
        }
        change
    }

    fn change(&self, types: [&'static str; 2], new: &Description) -> Change {
        // A conversion's message belongs to the error, even if the new type has fewer traits: the log has
        // the final message. A type without `Display` has no message.
        let is_described = new.knowledge >= Knowledge::Display;
        let is_other_text = *self.text != *head(&new.message);
        let was_described = self.knowledge >= Knowledge::Display;
        if new.knowledge < self.knowledge && (types[0] == self.type_name || !is_described) {
            Change::KnowsLess
        } else if new.knowledge > self.knowledge
            && types.contains(&self.type_name)
            && !(was_described && is_other_text)
        {
            Change::KnowsMore
        } else if is_other_text {
            Change::NewMessage
        } else {
            Change::None
        }
    }

    /// Bytes that are kept for comparison alone.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.text.len()
    }

    /// Whether its message is this text, or both are too long to tell them apart.
    pub(crate) fn is_of_text(&self, text: &str) -> bool {
        *self.text == *head(text)
    }

    /// Whether the types are the same.
    pub(crate) fn is_of_type(&self, other: &Known) -> bool {
        self.type_name == other.type_name
    }

    /// Whether errors of the type may have nothing in common: it holds any error, or is a text.
    pub(crate) fn is_of_any_type(&self) -> bool {
        is_erased(self.type_name) || is_text(self.type_name)
    }

    /// Whether the two cannot be told apart.
    pub(crate) fn is_equal(&self, other: &Known) -> bool {
        (self.type_name, self.chain) == (other.type_name, other.chain)
    }

    /// How alike the new error is; `None` if it is another one.
    ///
    /// 1. The hash of its message and causes, or of a part of its `source()` chain, is this one's.
    /// 2. Where one of the two functions does not know what its type has (a generic one without
    ///    `Display`), equal types suffice.
    /// 3. Its text, or that of a cause, is this one's, or its message holds this one's text. Short texts
    ///    (`timeout`) are in many messages by chance, so the shorter the text, the more it has to look like
    ///    a wrapped one. The same text with *other* causes is another error.
    pub(crate) fn likeness(&self, new: &Candidate<'_>) -> Option<Likeness> {
        let Candidate { types, description, is_near, chains } = new;
        let old = &*self.text;
        let same_type = types.contains(&self.type_name);
        if let Some(at) = chains.iter().position(|chain| *chain == self.chain) {
            return match at {
                0 if same_type => Some(Likeness::Same),
                0 if !self.has_causes && !is_near && !holds(old, old) => None,
                _ => Some(Likeness::Behind),
            };
        }
        let ranks = [self.knowledge, description.knowledge];
        if same_type && ranks[0] != ranks[1] && ranks.iter().any(|rank| *rank < Knowledge::Display)
        {
            return Some(Likeness::ByType);
        }
        // A function that does not know the causes cannot tell that they differ.
        let knows_causes = !ranks.contains(&Knowledge::Display);
        let causes = &description.causes;
        let may_be = |behind: usize| !self.has_causes || behind == 0 || !knows_causes;
        if old.is_empty() {
            return None;
        }
        if *old == *head(&description.message) {
            let is_one = may_be(causes.len()) && (same_type || *is_near || holds(old, old));
            return is_one.then_some(Likeness::ByText);
        }
        let in_causes = causes
            .iter()
            .enumerate()
            .any(|(at, cause)| *head(&cause.message) == *old && may_be(causes.len() - at - 1));
        (in_causes || holds(&description.message, old)).then_some(Likeness::ByText)
    }
}

/// The entry that is most like the new error, and of equals the last one.
pub(crate) fn most_alike<'k>(
    entries: impl Iterator<Item = &'k Known>,
    new: &Candidate<'_>,
) -> Option<(Likeness, usize)> {
    let all = entries.enumerate().filter_map(|(at, known)| Some((known.likeness(new)?, at)));
    all.max()
}

/// Whether `message` contains `part` by intention: anywhere if `part` has at least 16 bytes; as the whole
/// message from 8 bytes on; set off by punctuation, as in `reading: part` and `failed (part)`, from 4 bytes
/// on.
fn holds(message: &str, part: &str) -> bool {
    const ANYWHERE: usize = 16;
    const WHOLE: usize = 8;
    const SET_OFF: usize = 4;

    message.match_indices(part).any(|(at, _)| {
        let (before, after) = (&message[..at], &message[at + part.len()..]);
        let opens = before.trim_end().ends_with([':', '(', '[', '"', '`', '\'', '-']);
        let closes =
            after.is_empty() || after.starts_with([',', ';', ')', ']', '"', '`', '\'', '\n']);
        part.len() >= ANYWHERE
            || (part.len() >= WHOLE && part.len() == message.len())
            || (part.len() >= SET_OFF && opens && closes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_shows_debug_of_an_error_and_not_only_a_word_of_its_type() {
        let known = |type_name| Known {
            type_name,
            text: "no disk".into(),
            chain: 0,
            has_causes: false,
            knowledge: Knowledge::Error,
        };
        let error = known("std::io::error::Error");
        for panic in ["reading: Error { code: 7 }", "reading: Error(7)", "reading: Error"] {
            assert!(error.is_unwrapped_in(panic, None), "{panic}");
        }
        assert!(!error.is_unwrapped_in("reading: Error of another kind", None));
        assert!(known("Broken").is_unwrapped_in("reading: \"no disk\"", None));
        // In one go: the text of a panic has no bound.
        assert!(!error.is_unwrapped_in(&"a: ".repeat(1_000_000), None));
    }

    #[test]
    fn short_texts_have_to_look_wrapped() {
        assert!(holds("reading: timeout", "timeout"));
        assert!(holds("failed (timeout)", "timeout"));
        assert!(!holds("the timeout was too long", "timeout"));
        assert!(!holds("user not found", "not found"));
        assert!(holds("not found", "not found"));
        assert!(!holds("eof", "eof"));
        assert!(holds(
            "at line 3 invalid digit found in string, sorry",
            "invalid digit found in string"
        ));
    }
}
