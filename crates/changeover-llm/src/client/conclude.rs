//! Whether what a model wrote is an answer: the same for whole and streamed ones.

use changeover_domain::FailureClass;

use super::content::{Ending, empty, truncated};
use crate::canonical::FinishReason;
use crate::classify::Classified;

/// The finish of an answer that `wrote` something or not, with its calls' arguments.
pub(super) fn conclude<'a>(
    ending: Ending,
    wrote: bool,
    mut arguments: impl Iterator<Item = &'a str>,
) -> Result<FinishReason, Classified> {
    let finish = match ending {
        Ending::Failed(found) => return Err(found),
        Ending::Finished(finish) => finish,
    };
    match finish {
        FinishReason::Length if !wrote => Err(truncated()),
        // What was cut cannot be whole JSON; the finish says so.
        FinishReason::Length => Ok(finish),
        _ if !wrote => Err(empty()),
        _ if !arguments.all(is_json) => Err(Classified::usual(
            FailureClass::MalformedToolCall,
            "the model's arguments for a tool are not JSON",
        )),
        _ => Ok(finish),
    }
}

fn is_json(arguments: &str) -> bool {
    arguments.trim().is_empty() || serde_json::from_str::<serde::de::IgnoredAny>(arguments).is_ok()
}
