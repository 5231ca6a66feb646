//! `readable`: a record for people, where a test shows it: without stack, ids and time.

use std::fmt::{self, Write as _};

use crate::base::text::{bounded, one_line};
use crate::model::{ErrorRecord, Field, FieldValue};

/// Bytes of a text.
const MAX_TEXT: usize = 1024;

/// One record: `error shop::PayError: no card`, and further parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Readable<'a> {
    pub(crate) record: &'a ErrorRecord,
    /// Between the parts.
    pub(crate) separator: &'static str,
}

impl fmt::Display for Readable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Readable { record, separator } = *self;
        let text = |text: &str| match separator {
            "\n" => bounded(MAX_TEXT, text),
            _ => one_line(MAX_TEXT, text),
        };
        let ErrorRecord { level, kind, message, location, function, .. } = record;
        write!(f, "{level} {kind}: {}", text(message))?;
        if let Some(message) = &record.log_message {
            write!(f, "{separator}logged as {}", text(message))?;
        }
        write!(f, "{separator}at {location}")?;
        if !function.is_empty() {
            write!(f, ", in {function}")?;
        }
        if !record.fields.is_empty() {
            write!(f, "{separator}fields: {}", Fields(&record.fields))?;
        }
        if record.fields_left_out != 0 {
            write!(f, "{separator}fields left out: {}", record.fields_left_out)?;
        }
        if !record.spans.is_empty() {
            write!(f, "{separator}spans: {}", record.spans.join(", "))?;
        }
        for attachment in &record.attachments {
            write!(f, "{separator}attached: {}", text(attachment))?;
        }
        for cause in &record.causes {
            let note = match (cause.is_presumed, cause.left_out_before) {
                (false, 0) => String::new(),
                (true, 0) => " (presumably)".to_owned(),
                (false, count) => format!(" ({count} left out before)"),
                (true, count) => format!(" (presumably; {count} left out before)"),
            };
            let kind = cause.kind.as_deref().map_or_else(String::new, |kind| format!(" {kind}:"));
            write!(f, "{separator}caused by{note}{kind} {}", text(&cause.message))?;
        }
        for step in &record.step_messages {
            let function = match &*step.function {
                "" => String::new(),
                function => format!(", in {function}"),
            };
            write!(f, "{separator}then{function}: {}", text(&step.message))?;
        }
        if let Some(boundary) = &record.boundary {
            write!(f, "{separator}its boundary: {}", boundary.end)?;
        }
        Ok(())
    }
}

/// `order = 7, card = "visa"`.
#[derive(Debug)]
pub(crate) struct Fields<'a>(pub(crate) &'a [Field]);

impl fmt::Display for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        separated(f, self.0, |f, field| write!(f, "{} = {}", field.name, Value(&field.value)))
    }
}

#[derive(Debug)]
pub(crate) struct Value<'a>(pub(crate) &'a FieldValue);

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            FieldValue::Null => f.write_str("null"),
            FieldValue::Bool(value) => write!(f, "{value}"),
            FieldValue::Int(value) => write!(f, "{value}"),
            FieldValue::Uint(value) => write!(f, "{value}"),
            // With its point: it is no whole number.
            FieldValue::Float(value) => write!(f, "{value:?}"),
            FieldValue::Text(text) => write!(f, "{:?}", bounded(MAX_TEXT, text)),
            FieldValue::Array(values) => {
                f.write_char('[')?;
                separated(f, values, |f, value| write!(f, "{}", Value(value)))?;
                f.write_char(']')
            }
            FieldValue::Object(entries) => {
                f.write_char('{')?;
                separated(f, entries, |f, (name, value)| write!(f, "{name}: {}", Value(value)))?;
                f.write_char('}')
            }
        }
    }
}

fn separated<T>(
    f: &mut fmt::Formatter<'_>,
    all: &[T],
    mut each: impl FnMut(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (at, one) in all.iter().enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        each(f, one)?;
    }
    Ok(())
}

/// Appends a record to `out` as one line: `[track_errors] error shop::PayError: no card; at …; fields: …`.
pub(crate) fn write_line(record: &ErrorRecord, out: &mut Vec<u8>) {
    append(&Readable { record, separator: "; " }, out);
}

/// Appends a line about unlogged errors.
pub(crate) fn write_losses(message: &str, out: &mut Vec<u8>) {
    append(&format_args!("info {message}"), out);
}

fn append(line: &dyn fmt::Display, out: &mut Vec<u8>) {
    let text = format!("[track_errors] {line}");
    // What is in names and fields may have line breaks.
    out.extend_from_slice(one_line(usize::MAX, &text).as_bytes());
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::super::samples::{record, record_of_boundary};
    use super::*;

    #[test]
    fn a_record_is_a_text_of_some_lines() {
        let record = record();
        assert_eq!(
            Readable { record: &record, separator: "\n" }.to_string(),
            "critical shop::PayError::Declined: card \"4711\" declined:\n\tlimit 5 € reached\n\
             at src/cart.rs:42:17, in shop::Cart::pay\n\
             fields: order.id = -7, bytes = 18446744073709551615, share = 0.25, limit = inf, \
             retried = true, card = \"\\\"4711\\\"\", items = [{sku: 12}, null]\n\
             caused by std::io::Error: connection reset by peer (os error 104)\n\
             caused by host unreachable"
        );
    }

    #[test]
    fn a_record_is_one_line_where_a_test_prints_it() {
        let mut out = Vec::new();
        write_line(&ErrorRecord { fields: Vec::new(), ..record_of_boundary() }, &mut out);
        write_line(&ErrorRecord { causes: Vec::new(), ..record() }, &mut out);
        write_losses("2 errors of shop::pay were not logged", &mut out);
        let text = String::from_utf8(out).expect("UTF-8");
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[0],
            "[track_errors] critical shop::PayError::Declined: card \"4711\" declined: limit 5 € \
             reached; logged as order 7 failed for \"card\"; at src/cart.rs:42:17, in shop::Cart::pay; fields \
             left out: 9; spans: request, charge; attached: at src/card.rs:7:5; attached: attempt 2; caused by (presumably; 5 left \
             out before) shop::PayError::Declined: no \"card\"; then, in shop::order: order 7: declined; then, in \
             shop::ship: €; its boundary: handled"
        );
        assert!(lines[1].contains("; fields: order.id = -7, bytes = "), "{text}");
        assert_eq!(lines[2..], ["[track_errors] info 2 errors of shop::pay were not logged"]);
    }
}
