//! The callers' side: two dialects, one door each, and the same verbs for both.
//!
//! A gateway reads a request with [`Door::parse_request`], answers with [`Door::encode_response`] or
//! a [`StreamEncoder`], and refuses with [`Door::encode_error`]; which dialect it is speaking it
//! need not know. A request is taken as the official SDKs send it: what changes the shape of an
//! answer and cannot be given is refused with its field named, what only flavours it is let go and
//! counted as a loss. Not for speaking to vendors; that is the adapters'.

mod anthropic;
mod call_id;
mod errors;
mod frames;
mod openai;
mod question;
mod reading;

pub use errors::ErrorFields;
pub(crate) use openai::plain::{LENGTH, NEWER_LENGTH, Plain};
pub use question::Question;

use bytes::Bytes;
use changeover_domain::UnixMs;

use crate::canonical::{ChatRequest, ChatResponse, StreamEvent};
use crate::failure::Failure;
use crate::losses::FeatureSet;

/// A dialect that applications speak to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Door {
    /// `POST /v1/chat/completions`.
    OpenAi,
    /// `POST /v1/messages`, of version 2023-06-01.
    Anthropic,
}

/// An application's request.
#[derive(Debug, Clone, PartialEq)]
pub struct FrontRequest {
    pub door: Door,
    /// As written in `model`: a route, or a model name that the gateway knows.
    pub model: String,
    pub stream: bool,
    /// Whether a stream is to tell its usage; the Anthropic dialect always does.
    pub include_usage: bool,
    pub request: ChatRequest,
    /// What was asked for and no target can be asked for: the canonical form does not hold it.
    pub dropped: FeatureSet,
}

/// Why a request cannot be taken: always the application's to mend.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FrontError {
    pub message: String,
    /// The field at fault, as `messages[2].content`.
    pub param: Option<String>,
}

impl Door {
    /// Both.
    pub const ALL: [Self; 2] = [Self::OpenAi, Self::Anthropic];

    /// The door that a path belongs to, whether or not anything is served there: whoever asks for
    /// what is not served is told so in the dialect that was spoken.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        let is_anthropic = path == "/v1/messages" || path.starts_with("/v1/messages/");
        if is_anthropic { Self::Anthropic } else { Self::OpenAi }
    }

    /// Why a path of the vendor's API that applications know is not served here.
    #[must_use]
    pub fn unserved(path: &str) -> Option<&'static str> {
        Some(match path {
            "/v1/messages/count_tokens" => {
                "tokens are not counted here: every model behind this gateway counts its own way"
            }
            "/v1/messages/batches" | "/v1/batches" => "batches are not served here",
            "/v1/responses" => {
                "the Responses API is not served here: use POST /v1/chat/completions"
            }
            "/v1/completions" | "/v1/complete" => {
                "text completions are not served here: use POST /v1/chat/completions"
            }
            "/v1/files" => "files are not served here: send their text with the messages",
            _ => return None,
        })
    }

    /// The name in telemetry.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
        }
    }

    /// Reads the body of a request for a completion.
    ///
    /// # Errors
    /// [`FrontError`] with the field at fault, for a 400.
    pub fn parse_request(self, body: &[u8]) -> Result<FrontRequest, FrontError> {
        match self {
            Self::OpenAi => openai::request::parse(body),
            Self::Anthropic => anthropic::request::parse(body),
        }
    }

    /// The body of a whole answer; `model` is the name under which the application asked.
    #[must_use]
    pub fn encode_response(self, response: &ChatResponse, model: &str, created: UnixMs) -> Vec<u8> {
        match self {
            Self::OpenAi => openai::response::encode(response, model, created),
            Self::Anthropic => anthropic::response::encode(response, model),
        }
    }

    /// The body of an error answer.
    #[must_use]
    pub fn encode_error(self, status: u16, fields: &ErrorFields<'_>) -> Vec<u8> {
        match self {
            Self::OpenAi => openai::errors::encode(status, fields),
            Self::Anthropic => anthropic::errors::encode(status, fields),
        }
    }

    /// The status with which a gateway passes a failure on. Faults of ours behind the gateway, such
    /// as a wrong key, are the gateway's to its applications: 502, never 401.
    #[must_use]
    pub fn status_of(self, failure: &Failure) -> u16 {
        match self {
            Self::OpenAi => errors::status_of(failure),
            Self::Anthropic => anthropic::errors::status_of(failure),
        }
    }
}

impl FrontRequest {
    /// The encoder of a streamed answer to this request.
    #[must_use]
    pub fn stream_encoder(&self, created: UnixMs) -> StreamEncoder {
        match self.door {
            Door::OpenAi => StreamEncoder::openai(&self.model, created, self.include_usage),
            Door::Anthropic => {
                let encoder = anthropic::stream::Encoder::new(self.model.clone());
                StreamEncoder(Encoder::Anthropic(encoder))
            }
        }
    }
}

/// Turns the events of one answer into server-sent events as they go over the wire.
#[derive(Debug)]
pub struct StreamEncoder(Encoder);

#[derive(Debug)]
enum Encoder {
    OpenAi(openai::stream::Encoder),
    Anthropic(anthropic::stream::Encoder),
}

impl StreamEncoder {
    fn openai(model: &str, created: UnixMs, include_usage: bool) -> Self {
        let model = model.to_owned();
        Self(Encoder::OpenAi(openai::stream::Encoder::new(model, created, include_usage)))
    }

    /// What comes is known to be a refusal: a dialect with a place of its own for its text puts it
    /// there.
    pub fn begin_refusal(&mut self) {
        if let Encoder::OpenAi(encoder) = &mut self.0 {
            encoder.begin_refusal();
        }
    }

    /// Complete frames for one event; empty where the dialect says nothing about it.
    pub fn encode(&mut self, event: &StreamEvent) -> Bytes {
        let mut frames = frames::Frames::default();
        match &mut self.0 {
            Encoder::OpenAi(encoder) => encoder.encode(event, &mut frames),
            Encoder::Anthropic(encoder) => encoder.encode(event, &mut frames),
        }
        frames.into_bytes()
    }

    /// The frames after the last event: what closes a good answer.
    pub fn finish(&mut self) -> Bytes {
        let mut frames = frames::Frames::default();
        match &mut self.0 {
            Encoder::OpenAi(encoder) => encoder.finish(&mut frames),
            Encoder::Anthropic(encoder) => encoder.finish(&mut frames),
        }
        frames.into_bytes()
    }

    /// The frame that ends an answer which broke off: an error event, and nothing after it.
    #[must_use]
    pub fn fail(&self, status: u16, fields: &ErrorFields<'_>) -> Bytes {
        let mut frames = frames::Frames::default();
        match &self.0 {
            Encoder::OpenAi(_) => openai::stream::fail(status, fields, &mut frames),
            Encoder::Anthropic(_) => anthropic::stream::fail(status, fields, &mut frames),
        }
        frames.into_bytes()
    }

    /// A frame that only shows that the connection lives.
    #[must_use]
    pub fn keep_alive(&self) -> Bytes {
        match &self.0 {
            Encoder::OpenAi(_) => Bytes::from_static(openai::stream::KEEP_ALIVE),
            Encoder::Anthropic(_) => Bytes::from_static(anthropic::stream::PING),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_asks_for_what_is_not_served_is_answered_in_their_own_dialect() {
        assert_eq!(Door::of_path("/v1/messages"), Door::Anthropic);
        assert_eq!(Door::of_path("/v1/messages/count_tokens"), Door::Anthropic);
        assert_eq!(Door::of_path("/v1/messagesque"), Door::OpenAi);
        assert_eq!(Door::of_path("/v1/chat/completions"), Door::OpenAi);
        assert!(Door::unserved("/v1/messages/count_tokens").is_some());
        assert_eq!(Door::unserved("/v1/messages"), None);
    }
}
