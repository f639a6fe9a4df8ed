//! The sandbox's vendors and a console that probes them.

use std::path::Path;
use std::time::Duration;

use changeover_clock::Clock;
use changeover_cost::PriceBook;
use changeover_domain::{Nanodollars, ProbeKind, ProbeSample, TargetId, UnixMs};
use changeover_probe::{Manner, estimate};
use changeover_sandbox::{Scenario, World, WorldSettings};

use crate::contract::ProbeList;
use crate::engine::Engine;
use crate::setup::{ProbeSetup, Setup};
use crate::start::Beginning;

pub(super) struct House {
    world: World,
    pub(super) clock: Clock,
}

impl House {
    pub(super) async fn open(clock: Clock) -> Self {
        let quiet = WorldSettings { traffic: Vec::new(), ..WorldSettings::default() };
        let world = World::start(clock.clone(), quiet).await.unwrap();
        Self { world, clock }
    }

    /// A console that keeps its things in `dir` and looks at nothing but probes.
    pub(super) async fn console(&self, dir: &Path, probes: ProbeSetup) -> Engine {
        let store = changeover_store::open(dir).await.unwrap();
        let setup = Setup { probes, ..self.setup() };
        let beginning = Beginning { clock: self.clock.clone(), sandbox: None, setup };
        Engine::begin(beginning, store, dir).await.unwrap()
    }

    fn setup(&self) -> Setup {
        let catalogue = self.world.catalogue();
        Setup {
            operator: "mk".to_owned(),
            prices: PriceBook::new(catalogue.prices.clone()),
            catalogue,
            ..Setup::default()
        }
    }

    /// The most that any target's probe costs.
    pub(super) fn dearest_probe(&self, at: UnixMs) -> Nanodollars {
        let setup = self.setup();
        let at_most = setup.catalogue.targets.iter().map(|target| {
            let prices = setup.prices(&target.id, at);
            estimate(ProbeKind::StreamingCompletion, Manner::default(), prices)
        });
        at_most.max().unwrap()
    }

    /// Whether every target has so many samples that began after `from`.
    pub(super) fn all_probed_since(&self, engine: &Engine, from: UnixMs, count: usize) -> bool {
        let targets = &engine.setup().catalogue.targets;
        targets.iter().all(|target| {
            let samples = samples_of(engine, &target.id);
            samples.iter().filter(|sample| sample.at > from).count() >= count
        })
    }

    /// Plays a scenario from so long after its beginning.
    pub(super) fn play(&self, scenario: &str, from: Duration) {
        let from = i64::try_from(from.as_millis()).unwrap();
        let scenario = Scenario::builtin(scenario).unwrap();
        self.world.play(scenario, self.clock.now().plus_millis(-from));
    }

    /// Looks until it is so. Only what never comes is bounded, and generously: the machine is busy.
    pub(super) async fn until(&self, what: &str, so: impl Fn() -> bool) {
        let system = Clock::system();
        for _ in 0..2_400 {
            if so() {
                return;
            }
            system.sleep(Duration::from_millis(50)).await;
        }
        panic!("never came: {what}");
    }

    pub(super) async fn close(self, engine: Engine) {
        engine.shutdown().await;
        engine.close().await.unwrap();
        self.world.shutdown().await;
    }
}

/// A target's samples of the last hour.
pub(super) fn samples_of(engine: &Engine, target: &TargetId) -> Vec<ProbeSample> {
    let asked = ProbeList { target: target.clone(), limit: Some(500) };
    engine.probe_list(&asked).unwrap().samples
}

pub(super) fn samples(engine: &Engine) -> Vec<ProbeSample> {
    let targets = engine.setup().catalogue.targets.iter();
    targets.flat_map(|target| samples_of(engine, &target.id)).collect()
}

pub(super) fn newest(samples: &[ProbeSample]) -> Option<UnixMs> {
    samples.iter().map(|sample| sample.at).max()
}
