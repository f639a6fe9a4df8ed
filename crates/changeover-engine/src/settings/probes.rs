//! `[probes]` and `[witness]`: what is asked of providers and neutral hosts, and how often.

use std::collections::BTreeMap;
use std::time::Duration;

use changeover_config::{Carries, Catalogue, ConfigError, ConfigSource, Spanned, checked_url};
use changeover_domain::{Nanodollars, ProbeKind, ProviderId, TargetId};
use serde::Deserialize;

use crate::setup::{ExtraProbes, ProbeSetup, ProviderProbeSetup, WitnessSetup};

/// The most neutral hosts: a witness is a few packets, not a scan.
const MOST_HOSTS: usize = 8;

/// `[probes]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct ProbesConfig {
    enabled: Option<bool>,
    interval_s: Option<Spanned<u32>>,
    daily_budget_dollars: Option<Spanned<u32>>,
    providers: Vec<ProviderProbesConfig>,
    extra: Vec<ExtraConfig>,
}

/// `[[probes.providers]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProviderProbesConfig {
    id: Spanned<ProviderId>,
    enabled: Option<bool>,
    daily_budget_dollars: Option<Spanned<u32>>,
}

/// `[[probes.extra]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExtraConfig {
    kind: Spanned<ProbeKind>,
    interval_s: Spanned<u32>,
    targets: Option<Vec<Spanned<TargetId>>>,
}

/// `[witness]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct WitnessConfig {
    hosts: Vec<Spanned<String>>,
}

pub(super) fn probes(
    config: &ProbesConfig,
    catalogue: &Catalogue,
    source: &ConfigSource,
) -> Result<ProbeSetup, ConfigError> {
    let usual = ProbeSetup::default();
    let interval =
        config.interval_s.as_ref().map(|seconds| interval(seconds, source)).transpose()?;
    let budget = &config.daily_budget_dollars;
    let budget = budget.as_ref().map(|dollars| money(dollars, source)).transpose()?;
    let extra = config.extra.iter().map(|extra| checked_extra(extra, catalogue, source));
    Ok(ProbeSetup {
        enabled: config.enabled.unwrap_or(usual.enabled),
        interval: interval.unwrap_or(usual.interval),
        daily_budget: budget.unwrap_or(usual.daily_budget),
        providers: own(&config.providers, catalogue, source)?,
        extra: extra.collect::<Result<_, _>>()?,
    })
}

fn own(
    configs: &[ProviderProbesConfig],
    catalogue: &Catalogue,
    source: &ConfigSource,
) -> Result<BTreeMap<ProviderId, ProviderProbeSetup>, ConfigError> {
    let mut own = BTreeMap::new();
    for config in configs {
        let id = config.id.get_ref();
        if catalogue.provider(id).is_none() {
            let problem = format!("there is no provider `{id}`");
            return Err(source.refused(&config.id.span(), problem));
        }
        let budget = config.daily_budget_dollars.as_ref();
        let daily_budget = budget.map(|dollars| money(dollars, source)).transpose()?;
        let setup = ProviderProbeSetup { enabled: config.enabled, daily_budget };
        if own.insert(id.clone(), setup).is_some() {
            let problem = format!("`{id}` stands twice in probes; each id is used once");
            return Err(source.refused(&config.id.span(), problem));
        }
    }
    Ok(own)
}

fn checked_extra(
    config: &ExtraConfig,
    catalogue: &Catalogue,
    source: &ConfigSource,
) -> Result<ExtraProbes, ConfigError> {
    let kind = *config.kind.get_ref();
    if kind == ProbeKind::StreamingCompletion {
        let problem = "streamed completions are made of every target already; \
                       expected structured_output, tool_call, canary or reachability";
        return Err(source.refused(&config.kind.span(), problem));
    }
    for target in config.targets.iter().flatten() {
        if catalogue.target(target.get_ref()).is_none() {
            let problem = format!("there is no target `{}`", target.get_ref());
            return Err(source.refused(&target.span(), problem));
        }
    }
    let named = |targets: &Vec<Spanned<TargetId>>| {
        targets.iter().map(|target| target.get_ref().clone()).collect()
    };
    Ok(ExtraProbes {
        kind,
        interval: interval(&config.interval_s, source)?,
        targets: config.targets.as_ref().map(named),
    })
}

fn interval(seconds: &Spanned<u32>, source: &ConfigSource) -> Result<Duration, ConfigError> {
    if !(5..=3_600).contains(seconds.get_ref()) {
        return Err(source.refused(&seconds.span(), "expected 5 to 3600 seconds"));
    }
    Ok(Duration::from_secs(u64::from(*seconds.get_ref())))
}

fn money(dollars: &Spanned<u32>, source: &ConfigSource) -> Result<Nanodollars, ConfigError> {
    Nanodollars::DOLLAR
        .scaled(i64::from(*dollars.get_ref()), 1)
        .ok_or_else(|| source.refused(&dollars.span(), "expected whole dollars a day"))
}

pub(super) fn witness(
    config: &WitnessConfig,
    source: &ConfigSource,
) -> Result<WitnessSetup, ConfigError> {
    if let Some(one_too_many) = config.hosts.get(MOST_HOSTS) {
        let problem = format!("expected at most {MOST_HOSTS} hosts");
        return Err(source.refused(&one_too_many.span(), problem));
    }
    let address = |host: &Spanned<String>| {
        let text = host.get_ref();
        let whole = if text.contains("://") { text.clone() } else { format!("https://{text}") };
        checked_url(&Spanned::new(host.span(), whole), Carries::Nothing, source)
    };
    let hosts = config.hosts.iter().map(address).collect::<Result<_, _>>()?;
    Ok(WitnessSetup { hosts })
}
