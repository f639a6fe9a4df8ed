//! A stream as a whole: whether it came to its end, and whether anything was in it.

use changeover_domain::FailureClass;
use serde_json::Value;

use super::{Classified, empty, text};

/// Judges the events of a stream in which no single one says that something is wrong.
pub(super) fn judge(body: &str, events: &[Value]) -> Option<Classified> {
    let begun = events.iter().any(is_answers);
    if !begun {
        return None;
    }
    let ended = body.contains("[DONE]") || events.iter().any(is_terminal);
    if !ended {
        let why = "the stream ended before the answer did";
        return Some(Classified::usual(FailureClass::Connect, why).in_stream());
    }
    (!events.iter().any(has_content)).then(empty)
}

fn is_answers(event: &Value) -> bool {
    text(event, "/object") == Some("chat.completion.chunk")
        || event.get("candidates").is_some()
        || matches!(text(event, "/type"), Some("message_start" | "response.created"))
}

fn is_terminal(event: &Value) -> bool {
    text(event, "/choices/0/finish_reason").is_some()
        || text(event, "/candidates/0/finishReason").is_some()
        || matches!(
            text(event, "/type"),
            Some("message_stop" | "response.completed" | "response.incomplete")
        )
}

fn has_content(event: &Value) -> bool {
    let written = ["/choices/0/delta/content", "/choices/0/text", "/delta/text", "/delta"];
    let called = ["/choices/0/delta/tool_calls", "/content_block", "/candidates/0/content/parts"];
    written.iter().any(|place| text(event, place).is_some_and(|text| !text.is_empty()))
        || called.iter().any(|place| event.pointer(place).is_some_and(|value| !value.is_null()))
        || text(event, "/type") == Some("response.completed")
}
