//! Judging every target at a steady pace, and publishing what changed.

use std::collections::BTreeSet;
use std::time::Duration;

use changeover_domain::{TargetId, UnixMs, Verdict, VerdictKind};
use changeover_policy::episode::{EpisodeChanges, Looked};
use changeover_policy::verdict::{
    Judged, Thresholds, VerdictInputs, deserves_a_closer_look, judge_all,
};

use super::paced;
use crate::engine::Engine;
use crate::state::{PastVerdict, State};
use crate::view;

/// Between two judgements, and the least of the system's time.
const JUDGE: Duration = Duration::from_secs(1);
const JUDGE_FLOOR: Duration = Duration::from_millis(250);

/// Judges until the engine is cancelled.
pub(crate) async fn run(engine: Engine) {
    loop {
        // A machine that slept is judged by the time that it is, also where nothing is probed.
        engine.clock().catch_up();
        engine.judge_all().await;
        engine.note_leads();
        engine.refresh_costs().await;
        engine.draw_sparklines();
        engine.publish_now();
        engine.raise_alerts().await;
        let pause = paced(engine.clock(), JUDGE, JUDGE_FLOOR);
        tokio::select! {
            () = engine.cancelled() => return,
            () = engine.clock().sleep(pause) => {}
        }
    }
}

impl Engine {
    /// Judges all targets; verdicts that changed are kept with what they were made from.
    async fn judge_all(&self) {
        let now = self.clock().now();
        let (changed, episodes, suspects) = {
            let mut state = self.state();
            state.observed.forget_before(now);
            let judged = judged(&state, now);
            let suspects = suspects(&judged);
            let episodes = look_for_episodes(&mut state, &judged, now);
            (settle(&mut state, judged, now), episodes, suspects)
        };
        self.name_suspects(suspects);
        for (verdict, inputs) in changed {
            tracing::info!(target_id = %verdict.target, verdict = verdict.kind.as_str(), sentence = %verdict.sentence, "verdict");
            self.record_verdict(&verdict, &inputs).await;
        }
        for episode in episodes.grown.iter().chain(&episodes.ended) {
            self.record_episode(episode).await;
        }
    }

    /// Targets that are in trouble, or may be about to, are probed more closely.
    fn name_suspects(&self, suspects: BTreeSet<TargetId>) {
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

/// The judgement of all targets, with what it rests on.
fn judged(state: &State, now: UnixMs) -> Vec<Judged> {
    let thresholds = Thresholds::default();
    let targets = state.observed.target_inputs(&thresholds, now);
    judge_all(targets, &state.witness, &state.verdicts, &thresholds, now)
}

fn suspects(judged: &[Judged]) -> BTreeSet<TargetId> {
    let suspect = judged.iter().filter(|judged| deserves_a_closer_look(&judged.inputs));
    suspect.map(|judged| judged.verdict.target.clone()).collect()
}

fn look_for_episodes(state: &mut State, judged: &[Judged], now: UnixMs) -> EpisodeChanges {
    let looked = judged.iter().map(|Judged { verdict, inputs }| Looked { of: &inputs.of, verdict });
    state.episodes.observe(&looked.collect::<Vec<_>>(), now)
}

/// Puts the new verdicts in place and gives those whose kind changed, with their inputs.
fn settle(state: &mut State, judged: Vec<Judged>, now: UnixMs) -> Vec<(Verdict, VerdictInputs)> {
    let mut changed = Vec::new();
    for Judged { verdict, inputs } in judged {
        let before = state.verdicts.insert(verdict.target.clone(), verdict.clone());
        let was = before.as_ref().map(|before| before.kind);
        if was != Some(verdict.kind) {
            if let Some(before) = before.filter(|before| before.kind != VerdictKind::Unknown) {
                let until = verdict.since.max(now.plus_millis(-1));
                state.past_verdicts.push_back(PastVerdict { verdict: before, until });
            }
            changed.push((verdict, inputs.clone()));
        }
        state.verdict_inputs.insert(inputs.of.target.clone(), inputs);
    }
    let oldest = now.plus_millis(-crate::observed::WINDOW_MS);
    state.past_verdicts.retain(|past| past.until >= oldest);
    state.past_periods.retain(|period| period.ended_at.is_some_and(|ended| ended >= oldest));
    changed
}
