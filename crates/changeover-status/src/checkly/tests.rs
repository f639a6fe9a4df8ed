//! Checkly's document as it is met.

use changeover_domain::{ComponentState, IncidentState};

use crate::Platform;
use crate::tests::{at, reading};

fn page(events: &str, partial: &str) -> String {
    format!(
        r#"{{"metadata":[{{"id":"g","services":[{{"id":"s1","name":"Chat API"}},{{"id":"s2","name":"OCR API"}}]}}],"uptime":[{{"id":"g","services":[{{"id":"s1","name":"Chat API","days":[{{"date":"2026-05-04T00:00:00Z","events":[{events}]}}]}}]}}]{partial}}}"#
    )
}

fn event(id: &str, status: &str, created: &str) -> String {
    format!(
        r#"{{"id":"{id}","name":"Chat degraded","duration":90,"severity":"MEDIUM","lastUpdateStatus":"{status}","created_at":"{created}"}}"#
    )
}

#[test]
fn events_of_one_title_and_day_are_as_many_incidents() {
    let events = [
        event("a", "RESOLVED", "2026-05-04T10:00:00Z"),
        event("b", "RESOLVED", "2026-05-04T11:00:00Z"),
    ];
    let reading = reading(Platform::Checkly, page(&events.join(","), ""));
    assert_eq!(reading.incidents.len(), 2);
    let first = &reading.incidents[1];
    assert_eq!(first.ended_at, Some(at("2026-05-04T10:01:30Z")), "its length is told in seconds");
    assert_eq!(reading.page, ComponentState::Operational);
    assert!(reading.flaps);
}

#[test]
fn an_open_event_colours_its_service_and_no_other() {
    let events = event("a", "INVESTIGATING", "2026-05-04T10:00:00Z");
    let reading = reading(Platform::Checkly, page(&events, ""));
    assert_eq!(reading.incidents[0].state, IncidentState::Investigating);
    assert_eq!(reading.incidents[0].ended_at, None);
    let states: Vec<_> = reading.components.iter().map(|one| one.state).collect();
    assert_eq!(states, [ComponentState::DegradedPerformance, ComponentState::Operational]);
}

#[test]
fn the_weight_of_an_event_is_how_many_users_it_touches() {
    let page_at = |severity: &str| {
        let event = event("a", "INVESTIGATING", "2026-05-04T10:00:00Z");
        reading(Platform::Checkly, page(&event.replace("MEDIUM", severity), "")).page
    };
    assert_eq!(page_at("MINOR"), ComponentState::DegradedPerformance);
    assert_eq!(page_at("MEDIUM"), ComponentState::DegradedPerformance, "some of them");
    assert_eq!(page_at("MAJOR"), ComponentState::PartialOutage, "many of them");
    assert_eq!(page_at("CRITICAL"), ComponentState::MajorOutage, "all of them");
}

#[test]
fn an_event_under_two_services_is_one_incident_of_both() {
    let event = event("a", "RESOLVED", "2026-05-04T10:00:00Z");
    let service =
        |id: &str| format!(r#"{{"id":"{id}","name":"API {id}","days":[{{"events":[{event}]}}]}}"#);
    let text = format!(
        r#"{{"metadata":[],"uptime":[{{"services":[{},{}]}}]}}"#,
        service("s1"),
        service("s2")
    );
    let reading = reading(Platform::Checkly, text);
    assert_eq!(reading.incidents.len(), 1);
    assert_eq!(reading.incidents[0].components.len(), 2);
}

#[test]
fn a_page_without_any_service_is_unknown() {
    let text = r#"{"metadata":[],"uptime":[],"partialError":false}"#;
    assert_eq!(reading(Platform::Checkly, text).page, ComponentState::Unknown);
}

#[test]
fn a_page_that_lacks_some_of_its_own_data_is_not_believed_operational() {
    let reading = reading(Platform::Checkly, page("", r#","partialError":true"#));
    assert_eq!(reading.page, ComponentState::Unknown);
    assert_eq!(reading.unread.len(), 1);
}
