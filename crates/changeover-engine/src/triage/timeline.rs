//! The last half hour of one target in lanes: what its page said, what was judged, what probes and
//! callers saw, and which levers moved the routes that use it.

use std::collections::BTreeMap;

use changeover_domain::time::MINUTE_MS;
use changeover_domain::{FallbackPeriod, ProbeSample, Target, UnixMs};
use changeover_policy::verdict::{Attempts, class_phrase};

use crate::contract::{Lane, LaneKind, LaneMark, LaneSpan, Timeline, Tone};
use crate::setup::Setup;
use crate::state::State;
use crate::view::timeline::{incident_spans, period_span, verdict_span};

pub(super) fn of_target(
    setup: &Setup,
    state: &State,
    target: &Target,
    from: UnixMs,
    now: UnixMs,
) -> Timeline {
    let probes = by_minute(state.observed.probes_since(&target.id, from));
    let traffic = state.observed.traffic.attempts_by_minute(&target.id, from);
    let lanes = [
        (LaneKind::StatusPage, pages(setup, state, target, from)),
        (LaneKind::Verdict, verdicts(setup, state, target, from)),
        (LaneKind::Probes, failing(&probes, "probes", now)),
        (LaneKind::Traffic, failing(&traffic, "attempts", now)),
        (LaneKind::Levers, levers(setup, state, target, from)),
    ];
    let lanes = lanes.into_iter().map(|(kind, spans)| Lane { kind, spans });
    Timeline { lanes: lanes.collect(), marks: marks(state, target, from) }
}

fn by_minute<'a>(samples: impl Iterator<Item = &'a ProbeSample>) -> BTreeMap<UnixMs, Attempts> {
    let mut minutes: BTreeMap<UnixMs, Attempts> = BTreeMap::new();
    for sample in samples {
        let minute = sample.at.floor_to_minute();
        minutes.entry(minute).or_default().add(sample.outcome, 1, sample.at);
    }
    minutes
}

/// Minutes with failures; those that touch are one span, with all their figures together.
fn failing(minutes: &BTreeMap<UnixMs, Attempts>, what: &str, now: UnixMs) -> Vec<LaneSpan> {
    let mut runs: Vec<(UnixMs, UnixMs, Attempts)> = Vec::new();
    for (minute, attempts) in minutes.iter().filter(|(_, attempts)| attempts.failed() > 0) {
        let end = minute.plus_millis(MINUTE_MS);
        match runs.last_mut() {
            Some((_, until, sum)) if *until == *minute => {
                *until = end;
                sum.merge(attempts);
            }
            _ => runs.push((*minute, end, attempts.clone())),
        }
    }
    let span = |(from, until, sum): (UnixMs, UnixMs, Attempts)| LaneSpan {
        from,
        until: (until <= now).then_some(until),
        label: label(&sum, what),
        tone: if sum.failed_share() >= 0.5 { Tone::Outage } else { Tone::Degraded },
    };
    runs.into_iter().map(span).collect()
}

/// "9 of 12 probes failed, overloaded"
fn label(sum: &Attempts, what: &str) -> String {
    let class = sum.commonest().map_or("", class_phrase);
    format!("{} of {} {what} failed, {class}", sum.failed(), sum.attempts())
}

fn pages(setup: &Setup, state: &State, target: &Target, from: UnixMs) -> Vec<LaneSpan> {
    let declared = state.observed.declared();
    let incidents = declared.iter().filter(|incident| {
        let lately = incident.ended_at.is_none_or(|ended| ended >= from);
        incident.provider == target.provider && incident.concerns(&target.id) && lately
    });
    incidents.flat_map(|incident| incident_spans(setup, incident)).collect()
}

fn verdicts(setup: &Setup, state: &State, target: &Target, from: UnixMs) -> Vec<LaneSpan> {
    let past = state
        .past_verdicts
        .iter()
        .filter(|past| past.verdict.target == target.id && past.until >= from);
    let past = past.filter_map(|past| verdict_span(setup, &past.verdict, Some(past.until)));
    let present = state.verdicts.get(&target.id);
    past.chain(present.and_then(|verdict| verdict_span(setup, verdict, None))).collect()
}

fn levers(setup: &Setup, state: &State, target: &Target, from: UnixMs) -> Vec<LaneSpan> {
    let uses = |period: &&FallbackPeriod| {
        let route = setup.route(&period.route);
        route.is_some_and(|route| route.targets.contains(&target.id))
    };
    let past = state.past_periods.iter().filter(|period| period.ended_at >= Some(from));
    past.chain(state.ledger.all_open()).filter(uses).map(period_span).collect()
}

/// When the trouble began, where it did within the sheet's time.
fn marks(state: &State, target: &Target, from: UnixMs) -> Vec<LaneMark> {
    let episode = state.episodes.open(Some(&target.provider));
    let began = episode.filter(|episode| episode.targets.contains(&target.id));
    let mark = |at: UnixMs, what: &str| LaneMark {
        at,
        label: format!("{what} {}", changeover_policy::verdict::clock_time(at)),
        tone: Tone::Outage,
    };
    let marks = began
        .into_iter()
        .flat_map(|episode| [mark(episode.started_at, "began"), mark(episode.detected_at, "seen")]);
    marks.filter(|mark| mark.at >= from).collect()
}
