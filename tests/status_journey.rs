//! Two simulated pages call: one the console itself, unsigned, one a gateway that relays, signed. Then
//! the JSON of the first gives way to a challenge for browsers, its feed stands in, and the incident
//! stays the one that it was.

#![expect(clippy::indexing_slicing, reason = "what a journey misses ends it")]

use changeover_domain::{Incident, IncidentState, SourceState};
use changeover_engine::contract::{HintView, HintWay, ScenarioPlayOwn, Snapshot};
use changeover_journeys::journey::{start, until};

/// As `pages-that-call`, in minutes instead of an hour.
const CALLING: &str = r#"
title = "Calling"
description = "Two pages call, and the JSON of one cannot be had for a while."
seed = 3
duration_s = 3600
status = [
    { provider = "openai", lag_s = 5, webhooks = true, json_fails = { from_s = 60, until_s = 400 } },
    { provider = "gemini", lag_s = 10, webhooks = true },
]
faults = [
    { provider = "openai", from_s = 5, until_s = 300, errors = [{ status = 500, share = 0.3 }] },
    { provider = "gemini", from_s = 5, until_s = 300, errors = [{ status = 503, share = 0.3 }] },
]
"#;

fn hint<'a>(snapshot: &'a Snapshot, page: &str) -> Option<&'a HintView> {
    snapshot.webhooks.hints.iter().find(|hint| hint.source.as_str() == page)
}

fn page<'a>(snapshot: &'a Snapshot, id: &str) -> Option<&'a SourceState> {
    snapshot.sources.iter().find(|source| source.id.as_str() == id)
}

/// The incidents that one page declares.
fn declared<'a>(snapshot: &'a Snapshot, page: &str) -> Vec<&'a Incident> {
    let all = snapshot.incidents.iter().map(|view| &view.incident);
    all.filter(|incident| incident.id.source.as_str() == page).collect()
}

/// Whether a page was read well after the last call of it.
fn is_read_since(snapshot: &Snapshot, id: &str) -> bool {
    let read_at = page(snapshot, id).and_then(|source| source.last_good_at);
    read_at.zip(hint(snapshot, id)).is_some_and(|(read_at, hint)| read_at >= hint.at)
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_call_are_read_and_a_feed_that_stands_in_tells_of_the_same_incident() {
    let data = tempfile::tempdir().unwrap();
    let engine = start(data.path()).await;
    until(&engine, "the receiver listens, and both pages were read", |s| {
        let listens = s.webhooks.receiver.as_ref().is_some_and(|receiver| receiver.listening);
        let is_read = |id| page(s, id).is_some_and(|source| source.last_good_at.is_some());
        listens && is_read("openai-status") && is_read("gemini-status")
    })
    .await;
    let own = ScenarioPlayOwn { name: "calling".into(), toml: CALLING.into() };
    engine.scenario_play_own(own).await.unwrap();

    let called = until(&engine, "both pages called and were read", |s| {
        ["openai-status", "gemini-status"]
            .iter()
            .all(|id| is_read_since(s, id) && declared(s, id).len() == 1)
    })
    .await;
    assert_eq!(called.sources.len(), 3, "a page of each vendor, however many documents it has");
    assert_eq!(called.incidents.len(), 2, "what a page and its feed tell is told once");
    let openai = hint(&called, "openai-status").unwrap();
    assert_eq!(openai.way, HintWay::Receiver);
    assert!(!openai.signed && openai.said.is_none(), "what is not signed says nothing");
    let gemini = hint(&called, "gemini-status").unwrap();
    assert!(matches!(&gemini.way, HintWay::Gateway(id) if id.as_str() == "eu-1"));
    assert!(gemini.signed);
    assert!(gemini.said.as_ref().unwrap().starts_with("incident: "), "{:?}", gemini.said);
    let first = declared(&called, "openai-status")[0].clone();
    assert_eq!(first.state, IncidentState::Investigating);

    let stood_in = until(&engine, "the feed tells how it went on", |s| {
        let problem = page(s, "openai-status").and_then(|source| source.problem.clone());
        let by_feed = problem.is_some_and(|problem| problem.contains("read from its feed instead"));
        by_feed && declared(s, "openai-status").iter().any(|one| one.updates.len() > 1)
    })
    .await;
    let source = page(&stood_in, "openai-status").unwrap();
    assert!(!source.unreadable, "one of its two documents can be read");
    let [by_feed] = declared(&stood_in, "openai-status")[..] else { panic!("one incident") };
    assert_eq!(by_feed.id, first.id, "the feed's incident is the JSON's");
    assert_eq!(by_feed.impact, first.impact, "what a feed does not tell is known from before");
    assert_eq!(by_feed.started_at.floor_to_minute(), first.started_at.floor_to_minute());

    let back = until(&engine, "the JSON can be read again", |s| {
        page(s, "openai-status").is_some_and(|source| source.problem.is_none())
    })
    .await;
    let [again] = declared(&back, "openai-status")[..] else { panic!("one incident") };
    assert_eq!(again.id, first.id);
    let mut said: Vec<&str> = again.updates.iter().map(|update| update.text.as_str()).collect();
    said.sort_unstable();
    let before = said.len();
    said.dedup();
    assert_eq!(said.len(), before, "no word of it twice");
    engine.shutdown().await;
}
