//! A whole answer, as a Message.

use std::borrow::Cow;

use changeover_domain::TokenUsage;
use serde::Serialize;

use crate::canonical::{ChatResponse, FinishReason, Part};
use crate::dialect::{Arguments, literal};
use crate::front::{call_id, frames};

#[derive(Debug, Serialize)]
pub(super) struct Message<'a> {
    pub(super) id: Cow<'a, str>,
    pub(super) r#type: &'static str,
    pub(super) role: &'static str,
    pub(super) model: &'a str,
    pub(super) content: Vec<Block<'a>>,
    pub(super) stop_reason: Option<&'static str>,
    pub(super) stop_sequence: Option<&'a str>,
    pub(super) usage: Usage,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Block<'a> {
    Text {
        #[serde(serialize_with = "literal::text")]
        text: &'a str,
    },
    Thinking {
        thinking: &'a str,
        signature: &'a str,
    },
    RedactedThinking {
        data: &'a str,
    },
    ToolUse {
        id: Cow<'a, str>,
        name: &'a str,
        input: Arguments<'a>,
    },
}

/// The dialect counts input that was read from the cache or written to it apart, and requires figures: an answer of
/// unknown use says zero here, because nothing else can be said.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Usage {
    input_tokens: u64,
    cache_creation_input_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_creation: Option<CacheCreation>,
    cache_read_input_tokens: u64,
    output_tokens: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct CacheCreation {
    ephemeral_5m_input_tokens: u64,
    ephemeral_1h_input_tokens: u64,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct OutputDetails {
    thinking_tokens: u64,
}

impl From<TokenUsage> for Usage {
    fn from(usage: TokenUsage) -> Self {
        let thought = (usage.reasoning_tokens > 0)
            .then_some(OutputDetails { thinking_tokens: usage.reasoning_tokens });
        let written = usage.cache_write_tokens.saturating_add(usage.cache_write_1h_tokens);
        let apart = usage.cached_input_tokens.saturating_add(written);
        Self {
            input_tokens: usage.input_tokens.saturating_sub(apart),
            cache_creation_input_tokens: written,
            cache_creation: (written > 0).then_some(CacheCreation {
                ephemeral_5m_input_tokens: usage.cache_write_tokens,
                ephemeral_1h_input_tokens: usage.cache_write_1h_tokens,
            }),
            cache_read_input_tokens: usage.cached_input_tokens,
            output_tokens: usage.output_tokens,
            output_tokens_details: thought,
        }
    }
}

/// Encodes an answer; `model` is the name under which the application asked.
pub(crate) fn encode(response: &ChatResponse, model: &str) -> Vec<u8> {
    let stop_sequence = response.stop_sequence.as_deref();
    frames::json(&Message {
        id: message_id(&response.id),
        r#type: "message",
        role: "assistant",
        model,
        content: response.parts.iter().filter_map(block).collect(),
        stop_reason: Some(stop_reason(response.finish, stop_sequence.is_some())),
        stop_sequence,
        usage: response.usage.map(Usage::from).unwrap_or_default(),
    })
}

fn block(part: &Part) -> Option<Block<'_>> {
    Some(match part {
        Part::Text(text) if text.is_empty() => return None,
        Part::Text(text) => Block::Text { text },
        // Every thought has a proof in this dialect; one that came without has an empty one.
        Part::Thinking { text, signature } => {
            Block::Thinking { thinking: text, signature: signature.as_deref().unwrap_or_default() }
        }
        Part::RedactedThinking(data) => Block::RedactedThinking { data },
        Part::ToolCall { id, name, arguments, signature } => Block::ToolUse {
            id: call_id::joined(id, signature.as_deref()),
            name,
            input: Arguments(arguments),
        },
        Part::Image(_) | Part::ToolResult { .. } | Part::CacheMark(_) => return None,
    })
}

/// The dialect's ids of messages begin alike.
pub(super) fn message_id(id: &str) -> Cow<'_, str> {
    if id.starts_with("msg_") { Cow::Borrowed(id) } else { Cow::Owned(format!("msg_{id}")) }
}

/// A filtered answer is a refusal here: the dialect has no other word.
pub(super) fn stop_reason(finish: FinishReason, by_stop_text: bool) -> &'static str {
    match finish {
        FinishReason::Stop if by_stop_text => "stop_sequence",
        FinishReason::Stop => "end_turn",
        FinishReason::Length => "max_tokens",
        FinishReason::ToolCalls => "tool_use",
        FinishReason::ContentFilter | FinishReason::Refusal => "refusal",
    }
}
