//! Providers, targets and routes as they stand in a file, each with the place where it stands.
//!
//! Not checked yet: that is the catalogue's.

use changeover_domain::{
    Capabilities, Criticality, Mode, ProviderId, ProviderKind, RouteId, SourceId, TargetId,
};
use serde::Deserialize;
use toml::Spanned;

use crate::{ClientTlsConfig, SecretRef};

/// The three tables, for a program's own file to hand over.
#[derive(Debug, Clone, Default)]
pub struct CatalogueFile {
    pub providers: Vec<ProviderConfig>,
    pub targets: Vec<TargetConfig>,
    pub routes: Vec<RouteConfig>,
}

/// `[[providers]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    pub id: Spanned<ProviderId>,
    /// As a person calls it; the id where it is left out.
    pub name: Option<String>,
    pub kind: Spanned<ProviderKind>,
    pub base_url: Spanned<String>,
    pub key: Option<Spanned<SecretRef>>,
    /// For a company's proxy or a server of one's own.
    pub tls: Option<Spanned<ClientTlsConfig>>,
    /// The organisation or workspace under which the vendor is to book what the key is used for.
    pub expect_organization: Option<String>,
    pub expect_project: Option<String>,
    /// The day after which the key is no more, as it was made: `2026-12-31`.
    pub key_expires: Option<Spanned<String>>,
    /// Its status pages; the console polls them, a gateway passes them over.
    #[serde(default)]
    pub status: Vec<StatusPageConfig>,
    /// What its pages call its models, beside what is known of the vendor's.
    #[serde(default)]
    pub models: Vec<ModelNameConfig>,
}

/// `[[providers.models]]`: by which names a page means which models.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelNameConfig {
    /// The names, the best first; blank, hyphen, dot and low line are the same in them.
    pub says: Vec<String>,
    /// The models' ids, without dates and prefixes, each with a `*` for any end. Where it is left out,
    /// the first name written with hyphens.
    #[serde(default)]
    pub is: Vec<String>,
}

/// `[[providers.status]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusPageConfig {
    pub id: Spanned<SourceId>,
    /// What is left out of a page that is known of the vendor is as it is known.
    pub platform: Option<StatusPlatform>,
    pub url: Option<Spanned<String>>,
    /// Another document of the same page: its feed, where `url` is its JSON.
    pub fallback: Option<Spanned<String>>,
    pub interval_s: Option<u32>,
    /// It opens and closes incidents by itself, so that a change is believed when seen twice.
    pub flaps: Option<bool>,
    /// What is known of single components of it.
    pub components: Option<Vec<StatusComponentConfig>>,
}

/// One component of a status page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusComponentConfig {
    /// The page's own id, which stays when the name changes. Where none is known, its names stand
    /// for it.
    pub id: Option<String>,
    /// Names that it has or had on the page.
    #[serde(default)]
    pub was: Vec<String>,
    /// The name to show instead of the page's.
    pub name: Option<String>,
    /// The vendor's models that it serves, each with a `*` for any end; without any it is the
    /// provider as a whole.
    #[serde(default)]
    pub models: Vec<String>,
    /// False for apps and consoles, which are no part of the API.
    #[serde(default = "yes")]
    pub serves: bool,
    /// The page is shared with others: only components with this mark count.
    #[serde(default)]
    pub only: bool,
}

/// The platform of a status page; what it answers is checked against it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusPlatform {
    /// Atlassian Statuspage: `/api/v2/summary.json`, `/history.rss`, `/history.atom`.
    Statuspage,
    IncidentIo,
    GoogleCloud,
    AwsHealth,
    Azure,
    Instatus,
    BetterStack,
    Checkly,
    Xai,
    /// Datadog Status Pages, and JSON in their style.
    Datadog,
    OnlineOrNot,
    Flashcat,
    Volcengine,
    /// Any RSS feed.
    Rss,
    /// Any Atom feed.
    Atom,
}

/// `[[targets]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetConfig {
    pub id: Spanned<TargetId>,
    pub provider: Spanned<ProviderId>,
    pub model: String,
    pub region: Option<String>,
    #[serde(default = "yes")]
    pub tools: bool,
    #[serde(default = "yes")]
    pub json_schema: bool,
    #[serde(default)]
    pub images: bool,
    #[serde(default = "usual_context")]
    pub context_tokens: u32,
    #[serde(default)]
    pub slo: SloConfig,
    /// Instead of the price list's.
    pub price: Option<PriceConfig>,
}

fn yes() -> bool {
    true
}

fn usual_context() -> u32 {
    Capabilities::default().context_tokens
}

/// `[targets.slo]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SloConfig {
    pub success_share: Option<Spanned<f64>>,
    pub time_to_first_token_p95_ms: Option<u32>,
    pub total_p95_ms: Option<u32>,
}

/// `[targets.price]`: dollars per million tokens, as text so that they stay exact.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceConfig {
    pub input: Spanned<String>,
    pub cached_input: Option<Spanned<String>>,
    pub cache_write: Option<Spanned<String>>,
    pub cache_write_1h: Option<Spanned<String>>,
    pub output: Spanned<String>,
}

/// `[[routes]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    pub id: Spanned<RouteId>,
    pub criticality: Criticality,
    /// The primary first, then its standbys.
    pub targets: Spanned<Vec<Spanned<TargetId>>>,
    /// `full` first, then the ladder downwards.
    #[serde(default = "full_only")]
    pub modes: Spanned<Vec<Mode>>,
}

fn full_only() -> Spanned<Vec<Mode>> {
    Spanned::new(0..0, vec![Mode::Full])
}
