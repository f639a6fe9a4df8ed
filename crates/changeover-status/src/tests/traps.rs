//! What pages really do, one test each. Byte-level traps stand beside `body`, `xml` and `html`.

use changeover_domain::{ComponentState, IncidentState, MaintenanceState};

use super::{at, reading, try_reading};
use crate::{Platform, ReadError};

fn rss(items: &str) -> String {
    format!(
        "<rss version=\"2.0\"><channel><title>T</title><link>https://s.test/</link><description>d</description>{items}</channel></rss>"
    )
}

fn item(title: &str, date: &str, body: &str) -> String {
    format!(
        "<item><title>{title}</title><pubDate>{date}</pubDate><description>{body}</description></item>"
    )
}

const DATE: &str = "Mon, 05 Oct 2026 10:00:00 GMT";

#[test]
fn a_body_of_another_kind_than_configured_is_named() {
    let json = r#"{"page":{"id":"x"},"status":{"indicator":"none"}}"#;
    assert_eq!(
        try_reading(Platform::Rss, json).unwrap_err().to_string(),
        "expected an RSS feed, but it is JSON of Statuspage; if the page has moved, set its platform"
    );
    let page =
        "<?xml version=\"1.0\"?>\n<!DOCTYPE html><html><head><title>Status</title></head></html>";
    assert!(matches!(
        try_reading(Platform::Rss, page),
        Err(ReadError::HtmlPage { title: Some(title) }) if title == "Status"
    ));
}

#[test]
fn an_entry_without_a_date_is_reported_and_the_page_not_called_operational() {
    let text = rss("<item><title>When?</title><description>x</description></item>");
    let reading = reading(Platform::Rss, text);
    assert_eq!(reading.page, ComponentState::Unknown);
    assert_eq!(reading.unread[0].title, "When?");
}

#[test]
fn an_entry_dated_ahead_of_the_reader_is_planned_and_triggers_nothing() {
    let text = rss(&item("Database upgrade", "Tue, 25 Nov 2036 20:00:00 -0800", "x"));
    let reading = reading(Platform::Rss, text);
    assert_eq!(reading.page, ComponentState::Operational);
    let planned = &reading.incidents[0];
    assert_eq!(planned.maintenance.unwrap().state, MaintenanceState::Scheduled);
    assert_eq!(planned.state, IncidentState::Identified, "announced, and nobody is looking for it");
}

#[test]
fn a_feed_made_long_ago_by_its_own_word_makes_no_plan_of_an_outage() {
    let built = "<lastBuildDate>Mon, 01 Jun 2026 10:00:00 GMT</lastBuildDate>";
    let outage = |body: &str| rss(&format!("{built}{}", item("Errors", DATE, body)));
    let labelled = reading(Platform::Rss, outage("Investigating - We look into an outage"));
    assert_eq!(labelled.page, ComponentState::DegradedPerformance);
    assert_eq!(labelled.incidents[0].maintenance, None);
    let silent = reading(Platform::Rss, outage("We look into an outage"));
    assert_eq!(silent.page, ComponentState::Unknown, "neither planned nor operational");
    let ahead = item("Errors", "Tue, 25 Nov 2036 20:00:00 GMT", "Investigating - an outage");
    assert_eq!(
        reading(Platform::Rss, rss(&ahead)).incidents[0].maintenance,
        None,
        "a label is one"
    );
}

#[test]
fn a_date_that_cannot_be_read_is_shown_as_it_is_written() {
    let reading = reading(Platform::Rss, rss(&item("When?", "Sep 25, 15:15:00 GMT+0", "x")));
    assert_eq!(reading.unread[0].reason, "its date `Sep 25, 15:15:00 GMT+0` cannot be read");
}

#[test]
fn an_atom_entry_without_a_date_is_not_of_1970() {
    let text = "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry><title>x</title><link href='https://s.test/1'/></entry></feed>";
    let reading = reading(Platform::Atom, text);
    assert_eq!(reading.incidents, []);
    assert_eq!(reading.unread.len(), 1);
}

#[test]
fn an_empty_history_is_a_good_reading() {
    let reading = reading(Platform::Rss, rss(""));
    assert_eq!(reading.page, ComponentState::Operational);
}

#[test]
fn an_entry_that_says_nothing_of_its_state_is_left_unread_on_an_unknown_platform() {
    let text = rss(&item("Errors", DATE, "We see errors"));
    let reading = reading(Platform::Rss, text);
    assert_eq!(reading.incidents, []);
    let reason = format!("dated `{DATE}`, it does not say whether it is over");
    assert_eq!(reading.unread[0].reason, reason);
    assert_eq!(reading.page, ComponentState::Unknown);
}

#[test]
fn an_entry_that_says_nothing_of_its_state_is_going_on_where_a_platform_writes_so() {
    let text = rss(&item("Errors on the Hub", DATE, "We see errors"));
    let reading = reading(Platform::BetterStack, text);
    assert_eq!(reading.incidents[0].state, IncidentState::Investigating);
    assert_eq!(reading.page, ComponentState::DegradedPerformance);
}

#[test]
fn entries_without_ids_stay_themselves_and_apart() {
    let both = rss(&[item("Resolved: a", DATE, "x"), item("Resolved: b", DATE, "x")].concat());
    let ids = |text: &str| -> Vec<String> {
        let incidents = reading(Platform::Rss, text).incidents;
        incidents.iter().map(|incident| incident.id.native.clone()).collect()
    };
    assert_eq!(ids(&both), ids(&both));
    assert_ne!(ids(&both)[0], ids(&both)[1]);
}

#[test]
fn one_identity_in_two_entries_is_one_incident() {
    let entry = |title: &str, date: &str| {
        format!(
            "<item><title>{title}</title><guid>g</guid><pubDate>{date}</pubDate><description>x {title}</description></item>"
        )
    };
    let text =
        rss(&[entry("Resolved: Errors", "Mon, 05 Oct 2026 12:00:00 GMT"), entry("Errors", DATE)]
            .concat());
    let reading = reading(Platform::Rss, text);
    assert_eq!(reading.incidents.len(), 1);
    let incident = &reading.incidents[0];
    assert_eq!(incident.state, IncidentState::Resolved);
    assert_eq!(incident.started_at, at("2026-10-05T10:00:00Z"));
    assert_eq!(incident.ended_at, Some(at("2026-10-05T12:00:00Z")));
}

#[test]
fn links_that_a_browser_must_not_open_are_dropped() {
    let text = rss(&format!(
        "<item><title>Resolved: t</title><link>javascript:alert(1)</link><pubDate>{DATE}</pubDate></item>"
    ));
    assert_eq!(reading(Platform::Rss, text).incidents[0].url, None);
}

#[test]
fn words_of_statuspage_that_are_not_known_leave_the_incident_open() {
    let text = r#"{"page":{},"incidents":[{"id":"i","name":"n","status":"paused","created_at":"2026-10-05T10:00:00Z"}]}"#;
    let incident = &reading(Platform::Statuspage, text).incidents[0];
    assert_eq!(incident.state, IncidentState::Investigating);
    assert_eq!(incident.ended_at, None);
}

#[test]
fn a_page_that_lists_no_components_is_unknown() {
    let text = r#"{"page":{},"components":[]}"#;
    assert_eq!(reading(Platform::Statuspage, text).page, ComponentState::Unknown);
}

#[test]
fn json_that_is_cut_or_of_another_shape_is_refused_with_its_place() {
    let cut = r#"{"page":{},"status":{"indicator":"no"#;
    assert!(matches!(try_reading(Platform::Statuspage, cut), Err(ReadError::Truncated { .. })));
    let odd = r#"{"page":{},"incidents":{"id":"x"}}"#;
    let refused = try_reading(Platform::Statuspage, odd).unwrap_err().to_string();
    assert!(refused.contains("line 1, column"), "{refused}");
}

#[test]
fn json_nested_without_end_is_refused() {
    let deep = format!("{{\"page\":{}", "[".repeat(100_000));
    assert!(try_reading(Platform::Statuspage, deep).is_err());
}

#[test]
fn control_characters_are_neither_shown_nor_a_reason_to_refuse() {
    let text = rss(&item("bad \u{b} char [resolved]", DATE, "x\u{1}y"));
    let incident = &reading(Platform::Rss, text).incidents[0];
    assert_eq!(incident.title, "bad char [resolved]");
    assert_eq!(incident.updates[0].text, "x y");
}

#[test]
fn an_atom_feed_without_its_namespace_is_read_as_one() {
    let text = "<feed><id>f</id><title>T</title><updated>2026-09-09T12:00:00Z</updated><entry><id>e1</id><title>x</title><updated>2026-09-09T12:00:00Z</updated><content type=\"html\">&lt;p&gt;&lt;strong&gt;Resolved&lt;/strong&gt; - all is well&lt;/p&gt;</content></entry></feed>";
    let incident = &reading(Platform::Atom, text).incidents[0];
    assert_eq!(incident.state, IncidentState::Resolved);
    assert_eq!(incident.ended_at, Some(at("2026-09-09T12:00:00Z")));
}

#[test]
fn markup_that_nobody_escaped_in_an_atom_entry_is_its_text() {
    let text = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>f</id><title>T</title><updated>2026-09-09T12:00:00Z</updated><entry><id>e1</id><title>Resolved: x</title><updated>2026-09-09T12:00:00Z</updated><summary type=\"html\"><p>it began <strong>2026-09-09</strong> &amp; lasts</p></summary></entry></feed>";
    let incident = &reading(Platform::Atom, text).incidents[0];
    assert_eq!(incident.updates[0].text, "it began 2026-09-09 & lasts");
}

/// Inputs that bring down other readers: authors' addresses beside wide characters, lengths that
/// overflow every integer.
#[test]
fn what_podcasts_and_authors_leave_in_a_feed_is_passed_over() {
    let extras = [
        "<author>a@b.test\u{2014}ops team</author>",
        "<author>\u{2014}\u{2014}\u{2014}a@b.test</author>",
        "<itunes:duration>99999999999999999999999999</itunes:duration>",
        "<media:text type=\"plain\" start=\"99999999999:99:99.9\">x</media:text>",
        "<media:content url=\"https://x.test/y\" duration=\"99999999999999999999999\"/>",
    ];
    for extra in extras {
        let spaces = "xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" xmlns:media=\"http://search.yahoo.com/mrss/\"";
        let text =
            rss(&item("Errors", DATE, "Resolved").replace("</item>", &format!("{extra}</item>")));
        let text = text.replace("<rss ", &format!("<rss {spaces} "));
        assert_eq!(reading(Platform::Rss, text).incidents[0].title, "Errors", "{extra}");
    }
}

#[test]
fn an_editors_address_beside_wide_characters_does_no_harm() {
    let editor = "<managingEditor>\u{2014}a@b.test\u{2014}ops</managingEditor>";
    let text = rss(&format!("{editor}{}", item("Resolved: Errors", DATE, "x")));
    assert_eq!(reading(Platform::Rss, text).incidents.len(), 1);
}

#[test]
fn a_refusal_counts_lines_from_the_top_of_the_document() {
    let xml = "<?xml version=\"1.0\"?>\n\n<rss><channel><title>A & B</title></channel></rss>";
    let refused = try_reading(Platform::Rss, xml).unwrap_err().to_string();
    assert!(refused.contains("line 3 has a bare `&`"), "{refused}");
    let json = "\n\n{\"page\":{},\n\"incidents\":5}";
    let refused = try_reading(Platform::Statuspage, json).unwrap_err().to_string();
    assert!(refused.contains("at line 4, column 13"), "{refused}");
    assert_eq!(refused.matches("line").count(), 1, "said once: {refused}");
}

#[test]
fn text_that_looks_like_markup_reaches_the_screen() {
    let text = r#"{"page":{},"incidents":[{"id":"i","name":"Errors with <model> & co","status":"monitoring","created_at":"2026-10-05T10:00:00Z","incident_updates":[
        {"id":"b","status":"monitoring","body":"See <https://example.com/x> for details","created_at":"2026-10-05T10:10:00Z"},
        {"id":"a","status":"investigating","body":"Responses contain &lt;br&gt; tags","created_at":"2026-10-05T10:00:00Z"}]}]}"#;
    let incident = &reading(Platform::Statuspage, text).incidents[0];
    assert_eq!(incident.title, "Errors with <model> & co");
    let texts: Vec<_> = incident.updates.iter().map(|update| update.text.as_str()).collect();
    assert_eq!(texts, ["Responses contain <br> tags", "See <https://example.com/x> for details"]);
}

#[test]
fn a_cut_document_is_refused_whole_and_none_of_its_entries_believed() {
    let text = rss(&[item("a", DATE, "x"), item("b", DATE, "y")].concat());
    let cut = text.split_once("<description>y").unwrap().0;
    assert!(matches!(try_reading(Platform::Rss, cut), Err(ReadError::Truncated { .. })));
}
