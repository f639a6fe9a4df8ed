//! Providers, targets and routes: as they stand in a file, and checked.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use changeover_domain::{
    Capabilities, Criticality, Mode, Provider, ProviderId, ProviderKind, Route, RouteId, Slo,
    SourceId, Target, TargetId, TokenPrices,
};
use changeover_http::{ClientTls, Secret};
use serde::Deserialize;
use toml::Spanned;

use crate::{
    Carries, ClientTlsConfig, ConfigError, ConfigSource, Day, SecretRef, checked_url, resolve,
};

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
    pub kind: ProviderKind,
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
}

/// `[[providers.status]]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusPageConfig {
    pub id: Spanned<SourceId>,
    pub platform: StatusPlatform,
    pub url: Spanned<String>,
    /// Another document of the same page: its feed, where `url` is its JSON.
    pub fallback: Option<Spanned<String>>,
    #[serde(default = "sixty")]
    pub interval_s: u32,
    /// It opens and closes incidents by itself, so that a change is believed when seen twice.
    #[serde(default)]
    pub flaps: bool,
    /// What is known of single components of it.
    #[serde(default)]
    pub components: Vec<StatusComponentConfig>,
}

/// One component of a status page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusComponentConfig {
    /// The page's own id, which stays when the name changes.
    pub id: String,
    /// The name to show instead of the page's.
    pub name: Option<String>,
    /// The vendor's model names that it serves; without any it is the provider as a whole.
    #[serde(default)]
    pub models: Vec<String>,
    /// False for apps and consoles, which are no part of the API.
    #[serde(default = "yes")]
    pub serves: bool,
    /// The page is shared with others: only components with this mark count.
    #[serde(default)]
    pub only: bool,
}

fn sixty() -> u32 {
    60
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

/// A provider with the key to it.
#[derive(Debug, Clone)]
pub struct ProviderAccess {
    pub provider: Provider,
    pub key: Option<Secret>,
    /// What is believed and shown there, where it is not the usual.
    pub tls: ClientTls,
}

/// Where a provider's key comes from, and what is expected of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credential {
    /// `None` where the provider needs none.
    pub source: Option<SecretRef>,
    pub expect_organization: Option<String>,
    pub expect_project: Option<String>,
    /// The last day on which it works.
    pub expires: Option<Day>,
}

/// Providers, targets and routes that fit together.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    pub providers: Vec<ProviderAccess>,
    pub targets: Vec<Target>,
    /// Prices that overrule the price list.
    pub prices: BTreeMap<TargetId, TokenPrices>,
    pub routes: Vec<Route>,
    /// Of every provider that a file described.
    pub credentials: BTreeMap<ProviderId, Credential>,
}

impl Catalogue {
    /// Checks the three tables against each other and fetches the providers' keys.
    ///
    /// # Errors
    /// [`ConfigError`] at the first thing that does not fit.
    pub fn check(file: CatalogueFile, source: &ConfigSource) -> Result<Self, ConfigError> {
        let mut catalogue = Self::default();
        for provider in file.providers {
            catalogue.add_provider(provider, source)?;
        }
        for target in file.targets {
            catalogue.add_target(target, source)?;
        }
        for route in file.routes {
            catalogue.add_route(route, source)?;
        }
        Ok(catalogue)
    }

    /// The provider of this id.
    #[must_use]
    pub fn provider(&self, id: &ProviderId) -> Option<&ProviderAccess> {
        self.providers.iter().find(|access| access.provider.id == *id)
    }

    /// The target of this id.
    #[must_use]
    pub fn target(&self, id: &TargetId) -> Option<&Target> {
        self.targets.iter().find(|target| target.id == *id)
    }

    /// The route of this id.
    #[must_use]
    pub fn route(&self, id: &RouteId) -> Option<&Route> {
        self.routes.iter().find(|route| route.id == *id)
    }

    /// The providers' addresses, with what is believed and shown there.
    pub fn servers(&self) -> impl Iterator<Item = (&str, &ClientTls)> {
        self.providers.iter().map(|access| (access.provider.base_url.as_str(), &access.tls))
    }

    fn add_provider(
        &mut self,
        config: ProviderConfig,
        source: &ConfigSource,
    ) -> Result<(), ConfigError> {
        let span = config.id.span();
        let id = config.id.into_inner();
        refuse_twice(self.provider(&id).is_some(), "providers", &id, &span, source)?;
        let carries = if config.key.is_some() { Carries::Secret } else { Carries::Nothing };
        let base_url = checked_url(&config.base_url, carries, source)?;
        let tls =
            self.checked_tls(config.tls.as_ref(), &base_url, &config.base_url.span(), source)?;
        let key = match config.key {
            None => None,
            Some(ref reference) => Some(
                resolve(reference.get_ref())
                    .map_err(|error| source.refused(&reference.span(), error.to_string()))?,
            ),
        };
        let expires =
            config.key_expires.as_ref().map(|day| checked_day(day, source)).transpose()?;
        let credential = Credential {
            source: config.key.map(Spanned::into_inner),
            expect_organization: config.expect_organization,
            expect_project: config.expect_project,
            expires,
        };
        self.credentials.insert(id.clone(), credential);
        let name = config.name.unwrap_or_else(|| id.to_string());
        let provider = Provider { id, name, kind: config.kind, base_url };
        self.providers.push(ProviderAccess { provider, key, tls });
        Ok(())
    }

    /// A connection is made to a server and not to an account, so providers at one server are asked
    /// with the same settings.
    fn checked_tls(
        &self,
        config: Option<&Spanned<ClientTlsConfig>>,
        base_url: &str,
        at: &Range<usize>,
        source: &ConfigSource,
    ) -> Result<ClientTls, ConfigError> {
        let at = config.map_or_else(|| at.clone(), Spanned::span);
        let tls = config.map(|config| config.get_ref().read(source)).transpose()?;
        let tls = tls.unwrap_or_default();
        if config.is_some() && !base_url.starts_with("https://") {
            let problem = "`tls` is for an address that begins with `https://`";
            return Err(source.refused(&at, problem));
        }
        let differs = |other: &&ProviderAccess| {
            other.tls != tls && server(&other.provider.base_url) == server(base_url)
        };
        self.providers.iter().find(differs).map_or(Ok(tls.clone()), |other| {
            let other = &other.provider.id;
            let problem = format!("`{other}` is at the same server: both need the same `tls`");
            Err(source.refused(&at, problem))
        })
    }

    fn add_target(
        &mut self,
        config: TargetConfig,
        source: &ConfigSource,
    ) -> Result<(), ConfigError> {
        let span = config.id.span();
        let id = config.id.into_inner();
        refuse_twice(self.target(&id).is_some(), "targets", &id, &span, source)?;
        let provider = config.provider.get_ref();
        if self.provider(provider).is_none() {
            let known = listed(self.providers.iter().map(|access| &access.provider.id));
            let problem = format!("there is no provider `{provider}`; known: {known}");
            return Err(source.refused(&config.provider.span(), problem));
        }
        if let Some(price) = &config.price {
            self.prices.insert(id.clone(), checked_price(price, source)?);
        }
        self.targets.push(Target {
            id,
            provider: provider.clone(),
            model: config.model,
            region: config.region,
            capabilities: Capabilities {
                tools: config.tools,
                json_schema: config.json_schema,
                images: config.images,
                context_tokens: config.context_tokens,
            },
            slo: checked_slo(&config.slo, source)?,
        });
        Ok(())
    }

    fn add_route(&mut self, config: RouteConfig, source: &ConfigSource) -> Result<(), ConfigError> {
        let span = config.id.span();
        let id = config.id.into_inner();
        refuse_twice(self.route(&id).is_some(), "routes", &id, &span, source)?;
        let mut targets = Vec::new();
        for target in config.targets.get_ref() {
            if self.target(target.get_ref()).is_none() {
                let known = listed(self.targets.iter().map(|target| &target.id));
                let problem = format!("there is no target `{}`; known: {known}", target.get_ref());
                return Err(source.refused(&target.span(), problem));
            }
            refuse_twice(
                targets.contains(target.get_ref()),
                "targets of the route",
                target.get_ref(),
                &target.span(),
                source,
            )?;
            targets.push(target.get_ref().clone());
        }
        if targets.is_empty() {
            return Err(source.refused(
                &config.targets.span(),
                "a route needs at least one target, its primary",
            ));
        }
        let modes = config.modes.get_ref().clone();
        let distinct: BTreeSet<Mode> = modes.iter().copied().collect();
        if modes.first() != Some(&Mode::Full) || distinct.len() != modes.len() {
            let problem =
                "modes begin with `full` and name each mode once, from more service to less";
            return Err(source.refused(&config.modes.span(), problem));
        }
        self.routes.push(Route { id, criticality: config.criticality, targets, modes });
        Ok(())
    }
}

/// The server of an address, without what stands behind it.
fn server(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let server = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let usual = if url.starts_with("https:") { ":443" } else { ":80" };
    server.strip_suffix(usual).unwrap_or(server).to_ascii_lowercase()
}

fn refuse_twice(
    present: bool,
    table: &str,
    id: &impl std::fmt::Display,
    span: &Range<usize>,
    source: &ConfigSource,
) -> Result<(), ConfigError> {
    if present {
        return Err(
            source.refused(span, format!("`{id}` stands twice in {table}; each id is used once"))
        );
    }
    Ok(())
}

fn listed(ids: impl Iterator<Item = impl std::fmt::Display>) -> String {
    let quoted: Vec<String> = ids.map(|id| format!("`{id}`")).collect();
    if quoted.is_empty() { "none".to_owned() } else { quoted.join(", ") }
}

fn checked_slo(config: &SloConfig, source: &ConfigSource) -> Result<Slo, ConfigError> {
    let usual = Slo::default();
    if let Some(share) = &config.success_share
        && !(0.0..=1.0).contains(share.get_ref())
    {
        return Err(source.refused(&share.span(), "expected a share from 0 to 1, such as 0.99"));
    }
    Ok(Slo {
        success_share: config
            .success_share
            .as_ref()
            .map_or(usual.success_share, |share| *share.get_ref()),
        time_to_first_token_p95_ms: config
            .time_to_first_token_p95_ms
            .unwrap_or(usual.time_to_first_token_p95_ms),
        total_p95_ms: config.total_p95_ms.unwrap_or(usual.total_p95_ms),
    })
}

fn checked_day(day: &Spanned<String>, source: &ConfigSource) -> Result<Day, ConfigError> {
    Day::of_text(day.get_ref())
        .ok_or_else(|| source.refused(&day.span(), "expected a day such as \"2026-12-31\""))
}

fn checked_price(config: &PriceConfig, source: &ConfigSource) -> Result<TokenPrices, ConfigError> {
    let input = picodollars_per_token(&config.input, source)?;
    let optional = |price: &Option<Spanned<String>>| {
        price.as_ref().map(|price| picodollars_per_token(price, source)).transpose()
    };
    Ok(TokenPrices {
        input_picodollars: input,
        cached_input_picodollars: optional(&config.cached_input)?.unwrap_or(input),
        cache_write_picodollars: optional(&config.cache_write)?,
        cache_write_1h_picodollars: optional(&config.cache_write_1h)?,
        output_picodollars: Some(picodollars_per_token(&config.output, source)?),
    })
}

/// Dollars per million tokens are microdollars per token: six decimals make whole picodollars.
fn picodollars_per_token(
    price: &Spanned<String>,
    source: &ConfigSource,
) -> Result<u64, ConfigError> {
    let (whole, decimals) = price.get_ref().split_once('.').unwrap_or((price.get_ref(), ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || decimals.len() > 6 || !digits(whole) || !digits(decimals) {
        let problem =
            "expected dollars per million tokens as text with up to six decimals, such as \"3.00\"";
        return Err(source.refused(&price.span(), problem));
    }
    format!("{whole}{decimals:0<6}")
        .parse()
        .map_err(|_| source.refused(&price.span(), "the price is larger than any can be"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(default)]
        providers: Vec<ProviderConfig>,
        #[serde(default)]
        targets: Vec<TargetConfig>,
        #[serde(default)]
        routes: Vec<RouteConfig>,
    }

    fn check(text: &str) -> Result<Catalogue, String> {
        let source = ConfigSource::from_text(Path::new("c.toml"), text);
        let file: File = source.parse().map_err(|error| error.to_string())?;
        let file =
            CatalogueFile { providers: file.providers, targets: file.targets, routes: file.routes };
        Catalogue::check(file, &source).map_err(|error| error.to_string())
    }

    const GOOD: &str = r#"
[[providers]]
id = "anthropic"
kind = "anthropic"
base_url = "https://api.anthropic.com/"

[[targets]]
id = "opus"
provider = "anthropic"
model = "claude-opus"
price = { input = "5.00", cache_write = "6.25", output = "25" }

[[routes]]
id = "chat"
criticality = "must_succeed"
targets = ["opus"]
modes = ["full", "template", "off"]
"#;

    #[test]
    fn a_file_that_fits_together_is_taken() {
        let catalogue = check(GOOD).unwrap();
        assert_eq!(catalogue.providers[0].provider.base_url, "https://api.anthropic.com");
        let opus = TargetId::try_new("opus").unwrap();
        assert_eq!(catalogue.prices[&opus].input_picodollars, 5_000_000);
        assert_eq!(catalogue.prices[&opus].output_picodollars, Some(25_000_000));
        assert_eq!(catalogue.prices[&opus].cache_write_picodollars, Some(6_250_000));
        assert_eq!(catalogue.prices[&opus].cache_write_1h_picodollars, None);
    }

    #[test]
    fn each_slip_is_refused_with_file_line_key_and_what_is_allowed() {
        let cases = [
            (
                "kind = \"anthropic\"",
                "kind = \"antropic\"",
                "unknown variant `antropic`, expected one of",
            ),
            ("base_url = \"https", "base_ur = \"https", "unknown field `base_ur`, expected one of"),
            (
                "provider = \"anthropic\"",
                "provider = \"openai\"",
                "line 9, key `provider`: there is no provider `openai`; known: `anthropic`",
            ),
            (
                "targets = [\"opus\"]",
                "targets = [\"opsu\"]",
                "line 16, key `targets`: there is no target `opsu`; known: `opus`",
            ),
            ("targets = [\"opus\"]", "targets = []", "at least one target"),
            ("targets = [\"opus\"]", "targets = [\"opus\", \"opus\"]", "`opus` stands twice"),
            ("[\"full\", \"template\"", "[\"template\"", "modes begin with `full`"),
            (
                "\"must_succeed\"",
                "\"must\"",
                "expected one of `must_succeed`, `can_degrade`, `can_delay`",
            ),
            ("\"5.00\"", "\"5,00\"", "dollars per million tokens"),
            ("id = \"chat\"", "id = \"Chat\"", "cannot be a route id"),
            (
                "https://api.anthropic.com/\"",
                "https://api.anthropic.com/\"\nkey_expires = \"2026-02-30\"",
                "line 6, key `key_expires`: expected a day such as",
            ),
            (
                "https://api.anthropic.com/\"",
                "https://api.anthropic.com/\"\nkey = \"env:CHANGEOVER_UNSET\"",
                "line 6, key `key`: the environment variable `CHANGEOVER_UNSET` is not set",
            ),
            ("https://api.anthropic.com/\"", "ftp://x\"", "`https://`"),
            (
                "https://api.anthropic.com/\"",
                "http://localhost:1/\"\ntls = {}",
                "line 6, key `tls`: `tls` is for an address that begins with `https://`",
            ),
            (
                "https://api.anthropic.com/\"",
                "https://api.anthropic.com/\"\ntls = { ca = \"none.pem\" }",
                "none.pem cannot be read",
            ),
        ];
        for (from, to, expected) in cases {
            let error = check(&GOOD.replacen(from, to, 1)).unwrap_err();
            assert!(error.starts_with("c.toml, line "), "{error}");
            assert!(
                error.contains(expected),
                "`{to}` must be refused with `{expected}`, not: {error}"
            );
        }
    }

    #[test]
    fn providers_at_one_server_need_the_same_tls() {
        let folder = tempfile::tempdir().unwrap();
        let pem = rcgen::generate_simple_self_signed(vec!["ca".into()]).unwrap().cert.pem();
        std::fs::write(folder.path().join("ca.pem"), pem).unwrap();
        let check = |first: &str, second: &str| {
            let provider = |id: &str, url: &str, tls: &str| {
                format!(
                    "[[providers]]\nid = \"{id}\"\nkind = \"openai\"\nbase_url = \"{url}\"\n{tls}\n"
                )
            };
            let text = provider("one", "https://A.example/v1", first)
                + &provider("two", "https://a.example:443", second);
            let source = ConfigSource::from_text(&folder.path().join("c.toml"), &text);
            let file: File = source.parse().unwrap();
            let tables = CatalogueFile { providers: file.providers, ..CatalogueFile::default() };
            Catalogue::check(tables, &source).map_err(|error| error.to_string())
        };
        let own = "tls = { ca = \"ca.pem\" }";
        let alike = check(own, own).unwrap();
        assert!(alike.servers().all(|(_, tls)| !tls.is_usual()));
        for (first, second) in [(own, ""), ("", own)] {
            let refused = check(first, second).unwrap_err();
            assert!(refused.contains("`one` is at the same server: both need"), "{refused}");
        }
    }

    #[test]
    fn an_id_that_stands_twice_is_refused_at_its_second_place() {
        let twice = format!(
            "{GOOD}\n[[providers]]\nid = \"anthropic\"\nkind = \"openai\"\nbase_url = \"http://x\"\n"
        );
        let error = check(&twice).unwrap_err();
        assert!(
            error.contains("line 20, key `id`: `anthropic` stands twice in providers"),
            "{error}"
        );
    }
}
