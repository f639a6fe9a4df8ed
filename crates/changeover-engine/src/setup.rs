//! What the engine was told to watch, and with what: fixed from start to stop.

use std::collections::BTreeMap;
use std::time::Duration;

use changeover_config::{
    Catalogue, DayZone, ModelNameConfig, StatusComponentConfig, StatusPlatform,
};
use changeover_cost::PriceBook;
use changeover_domain::{
    GatewayId, MaintenanceWindow, Nanodollars, ProbeKind, ProviderId, Route, RouteId, SourceId,
    Target, TargetId, TokenPrices, UnixMs,
};
use changeover_http::{ClientTls, Names, Secret};
use changeover_sinks::SinkSetup;
use changeover_status::WebhookSettings;

use crate::alerts::rules::Rules;

/// One status page.
#[derive(Debug, Clone)]
pub(crate) struct StatusPage {
    pub(crate) id: SourceId,
    pub(crate) provider: ProviderId,
    pub(crate) platform: StatusPlatform,
    pub(crate) url: String,
    /// Another document of the same page.
    pub(crate) fallback: Option<String>,
    pub(crate) interval: Duration,
    pub(crate) flaps: bool,
    pub(crate) components: Vec<StatusComponentConfig>,
    /// What the vendor's pages are known to call its models.
    pub(crate) known_models: Vec<ModelNameConfig>,
    /// What this one calls them, as a user has it.
    pub(crate) models: Vec<ModelNameConfig>,
}

/// One gateway's admin API.
#[derive(Debug, Clone)]
pub(crate) struct GatewayAccessSetup {
    pub(crate) id: GatewayId,
    pub(crate) admin_url: String,
    pub(crate) token: Secret,
    pub(crate) tls: ClientTls,
}

/// How probes are spaced and what they may spend.
#[derive(Debug, Clone)]
pub(crate) struct ProbeSetup {
    pub(crate) enabled: bool,
    pub(crate) interval: Duration,
    pub(crate) daily_budget: Nanodollars,
    /// Where the budgets' day begins.
    pub(crate) day_zone: DayZone,
    /// What differs for single providers.
    pub(crate) providers: BTreeMap<ProviderId, ProviderProbeSetup>,
    /// Beside the streamed completions that every target gets.
    pub(crate) extra: Vec<ExtraProbes>,
}

/// What differs for one provider's probes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ProviderProbeSetup {
    pub(crate) enabled: Option<bool>,
    pub(crate) daily_budget: Option<Nanodollars>,
}

/// Probes of another kind.
#[derive(Debug, Clone)]
pub(crate) struct ExtraProbes {
    pub(crate) kind: ProbeKind,
    pub(crate) interval: Duration,
    /// All where it is `None`.
    pub(crate) targets: Option<Vec<TargetId>>,
}

impl Default for ProbeSetup {
    fn default() -> Self {
        Self {
            enabled: true,
            interval: Duration::from_secs(15),
            daily_budget: Nanodollars::DOLLAR,
            day_zone: DayZone::default(),
            providers: BTreeMap::new(),
            extra: Vec::new(),
        }
    }
}

impl ProbeSetup {
    /// Whether a provider's targets are probed.
    pub(crate) fn is_enabled(&self, provider: &ProviderId) -> bool {
        self.providers.get(provider).and_then(|own| own.enabled).unwrap_or(self.enabled)
    }

    /// What a provider's probes may spend in a day.
    pub(crate) fn budget(&self, provider: &ProviderId) -> Nanodollars {
        let own = self.providers.get(provider).and_then(|own| own.daily_budget);
        own.unwrap_or(self.daily_budget)
    }

    /// What is asked of a target, and how far apart while it is calm.
    pub(crate) fn plans(&self, target: &Target) -> impl Iterator<Item = (ProbeKind, Duration)> {
        let named = |extra: &&ExtraProbes| {
            extra.targets.as_ref().is_none_or(|targets| targets.contains(&target.id))
        };
        let extra = self.extra.iter().filter(named).map(|extra| (extra.kind, extra.interval));
        std::iter::once((ProbeKind::StreamingCompletion, self.interval)).chain(extra)
    }
}

/// Neutral hosts that tell whether our own network is there.
#[derive(Debug, Clone, Default)]
pub(crate) struct WitnessSetup {
    /// `https://host` or `http://host`, with a port where it is not the usual one.
    pub(crate) hosts: Vec<String>,
}

/// Everything that is watched.
#[derive(Debug, Default)]
pub(crate) struct Setup {
    /// Who pulls the levers where nobody else is named.
    pub(crate) operator: String,
    pub(crate) catalogue: Catalogue,
    /// Where providers and neutral hosts are looked up before the system is asked.
    pub(crate) names: Names,
    pub(crate) prices: PriceBook,
    pub(crate) pages: Vec<StatusPage>,
    pub(crate) gateways: Vec<GatewayAccessSetup>,
    pub(crate) probes: ProbeSetup,
    pub(crate) alerts: Rules,
    pub(crate) sinks: Vec<SinkSetup>,
    /// The maintenance windows of the configuration.
    pub(crate) windows: Vec<MaintenanceWindow>,
    /// Our own receiver of webhooks; `None` unless one is configured.
    pub(crate) webhooks: Option<WebhookSettings>,
    /// `None` where nobody is to look.
    pub(crate) witness: Option<WitnessSetup>,
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
