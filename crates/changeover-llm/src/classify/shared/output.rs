//! What does not fit the model, and what the model made of it.

use changeover_domain::FailureClass;

use crate::classify::envelope::ErrorBody;
use crate::classify::{Classified, HttpAnswer};

const CONTEXT: [&str; 24] = [
    "maximum context length",
    "maximum prompt length",
    "context size has been exceeded",
    "exceeds the available context size",
    "exceed context limit",
    "exceeds context limit",
    "exceeds the context",
    "exceed the context",
    "longer than the model's context length",
    "context length exceeded",
    "context_length_exceeded",
    "contextwindowexceeded",
    "context window",
    "context length of only",
    "prompt is too long",
    "prompt too long",
    "input is too long",
    "exceeded model token limit",
    "too many tokens: ",
    "expected maxlength",
    "reduce the length of the messages",
    "reduce the length of your prompt",
    "input is too large to process",
    "string too long. expected a string with maximum length",
];

/// Pairs of which either half alone says nothing.
const CONTEXT_PAIRS: [&[&str]; 6] = [
    &["input token count", "exceeds the maximum"],
    &["inputs", "max_new_tokens", "must be"],
    &["input length", "exceeds the maximum"],
    &["input tokens", "exceeds the maximum"],
    &["prompt contains", "tokens", "too large for model"],
    &["range of input length should be", "["],
];

pub(super) fn context(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let words = &error.words;
    let coded = error.is_coded(&[
        "context_length_exceeded",
        "exceed_context_size_error",
        "context_window_exceeded",
        "string_too_long",
    ]);
    // Descriptions of tools are long texts too, and those the model's context has nothing to do with.
    let of_a_tool = words.any(&["tools[", "function.description", "functions["]);
    let by_words =
        (words.any(&CONTEXT) && !of_a_tool) || CONTEXT_PAIRS.iter().any(|pair| words.all(pair));
    (answer.status != Some(429) && (coded || by_words)).then(|| {
        Classified::usual(
            FailureClass::ContextLength,
            "the request does not fit the model's context",
        )
    })
}

const POLICY_CODES: [&str; 14] = [
    "content_filter",
    "content_policy_violation",
    "content_policy_violation_error",
    "content_filter_error",
    "content_moderation",
    "moderation_blocked",
    "moderation_error",
    "invalid_prompt",
    "responsible_ai_policy_violation",
    "data_inspection_failed",
    "sensitive_content_detected",
    "input_text_sensitive_content_detected",
    "output_text_sensitive_content_detected",
    "cyber_policy_violation",
];

const POLICY: [&str; 23] = [
    "content filtering policy",
    "content management policy",
    "content policy",
    "contentpolicyviolation",
    "safety system",
    "for safety reasons",
    "safety filter",
    "input was flagged",
    "was flagged",
    "been flagged",
    "requires moderation",
    "violates usage guidelines",
    "violates our usage",
    "violating our usage policy",
    "usage policies",
    "content exists risk",
    "content violates",
    "considered high risk",
    "unsafe or sensitive",
    "sensitive content",
    "inappropriate content",
    "blocked by our content",
    "prohibited content",
];

pub(super) fn content_policy(_: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    (error.is_coded(&POLICY_CODES) || error.words.any(&POLICY)).then(|| {
        Classified::usual(
            FailureClass::ContentFilter,
            "the vendor's filter stopped the request or the answer",
        )
    })
}

/// The model called a tool wrongly. Sent as 400 or 500 it looks like the caller's or the server's.
pub(super) fn tool_call(_: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let by_words = error.words.any(&[
        "failed to parse tool call",
        "did not call a tool",
        "failed to call a function",
        "malformed function call",
        "malformed tool call",
        "unexpected tool call",
        "tool call validation failed",
        "attempted to call tool",
        "invalid sequence as part of tooluse",
        "error parsing tool call",
    ]);
    (error.is_coded(&["tool_use_failed"]) || by_words).then(|| {
        Classified::usual(FailureClass::MalformedToolCall, "the model called a tool wrongly")
    })
}

/// The model was to write JSON and did not.
pub(super) fn malformed(_: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let coded = error.is_coded(&["json_validate_failed", "output_parse_failed"]);
    let by_words = error.words.any(&[
        "failed to generate json",
        "failed to validate json",
        "generated json does not match",
        "model output could not be parsed",
    ]);
    (coded || by_words).then(|| {
        Classified::usual(FailureClass::MalformedOutput, "the model did not write what was asked")
    })
}
