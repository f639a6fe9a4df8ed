//! Gemini's and Vertex's errors: the details decide, `RESOURCE_EXHAUSTED` alone decides nothing.
//! Details are known by their members, because their `@type` is sometimes misspelt on the wire.

use changeover_domain::{FailureClass, Whose};
use serde_json::Value;

use crate::canonical::FinishReason;
use crate::classify::Classified;
use crate::classify::content::Ending;
use crate::classify::envelope::ErrorBody;

/// The error bears Google's marks, whoever passed it on.
pub(crate) fn is_google(error: &ErrorBody) -> bool {
    let google_word = error.status_word.len() > 4
        && error.status_word.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    google_word
        || error.value.get("details").is_some_and(Value::is_array)
        || error.words.any(&["ai.google.dev", "googleapis.com", "vertex-ai"])
}

pub(crate) fn judge(error: &ErrorBody) -> Option<Classified> {
    by_reason(error).or_else(|| by_quota(error)).or_else(|| by_words(error))
}

/// Only the sentence is left: the one that means an empty account elsewhere is a minute's limit here.
pub(crate) fn judge_text(error: &ErrorBody, status: Option<u16>) -> Option<Classified> {
    let bare = error.kind.is_empty() && error.code.is_empty() && error.status_word.is_empty();
    let limited = matches!(status, None | Some(429));
    (bare && limited && error.words.any(&["your current quota", "resource exhausted"]))
        .then(|| exhausted(error))?
}

fn details(error: &ErrorBody) -> impl Iterator<Item = &Value> {
    error.value.get("details").and_then(Value::as_array).into_iter().flatten()
}

fn by_reason(error: &ErrorBody) -> Option<Classified> {
    details(error).find_map(|detail| {
        let (class, why) = match detail.get("reason")?.as_str()? {
            "API_KEY_INVALID"
            | "API_KEY_EXPIRED"
            | "CREDENTIALS_MISSING"
            | "ACCESS_TOKEN_EXPIRED"
            | "ACCESS_TOKEN_TYPE_UNSUPPORTED"
            | "CONSUMER_SUSPENDED"
            | "CONSUMER_INVALID" => (FailureClass::Authentication, "Google rejects our key"),
            "SERVICE_DISABLED"
            | "IAM_PERMISSION_DENIED"
            | "API_KEY_SERVICE_BLOCKED"
            | "API_KEY_HTTP_REFERRER_BLOCKED"
            | "API_KEY_IP_ADDRESS_BLOCKED" => {
                (FailureClass::Permission, "our project may not use this API")
            }
            "BILLING_DISABLED" => (FailureClass::SpendCap, "our project has no billing"),
            "RATE_LIMIT_EXCEEDED" => (FailureClass::RateLimited, "our limit per minute is reached"),
            "QUOTA_EXHAUSTED" => {
                (FailureClass::QuotaExhausted, "our limit for hours or days is used up")
            }
            "MODEL_CAPACITY_EXHAUSTED" => {
                (FailureClass::Overloaded, "Google has no capacity for this model")
            }
            _ => return None,
        };
        Some(Classified::usual(class, why))
    })
}

/// Whose window it was: a day's beats a minute's, and a limit of nothing is a plan without it.
fn by_quota(error: &ErrorBody) -> Option<Classified> {
    let violations: Vec<&Value> = details(error)
        .filter_map(|detail| detail.get("violations").and_then(Value::as_array))
        .flatten()
        .collect();
    let text = |violation: &Value, name: &str| {
        violation.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let per = |window: &str| violations.iter().any(|each| text(each, "quotaId").contains(window));
    let unvalued =
        |each: &Value| !text(each, "quotaId").is_empty() && each.get("quotaValue").is_none();
    let none_granted =
        violations.iter().any(|each| text(each, "quotaValue") == "0" || unvalued(each))
            || error
                .words
                .after("limit: 0")
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.'));
    if none_granted || per("PerDay") {
        let why = if none_granted {
            "our plan has no quota for this model"
        } else {
            "our quota of the day is used up"
        };
        return Some(Classified::usual(FailureClass::QuotaExhausted, why));
    }
    per("PerMinute")
        .then(|| Classified::usual(FailureClass::RateLimited, "our limit per minute is reached"))
}

fn by_words(error: &ErrorBody) -> Option<Classified> {
    let words = &error.words;
    if words.any(&["user location is not supported"]) {
        return Some(
            Classified::usual(
                FailureClass::Permission,
                "Google does not serve the place we call from",
            )
            .whose(Whose::OurNetwork),
        );
    }
    if error.status_word == "RESOURCE_EXHAUSTED" || error.code == "429" {
        return exhausted(error);
    }
    by_status_word(&error.status_word)
}

/// A limit without a reason and without a quota's name: the words decide.
fn exhausted(error: &ErrorBody) -> Option<Classified> {
    let words = &error.words;
    if words.any(&["spending cap", "prepayment credits"]) {
        return None;
    }
    if words.any(&["per day", "per_day", "perday"]) {
        return Some(Classified::usual(
            FailureClass::QuotaExhausted,
            "our quota of the day is used up",
        ));
    }
    // Only our own quota comes with its name or a wait; without both it is the shared pool.
    let asks_to_wait = details(error).any(|detail| detail.get("retryDelay").is_some());
    let own = words.any(&["please retry in", "your current quota", "quota exceeded", "rate limit"]);
    if own || asks_to_wait {
        return Some(Classified::usual(
            FailureClass::RateLimited,
            "our limit per minute is reached",
        ));
    }
    Some(Classified::usual(FailureClass::Overloaded, "Google's shared capacity is used up"))
}

fn by_status_word(word: &str) -> Option<Classified> {
    match word {
        "UNAUTHENTICATED" => {
            Some(Classified::usual(FailureClass::Authentication, "Google rejects our key"))
        }
        _ => None,
    }
}

/// What a `finishReason` means.
pub(crate) fn ending(finish_reason: &str, has_tool_calls: bool) -> Ending {
    match finish_reason {
        "STOP" if has_tool_calls => Ending::Finished(FinishReason::ToolCalls),
        "MAX_TOKENS" => Ending::Finished(FinishReason::Length),
        "SAFETY" | "RECITATION" | "BLOCKLIST" | "PROHIBITED_CONTENT" | "SPII" | "LANGUAGE"
        | "IMAGE_SAFETY" | "MODEL_ARMOR" => Ending::filtered("Google's filter stopped the answer"),
        "MALFORMED_FUNCTION_CALL"
        | "UNEXPECTED_TOOL_CALL"
        | "TOO_MANY_TOOL_CALLS"
        | "MISSING_THOUGHT_SIGNATURE" => Ending::Failed(Classified::usual(
            FailureClass::MalformedToolCall,
            "the model called a tool wrongly",
        )),
        "OTHER" | "MALFORMED_RESPONSE" => Ending::Failed(Classified::usual(
            FailureClass::MalformedOutput,
            "the model stopped without saying why",
        )),
        _ => Ending::Finished(FinishReason::Stop),
    }
}
