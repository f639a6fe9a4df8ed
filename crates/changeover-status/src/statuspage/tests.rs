//! Statuspage's documents as they are met, each trap by its own words.

use changeover_domain::{
    ComponentState, Impact, IncidentState, MaintenanceState, ProviderId, SourceId, StartBasis,
};

use crate::tests::{at, channel, item, only, reading, steps, try_reading};
use crate::{Format, Platform, ReadContext, ReadError, read_any};

fn incidents(incident: &str) -> String {
    format!(r#"{{"page":{{"id":"p","url":"https://s.test"}},"incidents":[{incident}]}}"#)
}

fn entry(date: &str, body: &str) -> String {
    let link = "https://s.test/incidents/abc123";
    channel("T - Incident History", "https://s.test", &item("T", link, link, date, body))
}

fn block(day: &str, time: &str, label: &str, words: &str) -> String {
    format!(
        "<p><small>{day}, <var data-var='time'>{time}</var> UTC</small><br><strong>{label}</strong> - {words}</p>"
    )
}

#[test]
fn an_update_stands_where_it_is_shown_and_not_where_it_was_written() {
    let text = incidents(
        r#"{"id":"i","name":"n","status":"identified","created_at":"2026-05-04T10:00:00Z","incident_updates":[
            {"id":"b","status":"identified","body":"Found.","created_at":"2026-05-04T10:05:00Z","display_at":"2026-05-04T10:05:00Z"},
            {"id":"a","status":"investigating","body":"Back-dated.","created_at":"2026-05-04T10:06:00Z","display_at":"2026-05-04T09:40:00Z"}]}"#,
    );
    let declared = only(reading(Platform::Statuspage, text));
    assert_eq!(declared.started_at, at("2026-05-04T09:40:00Z"));
    assert_eq!(declared.start, StartBasis::OldestUpdate);
    assert_eq!(declared.state, IncidentState::Identified);
    assert_eq!(declared.updates[0].native, "a");
}

#[test]
fn an_outage_called_none_has_the_weight_of_its_components_and_the_word_stays() {
    let text = incidents(
        r#"{"id":"i","name":"n","status":"resolved","impact":"none","created_at":"2026-05-04T10:00:00Z","resolved_at":"2026-05-04T11:00:00Z",
            "components":[{"id":"c1","name":"API","status":"operational"}],
            "incident_updates":[{"id":"a","status":"resolved","created_at":"2026-05-04T11:00:00Z","affected_components":[{"code":"c1","name":"Group - API","old_status":"major_outage","new_status":"operational"}]}]}"#,
    );
    let declared = only(reading(Platform::Statuspage, text));
    assert_eq!(declared.impact, Impact::Critical);
    assert_eq!(declared.severity.as_deref(), Some("none"));
    assert_eq!(
        crate::tests::named(&declared.components),
        [("API".to_owned(), ComponentState::Operational)],
        "matched by code, named without its group"
    );
}

#[test]
fn a_list_of_incidents_and_an_archive_of_them_are_read() {
    let incident = r#"{"id":"i","name":"n","status":"resolved","created_at":"2026-05-04T10:00:00Z","incident_updates":[]}"#;
    for text in [format!("[{incident}]"), format!(r#"[{{"components":["x"],"raw":{incident}}}]"#)] {
        assert_eq!(only(reading(Platform::Statuspage, text)).id.native, "i");
    }
}

#[test]
fn a_webhook_is_told_by_its_keys_and_is_never_the_state_of_a_page() {
    let text = r#"{"meta":{},"page":{"id":"p","status_indicator":"none"},"incident":{"id":"i","name":"n","status":"resolved","scheduled_for":null,"created_at":"2026-05-04T10:00:00Z"}}"#;
    assert!(matches!(
        try_reading(Platform::Statuspage, text),
        Err(ReadError::NotAPage { format: Format::Webhook })
    ));
    let (source, provider) = (SourceId::try_new("s").unwrap(), ProviderId::try_new("p").unwrap());
    let context = ReadContext::new(&source, &provider, crate::tests::now());
    let (platform, format, hint) = read_any(context, text.as_bytes()).unwrap();
    assert_eq!((platform, format), (Platform::Statuspage, Format::Webhook));
    assert!(only(hint).maintenance.is_none(), "the key with null makes no planned work");
    let component = r#"{"page":{"status_indicator":"maintenance"},"component":{"id":"c","name":"DB","status":"operational"},"component_update":{"new_status":"under_maintenance","component_id":"c"}}"#;
    let (_, _, hint) = read_any(context, component.as_bytes()).unwrap();
    assert_eq!(hint.components[0].state, ComponentState::UnderMaintenance);
}

#[test]
fn planned_work_has_a_window_and_its_own_life_cycle() {
    let text = r#"{"page":{"id":"p"},"scheduled_maintenances":[{"id":"m","name":"n","status":"in_progress","impact":"maintenance","created_at":"2026-05-01T10:00:00Z","started_at":"2026-05-01T10:00:00Z","scheduled_for":"2026-05-09T02:00:00Z","scheduled_until":"2026-05-09T04:00:00Z","incident_updates":[{"id":"a","status":"scheduled","created_at":"2026-05-01T10:00:00Z"}]}]}"#;
    let declared = only(reading(Platform::Statuspage, text));
    let maintenance = declared.maintenance.unwrap();
    assert_eq!(maintenance.state, MaintenanceState::InProgress);
    assert_eq!(maintenance.starts_at, at("2026-05-09T02:00:00Z"), "planned, not announced");
    assert_eq!(maintenance.ends_at, Some(at("2026-05-09T04:00:00Z")));
    assert_eq!(declared.ended_at, None);
}

#[test]
fn a_list_of_planned_work_alone_says_nothing_of_the_page() {
    for text in [
        r#"{"page":{"id":"p"},"scheduled_maintenances":[]}"#,
        r#"{"page":{"id":"p"},"scheduled_maintenances":[{"id":"m","name":"n","status":"scheduled","created_at":"2026-05-01T10:00:00Z","scheduled_for":"2026-05-09T02:00:00Z"}]}"#,
    ] {
        assert_eq!(reading(Platform::Statuspage, text).page, ComponentState::Unknown);
    }
}

#[test]
fn a_feed_gives_the_window_of_planned_work_in_its_heading() {
    for (heading, end) in [
        (
            "Nov <var data-var='date'>4</var>, <var data-var='time'>23:00</var> - <var data-var='time'>23:30</var> PST",
            "2025-11-05T07:30:00Z",
        ),
        ("Nov 4, 23:00 PST&nbsp;-&nbsp; Nov 5, 01:00 PST", "2025-11-05T09:00:00Z"),
        ("Nov 4, 23:00 - Nov 5, 01:00 PST", "2025-11-05T09:00:00Z"),
    ] {
        let body = format!(
            "<p><strong>THIS IS A SCHEDULED EVENT {heading}</strong></p><p><small>Oct 16, 12:19 PDT</small><br><strong>Scheduled</strong> - Work.</p>"
        );
        let text = entry("Tue, 04 Nov 2025 23:00:00 -0800", &body);
        let reading = reading(Platform::Statuspage, text);
        assert_eq!(reading.page, ComponentState::Operational, "announced work is no trouble");
        let maintenance = only(reading).maintenance.unwrap();
        assert_eq!(maintenance.starts_at, at("2025-11-05T07:00:00Z"), "{heading}");
        assert_eq!(maintenance.ends_at, Some(at(end)), "{heading}");
        assert_eq!(maintenance.state, MaintenanceState::Scheduled);
    }
}

#[test]
fn the_date_of_an_entry_is_its_end_and_never_its_start() {
    let body = [
        block("Jan <var data-var='date'> 2</var>", "00:10", "Resolved", "Over (&lt;1% left)."),
        block("Dec 31", "23:40", "Update", "Still."),
        block("Dec 31", "23:20", "Identified", "We&apos;ve found it."),
    ]
    .concat();
    let declared =
        only(reading(Platform::Statuspage, entry("Sat, 02 Jan 2027 00:10:00 +0000", &body)));
    assert_eq!(declared.id.native, "abc123");
    assert_eq!(declared.started_at, at("2026-12-31T23:20:00Z"), "the year turned");
    assert_eq!(declared.ended_at, Some(at("2027-01-02T00:10:00Z")));
    assert_eq!(
        steps(&declared),
        [Some(IncidentState::Identified), None, Some(IncidentState::Resolved)],
        "`Update` says nothing new of the state"
    );
    assert_eq!(declared.updates[0].written.text, "Dec 31, 23:20 UTC");
    assert!(declared.updates[0].written.year_inferred);
}

#[test]
fn a_step_back_and_a_second_opening_are_believed() {
    let body = [
        block("May 4", "12:00", "Investigating", "Again."),
        block("May 4", "11:00", "Resolved", "Over."),
        block("May 4", "10:30", "Identified", "Not yet."),
        block("May 4", "10:00", "Monitoring", "Fixed?"),
    ]
    .concat();
    let declared =
        only(reading(Platform::Statuspage, entry("Mon, 04 May 2026 12:00:00 +0000", &body)));
    assert_eq!(declared.state, IncidentState::Investigating);
    assert_eq!(declared.ended_at, None);
}

#[test]
fn an_empty_history_is_believed_on_the_settings_word() {
    let text = channel("Status", "https://s.test", "");
    assert_eq!(reading(Platform::Statuspage, text).page, ComponentState::Operational);
}

#[test]
fn an_entry_worded_like_another_platform_is_still_of_the_one_that_is_set() {
    let body = block("May 4", "12:00", "Resolved", "Severity: 2. Status: fixed.");
    let text = entry("Mon, 04 May 2026 12:00:00 +0000", &body);
    let text = text.replace("<title>T</title>", "<title>Login went down</title>");
    assert_eq!(only(reading(Platform::Statuspage, text)).title, "Login went down");
}

#[test]
fn a_history_in_a_form_that_is_not_known_is_unread_and_neither_open_nor_over() {
    let body = block("4. Mai", "12h00", "Resolved", "Over.");
    let reading = reading(Platform::Statuspage, entry("Mon, 04 May 2026 12:00:00 +0000", &body));
    assert_eq!(reading.incidents, []);
    assert_eq!(reading.unread[0].reason, "the history in it cannot be read");
    assert_eq!(reading.page, ComponentState::Unknown);
}

#[test]
fn a_history_is_read_in_zones_that_are_numbers_or_have_two_meanings() {
    for (zone, offset) in [("+08", "+0800"), ("-03", "-0300"), ("CST", "+0800"), ("CST", "-0600")] {
        let body = [
            block("May 4", "18:00", "Resolved", "Over."),
            block("May 4", "17:00", "Investigating", "We look."),
        ];
        let body = body.concat().replace(" UTC</small>", &format!(" {zone}</small>"));
        let declared = only(reading(
            Platform::Statuspage,
            entry(&format!("Mon, 04 May 2026 18:00:00 {offset}"), &body),
        ));
        let (hours, minutes) = offset.split_at(3);
        let offset = format!("{hours}:{minutes}");
        assert_eq!(declared.started_at, at(&format!("2026-05-04T17:00:00{offset}")), "{zone}");
        assert_eq!(declared.ended_at, Some(at(&format!("2026-05-04T18:00:00{offset}"))), "{zone}");
        assert!(!declared.updates[0].written.zone_assumed);
    }
}

#[test]
fn two_blocks_of_one_minute_without_words_are_two_and_the_upper_one_is_newer() {
    let body =
        [block("May 4", "12:00", "Resolved", ""), block("May 4", "12:00", "Investigating", "")];
    let text = entry("Mon, 04 May 2026 12:00:00 +0000", &body.concat());
    let declared = only(reading(Platform::Statuspage, text));
    assert_eq!(
        steps(&declared),
        [Some(IncidentState::Investigating), Some(IncidentState::Resolved)]
    );
    assert_eq!(declared.state, IncidentState::Resolved);
}

#[test]
fn an_incident_named_after_planned_work_is_an_incident() {
    let text = entry(
        "Mon, 04 May 2026 12:00:00 +0000",
        &block("May 4", "12:00", "Investigating", "It failed."),
    );
    let text =
        text.replace("<title>T</title>", "<title>Errors after scheduled maintenance</title>");
    let reading = reading(Platform::Statuspage, text);
    assert_eq!(reading.page, ComponentState::DegradedPerformance);
    assert!(only(reading).maintenance.is_none());
}

#[test]
fn the_end_of_planned_work_may_stand_beside_its_words() {
    let text =
        entry("Tue, 24 Nov 2026 20:00:00 -0800", &block("Nov 20", "10:00", "Scheduled", "Work."));
    let end = "<maintenanceEndDate>Wed, 25 Nov 2026 00:00:00 -0800</maintenanceEndDate></item>";
    let planned = only(reading(Platform::Statuspage, text.replace("</item>", end)));
    assert_eq!(planned.maintenance.unwrap().ends_at, Some(at("2026-11-25T08:00:00Z")));
}

#[test]
fn an_open_entry_begins_with_its_oldest_block_and_not_with_its_date() {
    let body = [
        block("May 4", "12:00", "Monitoring", "Fixed?"),
        block("May 4", "10:00", "Investigating", "We look."),
    ];
    let text = entry("Mon, 04 May 2026 12:00:00 +0000", &body.concat());
    let declared = only(reading(Platform::Statuspage, text));
    assert!(declared.is_open());
    assert_eq!(declared.started_at, at("2026-05-04T10:00:00Z"));
}
