//! Gateways that say more than the dialect they borrow: `OpenRouter` names whose limit it was.

use changeover_domain::{FailureClass, Whose};

use crate::classify::Classified;
use crate::classify::envelope::ErrorBody;

pub(super) fn judge(error: &ErrorBody) -> Option<Classified> {
    by_limit_source(error.text_at("/metadata/limit_source")).or_else(|| moderation(error))
}

fn by_limit_source(source: &str) -> Option<Classified> {
    match source {
        "" => None,
        "openrouter_credits" | "openrouter_key_limit" => Some(Classified::usual(
            FailureClass::SpendCap,
            "our balance or our key's budget at the gateway is used up",
        )),
        source if source.starts_with("upstream_provider") => Some(
            Classified::usual(
                FailureClass::RateLimited,
                "the gateway's pool at its vendor is used up",
            )
            .whose(Whose::Theirs),
        ),
        _ => None,
    }
}

fn moderation(error: &ErrorBody) -> Option<Classified> {
    error.value.pointer("/metadata/reasons")?.as_array()?;
    Some(Classified::usual(
        FailureClass::ContentFilter,
        "the gateway's moderation stopped the request",
    ))
}
