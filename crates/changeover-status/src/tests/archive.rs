//! Five days of one page's archive: what is over when it is first seen is history, whatever its
//! components drag along; and the same incidents seen as they happened, entry by entry, give each of
//! their steps once.

use changeover_domain::{StatusStep, UnixMs};

use super::{at, reading};
use crate::{Known, Platform, Reading, diff};

/// Each incident with its entries: the minute of the five days, and the label.
const INCIDENTS: &[(&str, &[(i64, &str)])] = &[
    ("q1", &[(95, "investigating"), (110, "identified"), (160, "resolved")]),
    (
        "q2",
        &[(130, "investigating"), (131, "investigating"), (205, "monitoring"), (260, "resolved")],
    ),
    ("q3", &[(410, "monitoring"), (480, "resolved")]),
    ("q4", &[(700, "investigating"), (735, "resolved")]),
    ("q5", &[(705, "identified"), (790, "identified"), (850, "monitoring"), (1_300, "resolved")]),
    ("q6", &[(1_100, "investigating"), (1_180, "investigating"), (1_420, "resolved")]),
    ("q7", &[(1_150, "investigating"), (1_201, "resolved")]),
    (
        "q8",
        &[
            (1_290, "investigating"),
            (1_310, "monitoring"),
            (1_333, "identified"),
            (1_400, "resolved"),
        ],
    ),
    ("q9", &[(2_000, "monitoring"), (2_100, "monitoring"), (2_500, "resolved")]),
    (
        "r1",
        &[
            (3_300, "investigating"),
            (3_350, "identified"),
            (3_900, "identified"),
            (4_200, "resolved"),
        ],
    ),
    ("r2", &[(4_400, "investigating"), (4_460, "investigating"), (4_600, "resolved")]),
    ("r3", &[(5_000, "identified"), (5_077, "resolved")]),
];

fn time(minute: i64) -> UnixMs {
    at("2026-06-08T00:00:00Z").plus_millis(minute * 60_000)
}

fn rfc3339(time: UnixMs) -> String {
    jiff::Timestamp::from_millisecond(time.0).unwrap().to_string()
}

/// The page's archive as it stands in this minute. Its components carry the date of the look.
fn archive(minute: i64, is_listed: impl Fn(&[(i64, &str)]) -> bool) -> Reading {
    let listed = INCIDENTS.iter().filter(|(_, entries)| is_listed(entries));
    let listed: Vec<String> = listed
        .map(|(id, entries)| {
            let said = entries.iter().filter(|(at, _)| *at <= minute);
            let updates: Vec<String> = said
                .rev()
                .map(|(at, label)| {
                    let time = time(*at);
                    let date = rfc3339(time);
                    format!(r#"{{"id":"{id}-{at}","status":"{label}","body":"In minute {at}","created_at":"{date}"}}"#)
                })
                .collect();
            let (_, status) = entries.iter().rfind(|(at, _)| *at <= minute).unwrap();
            let looked = rfc3339(time(minute));
            format!(
                r#"{{"id":"{id}","name":"Errors","status":"{status}","impact":"minor","updated_at":"{looked}","components":[{{"id":"c","name":"API","status":"operational","updated_at":"{looked}"}}],"incident_updates":[{}]}}"#,
                updates.join(",")
            )
        })
        .collect();
    let listed = listed.join(",");
    reading(Platform::Statuspage, format!(r#"{{"page":{{"id":"p"}},"incidents":[{listed}]}}"#))
}

#[test]
fn an_archive_that_grows_by_what_is_over_tells_nothing_in_five_days() {
    let mut known: Option<Known> = None;
    let mut listed = Vec::new();
    for day in 1..=5 {
        let midnight = day * 1_440;
        let is_over =
            |entries: &[(i64, &str)]| entries.last().is_some_and(|(at, _)| *at <= midnight);
        let reading = archive(midnight, is_over);
        listed.push(reading.incidents.len());
        known = Some(match known {
            None => Known::seeded(&reading),
            Some(before) => {
                let diff = diff(&before, &reading, time(midnight));
                assert_eq!(diff.transitions, [], "day {day}");
                diff.known
            }
        });
    }
    assert_eq!(listed, [8, 9, 10, 12, 12]);
    let known = known.unwrap();
    assert_eq!(known.incidents().count(), 12);
    assert!(known.incidents().all(|one| !one.is_open()));
}

/// What an entry is the step of, by the labels alone.
fn step(entries: &[(i64, &str)], index: usize) -> StatusStep {
    match (index.checked_sub(1).map(|before| entries[before].1), entries[index].1) {
        (None, _) => StatusStep::Opened,
        (Some(_), "resolved") => StatusStep::Resolved,
        (Some(before), now) if before == now => StatusStep::Updated,
        _ => StatusStep::StateChanged,
    }
}

#[test]
fn the_same_incidents_seen_as_they_happened_give_each_step_once_and_in_order() {
    let mut expected: Vec<(i64, &str, StatusStep)> = INCIDENTS
        .iter()
        .flat_map(|(id, entries)| {
            entries.iter().enumerate().map(|(index, (at, _))| (*at, *id, step(entries, index)))
        })
        .collect();
    expected.sort_by_key(|(at, ..)| *at);
    let (mut known, mut told) = (Known::default(), Vec::new());
    for (minute, ..) in &expected {
        // Each look is taken twice: the second has nothing to tell.
        for _ in 0..2 {
            let reading = archive(*minute, |entries| entries[0].0 <= *minute);
            let diff = diff(&known, &reading, time(*minute));
            known = diff.known;
            told.extend(
                diff.transitions
                    .iter()
                    .map(|one| (*minute, one.incident().id.native.clone(), one.step())),
            );
        }
    }
    let expected: Vec<_> =
        expected.into_iter().map(|(at, id, step)| (at, id.to_owned(), step)).collect();
    assert_eq!(told, expected);
    let count = |step| told.iter().filter(|(_, _, one)| *one == step).count();
    let counts =
        [StatusStep::Opened, StatusStep::Updated, StatusStep::StateChanged, StatusStep::Resolved];
    assert_eq!(counts.map(count), [12, 6, 6, 12]);
}
