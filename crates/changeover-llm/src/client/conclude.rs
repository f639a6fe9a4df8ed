//! Whether what a model wrote is an answer: the same for whole and streamed ones.

use changeover_domain::FailureClass;

use super::content::{Ending, empty, truncated};
use crate::canonical::FinishReason;
use crate::classify::Classified;

/// What an answer consists of, as far as its end is judged by it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    /// Something was written.
    pub(super) any: bool,
    /// One of the request's own stop texts may have ended it. Then nothing is an answer too: the
    /// model would have begun with that text.
    pub(super) at_stop_text: bool,
}

/// The finish of an answer that was `written` so, with its calls' arguments.
pub(super) fn conclude<'a>(
    ending: Ending,
    written: Written,
    mut arguments: impl Iterator<Item = &'a str>,
) -> Result<FinishReason, Classified> {
    let finish = match ending {
        Ending::Failed(found) => return Err(found),
        Ending::Finished(finish) => finish,
    };
    match finish {
        FinishReason::Length if !written.any => Err(truncated()),
        // What was cut cannot be whole JSON; the finish says so.
        FinishReason::Length => Ok(finish),
        FinishReason::Stop if !written.any && written.at_stop_text => Ok(finish),
        _ if !written.any => Err(empty()),
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
