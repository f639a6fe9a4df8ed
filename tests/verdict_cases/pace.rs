//! As fast as this machine bears: the world's speed follows how late the machine wakes its tasks.

use std::convert::Infallible;
use std::time::Duration;

use changeover_clock::Clock;
use changeover_engine::Engine;
use changeover_engine::contract::ScenarioPlay;

const LOOK: Duration = Duration::from_millis(40);
const FASTEST: f64 = 12.0;
const SLOWEST: f64 = 4.0;
/// What being woken late may cost in the world's time.
const BEARABLE_MS: f64 = 120.0;

/// Governs the engine's clock for as long as it is polled.
pub(crate) async fn govern(engine: &Engine) -> Infallible {
    let system = Clock::system();
    let mut late_ms = 0.0_f64;
    loop {
        let slept = system.moment();
        system.sleep(LOOK).await;
        let late = system.moment().since(slept).saturating_sub(LOOK);
        // The worst of lately, slowly forgotten.
        late_ms = (0.95 * late_ms).max(late.as_secs_f64() * 1_000.0);
        let speed = (BEARABLE_MS / late_ms.max(1.0)).clamp(SLOWEST, FASTEST).round();
        if (engine.snapshot().speed - speed).abs() >= 1.0 {
            let play = ScenarioPlay { scenario: None, speed: Some(speed) };
            engine.scenario_play(play).await.ok();
        }
    }
}
