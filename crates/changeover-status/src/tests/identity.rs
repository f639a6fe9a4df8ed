//! One event in both forms of a page, its JSON and its feed, is one incident.

use super::{channel, item, reading};
use crate::{Platform, merge};

const DATE: &str = "Fri, 20 Nov 2026 10:00:00 +0000";

fn atom(id: &str, link: &str, title: &str, body: &str) -> String {
    format!(
        r#"<feed xmlns="http://www.w3.org/2005/Atom"><id>{id}</id><title>Example status</title><updated>2026-11-20T10:00:00Z</updated><entry><title>{title}</title><id>{id}</id><link href="{link}"/><updated>2026-11-20T10:00:00Z</updated><content type="html">{body}</content></entry></feed>"#
    )
}

/// The same event as a page's JSON and as its feed.
fn forms() -> [(Platform, &'static str, String); 4] {
    let statuspage = "https://status.example.test/incidents/k3x9v2m7q1wz";
    let incident_io = "https://status.example.test//incidents/01M2DV6788RRSDZ5K98S5HN0A9";
    let instatus = "https://example.instatus.com/incident/cmp0a1b2c3";
    let statuspage_body = "<p><small>Nov <var data-var='date'>20</var>, <var data-var='time'>10:00</var> UTC</small><br><strong>Investigating</strong> - We look.</p>";
    [
        (
            Platform::Statuspage,
            r#"{"page":{"id":"p"},"incidents":[{"id":"k3x9v2m7q1wz","name":"Errors","status":"investigating","created_at":"2026-11-20T10:00:00Z","incident_updates":[{"id":"u","status":"investigating","body":"We look.","created_at":"2026-11-20T10:00:00Z"}]}]}"#,
            channel(
                "Example Status - Incident History",
                "https://status.example.test",
                &item("Errors", statuspage, statuspage, DATE, statuspage_body),
            ),
        ),
        (
            Platform::IncidentIo,
            r#"{"page":{"id":"p"},"status":{"indicator":"none"},"components":[],"incidents":[{"id":"01M2DV6788RRSDZ5K98S5HN0A9","name":"Errors","status":"investigating","impact":"none","created_at":"2026-11-20T10:00:00Z","incident_updates":[{"id":"u","status":"investigating","body":"We look.","created_at":"2026-11-20T10:00:00Z"}]}]}"#,
            atom(
                incident_io,
                incident_io,
                "Errors",
                "&lt;b&gt;Status: Investigating&lt;/b&gt;&lt;br/&gt;We look.",
            ),
        ),
        (
            Platform::GoogleCloud,
            r#"[{"id":"AbC1dEf2","number":"1","begin":"2026-11-20T10:00:00+00:00","created":"2026-11-20T10:00:00+00:00","external_desc":"Errors","status_impact":"SERVICE_DISRUPTION","severity":"medium","uri":"incidents/AbC1dEf2","affected_products":[{"title":"Vertex Gemini API","id":"z"}],"updates":[{"when":"2026-11-20T10:00:00+00:00","text":"We look.","status":"SERVICE_DISRUPTION"}]}]"#,
            atom(
                "tag:status.cloud.google.com,2026:feed:AbC1dEf2.u",
                "https://status.cloud.google.com/incidents/AbC1dEf2",
                "UPDATE: Errors",
                "We look.",
            ),
        ),
        (
            Platform::Instatus,
            r#"{"page":{"status":"HASISSUES"},"activeIncidents":[{"id":"cmp0a1b2c3","name":"Errors","started":"2026-11-20T10:00:00Z","status":"INVESTIGATING","impact":"MINOROUTAGE","url":"https://example.instatus.com/incident/cmp0a1b2c3"}]}"#,
            channel(
                "Example - Incident history",
                "https://example.instatus.com",
                &item("Errors", instatus, instatus, DATE, statuspage_body),
            ),
        ),
    ]
}

#[test]
fn an_event_in_a_pages_json_and_in_its_feed_is_one_incident() {
    for (platform, json, feed) in forms() {
        let json = reading(platform, json);
        let feed = reading(platform, feed);
        assert_eq!((json.incidents.len(), feed.incidents.len()), (1, 1), "{platform}");
        assert_eq!(json.incidents[0].id, feed.incidents[0].id, "{platform}");
        assert_eq!(merge(json, feed).incidents.len(), 1, "{platform}");
    }
}
