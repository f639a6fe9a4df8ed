//! What a model wrote, judged: after a 200 everything can still fail.

use changeover_domain::{FailureClass, Whose};
use serde_json::Value;

mod responses;
mod stream;

use super::lenient::Documents;
use super::{Classified, HttpAnswer};
use crate::canonical::FinishReason;
use crate::{anthropic, gemini, openai};

/// How a model's answer ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    Finished(FinishReason),
    Failed(Classified),
}

impl Ending {
    pub(crate) fn refused() -> Self {
        Self::Failed(Classified::usual(FailureClass::Refusal, "the model refused"))
    }

    pub(crate) fn filtered(why: &str) -> Self {
        Self::Failed(Classified::usual(FailureClass::ContentFilter, why))
    }
}

/// An answer without any content.
pub(crate) fn empty() -> Classified {
    Classified::usual(FailureClass::Empty, "the model wrote nothing")
}

/// An answer cut at its length limit: by itself no failure, but one when nothing was written.
pub(crate) fn truncated() -> Classified {
    Classified::usual(FailureClass::Truncated, "the answer was cut at its length limit")
}

/// An answer that ended because the model's context was full.
fn window_full() -> Classified {
    Classified::usual(FailureClass::ContextLength, "the model's context was full before the end")
}

/// Judges what a model wrote: the last document that says something wins, as in a stream.
pub(super) fn whole(answer: &HttpAnswer<'_>, documents: &Documents) -> Option<Classified> {
    let said = documents.values.iter().rev().find_map(|each| judge(each, answer.in_stream));
    // A list that was cut open is not known to be empty.
    let open = documents.mended && !answer.body.contains("[]");
    if let Some(found) = said.filter(|found| found.class != FailureClass::Empty || !open) {
        // A stream that ends so has failed in the vendor's hands; a filter or a limit has not.
        let broke = matches!(found.class, FailureClass::ServerError | FailureClass::Overloaded);
        return Some(if answer.in_stream && broke { found.in_stream() } else { found });
    }
    if documents.mended {
        let nothing = answer.body.trim().is_empty();
        if nothing && answer.status.is_none() {
            return None;
        }
        return Some(if nothing {
            Classified::usual(FailureClass::Empty, "the answer has no body")
        } else {
            Classified::usual(FailureClass::MalformedOutput, "the answer is not JSON")
        });
    }
    let framed = answer.in_stream && answer.body.contains("data:");
    if framed { stream::judge(answer.body, &documents.values) } else { None }
}

/// Judges one answer, or one event of a streamed one, by its shape. `None` when nothing is wrong
/// with it.
fn judge(document: &Value, in_stream: bool) -> Option<Classified> {
    anthropic_answer(document)
        .or_else(|| openai_answer(document, in_stream))
        .or_else(|| responses::judge(document))
        .or_else(|| gemini_answer(document))
        .or_else(|| bedrock_answer(document))
        .or_else(|| cohere_answer(document))
}

fn failed(ending: Ending) -> Option<Classified> {
    match ending {
        Ending::Failed(found) => Some(found),
        Ending::Finished(FinishReason::Length) => Some(truncated()),
        Ending::Finished(_) => None,
    }
}

fn text<'a>(document: &'a Value, pointer: &str) -> Option<&'a str> {
    document.pointer(pointer).and_then(Value::as_str)
}

fn anthropic_answer(document: &Value) -> Option<Classified> {
    let reason = text(document, "/stop_reason").or_else(|| text(document, "/delta/stop_reason"))?;
    let content = document.get("content").and_then(Value::as_array);
    if reason == "model_context_window_exceeded" {
        return Some(window_full());
    }
    // Nothing before one of the request's own stop texts is an answer.
    let stopped = reason == "stop_sequence";
    failed(anthropic::errors::ending(reason))
        .or_else(|| (!stopped && content.is_some_and(Vec::is_empty)).then(empty))
}

fn openai_answer(document: &Value, in_stream: bool) -> Option<Classified> {
    let choices = document.get("choices")?.as_array()?;
    let Some(choice) = choices.first() else {
        // In a stream the first chunk may have the filter's words only, and the last one the usage.
        let is_chunk = text(document, "/object") == Some("chat.completion.chunk");
        return (!is_chunk && !in_stream).then(empty);
    };
    let refusal = ["/message/refusal", "/delta/refusal"]
        .iter()
        .find_map(|pointer| text(choice, pointer).filter(|text| !text.is_empty()));
    if refusal.is_some() {
        return failed(Ending::refused());
    }
    failed(openai::errors::ending(text(choice, "/finish_reason")?))
        .or_else(|| openai_message(choice.get("message")?))
}

fn openai_message(message: &Value) -> Option<Classified> {
    let wrote = match message.get("content") {
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(pieces)) => !pieces.is_empty(),
        _ => false,
    };
    let calls = message.get("tool_calls").and_then(Value::as_array);
    let unreadable = |call: &Value| {
        text(call, "/function/arguments").is_some_and(|arguments| {
            !arguments.trim().is_empty()
                && serde_json::from_str::<serde::de::IgnoredAny>(arguments).is_err()
        })
    };
    if calls.is_some_and(|calls| calls.iter().any(unreadable)) {
        let why = "the model's arguments for a tool are not JSON";
        return Some(Classified::usual(FailureClass::MalformedToolCall, why));
    }
    let called = calls.is_some_and(|calls| !calls.is_empty())
        || message.get("function_call").is_some_and(Value::is_object);
    (!wrote && !called).then(empty)
}

fn gemini_answer(document: &Value) -> Option<Classified> {
    if text(document, "/promptFeedback/blockReason").is_some() {
        return failed(Ending::filtered("Google's filter stopped the request"));
    }
    let Some(candidates) = document.get("candidates").and_then(Value::as_array) else {
        return document.get("usageMetadata").and(document.get("modelVersion")).map(|_| empty());
    };
    let Some(candidate) = candidates.first() else {
        return Some(empty());
    };
    failed(gemini::errors::ending(text(candidate, "/finishReason")?, false)).or_else(|| {
        let parts = candidate.pointer("/content/parts").and_then(Value::as_array);
        let silent = |part: &Value| text(part, "/text").is_some_and(str::is_empty);
        parts.is_none_or(|parts| parts.iter().all(silent)).then(empty)
    })
}

/// Cohere's own dialect, which ends with words of its own.
fn cohere_answer(document: &Value) -> Option<Classified> {
    let reason = text(document, "/finish_reason")
        .or_else(|| text(document, "/delta/finish_reason"))
        .or_else(|| text(document, "/response/finish_reason"))?;
    match reason {
        "ERROR_TOXIC" => failed(Ending::filtered("the vendor's filter stopped the answer")),
        "ERROR_LIMIT" => Some(window_full()),
        "MAX_TOKENS" => Some(truncated()),
        "ERROR" => {
            let why = "the answer ended with an error of the model service";
            Some(Classified::usual(FailureClass::ServerError, why))
        }
        "TIMEOUT" => {
            let why = "the vendor ran out of its own time";
            Some(Classified::usual(FailureClass::TimeoutTotal, why))
        }
        _ => None,
    }
}

/// Bedrock's Converse.
fn bedrock_answer(document: &Value) -> Option<Classified> {
    match text(document, "/stopReason")? {
        "guardrail_intervened" => Some(
            Classified::usual(FailureClass::ContentFilter, "our own guardrail changed the answer")
                .whose(Whose::OurConfiguration)
                .next_target_helps(false),
        ),
        "content_filtered" => failed(Ending::filtered("the vendor's filter stopped the answer")),
        "max_tokens" => Some(truncated()),
        "model_context_window_exceeded" => Some(window_full()),
        "malformed_tool_use" => Some(Classified::usual(
            FailureClass::MalformedToolCall,
            "the model called a tool wrongly",
        )),
        "malformed_model_output" => Some(Classified::usual(
            FailureClass::MalformedOutput,
            "the model's output could not be read",
        )),
        _ => None,
    }
}
