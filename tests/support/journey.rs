//! The steps of the main journey at engine level: play, see, pull, prove, put back, read the bill.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "what a journey misses ends it, with what was waited for"
)]

use std::time::Duration;

use changeover_clock::Clock;
use changeover_domain::{ConvergenceStep, RouteId, TargetId, UnixMs, VerdictKind};
use changeover_engine::contract::{OverrideView, ScenarioPlay, Snapshot};
use changeover_engine::{Engine, EngineOptions, World};

use crate::pace::govern;

/// How many times as fast as the wall clock the journeys run.
pub const SPEED: f64 = 10.0;
/// What a level may take on the wall clock before the journey gives up on it.
const PATIENCE: Duration = Duration::from_secs(240);

/// Starts the sandbox on a data directory.
///
/// # Panics
/// When it does not start.
pub async fn start(data_dir: &std::path::Path) -> Engine {
    let options = EngineOptions {
        world: World::Sandbox { speed: SPEED },
        data_dir: Some(data_dir.to_owned()),
    };
    Engine::start(options).await.expect("the sandbox starts on an empty or earlier data directory")
}

/// Plays a scenario and gives the time at which it began.
///
/// # Panics
/// When there is no such scenario.
pub async fn play(engine: &Engine, scenario: &str) -> UnixMs {
    let play = ScenarioPlay { scenario: Some(scenario.to_owned()), speed: None };
    let view = engine.scenario_play(play).await.expect("the scenario ships with the sandbox");
    view.playing.expect("it plays now").started_at
}

/// Waits for a level of the snapshot, and gives the first snapshot that has it. Meanwhile the world
/// runs no faster than the machine bears: a busy machine's lateness is nobody's outage.
///
/// # Panics
/// When it does not come within four minutes of the wall clock; says what was waited for.
pub async fn until(engine: &Engine, what: &str, level: impl Fn(&Snapshot) -> bool) -> Snapshot {
    let mut snapshots = engine.watch();
    let (system, waiting) = (Clock::system(), snapshots.wait_for(|snapshot| level(snapshot)));
    let waited = tokio::select! {
        waited = system.timeout(PATIENCE, waiting) => waited,
        never = govern(engine, SPEED) => match never {},
    };
    match waited {
        Ok(Ok(snapshot)) => Snapshot::clone(&snapshot),
        Ok(Err(_)) => panic!("the engine ended while waiting for: {what}"),
        Err(_) => {
            let now = engine.snapshot();
            panic!(
                "not within {PATIENCE:?}: {what}\nheadline {:?}\nroutes {:#?}\noverrides {:#?}\nverdicts {:#?}\ngateways {:#?}",
                now.headline, now.routes, now.overrides, now.verdicts, now.gateways
            )
        }
    }
}

/// The id of a route.
///
/// # Panics
/// When the text cannot be one.
#[must_use]
pub fn route(id: &str) -> RouteId {
    RouteId::try_new(id).expect("a route id")
}

/// The id of a target.
///
/// # Panics
/// When the text cannot be one.
#[must_use]
pub fn target(id: &str) -> TargetId {
    TargetId::try_new(id).expect("a target id")
}

/// The verdict on a target, as the snapshot has it.
#[must_use]
pub fn verdict(snapshot: &Snapshot, id: &str) -> Option<VerdictKind> {
    snapshot
        .verdicts
        .iter()
        .find(|verdict| verdict.target.as_str() == id)
        .map(|verdict| verdict.kind)
}

/// The override on a route.
#[must_use]
pub fn held<'a>(snapshot: &'a Snapshot, id: &str) -> Option<&'a OverrideView> {
    snapshot.overrides.iter().find(|held| held.route.as_str() == id)
}

/// How many gateways traffic has proved.
#[must_use]
pub fn done(snapshot: &Snapshot, id: &str) -> usize {
    let convergence =
        held(snapshot, id).map(|held| held.convergence.as_slice()).unwrap_or_default();
    convergence.iter().filter(|convergence| convergence.step.is_done()).count()
}

/// The step at which a gateway is.
#[must_use]
pub fn step(snapshot: &Snapshot, id: &str, gateway: &str) -> Option<ConvergenceStep> {
    let convergence = &held(snapshot, id)?.convergence;
    convergence.iter().find(|convergence| convergence.gateway.as_str() == gateway).map(|c| c.step)
}
