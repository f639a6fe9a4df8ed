//! What is wrong with the request or with what the model made of it.

use changeover_domain::{FailureClass, Whose};

use crate::classify::envelope::ErrorBody;
use crate::classify::{Classified, HttpAnswer};

pub(super) fn context(_: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let words = &error.words;
    let coded = error.is_coded(&["context_length_exceeded", "exceed_context_size_error"]);
    let by_words = words.any(&[
        "maximum context length",
        "context size has been exceeded",
        "exceeds the available context size",
        "exceed context limit",
        "prompt is too long",
        "context window",
        "too many tokens: total number",
        "expected maxlength",
    ]) || words.all(&["input token count", "exceeds the maximum"])
        || words.all(&["inputs", "max_new_tokens", "must be"]);
    (coded || by_words).then(|| {
        Classified::usual(
            FailureClass::ContextLength,
            "the request does not fit the model's context",
        )
    })
}

pub(super) fn content_policy(_: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let coded = error.is_coded(&[
        "content_filter",
        "content_policy_violation",
        "invalid_prompt",
        "responsibleaipolicyviolation",
        "data_inspection_failed",
        "content_filter_error",
    ]);
    let by_words = error.words.any(&[
        "content filtering policy",
        "content management policy",
        "safety system",
        "for safety reasons",
        "input was flagged",
        "requires moderation",
    ]);
    (coded || by_words).then(|| {
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
        "unexpected tool call",
    ]);
    (error.is_coded(&["tool_use_failed"]) || by_words).then(|| {
        Classified::usual(FailureClass::MalformedToolCall, "the model called a tool wrongly")
    })
}

const MISSING: [&str; 7] = [
    "does not exist",
    "not found",
    "was removed",
    "no longer available",
    "decommissioned",
    "identifier is invalid",
    "is not available",
];

/// A missing model, and beside it a missing address: only a vendor's body makes a 404 a model's.
pub(super) fn model(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let words = &error.words;
    let coded = error.is_coded(&[
        "model_not_found",
        "deploymentnotfound",
        "model_decommissioned",
        "model_not_available",
    ]);
    // The word must follow closely: a message about a tool may name the model as well.
    let missing = |rest: &str| {
        let near: String = rest.chars().take(120).collect();
        MISSING.iter().any(|piece| near.contains(piece))
    };
    let by_words =
        ["model", "deployment"].iter().any(|noun| words.after(noun).is_some_and(missing))
            || words.any(&["no endpoints found", "not a valid model"]);
    let anthropic = words.any(&["model: "]) && error.is_coded(&["not_found_error"]);
    let may_be = matches!(answer.status, None | Some(200 | 400 | 403 | 404 | 410));
    if coded || (may_be && by_words) || anthropic {
        let why = "the vendor does not know this model, or not for our account";
        return Some(Classified::usual(FailureClass::ModelNotFound, why));
    }
    let no_address = answer.status == Some(404) || error.is_coded(&["not_found_error"]);
    no_address.then(|| {
        Classified::usual(
            FailureClass::InvalidRequest,
            "nothing answers at this address of the vendor",
        )
        .whose(Whose::OurConfiguration)
        .next_target_helps(true)
    })
}

pub(super) fn refused(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let words = &error.words;
    let too_large =
        words.any(&["request body size", "request entity too large", "payload too large"]);
    if too_large || answer.status == Some(413) || error.is_coded(&["request_too_large"]) {
        let why = "the request has too many bytes for the vendor";
        return Some(Classified::usual(FailureClass::PayloadTooLarge, why));
    }
    let coded = error.is_coded(&[
        "invalid_request_error",
        "invalid_argument",
        "unsupported_parameter",
        "validation_error",
    ]) || error.status_word == "INVALID_ARGUMENT";
    let by_status = matches!(answer.status, Some(400 | 405 | 409 | 415 | 422));
    // Some type every error of theirs so, those of their own servers as well.
    let theirs = answer.status.is_some_and(|status| status >= 500);
    if theirs || (!coded && !by_status) {
        return None;
    }
    let found =
        Classified::usual(FailureClass::InvalidRequest, "the vendor does not take the request");
    Some(shade(found, error))
}

/// Whether the request is wrong everywhere or only here, and whether its form was our doing.
fn shade(found: Classified, error: &ErrorBody) -> Classified {
    let words = &error.words;
    if words.any(&["max_completion_tokens"]) {
        return found.whose(Whose::OurConfiguration);
    }
    if words.any(&[
        "unknown name",
        "extra inputs are not permitted",
        "unrecognized request argument",
    ]) {
        return found.whose(Whose::OurConfiguration).next_target_helps(true);
    }
    let only_here =
        words.any(&["not support", "n't support", "unsupported", "must contain the word 'json'"]);
    found.next_target_helps(only_here)
}
