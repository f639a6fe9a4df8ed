//! The vendors' wire formats, seen from the server's side: one folder each, with the same files:
//! `request` (what was asked), `answer` (whole and streamed), `error` (their refusals).
//!
//! A dialect is pure: it turns bytes into an [`Ask`] and an [`Answer`] into bytes. When they leave
//! and whether they do is `host`'s and `script`'s business.

mod anthropic;
mod azure;
mod gemini;
mod openai;
mod read;
#[cfg(test)]
mod tests;

use axum::http::{HeaderMap, Method, Uri};
use bytes::Bytes;
use changeover_domain::{ProviderKind, UnixMs};
use serde_json::Value;

use crate::fault::ErrorKind;
use crate::profile::{ModelProfile, ProviderProfile};
use crate::script::Header;

/// A request as it came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    pub(crate) provider: &'static ProviderProfile,
}

/// What was asked, in no vendor's words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ask {
    pub(crate) model: String,
    pub(crate) stream: bool,
    pub(crate) input_tokens: u64,
    pub(crate) max_tokens: Option<usize>,
    /// Texts at the first of which the answer ends, without it.
    pub(crate) stop: Vec<String>,
    pub(crate) want: Want,
    /// What was said last, as far as it is text.
    pub(crate) question: String,
    /// Whether a stream ends with the usage figures, where the vendor leaves the choice.
    pub(crate) include_usage: bool,
    /// Whether a stream is sent as events; Gemini sends one JSON array otherwise.
    pub(crate) events: bool,
}

/// The form of the wanted answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Want {
    Text,
    /// JSON that fits the schema; `Null` for any object.
    Json(Value),
    Tool {
        name: String,
        schema: Value,
    },
    Embeddings(Embeddings),
}

/// How vectors are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Embeddings {
    /// What stands for each text; texts that are alike get the same vector.
    pub(crate) digests: Vec<Vec<u8>>,
    pub(crate) dimensions: usize,
    /// As little-endian floats in base64, which the official SDKs ask for; else as numbers.
    pub(crate) base64: bool,
}

/// A refusal, before it takes its vendor's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) kind: ErrorKind,
    /// The vendor's usual words where it is `None`.
    pub(crate) message: Option<String>,
    /// The field at fault, where the vendor names it.
    pub(crate) param: Option<&'static str>,
    /// The vendor's own code, where it is not the kind's usual one.
    pub(crate) code: Option<&'static str>,
}

impl Problem {
    /// A refusal in the vendor's usual words.
    pub(crate) fn usual(kind: ErrorKind) -> Self {
        Self { kind, message: None, param: None, code: None }
    }

    /// A refusal in these words.
    pub(crate) fn of(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { message: Some(message.into()), ..Self::usual(kind) }
    }
}

/// A refusal on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) headers: Vec<Header>,
    pub(crate) content_type: &'static str,
    pub(crate) body: String,
}

/// What identifies one answer. Drawn, never counted or read from a clock.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stamp {
    pub(crate) created: UnixMs,
    /// 24 letters each.
    pub(crate) request: String,
    pub(crate) message: String,
    pub(crate) call: String,
    /// Of each rate limit, the part that is left, 0 to 1.
    pub(crate) headroom: f64,
    /// What the vendor says it took until the first token.
    pub(crate) processing_ms: u64,
}

/// What is answered, in no vendor's words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) model: &'static ModelProfile,
    /// One entry per token; joined they are the text, the JSON or the call's arguments.
    pub(crate) tokens: Vec<String>,
    /// The tool that is called, if one is.
    pub(crate) tool: Option<String>,
    pub(crate) stop: Stop,
    /// The text of [`Ask::stop`] that ended it.
    pub(crate) stop_sequence: Option<String>,
    pub(crate) input_tokens: u64,
}

impl PartialEq for ModelProfile {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        self.tokens.concat()
    }

    pub(crate) fn output_tokens(&self) -> u64 {
        u64::try_from(self.tokens.len()).unwrap_or(u64::MAX)
    }
}

/// Why an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    End,
    Sequence,
    MaxTokens,
    Tool,
    Refusal,
}

/// A streamed answer: opening, pieces, closing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Streamed {
    pub(crate) opening: Bytes,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) closing: Bytes,
}

/// One event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Tokens of the answer up to and with this piece.
    pub(crate) upto: usize,
    pub(crate) bytes: Bytes,
}

/// What a vendor's format can do.
pub(crate) trait Dialect: Send + Sync {
    /// Reads a request; checks path, key and fields as the vendor does, in its order.
    fn read(&self, call: &Call<'_>) -> Result<Ask, Problem>;
    /// Whether the vendor's format can tell this kind from the others.
    fn has_words_for(&self, _kind: ErrorKind) -> bool {
        true
    }
    /// A refusal in the vendor's words.
    fn refuse(&self, problem: &Problem, model: &str, stamp: &Stamp) -> Refusal;
    /// The refusal of a model that does not exist.
    fn unknown_model(&self, model: &str) -> Problem;
    /// The refusal of a prompt that is too long.
    fn too_long(&self, tokens: u64, limit: u32) -> Problem;
    /// The headers of a good answer, content type excepted.
    fn headers(&self, stamp: &Stamp) -> Vec<Header>;
    /// The body of an answer that is not streamed.
    fn whole(&self, answer: &Answer, stamp: &Stamp) -> String;
    /// The body of an answer with vectors, from a vendor that reads such requests.
    fn vectors(&self, _wanted: &Embeddings, _ask: &Ask) -> String {
        String::new()
    }
    /// The events of an answer that is streamed.
    fn streamed(&self, ask: &Ask, answer: &Answer, stamp: &Stamp) -> Streamed;
    /// An error after the stream has begun.
    fn error_event(&self, stamp: &Stamp) -> Bytes;
    /// The content type of a stream.
    fn stream_type(&self) -> &'static str {
        "text/event-stream; charset=utf-8"
    }
}

/// The format that a kind of provider speaks; `None` for those that are not simulated.
pub(crate) fn of(kind: ProviderKind) -> Option<&'static dyn Dialect> {
    match kind {
        ProviderKind::Anthropic => Some(&anthropic::Anthropic),
        ProviderKind::Openai => Some(&openai::Openai),
        ProviderKind::Gemini => Some(&gemini::Gemini),
        ProviderKind::AzureOpenai => Some(&azure::Azure),
        ProviderKind::Bedrock | ProviderKind::OpenaiCompatible => None,
    }
}

/// A page of the network in front of the vendor, which knows nothing of its API.
fn edge_page(host: &str) -> Refusal {
    Refusal {
        status: 502,
        headers: vec![("server", "cloudflare".to_owned())],
        content_type: "text/html; charset=UTF-8",
        body: format!(
            "<!DOCTYPE html>\n<html lang=\"en-US\">\n<head><title>{host} | 502: Bad gateway</title></head>\n\
             <body><h1>Bad gateway <span>Error code 502</span></h1>\n\
             <p>The web server reported a bad gateway error.</p></body>\n</html>\n"
        ),
    }
}

/// Of a limit, what is left.
fn left(limit: u32, headroom: f64) -> String {
    format!("{:.0}", f64::from(limit) * headroom.clamp(0.0, 1.0))
}
