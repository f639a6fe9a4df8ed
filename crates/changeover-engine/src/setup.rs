//! What the engine was told to watch, and with what: fixed from start to stop.

use std::time::Duration;

use changeover_config::{Catalogue, StatusComponentConfig, StatusPlatform};
use changeover_cost::PriceBook;
use changeover_domain::{
    GatewayId, Nanodollars, ProviderId, Route, RouteId, SourceId, Target, TargetId, TokenPrices,
    UnixMs,
};
use changeover_http::Secret;

/// One status page.
#[derive(Debug, Clone)]
pub(crate) struct StatusPage {
    pub(crate) id: SourceId,
    pub(crate) provider: ProviderId,
    pub(crate) platform: StatusPlatform,
    pub(crate) url: String,
    pub(crate) interval: Duration,
    pub(crate) components: Vec<StatusComponentConfig>,
}

/// One gateway's admin API.
#[derive(Debug, Clone)]
pub(crate) struct GatewayAccessSetup {
    pub(crate) id: GatewayId,
    pub(crate) admin_url: String,
    pub(crate) token: Secret,
}

/// How probes are spaced and what they may spend.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProbeSetup {
    pub(crate) interval: Duration,
    pub(crate) daily_budget: Nanodollars,
}

impl Default for ProbeSetup {
    fn default() -> Self {
        Self { interval: Duration::from_secs(15), daily_budget: Nanodollars::DOLLAR }
    }
}

/// Everything that is watched.
#[derive(Debug)]
pub(crate) struct Setup {
    /// Who pulls the levers where nobody else is named.
    pub(crate) operator: String,
    pub(crate) catalogue: Catalogue,
    pub(crate) prices: PriceBook,
    pub(crate) pages: Vec<StatusPage>,
    pub(crate) gateways: Vec<GatewayAccessSetup>,
    pub(crate) probes: ProbeSetup,
}

impl Setup {
    /// The route of this id.
    pub(crate) fn route(&self, id: &RouteId) -> Option<&Route> {
        self.catalogue.route(id)
    }

    /// The target of this id.
    pub(crate) fn target(&self, id: &TargetId) -> Option<&Target> {
        self.catalogue.target(id)
    }

    /// A target's prices at a time; `None` where it is unpriced.
    pub(crate) fn prices(&self, id: &TargetId, at: UnixMs) -> Option<TokenPrices> {
        let target = self.target(id)?;
        let access = self.catalogue.provider(&target.provider)?;
        self.prices.prices(&access.provider, target, at)
    }

    /// The provider's name as a person calls it.
    pub(crate) fn provider_name(&self, id: &ProviderId) -> String {
        let access = self.catalogue.provider(id);
        access.map_or_else(|| id.to_string(), |access| access.provider.name.clone())
    }
}
