//! What one provider says of one incident in several places, as one incident.
//!
//! Somebody may watch a vendor's page and its feed as two sources. Both then tell of the same incident by
//! the same name, one with its weight and one without. It is counted and drawn once: under the name that
//! its event has, with the weight and the reach that the richest copy knows and the state of the copy that
//! was written last. What is kept stays as each source said it; this is for looking.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use changeover_domain::{Impact, Incident, ProviderId};

/// Each incident once, by id.
pub fn united<'a>(incidents: impl IntoIterator<Item = &'a Incident>) -> Vec<Incident> {
    let mut copies: BTreeMap<(&ProviderId, &str), Vec<&Incident>> = BTreeMap::new();
    for incident in incidents {
        copies.entry((&incident.provider, &incident.id.native)).or_default().push(incident);
    }
    let mut united: Vec<Incident> = copies.values().filter_map(|copies| one(copies)).collect();
    united.sort_by(|a, b| a.id.cmp(&b.id));
    united
}

/// Whether two incidents are copies of one.
pub(super) fn are_copies(a: &Incident, b: &Incident) -> bool {
    a.provider == b.provider && a.id.native == b.id.native && a.id.source != b.id.source
}

fn one(copies: &[&Incident]) -> Option<Incident> {
    let richest = copies.iter().max_by_key(|copy| (riches(copy), Reverse(&copy.id)))?;
    let newest = copies
        .iter()
        .max_by_key(|copy| (copy.newest_word_at(), riches(copy), Reverse(&copy.id)))?;
    let names_the_event = |copy: &&&Incident| copy.event.as_ref() == Some(&copy.id);
    let named = copies.iter().find(names_the_event).unwrap_or(richest);
    Some(Incident {
        id: named.id.clone(),
        event: named.event.clone(),
        state: newest.state,
        ended_at: newest.ended_at,
        updates: newest.updates.clone(),
        first_read_at: copies.iter().filter_map(|copy| copy.first_read_at).min(),
        ..Incident::clone(richest)
    })
}

/// How much a copy knows: its weight, its components, its entries.
fn riches(incident: &Incident) -> (bool, usize, usize) {
    let is_weighed = incident.impact != Impact::Unknown;
    (is_weighed, incident.components.len(), incident.updates.len())
}

#[cfg(test)]
mod tests {
    use changeover_domain::{IncidentState, SourceId, UnixMs};

    use super::super::assign;
    use super::super::tests::incident;
    use super::*;

    /// A copy without weight, as a feed has it.
    fn by_feed(copy: &Incident, source: &str) -> Incident {
        let mut copy = Incident { impact: Impact::Unknown, ..copy.clone() };
        copy.id.source = SourceId::try_new(source).unwrap();
        copy
    }

    #[test]
    fn a_page_and_its_feeds_tell_of_one_incident_with_the_weight_that_the_page_gives() {
        let page = incident("k9", 10, None);
        let mut all = vec![by_feed(&page, "atom"), page, by_feed(&incident("k9", 40, None), "rss")];
        assign(&mut all, &[]);
        let events: Vec<_> = all.iter().map(|one| one.event.clone().unwrap()).collect();
        assert!(events.iter().all(|event| *event == events[0]), "however far apart they are dated");
        let [one] = &united(&all)[..] else { panic!("one incident: {all:?}") };
        assert_eq!(one.impact, Impact::Minor);
        assert_eq!(one.event.as_ref(), Some(&one.id), "under the name of its event");
    }

    #[test]
    fn the_copy_that_was_written_last_says_how_it_stands() {
        let page = incident("k9", 10, None);
        let mut feed = by_feed(&incident("k9", 10, Some(30)), "rss");
        feed.started_at = UnixMs(11 * 60_000);
        let [one] = &united([&page, &feed])[..] else { panic!("one incident") };
        assert_eq!((one.state, one.ended_at), (IncidentState::Resolved, feed.ended_at));
        assert_eq!((one.impact, one.started_at), (Impact::Minor, page.started_at));
    }

    #[test]
    fn others_stay_what_they_are() {
        let mut other = incident("k9", 10, None);
        other.provider = ProviderId::try_new("other").unwrap();
        let all = [incident("a", 10, None), incident("k9", 10, None), other];
        assert_eq!(united(&all).len(), 3);
        assert_eq!(united(&all[..2]), all[..2]);
    }
}
