//! A place where notices arrive: what a team would have at the other end of a signed webhook.
//!
//! It checks as a careful receiver does (Standard Webhooks 1.0): signature over the bytes that came,
//! a timestamp of these minutes, each id taken once. Whoever is refused hears why.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use changeover_clock::Clock;

use crate::signed;

/// Where it listens.
const PATH: &str = "/hook";
/// How far a sender's clock may be off, in seconds of the world's time.
const TOLERANCE_S: i64 = 5 * 60;
/// What is kept, the newest.
const KEPT: usize = 200;
const BODY_BYTES: usize = 64 * 1_024;

/// A notice that has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub id: String,
    /// `alert.fired`
    pub r#type: String,
    pub title: String,
    /// How often it was sent again after it had been taken.
    pub repeated: u32,
}

/// The other end of the webhook.
#[derive(Debug, Clone)]
pub(crate) struct Inbox {
    clock: Clock,
    key: [u8; 32],
    received: Arc<Mutex<VecDeque<Received>>>,
}

impl Inbox {
    /// An empty one, with a key of its own that nobody outside this process knows.
    pub(crate) fn new(clock: Clock) -> Self {
        Self { clock, key: rand::random(), received: Arc::default() }
    }

    pub(crate) fn url(base: &str) -> String {
        format!("{base}{PATH}")
    }

    /// The key as it is handed to a sender.
    pub(crate) fn secret(&self) -> String {
        format!("{}{}", signed::PREFIX, STANDARD.encode(self.key))
    }

    pub(crate) fn router(&self) -> Router {
        Router::new()
            .route(PATH, post(take))
            .layer(DefaultBodyLimit::max(BODY_BYTES))
            .with_state(self.clone())
    }

    /// What has arrived, oldest first.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.kept().iter().cloned().collect()
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Received>> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a message, or says why not.
    fn check(&self, headers: &HeaderMap, body: &[u8]) -> Result<Received, &'static str> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let id = text("webhook-id").ok_or("webhook-id is missing")?;
        let stamp = text("webhook-timestamp").ok_or("webhook-timestamp is missing")?;
        let seconds: i64 = stamp.parse().map_err(|_| "webhook-timestamp is no number")?;
        let signatures = text("webhook-signature").ok_or("webhook-signature is missing")?;
        if self.clock.now().0.div_euclid(1_000).abs_diff(seconds) > TOLERANCE_S.unsigned_abs() {
            return Err("webhook-timestamp is not of these minutes");
        }
        if !signed::fits(&self.key, id, stamp, body, signatures) {
            return Err("webhook-signature does not fit");
        }
        let document: serde_json::Value =
            serde_json::from_slice(body).map_err(|_| "the body is no JSON")?;
        let word = |pointer: &str| {
            let value = document.pointer(pointer).and_then(serde_json::Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        Ok(Received {
            id: id.to_owned(),
            r#type: word("/type"),
            title: word("/data/title"),
            repeated: 0,
        })
    }

    fn keep(&self, received: Received) {
        let mut kept = self.kept();
        if let Some(known) = kept.iter_mut().find(|known| known.id == received.id) {
            known.repeated += 1;
            return;
        }
        kept.push_back(received);
        while kept.len() > KEPT {
            kept.pop_front();
        }
    }
}

async fn take(
    State(inbox): State<Inbox>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    match inbox.check(&headers, &body) {
        Ok(received) => {
            inbox.keep(received);
            (StatusCode::NO_CONTENT, "")
        }
        Err(problem) => (StatusCode::UNAUTHORIZED, problem),
    }
}

#[cfg(test)]
mod tests {
    use changeover_domain::UnixMs;
    use hmac::{Hmac, KeyInit as _, Mac as _};
    use sha2::Sha256;

    use super::*;

    const NOW_S: i64 = 1_795_183_200;
    const BODY: &[u8] = br#"{"type":"alert.fired","data":{"title":"Anthropic: their outage"}}"#;

    fn inbox() -> Inbox {
        Inbox::new(Clock::scaled(UnixMs(NOW_S * 1_000), 1.0))
    }

    fn headers(inbox: &Inbox, seconds: i64, body: &[u8]) -> HeaderMap {
        let mut mac = Hmac::<Sha256>::new_from_slice(&inbox.key).unwrap();
        mac.update(format!("msg_1.{seconds}.").as_bytes());
        mac.update(body);
        let right = STANDARD.encode(mac.finalize().into_bytes());
        let mut headers = HeaderMap::new();
        headers.insert("webhook-id", "msg_1".parse().unwrap());
        headers.insert("webhook-timestamp", seconds.into());
        headers.insert("webhook-signature", format!("v1,AAAA v1,{right}").parse().unwrap());
        headers
    }

    #[tokio::test]
    async fn a_notice_is_taken_once_however_often_it_comes() {
        let inbox = inbox();
        for _ in 0..3 {
            let sent = headers(&inbox, NOW_S, BODY);
            let (status, _) = take(State(inbox.clone()), sent, Bytes::from_static(BODY)).await;
            assert_eq!(status, StatusCode::NO_CONTENT);
        }
        let received = inbox.received();
        assert_eq!(received.len(), 1);
        assert_eq!((received[0].r#type.as_str(), received[0].repeated), ("alert.fired", 2));
    }

    #[test]
    fn what_was_altered_delayed_or_not_signed_is_refused() {
        let inbox = inbox();
        let refused = |headers: &HeaderMap, body: &[u8]| inbox.check(headers, body).unwrap_err();
        let right = headers(&inbox, NOW_S, BODY);
        assert_eq!(refused(&right, b"{}"), "webhook-signature does not fit");
        let late = headers(&inbox, NOW_S - TOLERANCE_S - 1, BODY);
        assert_eq!(refused(&late, BODY), "webhook-timestamp is not of these minutes");
        let mut unsigned = right.clone();
        unsigned.remove("webhook-signature");
        assert_eq!(refused(&unsigned, BODY), "webhook-signature is missing");
        let mut moved = right;
        moved.insert("webhook-id", "msg_2".parse().unwrap());
        assert_eq!(refused(&moved, BODY), "webhook-signature does not fit");
    }
}
