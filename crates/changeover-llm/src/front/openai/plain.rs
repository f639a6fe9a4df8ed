//! Plain requests: a conversation in texts and a few settings, which is most of what is asked.
//!
//! A vendor that speaks the caller's dialect can be sent such a request as it was written, but for the
//! model's name and one field that has two names. So it is looked through and not taken apart: what
//! routing, accounting and the vendor's body need to know stands here, the texts stay where they are.
//!
//! Not for judging requests. The rule it keeps: what is plain is taken by [`request`](super::request)
//! too, and means the same there; everything that is in doubt is not plain.

use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::dialect::{self, span};

/// What a plain request tells without being taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plain {
    pub(crate) model: String,
    pub(crate) stream: bool,
    /// A stream is to tell its usage. Where it is not plainly asked for, nothing is said about it.
    pub(crate) include_usage: bool,
    /// Where the model's name stands, with its quotes.
    pub(crate) model_at: Range<usize>,
    pub(crate) length: Option<Length>,
    /// Temperature or one of its kind is chosen.
    pub(crate) samples: bool,
    pub(crate) names_user: bool,
    pub(crate) stops: bool,
    /// Of all that was said.
    pub(crate) text_bytes: usize,
}

/// The most that the answer may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Length {
    pub(crate) tokens: u32,
    /// Under the name that the dialect's own vendor has given it later.
    pub(crate) is_newer: bool,
    /// Where the name stands, with its quotes.
    pub(crate) name_at: Range<usize>,
}

/// The name that everybody knows, and the later one.
pub(crate) const LENGTH: &str = "\"max_tokens\"";
pub(crate) const NEWER_LENGTH: &str = "\"max_completion_tokens\"";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'a> {
    #[serde(borrow)]
    model: &'a RawValue,
    messages: Said,
    #[serde(default, deserialize_with = "there")]
    stream: Option<bool>,
    #[serde(default, borrow, deserialize_with = "there")]
    stream_options: Option<&'a RawValue>,
    #[serde(default, borrow, deserialize_with = "there")]
    max_tokens: Option<&'a RawValue>,
    #[serde(default, borrow, deserialize_with = "there")]
    max_completion_tokens: Option<&'a RawValue>,
    #[serde(default, deserialize_with = "there")]
    temperature: Option<f64>,
    #[serde(default, deserialize_with = "there")]
    top_p: Option<f64>,
    #[serde(default, deserialize_with = "there")]
    presence_penalty: Option<f64>,
    #[serde(default, deserialize_with = "there")]
    frequency_penalty: Option<f64>,
    #[serde(default, rename = "seed", deserialize_with = "there")]
    _seed: Option<i64>,
    #[serde(default, deserialize_with = "there")]
    stop: Option<Vec<Text>>,
    #[serde(default, deserialize_with = "there")]
    user: Option<Text>,
}

/// Looks through a body; `None` where it is not plain.
pub(crate) fn read(body: &[u8]) -> Option<Plain> {
    // A list in an object's place would be taken for its fields in order.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    let read: Body<'_> = dialect::read(body).ok()?;
    let length = match (read.max_tokens, read.max_completion_tokens) {
        (None, None) => None,
        (Some(tokens), None) => Some(length(body, tokens, false)?),
        (None, Some(tokens)) => Some(length(body, tokens, true)?),
        (Some(_), Some(_)) => return None,
    };
    let stream = read.stream.unwrap_or(false);
    let include_usage = match read.stream_options {
        None => false,
        Some(options) if stream && asks_for_usage(options.get()) => true,
        Some(_) => return None,
    };
    if read.stop.as_ref().is_some_and(Vec::is_empty) {
        return None;
    }
    let settings = [read.temperature, read.top_p, read.presence_penalty, read.frequency_penalty];
    Some(Plain {
        model: serde_json::from_str(read.model.get()).ok()?,
        stream,
        include_usage,
        model_at: span(body, read.model.get())?,
        length,
        samples: settings.iter().any(Option::is_some),
        names_user: read.user.is_some(),
        stops: read.stop.is_some(),
        text_bytes: read.messages.bytes,
    })
}

fn length(body: &[u8], tokens: &RawValue, is_newer: bool) -> Option<Length> {
    let value_at = span(body, tokens.get())?;
    let tokens = tokens.get().parse().ok()?;
    let name = if is_newer { NEWER_LENGTH } else { LENGTH };
    // A name may be written in other ways too, but nobody does.
    let before = body.get(..value_at.start)?.trim_ascii_end().strip_suffix(b":")?.trim_ascii_end();
    let start = before.strip_suffix(name.as_bytes())?.len();
    Some(Length { tokens, is_newer, name_at: start..before.len() })
}

fn asks_for_usage(options: &str) -> bool {
    options.split_ascii_whitespace().collect::<String>() == r#"{"include_usage":true}"#
}

/// A field that is there. `null` is not plain: it counts as absent here, and vendors differ.
fn there<'de, T: Deserialize<'de>, D: Deserializer<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

/// A text, of which only its length is kept.
struct Text(usize);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Length;

        impl Visitor<'_> for Length {
            type Value = Text;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.len()))
            }
        }
        deserializer.deserialize_str(Length)
    }
}

/// All messages.
struct Said {
    bytes: usize,
}

impl<'de> Deserialize<'de> for Said {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Messages;

        impl<'de> Visitor<'de> for Messages {
            type Value = Said;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("messages")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Said, A::Error> {
                let mut bytes: usize = 0;
                while let Some(Message { bytes: said }) = list.next_element()? {
                    bytes = bytes.saturating_add(said);
                }
                // None that says nothing is plain, so there is one.
                if bytes == 0 { Err(A::Error::custom("no messages")) } else { Ok(Said { bytes }) }
            }
        }
        deserializer.deserialize_seq(Messages)
    }
}

/// One message: who speaks, and a text.
struct Message {
    bytes: usize,
}

impl<'de> Deserialize<'de> for Message {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Message;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Message, A::Error> {
        let (mut role, mut bytes) = (None, None);
        while let Some(field) = map.next_key::<Field>()? {
            match field {
                Field::Role if role.is_none() => role = Some(map.next_value::<Role>()?),
                Field::Content if bytes.is_none() => bytes = Some(map.next_value::<Text>()?.0),
                Field::Role | Field::Content => return Err(A::Error::custom("a field twice")),
            }
        }
        match (role, bytes) {
            (Some(_), Some(bytes)) if bytes > 0 => Ok(Message { bytes }),
            _ => Err(A::Error::custom("nobody speaks, or nothing is said")),
        }
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Field {
    Role,
    Content,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Role {
    System,
    User,
    Assistant,
}

#[cfg(test)]
mod tests;
