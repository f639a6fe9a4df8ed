//! Errors below HTTP, as failures. The outermost text of the HTTP client names only the address, so
//! the causes are walked to the end, and no address is shown: it may hold what nobody should read.
//!
//! What the causes mean is one table for this transport and for texts that others' transports
//! printed. Two things differ: what the HTTP client itself knows (that a time limit ran out, and in
//! which phase) is believed before words, and whose a refused connection is, is left to those who
//! see whether others answer.

use std::error::Error;

use changeover_domain::Whose;
use changeover_http::redact;
use changeover_http::wire::WireError;

use crate::classify::below_http::{self, Trouble};
use crate::classify::words::Words;
use crate::failure::Failure;

pub(super) use crate::classify::below_http::sentence as timeout_sentence;

pub(super) fn failure(error: &WireError) -> Failure {
    if let WireError::Address(_) = error {
        return super::our_configuration("the request could not be made for this address");
    }
    let causes = causes(error);
    let connecting = matches!(error, WireError::Connect(_));
    let trouble = trouble(&causes, timed_out(error), connecting);
    let innermost = causes.last().map(String::as_str).unwrap_or_default();
    let class = trouble.class();
    let innermost = with_a_date(innermost).unwrap_or_else(|| redact(innermost));
    let why = format!("{}: {innermost}", below_http::sentence(class));
    let failure = Failure::without_answer(class, why);
    match trouble {
        // A name that does not match its certificate is a wrong address or a proxy, not the net.
        Trouble::Certificate(certificate) => Failure { whose: certificate.whose(), ..failure },
        Trouble::Proxy => Failure { whose: Whose::OurNetwork, ..failure },
        _ => failure,
    }
}

/// Which day a certificate ran out, or is good from: the TLS library counts it in seconds.
fn with_a_date(cause: &str) -> Option<String> {
    let forms = [
        ("certificate is not valid after ", "certificate expired"),
        ("certificate is not valid before ", "certificate not valid before"),
    ];
    let (rest, said) =
        forms.iter().find_map(|(form, said)| Some((cause.split_once(form)?.1, said)))?;
    let second: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let day = jiff::Timestamp::from_second(second.parse().ok()?).ok()?;
    Some(format!("{said} {}", day.strftime("%-d %b %Y")))
}

fn trouble(causes: &[String], timed_out: bool, connecting: bool) -> Trouble {
    let named = causes.iter().rev().find_map(|cause| below_http::trouble(&Words::of(cause)));
    match named {
        Some(known @ (Trouble::Dns | Trouble::Certificate(_) | Trouble::Proxy)) => known,
        _ if timed_out && connecting => Trouble::ConnectTimeout,
        _ if timed_out => Trouble::Total,
        Some(known @ (Trouble::Refused | Trouble::Unreachable | Trouble::ConnectTimeout)) => known,
        _ => Trouble::Broken,
    }
}

/// The texts of all causes, outermost first, without the first, which has the address in it.
fn causes(error: &WireError) -> Vec<String> {
    sources(error).map(|cause| cause.to_string().to_ascii_lowercase()).collect()
}

/// Whether the system's own patience with the connection ran out.
fn timed_out(error: &WireError) -> bool {
    let kind = |cause: &(dyn Error + 'static)| cause.downcast_ref().map(std::io::Error::kind);
    sources(error).any(|cause| kind(cause) == Some(std::io::ErrorKind::TimedOut))
}

fn sources(error: &WireError) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause| (*cause).source())
}

#[cfg(test)]
mod tests {
    use changeover_domain::FailureClass;

    use super::*;

    #[test]
    fn the_causes_decide_and_not_the_outermost_text() {
        let of = |cause: &str| {
            trouble(&["client error (connect)".into(), cause.into()], false, true).class()
        };
        assert_eq!(of("dns error"), FailureClass::Dns);
        assert_eq!(of("invalid peer certificate: unknownissuer"), FailureClass::Tls);
        assert_eq!(of("received fatal alert: protocolversion"), FailureClass::Tls);
        assert_eq!(of("tcp connect error"), FailureClass::Connect);
        assert_eq!(of("connection reset by peer (os error 104)"), FailureClass::Connect);
        assert_eq!(of("something odd"), FailureClass::Connect);
        assert_eq!(trouble(&[], true, true).class(), FailureClass::TimeoutConnect);
        assert_eq!(trouble(&[], true, false).class(), FailureClass::TimeoutTotal);
    }

    #[test]
    fn a_certificate_that_is_not_valid_now_is_told_with_its_day() {
        let told = |form: &str| {
            with_a_date(&format!(
                "invalid peer certificate: certificate {form}: verification time 1795265550 (unix), \
                 but certificate is not valid {} 1609459200 (185806350 seconds away)",
                if form == "expired" { "after" } else { "before" }
            ))
        };
        assert_eq!(told("expired").unwrap(), "certificate expired 1 Jan 2021");
        assert_eq!(told("not valid yet").unwrap(), "certificate not valid before 1 Jan 2021");
        assert_eq!(with_a_date("invalid peer certificate: unknownissuer"), None);
        assert_eq!(with_a_date("certificate is not valid after all"), None);
    }

    #[test]
    fn a_certificate_says_who_can_mend_it() {
        let whose = |cause: &str| match trouble(&[cause.to_owned()], false, true) {
            Trouble::Certificate(certificate) => certificate.whose(),
            other => panic!("{cause}: {other:?}"),
        };
        assert_eq!(whose("invalid peer certificate: expired"), Whose::Theirs);
        let early = "invalid peer certificate: certificate not valid yet: verification time 1";
        assert_eq!(whose(early), Whose::Theirs);
        assert_eq!(
            whose("invalid peer certificate: certificate not valid for name \"a.example\""),
            Whose::OurConfiguration
        );
        assert_eq!(whose("invalid peer certificate: unknownissuer"), Whose::OurNetwork);
    }
}
