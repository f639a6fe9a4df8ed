//! Codes and words that mean the same at every vendor that uses them.
//!
//! Money comes before windows, because vendors send an empty account as a rate limit; a request
//! that can never fit comes before both, because no wait and no money cures it.

mod limits;
mod request;

use changeover_domain::{FailureClass, Whose};

use super::envelope::ErrorBody;
use super::{Classified, HttpAnswer};

type Rule = fn(&HttpAnswer<'_>, &ErrorBody) -> Option<Classified>;

const RULES: [Rule; 12] = [
    limits::larger_than_window,
    limits::money,
    limits::window,
    limits::overload,
    request::context,
    request::content_policy,
    request::tool_call,
    key,
    request::model,
    permission,
    request::refused,
    server,
];

pub(super) fn judge(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    RULES.iter().find_map(|rule| rule(answer, error))
}

fn key(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let coded = error.is_coded(&[
        "invalid_api_key",
        "authentication_error",
        "invalid_authentication",
        "invalid_authentication_error",
        "unauthorized",
        "unauthenticated",
        "no_organization",
        "mismatched_organization",
        "account_deactivated",
    ]);
    let by_words =
        error.words.any(&["api key", "api-key", "api_key", "access token", "oauth token"])
            && error.words.any(&[
                "invalid",
                "incorrect",
                "not valid",
                "expired",
                "revoked",
                "not supported",
            ]);
    let organization = error.words.any(&["no such organization"]);
    let may_be = matches!(answer.status, None | Some(200 | 400 | 401 | 403));
    (answer.status == Some(401) || (may_be && (coded || by_words || organization)))
        .then(|| Classified::usual(FailureClass::Authentication, "the vendor rejects our key"))
}

fn permission(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let coded =
        error.is_coded(&["permission_error", "permission_denied", "access_denied", "forbidden"])
            || error.status_word == "PERMISSION_DENIED";
    (answer.status == Some(403) || coded).then(|| {
        Classified::usual(FailureClass::Permission, "our account may not do this at the vendor")
    })
}

fn server(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    if error.words.any(&["requires more system memory", "out of memory"]) {
        let found =
            Classified::usual(FailureClass::ServerError, "the model does not fit its machine");
        return Some(found.whose(Whose::OurConfiguration).retryable(false));
    }
    if error.words.any(&["deadline expired"]) || error.status_word == "DEADLINE_EXCEEDED" {
        return Some(Classified::usual(
            FailureClass::TimeoutTotal,
            "the vendor ran out of its own time",
        ));
    }
    if error.words.any(&["network connection lost"]) || error.is_coded(&["provider_unavailable"]) {
        return Some(Classified::usual(
            FailureClass::GatewayError,
            "the vendor lost its own upstream",
        ));
    }
    let coded =
        error.is_coded(&["server_error", "api_error", "internal_server_error", "internal_error"])
            || error.status_word == "INTERNAL";
    let ours = answer.status.is_some_and(|status| (400..500).contains(&status));
    (coded && !ours || answer.status == Some(500))
        .then(|| Classified::usual(FailureClass::ServerError, "the vendor failed"))
}
