//! incident.io's documents as they are met, each trap by its own words.

use changeover_domain::{ComponentState, Impact, IncidentState, MaintenanceState, StartBasis};

use crate::tests::{at, channel, item, only, reading, steps};
use crate::{Coverage, Platform};

/// Made at 2026-05-04T10:00:00.000Z.
const ID: &str = "01KQS6WB80ABCDEFGHJKMNPQRS";

fn feed(body: &str) -> String {
    let link = format!("https://status.test//incidents/{ID}");
    let item = item("Errors on Large 2", &link, &link, "Mon, 04 May 2026 11:30:00 GMT", body);
    channel("T", "https://status.test/", &format!("<generator>incident.io</generator>{item}"))
}

fn body(label: &str, words: &str, components: &str) -> String {
    format!(
        "<b>{label}</b><br/><br/>{words}<br/><br/><b>Affected components</b>\n<ul>{components}</ul>"
    )
}

#[test]
fn the_id_carries_the_start_that_the_feed_does_not_tell() {
    let text = feed(&body("Status: Monitoring", "A fix is in.", "<li>Chat (Partial outage)</li>"));
    let declared = only(reading(Platform::IncidentIo, text));
    assert_eq!(declared.id.native, ID);
    assert_eq!(declared.started_at, at("2026-05-04T10:00:00Z"));
    assert_eq!(declared.start, StartBasis::Identity);
    assert_eq!(declared.state, IncidentState::Monitoring);
    assert_eq!(declared.updates[0].text, "A fix is in.", "components are no words");
    assert_eq!(
        declared.url.as_deref(),
        Some(format!("https://status.test/incidents/{ID}").as_str()),
        "one slash"
    );
    assert_eq!(declared.targets[0].as_str(), "large");
    assert_eq!(declared.impact, Impact::Major);
}

#[test]
fn the_order_of_components_and_the_date_of_an_entry_make_no_new_update() {
    let one = feed(&body(
        "Status: Monitoring",
        "x",
        "<li>A (Operational)</li>\n<li>B (Operational)</li>",
    ));
    let two =
        feed(&body("Status: Monitoring", "x", "<li>B (Operational)</li><li>A (Operational)</li>"))
            .replace("11:30:00", "12:45:00");
    let native = |text| only(reading(Platform::IncidentIo, text)).updates[0].native.clone();
    assert_eq!(native(one), native(two));
}

#[test]
fn a_component_listed_twice_is_one() {
    let text = feed(&body(
        "Status: Identified",
        "x",
        "<li>Login (Partial outage)</li><li>Login (Full outage)</li>",
    ));
    let components = only(reading(Platform::IncidentIo, text)).components;
    assert_eq!(
        crate::tests::named(&components),
        [("Login".to_owned(), ComponentState::MajorOutage)]
    );
}

#[test]
fn without_components_and_in_other_languages_the_state_is_understood() {
    for (label, state) in [
        ("Status: Gelöst", IncidentState::Resolved),
        ("Statut : Résolu", IncidentState::Resolved),
        ("ステータス：調査中", IncidentState::Investigating),
    ] {
        let text = feed(&format!("<b>{label}</b><br/><br/>Wörter."));
        let declared = only(reading(Platform::IncidentIo, text));
        assert_eq!(declared.state, state, "{label}");
        assert_eq!(declared.updates[0].text, "Wörter.");
    }
}

#[test]
fn a_label_that_is_not_understood_leaves_it_open() {
    let text = feed(&body("Stan: Naprawione", "x", "<li>A (Sprawny)</li>"));
    let declared = only(reading(Platform::IncidentIo, text));
    assert_eq!(declared.state, IncidentState::Investigating);
    assert_eq!(declared.components[0].state, ComponentState::Unknown);
}

#[test]
fn planned_work_in_a_feed_is_a_kind_of_its_own() {
    let text = feed(&body("Status: Completed", "Done.", "<li>A (Operational)</li>"));
    let maintenance = only(reading(Platform::IncidentIo, text)).maintenance.unwrap();
    assert_eq!(maintenance.state, MaintenanceState::Completed);
}

#[test]
fn statuspages_form_is_read_whichever_of_the_two_is_configured() {
    let text = format!(
        r#"{{"page":{{"id":"{ID}","url":"https://s.test"}},"status":{{"indicator":"none"}},"components":[{{"id":"{ID}","name":"Chat","status":"full_outage"}}]}}"#
    );
    for platform in [Platform::IncidentIo, Platform::Statuspage] {
        let reading = reading(platform, &text);
        assert_eq!(reading.coverage, Coverage::OpenOnly, "keys are left out when empty");
        assert_eq!(reading.page, ComponentState::MajorOutage);
    }
}

#[test]
fn the_document_for_widgets_shows_what_goes_on_and_what_is_planned() {
    let text = format!(
        r#"{{"page_title":"T","ongoing_incidents":[{{"id":"{ID}","name":"Errors","status":"identified","url":"https://s.test/incidents/{ID}","last_update_at":"2026-05-04T11:00:00Z","last_update_message":"Found.","current_worst_impact":"full_outage","affected_components":[{{"id":"c","name":"Chat","group_name":"API","current_status":"partial_outage"}}]}}],
        "in_progress_maintenances":[],"scheduled_maintenances":[{{"id":"m","name":"Work","status":"maintenance_scheduled","last_update_at":"2026-05-01T00:00:00Z","starts_at":"2026-05-09T02:00:00Z","ends_at":"2026-05-09T04:00:00Z","affected_components":[]}}]}}"#
    );
    let reading = reading(Platform::IncidentIo, text);
    assert_eq!(reading.coverage, Coverage::OpenOnly);
    assert!(reading.newest_entry_only);
    let [incident, planned] = &reading.incidents[..] else { panic!("two events") };
    assert_eq!(incident.started_at, at("2026-05-04T10:00:00Z"));
    assert_eq!(incident.impact, Impact::Critical, "the worst of it counts");
    assert_eq!(crate::tests::ids(&incident.components), ["c"]);
    let maintenance = planned.maintenance.unwrap();
    assert_eq!(maintenance.starts_at, at("2026-05-09T02:00:00Z"));
    assert_eq!(maintenance.ends_at, Some(at("2026-05-09T04:00:00Z")));
}

#[test]
fn the_pages_own_document_names_components_by_its_structure() {
    let text = r#"{"summary":{"name":"T","affected_components":[{"component_id":"c1","status":"degraded_performance"}],"ongoing_incidents":[],"structure":{"items":[{"group":{"name":"G","components":[{"component_id":"c1","name":"Chat"}]}},{"component":{"component_id":"c2","name":"Batch"}}]}}}"#;
    let reading = reading(Platform::IncidentIo, text);
    let seen: Vec<_> =
        reading.components.iter().map(|one| (one.name.as_str(), one.state)).collect();
    assert_eq!(
        seen,
        [("Chat", ComponentState::DegradedPerformance), ("Batch", ComponentState::Operational)]
    );
    assert_eq!(reading.page, ComponentState::DegradedPerformance);
}

#[test]
fn the_pages_own_history_has_every_update_with_its_state() {
    let text = format!(
        r#"{{"incidents":[{{"id":"{ID}","name":"Errors","status":"resolved","type":"incident","published_at":"2026-05-04T10:01:00Z","status_summaries":[],
        "updates":[{{"id":"u2","message_string":"Over.","to_status":"resolved","published_at":"2026-05-04T11:00:00Z"}},{{"id":"u1","message_string":"Looking.","to_status":"investigating","published_at":"2026-05-04T10:00:30Z","component_statuses":[{{"component_id":"c1","status":"full_outage"}}]}}],
        "affected_components":[{{"component_id":"c1","status":"full_outage","current_status":"operational"}}]}}]}}"#
    );
    let declared = only(reading(Platform::IncidentIo, text));
    assert_eq!(
        steps(&declared),
        [Some(IncidentState::Investigating), Some(IncidentState::Resolved)]
    );
    assert_eq!(declared.started_at, at("2026-05-04T10:00:30Z"));
    assert_eq!(declared.ended_at, Some(at("2026-05-04T11:00:00Z")));
    assert_eq!(declared.impact, Impact::Critical);
    assert_eq!(declared.components[0].state, ComponentState::Operational);
}

#[test]
fn impacts_and_links_tell_when_and_what_where_nothing_else_does() {
    let text = format!(
        r#"{{"component_impacts":[{{"component_id":"c1","status_page_incident_id":"{ID}","start_at":"2026-05-04T10:02:00Z","end_at":"2026-05-04T10:40:00Z","status":"partial_outage"}}],"incident_links":[{{"id":"{ID}","name":"Errors","status":"resolved","published_at":"2026-05-04T10:03:00Z","permalink":"https://s.test/incidents/{ID}"}}]}}"#
    );
    let declared = only(reading(Platform::IncidentIo, text));
    assert_eq!(declared.state, IncidentState::Resolved);
    assert_eq!(declared.ended_at, Some(at("2026-05-04T10:40:00Z")));
    assert_eq!(declared.impact, Impact::Major);
    assert_eq!(crate::tests::ids(&declared.components), ["c1"]);
}

#[test]
fn an_incident_without_weight_and_components_colours_the_page() {
    let text = format!(
        r#"{{"page":{{"id":"{ID}","url":"https://s.test"}},"incidents":[{{"id":"{ID}","name":"The site is down","status":"investigating","impact":"none","created_at":"2026-05-04T10:00:00Z","incident_updates":[{{"id":"{ID}","status":"investigating","body":"**We look.**","created_at":"2026-05-04T10:00:00Z","affected_components":null}}]}}]}}"#
    );
    let reading = reading(Platform::IncidentIo, text);
    assert_eq!(reading.page, ComponentState::DegradedPerformance);
    assert_eq!(only(reading).severity.as_deref(), Some("none"));
}

#[test]
fn an_atom_entry_says_its_words_once_and_its_date_as_it_is_written() {
    let body = "&lt;b&gt;Status: Resolved&lt;/b&gt;&lt;br/&gt;&lt;br/&gt;Over.";
    let text = format!(
        r#"<feed xmlns="http://www.w3.org/2005/Atom"><id>f</id><title>T</title><updated>2026-05-04T12:00:00Z</updated><generator>incident.io</generator><entry><title>t</title><id>https://s.test//incidents/{ID}</id><link href="https://s.test//incidents/{ID}"/><updated>2026-05-04T11:00:00.4Z</updated><summary type="html">{body}</summary><content type="html">{body}</content></entry></feed>"#
    );
    let declared = only(reading(Platform::IncidentIo, text));
    let texts: Vec<_> = declared.updates.iter().map(|update| update.text.as_str()).collect();
    assert_eq!(texts, ["Over."]);
    assert_eq!(declared.updates[0].written.text, "2026-05-04T11:00:00.4Z");
}
