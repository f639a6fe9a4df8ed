//! What SDKs and HTTP libraries print when no answer came, or when one broke off.
//!
//! Such texts do not come over the wire: an operator pastes them from a log. What this product's own
//! transport finds goes through the same table (`below_http`), cause by cause.

pub(crate) mod below_http;

use changeover_domain::{FailureClass, Whose};

use super::words::Words;
use super::{Classified, HttpAnswer, intermediary, vendors};
use below_http::Trouble;

/// Judges a text that is no document and that no HTTP refusal came with.
pub(super) fn judge(answer: &HttpAnswer<'_>) -> Option<Classified> {
    let refused = answer.status.is_some_and(|status| status >= 300);
    if refused {
        return None;
    }
    let words = Words::of(answer.body);
    let began = answer.in_stream || answer.status.is_some();
    Some(match below_http::trouble(&words)? {
        Trouble::Broken if began => cut(),
        Trouble::BrokenTransfer => cut(),
        Trouble::Proxy => intermediary::proxy_authentication(),
        Trouble::Total if answer.in_stream => of(FailureClass::TimeoutStall),
        // The limit that ran out was the caller's own.
        Trouble::Total => of(FailureClass::TimeoutTotal).whose(Whose::OurConfiguration),
        Trouble::Refused if !vendors::is_known_service(answer) => {
            of(FailureClass::Connect).whose(Whose::OurConfiguration)
        }
        Trouble::Refused | Trouble::Unreachable => {
            of(FailureClass::Connect).whose(Whose::OurNetwork)
        }
        Trouble::ConnectTimeout => of(FailureClass::TimeoutConnect).whose(Whose::OurNetwork),
        Trouble::Certificate(certificate) => {
            let found = of(FailureClass::Tls).whose(certificate.whose());
            found.next_target_helps(certificate.whose() == Whose::Theirs)
        }
        Trouble::Unnamed => of(FailureClass::Unknown).whose(Whose::OurNetwork).retryable(true),
        trouble => of(trouble.class()),
    })
}

/// The status that an SDK's text names at its beginning: `429 You exceeded …`, `Error code: 400 - …`.
pub(super) fn status(text: &str) -> Option<u16> {
    if text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let beginning: String = text.chars().take(STATED_WITHIN).collect();
    let words = Words::of(&beginning);
    let number = |text: &str| -> Option<u16> {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok().filter(|status| digits.len() == 3 && (400..600).contains(status))
    };
    number(words.as_str())
        .or_else(|| STATED.iter().find_map(|before| words.after(before).and_then(number)))
}

/// How far from its beginning a text may name the status.
const STATED_WITHIN: usize = 120;

const STATED: [&str; 12] = [
    "error code: ",
    "status code ",
    "status code: ",
    "status_code: ",
    "status: ",
    "http ",
    "http/1.1 ",
    "error (",
    "error: ",
    "unexpected status ",
    "last status: ",
    "error ",
];

fn of(class: FailureClass) -> Classified {
    Classified::usual(class, below_http::sentence(class))
}

fn cut() -> Classified {
    Classified::usual(FailureClass::Connect, "the stream broke off before the answer's end")
        .in_stream()
}

#[cfg(test)]
mod tests;
