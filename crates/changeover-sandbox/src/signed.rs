//! The signature of Standard Webhooks 1.0: HMAC-SHA256 over `{id}.{timestamp}.{body}`. Its own, so
//! that a mistake of the product's would not agree with itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use changeover_http::Secret;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What stands before a key.
pub(crate) const PREFIX: &str = "whsec_";
/// The version of the scheme, before a signature.
const VERSION: &str = "v1,";

fn mac(key: &[u8], id: &str, stamp: &str, body: &[u8]) -> Option<Hmac<Sha256>> {
    let mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    Some(
        mac.chain_update(id)
            .chain_update(".")
            .chain_update(stamp)
            .chain_update(".")
            .chain_update(body),
    )
}

/// The value of `webhook-signature`; `None` for what is no key.
pub(crate) fn sign(key: &Secret, id: &str, stamp: &str, body: &[u8]) -> Option<String> {
    let key = STANDARD.decode(key.expose().strip_prefix(PREFIX)?).ok()?;
    let signature = mac(&key, id, stamp, body)?.finalize().into_bytes();
    Some(format!("{VERSION}{}", STANDARD.encode(signature)))
}

/// Whether one of the signatures, set apart by spaces, fits.
pub(crate) fn fits(key: &[u8], id: &str, stamp: &str, body: &[u8], signatures: &str) -> bool {
    signatures.split(' ').any(|signature| {
        let given = signature.strip_prefix(VERSION).and_then(|text| STANDARD.decode(text).ok());
        let mac = mac(key, id, stamp, body);
        given.zip(mac).is_some_and(|(given, mac)| mac.verify_slice(&given).is_ok())
    })
}
