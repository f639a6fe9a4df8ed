//! The console's configuration file. `assets/changeover.toml` is its documentation.

mod alerts;
mod pages;
mod probes;
mod sinks;
mod webhooks;

use std::path::Path;

use changeover_config::{
    Carries, Catalogue, CatalogueFile, ClientTlsConfig, ConfigError, ConfigSource, ProviderConfig,
    RouteConfig, SecretRef, Spanned, TargetConfig, checked_url, resolve,
};
use changeover_cost::PriceBook;
use changeover_domain::GatewayId;
use changeover_http::Names;
use serde::Deserialize;

use crate::alerts::missing;
use crate::setup::{GatewayAccessSetup, Setup};
use alerts::{AlertsConfig, MaintenanceConfig};
use probes::{ProbesConfig, WitnessConfig};
use sinks::SinkConfig;
use webhooks::WebhooksConfig;

/// The file as it stands.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    #[serde(default)]
    operator: Option<String>,
    #[serde(default)]
    probes: ProbesConfig,
    #[serde(default)]
    witness: WitnessConfig,
    providers: Vec<ProviderConfig>,
    targets: Vec<TargetConfig>,
    routes: Vec<RouteConfig>,
    gateways: Vec<GatewayConfig>,
    #[serde(default)]
    alerts: AlertsConfig,
    #[serde(default)]
    sinks: Vec<SinkConfig>,
    #[serde(default)]
    maintenance: Vec<MaintenanceConfig>,
    webhooks: Option<WebhooksConfig>,
}

/// `[[gateways]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GatewayConfig {
    id: Spanned<GatewayId>,
    admin_url: Spanned<String>,
    token: Spanned<SecretRef>,
    #[serde(default)]
    tls: ClientTlsConfig,
}

/// Reads and checks the console's configuration. Fetches every secret that it names.
///
/// # Errors
/// [`ConfigError`] with file, line, key and what is allowed, at the first thing that does not fit.
pub(crate) fn load(file: &Path) -> Result<Setup, ConfigError> {
    let source = ConfigSource::read(file)?;
    let settings: SettingsFile = source.parse()?;
    let gateways = gateways(settings.gateways, &source)?;
    let pages = pages::pages(&settings.providers, &source)?;
    let webhooks = settings.webhooks.map(|config| config.checked(&pages, &source)).transpose()?;
    let catalogue_file = CatalogueFile {
        providers: settings.providers,
        targets: settings.targets,
        routes: settings.routes,
    };
    let catalogue = Catalogue::check(catalogue_file, &source)?;
    let witness = Some(probes::witness(&settings.witness, &catalogue, &source)?);
    let probes = probes::probes(&settings.probes, &catalogue, &source)?;
    let operator = settings.operator.unwrap_or_else(user_name);
    let setup = Setup {
        alerts: alerts::rules(&settings.alerts, &source)?,
        sinks: sinks::sinks(settings.sinks, &source)?,
        windows: alerts::windows(&settings.maintenance, &operator, &source)?,
        operator,
        prices: PriceBook::new(catalogue.prices.clone()),
        catalogue,
        names: Names::default(),
        pages,
        gateways,
        probes,
        webhooks,
        witness,
    };
    check_windows(&setup, &settings.maintenance, &source)?;
    Ok(setup)
}

/// A window on something that there is not would silence nothing.
fn check_windows(
    setup: &Setup,
    configs: &[MaintenanceConfig],
    source: &ConfigSource,
) -> Result<(), ConfigError> {
    for (window, config) in setup.windows.iter().zip(configs) {
        if let Some((what, id, known)) = missing(setup, &window.subject) {
            let problem = format!("there is no {what} `{id}`; known: {}", known.join(", "));
            return Err(source.refused(&alerts::subject_span(config), problem));
        }
    }
    Ok(())
}

/// The user of this session, as the one who pulls levers.
pub(crate) fn user_name() -> String {
    let names = ["USER", "LOGNAME", "USERNAME"];
    let named =
        names.iter().find_map(|name| std::env::var(name).ok()).filter(|name| !name.is_empty());
    named.unwrap_or_else(|| "operator".to_owned())
}

fn gateways(
    configs: Vec<GatewayConfig>,
    source: &ConfigSource,
) -> Result<Vec<GatewayAccessSetup>, ConfigError> {
    let mut gateways: Vec<GatewayAccessSetup> = Vec::new();
    for config in configs {
        let span = config.id.span();
        let id = config.id.into_inner();
        if gateways.iter().any(|gateway| gateway.id == id) {
            return Err(source
                .refused(&span, format!("`{id}` stands twice in gateways; each id is used once")));
        }
        let admin_url = checked_url(&config.admin_url, Carries::Secret, source)?;
        let token = resolve(config.token.get_ref())
            .map_err(|error| source.refused(&config.token.span(), error.to_string()))?;
        let tls = config.tls.read(source)?;
        gateways.push(GatewayAccessSetup { id, admin_url, token, tls });
    }
    Ok(gateways)
}

#[cfg(test)]
mod tests;
