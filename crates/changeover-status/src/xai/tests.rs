//! xAI's feed as it is met.

use changeover_domain::{ComponentState, Impact, IncidentState, MaintenanceState};

use crate::Platform;
use crate::tests::{at, channel, item, only, reading, steps};

fn feed(status: &str, severity: &str, last: &str) -> String {
    let body = format!(
        "<h3>Status: {status}</h3><p>Severity: {severity}</p><hr /><h4>Updates:</h4><div><p><strong>Mon, 04 May 2026 10:20:00 GMT</strong></p><h3>Investigating</h3><p>We look.</p></div><div><p><strong>Mon, 04 May 2026 11:00:00 GMT</strong></p><h3>{last}</h3><p>Words.</p></div>"
    );
    let item = item(
        "[API] Errors",
        "https://status.x.ai/api/INC1",
        "INC1",
        "Mon, 04 May 2026 10:00:00 GMT",
        &body,
    )
    .replace(
        "</item>",
        &format!("<category>{severity}</category><category>{status}</category></item>"),
    );
    channel("System Status", "https://status.x.ai", &item)
}

#[test]
fn the_state_is_told_in_front_and_the_last_heading_does_not_hide_it() {
    let declared = only(reading(Platform::Xai, feed("RESOLVED", "available", "Updated")));
    assert_eq!(declared.id.native, "INC1");
    assert_eq!(declared.title, "Errors");
    assert_eq!(declared.state, IncidentState::Resolved);
    assert_eq!(declared.started_at, at("2026-05-04T10:00:00Z"), "before the first update");
    assert_eq!(declared.ended_at, Some(at("2026-05-04T11:00:00Z")));
    assert_eq!(steps(&declared), [Some(IncidentState::Investigating), None]);
    assert_eq!(
        crate::tests::named(&declared.components),
        [("API".to_owned(), ComponentState::Operational)]
    );
}

#[test]
fn an_open_one_has_its_severity_as_our_weight_and_as_the_word() {
    let declared = only(reading(Platform::Xai, feed("INVESTIGATING", "degraded", "Updated")));
    assert_eq!(declared.state, IncidentState::Investigating);
    assert_eq!(declared.severity.as_deref(), Some("degraded"));
    assert_eq!(declared.impact, Impact::Minor);
    assert_eq!(declared.components[0].state, ComponentState::DegradedPerformance);
}

#[test]
fn planned_work_is_planned_and_no_incident() {
    for (status, severity, state) in [
        ("SCHEDULED", "maintenance", MaintenanceState::Scheduled),
        ("IN_PROGRESS", "maintenance", MaintenanceState::InProgress),
        ("RESOLVED", "maintenance", MaintenanceState::Completed),
    ] {
        let reading = reading(Platform::Xai, feed(status, severity, "Updated"));
        assert_eq!(reading.page, ComponentState::Operational, "{status}");
        let planned = only(reading).maintenance.unwrap();
        assert_eq!(planned.state, state, "{status}");
        assert_eq!(planned.starts_at, at("2026-05-04T10:00:00Z"), "as planned");
    }
    let looked_into = only(reading(Platform::Xai, feed("INVESTIGATING", "maintenance", "Updated")));
    assert_eq!(looked_into.maintenance, None, "what is looked into was not planned");
}

#[test]
fn a_feed_that_was_made_years_ago_by_its_own_word_shows_what_goes_on() {
    let made = "<lastBuildDate>Mon, 01 Jun 2020 10:00:00 GMT</lastBuildDate><item>";
    let text = feed("INVESTIGATING", "degraded", "Updated").replace("<item>", made);
    let reading = reading(Platform::Xai, text);
    assert_eq!(reading.page, ComponentState::DegradedPerformance);
    assert!(only(reading).maintenance.is_none());
}
