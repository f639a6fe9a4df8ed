//! Any receiver that speaks Standard Webhooks 1.0: a JSON document, signed.
//!
//! Headers `webhook-id` (the message's id, the same at every attempt: an idempotency key),
//! `webhook-timestamp` (of the attempt, in seconds) and `webhook-signature`. Every answer but 2xx is
//! tried again, as the specification asks, but for two: 410 says that nobody will ever listen there
//! again, and a lasting redirect (301, 308) that the address in the configuration is not the right one.

mod wire;

use std::fmt;

use bytes::Bytes;
use changeover_domain::{OutgoingMessage, UnixMs};
use changeover_http::Secret;
use changeover_webhook::{SenderKeyError, sign};

use crate::address::{self, AddressError};
use crate::sink::SinkRequest;

/// The key that a receiver shares with us, with its secret, which no answer may show.
#[derive(Clone)]
pub struct SigningKey {
    secret: Secret,
    key: changeover_webhook::SigningKey,
}

impl SigningKey {
    /// Takes a key as it is exchanged.
    ///
    /// # Errors
    /// [`SenderKeyError`].
    pub fn try_new(secret: Secret) -> Result<Self, SenderKeyError> {
        let key = changeover_webhook::SigningKey::of_sender(&secret)?;
        Ok(Self { secret, key })
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(…)")
    }
}

/// A receiver and the key that it shares with us.
#[derive(Debug, Clone)]
pub struct Webhook {
    url: String,
    key: SigningKey,
}

impl Webhook {
    /// A receiver at an address that is encrypted or of this machine.
    ///
    /// # Errors
    /// [`AddressError`].
    pub fn try_new(url: impl Into<String>, key: SigningKey) -> Result<Self, AddressError> {
        let url = url.into();
        address::check(&url)?;
        Ok(Self { url, key })
    }

    pub(crate) fn request(
        &self,
        message: &OutgoingMessage,
        now: UnixMs,
    ) -> Result<SinkRequest<'_>, serde_json::Error> {
        let body = Bytes::from(serde_json::to_vec(&wire::Event::of(&message.notice))?);
        let signature = sign(&self.key.key, message.id.as_str(), now, &body);
        let headers = vec![
            ("webhook-id", message.id.to_string()),
            ("webhook-timestamp", now.0.div_euclid(1_000).to_string()),
            ("webhook-signature", signature),
        ];
        Ok(SinkRequest { url: &self.url, headers, body })
    }

    /// 410: the receiver is gone for good.
    pub(crate) fn refuses(status: u16) -> bool {
        status == 410
    }

    pub(crate) fn hidden(&self) -> Vec<&Secret> {
        vec![&self.key.secret]
    }
}

#[cfg(test)]
mod tests;
