//! Those that say more than the dialect they borrow: `OpenRouter` names whose limit it was, Mistral
//! has numbers of its own.

use changeover_domain::{FailureClass, Whose};

use crate::classify::Classified;
use crate::classify::envelope::ErrorBody;

pub(super) fn judge(error: &ErrorBody) -> Option<Classified> {
    by_limit_source(error.text_at("/metadata/limit_source")).or_else(|| moderation(error))
}

/// Mistral's numbers; at others the same numbers mean nothing.
pub(super) fn mistral(error: &ErrorBody) -> Option<Classified> {
    let (class, why) = match error.code.as_str() {
        "1300" => (FailureClass::RateLimited, "our limit per minute is reached"),
        "1500" => (FailureClass::ModelNotFound, "the vendor does not know this model"),
        "3505" => (FailureClass::Overloaded, "the vendor has no capacity to spare"),
        "3051" => (FailureClass::ContextLength, "the request does not fit the model's context"),
        _ => return None,
    };
    Some(Classified::usual(class, why))
}

fn by_limit_source(source: &str) -> Option<Classified> {
    let ours = |class, why| Some(Classified::usual(class, why));
    let mentions = |pieces: &[&str]| pieces.iter().any(|piece| source.contains(piece));
    if mentions(&["credit", "key_limit", "budget", "spend", "balance"]) {
        let why = "our balance or our key's budget at the gateway is used up";
        return ours(FailureClass::SpendCap, why);
    }
    if mentions(&["day", "daily", "month"]) {
        return ours(FailureClass::QuotaExhausted, "our limit for the day is used up");
    }
    if mentions(&["byok", "own_key", "user_key"]) {
        return ours(FailureClass::RateLimited, "our own key's limit at the vendor is reached");
    }
    source.starts_with("upstream").then(|| {
        Classified::usual(FailureClass::RateLimited, "the gateway's pool at its vendor is used up")
            .whose(Whose::Theirs)
    })
}

fn moderation(error: &ErrorBody) -> Option<Classified> {
    error.value.pointer("/metadata/reasons")?.as_array()?;
    Some(Classified::usual(
        FailureClass::ContentFilter,
        "the gateway's moderation stopped the request",
    ))
}
