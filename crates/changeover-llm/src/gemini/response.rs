//! Reads a whole `GenerateContentResponse`; in a stream every chunk is one.

use changeover_domain::TokenUsage;
use serde_json::Value;

use super::errors;
use crate::canonical::{FinishReason, Part};
use crate::classify::content::Ending;
use crate::dialect::{ReadAnswer, count, owned, text};

pub(super) fn read(document: &Value) -> Option<ReadAnswer> {
    let known = ["candidates", "promptFeedback"];
    known.iter().find(|name| document.get(**name).is_some())?;
    let parts = parts(document, 0);
    Some(ReadAnswer {
        id: owned(document, "/responseId"),
        model: owned(document, "/modelVersion"),
        ending: ending(document, has_calls(&parts)).unwrap_or(Ending::Finished(FinishReason::Stop)),
        parts,
        stop_sequence: None,
        usage: usage(document),
    })
}

pub(super) fn has_calls(parts: &[Part]) -> bool {
    parts.iter().any(|part| matches!(part, Part::ToolCall { .. }))
}

/// How the answer ended, if this document says so.
pub(super) fn ending(document: &Value, has_calls: bool) -> Option<Ending> {
    if text(document, "/promptFeedback/blockReason").is_some() {
        return Some(Ending::filtered("Google's filter stopped the request"));
    }
    text(document, "/candidates/0/finishReason").map(|reason| errors::ending(reason, has_calls))
}

/// Text and calls, without what the model thought. The vendor leaves out the id of a call where it
/// can; then the call gets one by its place, counted from `calls_before`.
pub(super) fn parts(document: &Value, calls_before: usize) -> Vec<Part> {
    let pieces = document.pointer("/candidates/0/content/parts").and_then(Value::as_array);
    let mut calls = calls_before;
    pieces
        .into_iter()
        .flatten()
        .filter(|piece| piece.get("thought").and_then(Value::as_bool) != Some(true))
        .filter_map(|piece| {
            if let Some(call) = piece.get("functionCall") {
                calls = calls.saturating_add(1);
                return Some(tool_call(call, calls));
            }
            let written = text(piece, "/text").filter(|text| !text.is_empty())?;
            Some(Part::Text(written.to_owned()))
        })
        .collect()
}

fn tool_call(call: &Value, number: usize) -> Part {
    Part::ToolCall {
        id: text(call, "/id").map_or_else(|| format!("call_{number}"), str::to_owned),
        name: owned(call, "/name"),
        arguments: call.get("args").map_or_else(|| "{}".to_owned(), Value::to_string),
        signature: None,
    }
}

/// Thoughts are billed as output; what tools put into the prompt, as input.
pub(super) fn usage(document: &Value) -> Option<TokenUsage> {
    let usage = document.get("usageMetadata")?;
    let figure = |name| count(usage, name).unwrap_or_default();
    Some(TokenUsage {
        input_tokens: count(usage, "/promptTokenCount")?
            .saturating_add(figure("/toolUsePromptTokenCount")),
        cached_input_tokens: figure("/cachedContentTokenCount"),
        output_tokens: figure("/candidatesTokenCount")
            .saturating_add(figure("/thoughtsTokenCount")),
        reasoning_tokens: 0,
    })
}
