//! Taking the probes' samples in: to disk, and into the window.

use std::collections::BTreeMap;

use changeover_domain::{ProbeSample, ProviderId};
use changeover_llm::Account;
use changeover_probe::BudgetReport;
use tokio::sync::{mpsc, watch};

use super::turns::note;
use crate::engine::Engine;

/// How many samples are written together at most.
const BATCH: usize = 64;

/// Takes samples in until the prober has ended.
pub(crate) async fn collect(engine: Engine, mut samples: mpsc::Receiver<ProbeSample>) {
    let mut batch = Vec::with_capacity(BATCH);
    while samples.recv_many(&mut batch, BATCH).await > 0 {
        engine.note_samples(&batch);
        engine.take_samples(std::mem::take(&mut batch)).await;
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

    /// Takes samples in: to disk, and into the window.
    pub(crate) async fn take_samples(&self, samples: Vec<ProbeSample>) {
        self.record_probes(&samples).await;
        let mut state = self.state();
        for sample in samples {
            state.observed.add_probe(sample);
        }
    }
}

/// Minds the probes' budgets: where one is used up, the board says so and until when.
pub(crate) async fn mind_budgets(
    engine: Engine,
    mut budgets: watch::Receiver<BTreeMap<ProviderId, BudgetReport>>,
) {
    loop {
        let reports = budgets.borrow_and_update().clone();
        engine.state().probe_budgets = reports;
        let changed = tokio::select! {
            () = engine.cancelled() => return,
            changed = budgets.changed() => changed,
        };
        if changed.is_err() {
            return;
        }
    }
}

/// Remembers the accounts that answers named.
pub(crate) async fn mind_accounts(
    engine: Engine,
    mut accounts: watch::Receiver<BTreeMap<ProviderId, Account>>,
) {
    loop {
        let named = accounts.borrow_and_update().clone();
        engine.state().accounts = named;
        let changed = tokio::select! {
            () = engine.cancelled() => return,
            changed = accounts.changed() => changed,
        };
        if changed.is_err() {
            return;
        }
    }
}
