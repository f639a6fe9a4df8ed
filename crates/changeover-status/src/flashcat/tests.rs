//! Flashcat's documents as they are met.

use changeover_domain::{ComponentState, IncidentState, MaintenanceState};

use crate::tests::{at, channel, item, only, reading};
use crate::{Coverage, Platform};

#[test]
fn components_carry_the_page_when_nothing_goes_on() {
    let text = r#"{"active_changes":[],"components":[{"component_id":"c1","name":"API 服务 (API Service)","status":"operational"},{"component_id":"c2","name":"网页 (Web)","status":"operational"}]}"#;
    let reading = reading(Platform::Flashcat, text);
    assert_eq!((reading.page, reading.coverage), (ComponentState::Operational, Coverage::OpenOnly));
    assert_eq!(reading.components[0].name, "API 服务 (API Service)");
}

#[test]
fn a_change_has_numbers_for_ids_and_times() {
    let text = r#"{"data":{"active_changes":[{"change_id":77,"title":"Errors","type":"incident","status":"identified","start_at_seconds":1777888800,"affected_components":[{"component_id":"c1","name":"API","status":"partial_outage"}],"updates":[{"update_id":1,"at_seconds":1777889400,"status":"identified","description":"找到了"}]}],"components":[]}}"#;
    let reading = reading(Platform::Flashcat, text);
    assert_eq!(reading.page, ComponentState::PartialOutage);
    let declared = only(reading);
    assert_eq!(declared.id.native, "77");
    assert_eq!(declared.started_at, at("2026-05-04T10:00:00Z"));
    assert_eq!(declared.updates[0].text, "找到了");
}

#[test]
fn the_state_of_an_entry_is_its_first_line() {
    let item = item(
        "Errors",
        "https://s.test/incidents/77",
        "x",
        "Mon, 04 May 2026 10:00:00 GMT",
        "<p><strong>Status:</strong> resolved</p><p>Over.</p>",
    );
    let declared = only(reading(Platform::Flashcat, channel("T", "https://s.test", &item)));
    assert_eq!(declared.state, IncidentState::Resolved);
    assert_eq!(declared.updates[0].text, "Over.");
}

fn active(changes: &str) -> String {
    format!(
        r#"{{"request_id":"r","data":{{"page":{{"page_id":9,"components":[{{"component_id":"c1","name":"API 服务 (API)"}},{{"component_id":"c2","name":"网页 (Web)"}}]}},"active_changes":[{changes}]}}}}"#
    )
}

fn change(kind: &str, status: &str, component: &str) -> String {
    format!(
        r#"{{"change_id":7,"title":"T","type":"{kind}","status":"{status}","start_at_seconds":1777888800,"affected_components":[{{"component_id":"c1","name":"API","status":"{component}"}}],"updates":[]}}"#
    )
}

#[test]
fn components_of_the_page_have_the_state_of_what_goes_on() {
    let states = |changes: &str| {
        let reading = reading(Platform::Flashcat, active(changes));
        let mut named = crate::tests::named(&reading.components);
        named.sort();
        (reading.page, named.into_iter().map(|(_, state)| state).collect::<Vec<_>>())
    };
    let well = ComponentState::Operational;
    assert_eq!(states(""), (well, vec![well, well]));
    let degraded = ComponentState::DegradedPerformance;
    assert_eq!(
        states(&change("incident", "identified", "degraded")),
        (degraded, vec![degraded, well])
    );
    let work = ComponentState::UnderMaintenance;
    assert_eq!(states(&change("maintenance", "ongoing", "degraded")), (work, vec![work, well]));
    assert_eq!(states(&change("maintenance", "scheduled", "degraded")), (well, vec![well, well]));
}

#[test]
fn ongoing_is_said_of_planned_work_under_way() {
    let text = active(&change("maintenance", "ongoing", "degraded"));
    let planned = only(reading(Platform::Flashcat, text));
    assert_eq!(planned.maintenance.unwrap().state, MaintenanceState::InProgress);
    assert_eq!(crate::words::label("ongoing"), None, "others say it of incidents");
}
