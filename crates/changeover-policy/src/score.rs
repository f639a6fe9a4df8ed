//! A target's health in one number, 0 to 100, as a sum that can be unfolded.
//!
//! Not for deciding anything: the verdict decides, the score ranks and draws. The rule it keeps: the
//! score is exactly the sum of its addends, each with a name, a figure and the most it can take; and
//! what is not known takes nothing, but lowers the confidence. So a target nobody looks at has 100
//! points and no confidence, and a screen shows neither as healthy.
//!
//! # The addends
//!
//! It begins with 100. Failures take up to all of it: 10 points at the share that the objective allows,
//! then evenly with the logarithm of the share, because the step from 1 to 2 % is as bad as that
//! from 20 to 40 %. What counts is not the share seen but the share *proved*: the lower end of
//! Wilson's interval at 95 %, so that one of six takes a third and six of six nearly everything.
//! Slow answers take points for the share beyond what the objective allows, drift and a confessing
//! page take fixed ones, headroom those of its last quarter. Where the sum would fall below zero a
//! last addend brings it back.

use changeover_domain::{ComponentState, Confidence};
use serde::{Deserialize, Serialize};

use crate::verdict::TargetInputs;

/// Fewer attempts than this prove no share.
const LEAST_ATTEMPTS: u64 = 6;
/// Fewer answers than this prove no slowness.
const LEAST_ANSWERS: u64 = 6;
/// The one-sided 95 % quantile of the normal distribution.
const QUANTILE: f64 = 1.645;
/// What failures take at exactly the share that the objective allows.
const AT_OBJECTIVE: f64 = 10.0;
/// From this share left on headroom takes points.
const SCARCE_PERCENT: u8 = 25;

/// What an addend is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddendName {
    Start,
    Failures,
    FirstToken,
    TotalTime,
    Throughput,
    Refusals,
    StatusPage,
    Headroom,
    /// Brings a sum below zero back to zero.
    Floor,
}

/// One part of the sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addend {
    pub name: AddendName,
    /// What it adds; never above zero but for the start and the floor.
    pub points: i32,
    /// The most it can take.
    pub weight: u8,
    /// What it rests on, as people read it; `None` where nothing is known.
    pub figure: Option<String>,
}

/// The score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthScore {
    /// 0 to 100: the sum of the addends.
    pub score: u8,
    pub confidence: Confidence,
    pub addends: Vec<Addend>,
}

/// The health of one target.
#[must_use]
pub fn health(of: &TargetInputs) -> HealthScore {
    let mut addends = vec![
        Addend { name: AddendName::Start, points: 100, weight: 100, figure: None },
        failures(of),
        first_token(of),
        total_time(of),
        throughput(of),
        refusals(of),
        page(of),
        headroom(of),
    ];
    let sum: i32 = addends.iter().map(|addend| addend.points).sum();
    if sum < 0 {
        addends.push(Addend { name: AddendName::Floor, points: -sum, weight: 0, figure: None });
    }
    let score = u8::try_from(sum.clamp(0, 100)).unwrap_or(0);
    HealthScore { score, confidence: confidence(of, &addends), addends }
}

/// How much of what could be known is: failures first, since they carry the most.
fn confidence(of: &TargetInputs, addends: &[Addend]) -> Confidence {
    let known = |name| addends.iter().any(|addend| addend.name == name && addend.figure.is_some());
    if !known(AddendName::Failures) {
        return Confidence::Low;
    }
    let missing: u32 = addends
        .iter()
        .filter(|addend| addend.name != AddendName::Start && addend.figure.is_none())
        .map(|addend| u32::from(addend.weight))
        .sum();
    let both = of.long.probes.attempts() > 0 && of.long.traffic.attempts() > 0;
    match missing {
        0..=20 if both => Confidence::High,
        0..=40 => Confidence::Medium,
        _ => Confidence::Low,
    }
}

fn addend(name: AddendName, weight: u8, taken: f64, figure: Option<String>) -> Addend {
    let taken = taken.clamp(0.0, f64::from(weight)).round();
    #[expect(clippy::cast_possible_truncation, reason = "clamped to 0..=100 and rounded")]
    let points = -(taken as i32);
    Addend { name, points: if figure.is_some() { points } else { 0 }, weight, figure }
}

fn failures(of: &TargetInputs) -> Addend {
    let (failed, attempts) = (of.long.failed(), of.long.attempts());
    let figure =
        (attempts >= LEAST_ATTEMPTS).then(|| format!("{failed} of {attempts} attempts failed"));
    let proved = proved_share(failed, attempts);
    let allowed = (1.0 - of.slo.success_share).clamp(1e-4, 0.5);
    let taken = if proved <= allowed {
        AT_OBJECTIVE * proved / allowed
    } else {
        AT_OBJECTIVE + (100.0 - AT_OBJECTIVE) * (proved / allowed).ln() / (1.0 / allowed).ln()
    };
    addend(AddendName::Failures, 100, taken, figure)
}

/// The lower end of Wilson's score interval: the share that so many of so many prove.
fn proved_share(part: u64, whole: u64) -> f64 {
    if part == 0 || whole == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let (share, n) = (part.min(whole) as f64 / whole as f64, whole as f64);
    let z2 = QUANTILE * QUANTILE;
    let spread = QUANTILE * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    ((share + z2 / (2.0 * n) - spread) / (1.0 + z2 / n)).clamp(0.0, 1.0)
}

fn first_token(of: &TargetInputs) -> Addend {
    let timing = &of.latency.long;
    let limit = of.slo.time_to_first_token_p95_ms;
    slow(AddendName::FirstToken, 25, (timing.slow_first_tokens, timing.first_tokens), limit)
}

fn total_time(of: &TargetInputs) -> Addend {
    let timing = &of.latency.long;
    slow(AddendName::TotalTime, 15, (timing.slow_totals, timing.totals), of.slo.total_p95_ms)
}

/// All of the weight where half of the answers are too slow.
fn slow(name: AddendName, weight: u8, (slow, all): (u64, u64), limit_ms: u32) -> Addend {
    let seconds = f64::from(limit_ms) / 1_000.0;
    let figure =
        (all >= LEAST_ANSWERS).then(|| format!("{slow} of {all} answers over {seconds:.1} s"));
    let beyond = (proved_share(slow, all) - 0.05) / 0.45;
    addend(name, weight, f64::from(weight) * beyond, figure)
}

fn throughput(of: &TargetInputs) -> Addend {
    let figure = match of.drift.throughput {
        Some(change) => Some(format!(
            "{} tokens per second instead of {}",
            change.now_tokens_per_second, change.usual_tokens_per_second
        )),
        None => of.drift.learnt.throughput.then(|| "as usual".to_owned()),
    };
    let taken = of.drift.throughput.map_or(0.0, |change| {
        let (now, usual) =
            (f64::from(change.now_tokens_per_second), f64::from(change.usual_tokens_per_second));
        15.0 * (1.0 - now / usual.max(1.0))
    });
    addend(AddendName::Throughput, 15, taken, figure)
}

fn refusals(of: &TargetInputs) -> Addend {
    let (drift, long) = (&of.drift, &of.long);
    let more = drift.probe_refusals.is_some() || drift.traffic_refusals.is_some();
    // Of whom it is not known what is usual, it cannot be said that this is.
    let known = [
        (&long.probes, drift.learnt.probe_refusals || drift.probe_refusals.is_some()),
        (&long.traffic, drift.learnt.traffic_refusals || drift.traffic_refusals.is_some()),
    ];
    let known = known.into_iter().filter(|(_, known)| *known);
    let (refused, asked) = known.fold((0_u64, 0_u64), |(refused, asked), (seen, _)| {
        let more = seen.refused();
        let answers = seen.attempts().saturating_add(more);
        (refused.saturating_add(more), asked.saturating_add(answers))
    });
    let than = if more { "more than" } else { "as" };
    let figure = (asked > 0 || more).then(|| format!("{refused} of {asked} refused, {than} usual"));
    addend(AddendName::Refusals, 15, if more { 15.0 } else { 0.0 }, figure)
}

fn page(of: &TargetInputs) -> Addend {
    let readable = of.page.read_at.is_some() && !of.page.unreadable;
    let taken = match of.page.state {
        ComponentState::MajorOutage => 10.0,
        ComponentState::PartialOutage => 8.0,
        ComponentState::DegradedPerformance => 5.0,
        _ if of.page.open_incident => 5.0,
        ComponentState::UnderMaintenance => 3.0,
        ComponentState::Operational | ComponentState::Unknown => 0.0,
    };
    let figure = readable.then(|| crate::verdict::page_phrase(of.page).to_owned());
    addend(AddendName::StatusPage, 10, taken, figure)
}

fn headroom(of: &TargetInputs) -> Addend {
    let left = of.headroom.and_then(|headroom| headroom.least_percent());
    let scarce = left.map_or(0, |left| SCARCE_PERCENT.saturating_sub(left));
    let taken = 10.0 * f64::from(scarce) / f64::from(SCARCE_PERCENT);
    addend(AddendName::Headroom, 10, taken, left.map(|left| format!("{left} % left")))
}

#[cfg(test)]
mod tests;
