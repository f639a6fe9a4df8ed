//! What a status tells when nothing better is known.

use changeover_domain::{FailureClass, Whose};

use super::envelope::ErrorBody;
use super::{Classified, HttpAnswer};

/// For an answer without any error object.
pub(super) fn judge(answer: &HttpAnswer<'_>) -> Classified {
    let class = class_of(answer.status);
    let why = match answer.status {
        Some(status) if status >= 300 => format!("HTTP {status} without a body that says more"),
        _ => "nothing in the answer says that or why it failed".to_owned(),
    };
    if answer.status.is_some_and(|status| (300..400).contains(&status)) {
        return Classified::usual(class, "the address redirects: it is not the API's own")
            .whose(Whose::OurConfiguration)
            .next_target_helps(true);
    }
    // Some vendors send a context overflow without any body, but so do proxies that cap bodies:
    // the size of what was sent is the matter either way, and another target may take it.
    let bare_413 = answer.status == Some(413);
    let found = Classified::usual(class, why);
    if bare_413 { found.next_target_helps(true) } else { found }
}

/// For an error object whose words are not known. A stream has no status of its own, so there the
/// object's numeric code stands in.
pub(super) fn judge_error(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Classified {
    let own = answer.status.filter(|status| *status >= 400);
    let stated = ["/status_code", "/status", "/code"]
        .iter()
        .find_map(|pointer| error.value.pointer(pointer).and_then(serde_json::Value::as_u64))
        .or_else(|| error.code.parse().ok())
        .and_then(|code| u16::try_from(code).ok())
        .filter(|code| (400..600).contains(code));
    let status = own.or(stated);
    let why = status.map_or_else(
        || "the vendor reports an error".to_owned(),
        |status| format!("the vendor reports an error with status {status}"),
    );
    Classified::usual(class_of(status), why)
}

fn class_of(status: Option<u16>) -> FailureClass {
    match status {
        Some(401) => FailureClass::Authentication,
        Some(402) => FailureClass::SpendCap,
        Some(403) => FailureClass::Permission,
        Some(413) => FailureClass::PayloadTooLarge,
        Some(429) => FailureClass::RateLimited,
        Some(499) => FailureClass::ClientCancelled,
        Some(502 | 504 | 520..=527) => FailureClass::GatewayError,
        Some(503 | 529) => FailureClass::Overloaded,
        Some(408 | 500..=599) => FailureClass::ServerError,
        Some(400..=499) => FailureClass::InvalidRequest,
        Some(300..=399) => FailureClass::InvalidRequest,
        _ => FailureClass::Unknown,
    }
}
