//! `[[providers.status]]`: the status pages that are watched.
//!
//! A page that is known of the vendor needs nothing here. One that stands here all the same has what it
//! leaves out from what is known of it, so that a line about its pace does not lose what its components
//! mean.

use std::time::Duration;

use changeover_config::{
    Carries, ConfigError, ConfigSource, KnownPage, KnownProviders, ModelNameConfig, ProviderConfig,
    StatusPageConfig, checked_url,
};
use changeover_domain::SourceId;

use crate::setup::StatusPage;

/// How often a page is looked at of which nothing is known.
const USUAL_INTERVAL_S: u32 = 60;
/// The shortest time between two looks at any.
const SHORTEST_INTERVAL_S: u32 = 10;

/// Every page: what is configured, and what is known of the others.
pub(super) fn pages(
    providers: &[ProviderConfig],
    source: &ConfigSource,
) -> Result<Vec<StatusPage>, ConfigError> {
    let known = KnownProviders::built_in()?;
    let mut pages: Vec<StatusPage> = Vec::new();
    for provider in providers {
        for config in &provider.status {
            let id = config.id.get_ref();
            if pages.iter().any(|other| other.id == *id) {
                let problem =
                    format!("`{id}` stands twice among status pages; each id is used once");
                return Err(source.refused(&config.id.span(), problem));
            }
            pages.push(configured(provider, config, &known, source)?);
        }
    }
    for provider in providers.iter().filter(|provider| provider.status.is_empty()) {
        add_known(provider, &known, &mut pages);
    }
    Ok(pages)
}

fn configured(
    provider: &ProviderConfig,
    config: &StatusPageConfig,
    known: &KnownProviders,
    source: &ConfigSource,
) -> Result<StatusPage, ConfigError> {
    let id = config.id.get_ref();
    let url = config.url.as_ref().map(|url| url.get_ref().as_str());
    let page = known.page(provider.base_url.get_ref(), id.as_str(), url, config.platform);
    let usual = page.as_ref();
    let address = match (&config.url, usual) {
        (Some(url), _) => checked_url(url, Carries::Nothing, source)?,
        (None, Some(page)) => page.url.clone(),
        (None, None) => return Err(source.refused(&config.id.span(), needs(id, "url"))),
    };
    let platform = config.platform.or(usual.map(|page| page.platform));
    let platform =
        platform.ok_or_else(|| source.refused(&config.id.span(), needs(id, "platform")))?;
    let fallback = match (&config.fallback, usual) {
        (Some(url), _) => Some(checked_url(url, Carries::Nothing, source)?),
        (None, page) => page.and_then(|page| page.fallback.clone()),
    };
    let components = config.components.clone();
    let components = components.or(usual.map(|page| page.components.clone())).unwrap_or_default();
    if components.iter().any(|one| one.id.is_none() && one.was.is_empty()) {
        let problem = "a component is known by its `id` or by the names that it has or had (`was`)";
        return Err(source.refused(&config.id.span(), problem));
    }
    let interval = config.interval_s.or(usual.map(|page| page.interval_s));
    let interval = interval.unwrap_or(USUAL_INTERVAL_S).max(SHORTEST_INTERVAL_S);
    Ok(StatusPage {
        id: id.clone(),
        provider: provider.id.get_ref().clone(),
        platform,
        fallback: fallback.filter(|url| *url != address),
        url: address,
        interval: Duration::from_secs(u64::from(interval)),
        flaps: config.flaps.or(usual.map(|page| page.flaps)).unwrap_or_default(),
        components,
        known_models: known_models(provider, known),
        models: provider.models.clone(),
    })
}

fn needs(id: &SourceId, key: &str) -> String {
    format!(
        "`{id}` is no page that is known of this provider, so it needs its `{key}`; without \
         `[[providers.status]]` the pages that are known of the vendor are watched"
    )
}

/// A provider without pages of its own in the file gets those that are known of its vendor.
fn add_known(provider: &ProviderConfig, known: &KnownProviders, pages: &mut Vec<StatusPage>) {
    for page in known.pages(provider.base_url.get_ref()) {
        let is_taken = pages.iter().any(|other| other.id.as_str() == page.id);
        // Two accounts at one vendor look at its page each for itself.
        let id = if is_taken {
            format!("{}-{}", provider.id.get_ref(), page.id)
        } else {
            page.id.clone()
        };
        if let Ok(id) = SourceId::try_new(id) {
            pages.push(as_known(id, page, provider, known));
        }
    }
}

fn as_known(
    id: SourceId,
    page: KnownPage,
    provider: &ProviderConfig,
    known: &KnownProviders,
) -> StatusPage {
    StatusPage {
        id,
        provider: provider.id.get_ref().clone(),
        platform: page.platform,
        url: page.url,
        fallback: page.fallback,
        flaps: page.flaps,
        interval: Duration::from_secs(u64::from(page.interval_s)),
        components: page.components,
        known_models: known_models(provider, known),
        models: provider.models.clone(),
    }
}

fn known_models(provider: &ProviderConfig, known: &KnownProviders) -> Vec<ModelNameConfig> {
    known.models(provider.base_url.get_ref(), *provider.kind.get_ref()).cloned().collect()
}
