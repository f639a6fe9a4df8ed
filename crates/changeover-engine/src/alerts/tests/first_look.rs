//! A console with a real store, a real page and a real sink: what its first look at the page tells.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use changeover_clock::{Clock, system_now};
use changeover_domain::{NoticeKind, OutgoingState, SourceId, UnixMs};
use serde_json::{Value, json};

use crate::contract::{AlertView, OutgoingList, Snapshot};
use crate::start::Beginning;
use crate::{Engine, settings};

use NoticeKind::{Fired, Updated};

/// So slow that a busy machine keeps up with its looks.
const SPEED: f64 = 10.0;
const HOUR_MS: i64 = 3_600_000;

/// A page whose incidents a test writes, and a sink that takes all it is sent.
#[derive(Clone, Default)]
struct Outside {
    incidents: Arc<Mutex<Vec<Value>>>,
}

impl Outside {
    async fn start() -> (Self, String) {
        let outside = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let page = async |State(outside): State<Self>| axum::Json(outside.page());
        let router = Router::new()
            .route("/page", get(page))
            .route("/v2/enqueue", post(async || axum::http::StatusCode::ACCEPTED))
            .with_state(outside.clone());
        #[expect(clippy::disallowed_methods, reason = "the test's runtime ends the server")]
        tokio::spawn(async move { axum::serve(listener, router).await });
        (outside, url)
    }

    fn page(&self) -> Value {
        json!({
            "page": {"id": "p", "name": "Vendor", "url": "https://status.vendor.example"},
            "status": {"indicator": "minor", "description": "Minor trouble"},
            "components": [], "scheduled_maintenances": [],
            "incidents": self.incidents.lock().unwrap().clone(),
        })
    }

    /// Writes an incident of this state onto the page, whose newest entry is of `at`.
    fn declare(&self, id: &str, state: &str, began: UnixMs, at: UnixMs) {
        let time = |at: UnixMs| jiff::Timestamp::from_millisecond(at.0).unwrap().to_string();
        let entry = |state: &str, at: UnixMs| {
            json!({
                "id": format!("{id}-{state}"), "status": state, "body": format!("{id}: {state}"),
                "created_at": time(at), "updated_at": time(at), "display_at": time(at),
            })
        };
        let mut entries = vec![entry("investigating", began)];
        if state != "investigating" {
            entries.insert(0, entry(state, at));
        }
        let incident = json!({
            "id": id, "name": id, "status": state, "impact": "minor", "components": [],
            "created_at": time(began), "started_at": time(began), "updated_at": time(at),
            "resolved_at": null, "shortlink": "https://status.vendor.example/x",
            "incident_updates": entries,
        });
        let mut incidents = self.incidents.lock().unwrap();
        incidents.retain(|one| one["id"] != id);
        incidents.push(incident);
    }
}

async fn start(folder: &Path, url: &str, from: UnixMs) -> Engine {
    let file = folder.join("changeover.toml");
    let text = format!(
        r#"
targets = [{{ id = "t", provider = "p", model = "m" }}]
routes = [{{ id = "chat", criticality = "can_delay", targets = ["t"] }}]
gateways = []
[[providers]]
id = "p"
kind = "openai_compatible"
base_url = "http://127.0.0.1:9"
[[providers.status]]
id = "page"
platform = "statuspage"
url = "{url}/page"
[alerts]
rules = [
    {{ id = "their_trouble", off = true }},
    {{ id = "our_trouble", off = true }},
    {{ id = "our_network", off = true }},
]
[[sinks]]
id = "pager"
kind = "pagerduty"
url = "{url}/v2/enqueue"
routing_key = "env:PATH"
"#
    );
    std::fs::write(&file, text).unwrap();
    let setup = settings::load(&file).unwrap();
    let store = changeover_store::open(folder).await.unwrap();
    let clock = Clock::scaled(from, SPEED);
    Engine::begin(Beginning { clock, sandbox: None, setup }, store, folder).await.unwrap()
}

async fn stop(engine: Engine) {
    engine.shutdown().await;
    engine.close().await.unwrap();
}

/// The alert of an event that the board shows.
fn shown<'a>(snapshot: &'a Snapshot, native: &str) -> Option<&'a AlertView> {
    let is_of = |alert: &&AlertView| alert.event.as_ref().is_some_and(|id| id.native == native);
    snapshot.alerts.iter().find(is_of)
}

async fn until(engine: &Engine, so: impl Fn(&Snapshot) -> bool) {
    let mut published = engine.watch();
    while !so(&engine.snapshot()) {
        published.changed().await.unwrap();
    }
}

/// Lets the page be read again and waits until so many messages have arrived; gives them, oldest first.
async fn told(engine: &Engine, count: usize) -> Vec<(NoticeKind, String)> {
    let _is_watched = engine.hint_source(&SourceId::try_new("page").unwrap());
    let mut settled = engine.settled();
    loop {
        let all = engine.outgoing_list(OutgoingList::default()).await.unwrap().messages;
        if all.len() >= count && all.iter().all(|one| one.state == OutgoingState::Delivered) {
            let short = |one: &changeover_domain::OutgoingMessage| {
                (one.notice.kind, one.notice.title.replace("p's page: ", ""))
            };
            return all.iter().rev().map(short).collect();
        }
        settled.changed().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_page_shows_at_the_first_look_is_no_news_and_what_comes_after_is_also_over_a_restart()
 {
    let folder = tempfile::tempdir().unwrap();
    let (outside, url) = Outside::start().await;
    let now = system_now();
    let days_ago = now.plus_millis(-72 * HOUR_MS);
    outside.declare("old", "investigating", days_ago, days_ago);
    let engine = start(folder.path(), &url, now).await;
    until(&engine, |snapshot| shown(snapshot, "old").is_some()).await;
    assert_eq!(shown(&engine.snapshot(), "old").unwrap().told, None, "shown, and told to nobody");

    let later = engine.clock().now();
    outside.declare("new", "investigating", later, later);
    let expected = vec![(Fired, "new".to_owned())];
    assert_eq!(told(&engine, 1).await, expected);
    outside.declare("old", "identified", days_ago, engine.clock().now());
    let mut expected = expected;
    expected.push((Updated, "old".to_owned()));
    assert_eq!(told(&engine, 2).await, expected);
    stop(engine).await;

    // What began while nobody looked is news.
    let hours_ago = now.plus_millis(-2 * HOUR_MS);
    outside.declare("meanwhile", "investigating", hours_ago, hours_ago);
    let engine = start(folder.path(), &url, now.plus_millis(HOUR_MS)).await;
    expected.push((Fired, "meanwhile".to_owned()));
    assert_eq!(told(&engine, 3).await, expected, "and nothing is told twice");
    stop(engine).await;
}
