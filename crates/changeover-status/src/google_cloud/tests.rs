//! Google's documents as they are met, each trap by its own words.

use changeover_domain::{ComponentState, Impact, IncidentState, StartBasis};

use crate::Platform;
use crate::tests::{at, only, reading};

fn incident(fields: &str, updates: &str) -> String {
    format!(
        r#"[{{"id":"AbC1","external_desc":"Errors","begin":"2026-05-04T10:00:00+00:00","created":"2026-05-04T12:00:00+00:00",{fields}
        "affected_products":[{{"title":"Vertex Gemini API","id":"prod1"}}],"status_impact":"SERVICE_OUTAGE","severity":"low","uri":"incidents/AbC1","updates":[{updates}],"most_recent_update":{{"text":"x","status":"AVAILABLE","when":"2026-05-04T11:00:00+00:00"}}}}]"#
    )
}

const OPEN: &str =
    r#"{"when":"2026-05-04T10:30:00+00:00","text":"Looking.","status":"SERVICE_DISRUPTION"}"#;

#[test]
fn updates_after_the_end_do_not_open_it_again() {
    let late =
        r#"{"when":"2026-05-06T09:00:00+00:00","text":"A report.","status":"SERVICE_DISRUPTION"}"#;
    let text = incident(r#""end":"2026-05-04T11:00:00+00:00","#, &format!("{late},{OPEN}"));
    let declared = only(reading(Platform::GoogleCloud, text));
    assert_eq!(declared.state, IncidentState::Resolved);
    assert_eq!(declared.ended_at, Some(at("2026-05-04T11:00:00Z")));
    assert_eq!(declared.started_at, at("2026-05-04T10:00:00Z"), "long before its creation");
    assert_eq!(declared.components[0].state, ComponentState::Operational);
}

#[test]
fn an_incident_without_an_end_is_open_with_the_gravity_of_its_newest_word() {
    let text = incident("", OPEN).replace("AVAILABLE", "SERVICE_DISRUPTION");
    let reading = reading(Platform::GoogleCloud, text);
    assert_eq!(reading.page, ComponentState::MajorOutage, "low is no word for an outage");
    let declared = only(reading);
    assert_eq!(declared.state, IncidentState::Investigating);
    assert_eq!(declared.impact, Impact::Critical);
    assert_eq!(declared.severity.as_deref(), Some("low SERVICE_OUTAGE"));
    assert_eq!(declared.components[0].state, ComponentState::PartialOutage);
    assert_eq!(crate::tests::ids(&declared.components), ["prod1"], "names change, ids stay");
    assert_eq!(declared.url.as_deref(), Some("https://status.cloud.google.com/incidents/AbC1"));
}

#[test]
fn available_again_is_over_even_where_no_end_is_given() {
    let available = r#"{"when":"2026-05-04T11:00:00+00:00","text":"Well.","status":"AVAILABLE"}"#;
    let text = incident("", &format!("{available},{OPEN}"));
    let declared = only(reading(Platform::GoogleCloud, text));
    assert_eq!(declared.state, IncidentState::Resolved);
    assert_eq!(declared.ended_at, Some(at("2026-05-04T11:00:00Z")));
}

#[test]
fn a_product_is_named_with_the_places_where_it_is_affected() {
    let places = r#""currently_affected_locations":[{"title":"Iowa (us-central1)","id":"us-central1"},{"id":"b"},{"id":"c"},{"id":"d"}],"previously_affected_locations":[{"title":"Global","id":"global"}],"#;
    let name = |text: String| only(reading(Platform::GoogleCloud, text)).components[0].name.clone();
    let open = incident(places, OPEN).replace("AVAILABLE", "SERVICE_DISRUPTION");
    assert_eq!(name(open), "Vertex Gemini API (Iowa (us-central1), b, c and 1 more)");
    let over = format!(r#""end":"2026-05-04T11:00:00+00:00",{places}"#);
    assert_eq!(name(incident(&over, OPEN)), "Vertex Gemini API (Global)");
}

#[test]
fn two_words_of_one_instant_are_two_and_the_upper_one_counts() {
    let word = |status: &str| {
        format!(r#"{{"when":"2026-05-04T11:00:00+00:00","text":"x","status":"{status}"}}"#)
    };
    let text =
        incident("", &[word("AVAILABLE"), word("SERVICE_OUTAGE"), OPEN.to_owned()].join(","));
    let declared = only(reading(Platform::GoogleCloud, text));
    assert_eq!(declared.updates.len(), 3);
    assert_eq!(declared.state, IncidentState::Resolved);
    assert_eq!(declared.components[0].state, ComponentState::Operational);
}

fn entry(title: &str, update: &str, updated: &str, body: &str) -> String {
    format!(
        r#"<entry><title>{title}</title><link href="https://status.cloud.google.com/incidents/AbC1" rel="alternate"/><id>tag:status.cloud.google.com,2026:feed:AbC1.{update}</id><updated>{updated}</updated><summary type="html">{body}</summary></entry>"#
    )
}

fn feed(entries: &str) -> String {
    format!(
        r#"<feed xmlns="http://www.w3.org/2005/Atom"><title>Google Cloud Service Health Updates</title><id>x</id><updated>2026-05-04T12:00:00Z</updated>{entries}</feed>"#
    )
}

#[test]
fn entries_of_one_link_are_one_incident_whose_end_is_told_in_pacific_time() {
    let over = "&lt;p&gt;Incident began at &lt;strong&gt;2026-05-04 03:00&lt;/strong&gt; and ended at &lt;strong&gt;2026-05-04 04:10&lt;/strong&gt; (all times are US/Pacific).&lt;/p&gt;";
    let text = feed(
        &[
            entry("RESOLVED: Errors", "u2", "2026-05-04T11:20:00+00:00", over),
            entry("UPDATE: Errors", "u1", "2026-05-04T10:40:00+00:00", "Working."),
        ]
        .concat(),
    );
    let declared = only(reading(Platform::GoogleCloud, text));
    assert_eq!(declared.title, "Errors");
    assert_eq!(declared.started_at, at("2026-05-04T10:00:00Z"));
    assert_eq!(declared.ended_at, Some(at("2026-05-04T11:10:00Z")));
    let ids: Vec<_> = declared.updates.iter().map(|one| one.native.as_str()).collect();
    assert_eq!(ids, ["u1", "u2"]);
}

#[test]
fn a_feed_that_has_only_later_words_says_that_it_began_earlier() {
    let text = feed(&entry("UPDATE: Errors", "u1", "2026-05-04T10:40:00+00:00", "Working."));
    let declared = only(reading(Platform::GoogleCloud, text));
    assert_eq!(declared.start, StartBasis::NewestUpdate);
    assert_eq!(declared.state, IncidentState::Investigating);
}
