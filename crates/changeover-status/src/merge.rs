//! One page from two of its documents: its JSON first, its feed beside it.
//!
//! Incidents are the same by their id. An update is the same when it says the same words in the
//! same minute, for feeds give no ids and no seconds. Whichever document has the newer word tells the
//! state; one that lags behind takes nothing back.

use std::collections::BTreeMap;

use changeover_domain::{ComponentState, IncidentId, IncidentUpdate, UnixMs};

use crate::reading::worst;
use crate::{Declared, Reading, WrittenTime};

/// Puts what `other` knows under what `preferred` says.
#[must_use]
pub fn merge(preferred: Reading, other: Reading) -> Reading {
    let mut beside: BTreeMap<IncidentId, Declared> =
        other.incidents.into_iter().map(|one| (one.incident.id.clone(), one)).collect();
    let mut incidents: Vec<Declared> = preferred
        .incidents
        .into_iter()
        .map(|one| match beside.remove(&one.incident.id) {
            Some(known) => united(one, known),
            None => one,
        })
        .collect();
    incidents.extend(beside.into_values());
    let page = if preferred.page == ComponentState::Unknown {
        worst([preferred.page, other.page])
    } else {
        preferred.page
    };
    let mut components = preferred.components;
    if components.is_empty() {
        components = other.components;
    }
    let mut unread = preferred.unread;
    unread.extend(other.unread);
    let reading = Reading {
        page,
        components,
        incidents,
        coverage: preferred.coverage,
        newest_entry_only: preferred.newest_entry_only && other.newest_entry_only,
        flaps: preferred.flaps || other.flaps,
        unread,
    };
    reading.finish()
}

/// One incident from both.
fn united(preferred: Declared, other: Declared) -> Declared {
    // A minute is as fine as feeds are; within it the preferred document is believed.
    let is_ahead = newest(&other).0 >= newest(&preferred).0 + 60_000;
    let (mut front, back) = if is_ahead { (other, preferred) } else { (preferred, other) };
    let mut updates = pairs(&front);
    for (update, written) in pairs(&back) {
        if !updates.iter().any(|(known, _)| is_same(known, &update)) {
            updates.push((update, written));
        }
    }
    updates.sort_by_key(|(update, _)| update.at);
    (front.incident.updates, front.written) = updates.into_iter().unzip();
    // The better known start, and of two as good the earlier one.
    if (back.start, back.incident.started_at) < (front.start, front.incident.started_at) {
        front.start = back.start;
        front.incident.started_at = back.incident.started_at;
    }
    if front.incident.components.is_empty() {
        front.incident.components = back.incident.components;
        front.component_ids = back.component_ids;
    }
    front.severity = front.severity.or(back.severity);
    front.maintenance = front.maintenance.or(back.maintenance);
    front.incident.targets.extend(back.incident.targets);
    front.incident.targets.sort();
    front.incident.targets.dedup();
    front
}

fn newest(declared: &Declared) -> UnixMs {
    declared.incident.updates.last().map_or(declared.incident.started_at, |update| update.at)
}

fn pairs(declared: &Declared) -> Vec<(IncidentUpdate, WrittenTime)> {
    let updates = declared.incident.updates.iter().cloned();
    updates.zip(declared.written.iter().cloned()).collect()
}

fn is_same(a: &IncidentUpdate, b: &IncidentUpdate) -> bool {
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let is_near = a.at.floor_to_minute() == b.at.floor_to_minute();
    a.native == b.native || (is_near && words(&a.text) == words(&b.text))
}

#[cfg(test)]
mod tests {
    use changeover_domain::IncidentState;

    use super::*;
    use crate::tests::{channel, item, only, reading};
    use crate::{Coverage, Platform, StartBasis};

    fn page(updates: &str) -> Reading {
        let text = format!(
            r#"{{"page":{{"id":"p"}},"incidents":[{{"id":"i","name":"n","status":"monitoring","created_at":"2026-05-04T10:00:00Z","incident_updates":[{updates}]}}]}}"#
        );
        reading(Platform::Statuspage, text)
    }

    const EARLY: &str =
        r#"{"id":"a","status":"monitoring","body":"x","created_at":"2026-05-04T10:00:30Z"}"#;

    #[test]
    fn a_pages_json_and_feed_double_no_incident_and_no_update() {
        let late = r#"{"id":"b","status":"identified","body":"It's  <b>found</b>.","created_at":"2026-05-04T10:30:12Z"}"#;
        let json = page(&format!("{late},{EARLY}"));
        let body = "<p><small>May 4, 10:30 UTC</small><br><strong>Identified</strong> - It&#39;s found.</p><p><small>May 4, 10:00 UTC</small><br><strong>Monitoring</strong> - x</p>";
        let link = "https://s.test/incidents/i";
        let item = item("n", link, link, "Mon, 04 May 2026 10:30:00 +0000", body);
        let feed = reading(Platform::Statuspage, channel("T", "https://s.test", &item));
        for merged in [merge(json.clone(), feed.clone()), merge(feed, json)] {
            let one = only(merged);
            assert_eq!(one.incident.updates.len(), 2);
            assert_eq!(one.written.len(), 2);
            assert_eq!(one.start, StartBasis::Stated, "what the JSON says of it");
        }
    }

    #[test]
    fn the_document_with_the_newer_word_tells_the_state() {
        let late =
            r#"{"id":"b","status":"resolved","body":"y","created_at":"2026-05-04T11:00:00Z"}"#;
        let behind = || page(EARLY);
        let mut ahead = page(&format!("{late},{EARLY}"));
        ahead.incidents[0].incident.state = IncidentState::Resolved;
        for merged in [merge(behind(), ahead.clone()), merge(ahead, behind())] {
            let one = only(merged);
            assert_eq!(one.incident.state, IncidentState::Resolved);
            assert_eq!(one.incident.updates.len(), 2);
        }
    }

    #[test]
    fn a_summary_keeps_its_meaning_of_absence_and_gains_a_history() {
        let summary = reading(
            Platform::Statuspage,
            r#"{"page":{"id":"p"},"status":{"indicator":"none"},"components":[]}"#,
        );
        let merged = merge(summary, page(EARLY));
        assert_eq!(merged.coverage, Coverage::OpenOnly);
        assert_eq!(merged.incidents.len(), 1);
    }
}
