//! A whole answer, as `chat.completion`.

use std::borrow::Cow;

use changeover_domain::{TokenUsage, UnixMs};
use serde::Serialize;

use crate::canonical::{ChatResponse, FinishReason, Part};
use crate::dialect::literal;
use crate::front::{call_id, frames};

#[derive(Debug, Serialize)]
struct Completion<'a> {
    id: &'a str,
    object: &'static str,
    created: i64,
    model: &'a str,
    choices: [Choice<'a>; 1],
    // Unknown usage is left out: a zero would be a claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
}

#[derive(Debug, Serialize)]
struct Choice<'a> {
    index: u32,
    message: Message<'a>,
    logprobs: Option<()>,
    finish_reason: &'static str,
}

#[derive(Debug, Serialize)]
struct Message<'a> {
    role: &'static str,
    #[serde(serialize_with = "literal::maybe")]
    content: Option<Cow<'a, str>>,
    refusal: Option<Cow<'a, str>>,
    /// Not the vendor's, but what servers that borrow the dialect and their applications use.
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<ToolCall<'a>>,
}

#[derive(Debug, Serialize)]
struct ToolCall<'a> {
    id: Cow<'a, str>,
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Debug, Serialize)]
struct Function<'a> {
    name: &'a str,
    arguments: &'a str,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
    total_tokens: u64,
    prompt_tokens_details: PromptDetails,
    completion_tokens_details: CompletionDetails,
}

#[derive(Debug, Clone, Copy, Serialize)]
struct PromptDetails {
    cached_tokens: u64,
    /// Only where there are some: most vendors bill no writing.
    #[serde(skip_serializing_if = "is_zero")]
    cache_write_tokens: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

#[derive(Debug, Clone, Copy, Serialize)]
struct CompletionDetails {
    reasoning_tokens: u64,
}

impl From<TokenUsage> for Usage {
    fn from(usage: TokenUsage) -> Self {
        Self {
            prompt_tokens: usage.input_tokens,
            completion_tokens: usage.output_tokens,
            total_tokens: usage.input_tokens.saturating_add(usage.output_tokens),
            prompt_tokens_details: PromptDetails {
                cached_tokens: usage.cached_input_tokens,
                cache_write_tokens: usage
                    .cache_write_tokens
                    .saturating_add(usage.cache_write_1h_tokens),
            },
            completion_tokens_details: CompletionDetails {
                reasoning_tokens: usage.reasoning_tokens,
            },
        }
    }
}

/// Encodes an answer; `model` is the name under which the application asked.
pub(crate) fn encode(response: &ChatResponse, model: &str, created: UnixMs) -> Vec<u8> {
    frames::json(&Completion {
        id: &response.id,
        object: "chat.completion",
        created: created.0.div_euclid(1_000),
        model,
        choices: [Choice {
            index: 0,
            message: message(response),
            logprobs: None,
            finish_reason: finish_name(response.finish),
        }],
        usage: response.usage.map(Usage::from),
    })
}

fn message(response: &ChatResponse) -> Message<'_> {
    let mut text = None;
    let mut thoughts = None;
    let mut tool_calls = Vec::new();
    for part in &response.parts {
        match part {
            Part::Text(piece) => append(&mut text, piece),
            Part::Thinking { text: thought, .. } => append(&mut thoughts, thought),
            Part::ToolCall { id, name, arguments, signature } => tool_calls.push(ToolCall {
                id: call_id::joined(id, signature.as_deref()),
                r#type: "function",
                function: Function { name, arguments },
            }),
            Part::RedactedThinking(_)
            | Part::Image(_)
            | Part::ToolResult { .. }
            | Part::CacheMark(_) => {}
        }
    }
    let refused = response.finish == FinishReason::Refusal;
    let (content, refusal) = if refused { (None, text) } else { (text, None) };
    Message { role: "assistant", content, refusal, reasoning_content: thoughts, tool_calls }
}

/// Pieces of a text as one; copied only when there are several.
fn append<'a>(text: &mut Option<Cow<'a, str>>, piece: &'a str) {
    match text {
        _ if piece.is_empty() => {}
        None => *text = Some(Cow::Borrowed(piece)),
        Some(text) => text.to_mut().push_str(piece),
    }
}

/// The dialect has no word for a refusal: it is a `stop` with `message.refusal`.
pub(super) fn finish_name(finish: FinishReason) -> &'static str {
    match finish {
        FinishReason::Stop | FinishReason::Refusal => "stop",
        FinishReason::Length => "length",
        FinishReason::ToolCalls => "tool_calls",
        FinishReason::ContentFilter => "content_filter",
    }
}
