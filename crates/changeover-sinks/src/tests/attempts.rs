//! Attempts against a server that answers what the test tells it to.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use axum::routing::post;
use changeover_clock::Clock;
use changeover_domain::{NoticeKind, Severity, SinkId, UnixMs};
use changeover_http::{ClientPolicy, Secret, client};

use super::{T0, message, told};
use crate::{
    Outcome, PagerDuty, SecretAddress, SigningKey, Sink, SinkKind, SinkSetup, Slack, Webhook,
};

const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What the server answers, and what it was sent.
#[derive(Clone, Default)]
struct Receiver {
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    says: &'static str,
    hangs: bool,
    /// Its answers begin and never end.
    unending: bool,
    seen: Arc<Mutex<Vec<(HeaderMap, Bytes)>>>,
}

async fn receive(
    State(receiver): State<Receiver>,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    receiver.seen.lock().unwrap().push((headers, body));
    if receiver.hangs {
        return std::future::pending().await;
    }
    let response = Response::builder().status(receiver.status);
    let with = receiver
        .headers
        .iter()
        .fold(response, |response, (name, value)| response.header(*name, *value));
    if receiver.unending {
        return with
            .body(Body::from_stream(futures::stream::pending::<Result<Bytes, Infallible>>()))
            .unwrap();
    }
    with.body(Body::from(receiver.says)).unwrap()
}

async fn serve(receiver: &Receiver) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(post(receive)).with_state(receiver.clone());
    #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/T0/B0/s3cret-path")
}

fn sink(kind: SinkKind) -> Sink {
    let setup = SinkSetup {
        id: SinkId::try_new("ops").unwrap(),
        kind,
        at_least: Severity::Warning,
        updates: true,
    };
    let http = client(&ClientPolicy::default()).unwrap();
    Sink::new(setup, http, Clock::scaled(T0, 1.0))
}

fn slack(url: &str) -> Sink {
    sink(SinkKind::Slack(Slack::new(SecretAddress::try_new(Secret::new(url)).unwrap())))
}

fn webhook(url: &str) -> Sink {
    let key = SigningKey::try_new(Secret::new(KEY)).unwrap();
    sink(SinkKind::Webhook(Webhook::try_new(url, key).unwrap()))
}

fn pagerduty(url: &str) -> Sink {
    let routing_key = Secret::new("0123456789abcdef0123456789abcdef");
    sink(SinkKind::PagerDuty(PagerDuty::try_new(Some(url.to_owned()), routing_key).unwrap()))
}

fn answering(status: u16, says: &'static str) -> Receiver {
    Receiver { status, says, ..Receiver::default() }
}

#[tokio::test]
async fn every_sink_is_told_in_json_and_believed_when_it_says_yes() {
    for (status, says, sink) in [
        (200, "ok", slack as fn(&str) -> Sink),
        (204, "", webhook),
        (202, r#"{"status":"success","message":"Event processed"}"#, pagerduty),
    ] {
        let receiver = answering(status, says);
        let sink = sink(&serve(&receiver).await);
        assert_eq!(sink.attempt(&message()).await, Outcome::Delivered);
        let seen = receiver.seen.lock().unwrap();
        let (headers, body) = &seen[0];
        assert_eq!(headers["content-type"], "application/json");
        serde_json::from_slice::<serde_json::Value>(body).expect("a JSON document");
    }
}

#[tokio::test]
async fn a_receiver_can_check_the_signature_over_what_it_received() {
    let receiver = answering(204, "");
    webhook(&serve(&receiver).await).attempt(&message()).await;
    let seen = receiver.seen.lock().unwrap();
    let (headers, body) = &seen[0];
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let key = changeover_webhook::SigningKey::of_sender(&Secret::new(KEY)).unwrap();
    let seconds: i64 = text("webhook-timestamp").parse().unwrap();
    let at = UnixMs(seconds * 1_000);
    let right = changeover_webhook::sign(&key, &text("webhook-id"), at, body);
    assert_eq!(text("webhook-signature"), right);
    assert_eq!(seconds, T0.0 / 1_000, "the clock's own time");
}

#[tokio::test]
async fn a_sink_that_asks_for_patience_is_given_it() {
    let mut receiver = answering(429, "rate_limited");
    receiver.headers = &[("retry-after", "30")];
    let outcome = slack(&serve(&receiver).await).attempt(&message()).await;
    let expected = Outcome::Later {
        problem: "HTTP 429: rate_limited".into(),
        stated: Some(Duration::from_secs(30)),
        throttled: true,
    };
    assert_eq!(outcome, expected);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let mut receiver = answering(307, "");
    receiver.headers = &[("location", "/elsewhere")];
    let outcome = webhook(&serve(&receiver).await).attempt(&message()).await;
    let problem = "HTTP 307; redirects are not followed".to_owned();
    assert_eq!(outcome, Outcome::Later { problem, stated: None, throttled: false });
    assert_eq!(receiver.seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_refusal_is_told_as_the_sink_put_it_without_the_secret() {
    let receiver =
        answering(400, "Length of 'routing_key' 0123456789abcdef0123456789abcdef is wrong");
    let outcome = pagerduty(&serve(&receiver).await).attempt(&message()).await;
    let problem = "HTTP 400: Length of 'routing_key' … is wrong".to_owned();
    assert_eq!(outcome, Outcome::Refused { problem });
}

#[tokio::test]
async fn an_answer_that_quotes_the_path_tells_nobody_the_address() {
    for says in ["Cannot POST /T0/B0/s3cret-path", "no hook s3cret-path here"] {
        let outcome = slack(&serve(&answering(404, says)).await).attempt(&message()).await;
        let Outcome::Refused { problem } = outcome else { panic!("404 is meant: {outcome:?}") };
        assert!(problem.contains('…') && !problem.contains("s3cret"), "{problem}");
    }
}

#[tokio::test]
async fn a_yes_counts_at_once_and_a_reason_is_not_waited_for_long() {
    for (status, delivered) in [(200, true), (404, false)] {
        let url = serve(&Receiver { unending: true, ..answering(status, "") }).await;
        // Time that runs only while nobody works: a body that never ends takes all of it.
        tokio::time::pause();
        let outcome = slack(&url).attempt(&message()).await;
        tokio::time::resume();
        match outcome {
            Outcome::Delivered => assert!(delivered),
            Outcome::Refused { problem } => assert_eq!((delivered, &*problem), (false, "HTTP 404")),
            Outcome::Later { .. } => panic!("the status was there: {outcome:?}"),
        }
    }
}

#[tokio::test]
async fn nobody_there_is_tried_again_and_the_address_stays_secret() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/T0/B0/s3cret-path", listener.local_addr().unwrap());
    drop(listener);
    let Outcome::Later { problem, stated, .. } = slack(&url).attempt(&message()).await else {
        panic!("a refused connection may work later");
    };
    assert!(!problem.contains("s3cret-path") && !problem.is_empty(), "{problem}");
    assert_eq!(stated, None);
}

#[tokio::test]
async fn a_sink_that_never_answers_does_not_hold_up_the_others() {
    let receiver = Receiver { hangs: true, ..Receiver::default() };
    let url = serve(&receiver).await;
    // From here on time runs by itself while nobody works.
    tokio::time::pause();
    let outcome = slack(&url).attempt(&message()).await;
    assert!(
        matches!(outcome, Outcome::Later { problem, .. } if problem == "no answer within 10 s")
    );
}

#[test]
fn a_sink_hears_of_what_matters_enough_and_of_every_test() {
    let sink = slack("https://hooks.example/x");
    let wants = |kind, severity| {
        let mut message = told(kind);
        message.notice.severity = severity;
        sink.setup().wants(&message.notice)
    };
    assert!(wants(NoticeKind::Fired, Severity::Critical));
    assert!(wants(NoticeKind::Resolved, Severity::Warning));
    assert!(!wants(NoticeKind::Fired, Severity::Info));
    assert!(wants(NoticeKind::Test, Severity::Info));
    assert!(wants(NoticeKind::Updated, Severity::Warning));
}

#[test]
fn a_sink_that_leaves_updates_out_hears_of_beginnings_of_worse_and_of_ends() {
    let setup = SinkSetup { updates: false, ..slack("https://hooks.example/x").setup().clone() };
    let wants = |kind| setup.wants(&told(kind).notice);
    use NoticeKind::{Fired, Reminder, Resolved, Updated, Worsened};
    assert_eq!(
        [Fired, Worsened, Updated, Reminder, Resolved].map(wants),
        [true, true, false, true, true]
    );
}

#[test]
fn only_slack_cannot_tell_a_message_that_comes_again() {
    let pager = PagerDuty::try_new(None, Secret::new("r0uting-key")).unwrap();
    let all = [
        webhook("https://hooks.example/x"),
        sink(SinkKind::PagerDuty(pager)),
        slack("https://hooks.example/x"),
    ];
    assert_eq!(all.map(|sink| sink.setup().knows_repetitions()), [true, true, false]);
}
