//! Instatus's documents as they are met, each trap by its own words.

use changeover_domain::{
    ComponentState, Impact, IncidentState, MaintenanceState, ProviderId, SourceId,
};

use crate::tests::{at, channel, only, reading, steps};
use crate::{Coverage, Format, Platform, ReadContext, read_any};

#[test]
fn a_page_without_lists_says_that_nothing_goes_on() {
    let text = r#"{"page":{"name":"T","url":"https://s.test","status":"UP"}}"#;
    let reading = reading(Platform::Instatus, text);
    assert_eq!((reading.page, reading.coverage), (ComponentState::Operational, Coverage::OpenOnly));
}

#[test]
fn incidents_are_dated_as_javascript_writes_dates() {
    let text = r#"{"page":{"status":"HASISSUES"},"activeIncidents":[{"name":"Errors","started":"Mon May 04 2026 12:00:00 GMT+0200 (Central European Summer Time)","status":"IDENTIFIED","impact":"MAJOROUTAGE","url":"https://s.test/cmabc"}]}"#;
    let reading = reading(Platform::Instatus, text);
    assert_eq!(reading.page, ComponentState::MajorOutage);
    let declared = only(reading);
    assert_eq!(declared.id.native, "cmabc");
    assert_eq!(declared.started_at, at("2026-05-04T10:00:00Z"));
    assert_eq!(declared.state, IncidentState::Identified);
    assert_eq!(declared.impact, Impact::Critical);
    assert_eq!(declared.severity.as_deref(), Some("MAJOROUTAGE"));
}

#[test]
fn planned_work_gives_a_length_instead_of_an_end() {
    let text = r#"{"page":{"status":"UNDERMAINTENANCE"},"activeMaintenances":[{"id":"m","name":"Work","start":"2026-05-09T02:00:00Z","status":"NOTSTARTEDYET","duration":"90","url":"https://s.test/m"}]}"#;
    let reading = reading(Platform::Instatus, text);
    assert_eq!(reading.page, ComponentState::UnderMaintenance);
    let maintenance = only(reading).maintenance.unwrap();
    assert_eq!(maintenance.state, MaintenanceState::Scheduled);
    assert_eq!(maintenance.ends_at, Some(at("2026-05-09T03:30:00Z")));
}

#[test]
fn components_by_themselves_say_nothing_of_incidents() {
    let text = r#"{"components":[{"id":"a","name":"API","status":"DEGRADEDPERFORMANCE"},{"id":"b","name":"Web","status":"OPERATIONAL"}]}"#;
    let reading = reading(Platform::Instatus, text);
    assert_eq!(reading.coverage, Coverage::NotGiven);
    assert_eq!(reading.page, ComponentState::DegradedPerformance);
}

fn feed(kind: &str, duration: &str, blocks: &[(&str, &str, &str, &str)], date: &str) -> String {
    let blocks = blocks.iter().map(|(date, time, label, words)| {
        format!("&lt;p&gt;&lt;small&gt;{date}, &lt;var data-var=&#039;time&#039;&gt;{time}&lt;/var&gt; GMT+0&lt;/small&gt;&lt;br&gt;&lt;strong&gt;{label}&lt;/strong&gt; -\n  {words}.&lt;/p&gt;")
    });
    let blocks: String = blocks.collect();
    let item = format!(
        "<item><title>T</title><description>\n  Type: {kind}\n  Duration: {duration}\n\n  Affected Components: API, Web\n  May 4</description><content:encoded><![CDATA[<p><strong>Type:</strong> {kind}</p><p><strong>Duration:</strong> {duration}</p><p><strong>Affected Components:</strong> , </p>{blocks}]]></content:encoded><pubDate>{date}</pubDate><link>https://s.test/incident/cmabc</link><guid>https://s.test/incident/cmabc</guid></item>"
    );
    channel("T - Incident history", "https://s.test", &item)
}

#[test]
fn a_feed_escaped_twice_with_its_oldest_update_first_is_read() {
    let blocks = [
        ("May 4", "10:00:00", "Investigating", "We look."),
        ("May 4", "10:30:15", "Resolved", "Over"),
    ];
    let text = feed("Incident", "30 minutes", &blocks, "Mon, 04 May 2026 10:00:00 +0000");
    let declared = only(reading(Platform::Instatus, text));
    assert_eq!(declared.id.native, "cmabc");
    assert_eq!(
        steps(&declared),
        [Some(IncidentState::Investigating), Some(IncidentState::Resolved)]
    );
    assert_eq!(declared.started_at, at("2026-05-04T10:00:00Z"), "its date is its start");
    assert_eq!(declared.ended_at, Some(at("2026-05-04T10:30:15Z")));
    assert_eq!(declared.updates[0].text, "We look.", "the template's own full stop is gone");
    let names: Vec<_> = declared.components.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["API", "Web"], "from the short text, where they are");
}

#[test]
fn planned_work_announced_in_the_old_year_lies_in_the_new_one() {
    let blocks = [("Dec 28", "09:00:00", "Not started yet", "Soon")];
    let text =
        feed("Maintenance", "1 hour and 30 minutes", &blocks, "Sat, 02 Jan 2027 02:00:00 +0000");
    let declared = only(reading(Platform::Instatus, text));
    let maintenance = declared.maintenance.unwrap();
    assert_eq!(maintenance.starts_at, at("2027-01-02T02:00:00Z"));
    assert_eq!(maintenance.ends_at, Some(at("2027-01-02T03:30:00Z")));
    assert_eq!(declared.updates[0].at, at("2026-12-28T09:00:00Z"));
}

fn hint(text: &str) -> (Platform, Format, crate::Reading) {
    let (source, provider) = (SourceId::try_new("s").unwrap(), ProviderId::try_new("p").unwrap());
    let context = ReadContext::new(&source, &provider, crate::tests::now());
    read_any(context, text.as_bytes()).unwrap()
}

#[test]
fn a_webhook_in_statuspages_form_is_known_by_its_words() {
    let text = r#"{"meta":{},"page":{"id":"p","status_indicator":"HASISSUES"},"incident":{"id":"ckq","name":"Errors","status":"IDENTIFIED","impact":"MAJOROUTAGE","created_at":"2026-05-04T10:00:00Z","resolved_at":null,"url":"https://s.test/incident/ckq","incident_updates":[{"id":"u1","status":"IDENTIFIED","markdown":"Found.","body":"Found.","created_at":"2026-05-04T10:10:00Z"}]}}"#;
    let (platform, format, hint) = hint(text);
    assert_eq!((platform, format), (Platform::Instatus, Format::Webhook));
    assert_eq!(hint.page, ComponentState::MajorOutage);
    let declared = only(hint);
    assert_eq!(declared.impact, Impact::Critical);
    assert_eq!(declared.updates[0].text, "Found.");
    assert_eq!(declared.started_at, at("2026-05-04T10:00:00Z"));
}

#[test]
fn a_webhook_of_planned_work_tells_its_window() {
    let text = r#"{"meta":{},"page":{"id":"p","status_indicator":"UP"},"maintenance":{"id":"m","name":"Work","status":"NOTSTARTEDYET","impact":"UNDERMAINTENANCE","created_at":"2026-05-01T10:00:00Z","start":"2026-05-09T02:00:00Z","duration":90,"maintenance_updates":[]}}"#;
    let (platform, format, hint) = hint(text);
    assert_eq!((platform, format), (Platform::Instatus, Format::Webhook));
    let planned = only(hint).maintenance.unwrap();
    assert_eq!(planned.state, MaintenanceState::Scheduled);
    assert_eq!(planned.starts_at, at("2026-05-09T02:00:00Z"));
    assert_eq!(planned.ends_at, Some(at("2026-05-09T03:30:00Z")));
}
