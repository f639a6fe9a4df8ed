//! `OpenAI`'s Responses API: an answer says of itself that it is incomplete.

use changeover_domain::FailureClass;
use serde_json::Value;

use super::{Classified, Ending, failed, text, truncated};

pub(super) fn judge(document: &Value) -> Option<Classified> {
    let response = document.get("response").unwrap_or(document);
    let output = response.get("output").and_then(Value::as_array);
    let refused = output.into_iter().flatten().any(has_refusal);
    if refused || text(document, "/type") == Some("response.refusal.done") {
        return failed(Ending::refused());
    }
    match text(response, "/incomplete_details/reason")? {
        "max_output_tokens" | "max_tokens" => Some(truncated()),
        "content_filter" => failed(Ending::filtered("the vendor's filter stopped the answer")),
        _ => {
            let why = "the vendor ended the answer without saying why";
            Some(Classified::usual(FailureClass::ServerError, why))
        }
    }
}

fn has_refusal(item: &Value) -> bool {
    let pieces = item.get("content").and_then(Value::as_array);
    pieces.into_iter().flatten().any(|piece| text(piece, "/type") == Some("refusal"))
}
