//! The owner of the servers and callers. Dropping it ends them.

mod catalogue;
mod doors;
#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use changeover_clock::Clock;
use changeover_config::Catalogue;
use changeover_domain::{GatewayId, IdError, UnixMs};
use changeover_http::{ClientPolicy, ClientTls, ClientTlsError, HttpError, Names, Secret};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use ts_rs::TS;

use crate::gate::{Gate, GatedListener};
use crate::inbox::{Inbox, Received};
use crate::page::{self, PageCalls, PageSubscriber, SimulatedPage};
use crate::profile::{PROVIDERS, ProviderProfile};
use crate::scenario::{Scenario, ScenarioSummary};
use crate::secured::{Authority, CertificateError, Shown};
use crate::stage::Stage;
use crate::traffic::{Aim, Callers, Counter, RouteTraffic, TrafficStats};
use crate::{dialect, host};
use doors::{Door, Owner, Place};

/// Where the world's names are: kept on this machine by RFC 6761, and known to `curl` as well.
const ZONE: &str = "sandbox.localhost";
/// Hosts that have nothing to do with any vendor, by which the watcher's own network is told: one
/// with a name, and one that is asked by its number, so that a lost resolver is told from a lost way.
const NEUTRAL: [Option<&str>; 2] = [Some("neutral"), None];

/// What can differ from one world to the next.
#[derive(Debug, Clone)]
pub struct WorldSettings {
    /// Decides, with the scenario's own seed, everything that is drawn.
    pub seed: u64,
    /// The callers; routes that are missing are not called.
    pub traffic: Vec<RouteTraffic>,
    /// Whether servers are asked by names, which [`World::names`] knows, and not by numbers. Without
    /// names there are neither neutral hosts nor vendors that speak TLS.
    pub by_name: bool,
}

impl Default for WorldSettings {
    fn default() -> Self {
        Self { seed: 42, traffic: catalogue::usual_traffic(), by_name: false }
    }
}

/// Why there is no world.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("no port of loopback could be had for the simulated {what}")]
    Bind {
        what: &'static str,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    #[error("the sandbox's own authority is not believed")]
    Authority(#[from] ClientTlsError),
    #[error("the HTTP client of callers and pages could not be built")]
    Client(#[source] HttpError),
    #[error("a name of the default world is refused")]
    Name(#[from] IdError),
}

/// The scenario that is being played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Playing {
    /// Its id.
    pub scenario: String,
    pub title: String,
    pub started_at: UnixMs,
    /// Milliseconds of the clock since it began; 0 before.
    pub elapsed_ms: i64,
    pub ends_at: UnixMs,
}

/// A running world.
#[derive(Debug)]
pub struct World {
    stage: Stage,
    catalogue: Catalogue,
    pages: Vec<SimulatedPage>,
    /// `None` where servers are asked by numbers.
    names: Option<Names>,
    neutral: Vec<String>,
    subscribers: watch::Sender<Vec<PageSubscriber>>,
    inbox: Inbox,
    inbox_url: String,
    aim: watch::Sender<Aim>,
    counter: Arc<Counter>,
    tasks: TaskTracker,
    end: CancellationToken,
}

impl World {
    /// Starts the vendors, their status pages and the callers, who wait until they are aimed.
    /// Nothing is wrong until a scenario is played.
    ///
    /// # Errors
    /// [`SandboxError`] when loopback gives no ports.
    pub async fn start(clock: Clock, settings: WorldSettings) -> Result<Self, SandboxError> {
        let mut world = Self {
            inbox: Inbox::new(clock.clone()),
            inbox_url: String::new(),
            stage: Stage::new(clock, settings.seed),
            catalogue: Catalogue::default(),
            pages: Vec::new(),
            names: settings.by_name.then(|| Names::of_zone(ZONE)),
            neutral: Vec::new(),
            subscribers: watch::Sender::default(),
            aim: watch::Sender::new(Vec::new()),
            counter: Arc::default(),
            tasks: TaskTracker::new(),
            end: CancellationToken::new(),
        };
        let authority = Authority::new("Changeover sandbox")?;
        for profile in PROVIDERS.iter().filter(|profile| settings.by_name || !profile.speaks_tls) {
            world.open_api(profile, &authority).await?;
            world.open_page(profile).await?;
        }
        catalogue::add_routes(&mut world.catalogue)?;
        for name in NEUTRAL.into_iter().filter(|_| settings.by_name) {
            world.open_neutral(name).await?;
        }
        world.open_inbox().await?;
        world.start_callers(settings.traffic)?;
        Ok(world)
    }

    async fn open_api(
        &mut self,
        profile: &'static ProviderProfile,
        authority: &Authority,
    ) -> Result<(), SandboxError> {
        let Some(dialect) = dialect::of(profile.kind) else {
            return Ok(());
        };
        let (gate, listener) = self.bind("API").await?;
        let (place, server) = self.place(profile.id, listener.address());
        let shown = place.as_ref().filter(|_| profile.speaks_tls);
        let shown = shown.map(|place| Shown::of(&place.host, authority)).transpose()?;
        let (scheme, tls) = match &shown {
            None => ("http", ClientTls::default()),
            Some(_) => ("https", ClientTls::default().believing(authority.pem())?),
        };
        let base_url = format!("{scheme}://{server}");
        catalogue::add_provider(&mut self.catalogue, profile, base_url, tls)?;
        let router = host::router(profile, dialect, self.stage.clone());
        match &shown {
            None => self.serve(listener, router),
            Some(shown) => self.serve(shown.listen(listener), router),
        }
        self.keep(Door { owner: Owner::Api(profile.id), gate, place, shown });
        Ok(())
    }

    async fn open_page(&mut self, profile: &'static ProviderProfile) -> Result<(), SandboxError> {
        if profile.component.is_none() {
            return Ok(());
        }
        let (gate, listener) = self.bind("status page").await?;
        let base = format!("http://{}", listener.address());
        let provider = catalogue::provider_id(profile)?;
        self.pages.push(page::watched(profile, &provider, &base)?);
        self.serve(listener, page::router(profile, base.clone(), self.stage.clone()));
        self.keep(Door { owner: Owner::Page, gate, place: None, shown: None });
        self.let_call(profile, base)
    }

    /// Lets a page call whoever subscribes.
    fn let_call(
        &self,
        profile: &'static ProviderProfile,
        base: String,
    ) -> Result<(), SandboxError> {
        let client = self.client("sandbox pages")?;
        let calls =
            PageCalls::new(profile, base, self.stage.clone(), client, self.subscribers.subscribe());
        let end = self.end.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = end.cancelled() => {}
                () = page::keep_calling(calls) => {}
            }
        });
        Ok(())
    }

    async fn open_neutral(&mut self, name: Option<&str>) -> Result<(), SandboxError> {
        let (gate, listener) = self.bind("neutral host").await?;
        let at = listener.address();
        let (place, server) = match name {
            Some(name) => self.place(name, at),
            None => (None, at.to_string()),
        };
        self.neutral.push(format!("http://{server}"));
        self.serve(listener, Router::new().fallback(|| async { "Nothing to see here.\n" }));
        self.keep(Door { owner: Owner::Neutral, gate, place, shown: None });
        Ok(())
    }

    /// Where a server is found, and how its address begins behind the scheme.
    fn place(&self, name: &str, at: SocketAddr) -> (Option<Place>, String) {
        let Some(names) = self.names.clone() else {
            return (None, at.to_string());
        };
        let host = format!("{name}.{ZONE}");
        let server = format!("{host}:{}", at.port());
        let place = Place { names, host, address: at.ip() };
        // Found from the start, not only when its keeper is first polled.
        place.names.write(&place.host, place.address);
        (Some(place), server)
    }

    fn keep(&self, door: Door) {
        let (stage, end) = (self.stage.clone(), self.end.clone());
        self.tasks.spawn(async move {
            tokio::select! {
                () = end.cancelled() => {}
                () = door.keep(stage) => {}
            }
        });
    }

    async fn open_inbox(&mut self) -> Result<(), SandboxError> {
        let (gate, listener) = self.bind("inbox").await?;
        self.inbox_url = Inbox::url(&format!("http://{}", listener.address()));
        self.serve(listener, self.inbox.router());
        let end = self.end.clone();
        self.tasks.spawn(async move {
            end.cancelled().await;
            drop(gate);
        });
        Ok(())
    }

    async fn bind(&self, what: &'static str) -> Result<(Gate, GatedListener), SandboxError> {
        Gate::bind(self.stage.clock.clone(), &self.end)
            .await
            .map_err(|source| SandboxError::Bind { what, source })
    }

    fn serve(&self, listener: impl Listener<Addr = SocketAddr>, router: Router) {
        let end = self.end.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = end.cancelled() => {}
                ended = axum::serve(listener, router) => {
                    tracing::warn!(?ended, "a simulated server ended by itself");
                }
            }
        });
    }

    fn client(&self, purpose: &'static str) -> Result<reqwest::Client, SandboxError> {
        let connect_timeout = Duration::from_secs(2);
        let policy = ClientPolicy { purpose, connect_timeout, ..ClientPolicy::default() };
        changeover_http::client(&policy).map_err(SandboxError::Client)
    }

    fn start_callers(&self, traffic: Vec<RouteTraffic>) -> Result<(), SandboxError> {
        let callers = Arc::new(Callers {
            stage: self.stage.clone(),
            client: self.client("sandbox callers")?,
            counter: self.counter.clone(),
            aim: self.aim.subscribe(),
            tasks: self.tasks.clone(),
            end: self.end.clone(),
        });
        for route in traffic.into_iter().filter(|of| self.catalogue.route(&of.route).is_some()) {
            self.tasks.spawn(callers.clone().run(route));
        }
        Ok(())
    }

    /// Providers with their addresses and keys, targets and routes, as a configuration would name
    /// them. Prices are left to the price list.
    #[must_use]
    pub fn catalogue(&self) -> Catalogue {
        self.catalogue.clone()
    }

    /// Where the servers' names are found.
    #[must_use]
    pub fn names(&self) -> Names {
        self.names.clone().unwrap_or_default()
    }

    /// The addresses of hosts that have nothing to do with any vendor.
    #[must_use]
    pub fn neutral_hosts(&self) -> Vec<String> {
        self.neutral.clone()
    }

    /// Lets a provider's page call this subscriber, in place of one that it called before at the same
    /// address, while a scenario says that it calls.
    pub fn subscribe(&self, subscriber: PageSubscriber) {
        self.subscribers.send_modify(|all| {
            all.retain(|one| (&one.provider, &one.url) != (&subscriber.provider, &subscriber.url));
            all.push(subscriber);
        });
    }

    /// The status pages, one of each provider that has one.
    #[must_use]
    pub fn status_pages(&self) -> Vec<SimulatedPage> {
        self.pages.clone()
    }

    /// Where notices can be sent, and the key that signs them.
    #[must_use]
    pub fn inbox(&self) -> (String, Secret) {
        (self.inbox_url.clone(), Secret::new(&self.inbox.secret()))
    }

    /// The notices that have arrived, oldest first.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.inbox.received()
    }

    /// The scenarios that ship with the product.
    #[must_use]
    pub fn scenarios() -> Vec<ScenarioSummary> {
        Scenario::summaries()
    }

    /// Plays a scenario in place of the running one, its seconds counted from `at`.
    pub fn play(&self, scenario: Scenario, at: UnixMs) {
        self.stage.play(scenario, at);
    }

    /// What is being played; `None` before the first and after the end of the last.
    #[must_use]
    pub fn playing(&self) -> Option<Playing> {
        let play = self.stage.current()?;
        let now = self.stage.clock.now();
        (now < play.ends_at()).then(|| Playing {
            scenario: play.scenario.summary().id.clone(),
            title: play.scenario.summary().title.clone(),
            started_at: play.started_at,
            elapsed_ms: now.millis_since(play.started_at).max(0),
            ends_at: play.ends_at(),
        })
    }

    /// Sends the callers to these gateways, `https://…` without a path; to none, they rest.
    pub fn aim_traffic(&self, gateways: Vec<(GatewayId, String)>) {
        self.aim.send_replace(gateways);
    }

    /// What the callers have seen.
    #[must_use]
    pub fn traffic_stats(&self) -> TrafficStats {
        self.counter.stats()
    }

    /// Ends servers and callers, open connections included.
    pub async fn shutdown(&self) {
        self.end.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.end.cancel();
    }
}
