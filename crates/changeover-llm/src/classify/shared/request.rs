//! What is wrong with the request itself.

use changeover_domain::{FailureClass, Whose};

use crate::classify::envelope::ErrorBody;
use crate::classify::{Classified, HttpAnswer};

pub(super) fn too_many_bytes(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let told = error.words.any(&[
        "request body size",
        "request entity too large",
        "request body too large",
        "payload too large",
        "payload size exceeds",
        "maximum allowed number of bytes",
        "length limit exceeded",
    ]) || error.is_coded(&[
        "request_too_large",
        "payload_too_large",
        "request_payload_too_large",
    ]);
    (told || answer.status == Some(413)).then(|| {
        let why = "the request has too many bytes for the vendor";
        Classified::usual(FailureClass::PayloadTooLarge, why)
    })
}

pub(super) fn refused(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let coded = error.is_coded(&[
        "invalid_request_error",
        "invalid_request",
        "invalid_argument",
        "invalid_parameter",
        "unsupported_parameter",
        "validation_error",
        "validation",
        "bad_request",
        "bad_request_error",
        "bad_request_body",
        "not_supported_error",
        "validation_exception",
    ]);
    let by_status = matches!(answer.status, Some(400 | 406 | 409 | 411 | 412 | 415 | 422 | 501));
    // Some type every error of theirs so, those of their own servers as well.
    let theirs = answer.status.is_some_and(|status| status >= 500 && status != 501);
    // In a stream and in a log there is no status, and the words must do.
    let by_words = matches!(answer.status, None | Some(200)) && error.words.any(&WRONG);
    if theirs || (!coded && !by_status && !by_words) {
        return None;
    }
    let found =
        Classified::usual(FailureClass::InvalidRequest, "the vendor does not take the request");
    Some(shade(found, answer, error))
}

const WRONG: [&str; 12] = [
    "invalid request",
    "invalid json",
    "invalid type",
    "malformed input",
    "malformed request",
    "missing field",
    "field required",
    "is required",
    "failed to deserialize",
    "not support",
    "n't support",
    "unsupported",
];

/// Our translation or our settings made it so; another vendor may take it.
const OUR_DOING: [&str; 17] = [
    "unknown name",
    "unknown field",
    "unknown parameter",
    "extra inputs are not permitted",
    "extra_forbidden",
    "unrecognized request argument",
    "unrecognized field",
    "unrecognized key",
    "unexpected keyword",
    "anthropic-beta",
    "thought_signature",
    "thought signature",
    "enable-auto-tool-choice",
    "only supported in v1/responses",
    "not supported in the v1/",
    "in the v1/chat/completions endpoint",
    "this server does not support",
];

/// The model or the vendor cannot do it; another can.
const ONLY_HERE: [&str; 19] = [
    "not support",
    "n't support",
    "unsupported",
    "not enabled for",
    "is not enabled",
    "only supports",
    "model only works",
    "for this model",
    "with this model",
    "by this model",
    "the model limit",
    "exceeds the model",
    "maximum allowed number of output tokens",
    "supports at most",
    "must contain the word 'json'",
    "is required to be supplied",
    "invalid schema for",
    "image exceeds",
    "provider returned error",
];

/// Whether the request is wrong everywhere or only here, and whether its form was our doing.
fn shade(found: Classified, answer: &HttpAnswer<'_>, error: &ErrorBody) -> Classified {
    let words = &error.words;
    if words.all(&["max_completion_tokens", "instead"]) {
        return found.whose(Whose::OurConfiguration);
    }
    if words.any(&OUR_DOING)
        || error.is_coded(&["unknown_parameter"])
        || matches!(answer.status, Some(415 | 501))
    {
        return found.whose(Whose::OurConfiguration).next_target_helps(true);
    }
    found.next_target_helps(words.any(&ONLY_HERE))
}
