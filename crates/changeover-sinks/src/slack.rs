//! A channel of Slack's, through an incoming webhook. Its address is the secret.
//!
//! Slack keeps no identity of messages: one that were sent again after a kill would stand there twice,
//! so that is left to a person.
//! 400, 403, 404 and 410 mean that this address or message will never work.

mod wire;

use bytes::Bytes;
use changeover_domain::OutgoingMessage;
use changeover_http::Secret;

use crate::SecretAddress;
use crate::sink::SinkRequest;

/// A channel.
#[derive(Debug, Clone)]
pub struct Slack {
    address: SecretAddress,
}

impl Slack {
    /// The channel behind an incoming webhook's address.
    #[must_use]
    pub fn new(address: SecretAddress) -> Self {
        Self { address }
    }

    pub(crate) fn request(
        &self,
        message: &OutgoingMessage,
    ) -> Result<SinkRequest<'_>, serde_json::Error> {
        let body = Bytes::from(serde_json::to_vec(&wire::Post::of(&message.notice))?);
        Ok(SinkRequest { url: self.address.secret().expose(), headers: Vec::new(), body })
    }

    pub(crate) fn refuses(status: u16) -> bool {
        matches!(status, 400 | 401 | 403 | 404 | 405 | 410 | 413)
    }

    pub(crate) fn hidden(&self) -> Vec<&Secret> {
        self.address.hidden()
    }
}

#[cfg(test)]
mod tests;
