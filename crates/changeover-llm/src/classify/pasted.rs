//! What SDKs print when no answer came, or when one broke off. Such texts do not come over the wire:
//! an operator pastes them from a log. What this product's own transport finds is classified from
//! its errors, not from texts.

use changeover_domain::FailureClass;

use super::words::Words;
use super::{Classified, HttpAnswer};

const SAYINGS: [(FailureClass, &[&str]); 7] = [
    (
        FailureClass::Tls,
        &[
            "certificate verify failed",
            "certificate_verify_failed",
            "self-signed certificate",
            "certificate's altnames",
            "certificate has expired",
        ],
    ),
    (
        FailureClass::Dns,
        &["dns error", "dial tcp: lookup", "getaddrinfo", "name or service not known", "enotfound"],
    ),
    (FailureClass::TimeoutConnect, &["connect timeout", "connecttimeout", "winerror 10060"]),
    (FailureClass::TimeoutStall, &["idle timeout"]),
    (FailureClass::TimeoutTotal, &["request timed out", "read timeout", "readtimeout"]),
    (
        FailureClass::ErrorInStream,
        &[
            "incomplete chunked read",
            "error decoding response body",
            "stream disconnected",
            "premature close",
        ],
    ),
    (
        FailureClass::Connect,
        &[
            "connection refused",
            "connectionrefused",
            "econnrefused",
            "connection reset",
            "econnreset",
        ],
    ),
];

/// Judges a text that is no document and that no HTTP refusal came with.
pub(super) fn judge(answer: &HttpAnswer<'_>) -> Option<Classified> {
    let refused = answer.status.is_some_and(|status| status >= 300);
    if refused {
        return None;
    }
    let words = Words::of(answer.body);
    let (class, _) = SAYINGS.iter().find(|(_, sayings)| words.any(sayings))?;
    let why = "an SDK's words for a failure below HTTP";
    Some(match class {
        FailureClass::ErrorInStream => Classified::usual(FailureClass::Connect, why).in_stream(),
        class => Classified::usual(*class, why),
    })
}
