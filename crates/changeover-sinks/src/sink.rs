//! One sink: what it wants to hear, and one attempt to tell it.

use std::time::Duration;

use bytes::Bytes;
use changeover_clock::Clock;
use changeover_domain::{Notice, NoticeKind, OutgoingMessage, Severity, SinkId, UnixMs};
use changeover_http::{Secret, error_chain, read_capped};

use crate::answer::{Answer, Outcome, hide};
use crate::{PagerDuty, Slack, Webhook};

/// How long a sink may take to answer, and the least of the system's time.
const TIME_LIMIT: Duration = Duration::from_secs(10);
const TIME_FLOOR: Duration = Duration::from_secs(5);
/// How much of an answer is read.
const ANSWER_BYTES: usize = 4 * 1_024;

/// Where notices go, with what is needed to get in.
#[derive(Debug, Clone)]
pub enum SinkKind {
    Webhook(Webhook),
    Slack(Slack),
    PagerDuty(PagerDuty),
}

/// A sink as it is configured.
#[derive(Debug, Clone)]
pub struct SinkSetup {
    pub id: SinkId,
    pub kind: SinkKind,
    /// It hears of what matters at least so much.
    pub at_least: Severity,
    /// It hears of what happens between a beginning and its end, too.
    pub updates: bool,
}

impl SinkSetup {
    /// The kind, as it is called in configuration.
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            SinkKind::Webhook(_) => "webhook",
            SinkKind::Slack(_) => "slack",
            SinkKind::PagerDuty(_) => "pagerduty",
        }
    }

    /// Whether it wants to hear of this.
    #[must_use]
    pub fn wants(&self, notice: &Notice) -> bool {
        match notice.kind {
            NoticeKind::Test => true,
            NoticeKind::Updated if !self.updates => false,
            _ => notice.severity >= self.at_least,
        }
    }

    /// Whether it takes a message that comes again for what it is: by its id, or by the key of the
    /// matter that it keeps.
    #[must_use]
    pub fn knows_repetitions(&self) -> bool {
        match self.kind {
            SinkKind::Webhook(_) | SinkKind::PagerDuty(_) => true,
            SinkKind::Slack(_) => false,
        }
    }

    /// Whether it keeps what it is told as an open matter that has to be closed.
    #[must_use]
    pub fn keeps_incidents(&self) -> bool {
        matches!(self.kind, SinkKind::PagerDuty(_))
    }
}

/// What goes over the wire.
#[derive(Debug)]
pub(crate) struct SinkRequest<'sink> {
    pub(crate) url: &'sink str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Bytes,
}

/// A sink that can be told something.
#[derive(Debug, Clone)]
pub struct Sink {
    setup: SinkSetup,
    http: reqwest::Client,
    clock: Clock,
}

impl Sink {
    /// A sink that is reached through a client which follows no redirect.
    #[must_use]
    pub fn new(setup: SinkSetup, http: reqwest::Client, clock: Clock) -> Self {
        Self { setup, http, clock }
    }

    #[must_use]
    pub fn setup(&self) -> &SinkSetup {
        &self.setup
    }

    /// Sends a message once.
    pub async fn attempt(&self, message: &OutgoingMessage) -> Outcome {
        let now = self.clock.now();
        match self.clock.timeout(self.limit(), self.ask(message, now)).await {
            Ok(Ok(answer)) => self.outcome(&answer),
            Ok(Err(problem)) => Outcome::Later { problem, stated: None, throttled: false },
            Err(_) => {
                let problem = format!("no answer within {} s", TIME_LIMIT.as_secs());
                Outcome::Later { problem, stated: None, throttled: false }
            }
        }
    }

    async fn ask(&self, message: &OutgoingMessage, now: UnixMs) -> Result<Answer, String> {
        let request = self.request(message, now)?;
        let mut asked = self.http.post(request.url).header("content-type", "application/json");
        for (name, value) in request.headers {
            asked = asked.header(name, value);
        }
        let answered = asked.body(request.body).send().await;
        // The client's errors name the address, which may be a secret.
        let response = answered.map_err(|error| self.in_words(&error.without_url()))?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get("retry-after");
        let retry_after = retry_after.and_then(|value| value.to_str().ok()).map(str::to_owned);
        // The status says it all: a yes is one whatever follows it, and a reason that cannot be read
        // in time is left out.
        let body = match status {
            200..=299 => Bytes::new(),
            _ => self.reason(response).await,
        };
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Answer { status, retry_after, body })
    }

    async fn reason(&self, response: reqwest::Response) -> Bytes {
        let reading = read_capped(response, ANSWER_BYTES);
        let read = self.clock.timeout(self.limit() / 4, reading).await;
        read.ok().and_then(Result::ok).unwrap_or_default()
    }

    fn limit(&self) -> Duration {
        TIME_LIMIT.max(TIME_FLOOR.mul_f64(self.clock.speed()))
    }

    fn request(&self, message: &OutgoingMessage, now: UnixMs) -> Result<SinkRequest<'_>, String> {
        let request = match &self.setup.kind {
            SinkKind::Webhook(webhook) => webhook.request(message, now),
            SinkKind::Slack(slack) => slack.request(message),
            SinkKind::PagerDuty(pagerduty) => pagerduty.request(message),
        };
        request.map_err(|error| self.in_words(&error))
    }

    fn outcome(&self, answer: &Answer) -> Outcome {
        let refuses = match &self.setup.kind {
            SinkKind::Webhook(_) => Webhook::refuses(answer.status),
            SinkKind::Slack(_) => Slack::refuses(answer.status),
            SinkKind::PagerDuty(_) => PagerDuty::refuses(answer.status),
        };
        answer.outcome(refuses, &self.hidden(), self.clock.now())
    }

    fn hidden(&self) -> Vec<&Secret> {
        match &self.setup.kind {
            SinkKind::Webhook(webhook) => webhook.hidden(),
            SinkKind::Slack(slack) => slack.hidden(),
            SinkKind::PagerDuty(pagerduty) => pagerduty.hidden(),
        }
    }

    fn in_words(&self, error: &(dyn std::error::Error + 'static)) -> String {
        hide(&error_chain(error), &self.hidden())
    }
}
