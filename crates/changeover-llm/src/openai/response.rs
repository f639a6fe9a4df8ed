//! Reads a whole chat completion.

use changeover_domain::TokenUsage;
use serde_json::Value;

use super::errors;
use crate::canonical::Part;
use crate::classify::content::Ending;
use crate::dialect::{ReadAnswer, count, owned, text};

pub(crate) fn read(document: &Value) -> Option<ReadAnswer> {
    let choices = document.get("choices")?.as_array()?;
    let choice = choices.first();
    let message = choice.and_then(|choice| choice.get("message"));
    Some(ReadAnswer {
        id: owned(document, "/id"),
        model: owned(document, "/model"),
        parts: message.map(parts).unwrap_or_default(),
        ending: ending(choice, message),
        stop_sequence: None,
        usage: document.get("usage").and_then(usage),
    })
}

fn ending(choice: Option<&Value>, message: Option<&Value>) -> Ending {
    let refusal = message.and_then(|message| text(message, "/refusal"));
    if refusal.is_some_and(|refusal| !refusal.is_empty()) {
        return Ending::refused();
    }
    let reason = choice.and_then(|choice| text(choice, "/finish_reason"));
    errors::ending(reason.unwrap_or_default())
}

fn parts(message: &Value) -> Vec<Part> {
    let written = match message.get("content") {
        Some(Value::String(text)) => text.clone(),
        // Some that borrow the dialect answer in pieces.
        Some(Value::Array(pieces)) => {
            pieces.iter().filter_map(|piece| text(piece, "/text")).collect()
        }
        _ => String::new(),
    };
    let calls = message.get("tool_calls").and_then(Value::as_array);
    let text = (!written.is_empty()).then_some(Part::Text(written));
    text.into_iter().chain(calls.into_iter().flatten().filter_map(call)).collect()
}

fn call(call: &Value) -> Option<Part> {
    let arguments = call.pointer("/function/arguments");
    Some(Part::ToolCall {
        id: owned(call, "/id"),
        name: text(call, "/function/name")?.to_owned(),
        arguments: match arguments {
            Some(Value::String(text)) => text.clone(),
            Some(object @ Value::Object(_)) => object.to_string(),
            _ => "{}".to_owned(),
        },
        signature: None,
    })
}

/// `None` where a figure is missing: unknown is not zero.
pub(super) fn usage(usage: &Value) -> Option<TokenUsage> {
    Some(TokenUsage {
        input_tokens: count(usage, "/prompt_tokens")?,
        cached_input_tokens: count(usage, "/prompt_tokens_details/cached_tokens")
            .or_else(|| count(usage, "/prompt_cache_hit_tokens"))
            .unwrap_or_default(),
        output_tokens: count(usage, "/completion_tokens")?,
        reasoning_tokens: 0,
    })
}
