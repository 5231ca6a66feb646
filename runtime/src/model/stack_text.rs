//! `StackText`: the stack of an error log. A `str` for all readers, and its parts for the writer of lines.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use crate::base::json::{Escaped, Value};

/// The text of a stack: header, frames, causes.
///
/// It is read as a `str`. The text is put together for the first reader: the lines of error logs are written from its
/// parts, which errors share. A hook changes it in place by [`to_mut`](Self::to_mut), or assigns a new one:
///
/// ```
/// # let mut stack = track_errors::StackText::from("shop::PayError: no card 4711");
/// stack = stack.replace("4711", "[card]").into();
/// assert_eq!(stack, "shop::PayError: no card [card]");
/// ```
#[derive(Clone, Default)]
pub struct StackText {
    parts: Option<Box<Parts>>,
    /// The text, if it is not made of parts.
    text: String,
}

#[derive(Clone)]
struct Parts {
    header: String,
    frames: Arc<Escaped>,
    causes: String,
    whole: OnceLock<String>,
}

impl StackText {
    pub(crate) fn new(header: String, frames: Arc<Escaped>, causes: String) -> Self {
        let parts = Parts { header, frames, causes, whole: OnceLock::new() };
        StackText { parts: Some(Box::new(parts)), text: String::new() }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.parts.as_ref().map_or(&self.text, |parts| {
            let Parts { header, frames, causes, whole } = &**parts;
            whole.get_or_init(|| [&**header, &frames.plain(), causes].concat())
        })
    }

    /// The text, to change it.
    pub fn to_mut(&mut self) -> &mut String {
        if self.parts.is_some() {
            self.text = self.as_str().to_owned();
            self.parts = None;
        }
        &mut self.text
    }

    /// Removes the text.
    pub fn clear(&mut self) {
        *self = StackText::default();
    }

    /// Whether it has no characters. A text of parts has a header.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_none() && self.text.is_empty()
    }

    pub(crate) fn write(&self, place: Value<'_>) {
        match self.parts.as_deref() {
            Some(Parts { header, frames, causes, .. }) => place.text_around(header, frames, causes),
            None => place.text(&self.text),
        }
    }
}

impl Deref for StackText {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl From<String> for StackText {
    fn from(text: String) -> Self {
        StackText { parts: None, text }
    }
}

impl From<&str> for StackText {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<StackText> for String {
    fn from(mut text: StackText) -> Self {
        std::mem::take(text.to_mut())
    }
}

impl AsRef<str> for StackText {
    fn as_ref(&self) -> &str {
        self
    }
}

impl fmt::Display for StackText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl fmt::Debug for StackText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl PartialEq for StackText {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for StackText {}

impl PartialEq<str> for StackText {
    fn eq(&self, other: &str) -> bool {
        **self == *other
    }
}

impl PartialEq<&str> for StackText {
    fn eq(&self, other: &&str) -> bool {
        **self == **other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::json;

    fn made_of_parts() -> StackText {
        let frames = Escaped::from("\n   0: shop::pay\n             at \"C:\\\\pay.rs\":7");
        StackText::new("no\t\"card\"".to_owned(), Arc::new(frames), "\nCaused by: é".to_owned())
    }

    fn written(stack: &StackText) -> String {
        json::text(|object| stack.write(object.key("stack")))
    }

    #[test]
    fn a_text_of_parts_is_read_and_written_as_the_whole_one() {
        let (parts, whole) = (made_of_parts(), StackText::from(made_of_parts().as_str()));
        let text =
            "no\t\"card\"\n   0: shop::pay\n             at \"C:\\\\pay.rs\":7\nCaused by: é";
        assert_eq!((parts.as_str(), &parts), (text, &whole));
        assert_eq!(written(&parts), written(&whole));
        assert_eq!(parts.to_string(), text);
        assert_eq!(format!("{parts:?}"), format!("{text:?}"));
        assert_eq!(String::from(parts), text);
    }

    #[test]
    fn a_hook_changes_the_text_that_is_written() {
        let mut stack = made_of_parts();
        stack.to_mut().push('!');
        assert!(stack.ends_with("é!") && written(&stack).ends_with("é!\"}"));
        stack.clear();
        assert!(stack.is_empty() && !made_of_parts().is_empty());
        assert_eq!(stack, "");
    }
}
