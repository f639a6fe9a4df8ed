//! The sandbox as the engine runs it: a simulated world with three reference gateways in this
//! process, on loopback, under the same clock. Everything above is the code that watches the real
//! world.

mod calls;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use changeover_clock::{Clock, SPEEDS};
use changeover_config::ConfigSource;
use changeover_cost::PriceBook;
use changeover_domain::{AuditAction, GatewayId, Nanodollars, RouteId, Severity, SinkId, UnixMs};
use changeover_gateway::{
    AdminToken, CacheSettings, Gateway, GatewaySettings, Role, ServingSettings,
};
use changeover_http::{ClientTls, Secret};
use changeover_sandbox::{Scenario, World, WorldSettings};
use changeover_sinks::{SigningKey, SinkKind, SinkSetup, Webhook};
use changeover_store::AuditDraft;

use crate::alerts::rules::Rules;
use crate::contract::{
    PlayingView, SandboxGateway, SandboxGatewayChanged, SandboxView, ScenarioPlay, ScenarioPlayOwn,
    ScenarioView,
};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::settings::user_name;
use crate::setup::{GatewayAccessSetup, ProbeSetup, Setup, StatusPage, WitnessSetup};
use crate::start::StartError;
use calls::Calls;

/// The sandbox's gateways.
const GATEWAYS: [&str; 3] = ["eu-1", "eu-2", "us-1"];
/// The one of them that relays webhooks.
const RELAY: &str = "eu-1";
/// Speeds that the play control offers. Faster than that, a busy machine's own milliseconds would
/// look like a provider's seconds.
const OFFERED_SPEEDS: [f64; 4] = [1.0, 5.0, 10.0, 20.0];
/// The longest scenario of somebody's own.
const LONGEST_SCENARIO: usize = 64 * 1024;
/// The scenario that plays from the start.
const FIRST_SCENARIO: &str = "calm";
/// What the simulated probes may spend in a day: money that nobody has, so that they stay as close
/// as they are configured.
const SIMULATED_BUDGET: Nanodollars = Nanodollars(50 * Nanodollars::DOLLAR.0);

/// The simulated world and its gateways.
pub(crate) struct Sandbox {
    world: World,
    gateways: tokio::sync::Mutex<BTreeMap<GatewayId, Running>>,
    clock: Clock,
    calls: Calls,
}

/// A gateway that runs, or the settings to start it again.
struct Running {
    gateway: Option<Gateway>,
    settings: GatewaySettings,
}

impl Sandbox {
    /// Starts the world, its gateways and its traffic, and says what there is to watch.
    pub(crate) async fn start(clock: &Clock, data_dir: &Path) -> Result<(Self, Setup), StartError> {
        let world = World::start(
            clock.clone(),
            WorldSettings { by_name: true, ..WorldSettings::default() },
        )
        .await?;
        let catalogue = world.catalogue();
        // Made anew at each start, and known to nobody outside this process.
        let token = Secret::new(&uuid::Uuid::new_v4().to_string());
        let calls = Calls::new()?;
        let mut gateways = BTreeMap::new();
        let mut accesses = Vec::new();
        let mut aims = Vec::new();
        for name in GATEWAYS {
            let id = GatewayId::try_new(name)?;
            let state_dir = data_dir.join("gateways").join(name);
            let mut settings = gateway_settings(&id, &world, &token, &state_dir);
            if name == RELAY {
                settings.hooks = calls.relayed()?;
            }
            let gateway = Gateway::start(settings.clone(), clock.clone()).await?;
            // A gateway that is started again listens where it did.
            settings.listen = socket(&gateway.base_url()).unwrap_or(settings.listen);
            settings.admin_listen = socket(&gateway.admin_url()).unwrap_or(settings.admin_listen);
            if name == RELAY {
                calls.subscribe_relay(&world, &gateway.base_url());
            }
            aims.push((id.clone(), gateway.base_url()));
            accesses.push(GatewayAccessSetup {
                id: id.clone(),
                admin_url: gateway.admin_url(),
                token: token.clone(),
                tls: ClientTls::default(),
            });
            gateways.insert(id, Running { gateway: Some(gateway), settings });
        }
        world.aim_traffic(aims);
        let setup = Setup {
            operator: user_name(),
            prices: PriceBook::new(catalogue.prices.clone()),
            pages: pages(&world),
            catalogue,
            names: world.names(),
            gateways: accesses,
            witness: Some(WitnessSetup { hosts: world.neutral_hosts() }),
            probes: ProbeSetup { daily_budget: SIMULATED_BUDGET, ..ProbeSetup::default() },
            alerts: Rules::default(),
            sinks: inbox(&world).into_iter().collect(),
            windows: Vec::new(),
            webhooks: Some(calls.received()?),
        };
        let sandbox = Self {
            world,
            gateways: tokio::sync::Mutex::new(gateways),
            clock: clock.clone(),
            calls,
        };
        sandbox.play(FIRST_SCENARIO)?;
        Ok((sandbox, setup))
    }

    fn play(&self, id: &str) -> Result<(), changeover_sandbox::ScenarioError> {
        self.world.play(Scenario::builtin(id)?, self.clock.now());
        Ok(())
    }

    /// Our own receiver of webhooks listens here from now on.
    pub(crate) fn listening(&self, at: SocketAddr) {
        self.calls.subscribe_receiver(&self.world, at);
    }

    /// What the play control shows.
    pub(crate) fn view(&self) -> SandboxView {
        let scenarios = World::scenarios().into_iter().map(|summary| ScenarioView {
            id: summary.id,
            title: summary.title,
            description: summary.description,
            duration_ms: i64::from(summary.duration_s) * 1_000,
        });
        let playing = self.world.playing().map(|playing| PlayingView {
            scenario: playing.scenario,
            started_at: playing.started_at,
            ends_at: playing.ends_at,
        });
        SandboxView { scenarios: scenarios.collect(), playing, speeds: OFFERED_SPEEDS.to_vec() }
    }

    /// Ends the gateways, then the world.
    pub(crate) async fn shutdown(&self) {
        for running in self.gateways.lock().await.values_mut() {
            if let Some(gateway) = running.gateway.take() {
                gateway.shutdown().await;
            }
        }
        self.world.shutdown().await;
    }

    /// Ends a gateway as a crash would.
    async fn kill(&self, id: &GatewayId) -> bool {
        let mut gateways = self.gateways.lock().await;
        let gateway = gateways.get_mut(id).and_then(|running| running.gateway.take());
        gateway.map(Gateway::kill).is_some()
    }

    /// Starts a killed gateway again, at the same addresses, from its disk.
    async fn revive(&self, id: &GatewayId) -> Result<bool, StartError> {
        let mut gateways = self.gateways.lock().await;
        let Some(running) = gateways.get_mut(id).filter(|running| running.gateway.is_none()) else {
            return Ok(false);
        };
        running.gateway = Some(Gateway::start(running.settings.clone(), self.clock.clone()).await?);
        Ok(true)
    }
}

pub(crate) fn gateway_settings(
    id: &GatewayId,
    world: &World,
    token: &Secret,
    state_dir: &Path,
) -> GatewaySettings {
    let token =
        AdminToken { name: "console".to_owned(), secret: token.clone(), role: Role::Operate };
    let mut settings = GatewaySettings::new(id.clone(), state_dir.to_owned(), world.catalogue());
    settings.tokens = vec![token];
    settings.names = world.names();
    settings.templates = templates();
    settings.serving = serving();
    settings
}

/// How the sandbox's routes are served: what is kept is kept for mode `cached`, so that in mode
/// `full` the providers are asked and what they do is seen.
fn serving() -> BTreeMap<RouteId, ServingSettings> {
    let kept = CacheSettings { ttl: Duration::from_secs(1), ..CacheSettings::default() };
    let keeping = || ServingSettings { cache: Some(kept), ..ServingSettings::default() };
    let notice = "Our provider has trouble; this is a shorter answer than usual.".to_owned();
    let chat = ServingSettings { notice: Some(notice), ..keeping() };
    let extract = ServingSettings { validation: Some(Arc::default()), ..keeping() };
    let named = [("chat", chat), ("extract", extract)];
    named
        .into_iter()
        .filter_map(|(route, serving)| Some((RouteId::try_new(route).ok()?, serving)))
        .collect()
}

fn templates() -> BTreeMap<RouteId, String> {
    let texts = [
        ("chat", include_str!("../../../assets/templates/chat.txt")),
        ("extract", include_str!("../../../assets/templates/extract.txt")),
    ];
    let named = texts
        .into_iter()
        .filter_map(|(route, text)| Some((RouteId::try_new(route).ok()?, text.to_owned())));
    named.collect()
}

fn pages(world: &World) -> Vec<StatusPage> {
    let page = |page: changeover_sandbox::SimulatedPage| StatusPage {
        id: page.source,
        provider: page.provider,
        platform: page.platform,
        url: page.url,
        fallback: Some(page.fallback),
        flaps: false,
        interval: Duration::from_secs(60),
        components: Vec::new(),
        // Its pages call its models by their ids.
        known_models: Vec::new(),
        models: Vec::new(),
    };
    world.status_pages().into_iter().map(page).collect()
}

/// The world's own inbox as a sink, so that somebody new sees notices arrive without an account.
fn inbox(world: &World) -> Option<SinkSetup> {
    let (url, secret) = world.inbox();
    let key = SigningKey::try_new(secret).ok()?;
    Some(SinkSetup {
        id: SinkId::try_new("sandbox-inbox").ok()?,
        kind: SinkKind::Webhook(Webhook::try_new(url, key).ok()?),
        at_least: Severity::Info,
        updates: true,
    })
}

fn socket(url: &str) -> Option<SocketAddr> {
    url.strip_prefix("http://")?.trim_end_matches('/').parse().ok()
}

impl Engine {
    /// Plays a scenario, changes the sandbox's speed, or both.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] outside the sandbox, [`EngineError::NotFound`] for an unknown
    /// scenario.
    pub async fn scenario_play(&self, play: ScenarioPlay) -> Result<SandboxView, EngineError> {
        let sandbox = self.sandbox().ok_or_else(|| EngineError::Unavailable {
            message: "real providers are watched: there is no scenario to play".to_owned(),
            hint: "start without a configuration, or with --sandbox".to_owned(),
        })?;
        if let Some(speed) = play.speed {
            if !SPEEDS.contains(&speed) {
                return Err(EngineError::invalid(
                    "`speed` must be 0.1 to 120",
                    "choose one of the offered speeds",
                ));
            }
            self.clock().set_speed(speed);
        }
        if let Some(id) = &play.scenario {
            let known = World::scenarios();
            sandbox.play(id).map_err(|_| {
                EngineError::not_found("scenario", id, known.iter().map(|summary| &summary.id))
            })?;
            self.record_play(id).await?;
        }
        self.publish_now();
        Ok(sandbox.view())
    }

    /// Plays a scenario of one's own in place of the running one.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] outside the sandbox, [`EngineError::Invalid`] with line and key
    /// of what cannot be played.
    pub async fn scenario_play_own(
        &self,
        own: ScenarioPlayOwn,
    ) -> Result<SandboxView, EngineError> {
        let sandbox = self.sandbox().ok_or_else(|| EngineError::Unavailable {
            message: "real providers are watched: there is no scenario to play".to_owned(),
            hint: "start without a configuration, or with --sandbox".to_owned(),
        })?;
        let name: String = own.name.chars().take(80).collect();
        if own.toml.len() > LONGEST_SCENARIO || name.is_empty() {
            let message = "a scenario has a name and at most 64 kB";
            return Err(EngineError::invalid(message, "leave out what is not played"));
        }
        let source = ConfigSource::from_text(Path::new(&format!("{name}.toml")), &own.toml);
        let scenario = Scenario::from_source(&source).map_err(|error| {
            let hint = "the scenarios that ship with the sandbox show the form";
            EngineError::invalid(error.to_string(), hint)
        })?;
        sandbox.world.play(scenario, self.clock().now());
        self.record_play(&name).await?;
        self.publish_now();
        Ok(sandbox.view())
    }

    async fn record_play(&self, scenario: &str) -> Result<(), EngineError> {
        self.record_audit(AuditDraft {
            at: self.clock().now(),
            actor: self.setup().operator.clone(),
            action: AuditAction::ScenarioPlayed,
            subject: scenario.to_owned(),
            reason: "sandbox".to_owned(),
            details: serde_json::json!({"speed": self.clock().speed()}),
        })
        .await
    }

    /// Ends one of the sandbox's gateways as a crash would, or starts it again. For drills and
    /// tests; real gateways are never touched.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] outside the sandbox, or when the gateway cannot start again.
    pub async fn sandbox_gateway(
        &self,
        asked: SandboxGateway,
    ) -> Result<SandboxGatewayChanged, EngineError> {
        let unavailable = |message: String| EngineError::Unavailable {
            message,
            hint: "only the sandbox's own gateways can be stopped from here".to_owned(),
        };
        let sandbox =
            self.sandbox().ok_or_else(|| unavailable("real gateways are watched".to_owned()))?;
        let changed = if asked.up {
            let revived = sandbox.revive(&asked.gateway).await;
            revived.map_err(|error| unavailable(changeover_http::error_chain(&error)))?
        } else {
            sandbox.kill(&asked.gateway).await
        };
        Ok(SandboxGatewayChanged { changed })
    }
}

/// The sandbox's clock begins now, but never before what is already stored: history of a world
/// that ran faster than the wall clock must not lie in the future.
pub(crate) fn origin(wall: UnixMs, last_stored: Option<UnixMs>) -> UnixMs {
    last_stored.map_or(wall, |last| last.plus_millis(1).max(wall))
}
