//! As fast as this machine bears: the world's speed follows how late the machine wakes its tasks.
//!
//! Lateness is the machine's, and the world would take it for a vendor's. So it is kept small in the
//! world's time: a machine that is busy gets a slower world, and no other verdicts.

use std::convert::Infallible;
use std::time::Duration;

use changeover_clock::Clock;
use changeover_engine::Engine;
use changeover_engine::contract::ScenarioPlay;

const LOOK: Duration = Duration::from_millis(40);
/// A machine on which a task waits for a tenth of a second; slower ones have to be waited for.
const SLOWEST: f64 = 1.2;
/// What being woken late may cost in the world's time.
const BEARABLE_MS: f64 = 120.0;
/// The worst of lately is forgotten by so much at each look.
const KEPT: f64 = 0.95;
/// A change of speed that is worth making.
const NOTABLE: f64 = 0.1;

/// Governs the engine's clock for as long as it is polled; faster than `fastest` it never runs.
pub async fn govern(engine: &Engine, fastest: f64) -> Infallible {
    let system = Clock::system();
    let mut late_ms = 0.0_f64;
    loop {
        let slept = system.moment();
        system.sleep(LOOK).await;
        let late = system.moment().since(slept).saturating_sub(LOOK);
        late_ms = (KEPT * late_ms).max(late.as_secs_f64() * 1_000.0);
        let speed = (BEARABLE_MS / late_ms.max(1.0)).clamp(SLOWEST, fastest);
        let now = engine.snapshot().speed;
        if (now - speed).abs() >= NOTABLE * now {
            let play = ScenarioPlay { scenario: None, speed: Some(speed) };
            engine.scenario_play(play).await.ok();
        }
    }
}
