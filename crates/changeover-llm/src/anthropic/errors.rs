//! What Anthropic's errors mean beyond their coarse type: `invalid_request_error` is six things and
//! `rate_limit_error` five. Sources: the vendor's pages on errors and rate limits.

use changeover_domain::{FailureClass, Whose};

use crate::canonical::FinishReason;
use crate::classify::Classified;
use crate::classify::content::Ending;
use crate::classify::envelope::ErrorBody;

pub(crate) fn judge(error: &ErrorBody) -> Option<Classified> {
    if error.text_at("/details/error_code") == "enforced_spend_limit_reached" {
        return Some(Classified::usual(
            FailureClass::SpendCap,
            "the organisation's spend limit is reached",
        ));
    }
    match error.kind.as_str() {
        // Bare words without a limit's name: the vendor sheds load.
        "rate_limit_error" if is_bare(&error.message) => Some(
            Classified::usual(FailureClass::RateLimited, "the vendor limits everybody")
                .whose(Whose::Theirs),
        ),
        "timeout_error" => Some(Classified::usual(
            FailureClass::TimeoutTotal,
            "the vendor ran out of its own time",
        )),
        _ => None,
    }
}

fn is_bare(message: &str) -> bool {
    let message = message.trim().trim_end_matches(['.', '!']);
    message.eq_ignore_ascii_case("rate limited")
}

/// What a `stop_reason` means.
pub(crate) fn ending(stop_reason: &str) -> Ending {
    match stop_reason {
        "end_turn" | "stop_sequence" | "pause_turn" => Ending::Finished(FinishReason::Stop),
        "max_tokens" => Ending::Finished(FinishReason::Length),
        "tool_use" => Ending::Finished(FinishReason::ToolCalls),
        "refusal" => Ending::refused(),
        "model_context_window_exceeded" => Ending::Finished(FinishReason::Length),
        _ => Ending::Finished(FinishReason::Stop),
    }
}
