//! The built-in list of providers: their status pages and what those call their models. A provider is
//! recognised by the host of its `base_url`.
//!
//! Not for what a user configured: that comes before the list. The rule: only what is known for
//! certain stands in it.

use std::path::Path;

use changeover_domain::ProviderKind;
use serde::Deserialize;

use crate::{ConfigError, ConfigSource, ModelNameConfig, StatusComponentConfig, StatusPlatform};

/// The file as it is built in.
const BUILT_IN: &str = include_str!("../../../assets/providers.toml");
/// The version of the file's form that is read here.
const VERSION: u32 = 2;

/// The list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownProviders {
    version: u32,
    /// When the list was last held against the world, as `2026-11`.
    pub verified: String,
    /// Who makes models.
    vendors: Vec<KnownVendor>,
    providers: Vec<KnownProvider>,
}

/// Who makes models, and what they are called.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownVendor {
    id: String,
    models: Vec<ModelNameConfig>,
}

/// One provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownProvider {
    pub id: String,
    pub name: String,
    /// Hosts of its API; `*` stands for one label, `{region}` for one that is asked for.
    hosts: Vec<String>,
    /// Whose models it serves.
    vendors: Vec<String>,
    /// Empty where it has none that can be read.
    #[serde(default)]
    pages: Vec<KnownPage>,
}

/// One page of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownPage {
    pub id: String,
    pub platform: StatusPlatform,
    pub url: String,
    /// Another document of the same page, for when the first is not to be had.
    pub fallback: Option<String>,
    pub interval_s: u32,
    /// It opens and closes incidents by itself, so that a change is believed when seen twice.
    #[serde(default)]
    pub flaps: bool,
    #[serde(default)]
    pub components: Vec<StatusComponentConfig>,
}

impl KnownProviders {
    /// The list that is built in.
    ///
    /// # Errors
    /// [`ConfigError`] when the file is not of the form that this version reads.
    pub fn built_in() -> Result<Self, ConfigError> {
        let source = ConfigSource::from_text(Path::new("providers.toml"), BUILT_IN);
        let known: Self = source.parse()?;
        if known.version == VERSION {
            Ok(known)
        } else {
            Err(source.refused(&(0..0), format!("expected version {VERSION} of the list")))
        }
    }

    /// The provider behind an address, and its region where the address names one.
    #[must_use]
    pub fn provider(&self, base_url: &str) -> Option<(&KnownProvider, Option<String>)> {
        let host = host(base_url)?;
        self.providers.iter().find_map(|provider| {
            let region = provider.hosts.iter().find_map(|pattern| matched(pattern, host))?;
            Some((provider, region))
        })
    }

    /// The pages of the provider behind an address, with its region in them.
    #[must_use]
    pub fn pages(&self, base_url: &str) -> Vec<KnownPage> {
        let Some((provider, region)) = self.provider(base_url) else {
            return Vec::new();
        };
        provider.pages.iter().filter_map(|page| page.placed(region.as_deref())).collect()
    }

    /// The known page that a configured one is: of the provider behind the address, or of any where
    /// that is nobody's who is known. It is one by its id or by the host of its address, unless it has
    /// moved to another host or platform since.
    #[must_use]
    pub fn page(
        &self,
        base_url: &str,
        id: &str,
        url: Option<&str>,
        platform: Option<StatusPlatform>,
    ) -> Option<KnownPage> {
        let mut pages = self.pages(base_url);
        if self.provider(base_url).is_none() {
            let all = self.providers.iter().flat_map(|provider| &provider.pages);
            pages = all.filter_map(|page| page.placed(None)).collect();
        }
        let is_there = |page: &KnownPage| url.is_none_or(|url| host(url) == host(&page.url));
        let is_so = |page: &KnownPage| platform.is_none_or(|platform| platform == page.platform);
        pages.retain(|page| is_there(page) && is_so(page));
        let named = pages.iter().find(|page| page.id == id);
        named.or(pages.first().filter(|_| url.is_some())).cloned()
    }

    /// What the pages of the provider behind an address call its models; where the address is nobody's
    /// who is known, such as a company's proxy, of the vendor whose API it speaks.
    pub fn models(
        &self,
        base_url: &str,
        kind: ProviderKind,
    ) -> impl Iterator<Item = &ModelNameConfig> {
        let by_address = self.provider(base_url).map(|(provider, _)| provider);
        let by_kind = || {
            let id = usual(kind)?;
            self.providers.iter().find(|provider| provider.id == id)
        };
        let vendors = by_address.or_else(by_kind).map(|provider| provider.vendors.as_slice());
        let vendors = vendors.unwrap_or_default();
        let served = self.vendors.iter().filter(move |vendor| vendors.contains(&vendor.id));
        served.flat_map(|vendor| &vendor.models)
    }
}

/// Whose API it is that a kind speaks.
fn usual(kind: ProviderKind) -> Option<&'static str> {
    match kind {
        ProviderKind::Anthropic => Some("anthropic"),
        ProviderKind::Openai => Some("openai"),
        ProviderKind::Gemini => Some("gemini"),
        ProviderKind::AzureOpenai => Some("azure-openai"),
        ProviderKind::Bedrock => Some("bedrock"),
        ProviderKind::OpenaiCompatible => None,
    }
}

impl KnownPage {
    /// The page for one region; `None` when it needs one that is not known.
    fn placed(&self, region: Option<&str>) -> Option<Self> {
        let place = |text: &str| match region {
            Some(region) => Some(text.replace("{region}", region)),
            None => (!text.contains("{region}")).then(|| text.to_owned()),
        };
        let component = |one: &StatusComponentConfig| {
            let name = one.name.as_deref().map(place);
            let id = one.id.as_deref().map(|id| place(id).ok_or(())).transpose().ok()?;
            Some(StatusComponentConfig { id, name: name.flatten(), ..one.clone() })
        };
        Some(Self {
            url: place(&self.url)?,
            fallback: self.fallback.as_deref().and_then(place),
            components: self.components.iter().map(component).collect::<Option<_>>()?,
            ..self.clone()
        })
    }
}

fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    Some(authority.rsplit_once(':').map_or(authority, |(host, _)| host))
}

/// Whether a host fits a pattern, label by label; answers the region in it, if it asks for one.
fn matched(pattern: &str, host: &str) -> Option<Option<String>> {
    let (pattern, host): (Vec<&str>, Vec<&str>) =
        (pattern.split('.').collect(), host.split('.').collect());
    if pattern.len() != host.len() {
        return None;
    }
    let mut region = None;
    for (wanted, label) in pattern.into_iter().zip(host) {
        if let Some((before, after)) = wanted.split_once("{region}") {
            let found = label.strip_prefix(before)?.strip_suffix(after)?;
            region = Some(found).filter(|found| !found.is_empty()).map(str::to_owned);
            region.as_ref()?;
        } else if wanted != "*" && !wanted.eq_ignore_ascii_case(label) {
            return None;
        }
    }
    Some(region)
}

#[cfg(test)]
mod tests;
