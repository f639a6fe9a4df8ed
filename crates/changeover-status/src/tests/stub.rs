//! A page on loopback that answers what the test tells it to, and a poller that asks it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::get;
use changeover_clock::Clock;
use changeover_domain::{ProviderId, SourceId, UnixMs};

use crate::{Platform, StatusPoller, StatusSource};

/// One answer of the page.
#[derive(Clone)]
pub(super) enum Answer {
    Body(&'static str, Option<&'static str>),
    Text(String),
    /// From a cache that has kept it for so many seconds.
    Aged(String, u32),
    Status(u16, &'static [(&'static str, &'static str)]),
    Endless,
    Hang,
}

/// The answers to come, and the conditions that the poller sent.
#[derive(Clone, Default)]
pub(super) struct Page {
    pub(super) answers: Arc<Mutex<VecDeque<Answer>>>,
    pub(super) conditions: Arc<Mutex<Vec<Option<String>>>>,
    /// The answers of its feed.
    pub(super) feed: Arc<Mutex<VecDeque<Answer>>>,
    feed_asked: Arc<Mutex<usize>>,
}

impl Page {
    /// How often its document was asked for, and its feed.
    pub(super) fn asked(&self) -> (usize, usize) {
        (self.conditions.lock().unwrap().len(), *self.feed_asked.lock().unwrap())
    }

    async fn answer(State(page): State<Self>, headers: HeaderMap) -> Response<Body> {
        let condition = headers.get("if-none-match");
        let condition = condition.map(|value| value.to_str().unwrap().to_owned());
        page.conditions.lock().unwrap().push(condition);
        let answer = page.answers.lock().unwrap().pop_front();
        answer.unwrap_or(Answer::Status(500, &[])).response().await
    }

    async fn feed(State(page): State<Self>) -> Response<Body> {
        *page.feed_asked.lock().unwrap() += 1;
        let answer = page.feed.lock().unwrap().pop_front();
        answer.unwrap_or(Answer::Status(500, &[])).response().await
    }
}

impl Answer {
    async fn response(self) -> Response<Body> {
        let response = Response::builder();
        match self {
            Self::Body(body, None) => response.body(Body::from(body)),
            Self::Aged(body, age) => response.header("age", age).body(Body::from(body)),
            Self::Body(body, Some(etag)) => response.header("etag", etag).body(Body::from(body)),
            Self::Text(body) => response.body(Body::from(body)),
            Self::Status(status, headers) => {
                let start = response.status(StatusCode::from_u16(status).unwrap());
                let with = headers
                    .iter()
                    .fold(start, |response, (name, value)| response.header(*name, *value));
                with.body(Body::empty())
            }
            Self::Endless => response.body(Body::from_stream(endless())),
            Self::Hang => std::future::pending().await,
        }
        .unwrap()
    }
}

/// A megabyte at a time, for ever.
fn endless() -> impl futures::Stream<Item = Result<Vec<u8>, std::convert::Infallible>> {
    futures::stream::repeat_with(|| Ok(vec![b' '; 1 << 20]))
}

pub(super) async fn poller(answers: impl IntoIterator<Item = Answer>) -> (StatusPoller, Page) {
    poller_at(1.0, answers).await
}

/// A page with a feed beside its JSON.
pub(super) async fn both(
    answers: impl IntoIterator<Item = Answer>,
    feed: impl IntoIterator<Item = Answer>,
) -> (StatusPoller, Page) {
    both_at(1.0, answers, feed).await
}

pub(super) async fn both_at(
    speed: f64,
    answers: impl IntoIterator<Item = Answer>,
    feed: impl IntoIterator<Item = Answer>,
) -> (StatusPoller, Page) {
    let (poller, page) = poller(answers).await;
    page.feed.lock().unwrap().extend(feed);
    let source = poller.source().clone();
    let fallback = Some(source.url.replace("summary.json", "history.atom"));
    let http = changeover_http::client(&changeover_http::ClientPolicy::default()).unwrap();
    let clock = Clock::scaled(UnixMs(1_000_000), speed);
    (StatusPoller::new(http, clock, StatusSource { fallback, ..source }), page)
}

pub(super) async fn poller_at(
    speed: f64,
    answers: impl IntoIterator<Item = Answer>,
) -> (StatusPoller, Page) {
    let page = Page::default();
    page.answers.lock().unwrap().extend(answers);
    let router = Router::new()
        .route("/summary.json", get(Page::answer))
        .route("/history.atom", get(Page::feed))
        .with_state(page.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
    tokio::spawn(async move { axum::serve(listener, router).await });
    let source = StatusSource {
        id: SourceId::try_new("example-status").unwrap(),
        provider: ProviderId::try_new("example").unwrap(),
        platform: Platform::Statuspage,
        url: format!("http://{address}/summary.json"),
        fallback: None,
        interval: Duration::from_secs(60),
        flaps: false,
        names: super::names(),
        components: Vec::new(),
    };
    let http = changeover_http::client(&changeover_http::ClientPolicy::default()).unwrap();
    let clock = Clock::scaled(UnixMs(1_000_000), speed);
    (StatusPoller::new(http, clock, source), page)
}

/// A summary with nothing open and all components well.
pub(super) const CALM: &str = r#"{"page":{},"status":{"indicator":"none"},"components":[{"id":"c1","name":"API","status":"operational"}],"incidents":[],"scheduled_maintenances":[]}"#;
pub(super) const DOWN: Answer = Answer::Status(503, &[("retry-after", "300")]);

/// A summary with one open incident, whose newest entry is of this minute.
pub(super) fn summary(state: &str, minute: u32) -> Answer {
    let text = CALM.replace(
        r#""incidents":[]"#,
        &format!(
            r#""incidents":[{{"id":"i1","name":"Errors","status":"{state}","impact":"minor","created_at":"2026-05-04T10:00:00Z","incident_updates":[{{"id":"u{minute}","status":"{state}","body":"Word {minute}","created_at":"2026-05-04T10:{minute:02}:07Z"}}]}}]"#
        ),
    );
    Answer::Text(text)
}

/// The page's feed with these entries of the incident, newest first.
pub(super) fn feed(entries: &[(&str, u32)]) -> Answer {
    let history: String = entries
        .iter()
        .map(|(label, minute)| {
            format!("&lt;p&gt;&lt;small&gt;May 4, 10:{minute:02} UTC&lt;/small&gt;&lt;br&gt;&lt;strong&gt;{label}&lt;/strong&gt; - Word {minute}&lt;/p&gt;")
        })
        .collect();
    let newest = entries.first().map_or(0, |(_, minute)| *minute);
    Answer::Text(format!(
        r#"<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:s.test,2005:/history</id><title>S</title><updated>2026-05-04T11:00:00Z</updated><entry><id>tag:s.test,2005:Incident/1</id><updated>2026-05-04T10:{newest:02}:07Z</updated><published>2026-05-04T10:{newest:02}:07Z</published><link rel="alternate" type="text/html" href="https://s.test/incidents/i1"/><title>Errors</title><content type="html">{history}</content></entry></feed>"#
    ))
}

/// As if so much time had gone by.
pub(super) fn let_pass(poller: &mut StatusPoller, seconds: i64) {
    let now = poller.clock.now().plus_millis(seconds * 1_000);
    poller.clock = Clock::scaled(now, 1.0);
}
