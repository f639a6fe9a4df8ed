//! The built-in list of providers' status pages, recognised by the host of a provider's `base_url`.
//!
//! Not for what a user configured: a provider's own pages take the place of these. The rule: only
//! what is known for certain stands in the list.

use std::path::Path;

use serde::Deserialize;

use crate::{ConfigError, ConfigSource, StatusComponentConfig, StatusPlatform};

/// The file as it is built in.
const BUILT_IN: &str = include_str!("../../../assets/providers.toml");
/// The version of the file's form that is read here.
const VERSION: u32 = 1;

/// The list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownProviders {
    version: u32,
    /// When the list was last held against the world, as `2026-11`.
    pub verified: String,
    providers: Vec<KnownProvider>,
}

/// One provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownProvider {
    pub id: String,
    pub name: String,
    /// Hosts of its API; `*` stands for one label, `{region}` for one that is asked for.
    hosts: Vec<String>,
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
            Some(StatusComponentConfig { id: place(&one.id)?, name: name.flatten(), ..one.clone() })
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
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_list_is_read_and_every_page_has_an_id_and_an_encrypted_address_of_its_own() {
        let known = KnownProviders::built_in().unwrap();
        let pages = || known.providers.iter().flat_map(|provider| &provider.pages);
        let ids: BTreeSet<&str> = pages().map(|page| page.id.as_str()).collect();
        assert_eq!(ids.len(), pages().count());
        for page in pages() {
            let addresses = [Some(&page.url), page.fallback.as_ref()];
            assert!(addresses.into_iter().flatten().all(|url| url.starts_with("https://")));
            assert!(page.interval_s >= 30, "{}: a guest asks seldom", page.id);
        }
    }

    #[test]
    fn every_provider_that_people_ask_for_is_known_by_its_api() {
        let known = KnownProviders::built_in().unwrap();
        for (url, id) in [
            ("https://api.anthropic.com", "anthropic"),
            ("https://api.openai.com/v1", "openai"),
            ("https://generativelanguage.googleapis.com", "gemini"),
            ("https://europe-west4-aiplatform.googleapis.com", "vertex"),
            ("https://bedrock-runtime.eu-west-1.amazonaws.com", "bedrock"),
            ("https://ours.openai.azure.com/", "azure-openai"),
            ("https://api.mistral.ai", "mistral"),
            ("https://api.x.ai", "xai"),
            ("https://api.deepseek.com", "deepseek"),
            ("https://api.cohere.com", "cohere"),
            ("https://api.groq.com/openai", "groq"),
            ("https://api.together.xyz", "together"),
            ("https://api.fireworks.ai:443/inference", "fireworks"),
            ("https://api.perplexity.ai", "perplexity"),
            ("https://openrouter.ai/api", "openrouter"),
            ("https://router.huggingface.co", "huggingface"),
            ("https://api.replicate.com", "replicate"),
        ] {
            let (provider, _) = known.provider(url).expect(url);
            assert_eq!(provider.id, id, "{url}");
        }
        for url in ["http://127.0.0.1:4000", "https://api.openai.com.evil.test", "openai"] {
            assert!(known.provider(url).is_none(), "{url}");
        }
    }

    #[test]
    fn a_page_per_region_has_the_region_in_its_components() {
        let known = KnownProviders::built_in().unwrap();
        let pages = known.pages("https://bedrock-runtime.eu-west-1.amazonaws.com");
        assert_eq!(pages[0].components[0].id, "bedrock-eu-west-1");
        assert!(pages[0].components[0].only, "the list is shared with all of AWS");
        assert_eq!(pages[0].fallback, None, "its feed names events by another identity");
    }
}
