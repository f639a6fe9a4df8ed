//! A whole answer, as `chat.completion`.

use changeover_domain::{TokenUsage, UnixMs};
use serde_json::{Map, Value, json};

use crate::canonical::{ChatResponse, FinishReason, Part};

/// Encodes an answer; `model` is the name under which the application asked.
#[must_use]
pub fn encode_response(response: &ChatResponse, model: &str, created: UnixMs) -> Value {
    let mut body = json!({
        "id": response.id,
        "object": "chat.completion",
        "created": created.0.div_euclid(1_000),
        "model": model,
        "choices": [{
            "index": 0,
            "message": message(response),
            "logprobs": null,
            "finish_reason": finish_name(response.finish),
        }],
    });
    // Unknown usage is left out: a zero would be a claim.
    if let (Some(usage), Some(fields)) = (response.usage, body.as_object_mut()) {
        fields.insert("usage".into(), usage_value(usage));
    }
    body
}

fn message(response: &ChatResponse) -> Value {
    let mut text = String::new();
    let mut calls = Vec::new();
    for part in &response.parts {
        match part {
            Part::Text(piece) => text.push_str(piece),
            Part::ToolCall { id, name, arguments } => calls.push(json!({
                "id": id, "type": "function",
                "function": {"name": name, "arguments": arguments},
            })),
            Part::Image(_) | Part::ToolResult { .. } => {}
        }
    }
    let refused = response.finish == FinishReason::Refusal;
    let shown = if text.is_empty() { Value::Null } else { Value::String(text) };
    let (content, refusal) = if refused { (Value::Null, shown) } else { (shown, Value::Null) };
    let mut message = Map::new();
    message.insert("role".into(), json!("assistant"));
    message.insert("content".into(), content);
    message.insert("refusal".into(), refusal);
    if !calls.is_empty() {
        message.insert("tool_calls".into(), Value::Array(calls));
    }
    Value::Object(message)
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

pub(super) fn usage_value(usage: TokenUsage) -> Value {
    json!({
        "prompt_tokens": usage.input_tokens,
        "completion_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens.saturating_add(usage.output_tokens),
        "prompt_tokens_details": {"cached_tokens": usage.cached_input_tokens},
    })
}
