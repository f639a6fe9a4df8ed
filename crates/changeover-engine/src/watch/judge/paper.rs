//! What of a judgement waits for the disk: verdicts that changed, episodes, the ledger's costs, alerts.
//!
//! The rule it keeps: a change of verdict is kept with its inputs, also when the disk refuses for a
//! while. It is tried again with the next judgement, in the order in which verdicts changed.

use std::collections::VecDeque;

use changeover_domain::{Episode, Verdict};
use changeover_policy::verdict::VerdictInputs;
use tokio::sync::{mpsc, oneshot};

use crate::engine::Engine;

/// How many changes of verdict wait for a disk that refuses. Each holds its inputs.
const MOST_UNKEPT: usize = 2_048;

/// What a judgement found that is to be kept.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) verdicts: VecDeque<(Verdict, VerdictInputs)>,
    /// As they are now; the newest of each says all.
    pub(super) episodes: Vec<Episode>,
}

/// One judgement, and who waits for it to be kept and shown.
#[derive(Debug)]
pub(super) struct Round {
    pub(super) findings: Findings,
    pub(super) done: oneshot::Sender<()>,
}

impl Findings {
    /// Adds what was found later.
    fn join(&mut self, later: Self) {
        self.verdicts.extend(later.verdicts);
        self.episodes.retain(|before| later.episodes.iter().all(|now| now.id != before.id));
        self.episodes.extend(later.episodes);
        let lost = self.verdicts.len().saturating_sub(MOST_UNKEPT);
        if lost > 0 {
            tracing::warn!(lost, "the disk takes no verdicts: the history has a gap");
            self.verdicts.drain(..lost);
        }
    }
}

/// Keeps what judgements found, shows it and tells of it, until nobody judges any more.
pub(super) async fn keep(engine: Engine, mut rounds: mpsc::Receiver<Round>) {
    let (mut unkept, mut batch) = (Findings::default(), Vec::new());
    while rounds.recv_many(&mut batch, usize::MAX).await > 0 {
        let mut waiting = Vec::with_capacity(batch.len());
        for Round { findings, done } in batch.drain(..) {
            unkept.join(findings);
            waiting.push(done);
        }
        engine.keep_findings(&mut unkept).await;
        engine.refresh_costs().await;
        engine.publish_now();
        engine.raise_alerts().await;
        // Whoever no longer waits has shown it already.
        for done in waiting {
            done.send(()).ok();
        }
    }
}

impl Engine {
    /// Keeps what the disk takes, and leaves the rest.
    async fn keep_findings(&self, findings: &mut Findings) {
        while let Some((verdict, inputs)) = findings.verdicts.front() {
            if !self.record_verdict(verdict, inputs).await {
                return;
            }
            findings.verdicts.pop_front();
        }
        while let Some(episode) = findings.episodes.first() {
            if !self.record_episode(episode).await {
                return;
            }
            findings.episodes.remove(0);
        }
    }
}
