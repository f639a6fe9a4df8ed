//! A missing model, and beside it a missing address: only a vendor's body makes a 404 a model's.

use changeover_domain::{FailureClass, Whose};

use crate::classify::envelope::ErrorBody;
use crate::classify::{Classified, HttpAnswer};

const CODES: [&str; 12] = [
    "model_not_found",
    "model_not_found_error",
    "deployment_not_found",
    "model_decommissioned",
    "model_deprecated",
    "model_not_available",
    "model_not_supported",
    "model_not_exist",
    "invalid_model",
    "unknown_model",
    "invalid_endpoint_or_model_not_found",
    "no_such_model",
];

const MISSING: [&str; 20] = [
    "does not exist",
    "doesn't exist",
    "not exist",
    "not found",
    "was removed",
    "has been removed",
    "no longer available",
    "no longer supported",
    "decommissioned",
    "deprecated and",
    "been deprecated",
    "been retired",
    "end of its life",
    "end-of-life",
    "end of life",
    "identifier is invalid",
    "is not available",
    "not a valid model",
    "too large to be loaded automatically",
    "marked by provider as legacy",
];

const SAYINGS: [&str; 14] = [
    "no endpoints found",
    "no allowed providers",
    "not a valid model",
    "invalid model",
    "unknown model",
    "no such model",
    "no models loaded",
    "unable to access model",
    "unable to access non-serverless",
    "supported by any provider",
    "model identifier is invalid",
    "on-demand throughput",
    "requested entity was not found",
    "model unloaded",
];

pub(super) fn missing(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let words = &error.words;
    if let Some(found) = unroutable(error) {
        return Some(found);
    }
    let named = ["model", "deployment"].iter().any(|noun| words.says_of(noun, &MISSING));
    let anthropic = words.any(&["model: "]) && error.is_coded(&["not_found_error"]);
    let may_be = matches!(answer.status, None | Some(200 | 400 | 403 | 404 | 410 | 422));
    if error.is_coded(&CODES) || (may_be && (named || words.any(&SAYINGS))) || anthropic {
        let why = "the vendor does not know this model, or not for our account";
        return Some(Classified::usual(FailureClass::ModelNotFound, why));
    }
    let no_address = matches!(answer.status, Some(404 | 405))
        || error.is_coded(&["not_found_error"])
        || words.any(&["unexpected endpoint or method", "no route matched"]);
    no_address.then(|| {
        Classified::usual(
            FailureClass::InvalidRequest,
            "nothing answers at this address of the vendor",
        )
        .whose(Whose::OurConfiguration)
        .next_target_helps(true)
    })
}

/// A gateway knows the model, but has no vendor that fits the request or our settings.
fn unroutable(error: &ErrorBody) -> Option<Classified> {
    let words = &error.words;
    if words.any(&["no endpoints found that support", "no endpoints found that can handle"]) {
        let why = "no vendor of the gateway's can do what the request asks";
        return Some(Classified::usual(FailureClass::InvalidRequest, why).next_target_helps(true));
    }
    words.any(&["matching your data policy", "guardrail restrictions and data policy"]).then(|| {
        let why = "our settings at the gateway forbid every vendor of this model";
        Classified::usual(FailureClass::Permission, why)
    })
}
