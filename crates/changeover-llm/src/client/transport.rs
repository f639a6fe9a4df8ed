//! Errors below HTTP, as failures. The outermost text of the HTTP client names only the address, so
//! the causes are walked to the end, and no address is shown: it may hold what nobody should read.

use std::error::Error;

use changeover_domain::{FailureClass, Whose};
use changeover_http::redact;

use crate::failure::Failure;

pub(super) fn failure(error: &reqwest::Error) -> Failure {
    if error.is_builder() {
        return super::our_configuration("the request could not be made for this address");
    }
    let causes = causes(error);
    let class = class_of(&causes, error.is_timeout(), error.is_connect());
    let innermost = causes.last().map(String::as_str).unwrap_or_default();
    let why = format!("{}: {}", sentence(class), redact(innermost));
    let failure = Failure::without_answer(class, why);
    match class {
        // A name that does not match its certificate is a wrong address or a proxy, not the net.
        FailureClass::Tls if innermost.contains("not valid for name") => {
            Failure { whose: Whose::OurConfiguration, ..failure }
        }
        _ => failure,
    }
}

fn class_of(causes: &[String], timed_out: bool, connecting: bool) -> FailureClass {
    let mentions =
        |words: &[&str]| causes.iter().any(|cause| words.iter().any(|word| cause.contains(word)));
    if mentions(&["dns error", "failed to lookup address"]) {
        FailureClass::Dns
    } else if mentions(&[
        "certificate",
        "handshake",
        "fatal alert",
        "invalid peer",
        "corrupt message",
    ]) {
        FailureClass::Tls
    } else if timed_out && connecting {
        FailureClass::TimeoutConnect
    } else if timed_out {
        FailureClass::TimeoutTotal
    } else {
        FailureClass::Connect
    }
}

/// The texts of all causes, outermost first, in lower case, without the first, which has the
/// address in it.
fn causes(error: &reqwest::Error) -> Vec<String> {
    let first = Error::source(error);
    std::iter::successors(first, |cause: &&(dyn Error + 'static)| (*cause).source())
        .map(|cause| cause.to_string().to_ascii_lowercase())
        .collect()
}

fn sentence(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Dns => "the vendor's name could not be looked up",
        FailureClass::Tls => "no trusted connection to the vendor could be made",
        FailureClass::TimeoutConnect | FailureClass::TimeoutTotal => timeout_sentence(class),
        _ => "the connection to the vendor failed",
    }
}

pub(super) fn timeout_sentence(class: FailureClass) -> &'static str {
    match class {
        FailureClass::TimeoutConnect => "no connection to the vendor within the limit",
        FailureClass::TimeoutFirstToken => "the model wrote nothing within the limit",
        FailureClass::TimeoutStall => "the model stopped writing in the middle of its answer",
        _ => "the answer was not complete within the limit",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_causes_decide_and_not_the_outermost_text() {
        let of =
            |cause: &str| class_of(&["client error (connect)".into(), cause.into()], false, true);
        assert_eq!(of("dns error"), FailureClass::Dns);
        assert_eq!(of("invalid peer certificate: unknownissuer"), FailureClass::Tls);
        assert_eq!(of("received fatal alert: protocolversion"), FailureClass::Tls);
        assert_eq!(of("tcp connect error"), FailureClass::Connect);
        assert_eq!(class_of(&[], true, true), FailureClass::TimeoutConnect);
        assert_eq!(class_of(&[], true, false), FailureClass::TimeoutTotal);
    }
}
