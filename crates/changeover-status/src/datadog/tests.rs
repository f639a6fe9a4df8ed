//! Datadog's document as it is met, and others in its style.

use changeover_domain::{ComponentState, Impact, IncidentState, MaintenanceState};

use crate::Platform;
use crate::tests::{at, only, reading, steps};

#[test]
fn a_timeline_tells_states_and_components_and_no_maintenance_is_null() {
    let text = r#"{"incidents":[{"id":"d1","title":"Backfill","currentStatus":"resolved","publishedDate":"2026-05-04T10:00:00Z","resolvedDate":"2026-05-04T11:00:00Z","lastModifiedAt":"2026-09-11T00:00:00Z",
        "timeline":[{"id":"t2","status":"resolved","startedAt":"2026-05-04T11:00:00Z","createdAt":"2026-09-11T00:00:00Z","description":"Over.","componentsAffected":[{"id":"c","name":"Chat","status":"operational"}]},
                    {"id":"t1","status":"investigating","startedAt":"2026-05-04T10:00:00Z","createdAt":"2026-09-11T00:00:00Z","description":"We look.","componentsAffected":[{"id":"c","name":"Chat","status":"major_outage"}]}]}],"maintenances":null}"#;
    let declared = only(reading(Platform::Datadog, text));
    assert_eq!(
        steps(&declared),
        [Some(IncidentState::Investigating), Some(IncidentState::Resolved)]
    );
    assert_eq!(declared.started_at, at("2026-05-04T10:00:00Z"), "not when it was filled in");
    assert_eq!(declared.ended_at, Some(at("2026-05-04T11:00:00Z")));
    assert_eq!(declared.impact, Impact::Critical);
    assert_eq!(
        crate::tests::named(&declared.components),
        [("Chat".to_owned(), ComponentState::Operational)]
    );
}

#[test]
fn other_names_for_the_same_are_understood() {
    let text = r#"{"incidents":[{"id":"o1","title":"Errors","status":"MONITORING","started":"2026-05-04T10:00:00Z","ended":null,"components":["API"],"updates":[{"status":"MONITORING","created":"2026-05-04T10:20:00Z","content":"A fix is in."}]}],"maintenances":[{"id":"m","title":"Work","status":"SCHEDULED","startDate":"2026-05-09T02:00:00Z","endDate":"2026-05-09T04:00:00Z"}]}"#;
    let reading = reading(Platform::Datadog, text);
    let [incident, planned] = &reading.incidents[..] else { panic!("two events") };
    assert_eq!(incident.state, IncidentState::Monitoring);
    assert_eq!(incident.updates[0].text, "A fix is in.");
    assert_eq!(incident.components[0].name, "API");
    let maintenance = planned.maintenance.unwrap();
    assert_eq!(maintenance.state, MaintenanceState::Scheduled);
    assert_eq!(maintenance.ends_at, Some(at("2026-05-09T04:00:00Z")));
}

#[test]
fn what_stands_under_a_heading_is_read_however_deep_and_the_heading_is_no_component() {
    let text = r#"{"incidents":[],"maintenances":null,"components":[
        {"id":"g","name":"Gateway","type":"ComponentGroup","status":"operational","components":[
            {"id":"c","name":"Chat","type":"Component","status":"major_outage"},
            {"id":"h","name":"Inner","type":"ComponentGroup","components":[{"id":"v","name":"Video","type":"Component","status":"operational"}]}]},
        {"id":"e","name":"Empty","type":"ComponentGroup","components":[]},
        {"id":"w","name":"Web","type":"Component","status":"operational"}]}"#;
    let reading = reading(Platform::Datadog, text);
    assert_eq!(reading.page, ComponentState::MajorOutage);
    let mut ids = crate::tests::ids(&reading.components);
    ids.sort_unstable();
    assert_eq!(ids, ["c", "v", "w"]);
}

#[test]
fn planned_work_ends_where_its_completion_is_planned() {
    let text = r#"{"incidents":[],"maintenances":[{"id":"m","title":"Work","status":"scheduled","startDate":"2026-05-09T02:00:00Z","completedDate":"2026-05-09T04:00:00Z"}]}"#;
    let planned = only(reading(Platform::Datadog, text));
    assert!(planned.is_open());
    assert_eq!(planned.maintenance.unwrap().ends_at, Some(at("2026-05-09T04:00:00Z")));
}

#[test]
fn a_page_of_another_maker_in_the_same_style_is_read_as_it_is_set() {
    let text = r#"{"incidents":[],"maintenances":null,"components":[{"id":"c","name":"Chat","status":"operational"}]}"#;
    assert_eq!(reading(Platform::OnlineOrNot, text).page, ComponentState::Operational);
}
