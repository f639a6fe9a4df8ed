//! One target's row of figures.

use changeover_domain::admin::Effective;
use changeover_domain::{LatencySketch, ProbeSample, Target, UnixMs, VerdictKind};

use super::FIGURES_MS;
use crate::contract::{Measured, TargetFigures, TargetView, Tone};
use crate::setup::Setup;
use crate::state::State;

/// How far back the percentiles look: a standby that only probes ask, four times a minute, must
/// have enough values for a p95.
const LATENCY_MS: i64 = 10 * 60_000;

pub(super) fn view(setup: &Setup, state: &State, target: &Target, now: UnixMs) -> TargetView {
    let standby_for = setup
        .catalogue
        .routes
        .iter()
        .filter(|route| route.targets.iter().skip(1).any(|standby| *standby == target.id))
        .map(|route| route.id.clone())
        .collect::<Vec<_>>();
    let verdict =
        state.verdicts.get(&target.id).map_or(VerdictKind::Unknown, |verdict| verdict.kind);
    let (standby, standby_tone) = standby(setup, state, target, verdict, standby_for.is_empty());
    TargetView {
        id: target.id.clone(),
        provider: target.provider.clone(),
        model: target.model.clone(),
        verdict,
        figures: figures(setup, state, target, now),
        standby_for,
        standby,
        standby_tone,
        last_probe_at: state.observed.last_probe(&target.id).map(|sample| sample.at),
        score: state
            .verdict_inputs
            .get(&target.id)
            .map(|inputs| super::score::view(changeover_policy::score::health(&inputs.of))),
    }
}

/// Latencies of probes and of traffic's good answers together, in one sketch each.
struct Sketches {
    first_token: LatencySketch,
    total: LatencySketch,
}

fn sketches(state: &State, target: &Target, from: UnixMs) -> Sketches {
    let traffic = state.observed.traffic.totals(&target.id, from);
    let mut sketches =
        Sketches { first_token: traffic.time_to_first_token, total: traffic.latency };
    for sample in good_probes(state, target, from) {
        sketches.total.record(sample.phases.total_ms);
        if let Some(first) = sample.phases.first_token_ms {
            sketches.first_token.record(first);
        }
    }
    sketches
}

fn good_probes<'a>(
    state: &'a State,
    target: &Target,
    from: UnixMs,
) -> impl Iterator<Item = &'a ProbeSample> {
    state.observed.probes_since(&target.id, from).filter(|sample| sample.outcome.is_ok())
}

pub(crate) fn figures(setup: &Setup, state: &State, target: &Target, now: UnixMs) -> TargetFigures {
    let from = now.plus_millis(-FIGURES_MS);
    let sketches = sketches(state, target, now.plus_millis(-LATENCY_MS));
    let limit = |limit: u32| f64::from(limit);
    let traffic = state.observed.traffic.totals(&target.id, from);
    let priced = traffic.answered.saturating_sub(traffic.unpriced);
    TargetFigures {
        time_to_first_token_p95_ms: measured(
            sketches.first_token.p95(),
            sketches.first_token.count(),
            limit(target.slo.time_to_first_token_p95_ms),
        ),
        total_p95_ms: measured(
            sketches.total.p95(),
            sketches.total.count(),
            limit(target.slo.total_p95_ms),
        ),
        // The objective is set for the p95; the p99 may be half as long again before it is marked.
        total_p99_ms: measured(
            sketches.total.p99(),
            sketches.total.count(),
            1.5 * limit(target.slo.total_p95_ms),
        ),
        tokens_per_second: tokens_per_second(state, target, from),
        error_share: error_share(state, target, from),
        priced: setup.prices(&target.id, now).is_some(),
        cost_per_thousand: changeover_cost::cost_per_thousand_ok(traffic.cost, priced),
    }
}

fn measured(value: Option<f64>, count: u64, limit: f64) -> Option<Measured> {
    let value = value?;
    let tone = if value > limit { Tone::Outage } else { Tone::Quiet };
    Some(Measured { value, count, tone })
}

fn tokens_per_second(state: &State, target: &Target, from: UnixMs) -> Option<Measured> {
    let mut rates: Vec<f64> =
        good_probes(state, target, from).filter_map(|sample| sample.tokens_per_second).collect();
    rates.sort_by(f64::total_cmp);
    let value = *rates.get(rates.len() / 2)?;
    Some(Measured {
        value,
        count: u64::try_from(rates.len()).unwrap_or(u64::MAX),
        tone: Tone::Quiet,
    })
}

fn error_share(state: &State, target: &Target, from: UnixMs) -> Option<Measured> {
    let tally = state.observed.tally(&target.id, from);
    if tally.attempts() == 0 {
        return None;
    }
    let value = tally.failed_share();
    let allowed = 1.0 - target.slo.success_share;
    let tone = match value {
        share if share >= 0.25 => Tone::Outage,
        share if share > allowed => Tone::Degraded,
        _ => Tone::Quiet,
    };
    Some(Measured { value, count: tally.attempts(), tone })
}

/// Whether the target could take over now, in words.
fn standby(
    setup: &Setup,
    state: &State,
    target: &Target,
    verdict: VerdictKind,
    never: bool,
) -> (String, Tone) {
    if never {
        return ("—".to_owned(), Tone::Quiet);
    }
    let carries = |effective: &Effective| effective.target.as_ref() == Some(&target.id);
    let carried: Vec<&str> = setup
        .catalogue
        .routes
        .iter()
        .filter(|route| route.primary() != Some(&target.id))
        .filter(|route| state.live_routes(&route.id).any(|(_, live)| carries(&live.effective)))
        .map(|route| route.id.as_str())
        .collect();
    if !carried.is_empty() {
        return (format!("carrying {}", carried.join(", ")), Tone::Override);
    }
    let refusing = state.gateways.iter().find(|(_, record)| {
        let routes = record.state.iter().flat_map(|state| &state.routes);
        routes.flat_map(|route| &route.breakers).any(|b| b.target == target.id && !b.lets_through())
    });
    if let Some((gateway, _)) = refusing {
        return (format!("breaker open on {gateway}"), Tone::Degraded);
    }
    match verdict {
        VerdictKind::Operating => ("ready".to_owned(), Tone::Quiet),
        VerdictKind::Unknown => ("not known".to_owned(), Tone::Unknown),
        _ => ("not ready".to_owned(), Tone::Degraded),
    }
}
