//! Where an error object has its sentence.

use serde_json::Value;

/// Members that hold it, the most telling first.
const PLACES: [&str; 11] = [
    "message",
    "Message",
    "detail",
    "error_description",
    "error_message",
    "errorMessage",
    "error_msg",
    "status_msg",
    "msg",
    "title",
    "failure_reason",
];

/// The sentence of an error object; `None` when it has none of the known forms.
pub(super) fn message(object: &Value) -> Option<String> {
    PLACES.iter().filter_map(|name| object.get(name)).find_map(sentence)
}

fn sentence(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => items.first().and_then(of_validation),
        Value::Object(_) => inner(value),
        _ => None,
    }
}

/// An item of a validator's list: what is wrong with which member.
fn of_validation(item: &Value) -> Option<String> {
    item.as_str().or_else(|| item.get("msg").and_then(Value::as_str)).map(str::to_owned)
}

/// An object in a sentence's place; what a model wrote has a role and content instead.
fn inner(object: &Value) -> Option<String> {
    ["detail", "error", "message", "msg"].iter().find_map(|name| match object.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Array(items) => items.first().and_then(of_validation),
        nested => nested.get("message").and_then(Value::as_str).map(str::to_owned),
    })
}
