//! Standard Webhooks, which Svix began: `v1,` and the Base64 of an HMAC-SHA256 over
//! `id.timestamp.body`, several of them side by side while a key is rotated.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use changeover_domain::UnixMs;
use hmac::Mac as _;
use http::HeaderMap;

use super::{SignatureError, WINDOW, header};
use crate::SigningKey;
use crate::replay::Seal;

/// The three headers, and the names that Svix gives them.
const NAMES: [[&str; 3]; 2] = [
    ["webhook-id", "webhook-timestamp", "webhook-signature"],
    ["svix-id", "svix-timestamp", "svix-signature"],
];
/// The one version of the scheme that rests on a shared key.
const VERSION: &str = "v1";
/// The longest id, in bytes: it is kept for a while.
const ID_BYTES: usize = 256;
/// The most signatures that are looked at.
const MOST_SIGNATURES: usize = 8;

pub(super) fn verify(
    keys: &[SigningKey],
    headers: &HeaderMap,
    body: &[u8],
    now: UnixMs,
) -> Result<Seal, SignatureError> {
    let [id_name, time_name, signature_name] = names(headers);
    let id = header(headers, id_name)?;
    if id.is_empty() || id.len() > ID_BYTES {
        return Err(SignatureError::Malformed(id_name));
    }
    let time = header(headers, time_name)?;
    let signed_at = seconds(time).ok_or(SignatureError::Malformed(time_name))?;
    let shown: Vec<Vec<u8>> = header(headers, signature_name)?
        .split(' ')
        .filter_map(|one| one.split_once(','))
        .filter(|(version, _)| *version == VERSION)
        .take(MOST_SIGNATURES)
        .filter_map(|(_, encoded)| STANDARD.decode(encoded).ok())
        .collect();
    // Every key against every signature, so that the time tells nothing about which one fitted.
    let fits = keys.iter().fold(false, |fits, key| {
        let mac = key.mac(&[id.as_bytes(), b".", time.as_bytes(), b".", body]);
        shown.iter().fold(fits, |fits, one| mac.clone().verify_slice(one).is_ok() | fits)
    });
    if !fits {
        return Err(SignatureError::NoMatch);
    }
    // After the signature: whoever has no key learns nothing of our clock.
    within_window(signed_at, now)?;
    Ok(Seal::of(id.as_bytes()))
}

/// The signature that a sender puts into `webhook-signature`.
#[must_use]
pub fn sign(key: &SigningKey, id: &str, at: UnixMs, body: &[u8]) -> String {
    let time = at.0.div_euclid(1_000).to_string();
    let mac = key.mac(&[id.as_bytes(), b".", time.as_bytes(), b".", body]);
    format!("{VERSION},{}", STANDARD.encode(mac.finalize().into_bytes()))
}

fn names(headers: &HeaderMap) -> [&'static str; 3] {
    let [standard, svix] = NAMES;
    let [id, _, _] = standard;
    let [svix_id, _, _] = svix;
    if !headers.contains_key(id) && headers.contains_key(svix_id) { svix } else { standard }
}

/// Seconds since 1970, in digits only.
fn seconds(text: &str) -> Option<UnixMs> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: i64 = digits.then(|| text.parse().ok()).flatten()?;
    seconds.checked_mul(1_000).map(UnixMs)
}

fn within_window(signed_at: UnixMs, now: UnixMs) -> Result<(), SignatureError> {
    let (behind, ahead) = (now.since(signed_at), signed_at.since(now));
    if behind > WINDOW {
        return Err(SignatureError::TooOld { by: behind });
    }
    if ahead > WINDOW {
        return Err(SignatureError::TooNew { by: ahead });
    }
    Ok(())
}
