//! A page that calls: what it publishes goes to those who subscribed, as webhooks. Unsigned as most
//! pages send them, or signed (Standard Webhooks 1.0) for a subscriber with a key.
//!
//! Not a queue: what three attempts do not bring is let go, as a page lets go of it.

use std::time::Duration;

use axum::http::header::CONTENT_TYPE;
use changeover_domain::{ProviderId, UnixMs};
use changeover_http::Secret;
use tokio::sync::watch;

use super::incident::{PageIncident, PageUpdate};
use super::{Page, incident, json};
use crate::profile::ProviderProfile;
use crate::signed;
use crate::stage::Stage;

const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(5);

/// Somebody whom a page calls.
#[derive(Debug, Clone)]
pub struct PageSubscriber {
    /// Whose page.
    pub provider: ProviderId,
    pub url: String,
    /// `whsec_…`: calls are signed with it.
    pub signing: Option<Secret>,
}

/// One page's way out.
pub(crate) struct PageCalls {
    page: Page,
    http: reqwest::Client,
    subscribers: watch::Receiver<Vec<PageSubscriber>>,
}

impl PageCalls {
    pub(crate) fn new(
        profile: &'static ProviderProfile,
        base: String,
        stage: Stage,
        http: reqwest::Client,
        subscribers: watch::Receiver<Vec<PageSubscriber>>,
    ) -> Self {
        Self { page: Page { profile, base, stage }, http, subscribers }
    }
}

/// Calls whenever the page has published something, as far as the scenario says that it calls.
pub(crate) async fn keep_calling(calls: PageCalls) {
    let Page { profile, stage, .. } = &calls.page;
    let mut plays = stage.watch();
    let mut told = stage.clock.now();
    loop {
        plays.mark_unchanged();
        let now = stage.clock.now();
        if stage.page_calls(profile.id) {
            calls.tell(told, now).await;
        }
        told = now;
        let next = incident::next_update(stage, profile, now);
        let wait = async {
            match next {
                Some(at) => stage.clock.sleep(at.since(stage.clock.now())).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = wait => {}
            changed = plays.changed() => if changed.is_err() { return },
        }
    }
}

impl PageCalls {
    /// Tells what was published after `told`, up to `now`.
    async fn tell(&self, told: UnixMs, now: UnixMs) {
        let view = self.page.view(now);
        let is_news = |update: &&PageUpdate| told < update.at && update.at <= now;
        let news = |incident: &PageIncident| incident.updates.iter().rfind(is_news).cloned();
        let subscribers = self.subscribers.borrow().clone();
        let own = |one: &&PageSubscriber| one.provider.as_str() == self.page.profile.id;
        for incident in view.incidents.iter().rev() {
            let Some(update) = news(incident) else { continue };
            let body = json::webhook(&view, incident);
            for subscriber in subscribers.iter().filter(own) {
                self.call(subscriber, &update.code, &body).await;
            }
        }
    }

    async fn call(&self, subscriber: &PageSubscriber, id: &str, body: &str) {
        for _ in 0..ATTEMPTS {
            let mut request = self.http.post(&subscriber.url);
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_owned());
            let stamp = self.page.stage.clock.now().0.div_euclid(1_000).to_string();
            let id = format!("msg_{id}");
            let key = subscriber.signing.as_ref();
            if let Some(signature) =
                key.and_then(|key| signed::sign(key, &id, &stamp, body.as_bytes()))
            {
                request = request
                    .header("webhook-id", id)
                    .header("webhook-timestamp", stamp)
                    .header("webhook-signature", signature);
            }
            match request.send().await {
                Ok(answer) if answer.status().is_success() => return,
                Ok(answer) => {
                    tracing::debug!(status = %answer.status(), "a page's call was refused");
                }
                Err(error) => {
                    let error = changeover_http::error_chain(&error.without_url());
                    tracing::debug!(%error, "a page's call did not arrive");
                }
            }
            self.page.stage.clock.sleep(PAUSE).await;
        }
    }
}
