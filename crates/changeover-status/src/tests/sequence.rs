//! Five days of one page, look by look, as a table: what the page says at each look, and exactly
//! what there is to tell. A page of everything that pages do: steps back, second openings, edited
//! and re-dated entries, incidents that are born over or filled in, a window that moves on, planned
//! work, and objects that change for ever behind an incident that is long over.

use changeover_domain::{StatusStep, UnixMs};

use super::{at, reading};
use crate::{Known, MaintenanceStep, Platform, Reading, Transition, diff};

/// What the page says, and what is to be told of it.
struct Look {
    day: &'static str,
    incidents: &'static [&'static str],
    told: &'static [&'static str],
}

/// An incident in short: `id title status: entry@hour=label words; …`, hours counted over all days.
fn incident(short: &str) -> String {
    let (head, entries) = short.split_once(": ").unwrap();
    let [id, title, status] = head.split(' ').collect::<Vec<_>>()[..] else { panic!("{short}") };
    let mut updates: Vec<String> = entries
        .split("; ")
        .map(|entry| {
            let (name, rest) = entry.split_once('@').unwrap();
            let (hour, rest) = rest.split_once('=').unwrap();
            let (label, words) = rest.split_once(' ').unwrap();
            let time = time(hour.parse().unwrap());
            format!(
                r#"{{"id":"{name}","status":"{label}","body":"{words}","created_at":"{time}","display_at":"{time}","updated_at":"2026-06-30T00:00:00Z"}}"#
            )
        })
        .collect();
    updates.reverse();
    let planned = matches!(status, "scheduled" | "in_progress" | "completed");
    let window = if planned {
        r#""scheduled_for":"2026-06-03T02:00:00Z","scheduled_until":"2026-06-03T04:00:00Z","#
    } else {
        ""
    };
    format!(
        r#"{{"id":"{id}","name":"{title}","status":"{status}","impact":"minor",{window}"created_at":"2026-06-01T00:00:00Z","incident_updates":[{}]}}"#,
        updates.join(",")
    )
}

fn time(hour: u32) -> String {
    format!("2026-06-{:02}T{:02}:00:00Z", 1 + hour / 24, hour % 24)
}

/// `incidents.json`; the components drag a date along that changes at every look.
fn page(look: &Look) -> Reading {
    let listed: Vec<String> = look
        .incidents
        .iter()
        .map(|short| {
            let text = incident(short);
            let drag = format!(
                r#","components":[{{"id":"c","name":"API","status":"operational","updated_at":"{}"}}]}}"#,
                look.day
            );
            format!("{}{drag}", text.strip_suffix('}').unwrap())
        })
        .collect();
    let text = format!(
        r#"{{"page":{{"id":"p","updated_at":"{}"}},"incidents":[{}]}}"#,
        look.day,
        listed.join(",")
    );
    reading(Platform::Statuspage, text)
}

/// When the look is taken.
fn instant(look: &Look) -> UnixMs {
    let (day, clock) = look.day.split_once(' ').unwrap();
    at(&format!("2026-06-0{day}T{clock}:00Z"))
}

pub(super) fn word(transition: &Transition) -> String {
    let native = &transition.incident().id.native;
    match transition {
        Transition::Opened { .. } => format!("{native} opened"),
        Transition::Updated { updates, .. } => format!("{native} updated {}", updates.len()),
        Transition::StateChanged { incident, .. } => {
            let again = if transition.step() == StatusStep::Reopened { "reopened " } else { "" };
            format!("{native} {again}{:?}", incident.state)
        }
        Transition::Resolved { by_absence, .. } => {
            format!("{native} resolved{}", if *by_absence { " by absence" } else { "" })
        }
        Transition::LeftPage { .. } => format!("{native} left"),
        Transition::Maintenance { step, .. } => {
            let step = match step {
                MaintenanceStep::Announced => "announced",
                MaintenanceStep::Changed => "changed",
                MaintenanceStep::Began => "began",
                MaintenanceStep::Ended => "ended",
            };
            format!("{native} {step}")
        }
    }
}

const FIVE_DAYS: &[Look] = &[
    Look { day: "1 06:00", incidents: &["old Old resolved: a@1=resolved Over"], told: &[] },
    Look {
        day: "1 10:00",
        incidents: &[
            "a Errors investigating: a1@10=investigating Looking",
            "old Old resolved: a@1=resolved Over",
        ],
        told: &["a opened"],
    },
    // Nothing but dates in the components has moved.
    Look {
        day: "1 10:10",
        incidents: &[
            "a Errors investigating: a1@10=investigating Looking",
            "old Old resolved: a@1=resolved Over",
        ],
        told: &[],
    },
    Look {
        day: "1 11:00",
        incidents: &["a Errors monitoring: a1@10=investigating Looking; a2@11=monitoring Fixed?"],
        told: &["a Monitoring"],
    },
    // A step back, with another incident of the same title beside it.
    Look {
        day: "1 12:00",
        incidents: &[
            "b Errors investigating: b1@12=investigating Other",
            "a Errors identified: a1@10=investigating Looking; a2@11=monitoring Fixed?; a3@12=identified No",
        ],
        told: &["a Identified", "b opened"],
    },
    // An entry is edited, and one is dated anew with the same words.
    Look {
        day: "1 13:00",
        incidents: &[
            "b Errors investigating: b1@13=investigating Other",
            "a Errors identified: a1@10=investigating Looking; a2@11=monitoring Fixed!; a3@12=identified No",
        ],
        told: &["a updated 1"],
    },
    Look {
        day: "2 09:00",
        incidents: &[
            "b Errors resolved: b1@13=investigating Other; b2@33=resolved Over",
            "a Errors resolved: a1@10=investigating Looking; a3@12=identified No; a4@30=resolved Over",
        ],
        told: &["a resolved", "b resolved"],
    },
    // Words after the end, an incident born over, and one that somebody fills in from last month.
    Look {
        day: "2 15:00",
        incidents: &[
            "c Blip resolved: c1@39=resolved It was short",
            "d Backfill resolved: d1@0=investigating Long ago; d2@1=resolved Over",
            "b Errors postmortem: b1@13=investigating Other; b2@33=resolved Over; b3@38=postmortem Why",
            "a Errors resolved: a1@10=investigating Looking; a4@30=resolved Over",
        ],
        told: &["b updated 1"],
    },
    // Opened again; planned work is announced, which opens nothing.
    Look {
        day: "2 20:00",
        incidents: &[
            "m Work scheduled: m1@44=scheduled Soon",
            "a Errors investigating: a1@10=investigating Looking; a4@30=resolved Over; a5@44=investigating Again",
        ],
        told: &["a reopened Investigating", "m announced"],
    },
    // The window of the page has moved on past the open incident: that ends nothing. After an hour it
    // has left the page, with its end unknown.
    Look { day: "2 22:00", incidents: &["m Work scheduled: m1@44=scheduled Soon"], told: &[] },
    Look { day: "2 22:30", incidents: &["m Work scheduled: m1@44=scheduled Soon"], told: &[] },
    Look {
        day: "3 00:30",
        incidents: &["m Work scheduled: m1@44=scheduled Soon"],
        told: &["a left"],
    },
    Look {
        day: "3 02:00",
        incidents: &["m Work in_progress: m1@44=scheduled Soon; m2@50=in_progress Now"],
        told: &["m began"],
    },
    Look {
        day: "3 04:00",
        incidents: &[
            "m Work completed: m1@44=scheduled Soon; m2@50=in_progress Now; m3@52=completed Done",
            "a Errors monitoring: a5@44=investigating Again; a6@51=monitoring Better",
        ],
        told: &["a reopened Monitoring", "m ended"],
    },
    // A new title.
    Look {
        day: "4 08:00",
        incidents: &["a Retitled monitoring: a5@44=investigating Again; a6@51=monitoring Better"],
        told: &["a updated 0"],
    },
    Look {
        day: "5 08:00",
        incidents: &["a Retitled resolved: a6@51=monitoring Better; a7@104=resolved Over"],
        told: &["a resolved"],
    },
    Look { day: "5 09:00", incidents: &[], told: &[] },
];

#[test]
fn five_days_give_exactly_what_happened_and_nothing_else() {
    let mut known: Option<Known> = None;
    for look in FIVE_DAYS {
        let reading = page(look);
        let told: Vec<String> = match &known {
            None => {
                known = Some(Known::seeded(&reading));
                Vec::new()
            }
            Some(before) => {
                let diff = diff(before, &reading, instant(look));
                known = Some(diff.known);
                diff.transitions.iter().map(word).collect()
            }
        };
        assert_eq!(told, look.told, "day {}", look.day);
    }
}

/// The same look through the page's feed: minutes instead of seconds, no ids of entries, labels.
fn feed(look: &Look) -> Reading {
    let entries: Vec<String> = look.incidents.iter().map(|short| feed_entry(short)).collect();
    let text = format!(
        r#"<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:s.test,2005:/history</id><title>S</title><updated>2026-06-05T23:00:00Z</updated>{}</feed>"#,
        entries.concat()
    );
    reading(Platform::Statuspage, text)
}

fn feed_entry(short: &str) -> String {
    let (head, entries) = short.split_once(": ").unwrap();
    let (id, title) = (head.split(' ').next().unwrap(), head.split(' ').nth(1).unwrap());
    let mut blocks: Vec<(u32, String)> = entries
        .split("; ")
        .map(|entry| {
            let (_, rest) = entry.split_once('@').unwrap();
            let (hour, rest) = rest.split_once('=').unwrap();
            let (label, words) = rest.split_once(' ').unwrap();
            let hour: u32 = hour.parse().unwrap();
            let (day, clock) = (1 + hour / 24, hour % 24);
            let label = label.replace('_', " ");
            (hour, format!("&lt;p&gt;&lt;small&gt;Jun {day}, {clock:02}:00 UTC&lt;/small&gt;&lt;br&gt;&lt;strong&gt;{label}&lt;/strong&gt; - {words}&lt;/p&gt;"))
        })
        .collect();
    blocks.reverse();
    let newest = time(blocks.first().unwrap().0);
    let history: String = blocks.into_iter().map(|(_, block)| block).collect();
    format!(
        r#"<entry><id>tag:s.test,2005:Incident/{id}</id><published>{newest}</published><updated>{newest}</updated><link rel="alternate" href="https://s.test/incidents/{id}"/><title>{title}</title><content type="html">{history}</content></entry>"#
    )
}

#[test]
fn five_days_give_the_same_when_the_feed_is_read_beside_or_lags_a_look_behind() {
    for lag in [0, 1] {
        let mut known: Option<Known> = None;
        for (turn, look) in FIVE_DAYS.iter().enumerate() {
            let beside = feed(&FIVE_DAYS[turn.saturating_sub(lag)]);
            let reading = crate::merge(page(look), beside);
            let told: Vec<String> = match &known {
                None => {
                    known = Some(Known::seeded(&reading));
                    Vec::new()
                }
                Some(before) => {
                    let diff = diff(before, &reading, instant(look));
                    known = Some(diff.known);
                    diff.transitions.iter().map(word).collect()
                }
            };
            assert_eq!(told, look.told, "day {}, {lag} looks behind", look.day);
        }
    }
}

/// Looks at a list of open ones only, `-` for a look that failed and so changes nothing.
fn open_only(looks: &[&str]) -> Vec<String> {
    let mut known: Option<Known> = None;
    let mut told = Vec::new();
    for (turn, look) in looks.iter().enumerate().filter(|(_, look)| **look != "-") {
        let listed: Vec<String> = look
            .split_whitespace()
            .map(|id| incident(&format!("{id} Errors investigating: {id}1@1=investigating x")))
            .collect();
        let text = format!(
            r#"{{"page":{{"id":"p"}},"status":{{"indicator":"none"}},"components":[],"incidents":[{}]}}"#,
            listed.join(",")
        );
        let reading = reading(Platform::Statuspage, text);
        let now = UnixMs(i64::try_from(turn).unwrap());
        known = Some(match known {
            None => Known::seeded(&reading),
            Some(before) => {
                let diff = diff(&before, &reading, now);
                told.extend(diff.transitions.iter().map(|one| format!("{turn}: {}", word(one))));
                diff.known
            }
        });
    }
    told
}

#[test]
fn absence_ends_only_after_two_good_looks_in_a_row() {
    assert_eq!(
        open_only(&["", "a", "", "a", "", "", ""]),
        ["1: a opened", "5: a resolved by absence"]
    );
    assert_eq!(
        open_only(&["a", "", "-", "-", "", "a", "a"]),
        ["4: a resolved by absence", "6: a reopened Investigating"],
        "a look that failed is no look, and what comes back has opened again"
    );
}

/// A page of monitors: `down`, `up`, or nothing, at each look.
fn monitors(looks: &[&str]) -> Vec<String> {
    let item = |what: &str, minute: usize| {
        super::item(
            &format!("Large 2 {what}"),
            "https://s.test/",
            "https://s.test/#a",
            &format!("Mon, 04 May 2026 10:{minute:02}:00 GMT"),
            "x",
        )
    };
    let mut known: Option<Known> = None;
    let mut told = Vec::new();
    let mut items = Vec::new();
    for (turn, look) in looks.iter().enumerate() {
        match *look {
            "down" => items.push(item("went down", turn)),
            "up" => items.push(item("recovered", turn)),
            _ => {}
        }
        let text = super::channel("T", "https://s.test/", &items.concat());
        let reading = reading(Platform::BetterStack, text);
        known = Some(match known {
            None => Known::seeded(&reading),
            Some(before) => {
                let diff = diff(&before, &reading, UnixMs(0));
                told.extend(diff.transitions.iter().map(|one| format!("{turn}: {}", word(one))));
                diff.known
            }
        });
    }
    told
}

#[test]
fn a_page_of_monitors_is_believed_at_the_second_look() {
    assert_eq!(
        monitors(&["", "down", "", "", "up", "", ""]),
        ["2: Large 2 opened", "5: Large 2 resolved"]
            .map(|line| line.replace("Large 2", "https://s.test/#a")),
    );
    assert_eq!(monitors(&["", "down", "up", "", ""]), [""; 0], "a blip is history and no news");
    assert_eq!(
        monitors(&["", "down", "", "up", "down", ""]),
        ["2: https://s.test/#a opened", "4: https://s.test/#a updated 2"],
        "a recovery that does not last ends nothing"
    );
}

#[test]
fn a_feed_of_newest_entries_grows_a_history_and_keeps_its_start() {
    let entry = |label: &str, words: &str, time: &str| {
        let link = "https://s.test/incidents/not-a-ulid";
        let body = format!("<b>Status: {label}</b><br/><br/>{words}");
        let item = super::item("T", link, link, &format!("Mon, 04 May 2026 {time} GMT"), &body);
        let text = super::channel("T", "https://s.test/", &item);
        reading(Platform::IncidentIo, text)
    };
    let mut known = Known::seeded(&entry("Investigating", "We look.", "10:00:00"));
    let mut told = Vec::new();
    for look in [
        entry("Identified", "Found.", "10:30:00"),
        // Dated anew, nothing said.
        entry("Identified", "Found.", "10:45:00"),
        entry("Resolved", "Over.", "11:00:00"),
        entry("Resolved", "Over.", "11:40:00"),
    ] {
        let diff = diff(&known, &look, UnixMs(0));
        told.extend(diff.transitions.iter().map(word));
        known = diff.known;
    }
    assert_eq!(told, ["not-a-ulid Identified", "not-a-ulid resolved"]);
    let incident = &known.incidents().next().unwrap();
    assert_eq!(incident.updates.len(), 3);
    assert_eq!(incident.started_at, at("2026-05-04T10:00:00Z"));
    assert_eq!(incident.ended_at, Some(at("2026-05-04T11:00:00Z")), "the end does not move");
}
