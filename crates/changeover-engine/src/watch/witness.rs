//! Looking at our own network at a steady pace, where somebody has said by which hosts.

use std::time::Duration;

use changeover_probe::WitnessProber;

use super::paced;
use crate::engine::Engine;

/// Between two looks, and the least of the system's time.
const LOOK: Duration = Duration::from_secs(15);
const LOOK_FLOOR: Duration = Duration::from_secs(5);

/// Looks until the engine is cancelled.
pub(crate) async fn watch(engine: Engine, witness: WitnessProber) {
    loop {
        let reading = tokio::select! {
            () = engine.cancelled() => return,
            reading = witness.read() => reading,
        };
        {
            let mut state = engine.state();
            state.witness = reading.following(&state.witness);
        }
        let pause = paced(engine.clock(), LOOK, LOOK_FLOOR);
        tokio::select! {
            () = engine.cancelled() => return,
            () = engine.clock().sleep(pause) => {}
        }
    }
}
