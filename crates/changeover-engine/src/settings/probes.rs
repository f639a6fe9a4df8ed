//! `[probes]` and `[witness]`: what is asked of providers and neutral hosts, and how often.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use changeover_config::{
    Carries, Catalogue, ConfigError, ConfigSource, DayZone, ProviderAccess, Spanned, checked_url,
};
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
    day_zone: Option<Spanned<String>>,
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
    let zone = config.day_zone.as_ref().map(|name| zone(name, source)).transpose()?;
    let extra = config.extra.iter().map(|extra| checked_extra(extra, catalogue, source));
    let extra = extra.collect::<Result<_, _>>()?;
    asked_once(&config.extra, catalogue, source)?;
    Ok(ProbeSetup {
        enabled: config.enabled.unwrap_or(usual.enabled),
        interval: interval.unwrap_or(usual.interval),
        daily_budget: budget.unwrap_or(usual.daily_budget),
        day_zone: zone.unwrap_or(usual.day_zone),
        providers: own(&config.providers, catalogue, source)?,
        extra,
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
    if config.targets.as_ref().is_some_and(Vec::is_empty) {
        let problem = "no target is named; leave `targets` out for all of them";
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

/// Two schedules of one kind and target would have one grid: each probe would be made twice at once.
fn asked_once(
    configs: &[ExtraConfig],
    catalogue: &Catalogue,
    source: &ConfigSource,
) -> Result<(), ConfigError> {
    let mut asked = BTreeSet::new();
    for ExtraConfig { kind, targets, .. } in configs {
        let named = targets.iter().flatten().map(|target| (target.get_ref(), target.span()));
        let all = catalogue.targets.iter().filter(|_| targets.is_none());
        for (target, span) in named.chain(all.map(|target| (&target.id, kind.span()))) {
            if !asked.insert((*kind.get_ref(), target)) {
                let kind = kind.get_ref().as_str();
                let problem = format!("{kind} probes of `{target}` stand twice in probes.extra");
                return Err(source.refused(&span, problem));
            }
        }
    }
    Ok(())
}

fn interval(seconds: &Spanned<u32>, source: &ConfigSource) -> Result<Duration, ConfigError> {
    if !(5..=3_600).contains(seconds.get_ref()) {
        return Err(source.refused(&seconds.span(), "expected 5 to 3600 seconds"));
    }
    Ok(Duration::from_secs(u64::from(*seconds.get_ref())))
}

fn zone(name: &Spanned<String>, source: &ConfigSource) -> Result<DayZone, ConfigError> {
    DayZone::of_name(name.get_ref()).ok_or_else(|| {
        let problem = format!(
            "this system knows no time zone `{}`; expected a name such as \"UTC\" or \"Europe/Berlin\"",
            name.get_ref()
        );
        source.refused(&name.span(), problem)
    })
}

fn money(dollars: &Spanned<u32>, source: &ConfigSource) -> Result<Nanodollars, ConfigError> {
    Nanodollars::DOLLAR
        .scaled(i64::from(*dollars.get_ref()), 1)
        .ok_or_else(|| source.refused(&dollars.span(), "expected whole dollars a day"))
}

pub(super) fn witness(
    config: &WitnessConfig,
    catalogue: &Catalogue,
    source: &ConfigSource,
) -> Result<WitnessSetup, ConfigError> {
    if let Some(one_too_many) = config.hosts.get(MOST_HOSTS) {
        let problem = format!("expected at most {MOST_HOSTS} hosts");
        return Err(source.refused(&one_too_many.span(), problem));
    }
    let mut hosts = Vec::with_capacity(config.hosts.len());
    for host in &config.hosts {
        let address = neutral(host, catalogue, source)?;
        if hosts.contains(&address) {
            let problem = format!("`{}` stands twice; one host is one witness", host.get_ref());
            return Err(source.refused(&host.span(), problem));
        }
        hosts.push(address);
    }
    Ok(WitnessSetup { hosts })
}

/// The address of a host that has nothing to do with what it is a witness of.
fn neutral(
    host: &Spanned<String>,
    catalogue: &Catalogue,
    source: &ConfigSource,
) -> Result<String, ConfigError> {
    let text = host.get_ref();
    let whole = if text.contains("://") { text.clone() } else { format!("https://{text}") };
    let address = checked_url(&Spanned::new(host.span(), whole), Carries::Nothing, source)?;
    let asked = authority(&address);
    if !address.ends_with(asked) {
        let problem = format!("expected a host and nothing after it, such as `{asked}`");
        return Err(source.refused(&host.span(), problem));
    }
    let same =
        |access: &&ProviderAccess| authority(&access.provider.base_url).eq_ignore_ascii_case(asked);
    if let Some(access) = catalogue.providers.iter().find(same) {
        let id = &access.provider.id;
        let problem = format!(
            "this is where the provider `{id}` is; a witness has nothing to do with any provider"
        );
        return Err(source.refused(&host.span(), problem));
    }
    Ok(address)
}

/// The host and the port of an address.
fn authority(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}
