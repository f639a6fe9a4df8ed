//! What a model wrote, judged: after a 200 everything can still fail.

use changeover_domain::{FailureClass, Whose};
use serde_json::Value;

use super::Classified;
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

/// Judges one answer, or one event of a streamed one, by its shape. `None` when nothing is wrong
/// with it.
pub(super) fn judge(document: &Value) -> Option<Classified> {
    anthropic_answer(document)
        .or_else(|| openai_answer(document))
        .or_else(|| gemini_answer(document))
        .or_else(|| bedrock_answer(document))
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
    failed(anthropic::errors::ending(reason))
        .or_else(|| content.is_some_and(Vec::is_empty).then(empty))
}

fn openai_answer(document: &Value) -> Option<Classified> {
    let choices = document.get("choices")?.as_array()?;
    let Some(choice) = choices.first() else {
        // In a stream the last chunk has usage and no choice.
        let is_chunk = text(document, "/object") == Some("chat.completion.chunk");
        return (!is_chunk).then(empty);
    };
    let refusal = ["/message/refusal", "/delta/refusal"]
        .iter()
        .find_map(|pointer| text(choice, pointer).filter(|text| !text.is_empty()));
    if refusal.is_some() {
        return failed(Ending::refused());
    }
    failed(openai::errors::ending(text(choice, "/finish_reason")?)).or_else(|| {
        let message = choice.get("message")?;
        let wrote = text(message, "/content").is_some_and(|text| !text.is_empty());
        let called = message.get("tool_calls").is_some_and(|calls| !calls.is_null());
        (!wrote && !called).then(empty)
    })
}

fn gemini_answer(document: &Value) -> Option<Classified> {
    if text(document, "/promptFeedback/blockReason").is_some() {
        return failed(Ending::filtered("Google's filter stopped the request"));
    }
    let candidate = document.get("candidates")?.as_array()?.first();
    let Some(reason) = candidate.and_then(|candidate| text(candidate, "/finishReason")) else {
        return candidate.is_none().then(empty);
    };
    failed(gemini::errors::ending(reason, false))
        .or_else(|| candidate?.pointer("/content/parts").is_none().then(empty))
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
        "max_tokens" | "model_context_window_exceeded" => Some(truncated()),
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
