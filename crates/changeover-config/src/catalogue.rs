//! Providers, targets and routes: checked, with their keys.

mod file;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use changeover_domain::{
    Capabilities, Mode, Provider, ProviderId, ProviderKind, Route, RouteId, Slo, Target, TargetId,
    TokenPrices,
};
use changeover_http::{ClientTls, Secret};
use toml::Spanned;

pub use file::{
    CatalogueFile, ModelNameConfig, PriceConfig, ProviderConfig, RouteConfig, SloConfig,
    StatusComponentConfig, StatusPageConfig, StatusPlatform, TargetConfig,
};

use crate::{
    Carries, ClientTlsConfig, ConfigError, ConfigSource, Day, SecretRef, checked_url, resolve,
};

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
        let kind = spoken(&config.kind, source)?;
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
        let provider = Provider { id, name, kind, base_url };
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

/// A kind of provider that can be asked. Bedrock's own protocol is not spoken: probes and requests
/// would all fail, and as if it were the requests.
fn spoken(
    kind: &Spanned<ProviderKind>,
    source: &ConfigSource,
) -> Result<ProviderKind, ConfigError> {
    if *kind.get_ref() == ProviderKind::Bedrock {
        let problem = "Bedrock's own protocol is not spoken: use kind \"openai_compatible\" with its \
                       OpenAI address, base_url \
                       \"https://bedrock-runtime.<region>.amazonaws.com/openai\" and a Bedrock API \
                       key; its status page is known by that address";
        return Err(source.refused(&kind.span(), problem));
    }
    Ok(*kind.get_ref())
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
mod tests;
