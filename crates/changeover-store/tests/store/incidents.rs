//! Incidents and their updates.

use changeover_domain::{
    ComponentState, Incident, IncidentId, IncidentState, Maintenance, MaintenanceState,
    PageComponent, StartBasis, StatusStep, StatusTransition, WrittenTime,
};

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

/// An incident and a source with all that a page can say of them.
fn whole() -> Incident {
    let component = PageComponent {
        targets: incident().targets,
        serves: false,
        ..PageComponent::new(Some("c1".into()), "API".into(), ComponentState::UnderMaintenance)
    };
    let planned = Maintenance {
        state: MaintenanceState::InProgress,
        starts_at: at(0),
        ends_at: Some(at(3_600)),
    };
    let mut incident = Incident {
        severity: Some("SERVICE_OUTAGE".into()),
        maintenance: Some(planned),
        start: StartBasis::NewestUpdate,
        first_read_at: Some(at(30)),
        event: Some(IncidentId { source: source().id, native: "first".into() }),
        components: vec![component],
        ..incident()
    };
    let text = "Nov 20, 14:00 UTC".into();
    incident.updates[0].written = WrittenTime { text, year_inferred: true, zone_assumed: true };
    incident
}

fn transition(id: &str) -> StatusTransition {
    StatusTransition {
        id: id.into(),
        at: at(40),
        step: StatusStep::Resolved,
        event: incident().id,
        by_absence: true,
        incident: whole(),
    }
}

#[tokio::test]
async fn everything_that_a_page_says_is_kept_and_given_back() {
    let store = fresh().await;
    let mut state = source();
    (state.network_down, state.interval_ms, state.platform) =
        (true, Some(30_000), "Statuspage".into());
    state.components = whole().components;
    store.writer.status_record(&state, &[whole()], &[]).await.unwrap();
    assert_eq!(store.reader.sources().await.unwrap(), [state]);
    assert_eq!(store.reader.incident(&whole().id).await.unwrap(), Some(whole()));
    assert_eq!(store.reader.incidents_of_event(&whole().event.unwrap()).await.unwrap(), [whole()]);
    assert_eq!(store.reader.incidents_open_of(&source().id).await.unwrap(), [whole()]);
    let unknown = IncidentId { native: "other".into(), ..incident().id };
    assert_eq!(store.reader.incident(&unknown).await.unwrap(), None);
}

#[tokio::test]
async fn when_it_was_first_read_and_its_event_are_decided_once() {
    let store = fresh().await;
    store.writer.incidents_record(&[whole()]).await.unwrap();
    let again = Incident { first_read_at: Some(at(900)), event: Some(incident().id), ..whole() };
    store.writer.incidents_record(&[again]).await.unwrap();
    assert_eq!(store.reader.incident(&whole().id).await.unwrap(), Some(whole()));
}

#[tokio::test]
async fn a_transition_is_told_once_however_often_it_is_found() {
    let store = fresh().await;
    let both = [transition("a"), transition("b")];
    let told = store.writer.status_record(&source(), &[], &both[..1]).await.unwrap();
    assert_eq!(told, [transition("a")]);
    let told = store.writer.status_record(&source(), &[], &both).await.unwrap();
    assert_eq!(told, [transition("b")]);
    assert_eq!(store.reader.status_transitions_of(&whole().id).await.unwrap(), both);
}

#[tokio::test]
async fn a_step_that_is_taken_again_after_others_is_told_again() {
    let store = fresh().await;
    let taken = |id: &str, second| StatusTransition { at: at(second), ..transition(id) };
    let looks = [taken("up", 1), taken("down", 2), taken("up", 3), taken("down", 4)];
    for look in looks.chunks(1) {
        let told = store.writer.status_record(&source(), &[], look).await.unwrap();
        assert_eq!(told.len(), 1, "{look:?} was not told");
    }
    let again = taken("down", 5);
    let told = store.writer.status_record(&source(), &[], &[again]).await.unwrap();
    assert_eq!(told, [], "the same look once more is no step");
    let of = store.reader.status_transitions_of(&whole().id).await.unwrap();
    let steps: Vec<_> = of.iter().map(|one| (one.at, one.id.as_str())).collect();
    let (third, fourth) = (format!("up@{}", at(3).0), format!("down@{}", at(4).0));
    assert_eq!(steps, [(at(1), "up"), (at(2), "down"), (at(3), &third), (at(4), &fourth)]);
}

#[tokio::test]
async fn only_the_newest_transitions_are_kept() {
    let store = fresh().await;
    let many: Vec<StatusTransition> = (0..5_003).map(|one| transition(&one.to_string())).collect();
    store.writer.status_record(&source(), &[], &many).await.unwrap();
    let oldest = store.reader.status_transitions_of(&whole().id).await.unwrap();
    assert_eq!(oldest[0].id, "3");
}

#[tokio::test]
async fn an_incident_that_left_its_page_is_not_open_and_lasted_until_then() {
    let store = fresh().await;
    let left = Incident { state: IncidentState::LeftPage, ended_at: Some(at(60)), ..incident() };
    store.writer.incidents_record(std::slice::from_ref(&left)).await.unwrap();
    assert_eq!(store.reader.incidents_open().await.unwrap(), []);
    assert_eq!(store.reader.incidents_between(at(59)..at(70)).await.unwrap(), [left]);
    assert_eq!(store.reader.incidents_between(at(61)..at(70)).await.unwrap(), []);
}
