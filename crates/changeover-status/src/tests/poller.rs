//! The poller against a page on loopback that answers what the test tells it to.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode};
use axum::routing::get;
use changeover_clock::Clock;
use changeover_domain::{ComponentState, ProviderId, SourceId, UnixMs};

use super::SUMMARY;
use crate::{
    MaintenanceStep, Platform, PollError, PollOutcome, ReadError, StatusPoller, StatusSource,
    Transition,
};

/// One answer of the page.
#[derive(Clone)]
enum Answer {
    Body(&'static str, Option<&'static str>),
    Text(String),
    Status(u16, &'static [(&'static str, &'static str)]),
    Endless,
    Hang,
}

/// The answers to come, and the conditions that the poller sent.
#[derive(Clone, Default)]
struct Page {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    conditions: Arc<Mutex<Vec<Option<String>>>>,
}

impl Page {
    async fn answer(State(page): State<Self>, headers: HeaderMap) -> Response<Body> {
        let condition = headers.get("if-none-match");
        let condition = condition.map(|value| value.to_str().unwrap().to_owned());
        page.conditions.lock().unwrap().push(condition);
        let answer = page.answers.lock().unwrap().pop_front();
        let response = Response::builder();
        match answer.unwrap_or(Answer::Status(500, &[])) {
            Answer::Body(body, None) => response.body(Body::from(body)),
            Answer::Body(body, Some(etag)) => response.header("etag", etag).body(Body::from(body)),
            Answer::Text(body) => response.body(Body::from(body)),
            Answer::Status(status, headers) => {
                let start = response.status(StatusCode::from_u16(status).unwrap());
                let with = headers
                    .iter()
                    .fold(start, |response, (name, value)| response.header(*name, *value));
                with.body(Body::empty())
            }
            Answer::Endless => response.body(Body::from_stream(endless())),
            Answer::Hang => std::future::pending().await,
        }
        .unwrap()
    }
}

/// A megabyte at a time, for ever.
fn endless() -> impl futures::Stream<Item = Result<Vec<u8>, std::convert::Infallible>> {
    futures::stream::repeat_with(|| Ok(vec![b' '; 1 << 20]))
}

async fn poller(answers: impl IntoIterator<Item = Answer>) -> (StatusPoller, Page) {
    poller_at(1.0, answers).await
}

async fn poller_at(speed: f64, answers: impl IntoIterator<Item = Answer>) -> (StatusPoller, Page) {
    let page = Page::default();
    page.answers.lock().unwrap().extend(answers);
    let router = Router::new().route("/summary.json", get(Page::answer)).with_state(page.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
    tokio::spawn(async move { axum::serve(listener, router).await });
    let source = StatusSource {
        id: SourceId::try_new("example-status").unwrap(),
        provider: ProviderId::try_new("example").unwrap(),
        platform: Platform::Statuspage,
        url: format!("http://{address}/summary.json"),
        interval: Duration::from_secs(60),
        names: super::names(),
        components: Vec::new(),
    };
    let http = changeover_http::client(&changeover_http::ClientPolicy::default()).unwrap();
    let clock = Clock::scaled(UnixMs(1_000_000), speed);
    (StatusPoller::new(http, clock, source), page)
}

/// A summary with nothing open and all components well.
const CALM: &str = r#"{"page":{},"status":{"indicator":"none"},"components":[{"id":"c1","name":"API","status":"operational"}],"incidents":[],"scheduled_maintenances":[]}"#;
const DOWN: Answer = Answer::Status(503, &[("retry-after", "300")]);

#[tokio::test]
async fn the_first_look_seeds_and_conditions_save_the_next_ones() {
    let etag = Some("W/\"1\"");
    let (mut poller, page) = poller([
        Answer::Body(SUMMARY, etag),
        Answer::Status(304, &[]),
        Answer::Body(SUMMARY, etag),
    ])
    .await;
    assert_eq!(poller.state().page, ComponentState::Unknown, "not looked yet");
    assert!(
        matches!(poller.poll().await, PollOutcome::Seeded(reading) if reading.incidents.len() == 2)
    );
    assert_eq!(poller.poll().await, PollOutcome::Unchanged, "304");
    assert_eq!(poller.poll().await, PollOutcome::Unchanged, "the same bytes");
    let sent = page.conditions.lock().unwrap().clone();
    let etag = etag.map(str::to_owned);
    assert_eq!(sent, [None, etag.clone(), etag]);
    assert_eq!(poller.state().page, ComponentState::PartialOutage);
}

#[tokio::test]
async fn an_incident_missing_twice_is_over_even_when_the_page_did_not_change() {
    let (mut poller, _page) = poller([
        Answer::Body(SUMMARY, None),
        Answer::Body(CALM, Some("\"2\"")),
        Answer::Status(304, &[]),
        Answer::Status(304, &[]),
    ])
    .await;
    poller.poll().await;
    let first = poller.poll().await;
    assert!(matches!(first, PollOutcome::Changed { reading, transitions }
        if transitions.is_empty() && reading.incidents.iter().all(|one| one.is_open())));
    let PollOutcome::Changed { transitions, .. } = poller.poll().await else {
        panic!("the second look without it is news");
    };
    let by_absence =
        |one: &Transition| matches!(one, Transition::Resolved { by_absence: true, .. });
    assert_eq!(transitions.iter().filter(|one| by_absence(one)).count(), 1);
    let ended = |one: &Transition| {
        matches!(one, Transition::Maintenance { step: MaintenanceStep::Ended, .. })
    };
    assert_eq!(transitions.iter().filter(|one| ended(one)).count(), 1, "and the planned work");
    assert_eq!(poller.poll().await, PollOutcome::Unchanged);
}

#[tokio::test]
async fn three_failures_make_a_page_unreadable_and_one_good_look_mends_it() {
    // Ten times as fast, so that no two polls share a millisecond.
    let (mut poller, _page) = poller_at(
        10.0,
        [Answer::Body(CALM, Some("\"1\"")), DOWN, DOWN, DOWN, Answer::Status(304, &[])],
    )
    .await;
    poller.poll().await;
    let good = poller.state();
    assert_eq!(good.page, ComponentState::Operational);
    for failures in 1..=3 {
        assert!(matches!(
            poller.poll().await,
            PollOutcome::Failed(PollError::Status { status: 503, .. })
        ));
        let state = poller.state();
        assert_eq!(state.failures, failures);
        assert_eq!(state.unreadable, failures == 3);
    }
    let bad = poller.state();
    assert_eq!(bad.page, ComponentState::Unknown, "neither operational nor an outage");
    assert_eq!(bad.last_good_at, good.last_good_at, "its age stays to be seen");
    assert!(bad.last_tried_at > good.last_tried_at);
    assert_eq!(bad.problem.as_deref(), Some("it answered with status 503"));
    assert!(poller.next_delay() >= Duration::from_secs(270), "it asked for 300 s");
    assert_eq!(poller.poll().await, PollOutcome::Unchanged);
    let mended = poller.state();
    assert_eq!((mended.page, mended.failures), (ComponentState::Operational, 0));
    assert_eq!(mended.problem, None);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_asked_for_again_in_full() {
    let (mut poller, page) = poller([
        Answer::Body("<!DOCTYPE html><title>Just a moment...</title>", Some("\"html\"")),
        Answer::Body(CALM, None),
    ])
    .await;
    let PollOutcome::Failed(PollError::Unreadable(ReadError::HtmlPage { .. })) =
        poller.poll().await
    else {
        panic!("a page in HTML is no status");
    };
    assert!(matches!(poller.poll().await, PollOutcome::Seeded(_)));
    assert_eq!(*page.conditions.lock().unwrap(), [None, None]);
}

#[tokio::test]
async fn redirects_to_elsewhere_and_a_304_without_cause_are_failures() {
    let (mut poller, _page) = poller([
        Answer::Status(301, &[("location", "https://elsewhere.example/feed")]),
        Answer::Status(304, &[]),
    ])
    .await;
    let away = poller.poll().await;
    assert!(
        matches!(&away, PollOutcome::Failed(PollError::Redirected { to }) if to.contains("elsewhere"))
    );
    assert!(matches!(
        poller.poll().await,
        PollOutcome::Failed(PollError::Status { status: 304, .. })
    ));
}

#[tokio::test]
async fn a_body_without_end_is_not_read_to_it() {
    let (mut poller, _page) = poller([Answer::Endless]).await;
    assert!(matches!(
        poller.poll().await,
        PollOutcome::Failed(PollError::Unreadable(ReadError::TooLarge { .. }))
    ));
}

#[tokio::test]
async fn a_page_that_hangs_is_given_up_in_the_clocks_time() {
    let (mut poller, _page) = poller_at(100.0, [Answer::Hang]).await;
    assert!(matches!(poller.poll().await, PollOutcome::Failed(PollError::TimedOut(_))));
}

#[tokio::test]
async fn an_open_incident_quickens_the_polls_and_planned_work_does_not() {
    let planned = SUMMARY.replace(
        "\"status\": \"monitoring\", \"impact\": \"none\"",
        "\"status\": \"resolved\", \"impact\": \"none\"",
    );
    let (mut open, _page) = poller([Answer::Body(SUMMARY, None)]).await;
    let (mut calm, _other) = poller([Answer::Text(planned)]).await;
    open.poll().await;
    calm.poll().await;
    assert!(open.next_delay() <= Duration::from_secs(22));
    assert!(calm.next_delay() >= Duration::from_secs(54));
}
