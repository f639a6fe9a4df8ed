//! The deliverer with a real store and a real server. Pauses are those of the product, a few seconds.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use changeover_domain::{OutgoingMessage, OutgoingState, SinkId};

use crate::contract::{OutgoingList, OutgoingRetry, SinkTest, Undelivered};
use crate::{Engine, EngineError, EngineOptions, World};

/// A service that answers with the statuses it was given, and with 202 after them.
#[derive(Clone, Default)]
struct Service {
    answers: Arc<Mutex<Vec<u16>>>,
    actions: Arc<Mutex<Vec<String>>>,
}

impl Service {
    async fn start(answers: &[u16]) -> (Self, String) {
        let service = Self::default();
        *service.answers.lock().unwrap() = answers.iter().rev().copied().collect();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/v2/enqueue", listener.local_addr().unwrap());
        let take = async |State(service): State<Self>, body: Bytes| service.take(&body);
        let router = Router::new().fallback(post(take)).with_state(service.clone());
        #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
        tokio::spawn(async move { axum::serve(listener, router).await });
        (service, url)
    }

    fn take(&self, body: &[u8]) -> StatusCode {
        let event: serde_json::Value = serde_json::from_slice(body).unwrap();
        let action = event["event_action"].as_str().unwrap().to_owned();
        self.actions.lock().unwrap().push(action);
        let status = self.answers.lock().unwrap().pop().unwrap_or(202);
        StatusCode::from_u16(status).unwrap()
    }

    fn actions(&self) -> Vec<String> {
        self.actions.lock().unwrap().clone()
    }
}

/// Starts a console that watches nothing that is there, says nothing of that, and tells the service.
async fn start(folder: &Path, url: &str) -> Engine {
    let file = folder.join("changeover.toml");
    let text = format!(
        r#"
providers = [{{ id = "p", kind = "openai_compatible", base_url = "http://127.0.0.1:9" }}]
targets = [{{ id = "t", provider = "p", model = "m" }}]
routes = [{{ id = "chat", criticality = "can_delay", targets = ["t"] }}]
gateways = []
[alerts]
rules = [
    {{ id = "their_trouble", off = true }},
    {{ id = "our_trouble", off = true }},
    {{ id = "our_network", off = true }},
]
[[sinks]]
id = "pager"
kind = "pagerduty"
url = "{url}"
routing_key = "env:PATH"
"#
    );
    std::fs::write(&file, text).unwrap();
    let options =
        EngineOptions { world: World::Configured(file), data_dir: Some(folder.to_owned()) };
    Engine::start(options).await.unwrap()
}

async fn stop(engine: Engine) {
    engine.shutdown().await;
    engine.close().await.unwrap();
}

fn test() -> SinkTest {
    SinkTest { sink: SinkId::try_new("pager").unwrap(), by: Some("mk".into()) }
}

/// Its messages, newest first.
async fn listed(engine: &Engine) -> Vec<OutgoingMessage> {
    engine.outgoing_list(OutgoingList::default()).await.unwrap().messages
}

/// Waits until so many messages are in this state.
async fn until(engine: &Engine, state: OutgoingState, count: usize) -> Vec<OutgoingMessage> {
    let mut settled = engine.settled();
    loop {
        let messages = listed(engine).await;
        if messages.iter().filter(|message| message.state == state).count() == count {
            return messages;
        }
        settled.changed().await.unwrap();
    }
}

/// Waits until the board shows of the one sink what it should: it is told after the disk.
async fn shown(engine: &Engine, so: impl Fn(&Undelivered) -> bool) -> Undelivered {
    loop {
        let known = engine.snapshot().undelivered.first().cloned();
        if let Some(undelivered) = known.filter(&so) {
            return undelivered;
        }
        engine.clock().sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_message_is_tried_until_its_sink_has_it_and_what_follows_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let (service, url) = Service::start(&[500, 500]).await;
    let engine = start(folder.path(), &url).await;
    let first = engine.sink_test(test()).await.unwrap();
    assert!(first.attempts > 0, "it is waited for");
    let done = until(&engine, OutgoingState::Delivered, 2).await;
    assert_eq!(done[1].attempts, 3);
    assert_eq!(service.actions(), ["trigger", "trigger", "trigger", "resolve"]);
    let undelivered = shown(&engine, |one| (one.queued, one.given_up) == (0, 0)).await;
    assert!(undelivered.last_delivered_at.is_some());
    stop(engine).await;
}

#[tokio::test]
async fn a_restart_loses_nothing_and_sends_nothing_again() {
    let folder = tempfile::tempdir().unwrap();
    let (service, url) = Service::start(&[503]).await;
    let engine = start(folder.path(), &url).await;
    let queued = engine.sink_test(test()).await.unwrap();
    assert_eq!(queued.state, OutgoingState::Queued);
    stop(engine).await;
    let engine = start(folder.path(), &url).await;
    let done = until(&engine, OutgoingState::Delivered, 2).await;
    assert_eq!(done[1].id, queued.id, "the same message, by the same id");
    stop(engine).await;
    let sent = service.actions();
    assert_eq!(sent, ["trigger", "trigger", "resolve"]);
    let engine = start(folder.path(), &url).await;
    // What were sent again would go before this: their order is kept.
    engine.sink_test(test()).await.unwrap();
    until(&engine, OutgoingState::Delivered, 4).await;
    let new = service.actions().split_off(sent.len());
    assert_eq!(new, ["trigger", "resolve"], "what has arrived is not sent again");
    stop(engine).await;
}

#[tokio::test]
async fn what_is_refused_is_seen_and_can_be_tried_again_unless_it_is_overtaken() {
    let folder = tempfile::tempdir().unwrap();
    let (service, url) = Service::start(&[400, 400]).await;
    let engine = start(folder.path(), &url).await;
    let refused = engine.sink_test(test()).await.unwrap();
    assert_eq!((refused.state, refused.attempts), (OutgoingState::GivenUp, 1));
    until(&engine, OutgoingState::GivenUp, 2).await;
    let undelivered = shown(&engine, |one| one.given_up == 2).await;
    assert_eq!(undelivered.last_problem.as_deref(), Some("HTTP 400"));
    let retry = |id: &OutgoingMessage| OutgoingRetry { id: id.id.clone(), by: None };
    let again = engine.outgoing_retry(retry(&refused)).await.unwrap();
    assert_eq!((again.state, again.attempts), (OutgoingState::Delivered, 2));
    let over = listed(&engine).await.swap_remove(0);
    engine.outgoing_retry(retry(&over)).await.unwrap();
    assert_eq!(service.actions(), ["trigger", "resolve", "trigger", "resolve"]);
    let twice = engine.outgoing_retry(retry(&over)).await.unwrap_err();
    assert!(matches!(twice, EngineError::Invalid { .. }), "it has been delivered");
    let audit = engine.audit_list(crate::contract::AuditList::default()).await.unwrap();
    let acts: Vec<&str> = audit.entries.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(acts, ["outgoing_retried", "outgoing_retried", "sink_tested", "console_started"]);
    stop(engine).await;
}

#[tokio::test]
async fn messages_to_a_sink_that_is_not_configured_any_more_are_given_up_and_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let (_service, url) = Service::start(&[503]).await;
    let engine = start(folder.path(), &url).await;
    engine.sink_test(test()).await.unwrap();
    stop(engine).await;
    let file = folder.path().join("changeover.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let (without, _) = text.split_once("[[sinks]]").unwrap();
    std::fs::write(&file, without).unwrap();
    let options =
        EngineOptions { world: World::Configured(file), data_dir: Some(folder.path().to_owned()) };
    let engine = Engine::start(options).await.unwrap();
    let given_up = until(&engine, OutgoingState::GivenUp, 2).await;
    let problem = Some("the sink is not configured any more");
    assert!(given_up.iter().all(|message| message.problem.as_deref() == problem));
    assert_eq!(engine.snapshot().undelivered[0].kind, "not configured");
    stop(engine).await;
}
