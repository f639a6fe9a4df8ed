//! Finds the error object in a document and frees it from its envelopes.

use serde_json::Value;

use super::HttpAnswer;
use super::lenient;
use super::words::Words;

/// No vendor wraps an error more often than this.
const MAX_ENVELOPES: usize = 6;

/// The innermost error object, in the words that vendors share.
#[derive(Debug, Clone)]
pub(crate) struct ErrorBody {
    /// `code`; a number is written out.
    pub(crate) code: String,
    /// `type`.
    pub(crate) kind: String,
    /// Google's `status` word.
    pub(crate) status_word: String,
    pub(crate) message: String,
    pub(crate) words: Words,
    /// The object itself, for details that only one vendor has.
    pub(crate) value: Value,
    /// An error that this one quotes: a gateway's upstream.
    pub(crate) upstream: Option<Box<Self>>,
}

impl ErrorBody {
    /// The error object of `document`, if it is or holds one.
    pub(crate) fn find(document: &Value) -> Option<Self> {
        find(document, MAX_ENVELOPES)
    }

    /// A refusal in plain words, as of a server that makes no JSON.
    pub(super) fn of_text(answer: &HttpAnswer<'_>) -> Option<Self> {
        let text = answer.body.trim();
        let refused = answer.status.is_none_or(|status| status >= 400);
        (refused && !text.is_empty())
            .then(|| Self::of(&Value::Null, &Value::Null, text.trim_matches('"'), 0))
    }

    /// The code or the type is one of `names`.
    pub(crate) fn is_coded(&self, names: &[&str]) -> bool {
        names.iter().any(|name| {
            self.code.eq_ignore_ascii_case(name) || self.kind.eq_ignore_ascii_case(name)
        })
    }

    /// A text of the object at a JSON pointer.
    pub(crate) fn text_at(&self, pointer: &str) -> &str {
        self.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    fn of(object: &Value, outer: &Value, message: &str, left: usize) -> Self {
        let field = |name: &str| object.get(name).filter(|value| !value.is_null());
        let code = field("code").or_else(|| outer.get("code"));
        Self {
            code: code.map(plain).unwrap_or_default(),
            kind: field("type").map(plain).unwrap_or_default(),
            status_word: field("status").map(plain).unwrap_or_default(),
            message: message.to_owned(),
            words: Words::of(message),
            upstream: upstream(object, message, left).map(Box::new),
            value: object.clone(),
        }
    }
}

fn find(document: &Value, left: usize) -> Option<ErrorBody> {
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
        Some(Value::String(text)) => return Some(ErrorBody::of(document, document, text, left)),
        _ => {}
    }
    // A choice that failed at the upstream, and a response object that did.
    for pointer in ["/choices/0/error", "/response/error"] {
        if let Some(inner) = document.pointer(pointer).filter(|inner| inner.is_object()) {
            return Some(in_envelope(inner, document, left));
        }
    }
    let is_answer = ["choices", "candidates", "content", "output"]
        .iter()
        .any(|name| document.get(name).is_some());
    if is_answer {
        return None;
    }
    let message = ["message", "Message", "detail", "title"]
        .iter()
        .find_map(|name| document.get(name).and_then(Value::as_str))?;
    Some(
        nested_in_message(message, left)
            .unwrap_or_else(|| ErrorBody::of(document, document, message, left)),
    )
}

fn in_envelope(inner: &Value, outer: &Value, left: usize) -> ErrorBody {
    if inner.get("error").is_some()
        && let Some(deeper) = find(inner, left)
    {
        return deeper;
    }
    let message = inner.get("message").and_then(Value::as_str).unwrap_or_default();
    nested_in_message(message, left).unwrap_or_else(|| ErrorBody::of(inner, outer, message, left))
}

/// A message that is itself a body, as SDKs print it.
fn nested_in_message(message: &str, left: usize) -> Option<ErrorBody> {
    if !message.trim_start().starts_with(['{', '[']) {
        return None;
    }
    lenient::documents(message).values.iter().find_map(|document| find(document, left))
}

/// The error that a gateway quotes: in `metadata.raw`, or in the middle of its message.
fn upstream(object: &Value, message: &str, left: usize) -> Option<ErrorBody> {
    let raw = object.pointer("/metadata/raw").and_then(Value::as_str);
    if let Some(raw) = raw {
        return lenient::documents(raw).values.iter().find_map(|document| find(document, left));
    }
    find(&lenient::embedded(message)?, left)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn envelopes_are_opened_to_the_innermost_error() {
        let inner = json!({"error": {"message": "too long", "status": "INVALID_ARGUMENT"}});
        let wrapped = json!([{"error": {"code": 400, "message": inner.to_string()}}]);
        let found = ErrorBody::find(&wrapped).unwrap();
        assert_eq!(
            (found.message.as_str(), found.status_word.as_str()),
            ("too long", "INVALID_ARGUMENT")
        );
        let double = json!({"error": {"error": {"message": "no money", "code": 402}, "code": 402}});
        assert_eq!(ErrorBody::find(&double).unwrap().message, "no money");
    }

    #[test]
    fn an_answer_is_no_error_even_if_it_has_a_message() {
        assert!(ErrorBody::find(&json!({"choices": [], "message": "hello"})).is_none());
    }

    #[test]
    fn what_a_gateway_quotes_is_kept_apart() {
        let quoting = json!({"error": {"message": "Provider returned error", "code": 400,
            "metadata": {"raw": "{\"error\":{\"message\":\"bad tool\"}}"}}});
        assert_eq!(ErrorBody::find(&quoting).unwrap().upstream.unwrap().message, "bad tool");
    }

    #[test]
    fn endless_envelopes_are_given_up() {
        let mut body = json!({"message": "x"});
        for _ in 0..30 {
            body = json!({"error": body});
        }
        assert!(ErrorBody::find(&body).is_none_or(|found| found.message.is_empty()));
    }
}
