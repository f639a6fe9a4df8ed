//! A console that dies after a sink's yes and before its own mark: the one moment in which a message
//! goes out twice. A receiver that tells messages apart by their id sees each once; to one that cannot,
//! nothing is sent again by itself.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::console::Console;

const KEY: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";

/// A receiver that has a message as soon as it came, and says so when it is let.
#[derive(Clone, Default)]
struct Receiver {
    /// The ids, in the order in which they came.
    came: Arc<Mutex<Vec<String>>>,
    is_holding: Arc<AtomicBool>,
    arrived: Arc<Notify>,
    may_answer: Arc<Notify>,
    answered: Arc<Notify>,
}

impl Receiver {
    async fn start() -> (Self, String) {
        let receiver = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new().route("/hook", post(take)).with_state(receiver.clone());
        #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }

    fn came(&self) -> Vec<String> {
        self.came.lock().unwrap().clone()
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap) -> StatusCode {
    // Slack is told no id.
    let id = headers.get("webhook-id").map_or("a post", |id| id.to_str().unwrap()).to_owned();
    receiver.came.lock().unwrap().push(id);
    if receiver.is_holding.load(Ordering::SeqCst) {
        receiver.arrived.notify_one();
        receiver.may_answer.notified().await;
        receiver.answered.notify_one();
    }
    StatusCode::ACCEPTED
}

fn configure(file: &Path, sink: &str) {
    let text = format!(
        r#"
providers = [{{ id = "p", kind = "openai_compatible", base_url = "http://127.0.0.1:9" }}]
targets = [{{ id = "t", provider = "p", model = "m" }}]
routes = [{{ id = "chat", criticality = "can_delay", targets = ["t"] }}]
gateways = []
[probes]
interval_s = 3600
[alerts]
rules = [
    {{ id = "their_trouble", off = true }},
    {{ id = "our_trouble", off = true }},
    {{ id = "our_network", off = true }},
]
[[sinks]]
id = "hook"
{sink}
"#
    );
    std::fs::write(file, text).unwrap();
}

/// Its messages, oldest first: id and state.
async fn messages(console: &Console) -> Vec<(String, String)> {
    let (_, listed) = console.call("outgoing_list", &json!({})).await;
    let all = listed["messages"].as_array().unwrap().iter().rev();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    all.map(|message| (text(&message["id"]), text(&message["state"]))).collect()
}

fn queued(snapshot: &Value) -> Option<u64> {
    snapshot["undelivered"][0]["queued"].as_u64()
}

/// Stopped, so that the sink's yes is said and lies in the socket, and nobody can have marked it.
async fn kill_after_the_yes(console: Console, receiver: &Receiver) {
    console.signal("STOP").await;
    receiver.may_answer.notify_one();
    receiver.answered.notified().await;
    console.kill().await;
    receiver.is_holding.store(false, Ordering::SeqCst);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_kill_cut_off_on_its_way_to_slack_is_left_to_a_person() {
    let folder = tempfile::tempdir().unwrap();
    let (receiver, url) = Receiver::start().await;
    let (file, data) = (folder.path().join("changeover.toml"), folder.path().join("data"));
    configure(&file, "kind = \"slack\"\nurl = \"env:SLACK_URL\"");
    let arguments = ["--config", file.to_str().unwrap()];
    let environment = [("SLACK_URL".to_owned(), url)];
    receiver.is_holding.store(true, Ordering::SeqCst);
    let console = Console::start(&arguments, &data, &environment).await;
    let asked = json!({"sink": "hook", "by": "mk"});
    tokio::select! {
        _ = console.call("sink_test", &asked) => panic!("its sink has not answered"),
        () = receiver.arrived.notified() => {}
    }
    kill_after_the_yes(console, &receiver).await;

    let again = Console::start(&arguments, &data, &environment).await;
    let given_up = |s: &Value| s["undelivered"][0]["given_up"].as_u64() == Some(1);
    again.until("it is seen among what was not delivered", given_up).await;
    let (_, listed) = again.call("outgoing_list", &json!({"undelivered": true})).await;
    let doubted = &listed["messages"][0];
    assert!(doubted["begun_at"].is_i64(), "{doubted}");
    let problem = doubted["problem"].as_str().unwrap();
    assert!(problem.starts_with("perhaps delivered: "), "{problem}");
    let retry = json!({"id": doubted["id"], "by": "mk"});
    let (status, sent) = again.call("outgoing_retry", &retry).await;
    assert_eq!((status, sent["state"].as_str()), (200, Some("delivered")), "{sent}");
    assert_eq!(receiver.came().len(), 2, "once by itself, and once because a person wanted it");
    again.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_between_a_sinks_yes_and_our_mark_sends_that_one_message_again_and_loses_none() {
    let folder = tempfile::tempdir().unwrap();
    let (receiver, url) = Receiver::start().await;
    let (file, data) = (folder.path().join("changeover.toml"), folder.path().join("data"));
    configure(&file, &format!("kind = \"webhook\"\nurl = \"{url}\"\nsecret = \"env:HOOK_KEY\""));
    let arguments = ["--config", file.to_str().unwrap()];
    let environment = [("HOOK_KEY".to_owned(), KEY.to_owned())];

    receiver.is_holding.store(true, Ordering::SeqCst);
    let console = Console::start(&arguments, &data, &environment).await;
    let asked = json!({"sink": "hook", "by": "mk"});
    // Both wait for an answer that never comes.
    tokio::select! {
        _ = console.call("sink_test", &asked) => panic!("its sink has not answered"),
        () = receiver.arrived.notified() => {}
    }
    tokio::select! {
        _ = console.call("sink_test", &asked) => panic!("the first is under way"),
        _ = console.until("the second waits behind the first", |s| queued(s) == Some(2)) => {}
    }
    let before = messages(&console).await;
    assert_eq!(receiver.came(), [before[0].0.clone()]);

    kill_after_the_yes(console, &receiver).await;

    let again = Console::start(&arguments, &data, &environment).await;
    again.until("both have arrived", |s| queued(s) == Some(0)).await;
    let (first, second) = (before[0].0.clone(), before[1].0.clone());
    let done = ["delivered", "delivered"].map(str::to_owned);
    assert_eq!(
        messages(&again).await,
        [(first.clone(), done[0].clone()), (second.clone(), done[1].clone())],
        "the messages of before, and no others"
    );
    assert_eq!(
        receiver.came(),
        [first.clone(), first.clone(), second.clone()],
        "the one that was not marked came once more, under its id"
    );

    // What is marked is not sent again, whatever ends the console.
    again.kill().await;
    let last = Console::start(&arguments, &data, &environment).await;
    let (status, told) = last.call("sink_test", &asked).await;
    assert_eq!(status, 200, "{told}");
    last.until("the new one has arrived", |s| queued(s) == Some(0)).await;
    let third = told["id"].as_str().unwrap().to_owned();
    assert_eq!(receiver.came(), [first.clone(), first, second, third]);
    last.kill().await;
}
