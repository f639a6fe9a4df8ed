//! The last hour of each target as a small picture, drawn once a minute.

use std::collections::BTreeMap;

use changeover_domain::time::MINUTE_MS;
use changeover_domain::{LatencySketch, Target, TargetId, UnixMs};

use crate::contract::Sparkline;
use crate::setup::Setup;
use crate::state::State;

const HOUR_MS: i64 = 60 * MINUTE_MS;
/// Each point rests on this many minutes: with a probe every 15 s one minute is too few values.
const POINT_MS: i64 = 3 * MINUTE_MS;

/// The pictures, where their minute has ended since they were drawn; else `None`.
pub(crate) fn redraw(
    setup: &Setup,
    state: &State,
    now: UnixMs,
) -> Option<BTreeMap<TargetId, Sparkline>> {
    let until = now.floor_to_minute();
    if state.sparklines_until == Some(until) {
        return None;
    }
    let draw = |target: &Target| match drawn(state, target, until) {
        Ok(sparkline) => Some((target.id.clone(), sparkline)),
        Err(error) => {
            tracing::warn!(target_id = %target.id, %error, "the sparkline could not be drawn");
            None
        }
    };
    Some(setup.catalogue.targets.iter().filter_map(draw).collect())
}

fn drawn(
    state: &State,
    target: &Target,
    until: UnixMs,
) -> Result<Sparkline, changeover_charts::ChartError> {
    let from = until.plus_millis(-HOUR_MS);
    let minutes = minutes(state, target, from, until);
    let mut p95 = Vec::new();
    let mut p99 = Vec::new();
    let mut at = from;
    while at < until {
        let end = at.plus_millis(MINUTE_MS);
        let mut sketch = LatencySketch::default();
        minutes.range(end.plus_millis(-POINT_MS)..end).for_each(|(_, minute)| sketch.merge(minute));
        // A sparkline shows the shape; the row beside it claims a p95 only where there is one.
        if sketch.count() >= 5 {
            p95.extend(sketch.quantile(0.95).map(|value| (at, value)));
            p99.extend(sketch.quantile(0.99).map(|value| (at, value)));
        }
        at = end;
    }
    let description = described(&p95);
    let input = changeover_charts::SparklineInput {
        width: 160,
        height: 24,
        from,
        to: until,
        points_p95: &p95,
        points_p99: &p99,
        step_ms: MINUTE_MS,
        // Calm lines lie low: what is within the objective must not look like a mountain.
        scale_at_least_ms: f64::from(target.slo.total_p95_ms),
    };
    let svg = changeover_charts::sparkline(&input, changeover_charts::Theme::Dark)?;
    Ok(Sparkline { target: target.id.clone(), svg, description })
}

fn minutes(
    state: &State,
    target: &Target,
    from: UnixMs,
    until: UnixMs,
) -> BTreeMap<UnixMs, LatencySketch> {
    let mut minutes: BTreeMap<UnixMs, LatencySketch> = BTreeMap::new();
    let earliest = from.plus_millis(-POINT_MS);
    for bucket in state.observed.traffic.answered_by(&target.id, earliest) {
        minutes.entry(bucket.key.minute).or_default().merge(&bucket.latency);
    }
    for sample in
        state.observed.probes_since(&target.id, earliest).filter(|sample| sample.outcome.is_ok())
    {
        minutes.entry(sample.at.floor_to_minute()).or_default().record(sample.phases.total_ms);
    }
    minutes.retain(|minute, _| *minute < until);
    minutes
}

fn described(p95: &[(UnixMs, f64)]) -> String {
    let seconds = |millis: f64| format!("{:.1} s", millis / 1_000.0);
    match (p95.first(), p95.last()) {
        (Some((_, first)), Some((_, last))) => {
            let highest = p95.iter().map(|(_, value)| *value).fold(0.0, f64::max);
            format!(
                "p95 of the last hour: from {} to {}, at most {}",
                seconds(*first),
                seconds(*last),
                seconds(highest)
            )
        }
        _ => "no values in the last hour".to_owned(),
    }
}
