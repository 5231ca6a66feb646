//! `shorten`: shortens a record whose line is too long.
//!
//! The bounds of [`ErrorRecord`] allow a line of less than 254,000 bytes, with names of 256 bytes and every
//! character escaped. Such a record is written whole; in `otlp` with Datadog's names too, unless most of its characters
//! are escaped. Longer lines come only from names and literals of many kilobytes in the source, a resource of control
//! characters, or a hook. Then each text is cut, with a note of how much.
//!
//! A cut record always fits while it has at most 64 fields, 16 spans, and 32 causes, attachments and step messages each.
//! The bounds count the text in JSON, and the worst line has less than 250,000 bytes. The resource, bounded before it is
//! escaped, takes about 98,000 of them.

use std::borrow::Cow;
use std::ops::Deref;

use crate::base::json;
use crate::model::{ErrorRecord, FieldValue};

/// Bytes of a text in JSON, of one of many, and of a name of those.
const TEXT: usize = 512;
const ENTRY: usize = 256;
const ENTRY_NAME: usize = 128;
/// Bytes of the stack in JSON.
const STACK: usize = 32 * 1024;
/// Bytes in JSON of a name in a line of counts.
const NAME: usize = 4 * 1024;

/// The record with texts short enough for any line.
pub(super) fn shortened(record: &ErrorRecord) -> ErrorRecord {
    let mut short = record.clone();
    // Lists every field by name, so that a new text is not forgotten.
    let ErrorRecord {
        service,
        kind,
        error_type,
        fingerprint,
        message,
        log_message,
        causes,
        attachments,
        stack,
        build_id,
        fields,
        location,
        function,
        module,
        thread,
        step_messages,
        boundary,
        unlogged_kinds,
        id: _,
        timestamp: _,
        level: _,
        spans,
        attachments_left_out: _,
        fields_left_out: _,
        trace: _,
        carried: _,
        step_messages_left_out: _,
        steps_left_out: _,
        presumed: _,
        ambiguous: _,
        handled: _,
        suppressed: _,
        dropped: _,
        handled_count: _,
    } = &mut short;
    cut(stack, STACK);
    cut(message, TEXT);
    log_message.iter_mut().for_each(|text| cut(text, TEXT));
    let names = [kind, error_type, module, function, &mut location.file];
    names.into_iter().for_each(|text| cut(text, TEXT));
    [service, fingerprint].into_iter().flatten().for_each(|text| cut(text, TEXT));
    [build_id, thread].into_iter().flatten().for_each(|text| cut(text, TEXT));
    for cause in causes {
        cut(&mut cause.message, ENTRY);
        cause.kind.iter_mut().for_each(|kind| cut(kind, ENTRY_NAME));
    }
    attachments.iter_mut().for_each(|text| cut(text, ENTRY));
    for field in fields {
        cut(&mut field.name, ENTRY_NAME);
        cut_value(&mut field.value);
    }
    for step in step_messages {
        // The three make one text.
        cut(&mut step.function, ENTRY_NAME);
        cut(&mut step.location.file, ENTRY_NAME);
        cut(&mut step.message, ENTRY_NAME);
    }
    if let Some(boundary) = boundary {
        cut(&mut boundary.id, TEXT);
        boundary.function.iter_mut().for_each(|text| cut(text, TEXT));
    }
    spans.iter_mut().for_each(|span| cut(span, ENTRY_NAME));
    unlogged_kinds.iter_mut().for_each(|kind| cut(kind, ENTRY));
    short
}

/// Cuts a text to `max` bytes in JSON, and notes how much was cut.
fn cut<T: Deref<Target = str> + From<String>>(text: &mut T, max: usize) {
    if let Cow::Owned(short) = clipped(text, max) {
        *text = T::from(short);
    }
}

/// Cuts a text; of a structure that is too large only the size stays.
fn cut_value(value: &mut FieldValue) {
    let size = value.heap_bytes();
    match value {
        FieldValue::Text(text) => cut(text, ENTRY),
        // A byte takes six in JSON at most.
        FieldValue::Array(_) | FieldValue::Object(_) if size > ENTRY / 6 => {
            *value = FieldValue::Text(format!("[{size} bytes cut]"));
        }
        _ => {}
    }
}

/// A name of the source, short enough for a line with little else.
pub(super) fn name(name: &str) -> Cow<'_, str> {
    clipped(name, NAME)
}

fn clipped(text: &str, max: usize) -> Cow<'_, str> {
    let end = json::prefix_within(text, max);
    if end == text.len() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{} … [{} bytes cut]", &text[..end], text.len() - end))
}
