//! What every vendor's dialect can do: write a request, read a whole answer, read a streamed one.
//!
//! A dialect is pure. Sending, limits of time and size, and what a failure means belong to the
//! client, once for all dialects.

mod base;
mod ids;
pub(crate) mod lenient;
pub(crate) mod literal;

use std::ops::Range;

use bytes::Bytes;
use changeover_domain::{ProviderKind, TokenUsage};
use reqwest::Url;
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::canonical::{ChatRequest, Part, StreamEvent};
use crate::classify::content::Ending;
use crate::endpoint::Endpoint;
use crate::front::Plain;
use crate::openai::document::Document;
use crate::{anthropic, azure, gemini, openai};
pub(crate) use base::{address, base_address};
pub(crate) use ids::IdRule;

/// A request as it goes over the wire. Keys are in headers, never in the address.
#[derive(Debug)]
pub(crate) struct WireRequest {
    pub(crate) url: Url,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

/// The address of an endpoint is none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BadAddress;

/// A whole answer as read, not yet judged.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReadAnswer {
    pub(crate) id: String,
    pub(crate) model: String,
    /// Only where a vendor tells more than the model's name.
    pub(crate) fingerprint: Option<String>,
    pub(crate) parts: Vec<Part>,
    pub(crate) ending: Ending,
    pub(crate) stop_sequence: Option<String>,
    pub(crate) usage: Option<TokenUsage>,
}

/// One step of a streamed answer as read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Step {
    Event(StreamEvent),
    /// The model works, but writes nothing for the application: it thinks.
    Progress,
    /// Nothing more that matters will come.
    End(Ending),
}

/// Reads the events of one streamed answer.
pub(crate) trait EventDecoder: Send {
    /// Reads one event's data. `None` when it is no event of an answer: an error, or something
    /// else. What is not known inside of an event is passed over.
    fn decode(&mut self, data: &str) -> Option<Vec<Step>>;

    /// How the answer ends if nothing more comes: set once the model has said that it stopped.
    fn ending_so_far(&mut self) -> Option<Ending>;
}

/// One wire protocol.
pub(crate) trait Dialect: Send + Sync {
    fn request(
        &self,
        endpoint: &Endpoint<'_>,
        request: &ChatRequest,
        streaming: bool,
    ) -> Result<WireRequest, BadAddress>;

    /// Whether a request that is plain in `OpenAI`'s dialect is sent as it was written, because this
    /// vendor would be told just that.
    fn forwards(&self, _endpoint: &Endpoint<'_>, _plain: &Plain) -> bool {
        false
    }

    /// The request for a body that is sent so.
    fn forwarded(
        &self,
        _endpoint: &Endpoint<'_>,
        _plain: &Plain,
        _body: &[u8],
    ) -> Result<WireRequest, BadAddress> {
        Err(BadAddress)
    }

    /// An answer that a caller in `OpenAI`'s dialect can be given as it stands, if this is one.
    fn read_document(&self, _body: &Bytes) -> Option<Document> {
        None
    }

    /// `None` when the body is no answer of this dialect, or an error as well as one.
    fn read_answer(&self, body: &[u8]) -> Option<ReadAnswer>;

    fn decoder(&self) -> Box<dyn EventDecoder>;

    /// The request for embeddings of `body`, which is in `OpenAI`'s words; `None` where the dialect
    /// has none in them.
    fn embeddings(
        &self,
        _endpoint: &Endpoint<'_>,
        _body: &Value,
    ) -> Option<Result<WireRequest, BadAddress>> {
        None
    }
}

/// The dialect that a kind of provider speaks, as far as this version knows it.
pub(crate) fn of_kind(kind: ProviderKind) -> Option<&'static dyn Dialect> {
    match kind {
        ProviderKind::Anthropic => Some(&anthropic::Messages),
        ProviderKind::Openai => Some(&openai::ChatCompletions { proper: true }),
        ProviderKind::OpenaiCompatible => Some(&openai::ChatCompletions { proper: false }),
        ProviderKind::Gemini => Some(&gemini::GenerateContent),
        ProviderKind::AzureOpenai => Some(&azure::Deployments),
        ProviderKind::Bedrock => None,
    }
}

/// A tool call's arguments as an object. A model's unreadable ones are kept under a name, because
/// vendors refuse a history with anything but an object there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arguments<'a>(pub(crate) &'a str);

impl Serialize for Arguments<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.trim();
        match serde_json::from_str::<&RawValue>(text) {
            Ok(object) if text.starts_with('{') => object.serialize(serializer),
            _ if text.is_empty() => serializer.serialize_map(Some(0))?.end(),
            _ => serializer.collect_map([("arguments", text)]),
        }
    }
}

/// Reads a document. Whether it is UTF-8 is looked at once for all of it, and not anew for each text.
pub(crate) fn read<'de, T: Deserialize<'de>>(document: &'de [u8]) -> serde_json::Result<T> {
    match std::str::from_utf8(document) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(document),
    }
}

/// Where in a document a part of it stands.
pub(crate) fn span(document: &[u8], part: &str) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(document.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    (end <= document.len()).then_some(start..end)
}

/// A document with other words in some places, which are given in their order.
pub(crate) fn spliced(document: &[u8], places: &[(Range<usize>, &[u8])]) -> Bytes {
    let more: usize = places.iter().map(|(_, words)| words.len()).sum();
    let mut bytes = Vec::with_capacity(document.len() + more);
    let mut done = 0;
    for (place, words) in places {
        bytes.extend_from_slice(document.get(done..place.start).unwrap_or_default());
        bytes.extend_from_slice(words);
        done = place.end;
    }
    bytes.extend_from_slice(document.get(done..).unwrap_or_default());
    Bytes::from(bytes)
}

/// A name as a JSON text. Nearly all have nothing in them that is written otherwise.
pub(crate) fn quoted(name: &str) -> String {
    let plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
    if name.bytes().all(plain) {
        return ["\"", name, "\""].concat();
    }
    Value::from(name).to_string()
}

/// A document as it goes over the wire.
pub(crate) fn written(document: &impl Serialize) -> Bytes {
    let mut bytes = Vec::with_capacity(4_096);
    write_into(&mut bytes, document);
    Bytes::from(bytes)
}

/// Writing own structures of texts and numbers into memory cannot fail; if it ever did, the
/// document would be cut short and its reader would say so.
pub(crate) fn write_into(bytes: &mut Vec<u8>, document: &impl Serialize) {
    let result = literal::write_into(bytes, document);
    debug_assert!(result.is_ok(), "own structures can always be written: {result:?}");
}

#[cfg(test)]
pub(crate) mod samples;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_json_text_whatever_is_in_it() {
        for name in ["", "gpt-4.1", "a \"b\" \\ c", "é\u{7f}\n"] {
            assert_eq!(serde_json::from_str::<String>(&quoted(name)).unwrap(), name);
        }
    }

    #[test]
    fn unreadable_arguments_are_kept_as_an_object() {
        let written = |text| serde_json::to_string(&Arguments(text)).unwrap();
        assert_eq!(written("{\"a\": 1}"), "{\"a\": 1}", "as the model wrote it");
        assert_eq!(written(" "), "{}");
        assert_eq!(written("[1]"), "{\"arguments\":\"[1]\"}");
        assert_eq!(written("{\"a\""), r#"{"arguments":"{\"a\""}"#);
    }
}
