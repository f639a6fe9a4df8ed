//! Better Stack's documents as they are met, each trap by its own words.

use changeover_domain::{ComponentState, Impact, IncidentState, MaintenanceState};

use crate::Platform;
use crate::tests::{at, channel, item, only, reading};

fn index(state: &str, report: &str) -> String {
    format!(
        r#"{{"data":{{"id":"1","type":"status_page","attributes":{{"aggregate_state":"{state}","custom_domain":"s.test"}}}},"included":[
        {{"id":"10","type":"status_page_section","attributes":{{"name":"S"}}}},
        {{"id":"11","type":"status_page_resource","attributes":{{"public_name":"Large 2","status":"operational"}}}},
        {{"id":"12","type":"status_page_resource","attributes":{{"public_name":"Small 2","status":"not_monitored"}}}},
        {report},
        {{"id":"u1","type":"status_update","attributes":{{"message":"We look.","published_at":"2026-05-04T10:05:00Z","affected_resources":[{{"status_page_resource_id":"11","status":"downtime"}}]}}}},
        {{"id":"u2","type":"status_update","attributes":{{"message":"Over.","published_at":"2026-05-04T11:00:00Z","affected_resources":[{{"status_page_resource_id":"11","status":"resolved"}}]}}}}]}}"#
    )
}

fn report(kind: &str, state: &str, ends: &str, updates: &str) -> String {
    format!(
        r#"{{"id":"90","type":"status_report","attributes":{{"title":"Errors","report_type":"{kind}","starts_at":"2026-05-04T10:00:00Z","ends_at":{ends},"aggregate_state":"{state}","affected_resources":[{{"status_page_resource_id":"11","status":"downtime"}},{{"status_page_resource_id":"77","status":"degraded"}}]}},"relationships":{{"status_updates":{{"data":[{updates}]}}}}}}"#
    )
}

#[test]
fn an_open_report_names_even_resources_that_are_not_included() {
    let text = index("downtime", &report("manual", "downtime", "null", r#"{"id":"u1"}"#));
    let reading = reading(Platform::BetterStack, text);
    assert_eq!(reading.page, ComponentState::MajorOutage);
    assert_eq!(reading.components.len(), 2);
    assert_eq!(reading.components[0].state, ComponentState::Unknown, "not monitored is unknown");
    let declared = only(reading);
    assert_eq!(declared.state, IncidentState::Investigating);
    assert_eq!(
        crate::tests::named(&declared.components),
        [
            ("Large 2".to_owned(), ComponentState::MajorOutage),
            ("77".to_owned(), ComponentState::DegradedPerformance)
        ]
    );
    assert_eq!(declared.impact, Impact::Critical);
    assert_eq!(declared.targets[0].as_str(), "large", "a resource per model");
}

#[test]
fn a_report_is_over_when_it_has_ended() {
    let updates = r#"{"id":"u2"},{"id":"u1"}"#;
    let text =
        index("operational", &report("automatic", "resolved", "\"2026-05-04T11:00:00Z\"", updates));
    let declared = only(reading(Platform::BetterStack, text));
    assert_eq!(declared.state, IncidentState::Resolved);
    assert_eq!(declared.ended_at, Some(at("2026-05-04T11:00:00Z")));
    assert_eq!(declared.updates[1].state, Some(IncidentState::Resolved));
    assert_eq!(declared.severity, None, "the word of its end is no weight");
}

#[test]
fn the_end_of_planned_work_is_planned_and_not_past() {
    let text =
        index("maintenance", &report("maintenance", "maintenance", "\"2026-05-04T12:00:00Z\"", ""));
    let declared = only(reading(Platform::BetterStack, text));
    let maintenance = declared.maintenance.unwrap();
    assert_eq!(maintenance.state, MaintenanceState::InProgress);
    assert_eq!(maintenance.ends_at, Some(at("2026-05-04T12:00:00Z")));
    assert!(declared.is_open());
}

fn monitor(what: &str, guid: &str, date: &str) -> String {
    let guid = format!("https://s.test/#{guid}");
    item(&format!("Large 2 {what}"), "https://s.test/", &guid, date, "x")
}

#[test]
fn down_and_up_of_one_id_are_one_incident_and_the_page_is_no_identity() {
    let items = [
        monitor("went down", "b", "Tue, 05 May 2026 09:00:00 -0000"),
        monitor("recovered", "a", "Mon, 04 May 2026 10:06:00 -0000"),
        monitor("went down", "a", "Mon, 04 May 2026 10:00:00 -0000"),
    ];
    let text = channel("T", "https://s.test/", &items.concat());
    let reading = reading(Platform::BetterStack, text);
    assert!(reading.flaps);
    let [open, over] = &reading.incidents[..] else { panic!("two incidents") };
    assert!(open.is_open());
    assert_eq!(over.started_at, at("2026-05-04T10:00:00Z"));
    assert_eq!(over.ended_at, Some(at("2026-05-04T10:06:00Z")), "six minutes, not weeks");
    assert_eq!(
        crate::tests::named(&over.components),
        [("Large 2".to_owned(), ComponentState::Operational)]
    );
}

#[test]
fn one_resource_or_one_open_report_colours_the_page_whatever_it_claims() {
    let calm = report("automatic", "resolved", "\"2026-05-04T11:00:00Z\"", "");
    let quiet = reading(Platform::BetterStack, index("operational", &calm));
    assert!(quiet.flaps, "monitors make it, as they make its feed");
    assert_eq!(quiet.page, ComponentState::Operational, "what nobody watches says nothing");
    let slow = index("operational", &calm).replace(
        r#""public_name":"Large 2","status":"operational""#,
        r#""public_name":"Large 2","status":"degraded""#,
    );
    assert_eq!(reading(Platform::BetterStack, slow).page, ComponentState::DegradedPerformance);
    let open = index("operational", &report("manual", "downtime", "null", ""));
    assert_eq!(reading(Platform::BetterStack, open).page, ComponentState::MajorOutage);
}

#[test]
fn planned_work_is_under_way_when_the_page_shows_it_and_not_before() {
    let planned = report("maintenance", "maintenance", "\"2026-05-04T12:00:00Z\"", "");
    let state = |text: String| {
        let work = only(reading(Platform::BetterStack, text));
        assert_eq!(work.state, IncidentState::Identified, "planned, and nobody looks for it");
        assert_eq!(work.url.as_deref(), Some("https://s.test/maintenance/90"));
        work.maintenance.unwrap().state
    };
    let with = |page: &str, resource: &str, updated: &str| {
        let text = index(page, &planned).replace(
            r#""public_name":"Large 2","status":"operational""#,
            &format!(r#""public_name":"Large 2","status":"{resource}""#),
        );
        let stamp = format!(r#""updated_at":"{updated}","custom_domain""#);
        text.replace(r#""custom_domain""#, &stamp)
    };
    let (before, after) = ("2026-05-04T09:00:00Z", "2026-05-04T10:30:00Z");
    assert_eq!(state(with("operational", "operational", after)), MaintenanceState::Scheduled);
    assert_eq!(state(with("operational", "maintenance", after)), MaintenanceState::InProgress);
    assert_eq!(state(with("maintenance", "maintenance", before)), MaintenanceState::Scheduled);
}

#[test]
fn planned_work_among_the_monitors_of_a_feed_is_planned_work() {
    let guid = "https://s.test/#c";
    let date = "Fri, 03 Jul 2026 04:00:59 -0000";
    let item = item("Scheduled network maintenance", "https://s.test/", guid, date, "We will.");
    let reading = reading(Platform::BetterStack, channel("T", "https://s.test/", &item));
    assert_eq!(reading.page, ComponentState::Operational);
    assert_eq!(only(reading).maintenance.unwrap().state, MaintenanceState::Scheduled);
}

#[test]
fn ids_may_be_numbers() {
    let text = index("downtime", &report("manual", "downtime", "null", r#"{"id":1}"#))
        .replace(r#""status_page_resource_id":"11""#, r#""status_page_resource_id":11"#)
        .replace(r#"{"id":"u1","#, r#"{"id":1,"#);
    let declared = only(reading(Platform::BetterStack, text));
    assert_eq!(declared.components[0].name, "Large 2");
    assert_eq!(declared.updates[0].text, "We look.");
}
