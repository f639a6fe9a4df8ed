//! What a gateway is started with. Reading it from a file is [`crate::config`]'s.

mod check;
mod connections;
mod difference;
mod serving;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use changeover_config::Catalogue;
use changeover_domain::{GatewayId, Mode, RouteId};
use changeover_http::{Names, Secret};
use changeover_policy::breaker::BreakerSettings;
use changeover_webhook::Doors;
use serde::Deserialize;

use crate::log::LogSettings;
use crate::tls::Tls;

pub(crate) use check::check;
pub use connections::{ConnectionLimits, DrainSettings};
pub(crate) use difference::difference;
pub use serving::{
    CacheSettings, ConcurrencySettings, HoldBack, ServingSettings, SharedServing, ShortSettings,
};

/// The modes this gateway serves. A route that asks for another is refused at start.
pub const SERVED_MODES: [Mode; 5] =
    [Mode::Full, Mode::Short, Mode::Cached, Mode::Template, Mode::Off];

/// The answer of mode `template` for routes that bring none of their own.
pub const DEFAULT_TEMPLATE: &str = include_str!("../../../assets/templates/default.txt");

/// How large a journal grows: a few thousand changes.
pub(crate) const DEFAULT_JOURNAL_BYTES: u64 = 16 * 1024 * 1024;

/// Everything a gateway is started with.
#[derive(Debug, Clone)]
pub struct GatewaySettings {
    /// The file they were read from, which a reload reads again. `None`: they come from elsewhere.
    pub source: Option<PathBuf>,
    pub id: GatewayId,
    /// Where applications ask. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// `None`: in clear.
    pub tls: Option<Tls>,
    /// Where the admin API listens: a loopback address, unless consoles must show a certificate.
    /// Port 0 takes a free one.
    pub admin_listen: SocketAddr,
    pub admin_tls: Option<Tls>,
    pub tokens: Vec<AdminToken>,
    /// Holds the journal; made if missing. One gateway per directory.
    pub state_dir: PathBuf,
    /// The journal is compacted when it has grown beyond this, in bytes.
    pub journal_bytes: u64,
    pub catalogue: Catalogue,
    /// Where providers are looked up before the system is asked. Never from a file.
    pub names: Names,
    /// The text of mode `template` by route; others get [`DEFAULT_TEMPLATE`].
    pub templates: BTreeMap<RouteId, String>,
    pub breaker: BreakerSettings,
    pub limits: RequestLimits,
    pub connections: ConnectionLimits,
    pub drain: DrainSettings,
    pub log: LogSettings,
    /// How each route is served; one that is not named gets the usual.
    pub serving: BTreeMap<RouteId, ServingSettings>,
    pub shared_serving: SharedServing,
    /// Who may ask. Empty: whoever reaches the address.
    pub callers: Vec<Caller>,
    /// The status pages whose webhooks are kept for consoles. None: no path leads to any.
    pub hooks: Doors,
    /// The routes whose overrides are lifted at the start. Never from a file: an operator's word is
    /// taken back by a person, once.
    pub drop_overrides: Vec<RouteId>,
}

impl GatewaySettings {
    /// A gateway on free loopback ports with the usual limits, without tokens.
    #[must_use]
    pub fn new(id: GatewayId, state_dir: PathBuf, catalogue: Catalogue) -> Self {
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            source: None,
            id,
            listen: loopback,
            tls: None,
            admin_listen: loopback,
            admin_tls: None,
            tokens: Vec::new(),
            state_dir,
            journal_bytes: DEFAULT_JOURNAL_BYTES,
            catalogue,
            names: Names::default(),
            templates: BTreeMap::new(),
            breaker: BreakerSettings::default(),
            limits: RequestLimits::default(),
            connections: ConnectionLimits::default(),
            drain: DrainSettings::default(),
            log: LogSettings::default(),
            serving: BTreeMap::new(),
            shared_serving: SharedServing::default(),
            callers: Vec::new(),
            hooks: Doors::default(),
            drop_overrides: Vec::new(),
        }
    }

    /// The template of a route.
    pub(crate) fn template(&self, route: &RouteId) -> &str {
        self.templates.get(route).map_or(DEFAULT_TEMPLATE, String::as_str)
    }
}

/// An application that may ask.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Stands in logs; the key never does.
    pub name: String,
    pub key: Secret,
    /// The routes it may ask for; `None` for all.
    pub routes: Option<Vec<RouteId>>,
    /// How many of its requests may be under way at once; `None` for as many as come.
    pub concurrency: Option<u32>,
}

/// Who may use the admin API, and for what.
#[derive(Debug, Clone)]
pub struct AdminToken {
    /// Stands in the record beside what was done with it.
    pub name: String,
    pub secret: Secret,
    pub role: Role,
}

/// What a token allows; each role includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Observe,
    /// Sets and clears overrides.
    Operate,
    /// Reloads the configuration.
    Admin,
}

impl Role {
    /// The role as it stands in configuration and problems.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Operate => "operate",
            Self::Admin => "admin",
        }
    }
}

/// How long requests may take, in the gateway's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimits {
    /// Until a connection to a provider stands.
    pub connect: Duration,
    /// Until a streamed answer's first token, per attempt.
    pub first_token: Duration,
    /// Between two pieces of a streamed answer.
    pub stall: Duration,
    /// One attempt's whole answer when it is not streamed.
    pub attempt: Duration,
    /// One streamed answer from its attempt's start to its end.
    pub stream: Duration,
}

impl Default for RequestLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            first_token: Duration::from_secs(8),
            stall: Duration::from_secs(10),
            attempt: Duration::from_secs(25),
            stream: Duration::from_secs(300),
        }
    }
}
