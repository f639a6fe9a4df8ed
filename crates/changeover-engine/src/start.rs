//! Starting: everything is checked first, and nothing starts half.

mod pages;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use changeover_clock::{Clock, system_now};
use changeover_config::{ConfigError, ProviderAccess};
use changeover_control::{GatewayAccess, GatewayAdmin, native};
use changeover_cost::PriceBook;
use changeover_domain::{AuditAction, IdError};
use changeover_http::wire::{WireClient, WireError};
use changeover_http::{ClientPolicy, ClientTls, HttpError, client};
use changeover_llm::LlmClient;
use changeover_probe::{ProbeSubject, Prober, ProberSetup, WitnessProber};
use changeover_store::{AuditDraft, OpenError, Reader, StoreError, Writer};
use tokio::sync::{Notify, broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::engine::{EVENTS_KEPT, Engine, Inner, WatchedGateway};
use crate::memory::{CONSOLE, recall, spent_today};
use crate::sandbox::{Sandbox, origin};
use crate::settings;
use crate::setup::Setup;
use crate::state::State;
use crate::{installation, outgoing, view, watch};

/// Spreads the probes of different targets in the sandbox, where each run is to be like the last.
const PROBE_SEED: u64 = 0x6368_616e_6765;

/// What is watched.
#[derive(Debug, Clone, PartialEq)]
pub enum World {
    /// The simulated one, at this speed.
    Sandbox { speed: f64 },
    /// The real one, as this file says.
    Configured(PathBuf),
}

/// How to start.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    pub world: World,
    /// Where everything is kept; the platform's own place where it is left out. The sandbox keeps
    /// its things in a folder of their own below it.
    pub data_dir: Option<PathBuf>,
}

/// Why nothing was started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("this system has no place for application data: choose one with --data-dir")]
    NoDataDir,
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the history could not be read")]
    Store(#[from] StoreError),
    #[error("no HTTP client could be made")]
    Http(#[from] HttpError),
    #[error("no HTTP client for probes could be made")]
    Wire(#[from] WireError),
    #[error("the sandbox could not start")]
    Sandbox(#[from] changeover_sandbox::SandboxError),
    #[error("the sandbox has a scenario that cannot be played")]
    Scenario(#[from] changeover_sandbox::ScenarioError),
    #[error("a gateway of the sandbox could not start")]
    Gateway(#[from] changeover_gateway::GatewayError),
    #[error("a webhook of the sandbox has no door")]
    Door(#[from] changeover_webhook::DoorError),
    #[error(transparent)]
    Id(#[from] IdError),
}

/// What is watched, with the configuration read and checked.
enum Watched {
    Sandbox { speed: f64 },
    Real(Box<Setup>),
}

/// The world that an engine begins in.
pub(crate) struct Beginning {
    pub(crate) clock: Clock,
    pub(crate) sandbox: Option<Sandbox>,
    pub(crate) setup: Setup,
}

impl Engine {
    /// Starts the engine and all that it watches.
    ///
    /// # Errors
    /// [`StartError`] saying what to mend; nothing runs then.
    pub async fn start(options: EngineOptions) -> Result<Self, StartError> {
        // The configuration first: a file that is refused leaves nothing behind.
        let watched = match &options.world {
            World::Sandbox { speed } => Watched::Sandbox { speed: *speed },
            World::Configured(file) => Watched::Real(Box::new(settings::load(file)?)),
        };
        let data_dir = data_dir(&options)?;
        let (writer, reader) = changeover_store::open(&data_dir).await?;
        let world = match watched {
            Watched::Real(setup) => {
                Beginning { clock: Clock::system(), sandbox: None, setup: *setup }
            }
            Watched::Sandbox { speed } => {
                let clock = Clock::scaled(origin(system_now(), reader.last_time().await?), speed);
                let (sandbox, setup) = Sandbox::start(&clock, &data_dir).await?;
                Beginning { clock, sandbox: Some(sandbox), setup }
            }
        };
        Self::begin(world, (writer, reader), &data_dir).await
    }

    /// Starts in a world that is there.
    pub(crate) async fn begin(
        world: Beginning,
        (writer, reader): (Writer, Reader),
        data_dir: &Path,
    ) -> Result<Self, StartError> {
        let Beginning { clock, sandbox, setup } = world;
        let state = recall(&reader, &setup, clock.now()).await?;
        let installation = installation::of(data_dir);
        let gateways = admins(&setup, &clock)?;
        let sinks = outgoing::sinks(&setup, &clock)?;
        let watched = gateways.iter().map(watched_gateway).collect();
        let sources = watch::status::watched(&setup.pages);
        let first = view::snapshot(&setup, &State::default(), None, clock.now());
        let setup_operator = setup.operator.clone();
        let is_sandbox = sandbox.is_some();
        let engine = Self(Arc::new(Inner {
            setup,
            clock,
            state: Mutex::new(state),
            writer,
            reader,
            gateways,
            watched,
            sources,
            sandbox,
            published: tokio::sync::watch::Sender::new(Arc::new(first)),
            events: broadcast::Sender::new(EVENTS_KEPT),
            publishing: Mutex::new(()),
            suspects: tokio::sync::watch::Sender::default(),
            probed_elsewhere: tokio::sync::watch::Sender::default(),
            console: format!("{} ({})", setup_operator, installation.short()),
            probe_seed: if is_sandbox { PROBE_SEED } else { installation.seed() },
            lever_turn: tokio::sync::Mutex::new(()),
            alert_turn: tokio::sync::Mutex::new(()),
            sinks,
            settled: tokio::sync::watch::Sender::default(),
            tracker: TaskTracker::new(),
            cancel: CancellationToken::new(),
        }));
        engine.note_start().await?;
        engine.doubt_cut_off().await?;
        engine.abandon_gone_sinks().await?;
        engine.note_backlogs().await;
        engine.publish_now();
        engine.spawn_tasks().await?;
        Ok(engine)
    }

    async fn note_start(&self) -> Result<(), StartError> {
        let world = if self.sandbox().is_some() { "sandbox" } else { "configuration" };
        let draft = AuditDraft {
            at: self.clock().now(),
            actor: CONSOLE.to_owned(),
            action: AuditAction::ConsoleStarted,
            subject: world.to_owned(),
            reason: "start".to_owned(),
            details: serde_json::json!({"version": env!("CARGO_PKG_VERSION")}),
        };
        self.store().0.audit_append(draft).await?;
        Ok(())
    }

    async fn spawn_tasks(&self) -> Result<(), StartError> {
        // Everything that can fail first, so that nothing runs when the start fails.
        let policy =
            ClientPolicy { purpose: "status", redirects_within_host: 3, ..ClientPolicy::default() };
        let pollers = pages::pollers(self.setup(), self.clock(), &client(&policy)?);
        let prober = self.prober().await?;
        let witness = self.setup().witness.as_ref().map(|setup| {
            let http = WireClient::with_names("witness", &self.setup().names)?;
            Ok::<_, WireError>(WitnessProber::new(http, self.clock().clone(), setup.hosts.clone()))
        });
        if let Some(witness) = witness.transpose()? {
            self.tracker().spawn(watch::witness::watch(self.clone(), witness));
        }
        for (gateway, watched) in self.gateways().iter().zip(&self.0.watched) {
            let wake = Arc::clone(&watched.wake);
            self.tracker().spawn(watch::gateway::watch(self.clone(), Arc::clone(gateway), wake));
        }
        if let Some(settings) = self.setup().webhooks.clone() {
            self.tracker().spawn(watch::hints::receive(self.clone(), settings));
        }
        self.recall_leads().await;
        for (poller, watched) in pollers.into_iter().zip(&self.0.sources) {
            self.tracker().spawn(watch::status::watch(self.clone(), poller, watched.clone()));
        }
        // The first judgement is to know how far apart probes come.
        {
            let mut state = self.state();
            state.probe_budgets = prober.budgets().borrow().clone();
            state.skips = prober.skips();
        }
        self.tracker().spawn(watch::probes::mind_budgets(self.clone(), prober.budgets()));
        self.tracker().spawn(watch::probes::mind_accounts(self.clone(), prober.accounts()));
        for access in &self.setup().catalogue.providers {
            if self.setup().probes.is_enabled(&access.provider.id) && !self.gateways().is_empty() {
                let account = watch::turns::Account::new(access, prober.purses());
                self.tracker().spawn(watch::turns::take(self.clone(), account));
            }
        }
        let (sink, samples) = mpsc::channel(1_024);
        self.tracker().spawn(prober.run(self.0.cancel.clone(), sink));
        self.tracker().spawn(watch::probes::collect(self.clone(), samples));
        self.tracker().spawn(watch::judge::run(self.clone()));
        for index in 0..self.sinks().len() {
            self.tracker().spawn(outgoing::deliver(self.clone(), index));
        }
        Ok(())
    }

    async fn prober(&self) -> Result<Prober, StartError> {
        let spent_today = spent_today(self.reader(), self.setup(), self.clock().now()).await?;
        let setup = self.setup();
        let http = WireClient::with_names("probe", &setup.names)?;
        http.believe(setup.catalogue.servers())?;
        let providers = setup.catalogue.providers.iter().map(|access| &access.provider.id);
        let budgets = providers.map(|id| (id.clone(), setup.probes.budget(id)));
        Ok(Prober::new(ProberSetup {
            client: LlmClient::new(http, self.clock().clone()),
            clock: self.clock().clone(),
            prices: PriceBook::new(setup.catalogue.prices.clone()),
            subjects: subjects(setup),
            daily_budgets: budgets.collect(),
            day_zone: setup.probes.day_zone.clone(),
            spent_today,
            manners: self.state().manners.clone(),
            seed: self.0.probe_seed,
            suspects: self.0.suspects.subscribe(),
            elsewhere: self.0.probed_elsewhere.subscribe(),
        }))
    }
}

/// What is asked of whom.
fn subjects(setup: &Setup) -> Vec<ProbeSubject> {
    let accesses = setup.catalogue.providers.iter().cloned().map(Arc::new);
    let accesses: Vec<Arc<ProviderAccess>> = accesses.collect();
    let mut subjects = Vec::new();
    for target in &setup.catalogue.targets {
        let access = accesses.iter().find(|access| access.provider.id == target.provider);
        let Some(access) = access.filter(|access| setup.probes.is_enabled(&access.provider.id))
        else {
            continue;
        };
        let target = Arc::new(target.clone());
        for (kind, interval) in setup.probes.plans(&target) {
            let (access, target) = (Arc::clone(access), Arc::clone(&target));
            subjects.push(ProbeSubject { access, target, kind, interval });
        }
    }
    subjects
}

fn data_dir(options: &EngineOptions) -> Result<PathBuf, StartError> {
    let base = match &options.data_dir {
        Some(chosen) => chosen.clone(),
        None => directories::ProjectDirs::from("dev", "changeover", "Changeover")
            .ok_or(StartError::NoDataDir)?
            .data_dir()
            .to_owned(),
    };
    Ok(match options.world {
        World::Sandbox { .. } => base.join("sandbox"),
        World::Configured(_) => base,
    })
}

fn watched_gateway(gateway: &Arc<dyn GatewayAdmin>) -> WatchedGateway {
    WatchedGateway { wake: Arc::new(Notify::new()), id: gateway.id().clone() }
}

/// One client for all gateways, but for those that are shown a certificate of their own or vouched
/// for by an authority of their own.
fn admins(setup: &Setup, clock: &Clock) -> Result<Vec<Arc<dyn GatewayAdmin>>, StartError> {
    let with = |tls| client(&ClientPolicy { purpose: "admin", tls, ..ClientPolicy::default() });
    let usual = with(ClientTls::default())?;
    let admin = |access: &crate::setup::GatewayAccessSetup| {
        let tls = access.tls.clone();
        let http = if tls.is_usual() { usual.clone() } else { with(tls)? };
        let access = GatewayAccess {
            id: access.id.clone(),
            admin_url: access.admin_url.clone(),
            token: access.token.clone(),
        };
        Ok(native(access, http, clock.clone()))
    };
    setup.gateways.iter().map(admin).collect()
}
