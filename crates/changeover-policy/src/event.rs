//! What belongs together: incidents of one provider that are one event.
//!
//! A vendor in trouble opens an incident per model, its monitors open and close the same one all day,
//! and two documents of one page may name one thing twice. A person wants to be told once. The first
//! incident of an event names it, the others are its children; that is decided when an incident is
//! first read and never changed, because notices are kept apart by it. The rule: what is joined is
//! told once and shown whole; nothing is merged or left out.

mod united;

use changeover_domain::{Incident, IncidentId};
pub use united::united;

/// Incidents of one provider that begin within this time of each other are one event.
const TOGETHER_MS: i64 = 15 * 60_000;
/// One of the same name that begins this long after another ended, or sooner, goes on with it.
const AGAIN_MS: i64 = 2 * 3_600_000;
/// An event takes in nothing that begins later than this after its first incident.
const LONGEST_MS: i64 = 24 * 3_600_000;

/// Names the event of each incident that has none yet. `known` are incidents that were read before;
/// theirs stay as they are.
pub fn assign(incidents: &mut [Incident], known: &[Incident]) {
    let mut placed: Vec<Incident> = known.to_vec();
    let mut order: Vec<usize> = (0..incidents.len()).collect();
    order.sort_by_key(|at| incidents.get(*at).map(|one| (one.started_at, one.id.clone())));
    for at in order {
        let Some(incident) = incidents.get_mut(at) else { continue };
        let before = known.iter().find(|one| one.id == incident.id);
        let event = before.and_then(|one| one.event.clone()).or_else(|| incident.event.clone());
        incident.event = Some(event.unwrap_or_else(|| event_of(incident, &placed)));
        placed.push(incident.clone());
    }
}

/// The event that the incident is part of, among others that were placed before it.
fn event_of(incident: &Incident, placed: &[Incident]) -> IncidentId {
    let joined = placed.iter().filter(|other| goes_with(incident, other, placed));
    let first = joined.min_by_key(|other| (other.started_at, &other.id));
    first.and_then(|other| other.event.clone()).unwrap_or_else(|| incident.id.clone())
}

fn goes_with(incident: &Incident, other: &Incident, placed: &[Incident]) -> bool {
    let is_candidate = other.id != incident.id
        && other.provider == incident.provider
        && other.event.is_some()
        && !(other.is_maintenance() || incident.is_maintenance());
    if !is_candidate {
        return false;
    }
    let first = placed.iter().find(|one| Some(&one.id) == other.event.as_ref()).unwrap_or(other);
    if incident.started_at.millis_since(first.started_at) > LONGEST_MS {
        return false;
    }
    if united::are_copies(incident, other) {
        return true;
    }
    let later_ms = incident.started_at.millis_since(other.started_at);
    if later_ms.abs() <= TOGETHER_MS {
        return true;
    }
    let quiet_ms = other.ended_at.map_or(0, |ended| incident.started_at.millis_since(ended));
    later_ms > 0 && quiet_ms <= AGAIN_MS && same_words(&incident.title, &other.title)
}

fn same_words(a: &str, b: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    words(a) == words(b)
}

#[cfg(test)]
pub(crate) mod tests {
    use changeover_domain::{Impact, IncidentState, ProviderId, SourceId, StartBasis, UnixMs};
    use proptest::prelude::*;

    use super::*;

    /// An incident of one provider, in minutes.
    pub(crate) fn incident(native: &str, start: i64, end: Option<i64>) -> Incident {
        let minute = |at: i64| UnixMs(at * 60_000);
        Incident {
            id: IncidentId { source: SourceId::try_new("page").unwrap(), native: native.into() },
            provider: ProviderId::try_new("vendor").unwrap(),
            title: format!("Errors on {native}"),
            state: end.map_or(IncidentState::Investigating, |_| IncidentState::Resolved),
            impact: Impact::Minor,
            severity: None,
            maintenance: None,
            started_at: minute(start),
            start: StartBasis::Stated,
            ended_at: end.map(minute),
            first_read_at: None,
            event: None,
            components: Vec::new(),
            targets: Vec::new(),
            updates: Vec::new(),
            url: None,
        }
    }

    fn events(mut incidents: Vec<Incident>, known: &[Incident]) -> Vec<String> {
        assign(&mut incidents, known);
        incidents.into_iter().map(|one| one.event.unwrap().native).collect()
    }

    fn titled(title: &str, incident: Incident) -> Incident {
        Incident { title: title.into(), ..incident }
    }

    #[test]
    fn an_incident_per_model_is_one_event_named_by_the_first() {
        let together =
            vec![incident("b", 10, None), incident("a", 2, None), incident("c", 17, None)];
        assert_eq!(events(together, &[]), ["a", "a", "a"]);
        let apart = vec![incident("a", 0, None), incident("b", 16, None)];
        assert_eq!(events(apart, &[]), ["a", "b"], "others in the same hour are others");
    }

    #[test]
    fn a_monitor_that_opens_the_same_all_day_makes_one_event_a_day() {
        let again = |native, start, end| titled("Slow: chat", incident(native, start, Some(end)));
        let flapping =
            vec![again("a", 0, 4), again("b", 90, 92), again("c", 200, 210), again("d", 331, 340)];
        assert_eq!(events(flapping, &[]), ["a", "a", "a", "d"], "two quiet hours end it");
        let endless: Vec<_> = (0_i64..40)
            .map(|turn| {
                titled("x", incident(&format!("{turn:02}"), turn * 60, Some(turn * 60 + 9)))
            })
            .collect();
        let names = events(endless, &[]);
        assert_eq!((names[24].as_str(), names[25].as_str()), ("00", "25"));
    }

    #[test]
    fn an_event_that_was_named_keeps_its_name_whatever_is_found_later() {
        let mut known = vec![incident("b", 10, None)];
        assign(&mut known, &[]);
        let later = vec![incident("b", 10, None), incident("a", 2, None)];
        assert_eq!(events(later, &known), ["b", "b"]);
    }

    #[test]
    fn planned_work_and_other_providers_stand_alone() {
        let mut planned = incident("p", 5, None);
        planned.maintenance = Some(changeover_domain::Maintenance {
            state: changeover_domain::MaintenanceState::Scheduled,
            starts_at: UnixMs(0),
            ends_at: None,
        });
        let mut other = incident("o", 5, None);
        other.provider = ProviderId::try_new("other").unwrap();
        let all = vec![incident("a", 5, None), planned, other];
        assert_eq!(events(all, &[]), ["a", "p", "o"]);
    }

    proptest! {
        #[test]
        fn every_incident_has_an_event_that_is_one_of_them_and_reading_again_changes_nothing(
            starts in proptest::collection::vec(0_i64..3_000, 1..20)
        ) {
            let mut all: Vec<Incident> = starts
                .iter()
                .enumerate()
                .map(|(at, start)| incident(&format!("{at:02}"), *start, None))
                .collect();
            assign(&mut all, &[]);
            let named = |id: &IncidentId| all.iter().find(|one| one.id == *id);
            for one in &all {
                let first = named(one.event.as_ref().unwrap()).unwrap();
                prop_assert_eq!(first.event.as_ref(), Some(&first.id));
            }
            let mut again: Vec<Incident> =
                all.iter().map(|one| Incident { event: None, ..one.clone() }).collect();
            assign(&mut again, &all);
            prop_assert_eq!(again, all);
        }
    }
}
