//! The last hour in four lanes: what the pages said, what the probes found, what the callers had,
//! and which levers were pulled.

mod page;

use changeover_domain::{FallbackPeriod, Incident, TargetId, UnixMs, Verdict, VerdictKind};
use changeover_policy::verdict::clock_time;

use crate::contract::{Lane, LaneKind, LaneMark, LaneSpan, Timeline, Tone};
use crate::setup::Setup;
use crate::state::{PastVerdict, State};
use crate::view::lever::in_words;

/// The board's hour.
const HOUR_MS: i64 = 60 * 60_000;
/// Fewer requests than this in a minute do not make a mark in the traffic lane.
const MINIMUM_REQUESTS: u64 = 3;

pub(super) fn view(setup: &Setup, state: &State, now: UnixMs) -> Timeline {
    let from = now.plus_millis(-HOUR_MS);
    Timeline {
        lanes: vec![
            Lane { kind: LaneKind::StatusPage, spans: status_page(setup, state, now) },
            Lane { kind: LaneKind::Probes, spans: verdicts(setup, state, from) },
            Lane { kind: LaneKind::Traffic, spans: traffic(setup, state, from) },
            Lane { kind: LaneKind::Levers, spans: levers(state, from) },
        ],
        marks: marks(state, from),
    }
}

fn status_page(setup: &Setup, state: &State, now: UnixMs) -> Vec<LaneSpan> {
    let declared = state.observed.declared();
    let begun = declared.iter().filter(|incident| incident.started_at <= now);
    begun.flat_map(|incident| incident_spans(setup, incident)).collect()
}

/// What the page said of one incident, as it went.
pub(crate) fn incident_spans(setup: &Setup, incident: &Incident) -> Vec<LaneSpan> {
    page::spans(&setup.provider_name(&incident.provider), incident)
}

fn verdicts(setup: &Setup, state: &State, from: UnixMs) -> Vec<LaneSpan> {
    let past = state.past_verdicts.iter().filter(|past| past.until >= from);
    let past = past
        .filter_map(|PastVerdict { verdict, until }| verdict_span(setup, verdict, Some(*until)));
    let now = state.verdicts.values().filter_map(|verdict| verdict_span(setup, verdict, None));
    merged(past.chain(now).collect())
}

pub(crate) fn verdict_span(
    setup: &Setup,
    verdict: &Verdict,
    until: Option<UnixMs>,
) -> Option<LaneSpan> {
    let tone = match verdict.kind {
        VerdictKind::Operating | VerdictKind::Unknown => return None,
        VerdictKind::TheirOutage => Tone::Outage,
        VerdictKind::TheirDegradation
        | VerdictKind::OurNetwork
        | VerdictKind::OurConfiguration
        | VerdictKind::OurQuota
        | VerdictKind::OurBilling => Tone::Degraded,
    };
    Some(LaneSpan {
        from: verdict.since,
        until,
        label: label(setup, &verdict.target, verdict.kind),
        tone,
    })
}

fn label(setup: &Setup, target: &TargetId, kind: VerdictKind) -> String {
    // It is no provider's, and one for all.
    if kind == VerdictKind::OurNetwork {
        return "your own network".to_owned();
    }
    let provider = setup
        .target(target)
        .map_or_else(String::new, |target| setup.provider_name(&target.provider));
    format!("{provider}: {}", changeover_policy::verdict::kind_phrase(kind))
}

/// Spans of the same label that touch are one: a provider's trouble is one event, not one a model.
fn merged(mut spans: Vec<LaneSpan>) -> Vec<LaneSpan> {
    spans.sort_by(|a, b| (&a.label, a.from).cmp(&(&b.label, b.from)));
    let mut out: Vec<LaneSpan> = Vec::new();
    for span in spans {
        match out.last_mut() {
            Some(last)
                if last.label == span.label
                    && last.until.is_none_or(|until| until >= span.from) =>
            {
                last.until = match (last.until, span.until) {
                    (Some(a), Some(b)) => Some(a.max(b)),
                    _ => None,
                };
            }
            _ => out.push(span),
        }
    }
    out.sort_by_key(|span| span.from);
    out
}

/// Minutes in which callers of a route saw failures.
fn traffic(setup: &Setup, state: &State, from: UnixMs) -> Vec<LaneSpan> {
    let mut spans = Vec::new();
    for route in &setup.catalogue.routes {
        let mut minutes = std::collections::BTreeMap::<UnixMs, (u64, u64)>::new();
        for bucket in state.observed.traffic.of_route(&route.id, from) {
            let (all, failed) = minutes.entry(bucket.key.minute).or_default();
            *all += bucket.requests;
            *failed +=
                if crate::observed::is_failure(bucket.key.outcome) { bucket.requests } else { 0 };
        }
        let bad = minutes
            .into_iter()
            .filter(|(_, (all, failed))| *all >= MINIMUM_REQUESTS && failed * 100 > *all);
        spans.extend(bad.map(|(minute, (all, failed))| LaneSpan {
            from: minute,
            until: Some(minute.plus_millis(changeover_domain::time::MINUTE_MS)),
            label: format!("{} failing", route.id),
            tone: if failed * 4 >= all { Tone::Outage } else { Tone::Degraded },
        }));
    }
    merged(spans)
}

fn levers(state: &State, from: UnixMs) -> Vec<LaneSpan> {
    let past = state
        .past_periods
        .iter()
        .filter(|period| period.ended_at.is_some_and(|ended| ended >= from));
    let open = state.ledger.all_open();
    past.chain(open).map(period_span).collect()
}

pub(crate) fn period_span(period: &FallbackPeriod) -> LaneSpan {
    let to = match &period.served_by {
        Some(target) => target.to_string(),
        None => in_words(None).replace("auto", period.mode.as_str()),
    };
    let automatic = period.holder.is_none();
    LaneSpan {
        from: period.started_at,
        until: period.ended_at,
        label: format!("{} → {to}{}", period.route, if automatic { " (breaker)" } else { "" }),
        tone: if automatic { Tone::Degraded } else { Tone::Override },
    }
}

/// When trouble was found, and when a person switched.
fn marks(state: &State, from: UnixMs) -> Vec<LaneMark> {
    let outages =
        state.verdicts.values().filter(|verdict| verdict.kind == VerdictKind::TheirOutage);
    let detected = outages.map(|verdict| verdict.since).min().filter(|at| *at >= from);
    let detected = detected.map(|at| LaneMark {
        at,
        label: format!("began {}", clock_time(at)),
        tone: Tone::Outage,
    });
    let manual = state
        .intents
        .values()
        .filter(|intent| intent.wanted.is_some() && intent.requested_at >= from);
    let switched = manual.map(|intent| LaneMark {
        at: intent.requested_at,
        label: format!("switched {}", clock_time(intent.requested_at)),
        tone: Tone::Override,
    });
    detected.into_iter().chain(switched).collect()
}
