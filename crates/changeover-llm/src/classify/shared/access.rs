//! Who we are to the vendor, and what we may do there.

use changeover_domain::{FailureClass, Whose};

use crate::classify::envelope::ErrorBody;
use crate::classify::{Classified, HttpAnswer};

const KEY_CODES: [&str; 17] = [
    "invalid_api_key",
    "wrong_api_key",
    "missing_api_key",
    "authentication_error",
    "authentication",
    "invalid_authentication",
    "invalid_authentication_error",
    "unauthorized",
    "unauthenticated",
    "invalid_credentials",
    "no_organization",
    "mismatched_organization",
    "invalid_organization",
    "account_deactivated",
    "invalid_token",
    "token_expired",
    "token_not_found_in_db",
];

const KEY_NOUNS: [&str; 9] = [
    "api key",
    "api-key",
    "api_key",
    "apikey",
    "api token",
    "access token",
    "oauth token",
    "security token",
    "auth token",
];

const KEY_ADJECTIVES: [&str; 8] =
    ["invalid", "incorrect", "wrong", "missing", "expired", "no ", "didn't provide", "unknown"];

const KEY_VERBS: [&str; 12] = [
    "invalid",
    "incorrect",
    "not valid",
    "wrong",
    "expired",
    "revoked",
    "disabled",
    "blocked",
    "leaked",
    "missing",
    "not supported",
    "not found",
];

/// A known key that lacks a right, or an account that was closed: vendors send it with any status.
pub(super) fn scope(_: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let words = &error.words;
    let place = words.any(&[
        "country, region, or territory",
        "unsupported countries",
        "not available in your region",
        "not available in your country",
        "check your network settings",
    ]) || error.is_coded(&["unsupported_country_region_territory"]);
    if place {
        let why = "the vendor does not serve the place we call from";
        return Some(Classified::usual(FailureClass::Permission, why).whose(Whose::OurNetwork));
    }
    let told = words.any(&[
        "insufficient permission",
        "sufficient permissions",
        "missing scope",
        "organization must be verified",
        "organization has been disabled",
        "organization has been restricted",
        "not allowed to access",
        "not authorized to perform",
        "not authorized to invoke",
        "don't have access to the model",
        "requires terms acceptance",
        "has not activated the model",
    ]) || error.is_coded(&[
        "insufficient_permissions",
        "ip_not_authorized",
        "access_terminated",
        "organization_restricted",
        "model_terms_required",
        "model_not_open",
        "key_model_access_denied",
        "team_model_access_denied",
    ]);
    let may_be_key = error.is_coded(&KEY_CODES) && !told;
    (told && !may_be_key && !error.is_coded(&["model_not_found"])).then(denied)
}

pub(super) fn key(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let words = &error.words;
    let of_key =
        |noun: &&str| words.says_of(noun, &KEY_VERBS) || words.says_before(noun, &KEY_ADJECTIVES);
    let by_words = KEY_NOUNS.iter().any(of_key)
        || words.any(&[
            "unauthorized",
            "invalid authentication",
            "invalid username or password",
            "no such organization",
            "unregistered callers",
            "authentication failed",
            "authentication fails",
            "authentication error",
            "unable to locate credentials",
            "invalid proxy server token",
            "security token included in the request",
        ]);
    let may_be = matches!(answer.status, None | Some(200 | 400 | 401 | 403));
    (answer.status == Some(401) || (may_be && (error.is_coded(&KEY_CODES) || by_words)))
        .then(|| Classified::usual(FailureClass::Authentication, "the vendor rejects our key"))
}

pub(super) fn permission(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let coded = error.is_coded(&[
        "permission_error",
        "permission_denied",
        "permission_denied_error",
        "access_denied",
        "forbidden",
        "model_access_denied",
    ]);
    let server = answer.status.is_some_and(|status| status >= 500);
    (answer.status == Some(403) || (coded && !server)).then(denied)
}

fn denied() -> Classified {
    Classified::usual(FailureClass::Permission, "our account may not do this at the vendor")
}
