//! What all three readers need: fields of a JSON body, and the length of its texts.

use serde_json::Value;

/// The deepest nesting that is walked.
const MAX_DEPTH: u8 = 24;

/// Characters of all texts under `value`. Names of fields and encoded files do not count.
pub(super) fn characters(value: &Value) -> usize {
    count(value, 0)
}

fn count(value: &Value, depth: u8) -> usize {
    if depth > MAX_DEPTH {
        return 0;
    }
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(values) => values.iter().map(|value| count(value, depth + 1)).sum(),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !matches!(name.as_str(), "type" | "role" | "data" | "id"))
            .map(|(_, value)| count(value, depth + 1))
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// The text of a field.
pub(super) fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str)
}

/// The entries of a field; none where it is missing.
pub(super) fn entries<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// A count that fits into memory.
pub(super) fn size(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|number| usize::try_from(number).ok())
}
