//! A vendor's answer that a caller of the same dialect is given as it stands: it is looked through for
//! what is judged and accounted, and not taken apart.
//!
//! Only the plainest answers: one choice, text, an end that every dialect has, and all counts. The rule
//! it keeps: such an answer is one to [`response`](super::response) too, and is judged and accounted
//! alike there; everything that is in doubt is left to it.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use bytes::Bytes;
use changeover_domain::TokenUsage;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::response::Usage;
use crate::dialect::{self, quoted, span, spliced};

/// An answer as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    body: Bytes,
    model_at: Range<usize>,
    /// What the vendor counted.
    pub usage: TokenUsage,
}

impl Document {
    /// The body for a caller who knows the model as `model`.
    #[must_use]
    pub fn into_body(self, model: &str) -> Bytes {
        let model = quoted(model);
        if self.body.get(self.model_at.clone()) == Some(model.as_bytes()) {
            return self.body;
        }
        spliced(&self.body, &[(self.model_at, model.as_bytes())])
    }
}

#[derive(Deserialize)]
struct Completion<'a> {
    #[serde(rename = "id", borrow)]
    _id: Cow<'a, str>,
    #[serde(rename = "object")]
    _object: Object,
    #[serde(rename = "created")]
    _created: i64,
    #[serde(borrow)]
    model: &'a RawValue,
    #[serde(rename = "choices")]
    _choices: Only<Choice>,
    usage: Counts,
    #[serde(default, rename = "error")]
    _error: Option<Never>,
}

/// What may not be there at all.
#[derive(Deserialize)]
enum Never {}

#[derive(Deserialize)]
enum Object {
    #[serde(rename = "chat.completion")]
    Completion,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(rename = "message")]
    _message: Message,
    #[serde(rename = "finish_reason")]
    _finish_reason: Finish,
    #[serde(default, rename = "error")]
    _error: Option<Never>,
}

/// The ends after which an answer with a text is an answer.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Finish {
    Stop,
    Length,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "content")]
    _content: Written,
    #[serde(default, rename = "refusal")]
    _refusal: Option<Nothing>,
    #[serde(default, rename = "tool_calls")]
    _tool_calls: Option<Vec<Never>>,
    #[serde(default, rename = "function_call")]
    _function_call: Option<Nothing>,
    /// Thoughts are told under one name of two.
    #[serde(default, rename = "reasoning")]
    _reasoning: Option<Nothing>,
    #[serde(default, rename = "reasoning_content")]
    _reasoning_content: Option<Nothing>,
}

/// The counts as they are read, and those that they come to.
struct Counts(TokenUsage);

impl<'de> Deserialize<'de> for Counts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let usage = Usage::deserialize(deserializer)?;
        let complete = usage.tokens().filter(|_| usage.is_usual());
        complete.map(Self).ok_or_else(|| serde::de::Error::custom("not counted as usual"))
    }
}

/// A text with something in it.
struct Written;

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Self)
    }
}

impl Visitor<'_> for Written {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self, E> {
        if text.is_empty() { Err(E::custom("nothing is written")) } else { Ok(self) }
    }
}

/// What may be there only if it is empty: a text or a list.
struct Nothing;

impl<'de> Deserialize<'de> for Nothing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Nothing {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self, E> {
        if text.is_empty() { Ok(self) } else { Err(E::custom("something")) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        match list.next_element::<IgnoredAny>()? {
            None => Ok(self),
            Some(_) => Err(serde::de::Error::custom("something")),
        }
    }
}

/// A list of one.
struct Only<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Only<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Self(std::marker::PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Only<T> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of one")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self, A::Error> {
        match (list.next_element::<T>()?, list.next_element::<IgnoredAny>()?) {
            (Some(_), None) => Ok(self),
            _ => Err(serde::de::Error::custom("not one")),
        }
    }
}

/// Looks through a body; `None` where it is not such an answer.
pub(crate) fn read(body: &Bytes) -> Option<Document> {
    if body.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    let read: Completion<'_> = dialect::read(body).ok()?;
    let named = read.model.get().starts_with('"');
    let model_at = span(body, read.model.get()).filter(|_| named)?;
    let usage = read.usage.0;
    Some(Document { body: body.clone(), model_at, usage })
}

#[cfg(test)]
mod tests;
