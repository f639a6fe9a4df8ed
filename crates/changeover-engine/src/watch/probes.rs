//! Taking the probes' samples in: into the window, and to disk.
//!
//! The rule it keeps: the disk is waited for by nobody who watches. A sample is in the window before
//! it is written, so a disk that hangs blinds no verdict, and what it cannot take is missing from the
//! history and nowhere else.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use changeover_domain::{ProbeSample, ProviderId};
use changeover_llm::Account;
use changeover_probe::BudgetReport;
use tokio::sync::{mpsc, watch};

use super::turns::note;
use crate::engine::Engine;
use crate::state::State;

/// How many samples are written together at most.
const BATCH: usize = 64;
/// How many samples wait for the disk: an hour's of a large configuration.
const MOST_UNWRITTEN: usize = 8_192;

/// Takes samples in until the prober has ended, and ends when all that can be is written.
pub(crate) async fn collect(engine: Engine, mut samples: mpsc::Receiver<ProbeSample>) {
    let (disk, unwritten) = mpsc::channel(MOST_UNWRITTEN);
    let keeping = keep(engine.clone(), unwritten);
    let watching = async move {
        let mut batch = Vec::with_capacity(BATCH);
        while samples.recv_many(&mut batch, BATCH).await > 0 {
            engine.note_samples(&batch);
            engine.watch_samples(&batch);
            hand_over(&disk, batch.drain(..));
        }
    };
    tokio::join!(watching, keeping);
}

/// Gives samples to whoever writes them, as many as there is room for.
fn hand_over(disk: &mpsc::Sender<ProbeSample>, samples: impl Iterator<Item = ProbeSample>) {
    let lost = samples.filter_map(|sample| disk.try_send(sample).err()).count();
    if lost > 0 {
        tracing::warn!(lost, "the disk takes no probe samples: the history has a gap");
    }
}

async fn keep(engine: Engine, mut unwritten: mpsc::Receiver<ProbeSample>) {
    let mut batch = Vec::with_capacity(BATCH);
    while unwritten.recv_many(&mut batch, BATCH).await > 0 {
        engine.record_probes(&batch).await;
        batch.clear();
    }
}

impl Engine {
    /// Keeps own samples for other consoles that share the account.
    fn note_samples(&self, samples: &[ProbeSample]) {
        if self.gateways().is_empty() {
            return;
        }
        let mut state = self.state();
        for sample in samples {
            let provider = self.setup().target(&sample.target).map(|target| &target.provider);
            let budget = provider.and_then(|provider| state.probe_budgets.get(provider));
            let stretch = budget.map_or(1, |budget| budget.stretch);
            if let Some((provider, note)) = note(self.setup(), &self.0.console, stretch, sample) {
                state.turns.entry(provider).or_default().tell(note);
            }
        }
    }

    /// Takes samples of other consoles in: into the window, and to disk.
    pub(crate) async fn take_samples(&self, samples: &[ProbeSample]) {
        self.watch_samples(samples);
        self.record_probes(samples).await;
    }

    fn watch_samples(&self, samples: &[ProbeSample]) {
        let mut state = self.state();
        for sample in samples {
            state.learn_manner(sample);
            state.observed.add_probe(sample.clone());
        }
    }
}

/// Minds the probes' budgets: where one is used up, the board says so and until when.
pub(crate) async fn mind_budgets(
    engine: Engine,
    budgets: watch::Receiver<BTreeMap<ProviderId, BudgetReport>>,
) {
    mind(engine, budgets, |state, reports| state.probe_budgets = reports).await;
}

/// Remembers the accounts that answers named.
pub(crate) async fn mind_accounts(
    engine: Engine,
    accounts: watch::Receiver<BTreeMap<ProviderId, Account>>,
) {
    mind(engine, accounts, |state, named| state.accounts = named).await;
}

/// Keeps in the state what the prober said last.
async fn mind<T: Clone>(
    engine: Engine,
    mut said: watch::Receiver<T>,
    keep: impl Fn(&mut State, T),
) {
    loop {
        let last = said.borrow_and_update().clone();
        keep(&mut engine.state(), last);
        let changed = tokio::select! {
            () = engine.cancelled() => return,
            changed = said.changed() => changed,
        };
        if changed.is_err() {
            return;
        }
    }
}
