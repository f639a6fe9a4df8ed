//! Taking the probes' samples in: to disk, and into the window.

use std::collections::BTreeMap;

use changeover_domain::{ProbeSample, ProviderId};
use changeover_probe::BudgetReport;
use tokio::sync::{mpsc, watch};

use crate::engine::Engine;

/// How many samples are written together at most.
const BATCH: usize = 64;

/// Takes samples in until the prober has ended.
pub(crate) async fn collect(engine: Engine, mut samples: mpsc::Receiver<ProbeSample>) {
    let mut batch = Vec::with_capacity(BATCH);
    while samples.recv_many(&mut batch, BATCH).await > 0 {
        engine.record_probes(&batch).await;
        {
            let mut state = engine.state();
            for sample in batch.drain(..) {
                state.observed.add_probe(sample);
            }
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
