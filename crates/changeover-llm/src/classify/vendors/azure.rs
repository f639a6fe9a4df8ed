//! Azure `OpenAI`: the filter's two spellings, the data plane's permissions and the front's quotas.

use changeover_domain::{FailureClass, Whose};

use crate::classify::Classified;
use crate::classify::envelope::ErrorBody;

pub(super) fn judge(error: &ErrorBody) -> Option<Classified> {
    let words = &error.words;
    if error.is_coded(&["responsible_ai_policy_violation"]) {
        let why = "Azure's content filter stopped the request";
        return Some(Classified::usual(FailureClass::ContentFilter, why));
    }
    if words.any(&["lacks the required data action"]) {
        let why = "our identity has no role for this resource";
        return Some(Classified::usual(FailureClass::Permission, why));
    }
    if words.any(&["virtual network", "public access is disabled"]) {
        let why = "the resource takes requests of its network only";
        return Some(Classified::usual(FailureClass::Permission, why));
    }
    // The front sends this as 403.
    if words.any(&["out of call volume quota"]) {
        let why = "the quota of the API's front is used up";
        return Some(Classified::usual(FailureClass::QuotaExhausted, why));
    }
    let wrong_address = words.any(&[
        "resource not found",
        "api version not supported",
        "enabled only for api versions",
        "does not work with the specified model",
    ]);
    wrong_address.then(|| {
        Classified::usual(FailureClass::InvalidRequest, "the path or the API version is wrong")
            .whose(Whose::OurConfiguration)
            .next_target_helps(true)
    })
}
