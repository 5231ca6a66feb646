//! `Frame`: what symbols or a trail say of one call. `StackFrame`: the same as a line of a stack, shared by all
//! stacks that have it.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use super::hidden::is_entry;
use crate::base::escape::OneLine;
use crate::base::json::Escaped;
use crate::model::Step;

/// A function and, if known, the place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) function: String,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<u32>,
    pub(crate) column: Option<u32>,
    /// It has no known name: `function` is an offset in an image.
    pub(crate) unnamed: Option<Unnamed>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unnamed {
    /// The build id of its image.
    pub(super) build_id: Option<Arc<str>>,
}

impl Frame {
    /// The frame of a function that an error left.
    pub(crate) fn of_step(step: &Step) -> Frame {
        let place = step.location;
        Frame {
            file: Some(place.path().into_owned()),
            line: Some(place.line()),
            column: Some(place.column()).filter(|column| *column != 0),
            ..Frame::named(step.site.function().into_owned())
        }
    }

    /// A frame with only a name.
    pub(super) fn named(function: String) -> Self {
        Frame { function, file: None, line: None, column: None, unnamed: None }
    }

    /// An inlined closure; line tables alone give it no path: `{closure#0}`.
    pub(super) fn is_anonymous(&self) -> bool {
        self.function.starts_with('{')
    }

    /// The text behind its number: the function, and in a second line the place.
    pub(super) fn lines(&self) -> String {
        let mut text = OneLine(&self.function).to_string();
        if let (Some(file), Some(line)) = (&self.file, self.line) {
            text.push_str(&format!("\n             at {}:{line}", OneLine(file)));
            if let Some(column) = self.column {
                text.push_str(&format!(":{column}"));
            }
        }
        text
    }
}

/// A frame of a stack. A clone shares the frame and its text.
#[derive(Debug, Clone)]
pub(super) struct StackFrame {
    pub(super) shared: Arc<Shared>,
    /// Number of closures and async blocks of the function around it.
    pub(super) closures: u32,
    /// It is a dependency's code.
    pub(super) is_foreign: bool,
}

#[derive(Debug)]
pub(super) struct Shared {
    frame: Frame,
    /// Whether the function is a path without types or closures.
    is_plain: bool,
    /// Whether the function is an entry point of the system or of an executor.
    is_entry: bool,
    /// Made for the first stack that shows it.
    text: OnceLock<Escaped>,
    /// Of a closure without a path: the same place, named by the first function that it was in.
    named: OnceLock<StackFrame>,
}

impl StackFrame {
    /// The same place, in the function that the other frame names.
    pub(super) fn named_as(&self, other: &StackFrame) -> Self {
        let function = &other.function;
        let name = || Frame { function: function.clone(), ..Frame::clone(self) }.into();
        // It was inlined into one function, as a rule.
        let known = self.shared.named.get_or_init(name);
        let named = if known.function == *function { known.clone() } else { name() };
        StackFrame { closures: other.closures, is_foreign: self.is_foreign, ..named }
    }

    /// Whether the function is a path without types or closures.
    pub(super) fn is_plain(&self) -> bool {
        self.shared.is_plain
    }

    /// Whether the function is an entry point of the system or of an executor.
    pub(super) fn is_entry(&self) -> bool {
        self.shared.is_entry
    }

    /// Its memory, with the text.
    pub(super) fn bytes(&self) -> usize {
        let texts = self.function.len() + self.file.as_ref().map_or(0, String::len);
        size_of::<Shared>() + 2 * texts + 32
    }

    /// [`Frame::lines`], escaped.
    pub(super) fn text(&self) -> &Escaped {
        self.shared.text.get_or_init(|| Escaped::from(&*Frame::lines(self)))
    }
}

impl Deref for StackFrame {
    type Target = Frame;

    fn deref(&self) -> &Frame {
        &self.shared.frame
    }
}

impl From<Frame> for StackFrame {
    fn from(frame: Frame) -> Self {
        let is_plain = frame.function.contains("::") && !frame.function.contains(['<', '{']);
        let is_entry = is_entry(&frame.function);
        let shared = Arc::new(Shared {
            frame,
            is_plain,
            is_entry,
            text: OnceLock::new(),
            named: OnceLock::new(),
        });
        StackFrame { shared, closures: 0, is_foreign: false }
    }
}
