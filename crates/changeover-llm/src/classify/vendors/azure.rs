//! Azure `OpenAI`: the filter's two spellings, and codes that are statuses as texts.

use changeover_domain::{FailureClass, Whose};

use crate::classify::Classified;
use crate::classify::envelope::ErrorBody;

pub(super) fn judge(error: &ErrorBody) -> Option<Classified> {
    let filtered = ["/innererror/code", "/inner_error/code"]
        .iter()
        .any(|pointer| error.text_at(pointer) == "ResponsibleAIPolicyViolation");
    if filtered {
        return Some(Classified::usual(
            FailureClass::ContentFilter,
            "Azure's content filter stopped the request",
        ));
    }
    if error.words.any(&["resource not found"]) {
        return Some(
            Classified::usual(FailureClass::InvalidRequest, "the path or the API version is wrong")
                .whose(Whose::OurConfiguration)
                .next_target_helps(true),
        );
    }
    error.words.any(&["virtual network"]).then(|| {
        Classified::usual(
            FailureClass::Permission,
            "the resource takes requests of its network only",
        )
    })
}
