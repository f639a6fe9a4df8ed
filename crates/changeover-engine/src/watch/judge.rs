//! Judging every target at a steady pace, and publishing what changed.

use std::time::Duration;

use changeover_domain::{Slo, Target, UnixMs, Verdict, VerdictKind};
use changeover_policy::verdict::{
    BurnWindows, Drift, Judged, Latency, TargetInputs, Thresholds, Timing, judge_all,
};

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
        engine.note_leads();
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
            let judged = judged(self.setup(), &state, now);
            settle(&mut state, judged.into_iter().map(|judged| judged.verdict), now)
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
fn inputs(state: &State, target: &Target, thresholds: &Thresholds, now: UnixMs) -> TargetInputs {
    let short_from = now.plus_millis(-thresholds.short_window_ms);
    let long_from = now.plus_millis(-thresholds.long_window_ms);
    let long = state.observed.tally(&target.id, long_from);
    TargetInputs {
        target: target.id.clone(),
        provider: target.provider.clone(),
        model: target.model.clone(),
        region: target.region.clone(),
        slo: target.slo,
        short: state.observed.tally(&target.id, short_from),
        latency: Latency {
            // Traffic comes in whole minutes.
            short: timing(state, target, short_from.floor_to_minute()),
            long: timing(state, target, long_from),
        },
        burn: BurnWindows::default(),
        drift: Drift::default(),
        reach: state.observed.reach(&target.id, long_from),
        last_ok_at: state.observed.last_good_probe_at(&target.id),
        headroom: None,
        page: state.observed.page_word(&target.provider, &target.id),
        long,
    }
}

/// How the times of good answers stand against the objective.
fn timing(state: &State, target: &Target, from: UnixMs) -> Timing {
    let sketches = view::sketches(state, target, from);
    let Slo { time_to_first_token_p95_ms, total_p95_ms, .. } = target.slo;
    Timing {
        first_tokens: sketches.first_token.count(),
        slow_first_tokens: sketches.first_token.count_over(time_to_first_token_p95_ms),
        totals: sketches.total.count(),
        slow_totals: sketches.total.count_over(total_p95_ms),
    }
}

/// The judgement of all targets, with what it rests on.
pub(crate) fn judged(setup: &Setup, state: &State, now: UnixMs) -> Vec<Judged> {
    let thresholds = Thresholds::default();
    let targets = setup.catalogue.targets.iter();
    let targets = targets.map(|target| inputs(state, target, &thresholds, now)).collect();
    judge_all(targets, &state.witness, &state.verdicts, &thresholds, now)
}

/// Puts the new verdicts in place and gives those whose kind changed.
fn settle(state: &mut State, verdicts: impl Iterator<Item = Verdict>, now: UnixMs) -> Vec<Verdict> {
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
