//! Whether a body was signed by somebody who has the key, now, and which delivery it is.

mod instatus;
mod standard;
#[cfg(test)]
mod tests;

use std::time::Duration;

use changeover_domain::{UnixMs, WebhookPlatform};
use http::HeaderMap;

use crate::SigningKey;
use crate::replay::Seal;

pub use standard::sign;

/// How far a signature's time may be from ours, before and after: the standard's own tolerance.
pub(crate) const WINDOW: Duration = Duration::from_secs(5 * 60);

/// Why a delivery is not believed to come from who has the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("the header `{0}` is missing: it is not signed, or by somebody else's rules")]
    Missing(&'static str),
    #[error("the header `{0}` is not in its form")]
    Malformed(&'static str),
    #[error(
        "its time is {} s before ours, and {} s are allowed: it is an old delivery, or a clock is wrong",
        .by.as_secs(), WINDOW.as_secs()
    )]
    TooOld { by: Duration },
    #[error(
        "its time is {} s after ours, and {} s are allowed: a clock is wrong",
        .by.as_secs(), WINDOW.as_secs()
    )]
    TooNew { by: Duration },
    #[error(
        "no signature fits: the signing key is another one, or the body was changed on the way"
    )]
    NoMatch,
}

/// Checks a delivery against each key, so that keys can be rotated.
pub(crate) fn verify(
    platform: WebhookPlatform,
    keys: &[SigningKey],
    headers: &HeaderMap,
    body: &[u8],
    now: UnixMs,
) -> Result<Seal, SignatureError> {
    match platform {
        WebhookPlatform::Instatus => instatus::verify(keys, headers, body),
        WebhookPlatform::Statuspage
        | WebhookPlatform::IncidentIo
        | WebhookPlatform::BetterStack
        | WebhookPlatform::Other => standard::verify(keys, headers, body, now),
    }
}

/// A header's text, with the name to blame when there is none.
fn header<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, SignatureError> {
    let value = headers.get(name).ok_or(SignatureError::Missing(name))?;
    value.to_str().map_err(|_| SignatureError::Malformed(name))
}
