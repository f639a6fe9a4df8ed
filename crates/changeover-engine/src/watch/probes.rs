//! Taking the probes' samples in: to disk, and into the window.

use changeover_domain::ProbeSample;
use tokio::sync::mpsc;

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
