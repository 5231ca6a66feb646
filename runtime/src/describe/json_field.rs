//! Feature `serde_json`: JSON values as structured fields.
//!
//! Bounded in depth, entries and bytes. What is cut becomes a text in its place, with the number of what it stands for.

use serde_json::{Map, Number, Value as Json};

use super::field_value::Value;
use super::fields::FIELD_LIMIT;
use crate::base::text::bounded;
use crate::model::FieldValue;

/// Levels of arrays and objects. Datadog takes 20.
const MAX_DEPTH: usize = 8;
/// Values in all arrays and objects together.
const MAX_ENTRIES: usize = 64;
/// Bytes of a key; entries with longer ones are left out.
const MAX_KEY: usize = 128;

impl Value for Json {
    fn field_value(&self) -> Option<FieldValue> {
        (!self.is_null()).then(|| Room::new().value(self, 0))
    }
}

impl Value for Map<String, Json> {
    fn field_value(&self) -> Option<FieldValue> {
        Some(Room::new().object(self, 0))
    }
}

impl Value for [Json] {
    fn field_value(&self) -> Option<FieldValue> {
        Some(Room::new().array(self, 0))
    }
}

impl Value for Vec<Json> {
    fn field_value(&self) -> Option<FieldValue> {
        self.as_slice().field_value()
    }
}

/// What still fits into a field.
struct Room {
    entries: usize,
    /// Bytes of texts and keys.
    bytes: usize,
}

impl Room {
    fn new() -> Self {
        Room { entries: MAX_ENTRIES, bytes: FIELD_LIMIT }
    }

    fn value(&mut self, json: &Json, depth: usize) -> FieldValue {
        match json {
            Json::Null => FieldValue::Null,
            Json::Bool(value) => FieldValue::Bool(*value),
            Json::Number(value) => number(value),
            Json::String(text) => {
                let text = bounded(self.bytes, text);
                self.take_bytes(text.len());
                FieldValue::Text(text)
            }
            Json::Array(values) => self.array(values, depth),
            Json::Object(entries) => self.object(entries, depth),
        }
    }

    fn array(&mut self, values: &[Json], depth: usize) -> FieldValue {
        if depth == MAX_DEPTH {
            return FieldValue::Text(format!("… [array of {}]", values.len()));
        }
        let mut kept = Vec::new();
        for value in values {
            if self.is_full() {
                break;
            }
            self.entries -= 1;
            kept.push(self.value(value, depth + 1));
        }
        let left_out = values.len() - kept.len();
        if left_out != 0 {
            kept.push(more(left_out));
        }
        FieldValue::Array(kept)
    }

    fn object(&mut self, entries: &Map<String, Json>, depth: usize) -> FieldValue {
        if depth == MAX_DEPTH {
            return FieldValue::Text(format!("… [object of {}]", entries.len()));
        }
        let mut kept = Vec::new();
        for (key, value) in entries {
            if self.is_full() {
                break;
            }
            if key.len() > MAX_KEY || key.len() > self.bytes {
                continue;
            }
            self.entries -= 1;
            let key = bounded(2 * MAX_KEY, key);
            self.take_bytes(key.len());
            kept.push((key, self.value(value, depth + 1)));
        }
        let left_out = entries.len() - kept.len();
        if left_out != 0 {
            kept.push(("…".to_owned(), more(left_out)));
        }
        FieldValue::Object(kept)
    }

    /// Whether there is no room for another entry.
    fn is_full(&self) -> bool {
        self.entries == 0 || self.bytes == 0
    }

    fn take_bytes(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

/// Stands for entries without room.
fn more(left_out: usize) -> FieldValue {
    FieldValue::Text(format!("… [{left_out} more]"))
}

fn number(number: &Number) -> FieldValue {
    match (number.as_i64(), number.as_u64()) {
        (Some(number), _) => FieldValue::Int(number),
        (None, Some(number)) => FieldValue::Uint(number),
        // With serde_json's `arbitrary_precision` there are others.
        (None, None) => match number.as_f64().filter(|_| number.is_f64()) {
            Some(number) => FieldValue::Float(number),
            None => FieldValue::Text(bounded(FIELD_LIMIT, &number.to_string())),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(json: &Json) -> FieldValue {
        json.field_value().expect("a value")
    }

    fn text(text: &str) -> FieldValue {
        FieldValue::Text(text.to_owned())
    }

    #[test]
    fn a_value_keeps_its_structure_and_the_types_in_it() {
        let order = json!({"id": 7, "total": 1.5, "big": u64::MAX, "paid": true, "lines": [{"sku": "a"}, null]});
        let line = FieldValue::Object(vec![("sku".to_owned(), text("a"))]);
        let expected = [
            ("id", FieldValue::Int(7)),
            ("total", FieldValue::Float(1.5)),
            ("big", FieldValue::Uint(u64::MAX)),
            ("paid", FieldValue::Bool(true)),
            ("lines", FieldValue::Array(vec![line, FieldValue::Null])),
        ];
        let FieldValue::Object(entries) = field(&order) else { panic!("an object") };
        assert_eq!(entries.len(), expected.len());
        for (key, value) in expected {
            assert!(entries.contains(&(key.to_owned(), value)), "{key}: {entries:?}");
        }
    }

    #[test]
    fn entries_without_room_are_counted() {
        let FieldValue::Array(values) = field(&json!(vec![0; 100])) else { panic!("an array") };
        assert_eq!((values.len(), &values[64]), (65, &text("… [36 more]")));

        let wide: Map<String, Json> = (0..100).map(|n| (n.to_string(), n.into())).collect();
        let Some(FieldValue::Object(entries)) = wide.field_value() else { panic!("an object") };
        assert_eq!((entries.len(), &entries[64]), (65, &("…".to_owned(), text("… [36 more]"))));

        let long = json!({"k".repeat(129): 1, "short": 2});
        let FieldValue::Object(entries) = field(&long) else { panic!("an object") };
        assert_eq!(entries[1], ("…".to_owned(), text("… [1 more]")));
    }

    #[test]
    fn deep_values_end_in_their_size() {
        let mut deep = json!({"a": 1, "b": 2});
        for _ in 0..MAX_DEPTH {
            deep = json!([deep]);
        }
        let mut value = field(&deep);
        for _ in 0..MAX_DEPTH {
            let FieldValue::Array(mut inner) = value else { panic!("an array") };
            value = inner.remove(0);
        }
        assert_eq!(value, text("… [object of 2]"));
    }

    #[test]
    fn the_texts_of_a_value_are_bounded_together() {
        let long = json!({"a": "x".repeat(1_500), "b": ["y".repeat(1_500), "z"], "c": 1});
        let FieldValue::Object(entries) = field(&long) else { panic!("an object") };
        let FieldValue::Array(values) = &entries[1].1 else { panic!("an array") };
        let FieldValue::Text(cut) = &values[0] else { panic!("a text") };
        assert!(cut.ends_with(" bytes]"), "{cut}");
        assert_eq!(values[1], text("… [1 more]"));
        assert_eq!(entries[2], ("…".to_owned(), text("… [1 more]")));
        assert!(field(&long).heap_bytes() < 3 * 1024);
    }

    #[test]
    fn a_null_is_left_out_like_none() {
        assert_eq!(Json::Null.field_value(), None);
        assert_eq!(
            Some(&json!([1])).field_value(),
            Some(FieldValue::Array(vec![FieldValue::Int(1)]))
        );
    }
}
