//! Two consoles, one gateway and one vendor's account.

use std::path::Path;
use std::time::Duration;

use changeover_clock::{Clock, system_now};
use changeover_cost::PriceBook;
use changeover_domain::{GatewayId, ProbeSample};
use changeover_gateway::Gateway;
use changeover_http::Secret;
use changeover_sandbox::{World, WorldSettings};

use crate::contract::ProbeList;
use crate::engine::Engine;
use crate::sandbox::gateway_settings;
use crate::setup::{GatewayAccessSetup, ProbeSetup, Setup};
use crate::start::Beginning;

/// So slow that notes come in time on a busy machine too: who hears nothing looks for itself.
const SPEED: f64 = 10.0;

struct House {
    world: World,
    gateway: Gateway,
    clock: Clock,
    token: Secret,
}

impl House {
    async fn open(dir: &Path) -> Self {
        let clock = Clock::scaled(system_now(), SPEED);
        let world = World::start(clock.clone(), WorldSettings::default()).await.unwrap();
        let token = Secret::new("turns-token");
        let id = GatewayId::try_new("g").unwrap();
        let settings = gateway_settings(&id, &world, &token, &dir.join("gateway"));
        let gateway = Gateway::start(settings, clock.clone()).await.unwrap();
        Self { world, gateway, clock, token }
    }

    async fn console(&self, name: &str, dir: &Path) -> Engine {
        let catalogue = self.world.catalogue();
        let setup = Setup {
            operator: name.to_owned(),
            prices: PriceBook::new(catalogue.prices.clone()),
            gateways: vec![GatewayAccessSetup {
                id: self.gateway_id(),
                admin_url: self.gateway.admin_url(),
                token: self.token.clone(),
                tls: changeover_http::ClientTls::default(),
            }],
            probes: ProbeSetup {
                daily_budget: changeover_domain::Nanodollars(1_000_000_000_000),
                ..ProbeSetup::default()
            },
            catalogue,
            ..Setup::default()
        };
        let dir = dir.join(name);
        std::fs::create_dir_all(&dir).unwrap();
        let store = changeover_store::open(&dir).await.unwrap();
        let beginning = Beginning { clock: self.clock.clone(), sandbox: None, setup };
        Engine::begin(beginning, store, &dir).await.unwrap()
    }

    fn gateway_id(&self) -> GatewayId {
        GatewayId::try_new("g").unwrap()
    }

    /// Looks until it is so, for ten minutes of the world's time.
    async fn until(&self, what: &str, so: impl Fn() -> bool) {
        for _ in 0..600 {
            if so() {
                return;
            }
            self.clock.sleep(Duration::from_secs(1)).await;
        }
        panic!("never came: {what}");
    }
}

/// All samples of the console's last hour.
fn samples(console: &Engine) -> Vec<ProbeSample> {
    let targets = console.setup().catalogue.targets.iter();
    let listed = targets.map(|target| {
        let asked = ProbeList { target: target.id.clone(), limit: Some(500) };
        console.probe_list(&asked).unwrap().samples
    });
    listed.flatten().collect()
}

fn own(console: &Engine) -> usize {
    samples(console).iter().filter(|sample| sample.probed_by.is_none()).count()
}

fn heard(console: &Engine) -> usize {
    samples(console).len() - own(console)
}

#[tokio::test]
async fn two_consoles_probe_once_and_the_second_takes_over_when_the_first_leaves() {
    let dir = tempfile::tempdir().unwrap();
    let house = House::open(dir.path()).await;
    let first = house.console("first", dir.path()).await;
    house
        .until("the first leads", || {
            let snapshot = first.snapshot();
            snapshot.providers.iter().all(|provider| provider.probes.turn_kept_at.is_some())
        })
        .await;
    let second = house.console("second", dir.path()).await;
    house
        .until("the second follows", || {
            let snapshot = second.snapshot();
            snapshot.providers.iter().all(|provider| {
                provider.probes.probed_by.as_deref().is_some_and(|by| by.starts_with("first ("))
            })
        })
        .await;
    let (led, followed) = (own(&first), own(&second));
    let targets = first.setup().catalogue.targets.len();
    house.until("the second hears of every target", || heard(&second) >= 3 * targets).await;
    assert!(own(&first) > led, "the first goes on");
    // What was under way when it began to follow still came to its end: one of each at most.
    assert!(own(&second) <= followed + targets, "and the second lets it");
    assert_eq!(heard(&first), 0);
    let spent = |console: &Engine| {
        let providers = console.snapshot().providers;
        providers
            .iter()
            .map(|provider| provider.probes.spent_today)
            .sum::<changeover_domain::Nanodollars>()
    };
    house.until("the second books what the first spent", || spent(&second).0 > 0).await;

    first.shutdown().await;
    house.until("the second probes by itself", || own(&second) >= followed + targets).await;
    second.shutdown().await;
    house.gateway.shutdown().await;
    house.world.shutdown().await;
}
