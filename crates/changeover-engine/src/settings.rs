//! The console's configuration file. `assets/changeover.toml` is its documentation.

mod probes;

use std::path::Path;
use std::time::Duration;

use changeover_config::{
    Carries, Catalogue, CatalogueFile, ClientTlsConfig, ConfigError, ConfigSource, KnownProviders,
    ProviderConfig, RouteConfig, SecretRef, Spanned, TargetConfig, checked_url, resolve,
};
use changeover_cost::PriceBook;
use changeover_domain::{GatewayId, SourceId};
use serde::Deserialize;

use crate::setup::{GatewayAccessSetup, Setup, StatusPage};
use probes::ProbesConfig;

/// The file as it stands.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    #[serde(default)]
    operator: Option<String>,
    #[serde(default)]
    probes: ProbesConfig,
    providers: Vec<ProviderConfig>,
    targets: Vec<TargetConfig>,
    routes: Vec<RouteConfig>,
    gateways: Vec<GatewayConfig>,
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
    let pages = pages(&settings.providers, &source)?;
    let catalogue_file = CatalogueFile {
        providers: settings.providers,
        targets: settings.targets,
        routes: settings.routes,
    };
    let catalogue = Catalogue::check(catalogue_file, &source)?;
    let probes = probes::probes(&settings.probes, &catalogue, &source)?;
    Ok(Setup {
        operator: settings.operator.unwrap_or_else(user_name),
        prices: PriceBook::new(catalogue.prices.clone()),
        catalogue,
        pages,
        gateways,
        probes,
    })
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

fn pages(
    providers: &[ProviderConfig],
    source: &ConfigSource,
) -> Result<Vec<StatusPage>, ConfigError> {
    let mut pages: Vec<StatusPage> = Vec::new();
    for provider in providers {
        for page in &provider.status {
            let id = page.id.get_ref();
            if pages.iter().any(|other| other.id == *id) {
                let problem =
                    format!("`{id}` stands twice among status pages; each id is used once");
                return Err(source.refused(&page.id.span(), problem));
            }
            pages.push(StatusPage {
                id: id.clone(),
                provider: provider.id.get_ref().clone(),
                platform: page.platform,
                url: checked_url(&page.url, Carries::Nothing, source)?,
                fallback: match &page.fallback {
                    Some(url) => Some(checked_url(url, Carries::Nothing, source)?),
                    None => None,
                },
                interval: Duration::from_secs(u64::from(page.interval_s.max(10))),
                flaps: page.flaps,
                components: page.components.clone(),
            });
        }
    }
    add_known_pages(providers, &mut pages)?;
    Ok(pages)
}

/// A provider without pages of its own in the file gets those that are known of its vendor.
fn add_known_pages(
    providers: &[ProviderConfig],
    pages: &mut Vec<StatusPage>,
) -> Result<(), ConfigError> {
    let known = KnownProviders::built_in()?;
    for provider in providers.iter().filter(|provider| provider.status.is_empty()) {
        for page in known.pages(provider.base_url.get_ref()) {
            let is_taken = pages.iter().any(|other| other.id.as_str() == page.id);
            // Two accounts at one vendor look at its page each for itself.
            let id =
                if is_taken { format!("{}-{}", provider.id.get_ref(), page.id) } else { page.id };
            let Ok(id) = SourceId::try_new(id) else { continue };
            pages.push(StatusPage {
                id,
                provider: provider.id.get_ref().clone(),
                platform: page.platform,
                url: page.url,
                fallback: page.fallback,
                flaps: page.flaps,
                interval: Duration::from_secs(u64::from(page.interval_s)),
                components: page.components,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The commented defaults are the documentation, so they must be what is accepted.
    const DOCUMENTED: &str = include_str!("../../../assets/changeover.toml");

    fn load_text(text: &str) -> Result<Setup, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("changeover.toml");
        std::fs::write(&file, text).unwrap();
        load(&file).map_err(|error| error.to_string().replace(&file.display().to_string(), "FILE"))
    }

    /// A variable that every environment has, in place of the keys.
    fn with_secrets(text: &str) -> String {
        let mut out = String::new();
        for line in text.lines() {
            match line.split_once("\"env:") {
                Some((key, _)) => out.push_str(&format!("{key}\"env:PATH\"\n")),
                None => out.push_str(&format!("{line}\n")),
            }
        }
        out
    }

    #[test]
    fn the_documented_configuration_is_accepted() {
        let setup = load_text(&with_secrets(DOCUMENTED)).unwrap();
        assert_eq!(setup.catalogue.providers.len(), 3);
        assert!(!setup.pages.is_empty() && !setup.gateways.is_empty());
    }

    #[test]
    fn a_provider_without_pages_gets_the_known_ones_and_one_with_pages_keeps_its_own() {
        let setup = load_text(&with_secrets(DOCUMENTED)).unwrap();
        let of = |provider: &str| -> Vec<&StatusPage> {
            setup.pages.iter().filter(|page| page.provider.as_str() == provider).collect()
        };
        let known = of("gemini");
        assert_eq!(known.len(), 1);
        assert_eq!(known[0].id.as_str(), "google-cloud-status");
        assert!(known[0].components.iter().all(|component| component.only));
        assert!(known[0].fallback.is_some(), "its feed stands by");
        let own = of("anthropic");
        assert_eq!(own.len(), 1, "the list adds nothing to what somebody configured");
        assert!(own[0].components.is_empty());
    }

    #[test]
    fn a_missing_secret_is_refused_at_its_line_before_anything_starts() {
        let error = load_text(DOCUMENTED).unwrap_err();
        assert!(error.starts_with("FILE, line ") && error.contains("is not set"), "{error}");
    }

    #[test]
    fn an_unknown_key_and_a_gateway_that_stands_twice_are_refused() {
        let good = with_secrets(DOCUMENTED);
        let unknown = load_text(&format!("colour = 1\n{good}")).unwrap_err();
        assert!(
            unknown.contains("line 1, key `colour`: unknown field `colour`, expected one of"),
            "{unknown}"
        );
        let again = "\n[[gateways]]\nid = \"eu-1\"\nadmin_url = \"http://127.0.0.1:1\"\ntoken = \"env:PATH\"\n";
        let twice = load_text(&format!("{good}{again}")).unwrap_err();
        assert!(twice.contains("`eu-1` stands twice in gateways"), "{twice}");
        let slow = good.replace("interval_s = 15", "interval_s = 1");
        assert!(load_text(&slow).unwrap_err().contains("expected 5 to 3600 seconds"));
    }
}
