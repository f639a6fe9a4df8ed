//! Judging every target at a steady pace, and publishing what changed.
//!
//! The rule it keeps: a disk that is well has a verdict before the board shows it; one that hangs is
//! not waited for by whoever judges.

mod kept;
mod paper;

use std::collections::BTreeSet;
use std::time::Duration;

use changeover_domain::{TargetId, UnixMs, Verdict, VerdictKind};
use changeover_policy::episode::{EpisodeChanges, Looked};
use changeover_policy::verdict::{
    Judged, Thresholds, VerdictInputs, deserves_a_closer_look, judge_all,
};
use tokio::sync::{mpsc, oneshot};

use super::paced;
use crate::engine::Engine;
use crate::probing;
use crate::state::{PastVerdict, State};
use crate::view;
pub(crate) use kept::Kept;
use paper::{Findings, Round};

/// Between two judgements, and the least of the system's time.
const JUDGE: Duration = Duration::from_secs(1);
const JUDGE_FLOOR: Duration = Duration::from_millis(250);
/// How long a judgement is held back for the disk, in the system's time.
const DISK_PATIENCE: Duration = Duration::from_millis(200);
/// How many judgements wait for the disk: more than an hour's.
const MOST_ROUNDS: usize = 4_096;

/// Judges until the engine is cancelled, and ends when all that can be is written.
pub(crate) async fn run(engine: Engine) {
    let (disk, rounds) = mpsc::channel(MOST_ROUNDS);
    tokio::join!(judge(engine.clone(), disk), paper::keep(engine, rounds));
}

async fn judge(engine: Engine, disk: mpsc::Sender<Round>) {
    loop {
        // A machine that slept is judged by the time that it is, also where nothing is probed.
        engine.clock().catch_up();
        let findings = engine.judge_all();
        engine.note_leads();
        engine.draw_sparklines();
        let (done, is_done) = oneshot::channel();
        if let Err(refused) = disk.try_send(Round { findings, done }) {
            tracing::warn!(%refused, "the disk takes no verdicts: the history has a gap");
        }
        let patience = paced(engine.clock(), Duration::ZERO, DISK_PATIENCE);
        tokio::select! {
            Ok(()) = is_done => {}
            () = engine.clock().sleep(patience) => engine.publish_now(),
        }
        let pause = paced(engine.clock(), JUDGE, JUDGE_FLOOR);
        tokio::select! {
            () = engine.cancelled() => return,
            () = engine.clock().sleep(pause) => {}
        }
    }
}

impl Engine {
    /// Judges all targets; gives what changed, with what it was made from.
    fn judge_all(&self) -> Findings {
        let now = self.clock().now();
        let (verdicts, episodes, suspects) = {
            let mut state = self.state();
            state.observed.forget_before(now);
            self.plan_probes(&mut state, now);
            let judged = judged(&state, now);
            let suspects = suspects(&judged);
            let episodes = look_for_episodes(&mut state, &judged, now);
            (settle(&mut state, judged, now), episodes, suspects)
        };
        self.name_suspects(suspects);
        for (verdict, _) in &verdicts {
            tracing::info!(target_id = %verdict.target, verdict = verdict.kind.as_str(), sentence = %verdict.sentence, "verdict");
        }
        let EpisodeChanges { grown, ended } = episodes;
        Findings { verdicts: verdicts.into(), episodes: grown.into_iter().chain(ended).collect() }
    }

    /// Tells the records how far apart probes come: few are no sign that nobody looked.
    fn plan_probes(&self, state: &mut State, now: UnixMs) {
        let targets = &self.setup().catalogue.targets;
        let planned = targets.iter().map(|target| {
            let distance_ms = probing::distance_ms(self.setup(), state, target, now);
            (&target.id, distance_ms)
        });
        let planned: Vec<_> = planned.collect();
        state.observed.plan_probes(planned.into_iter(), now);
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

/// Puts the new verdicts in place and gives those that are to be kept, with their inputs.
fn settle(state: &mut State, judged: Vec<Judged>, now: UnixMs) -> Vec<(Verdict, VerdictInputs)> {
    let mut changed = Vec::new();
    for Judged { verdict, inputs } in judged {
        let before = state.verdicts.insert(verdict.target.clone(), verdict.clone());
        let is_kept = state.kept_verdicts.takes(before.as_ref(), &verdict, now);
        let ended = before.filter(|before| before.kind != verdict.kind);
        if let Some(before) = ended.filter(|ended| ended.kind != VerdictKind::Unknown) {
            let until = verdict.since.max(now.plus_millis(-1));
            state.past_verdicts.push_back(PastVerdict { verdict: before, until });
        }
        if is_kept {
            changed.push((verdict, inputs.clone()));
        }
        state.verdict_inputs.insert(inputs.of.target.clone(), inputs);
    }
    let oldest = now.plus_millis(-crate::observed::WINDOW_MS);
    state.past_verdicts.retain(|past| past.until >= oldest);
    state.past_periods.retain(|period| period.ended_at.is_some_and(|ended| ended >= oldest));
    changed
}
