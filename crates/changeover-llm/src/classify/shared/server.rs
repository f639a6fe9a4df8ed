//! The vendor's own troubles that are no lack of capacity.

use changeover_domain::{FailureClass, Whose};

use crate::classify::envelope::ErrorBody;
use crate::classify::{Classified, HttpAnswer};

/// The vendor, or a gateway before it, ran out of its own time; or the caller gave up.
pub(super) fn own_time(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let words = &error.words;
    if words.any(&[
        "context canceled",
        "client closed request",
        "request was cancelled",
        "request was canceled",
    ]) || error.is_coded(&["cancelled", "request_cancelled", "client_closed_request"])
        || answer.status == Some(499)
    {
        let why = "the request was given up before the answer";
        return Some(Classified::usual(FailureClass::ClientCancelled, why));
    }
    if words.any(&["first token"]) && words.any(&["deadline", "time", "within"]) {
        let why = "the model wrote nothing within the vendor's own limit";
        return Some(Classified::usual(FailureClass::TimeoutFirstToken, why));
    }
    let coded = error.is_coded(&[
        "deadline_exceeded",
        "timeout_error",
        "timeout",
        "request_timeout",
        "gateway_timeout_error",
        "model_timeout_exception",
    ]);
    let by_words = words.any(&[
        "deadline expired",
        "deadline exceeded",
        "timed out",
        "timeouterror",
        "litellm.timeout",
    ]);
    let may_be = answer.status.is_none_or(|status| status == 200 || status == 408 || status >= 500);
    // 504 without the vendor's own word for it is what a proxy makes when nobody answers.
    let proxy = answer.status == Some(504) && !coded && !words.any(&["deadline"]);
    (may_be && !proxy && (coded || by_words)).then(|| {
        Classified::usual(FailureClass::TimeoutTotal, "the vendor ran out of its own time")
    })
}

pub(super) fn failed(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let words = &error.words;
    if words.any(&[
        "requires more system memory",
        "out of memory",
        "insufficient system resources",
        "unable to allocate",
    ]) {
        let found =
            Classified::usual(FailureClass::ServerError, "the model does not fit its machine");
        return Some(found.whose(Whose::OurConfiguration).retryable(false));
    }
    if words.any(&[
        "network connection lost",
        "bad gateway",
        "invalid response was received from the upstream",
    ]) || error.is_coded(&["provider_unavailable", "bad_gateway"])
    {
        let why = "the vendor lost its own upstream";
        return Some(Classified::usual(FailureClass::GatewayError, why));
    }
    let coded = error.is_coded(&[
        "server_error",
        "api_error",
        "internal_server_error",
        "internal_error",
        "internal",
        "server",
        "generation",
        "incomplete_generation",
    ]) || words.any(&[
        "finish_reason: error",
        "finish_reason error",
        "finish_reason \"error\"",
        "internal server error",
        "model has crashed",
        "provider disconnected",
    ]);
    let ours = answer.status.is_some_and(|status| (400..500).contains(&status) && status != 424);
    let proxy = matches!(answer.status, Some(502..=504));
    (coded && !ours && !proxy || answer.status == Some(500))
        .then(|| Classified::usual(FailureClass::ServerError, "the vendor failed"))
}
