//! A vendor's answer as somebody captured it: by hand, by a script or by a proxy.
//!
//! Captures differ in form and not in meaning, so every form that can only mean one thing is taken:
//! a status as a number or a text, headers as an object or a list, a body as a text or a document.
//! What is missing or null is not known. Members that mean nothing here are passed over.

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use ts_rs::TS;

/// A vendor's answer as it was captured.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, TS)]
pub struct CapturedAnswer {
    /// Given back with the class, where there is one.
    #[serde(default, deserialize_with = "text")]
    #[ts(type = "string | number | null", optional)]
    pub id: Option<String>,
    /// The vendor: `anthropic`, `openai`, `gemini`, `groq`, …
    #[serde(default, deserialize_with = "text_or_nothing")]
    pub provider: String,
    /// `null` when it is not known, or when no HTTP answer came.
    #[serde(default, deserialize_with = "status")]
    #[ts(type = "number | string | null", optional)]
    pub status: Option<u16>,
    /// An object, or a list of pairs.
    #[serde(default, deserialize_with = "headers")]
    #[ts(type = "Record<string, string> | Array<[string, string]> | null", optional)]
    pub headers: Vec<(String, String)>,
    #[serde(default, deserialize_with = "text")]
    #[ts(type = "string | null", optional)]
    pub content_type: Option<String>,
    /// As it came, or the document that it was.
    #[serde(default, deserialize_with = "text_or_nothing")]
    #[ts(type = "string | object | null", optional)]
    pub body: String,
    #[serde(default, deserialize_with = "truth")]
    #[ts(type = "boolean | null", optional)]
    pub in_stream: bool,
}

impl CapturedAnswer {
    /// The value of a header, whatever its case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}

fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Value::deserialize(deserializer).map(|value| written(&value))
}

fn text_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Value::deserialize(deserializer).map(|value| written(&value).unwrap_or_default())
}

/// A text as it is, anything else as JSON; `None` for null.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// `429`, `"429"` and `"429 Too Many Requests"` are the same; what names no status is refused, so
/// that a slip of the pen is not taken for "not known".
fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let Some(text) = written(&value).filter(|text| !text.trim().is_empty()) else {
        return Ok(None);
    };
    let digits: String = text.trim().chars().take_while(char::is_ascii_digit).collect();
    match digits.parse() {
        Ok(0) => Ok(None),
        Ok(status) if status < 1_000 => Ok(Some(status)),
        _ => Err(serde::de::Error::custom(format!("`status`: {value} is no HTTP status"))),
    }
}

fn headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, String)>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Object(members) => {
            members.iter().flat_map(|(name, value)| of_name(name, value)).collect()
        }
        Value::Array(items) => items.iter().filter_map(pair).collect(),
        _ => Vec::new(),
    })
}

/// A header may have come more than once.
fn of_name(name: &str, value: &Value) -> Vec<(String, String)> {
    let values = value.as_array().map_or_else(|| vec![value], |list| list.iter().collect());
    values.into_iter().filter_map(written).map(|value| (name.to_owned(), value)).collect()
}

/// `["name", "value"]`, `{"name": …, "value": …}` or `"name: value"`.
fn pair(item: &Value) -> Option<(String, String)> {
    match item {
        Value::Array(pair) => Some((written(pair.first()?)?, written(pair.get(1)?)?)),
        Value::Object(named) => Some((written(named.get("name")?)?, written(named.get("value")?)?)),
        Value::String(line) => {
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => None,
    }
}

fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Bool(truth) => truth,
        Value::String(text) => text.eq_ignore_ascii_case("true"),
        Value::Number(number) => number.as_i64() == Some(1),
        _ => false,
    })
}
