//! Who knew first: our own probes and traffic, or the provider's page?
//!
//! What is compared is when we began to judge a target to be in trouble by its provider's fault,
//! with when the page first said so and when we first read that. Not for judging either of them. The
//! rule it keeps: trouble belongs to an incident only if both overlap or nearly so, and flickering of
//! our own judgement is one stretch, so that a lead is never made of two things.

use changeover_domain::{Incident, TargetId, UnixMs};

/// Stretches of trouble of one target that are nearer to each other are one.
const ONE_STRETCH_MS: i64 = 5 * 60_000;
/// Trouble that was over this long before the page spoke is still what the page speaks of.
const SPOKEN_LATE_MS: i64 = 30 * 60_000;
/// Trouble that begins later than this after the page spoke is something else.
const SEEN_LATE_MS: i64 = 24 * 3_600_000;
/// What a page said this long before it was first read was said before we watched. Pages are read
/// every few minutes at the slowest.
const UNREAD_MS: i64 = 15 * 60_000;

/// A stretch in which we judged a target to be in trouble by its provider's fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub target: TargetId,
    pub from: UnixMs,
    /// `None` while it lasts.
    pub until: Option<UnixMs>,
}

/// When the page first said so.
#[must_use]
pub fn page_said_at(incident: &Incident) -> UnixMs {
    incident.updates.first().map_or(incident.started_at, |update| update.at)
}

/// When our probes and traffic first showed what the incident speaks of; `None` if they never did.
/// `troubles` are those of the provider's targets, in any order.
#[must_use]
pub fn ours_at(incident: &Incident, troubles: &[Trouble]) -> Option<UnixMs> {
    if incident.is_maintenance() {
        return None;
    }
    let said_at = page_said_at(incident);
    let earliest_end = said_at.min(incident.started_at).plus_millis(-SPOKEN_LATE_MS);
    let latest_start =
        incident.ended_at.unwrap_or(UnixMs(i64::MAX)).min(said_at.plus_millis(SEEN_LATE_MS));
    let concerns = |trouble: &&Trouble| incident.concerns(&trouble.target);
    let stretches = stretches(troubles.iter().filter(concerns));
    let belongs = |stretch: &&Trouble| {
        stretch.from <= latest_start && stretch.until.is_none_or(|until| until >= earliest_end)
    };
    stretches.iter().filter(belongs).map(|stretch| stretch.from).min()
}

/// The stretches of each target, with those that nearly touch put together.
fn stretches<'a>(troubles: impl Iterator<Item = &'a Trouble>) -> Vec<Trouble> {
    let mut sorted: Vec<Trouble> = troubles.cloned().collect();
    sorted.sort_by(|a, b| (&a.target, a.from).cmp(&(&b.target, b.from)));
    let mut out: Vec<Trouble> = Vec::new();
    for next in sorted {
        let joins = |last: &&mut Trouble| {
            let is_near = |until: UnixMs| next.from.millis_since(until) <= ONE_STRETCH_MS;
            last.target == next.target && last.until.is_none_or(is_near)
        };
        match out.last_mut().filter(joins) {
            Some(last) => {
                last.until = last.until.zip(next.until).map(|(one, other)| one.max(other));
            }
            None => out.push(next),
        }
    }
    out
}

/// How far we were ahead of the page; negative where the page was.
///
/// `None` where nobody can tell: we never showed it, or the page had said so long before we first read it, so that we were not there
/// to be first.
#[must_use]
pub fn ahead_ms(ours_at: Option<UnixMs>, said_at: UnixMs, read_at: Option<UnixMs>) -> Option<i64> {
    let ahead_ms = said_at.millis_since(ours_at?);
    let was_there = read_at.is_none_or(|read_at| read_at.millis_since(said_at) <= UNREAD_MS);
    (was_there || ahead_ms > 0).then_some(ahead_ms)
}

/// The same in words. Negative leads are said as plainly.
#[must_use]
pub fn sentence(ours_at: Option<UnixMs>, said_at: UnixMs, read_at: Option<UnixMs>) -> String {
    if ours_at.is_none() {
        return "our probes and traffic have not shown it".to_owned();
    }
    let Some(ahead_ms) = ahead_ms(ours_at, said_at, read_at) else {
        return "who knew first cannot be told: the page said so before we watched".to_owned();
    };
    let span = span(ahead_ms);
    match ahead_ms {
        ..=-60_000 => format!("the page said so {span} before our probes and traffic showed it"),
        60_000.. => format!("our probes and traffic showed it {span} before the page said so"),
        _ => "our probes and traffic showed it in the same minute as the page".to_owned(),
    }
}

fn span(ms: i64) -> String {
    let minutes = ms.unsigned_abs() / 60_000;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::tests::incident;

    const MINUTE: i64 = 60_000;

    fn minute(at: i64) -> UnixMs {
        UnixMs(at * MINUTE)
    }

    fn trouble(target: &str, from: i64, until: Option<i64>) -> Trouble {
        let target = TargetId::try_new(target).unwrap();
        Trouble { target, from: minute(from), until: until.map(minute) }
    }

    #[test]
    fn trouble_that_the_page_admits_late_is_a_lead_and_one_that_it_announces_is_a_negative_one() {
        let open = incident("i", 1_000, None);
        let ahead = [trouble("a", 969, None)];
        let ours = ours_at(&open, &ahead);
        assert_eq!(ours, Some(minute(969)));
        assert_eq!(
            sentence(ours, page_said_at(&open), None),
            "our probes and traffic showed it 31 min before the page said so"
        );
        let behind = ours_at(&open, &[trouble("a", 1_090, Some(1_100))]);
        assert_eq!(
            sentence(behind, page_said_at(&open), None),
            "the page said so 1 h 30 min before our probes and traffic showed it"
        );
    }

    #[test]
    fn an_incident_of_others_is_no_word_on_trouble_of_ours() {
        let mut theirs = incident("i", 1_000, None);
        let listed = |name: &str, serves: bool| changeover_domain::PageComponent {
            serves,
            ..changeover_domain::PageComponent::new(None, name.to_owned(), Default::default())
        };
        theirs.components = vec![listed("API", false), listed("Another model", false)];
        assert_eq!(ours_at(&theirs, &[trouble("a", 969, None)]), None);
        theirs.components = vec![listed("API", true)];
        assert_eq!(ours_at(&theirs, &[trouble("a", 969, None)]), Some(minute(969)));
    }

    #[test]
    fn what_the_page_had_said_before_we_watched_is_nobodys_lead() {
        let (said_at, read_at) = (minute(1_000), Some(minute(1_096)));
        let after = Some(minute(1_097));
        assert_eq!(ahead_ms(after, said_at, read_at), None);
        assert!(sentence(after, said_at, read_at).contains("before we watched"));
        let soon = Some(minute(1_002));
        assert_eq!(ahead_ms(after, said_at, soon), Some(-97 * MINUTE), "we were there");
        let before = Some(minute(990));
        assert_eq!(ahead_ms(before, said_at, read_at), Some(10 * MINUTE), "dated back, we led");
    }

    #[test]
    fn a_judgement_that_flickers_is_one_stretch_and_an_older_one_another() {
        let open = incident("i", 1_000, None);
        let flickering =
            [trouble("a", 400, Some(500)), trouble("a", 960, Some(980)), trouble("a", 984, None)];
        assert_eq!(ours_at(&open, &flickering), Some(minute(960)));
    }

    #[test]
    fn trouble_after_the_end_of_other_targets_or_of_another_day_is_not_the_incidents() {
        let over = incident("i", 1_000, Some(1_060));
        assert_eq!(ours_at(&over, &[trouble("a", 1_061, None)]), None);
        let mut named = incident("i", 1_000, None);
        named.targets = vec![TargetId::try_new("b").unwrap()];
        assert_eq!(ours_at(&named, &[trouble("a", 990, None)]), None);
        assert_eq!(ours_at(&named, &[trouble("b", 990, None)]), Some(minute(990)));
        let forgotten = incident("i", 1_000, None);
        assert_eq!(ours_at(&forgotten, &[trouble("a", 1_000 + 24 * 60 + 1, None)]), None);
    }

    #[test]
    fn what_nobody_saw_and_what_all_saw_at_once_are_said_so() {
        assert_eq!(sentence(None, minute(5), None), "our probes and traffic have not shown it");
        assert!(
            sentence(Some(minute(5)), minute(5), None).ends_with("the same minute as the page")
        );
        assert!(sentence(Some(minute(0)), minute(120), None).contains(" 2 h before"));
    }
}
