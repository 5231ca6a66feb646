//! The causes of an error: its `source()` chain.

use std::error::Error;
use std::fmt::Write;

use super::known_types::known_type;
use super::probe::{MessageSource, View};
use crate::base::guarded::guarded;
use crate::base::text::written;
use crate::model::Cause;

/// Maximum number of causes.
pub(crate) const MAX_CAUSES: usize = 32;
/// Bytes of one cause's message, and of all messages together.
const CAUSE_LIMIT: usize = 2 * 1024;
const CAUSES_LIMIT: usize = 8 * 1024;

/// Every `source()`, nearest first. Ends at 32, at a cycle, and if `source()` panics.
pub(super) fn causes(view: &View<'_>) -> Vec<Cause> {
    let (MessageSource::Error(error) | MessageSource::Erased(error)) = view.message else {
        return Vec::new();
    };
    let mut found: Vec<Cause> = Vec::new();
    let mut seen: Vec<&(dyn Error + 'static)> = Vec::new();
    let mut room = CAUSES_LIMIT;
    let mut next = guarded(|| error.source()).flatten();
    while let Some(cause) = next {
        // By address and type: zero-sized types may share an address.
        let turned_back = seen.iter().any(|earlier| std::ptr::eq(*earlier, cause));
        if found.len() == MAX_CAUSES || room == 0 || turned_back {
            break;
        }
        seen.push(cause);
        let message = written(CAUSE_LIMIT.min(room), |out| write!(out, "{cause}"));
        room = room.saturating_sub(message.len());
        found.push(Cause { kind: known_type(cause), message, is_presumed: false });
        next = guarded(|| cause.source()).flatten();
    }
    found
}
