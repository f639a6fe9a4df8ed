//! Incidents and their updates.

use changeover_domain::{Incident, IncidentState};

use crate::fresh;
use crate::samples::{at, incident, source, update};

#[tokio::test]
async fn an_incident_follows_its_page_and_keeps_updates_the_page_has_dropped() {
    let store = fresh().await;
    store.writer.incidents_record(&[incident()]).await.unwrap();
    let mut later = Incident {
        state: IncidentState::Resolved,
        ended_at: Some(at(300)),
        updates: vec![update("u2", 130), update("u3", 300)],
        ..incident()
    };
    store.writer.incidents_record(std::slice::from_ref(&later)).await.unwrap();
    assert_eq!(store.reader.incidents_open().await.unwrap(), []);
    later.updates = vec![update("u1", 0), update("u2", 130), update("u3", 300)];
    assert_eq!(store.reader.incidents_between(at(0)..at(1)).await.unwrap(), [later]);
}

#[tokio::test]
async fn a_range_finds_every_incident_that_touches_it() {
    let store = fresh().await;
    let named = |native: &str, start: i64, end: Option<i64>| {
        let mut incident = incident();
        incident.id.native = native.into();
        incident.started_at = at(start);
        incident.ended_at = end.map(at);
        let state = end.map_or(IncidentState::Monitoring, |_| IncidentState::Resolved);
        Incident { state, ..incident }
    };
    let all = [
        named("before", 0, Some(50)),
        named("into", 10, Some(150)),
        named("lasting", 20, None),
        named("within", 110, Some(120)),
        named("after", 200, None),
    ];
    store.writer.incidents_record(&all).await.unwrap();
    let found = store.reader.incidents_between(at(100)..at(200)).await.unwrap();
    let names: Vec<&str> = found.iter().map(|incident| incident.id.native.as_str()).collect();
    assert_eq!(names, ["into", "lasting", "within"]);
}

#[tokio::test]
async fn a_source_has_one_state_the_last() {
    let store = fresh().await;
    store.writer.source_record(&source()).await.unwrap();
    let mut worse = source();
    (worse.failures, worse.unreadable, worse.last_good_at) = (3, true, None);
    store.writer.source_record(&worse).await.unwrap();
    assert_eq!(store.reader.sources().await.unwrap(), [worse]);
}
