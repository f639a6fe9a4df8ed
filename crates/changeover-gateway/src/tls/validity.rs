//! From when until when a certificate may be shown.
//!
//! rustls reads both dates when it judges a certificate, and tells them when it refuses one for
//! its time. So the dates are had by judging it at times when it must be refused: before the first
//! and after the last that a certificate can name. That spares a second parser of certificates.

use std::sync::Arc;
use std::time::Duration;

use changeover_domain::UnixMs;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{CertificateError, Error, RootCertStore};

/// The last second of the year 9999, after which no certificate can be valid.
const END_OF_TIME_S: u64 = 253_402_300_799;
/// How long before its end a certificate is spoken of.
const SOON: Duration = Duration::from_secs(14 * 86_400);

/// The dates, as far as the certificate tells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Validity {
    pub(crate) from: Option<UnixMs>,
    pub(crate) until: Option<UnixMs>,
}

impl Validity {
    pub(super) fn of(certificate: &CertificateDer<'_>, provider: &Arc<CryptoProvider>) -> Self {
        let at = |seconds| judged_at(certificate, provider, seconds);
        let from = match at(0) {
            Some(CertificateError::NotValidYetContext { not_before, .. }) => Some(not_before),
            _ => None,
        };
        let until = match at(END_OF_TIME_S) {
            Some(CertificateError::ExpiredContext { not_after, .. }) => Some(not_after),
            _ => None,
        };
        Self { from: from.map(in_millis), until: until.map(in_millis) }
    }

    /// What is to be said about a certificate at `now`, if anything is.
    pub(crate) fn warning(&self, now: UnixMs) -> Option<String> {
        let days = |later: UnixMs, earlier: UnixMs| later.since(earlier).as_secs() / 86_400;
        match (self.from, self.until) {
            (Some(from), _) if now < from => Some(format!(
                "its certificate is not valid yet: callers will refuse it for {} more days",
                days(from, now) + 1
            )),
            (_, Some(until)) if until < now => Some(format!(
                "its certificate ran out {} days ago: callers refuse it",
                days(now, until)
            )),
            (_, Some(until)) if until.since(now) < SOON => {
                Some(format!("its certificate runs out in {} days", days(until, now)))
            }
            _ => None,
        }
    }
}

/// Why the certificate is refused at that time, when it is its own authority.
fn judged_at(
    certificate: &CertificateDer<'_>,
    provider: &Arc<CryptoProvider>,
    seconds: u64,
) -> Option<CertificateError> {
    let mut authorities = RootCertStore::empty();
    authorities.add(certificate.clone().into_owned()).ok()?;
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), Arc::clone(provider))
            .build()
            .ok()?;
    let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    match verifier.verify_client_cert(certificate, &[], at) {
        Err(Error::InvalidCertificate(error)) => Some(error),
        Ok(_) | Err(_) => None,
    }
}

fn in_millis(time: UnixTime) -> UnixMs {
    UnixMs::default().plus(Duration::from_secs(time.as_secs()))
}
