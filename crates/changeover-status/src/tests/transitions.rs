//! What counts as news between two looks.

use std::sync::Arc;

use changeover_domain::{ComponentState, IncidentState, StatusStep, UnixMs};

use super::{at, reading};
use crate::{Known, Platform, Reading, Transition, diff};

const NOW: UnixMs = UnixMs(1_800_000_000_000);

/// A list of incidents as JSON; a summary lists only what is open.
pub(super) fn page(is_summary: bool, incidents: &[String]) -> Reading {
    let head = if is_summary { r#""status":{"indicator":"none"},"components":[],"# } else { "" };
    let list = incidents.join(",");
    reading(Platform::Statuspage, format!(r#"{{"page":{{}},{head}"incidents":[{list}]}}"#))
}

/// One incident with an update per state, a minute apart.
pub(super) fn incident(id: &str, states: &[&str]) -> String {
    let updates: Vec<String> = states
        .iter()
        .enumerate()
        .map(|(minute, state)| {
            format!(r#"{{"id":"{id}-{minute}","status":"{state}","body":"{state}","display_at":"2026-10-05T10:{minute:02}:00Z"}}"#)
        })
        .collect();
    let (status, updates) = (states.last().unwrap(), updates.join(","));
    format!(
        r#"{{"id":"{id}","name":"{id}","status":"{status}","impact":"none","incident_updates":[{updates}]}}"#
    )
}

fn between(before: &Reading, after: &Reading) -> Vec<Transition> {
    diff(&Known::seeded(before), after, NOW).transitions
}

#[test]
fn a_new_incident_opens_and_one_born_resolved_enters_silently() {
    let before = page(false, &[]);
    let after = page(false, &[incident("new", &["investigating"]), incident("old", &["resolved"])]);
    let news = between(&before, &after);
    assert!(matches!(&news[..], [Transition::Opened { incident }] if incident.title == "new"));
}

#[test]
fn every_step_is_told_with_its_entries() {
    let one = page(false, &[incident("i", &["investigating"])]);
    let two = page(false, &[incident("i", &["investigating", "monitoring"])]);
    let back = page(false, &[incident("i", &["investigating", "monitoring", "identified"])]);
    let end =
        page(false, &[incident("i", &["investigating", "monitoring", "identified", "resolved"])]);
    assert!(matches!(&between(&one, &two)[..],
        [Transition::StateChanged { from: IncidentState::Investigating, updates, .. }] if updates.len() == 1));
    assert!(
        matches!(&between(&two, &back)[..],
        [Transition::StateChanged { from: IncidentState::Monitoring, incident, .. }]
            if incident.state == IncidentState::Identified),
        "a step back is a step"
    );
    assert!(matches!(&between(&back, &end)[..],
        [Transition::Resolved { by_absence: false, incident, .. }]
            if incident.ended_at == Some(at("2026-10-05T10:03:00Z"))));
    assert_eq!(between(&end, &back), [], "without its last entry it is an older copy");
    let states = ["investigating", "monitoring", "identified", "resolved", "investigating"];
    let again = between(&end, &page(false, &[incident("i", &states)]));
    assert!(matches!(&again[..],
        [one @ Transition::StateChanged { from: IncidentState::Resolved, updates, .. }]
            if one.step() == StatusStep::Reopened && updates.len() == 1));
}

#[test]
fn words_without_a_new_state_are_an_update_even_after_the_end() {
    let one = page(false, &[incident("i", &["investigating"])]);
    let more = page(false, &[incident("i", &["investigating", "investigating"])]);
    assert!(
        matches!(&between(&one, &more)[..], [Transition::Updated { updates, .. }] if updates.len() == 1)
    );
    let ended = page(false, &[incident("i", &["resolved"])]);
    let told = page(false, &[incident("i", &["resolved", "postmortem"])]);
    assert!(matches!(&between(&ended, &told)[..],
        [Transition::Updated { incident, .. }] if !incident.is_open()));
    let edited = page(
        false,
        &[incident("i", &["investigating"]).replace("\"body\":\"", "\"body\":\"Edited: ")],
    );
    assert!(
        matches!(&between(&one, &edited)[..], [Transition::Updated { updates, .. }] if updates.len() == 1)
    );
}

#[test]
fn components_that_an_ended_incident_drags_along_are_no_news() {
    let text = super::INCIDENTS;
    let before = reading(Platform::Statuspage, text);
    let after = reading(Platform::Statuspage, text.replace("\"major_outage\"", "\"operational\""));
    assert_eq!(between(&before, &after), []);
}

#[test]
fn gone_from_a_list_of_open_ones_is_over_at_the_second_look_and_once() {
    let before = page(true, &[incident("i", &["investigating"])]);
    let empty = page(true, &[]);
    let first = diff(&Known::seeded(&before), &empty, NOW);
    assert_eq!(first.transitions, [], "one look may be a stale copy");
    assert!(first.known.awaits_confirmation());
    assert!(first.known.incidents().all(|one| one.is_open()));
    let second = diff(&first.known, &empty, NOW);
    assert!(matches!(&second.transitions[..],
        [Transition::Resolved { by_absence: true, incident, .. }] if incident.ended_at == Some(NOW)));
    let third = diff(&second.known, &empty, NOW);
    assert_eq!(third.transitions, []);
    let day = NOW.plus_millis(24 * 3_600_000);
    assert_eq!(diff(&third.known, &empty, day).known, Known::default(), "let go after a day");
    let back = diff(&third.known, &before, NOW.plus_millis(60_000));
    assert_eq!(back.transitions, [], "one look may be a stale copy, also when it brings one back");
    assert_eq!(diff(&back.known, &empty, NOW.plus_millis(70_000)).transitions, []);
    let back = diff(&back.known, &before, NOW.plus_millis(70_000)).transitions;
    assert!(
        matches!(&back[..], [Transition::StateChanged { from: IncidentState::Resolved, .. }]),
        "what comes back within the day is the same one, opened again"
    );
    let more = page(true, &[incident("i", &["investigating", "investigating"])]);
    let more = diff(&third.known, &more, NOW.plus_millis(60_000)).transitions;
    assert_eq!(more[0].step(), StatusStep::Reopened, "with a new word it is believed at once");
}

#[test]
fn back_in_the_list_before_the_second_look_it_never_ended() {
    let before = page(true, &[incident("i", &["investigating"])]);
    let first = diff(&Known::seeded(&before), &page(true, &[]), NOW);
    let back = diff(&first.known, &before, NOW);
    assert_eq!(back.transitions, []);
    assert!(!back.known.awaits_confirmation());
}

/// Looks at an empty history so many minutes after the first of them, until it tells something.
fn gone_from_history(before: &Reading, minutes: &[i64]) -> (Known, Vec<(i64, Transition)>) {
    let empty = page(false, &[]);
    let (mut known, mut told) = (Known::seeded(before), Vec::new());
    for minute in minutes {
        let next = diff(&known, &empty, NOW.plus_millis(minute * 60_000));
        told.extend(next.transitions.into_iter().map(|one| (*minute, one)));
        known = next.known;
    }
    (known, told)
}

#[test]
fn gone_from_a_history_it_is_awaited_and_still_open() {
    let before = page(false, &[incident("i", &["investigating"])]);
    let (known, told) = gone_from_history(&before, &[0, 1, 30, 59]);
    assert_eq!(told, []);
    assert!(known.incidents().any(|one| one.is_open()));
    let back = diff(&known, &before, NOW.plus_millis(3_599_000));
    assert_eq!(back.transitions, [], "back within the hour nothing was the matter");
    assert!(!back.known.awaits_confirmation());
    let (_, told) = gone_from_history(&before, &[0]);
    assert_eq!(told, [], "one look may be a stale copy, however old the last one is");
}

#[test]
fn what_stays_away_from_a_history_left_the_page_with_its_end_unknown_and_nobody_resolved_it() {
    let before = page(false, &[incident("i", &["investigating", "monitoring"])]);
    let (known, told) = gone_from_history(&before, &[0, 1, 60, 61, 90]);
    let [(60, transition @ Transition::LeftPage { incident: gone })] = &told[..] else {
        panic!("told once, after an hour: {told:?}");
    };
    assert_eq!(gone.state, IncidentState::LeftPage);
    assert_eq!(gone.ended_at, Some(NOW), "when it was first not listed");
    assert!(!gone.is_open());
    let last_said = gone.updates.last().unwrap().state;
    assert_eq!(last_said, Some(IncidentState::Monitoring), "the page's own words are not touched");
    assert_eq!(transition.step(), StatusStep::LeftPage);
    let back = diff(&known, &before, NOW.plus_millis(100 * 60_000));
    assert_eq!(back.transitions, [], "not at one look");
    let back = diff(&back.known, &before, NOW.plus_millis(101 * 60_000)).transitions;
    assert_eq!(back[0].step(), StatusStep::Reopened);
    let over = page(false, &[incident("i", &["investigating", "monitoring", "resolved"])]);
    let over = diff(&known, &over, NOW.plus_millis(100 * 60_000)).transitions;
    assert!(
        matches!(&over[..], [Transition::Resolved { by_absence: false, incident, .. }]
            if incident.ended_at == Some(at("2026-10-05T10:02:00Z"))),
        "its page may yet say when it ended"
    );
}

#[test]
fn planned_work_that_leaves_a_history_is_not_called_completed() {
    let planned = incident("m", &["scheduled"])
        .replace("\"impact\"", "\"scheduled_for\":\"2026-10-09T10:00:00Z\",\"impact\"");
    let (_, told) = gone_from_history(&page(false, &[planned]), &[0, 60]);
    assert!(matches!(&told[..], [(60, Transition::LeftPage { incident })]
        if incident.maintenance.unwrap().state == changeover_domain::MaintenanceState::Scheduled));
}

#[test]
fn a_page_that_does_not_speak_of_incidents_ends_none() {
    let before = page(true, &[incident("i", &["investigating"])]);
    let status = reading(Platform::Statuspage, r#"{"page":{},"status":{"indicator":"none"}}"#);
    let first = diff(&Known::seeded(&before), &status, NOW);
    let second = diff(&first.known, &status, NOW);
    assert_eq!((first.transitions, second.transitions), (vec![], vec![]));
}

/// incident.io's list of components is a window that moves: it shows 25 of more.
#[test]
fn a_component_that_is_out_of_the_window_of_the_next_look_has_not_recovered() {
    const PAGE: &str = "01ARYZ6S41TSV4RRFFQ69G5FAV";
    let component = |number: usize| {
        let state = if number == 0 { "full_outage" } else { "operational" };
        format!(r#"{{"id":"c{number}","name":"Part {number}","status":"{state}"}}"#)
    };
    let look = |first: usize| {
        let listed: Vec<String> = (first..first + 25).map(component).collect();
        let open = incident("down", &["investigating"]);
        let text = format!(
            r#"{{"page":{{"id":"{PAGE}"}},"status":{{"indicator":"minor"}},"components":[{}],"incidents":[{open}]}}"#,
            listed.join(",")
        );
        reading(Platform::IncidentIo, text)
    };
    let (before, after) = (look(0), look(1));
    assert_eq!(before.page, ComponentState::MajorOutage);
    assert_eq!(between(&before, &after), [], "nobody said that it is over");
    assert!(after.incidents[0].is_open());
    assert_eq!(after.page, ComponentState::DegradedPerformance, "nor is the page well");
}

#[test]
fn an_incident_whose_end_nobody_knows_is_not_told_as_resolved() {
    let before = page(false, &[incident("i", &["investigating"])]);
    let mut after = before.clone();
    let forgotten = Arc::make_mut(&mut after.incidents[0]);
    forgotten.state = IncidentState::LeftPage;
    forgotten.ended_at = Some(NOW);
    assert!(matches!(&between(&before, &after)[..], [Transition::LeftPage { .. }]));
}

/// A page's feed with blocks of one minute and no words, newest first.
fn wordless(labels: &[&str]) -> Reading {
    let block = |label: &&str| {
        format!(
            "<p><small>May <var data-var='date'> 4</var>, <var data-var='time'>12:00</var> UTC</small><br><strong>{label}</strong> - </p>"
        )
    };
    let blocks: String = labels.iter().map(block).collect();
    let link = "https://s.test/incidents/i";
    let date = "Mon, 04 May 2026 12:00:00 +0000";
    let item = super::item("i", link, link, date, &blocks);
    reading(Platform::Statuspage, super::channel("T", "https://s.test", &item))
}

#[test]
fn an_end_in_the_minute_of_the_beginning_and_without_words_is_news() {
    let (open, over) = (wordless(&["Investigating"]), wordless(&["Resolved", "Investigating"]));
    assert!(matches!(&between(&open, &over)[..],
        [Transition::Resolved { updates, by_absence: false, .. }] if updates.len() == 1));
    assert_eq!(between(&over, &over.clone()), []);
}

#[test]
fn a_pages_json_and_feed_keep_both_entries_of_one_minute_and_double_neither() {
    let at = "2026-05-04T12:00";
    let update = |id: &str, state: &str, second: u8| {
        format!(r#"{{"id":"{id}","status":"{state}","body":"","display_at":"{at}:{second:02}Z"}}"#)
    };
    let updates = [update("b", "resolved", 50), update("a", "investigating", 10)].join(",");
    let listed = format!(
        r#"{{"id":"i","name":"i","status":"resolved","created_at":"{at}:10Z","incident_updates":[{updates}]}}"#
    );
    let feed = wordless(&["Resolved", "Investigating"]);
    let merged = crate::merge(page(false, &[listed]), feed);
    let states: Vec<_> = merged.incidents[0].updates.iter().map(|update| update.state).collect();
    assert_eq!(states, [Some(IncidentState::Investigating), Some(IncidentState::Resolved)]);
}
