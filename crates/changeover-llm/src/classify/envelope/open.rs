//! Opens envelopes: arrays, objects in objects, bodies printed into messages.

use serde_json::Value;

use super::{ErrorBody, said};
use crate::classify::lenient;

/// Where an error object stands inside a document of another kind.
const INNER: [&str; 4] = ["/choices/0/error", "/response/error", "/Response/Error", "/fault"];

pub(super) fn find(document: &Value, left: usize) -> Option<ErrorBody> {
    let left = left.checked_sub(1)?;
    match document {
        Value::Array(items) => items.iter().find_map(|item| find(item, left)),
        Value::Object(_) => in_object(document, left),
        _ => None,
    }
}

fn in_object(document: &Value, left: usize) -> Option<ErrorBody> {
    match document.get("error") {
        Some(inner @ Value::Object(_)) => return Some(in_envelope(inner, document, left)),
        Some(Value::Array(items)) => return first_of(items, document, left),
        Some(Value::String(text)) if !text.is_empty() => {
            return Some(ErrorBody::of(document, document, &labelled(text, document), left));
        }
        _ => {}
    }
    let inner = INNER.iter().filter_map(|pointer| document.pointer(pointer));
    if let Some(inner) = inner.into_iter().find(|inner| inner.is_object()) {
        return Some(in_envelope(inner, document, left));
    }
    if is_answer(document) {
        return None;
    }
    if let Some(found) = exception(document, left).or_else(|| base_response(document, left)) {
        return Some(found);
    }
    if let Some(Value::Array(items)) = document.get("errors") {
        return first_of(items, document, left);
    }
    let message = said::message(document)?;
    Some(
        nested_in_message(&message, left)
            .unwrap_or_else(|| ErrorBody::of(document, document, &message, left)),
    )
}

fn is_answer(document: &Value) -> bool {
    ["choices", "candidates", "content", "output"].iter().any(|name| document.get(name).is_some())
}

/// An error that is only a word often has its sentence beside it.
fn labelled(label: &str, document: &Value) -> String {
    match said::message(document) {
        Some(message) if message != label => format!("{label}: {message}"),
        _ => label.to_owned(),
    }
}

fn first_of(items: &[Value], outer: &Value, left: usize) -> Option<ErrorBody> {
    match items.first()? {
        inner @ Value::Object(_) => Some(in_envelope(inner, outer, left)),
        Value::String(text) => Some(ErrorBody::of(outer, outer, text, left)),
        _ => None,
    }
}

/// An event of a Bedrock stream: one member, named for the exception.
fn exception(document: &Value, left: usize) -> Option<ErrorBody> {
    let (name, inner) = document.as_object()?.iter().next()?;
    if !name.ends_with("Exception") || !inner.is_object() {
        return None;
    }
    let named = serde_json::json!({ "__type": name });
    let message = said::message(inner).unwrap_or_default();
    Some(ErrorBody::of(inner, &named, &message, left))
}

/// Some put a status of their own beside an answer that is none.
fn base_response(document: &Value, left: usize) -> Option<ErrorBody> {
    let inner = document.get("base_resp")?;
    let failed = inner.get("status_code")?.as_i64()? != 0;
    failed.then(|| ErrorBody::of(inner, document, &said::message(inner).unwrap_or_default(), left))
}

fn in_envelope(inner: &Value, outer: &Value, left: usize) -> ErrorBody {
    if inner.get("error").is_some()
        && let Some(deeper) = find(inner, left)
    {
        return deeper;
    }
    let message = said::message(inner).unwrap_or_default();
    nested_in_message(&message, left).unwrap_or_else(|| ErrorBody::of(inner, outer, &message, left))
}

/// A message that is itself a body, as SDKs print it.
fn nested_in_message(message: &str, left: usize) -> Option<ErrorBody> {
    if !message.trim_start().starts_with(['{', '[']) {
        return None;
    }
    lenient::documents(message).values.iter().find_map(|document| find(document, left))
}

/// The error that a gateway quotes: in `metadata.raw`, or in the middle of its message.
pub(super) fn upstream(object: &Value, message: &str, left: usize) -> Option<ErrorBody> {
    let raw = object.pointer("/metadata/raw").and_then(Value::as_str);
    if let Some(raw) = raw {
        let quoted = lenient::documents(raw).values.iter().find_map(|each| find(each, left));
        let in_words =
            || left.checked_sub(1).map(|left| ErrorBody::of(&Value::Null, &Value::Null, raw, left));
        return quoted.or_else(in_words);
    }
    find(&lenient::embedded(message)?, left)
}
