//! What an error carries beside its message and its causes.

use std::fmt::{self, Write};

use crate::base::source;
use crate::base::text::{Bounded, written};

/// Maximum number of texts.
const MAX_ATTACHMENTS: usize = 32;
/// Bytes of one text, and of all texts together.
const TEXT_LIMIT: usize = 512;
const TEXTS_LIMIT: usize = 4 * 1024;

/// Texts that an error carries beside its message and its causes, such as the places where it was made or converted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attachments {
    pub(crate) texts: Vec<String>,
    /// The number of attachments without a text, and of those without room.
    pub(crate) left_out: u32,
}

impl Attachments {
    /// Adds the text that is written. Runs the user's `Display`, guarded.
    pub(crate) fn push(&mut self, write: impl FnOnce(&mut Bounded) -> fmt::Result) {
        let room = TEXTS_LIMIT.saturating_sub(self.bytes());
        if self.texts.len() == MAX_ATTACHMENTS || room == 0 {
            return self.leave_out();
        }
        self.texts.push(written(TEXT_LIMIT.min(room), write));
    }

    /// `at src/pay.rs:7:5`, with the path as in a stack.
    pub(crate) fn push_place(&mut self, file: &str, line: u32, column: u32) {
        self.push(|out| write!(out, "at {}:{line}:{column}", source::path(file, &[])));
    }

    /// Counts one without a text.
    pub(crate) fn leave_out(&mut self) {
        self.left_out = self.left_out.saturating_add(1);
    }

    /// `None` if there are none.
    pub(crate) fn boxed(self) -> Option<Box<Self>> {
        (self != Self::default()).then(|| Box::new(self))
    }

    /// The bytes of all texts.
    pub(crate) fn bytes(&self) -> usize {
        self.texts.iter().map(String::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attachments_are_bounded_and_those_without_room_are_counted() {
        let mut attachments = Attachments::default();
        for _ in 0..40 {
            attachments.push(|out| out.write_str("short"));
        }
        assert_eq!((attachments.texts.len(), attachments.left_out), (32, 8));

        let mut attachments = Attachments::default();
        for _ in 0..20 {
            attachments.push(|out| out.write_str(&"x".repeat(10_000)));
        }
        assert!(attachments.bytes() < TEXTS_LIMIT + 2 * 32, "{}", attachments.bytes());
        assert_eq!(attachments.texts.len() + attachments.left_out as usize, 20);
        assert!(attachments.texts[0].ends_with("… [cut at 512 bytes]"));
    }
}
