//! Judging every target at a steady pace, and publishing what changed.

use std::time::Duration;

use changeover_domain::{LatencySketch, Target, UnixMs, Verdict, VerdictKind};
use changeover_policy::verdict::{Latency, TargetInputs, Thresholds, judge, scope_of};

use super::paced;
use crate::engine::Engine;
use crate::setup::Setup;
use crate::state::{PastVerdict, State};
use crate::view;

/// Between two judgements, and the least of the system's time.
const JUDGE: Duration = Duration::from_secs(1);
const JUDGE_FLOOR: Duration = Duration::from_millis(250);

/// Judges until the engine is cancelled.
pub(crate) async fn run(engine: Engine) {
    loop {
        engine.judge_all().await;
        engine.refresh_costs().await;
        engine.draw_sparklines();
        engine.publish_now();
        let pause = paced(engine.clock(), JUDGE, JUDGE_FLOOR);
        tokio::select! {
            () = engine.cancelled() => return,
            () = engine.clock().sleep(pause) => {}
        }
    }
}

impl Engine {
    /// Judges all targets; verdicts that changed are kept.
    async fn judge_all(&self) {
        let now = self.clock().now();
        let changed = {
            let mut state = self.state();
            state.observed.forget_before(now);
            let verdicts = judged(self.setup(), &state, now);
            settle(&mut state, verdicts, now)
        };
        self.name_suspects();
        for verdict in changed {
            tracing::info!(target_id = %verdict.target, verdict = verdict.kind.as_str(), sentence = %verdict.sentence, "verdict");
            self.record_verdict(&verdict).await;
        }
    }

    /// Targets that are in trouble are probed more closely.
    fn name_suspects(&self) {
        let calm = |verdict: &&Verdict| {
            matches!(verdict.kind, VerdictKind::Operating | VerdictKind::Unknown)
        };
        let suspects: std::collections::BTreeSet<_> = {
            let state = self.state();
            state
                .verdicts
                .values()
                .filter(|verdict| !calm(verdict))
                .map(|v| v.target.clone())
                .collect()
        };
        self.0.suspects.send_if_modified(|known| {
            let differs = *known != suspects;
            *known = suspects;
            differs
        });
    }

    fn draw_sparklines(&self) {
        let now = self.clock().now();
        let mut state = self.state();
        if let Some(drawn) = view::sparkline::redraw(self.setup(), &state, now) {
            state.sparklines = drawn;
            state.sparklines_until = Some(now.floor_to_minute());
        }
    }
}

/// The figures a target's verdict rests on.
pub(crate) fn inputs(setup: &Setup, state: &State, target: &Target, now: UnixMs) -> TargetInputs {
    let thresholds = Thresholds::default();
    let short_from = now.plus_millis(-thresholds.short_window_ms);
    let sketches = view::sketches(state, target, now.plus_millis(-thresholds.long_window_ms));
    TargetInputs {
        target: target.id.clone(),
        slo: target.slo,
        short: state.observed.tally(&target.id, short_from),
        long: state.observed.tally(&target.id, now.plus_millis(-thresholds.long_window_ms)),
        latency: Latency {
            time_to_first_token_p95_ms: sketches.first_token.p95(),
            total_p95_ms: sketches.total.p95(),
            time_to_first_token_p50_ms: median(&sketches.first_token),
            total_p50_ms: median(&sketches.total),
        },
        page: state.observed.page_word(&target.provider, &target.id),
        everything_unreachable: everything_unreachable(setup, state, short_from),
    }
}

/// The median, if there are enough values for one.
fn median(sketch: &LatencySketch) -> Option<f64> {
    if sketch.count() < 6 { None } else { sketch.quantile(0.5) }
}

fn everything_unreachable(setup: &Setup, state: &State, from: UnixMs) -> bool {
    let mut providers = std::collections::BTreeSet::new();
    for target in &setup.catalogue.targets {
        let tally = state.observed.tally(&target.id, from);
        if tally.attempts() == 0 {
            continue;
        }
        if !tally.nothing_reached() {
            return false;
        }
        providers.insert(&target.provider);
    }
    providers.len() >= 2
}

fn judged(setup: &Setup, state: &State, now: UnixMs) -> Vec<Verdict> {
    let thresholds = Thresholds::default();
    let mut verdicts: Vec<Verdict> = setup
        .catalogue
        .targets
        .iter()
        .map(|target| {
            let before = state.verdicts.get(&target.id);
            judge(&inputs(setup, state, target, now), before, &thresholds, now)
        })
        .collect();
    for access in &setup.catalogue.providers {
        let of_provider = |verdict: &Verdict| {
            setup
                .target(&verdict.target)
                .is_some_and(|target| target.provider == access.provider.id)
        };
        let together: Vec<Verdict> =
            verdicts.iter().filter(|verdict| of_provider(verdict)).cloned().collect();
        let scope = scope_of(&together);
        for verdict in verdicts.iter_mut().filter(|verdict| of_provider(verdict)) {
            verdict.scope = scope;
        }
    }
    verdicts
}

/// Puts the new verdicts in place and gives those whose kind changed.
fn settle(state: &mut State, verdicts: Vec<Verdict>, now: UnixMs) -> Vec<Verdict> {
    let mut changed = Vec::new();
    for verdict in verdicts {
        let before = state.verdicts.insert(verdict.target.clone(), verdict.clone());
        let was = before.as_ref().map(|before| before.kind);
        if was == Some(verdict.kind) {
            continue;
        }
        if let Some(before) = before.filter(|before| before.kind != VerdictKind::Unknown) {
            state.past_verdicts.push_back(PastVerdict {
                verdict: before,
                until: verdict.since.max(now.plus_millis(-1)),
            });
        }
        changed.push(verdict);
    }
    let oldest = now.plus_millis(-crate::observed::WINDOW_MS);
    state.past_verdicts.retain(|past| past.until >= oldest);
    state.past_periods.retain(|period| period.ended_at.is_some_and(|ended| ended >= oldest));
    changed
}
