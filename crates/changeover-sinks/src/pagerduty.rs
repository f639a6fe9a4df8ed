//! PagerDuty's Events API v2: an alert's key is the incident's key, so what is told again is the
//! same incident, and it is closed when it is over.
//!
//! 202 means taken. 400 means that the event itself is wrong and never becomes right.

mod wire;

use bytes::Bytes;
use changeover_domain::OutgoingMessage;
use changeover_http::Secret;

use crate::address::{self, AddressError};
use crate::sink::SinkRequest;

/// Where events are sent where nothing else is configured; accounts in Europe have another one.
const USUAL_URL: &str = "https://events.pagerduty.com/v2/enqueue";

/// One integration of a service.
#[derive(Debug, Clone)]
pub struct PagerDuty {
    url: String,
    routing_key: Secret,
}

impl PagerDuty {
    /// The integration behind a routing key, at PagerDuty's usual address or another.
    ///
    /// # Errors
    /// [`AddressError`].
    pub fn try_new(url: Option<String>, routing_key: Secret) -> Result<Self, AddressError> {
        let url = url.unwrap_or_else(|| USUAL_URL.to_owned());
        address::check(&url)?;
        Ok(Self { url, routing_key })
    }

    pub(crate) fn request(
        &self,
        message: &OutgoingMessage,
    ) -> Result<SinkRequest<'_>, serde_json::Error> {
        let event = wire::Event::of(&message.notice, self.routing_key.expose());
        let body = Bytes::from(serde_json::to_vec(&event)?);
        Ok(SinkRequest { url: &self.url, headers: Vec::new(), body })
    }

    pub(crate) fn refuses(status: u16) -> bool {
        matches!(status, 400 | 401 | 403 | 404 | 405 | 413)
    }

    pub(crate) fn hidden(&self) -> Vec<&Secret> {
        vec![&self.routing_key]
    }
}

#[cfg(test)]
mod tests;
