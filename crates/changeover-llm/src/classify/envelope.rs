//! Finds the error object in a document and frees it from its envelopes.

mod open;
mod said;

use serde_json::Value;

use super::HttpAnswer;
use super::words::Words;

/// No vendor wraps an error more often than this.
const MAX_ENVELOPES: usize = 6;

/// The longest name of an error, in bytes.
const LONGEST_NAME: usize = 64;

/// Where vendors put the name of what went wrong, beside the message or around it.
const NAMES: [&str; 15] = [
    "/code",
    "/Code",
    "/type",
    "/status",
    "/error_type",
    "/errorType",
    "/error_code",
    "/errorCode",
    "/__type",
    "/name",
    "/metadata/error_type",
    "/details/error_code",
    "/innererror/code",
    "/inner_error/code",
    "/status_code",
];

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
    /// Everything that names the error, with the place where the vendor put it.
    names: Vec<(&'static str, String)>,
}

impl ErrorBody {
    /// The error object of `document`, if it is or holds one.
    pub(crate) fn find(document: &Value) -> Option<Self> {
        open::find(document, MAX_ENVELOPES)
    }

    /// A refusal in plain words, as of a server that makes no JSON, or as an SDK prints it.
    pub(super) fn of_text(answer: &HttpAnswer<'_>) -> Option<Self> {
        let text = answer.body.trim().trim_matches('"');
        (!text.is_empty()).then(|| Self::of(&Value::Null, &Value::Null, text, MAX_ENVELOPES))
    }

    /// One of `names` names the error; case and punctuation do not matter, as vendors differ in
    /// nothing else between `rate_limit_reached` and `RateLimitReached`.
    pub(crate) fn is_coded(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.names.iter().any(|(_, own)| same_name(own, name)))
    }

    /// What names the error at one place, on the object or around it.
    pub(crate) fn named(&self, place: &str) -> Option<String> {
        let here = |at: &str| at.strip_prefix('/') == Some(place);
        self.names.iter().find(|(at, _)| here(at)).map(|(_, name)| name.clone())
    }

    /// Type and code, as far as they are names: of letters, digits and few marks, and short. A text
    /// could repeat what was asked; a name cannot.
    pub(crate) fn code_name(&self) -> Option<String> {
        let code = if self.code.is_empty() { &self.status_word } else { &self.code };
        match (is_name(&self.kind), is_name(code)) {
            (true, true) if self.kind != *code => Some(format!("{}/{code}", self.kind)),
            (true, _) => Some(self.kind.clone()),
            (false, true) => Some(code.clone()),
            (false, false) => None,
        }
    }

    /// A text of the object at a JSON pointer.
    pub(crate) fn text_at(&self, pointer: &str) -> &str {
        self.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    fn of(object: &Value, outer: &Value, message: &str, left: usize) -> Self {
        let field = |name: &str| object.get(name).filter(|value| !value.is_null());
        let code = field("code").or_else(|| outer.get("code"));
        let names = [object, outer]
            .iter()
            .flat_map(|holder| {
                NAMES.iter().filter_map(|place| Some((*place, holder.pointer(place)?)))
            })
            .filter(|(_, value)| value.is_string() || value.is_number())
            .map(|(place, value)| (place, plain(value)))
            .collect();
        Self {
            code: code.map(plain).unwrap_or_default(),
            kind: field("type").map(plain).unwrap_or_default(),
            status_word: field("status").map(plain).unwrap_or_default(),
            message: message.to_owned(),
            words: Words::of_message(message),
            upstream: open::upstream(object, message, left).map(Box::new),
            value: object.clone(),
            names,
        }
    }
}

fn is_name(text: &str) -> bool {
    let marks = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':');
    (1..=LONGEST_NAME).contains(&text.len()) && text.chars().all(marks)
}

fn same_name(one: &str, other: &str) -> bool {
    let letters = |c: &char| c.is_ascii_alphanumeric();
    let lower = |c: char| c.to_ascii_lowercase();
    one.chars().filter(letters).map(lower).eq(other.chars().filter(letters).map(lower))
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
    fn every_place_of_a_message_is_known() {
        for document in [
            json!({"message": "why"}),
            json!({"Message": "why"}),
            json!({"detail": "why"}),
            json!({"detail": [{"loc": ["body"], "msg": "why"}]}),
            json!({"detail": {"error": "why"}}),
            json!({"message": {"detail": [{"msg": "why"}]}}),
            json!({"error": "why"}),
            json!({"error": [{"message": "why"}]}),
            json!({"errors": [{"message": "why", "code": 1}]}),
            json!({"error_msg": "why", "error_code": 18}),
            json!({"base_resp": {"status_code": 1008, "status_msg": "why"}}),
            json!({"Response": {"Error": {"Code": "LimitExceeded", "Message": "why"}}}),
            json!({"throttlingException": {"message": "why"}}),
            json!({"type": "response.failed", "response": {"error": {"message": "why"}}}),
        ] {
            let found = ErrorBody::find(&document).map(|found| found.message);
            assert_eq!(found.as_deref(), Some("why"), "{document}");
        }
    }

    #[test]
    fn a_label_beside_a_message_is_read_with_it() {
        let document = json!({"error": "Too Many Requests", "message": "daily limit"});
        assert_eq!(ErrorBody::find(&document).unwrap().message, "Too Many Requests: daily limit");
    }

    #[test]
    fn an_answer_is_no_error_even_if_it_has_a_message() {
        for answer in [
            json!({"choices": [], "message": "hello"}),
            json!({"message": {"role": "assistant", "content": "hello"}, "done": true}),
            json!({"base_resp": {"status_code": 0, "status_msg": "success"}}),
            json!({"choices": [{"message": {"content": "x"}}], "error": null}),
        ] {
            assert!(ErrorBody::find(&answer).is_none(), "{answer}");
        }
    }

    #[test]
    fn what_a_gateway_quotes_is_kept_apart() {
        let quoting = json!({"error": {"message": "Provider returned error", "code": 400,
            "metadata": {"raw": "{\"error\":{\"message\":\"bad tool\"}}"}}});
        assert_eq!(ErrorBody::find(&quoting).unwrap().upstream.unwrap().message, "bad tool");
    }

    #[test]
    fn a_name_is_known_in_every_writing() {
        let error =
            ErrorBody::find(&json!({"error": {"message": "x", "code": "RateLimitReached"}}));
        assert!(error.unwrap().is_coded(&["rate_limit_reached"]));
    }

    #[test]
    fn a_vendors_code_is_told_only_where_it_is_a_name() {
        let told = |error: Value| ErrorBody::find(&json!({"error": error})).unwrap().code_name();
        let both = json!({"message": "x", "type": "requests", "code": "rate_limit_exceeded"});
        assert_eq!(told(both).as_deref(), Some("requests/rate_limit_exceeded"));
        let google = json!({"message": "x", "code": 429, "status": "RESOURCE_EXHAUSTED"});
        assert_eq!(told(google).as_deref(), Some("429"));
        assert_eq!(told(json!({"message": "x", "type": "a.b"})).as_deref(), Some("a.b"));
        for text in ["my secret prompt", "wie geht\u{f6}", "", &"x".repeat(65)] {
            assert_eq!(told(json!({"message": "x", "type": text, "code": text})), None);
        }
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
