//! What a status tells when nothing better is known.

use changeover_domain::{FailureClass, Whose};

use super::envelope::ErrorBody;
use super::{Classified, HttpAnswer, intermediary};

/// For an answer without any error object.
pub(super) fn judge(answer: &HttpAnswer<'_>) -> Classified {
    let Some(status) = answer.status.filter(|status| *status >= 300) else {
        return Classified::usual(
            FailureClass::Unknown,
            "nothing in the answer says that or why it failed",
        );
    };
    if (300..400).contains(&status) {
        return Classified::usual(
            FailureClass::InvalidRequest,
            "the address redirects: it is not the API's own",
        )
        .whose(Whose::OurConfiguration)
        .next_target_helps(true);
    }
    // Its edge sends a context overflow so, without any body.
    if super::vendors::is(answer, "cerebras") && matches!(status, 400 | 413) {
        return Classified::usual(
            FailureClass::ContextLength,
            "a refusal without a body: at this vendor the context is too long",
        );
    }
    let found = of_status(answer, status, format!("HTTP {status} without a body that says more"));
    // A proxy that caps bodies may have sent it: another target may take what this one does not.
    if status == 413 { found.next_target_helps(true) } else { found }
}

/// For an error object whose words are not known. A stream has no status of its own, so there the
/// object's numeric code stands in.
pub(super) fn judge_error(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Classified {
    let own = answer.status.filter(|status| *status >= 400);
    match own.or_else(|| stated(error)) {
        Some(status) => {
            let why = format!("the vendor reports an error with status {status}");
            of_status(answer, status, why)
        }
        None => Classified::usual(FailureClass::Unknown, "the vendor reports an error"),
    }
}

/// The status that the error object itself names.
pub(super) fn stated(error: &ErrorBody) -> Option<u16> {
    ["/status_code", "/status", "/code", "/raw_status_code"]
        .iter()
        .find_map(|pointer| error.value.pointer(pointer).and_then(serde_json::Value::as_u64))
        .or_else(|| error.code.parse().ok())
        .and_then(|code| u16::try_from(code).ok())
        .filter(|code| (400..600).contains(code))
}

fn of_status(answer: &HttpAnswer<'_>, status: u16, why: String) -> Classified {
    match status {
        407 => return intermediary::proxy_authentication(),
        // The same number is another thing at three vendors.
        498 if super::vendors::is(answer, "cohere") => {
            return Classified::usual(FailureClass::ContentFilter, why);
        }
        498 if super::vendors::is(answer, "groq") => {
            return Classified::usual(FailureClass::Overloaded, why);
        }
        _ => {}
    }
    let found = Classified::usual(class_of(status), why);
    match status {
        // Not what was asked is wrong, but where, how or from where.
        404 | 405 | 415 | 421 | 426 | 497 | 501 => {
            found.whose(Whose::OurConfiguration).next_target_helps(true)
        }
        451 => found.whose(Whose::OurNetwork),
        _ => found,
    }
}

fn class_of(status: u16) -> FailureClass {
    match status {
        401 | 495 | 496 | 498 => FailureClass::Authentication,
        402 => FailureClass::SpendCap,
        403 | 451 => FailureClass::Permission,
        408 => FailureClass::TimeoutTotal,
        413 | 414 | 431 | 494 => FailureClass::PayloadTooLarge,
        424 | 500 | 505..=519 => FailureClass::ServerError,
        425 | 503 | 529 => FailureClass::Overloaded,
        429 => FailureClass::RateLimited,
        460 | 499 => FailureClass::ClientCancelled,
        501 => FailureClass::InvalidRequest,
        502 | 504 | 520..=527 | 530 | 598 | 599 => FailureClass::GatewayError,
        500..=599 => FailureClass::ServerError,
        400..=499 => FailureClass::InvalidRequest,
        _ => FailureClass::Unknown,
    }
}
