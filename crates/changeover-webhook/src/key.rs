//! Keys by which bodies are signed, in the form in which each scheme hands them out.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use changeover_domain::WebhookPlatform;
use changeover_http::Secret;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What Standard Webhooks puts before a key.
const STANDARD_PREFIX: &str = "whsec_";
/// The fewest bytes that make a key of somebody who sends to us.
const FEWEST_BYTES: usize = 16;
/// How many bytes a key of our own has: what the standard asks of senders.
const SENDER_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Why a secret cannot be a signing key. It is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("a signing key is `whsec_` and Base64, as its sender shows it")]
    Form,
    #[error("a signing key has at least {FEWEST_BYTES} bytes")]
    Short,
}

/// Why a secret cannot be a key that we sign with. It is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SenderKeyError {
    #[error("a signing key is `whsec_` and then base64")]
    Form,
    #[error("a signing key has 24 to 64 bytes, not {0}; make one with `openssl rand -base64 32`")]
    Length(usize),
}

/// One signing key, ready for use.
#[derive(Clone)]
pub struct SigningKey(Hmac<Sha256>);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

impl SigningKey {
    /// Takes a key as its sender shows it: Instatus' is any text, all others' is Base64.
    ///
    /// # Errors
    /// [`KeyError`] when it is not in that form, or so short that it could be guessed.
    pub fn try_new(platform: WebhookPlatform, secret: &Secret) -> Result<Self, KeyError> {
        let text = secret.expose();
        let bytes = match platform {
            WebhookPlatform::Instatus => text.as_bytes().to_vec(),
            WebhookPlatform::Statuspage
            | WebhookPlatform::IncidentIo
            | WebhookPlatform::BetterStack
            | WebhookPlatform::Other => {
                let encoded = text.strip_prefix(STANDARD_PREFIX).unwrap_or(text);
                STANDARD.decode(encoded).map_err(|_| KeyError::Form)?
            }
        };
        if bytes.len() < FEWEST_BYTES {
            return Err(KeyError::Short);
        }
        // Any length makes a key of HMAC, so this is never an error.
        Hmac::new_from_slice(&bytes).map(Self).map_err(|_| KeyError::Short)
    }

    /// Takes a key that we sign with, by the standard's rule for senders.
    ///
    /// # Errors
    /// [`SenderKeyError`] when it is not in that form, too short or too long.
    pub fn of_sender(secret: &Secret) -> Result<Self, SenderKeyError> {
        let encoded = secret.expose().strip_prefix(STANDARD_PREFIX).ok_or(SenderKeyError::Form)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| SenderKeyError::Form)?;
        let length = SenderKeyError::Length(bytes.len());
        if !SENDER_BYTES.contains(&bytes.len()) {
            return Err(length);
        }
        Hmac::new_from_slice(&bytes).map(Self).map_err(|_| length)
    }

    /// The HMAC of `pieces`, one after the other.
    pub(crate) fn mac(&self, pieces: &[&[u8]]) -> Hmac<Sha256> {
        pieces.iter().fold(self.0.clone(), |mac, piece| mac.chain_update(piece))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(platform: WebhookPlatform, text: &str) -> Result<SigningKey, KeyError> {
        SigningKey::try_new(platform, &Secret::new(text))
    }

    #[test]
    fn a_key_is_taken_as_its_sender_shows_it() {
        let standard = WebhookPlatform::IncidentIo;
        assert!(key(standard, "whsec_MDEyMzQ1Njc4OWFiY2RlZg==").is_ok());
        assert!(key(standard, "MDEyMzQ1Njc4OWFiY2RlZg==").is_ok(), "some show it without its mark");
        assert!(key(WebhookPlatform::Instatus, "any text of sixteen").is_ok());
    }

    #[test]
    fn a_key_that_is_none_is_refused_and_not_repeated() {
        let standard = WebhookPlatform::Other;
        assert_eq!(key(standard, "whsec_not base64").err(), Some(KeyError::Form));
        assert_eq!(key(standard, "whsec_c2hvcnQ=").err(), Some(KeyError::Short));
        assert_eq!(key(WebhookPlatform::Instatus, "short").err(), Some(KeyError::Short));
        let shown = format!("{:?}", key(WebhookPlatform::Instatus, "0123456789abcdef").unwrap());
        assert_eq!(shown, "SigningKey(…)");
    }

    #[test]
    fn a_key_of_ours_is_held_to_the_rule_for_senders_and_not_repeated() {
        let key = |text: &str| SigningKey::of_sender(&Secret::new(text));
        assert!(key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_ok());
        assert_eq!(key("hunter2").err(), Some(SenderKeyError::Form));
        assert_eq!(key("whsec_not base64").err(), Some(SenderKeyError::Form));
        assert_eq!(key("whsec_c2hvcnQ=").err(), Some(SenderKeyError::Length(5)));
        let long = format!("whsec_{}", STANDARD.encode([7_u8; 65]));
        assert_eq!(key(&long).err(), Some(SenderKeyError::Length(65)));
    }
}
