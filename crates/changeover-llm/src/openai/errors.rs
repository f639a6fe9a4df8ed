//! What `OpenAI`'s codes mean beyond the shared ones.

use changeover_domain::{FailureClass, Whose};

use crate::canonical::FinishReason;
use crate::classify::Classified;
use crate::classify::content::Ending;
use crate::classify::envelope::ErrorBody;

pub(crate) fn judge(error: &ErrorBody) -> Option<Classified> {
    // The vendor could not fetch the caller's picture: it reads like theirs and is not.
    if error.is_coded(&["invalid_image_url"]) {
        return Some(
            Classified::usual(
                FailureClass::InvalidRequest,
                "the vendor cannot fetch an image that the request names",
            )
            .whose(Whose::Caller),
        );
    }
    None
}

/// What a `finish_reason` means, here and at those that borrow the dialect.
pub(crate) fn ending(finish_reason: &str) -> Ending {
    match finish_reason {
        "length" => Ending::Finished(FinishReason::Length),
        "tool_calls" | "function_call" => Ending::Finished(FinishReason::ToolCalls),
        "content_filter" => Ending::filtered("the vendor's filter stopped the answer"),
        "insufficient_system_resource" => Ending::Failed(Classified::usual(
            FailureClass::Overloaded,
            "the vendor broke off for want of capacity",
        )),
        "error" => Ending::Failed(Classified::usual(
            FailureClass::ServerError,
            "the answer ended with an error of the model service",
        )),
        _ => Ending::Finished(FinishReason::Stop),
    }
}
