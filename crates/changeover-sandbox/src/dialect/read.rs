//! What all three readers need: fields of a JSON body, the length of its texts, and its pictures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// The deepest nesting that is walked.
const MAX_DEPTH: u8 = 24;

/// What a picture counts for in the prompt. The vendors' own figures depend on its size; ours has
/// only to be seen.
pub(super) const PICTURE_TOKENS: u64 = 258;

/// Characters of all texts under `value`. Names of fields, encoded files and pictures do not count.
pub(super) fn characters(value: &Value) -> usize {
    count(value, 0)
}

const UNCOUNTED: [&str; 8] =
    ["type", "role", "data", "id", "image_url", "source", "inlineData", "fileData"];

fn count(value: &Value, depth: u8) -> usize {
    if depth > MAX_DEPTH {
        return 0;
    }
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(values) => values.iter().map(|value| count(value, depth + 1)).sum(),
        Value::Object(fields) => fields
            .iter()
            .filter(|(name, _)| !UNCOUNTED.contains(&name.as_str()))
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

/// Texts of a field that holds one, or a list of them.
pub(super) fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(list)) => {
            list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// The text of the last message or content, the parts of it put together; its beginning where it is
/// long.
pub(super) fn question(messages: &[Value]) -> String {
    const LONGEST: usize = 500;
    let last = messages.last();
    let said = last.and_then(|last| last.get("content").or_else(|| last.get("parts")));
    let parts = said.and_then(Value::as_array).into_iter().flatten();
    let texts = parts.filter_map(|part| text(part, "text"));
    let whole = said.and_then(Value::as_str).into_iter().chain(texts);
    whole.flat_map(str::chars).take(LONGEST).collect()
}

/// Whether this is a picture of the type that it is said to be. Its first bytes tell.
pub(super) fn is_picture(media_type: &str, base64: &str) -> bool {
    let Ok(bytes) = STANDARD.decode(base64) else {
        return false;
    };
    match media_type {
        "image/png" => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        "image/jpeg" => bytes.starts_with(b"\xff\xd8\xff"),
        "image/gif" => bytes.starts_with(b"GIF8"),
        "image/webp" => bytes.starts_with(b"RIFF"),
        _ => false,
    }
}
