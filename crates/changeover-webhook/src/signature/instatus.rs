//! Instatus: one header with the HMAC-SHA256 of the body in hexadecimal digits. There is no id and
//! no time in it, so the body itself says which delivery it is, and one that is recorded can be sent
//! again when it is forgotten here. It does no more then than a hint does.

use hmac::Mac as _;
use http::HeaderMap;
use sha2::{Digest as _, Sha256};

use super::{SignatureError, header};
use crate::SigningKey;
use crate::replay::Seal;

const NAME: &str = "x-instatus-webhook-signature";
/// HMAC-SHA256 in bytes.
const BYTES: usize = 32;

pub(super) fn verify(
    keys: &[SigningKey],
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Seal, SignatureError> {
    let shown = unhexed(header(headers, NAME)?).ok_or(SignatureError::Malformed(NAME))?;
    let fits =
        keys.iter().fold(false, |fits, key| key.mac(&[body]).verify_slice(&shown).is_ok() | fits);
    if fits { Ok(Seal::of(&Sha256::digest(body))) } else { Err(SignatureError::NoMatch) }
}

fn unhexed(text: &str) -> Option<Vec<u8>> {
    if text.len() != 2 * BYTES {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, _) = text.as_bytes().as_chunks::<2>();
    pairs.iter().map(|[high, low]| Some((digit(*high)? << 4) | digit(*low)?)).collect()
}
