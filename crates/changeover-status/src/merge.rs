//! One page from two of its documents: its JSON first, its feed beside it.
//!
//! Incidents are the same by their id. An update is the same when it says the same words in the
//! same minute, for feeds give no ids and no seconds. Whichever document has the newer word tells the
//! state; one that lags behind takes nothing back. What a list of all open incidents leaves out is
//! not open, whatever a feed says that nobody has closed.

use std::collections::BTreeMap;
use std::sync::Arc;

use changeover_domain::{ComponentState, Incident, IncidentId};

use crate::Reading;
use crate::assemble::graver;
use crate::reading::{Stated, worst};

/// Puts what `other` knows under what `preferred` says.
#[must_use]
pub fn merge(preferred: Reading, other: Reading) -> Reading {
    let mut beside: BTreeMap<IncidentId, Arc<Incident>> =
        other.incidents.into_iter().map(|one| (one.id.clone(), one)).collect();
    let mut incidents: Vec<Arc<Incident>> = preferred
        .incidents
        .into_iter()
        .map(|one| match beside.remove(&one.id) {
            Some(known) => Arc::new(united(Arc::unwrap_or_clone(one), Arc::unwrap_or_clone(known))),
            None => one,
        })
        .collect();
    incidents
        .extend(beside.into_values().filter(|one| !(preferred.lists_all_open && one.is_open())));
    let stated = if preferred.page == ComponentState::Unknown {
        Stated::Whole(worst([preferred.page, other.page]))
    } else if preferred.stated == Stated::Nothing && preferred.components.is_empty() {
        Stated::Feed
    } else {
        preferred.stated
    };
    let mut components = preferred.components;
    if components.is_empty() {
        components = other.components;
    }
    let mut unread = preferred.unread;
    unread.extend(other.unread);
    let reading = Reading {
        page: ComponentState::Unknown,
        stated,
        components,
        incidents,
        coverage: preferred.coverage,
        lists_all_open: preferred.lists_all_open,
        newest_entry_only: preferred.newest_entry_only && other.newest_entry_only,
        flaps: preferred.flaps || other.flaps,
        unread,
    };
    reading.finish()
}

/// One incident from both.
fn united(preferred: Incident, other: Incident) -> Incident {
    // A minute is as fine as feeds are; within it the preferred document is believed.
    let is_ahead = other.newest_word_at() >= preferred.newest_word_at().plus_millis(60_000);
    let (mut front, back) = if is_ahead { (other, preferred) } else { (preferred, other) };
    for update in back.updates {
        if !front.updates.iter().any(|known| known.is_same(&update)) {
            front.updates.push(update);
        }
    }
    front.updates.sort_by_key(|update| update.at);
    // The better known start, and of two as good the earlier one.
    if (back.start, back.started_at) < (front.start, front.started_at) {
        front.start = back.start;
        front.started_at = back.started_at;
    }
    if front.components.is_empty() {
        front.components = back.components;
    }
    // The document with the provider's own word tells the weight; without one the graver is believed.
    if front.severity.is_none() {
        let said = back.severity.is_some();
        front.impact = if said { back.impact } else { graver(front.impact, back.impact) };
        front.severity = back.severity;
    }
    front.maintenance = front.maintenance.or(back.maintenance);
    front.targets.extend(back.targets);
    front.targets.sort();
    front.targets.dedup();
    front
}

#[cfg(test)]
mod tests {
    use changeover_domain::{IncidentState, StartBasis};

    use super::*;
    use crate::tests::{channel, item, only, reading};
    use crate::{Coverage, Platform};

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
            assert_eq!(one.updates.len(), 2);
            assert_eq!(one.start, StartBasis::Stated, "what the JSON says of it");
        }
    }

    #[test]
    fn the_document_with_the_newer_word_tells_the_state() {
        let late =
            r#"{"id":"b","status":"resolved","body":"y","created_at":"2026-05-04T11:00:00Z"}"#;
        let behind = || page(EARLY);
        let mut ahead = page(&format!("{late},{EARLY}"));
        Arc::make_mut(&mut ahead.incidents[0]).state = IncidentState::Resolved;
        for merged in [merge(behind(), ahead.clone()), merge(ahead, behind())] {
            let one = only(merged);
            assert_eq!(one.state, IncidentState::Resolved);
            assert_eq!(one.updates.len(), 2);
        }
    }

    #[test]
    fn a_list_of_what_is_open_gains_a_history_and_nothing_that_a_feed_forgot_to_close() {
        let summary = || {
            let calm = r#"{"page":{"id":"p"},"status":{"indicator":"none"},"components":[]}"#;
            reading(Platform::Statuspage, calm)
        };
        let forgotten = merge(summary(), page(EARLY));
        assert_eq!(forgotten.coverage, Coverage::OpenOnly);
        assert_eq!(forgotten.incidents, [], "open in the feed, and not among the page's open ones");
        let mut over = page(EARLY);
        Arc::make_mut(&mut over.incidents[0]).state = IncidentState::Resolved;
        assert_eq!(merge(summary(), over).incidents.len(), 1, "what is over is history");
    }
}
