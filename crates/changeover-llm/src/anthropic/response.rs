//! Reads a whole Message.

use std::borrow::Cow;

use changeover_domain::TokenUsage;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::errors;
use crate::canonical::Part;
use crate::dialect::{self, ReadAnswer, lenient};

#[derive(Debug, Deserialize)]
struct Message<'a> {
    #[serde(default, deserialize_with = "lenient::owned")]
    id: String,
    #[serde(default, deserialize_with = "lenient::owned")]
    model: String,
    #[serde(borrow)]
    content: Vec<Block<'a>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    stop_reason: Option<Cow<'a, str>>,
    #[serde(default, borrow, deserialize_with = "lenient::text")]
    stop_sequence: Option<Cow<'a, str>>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(default, deserialize_with = "lenient::present")]
    error: bool,
}

/// A block of any kind; which fields it has is its kind's.
#[derive(Debug, Deserialize)]
struct Block<'a> {
    #[serde(rename = "type", default, borrow, deserialize_with = "lenient::text")]
    kind: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "lenient::owned")]
    text: String,
    #[serde(default, deserialize_with = "lenient::owned")]
    thinking: String,
    #[serde(default, deserialize_with = "lenient::owned")]
    signature: String,
    #[serde(default, deserialize_with = "lenient::owned")]
    data: String,
    #[serde(default, deserialize_with = "lenient::owned")]
    id: String,
    #[serde(default, deserialize_with = "lenient::owned")]
    name: String,
    #[serde(default, borrow)]
    input: Option<&'a RawValue>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Usage {
    #[serde(default, deserialize_with = "lenient::count")]
    input_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    cache_read_input_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    cache_creation_input_tokens: Option<u64>,
    #[serde(default)]
    cache_creation: Option<CacheCreation>,
    #[serde(default, deserialize_with = "lenient::count")]
    output_tokens: Option<u64>,
    #[serde(default)]
    output_tokens_details: Option<OutputDetails>,
}

/// What was written to the cache, by how long it is kept: each has a price of its own.
#[derive(Debug, Clone, Copy, Deserialize)]
struct CacheCreation {
    #[serde(default, deserialize_with = "lenient::count")]
    ephemeral_5m_input_tokens: Option<u64>,
    #[serde(default, deserialize_with = "lenient::count")]
    ephemeral_1h_input_tokens: Option<u64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct OutputDetails {
    #[serde(default, deserialize_with = "lenient::count")]
    thinking_tokens: Option<u64>,
}

/// `None` when the document is no answer, or an error as well as one.
pub(super) fn read(body: &[u8]) -> Option<ReadAnswer> {
    let message: Message<'_> = dialect::read(body).ok()?;
    if message.error {
        return None;
    }
    let reason = message.stop_reason?;
    Some(ReadAnswer {
        id: message.id,
        model: message.model,
        fingerprint: None,
        parts: message.content.into_iter().filter_map(part).collect(),
        ending: errors::ending(&reason),
        stop_sequence: message.stop_sequence.map(Cow::into_owned),
        usage: message.usage.and_then(|usage| Counts::default().updated(usage).total()),
    })
}

fn part(block: Block<'_>) -> Option<Part> {
    match block.kind.as_deref()? {
        "text" => Some(Part::Text(block.text)),
        "thinking" => {
            let signature = Some(block.signature).filter(|signature| !signature.is_empty());
            Some(Part::Thinking { text: block.thinking, signature })
        }
        "redacted_thinking" => Some(Part::RedactedThinking(block.data)),
        "tool_use" => Some(Part::ToolCall {
            id: block.id,
            name: block.name,
            arguments: block.input?.get().to_owned(),
            signature: None,
        }),
        _ => None,
    }
}

impl CacheCreation {
    fn all_and_hour(self) -> (u64, u64) {
        let hour = self.ephemeral_1h_input_tokens.unwrap_or_default();
        (self.ephemeral_5m_input_tokens.unwrap_or_default().saturating_add(hour), hour)
    }
}

/// The vendor counts cached input apart from `input_tokens`, and in a stream repeats only some of
/// its figures.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    input: Option<u64>,
    cache_read: u64,
    /// All that was written to the cache.
    cache_written: u64,
    /// Of that, what is kept for an hour.
    cache_written_1h: u64,
    output: Option<u64>,
    thought: u64,
}

impl Counts {
    /// With the figures of a `usage` object, which are totals so far.
    pub(super) fn updated(self, usage: Usage) -> Self {
        let thought = usage.output_tokens_details.and_then(|details| details.thinking_tokens);
        let by_lifetime = usage.cache_creation.map(CacheCreation::all_and_hour);
        let written = usage.cache_creation_input_tokens.or(by_lifetime.map(|(all, _)| all));
        Self {
            input: usage.input_tokens.or(self.input),
            cache_read: usage.cache_read_input_tokens.unwrap_or(self.cache_read),
            cache_written: written.unwrap_or(self.cache_written),
            cache_written_1h: by_lifetime.map_or(self.cache_written_1h, |(_, hour)| hour),
            output: usage.output_tokens.or(self.output),
            thought: thought.unwrap_or(self.thought),
        }
    }

    pub(super) fn total(self) -> Option<TokenUsage> {
        let all_input = self.input?.saturating_add(self.cache_read);
        let hour = self.cache_written_1h.min(self.cache_written);
        Some(TokenUsage {
            input_tokens: all_input.saturating_add(self.cache_written),
            cached_input_tokens: self.cache_read,
            cache_write_tokens: self.cache_written - hour,
            cache_write_1h_tokens: hour,
            output_tokens: self.output?,
            reasoning_tokens: self.thought,
        })
    }
}
