//! The symmetric signature of Standard Webhooks: HMAC-SHA256 over `{id}.{timestamp}.{body}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use changeover_http::Secret;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// How a key begins, and how many bytes it has once decoded.
const PREFIX: &str = "whsec_";
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Why a secret is no signing key. It never repeats the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    #[error("a signing key is `whsec_` and then base64")]
    Form,
    #[error("a signing key has 24 to 64 bytes, not {0}; make one with `openssl rand -base64 32`")]
    Length(usize),
}

/// The key that sender and receiver share.
#[derive(Clone)]
pub struct SigningKey {
    secret: Secret,
    mac: Hmac<Sha256>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

impl SigningKey {
    /// Takes a key as it is exchanged.
    ///
    /// # Errors
    /// [`SigningKeyError`].
    pub fn try_new(secret: Secret) -> Result<Self, SigningKeyError> {
        let encoded = secret.expose().strip_prefix(PREFIX).ok_or(SigningKeyError::Form)?;
        let key = STANDARD.decode(encoded).map_err(|_| SigningKeyError::Form)?;
        if !KEY_BYTES.contains(&key.len()) {
            return Err(SigningKeyError::Length(key.len()));
        }
        let mac = Hmac::new_from_slice(&key).map_err(|_| SigningKeyError::Length(key.len()))?;
        Ok(Self { secret, mac })
    }

    /// The value of `webhook-signature`.
    pub(crate) fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let mut mac = self.mac.clone();
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
    }

    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Result<SigningKey, SigningKeyError> {
        SigningKey::try_new(Secret::new(text))
    }

    /// The specification's own example, as its reference libraries test it.
    #[test]
    fn it_signs_as_the_specification_does() {
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signature =
            key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    /// Made with Python's `hmac`, over bytes that are no ASCII.
    #[test]
    fn it_signs_bytes_and_not_characters() {
        let key = key(OWN_KEY).unwrap();
        let signature = key.sign("msg_1", 1_795_183_200, "{\"title\":\"ü ☂\"}".as_bytes());
        assert_eq!(signature, OWN_SIGNATURE);
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_repeated() {
        assert_eq!(key("hunter2").unwrap_err(), SigningKeyError::Form);
        assert_eq!(key("whsec_not base64").unwrap_err(), SigningKeyError::Form);
        assert_eq!(key("whsec_c2hvcnQ=").unwrap_err(), SigningKeyError::Length(5));
        let long = format!("whsec_{}", STANDARD.encode([7_u8; 65]));
        assert_eq!(key(&long).unwrap_err(), SigningKeyError::Length(65));
        assert!(!format!("{:?}", key(OWN_KEY).unwrap()).contains("whsec_"));
    }

    const OWN_KEY: &str = "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=";
    const OWN_SIGNATURE: &str = "v1,bxc4V0Xd4oe2+dDNXjwpxhK4JZ3l9w5drjFZGUKSYUM=";
}
