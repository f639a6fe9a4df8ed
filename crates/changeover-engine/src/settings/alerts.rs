//! `[alerts]` and `[[maintenance]]`.

use std::collections::BTreeSet;
use std::time::Duration;

use changeover_config::{ConfigError, ConfigSource, Spanned};
use changeover_domain::{Impact, MaintenanceWindow, Severity, Subject, UnixMs, WindowId};
use serde::Deserialize;

use crate::alerts::rules::Rules;
use crate::contract::AlertRuleId;

/// The longest time that a rule may wait for anything: a day.
const LONGEST_S: u32 = 24 * 3_600;

/// `[alerts]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct AlertsConfig {
    desktop: Option<Severity>,
    page_impact: Option<Spanned<Impact>>,
    premium_dollars_per_hour: Option<Spanned<u32>>,
    no_data_after_min: Option<Spanned<u32>>,
    rules: Vec<RuleConfig>,
}

/// `[[alerts.rules]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleConfig {
    id: Spanned<AlertRuleId>,
    #[serde(default)]
    off: bool,
    severity: Option<Severity>,
    pending_s: Option<Spanned<u32>>,
    keep_firing_s: Option<Spanned<u32>>,
    remind_min: Option<Spanned<u32>>,
    at_least: Option<Spanned<f64>>,
}

/// `[[maintenance]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MaintenanceConfig {
    subject: Spanned<String>,
    from: Spanned<String>,
    until: Spanned<String>,
    reason: String,
    #[serde(default)]
    by: Option<String>,
}

/// The usual rules with what the file changes.
pub(super) fn rules(config: &AlertsConfig, source: &ConfigSource) -> Result<Rules, ConfigError> {
    let mut rules = Rules::default();
    rules.desktop_at_least = config.desktop.unwrap_or(rules.desktop_at_least);
    if let Some(impact) = &config.page_impact {
        rules.page_impact = match impact.get_ref() {
            impact @ (Impact::Minor | Impact::Major | Impact::Critical) => *impact,
            Impact::None | Impact::Maintenance | Impact::Unknown => {
                return Err(
                    source.refused(&impact.span(), "expected `minor`, `major` or `critical`")
                );
            }
        };
    }
    if let Some(minutes) = &config.no_data_after_min {
        let silent_for = seconds(minutes, 60, source)?;
        rules.rules.values_mut().for_each(|rule| rule.machine.silent_for = silent_for);
    }
    if let Some(dollars) = &config.premium_dollars_per_hour
        && let Some(rule) = rules.rules.get_mut(&AlertRuleId::PremiumPerHour)
    {
        if *dollars.get_ref() == 0 {
            let problem = "expected whole dollars above 0; `off` turns the rule off";
            return Err(source.refused(&dollars.span(), problem));
        }
        rule.machine.at_least = f64::from(*dollars.get_ref());
    }
    let mut seen = BTreeSet::new();
    for rule in &config.rules {
        let id = *rule.id.get_ref();
        if !seen.insert(id) {
            let problem =
                format!("`{}` stands twice in alerts.rules; each rule is set once", id.as_str());
            return Err(source.refused(&rule.id.span(), problem));
        }
        change(&mut rules, rule, source)?;
    }
    Ok(rules)
}

fn change(
    rules: &mut Rules,
    config: &RuleConfig,
    source: &ConfigSource,
) -> Result<(), ConfigError> {
    let id = *config.id.get_ref();
    if config.off {
        rules.rules.remove(&id);
        return Ok(());
    }
    let Some(rule) = rules.rules.get_mut(&id) else { return Ok(()) };
    rule.severity = config.severity;
    if let Some(time) = &config.pending_s {
        rule.machine.pending_for = seconds(time, 1, source)?;
    }
    if let Some(time) = &config.keep_firing_s {
        rule.machine.keep_firing_for = seconds(time, 1, source)?;
    }
    if let Some(time) = &config.remind_min {
        let every = seconds(time, 60, source)?;
        rule.machine.remind_every = (!every.is_zero()).then_some(every);
    }
    if let Some(limit) = &config.at_least {
        rule.machine.at_least = checked_limit(id, limit, source)?;
    }
    Ok(())
}

/// What a rule measures, and how much of it there can be; `None` where it is a yes or a no.
fn measure(id: AlertRuleId) -> Option<(&'static str, f64)> {
    match id {
        AlertRuleId::TheirTrouble | AlertRuleId::OurTrouble | AlertRuleId::OurNetwork => {
            Some(("targets in trouble", 1_000.0))
        }
        AlertRuleId::SloBurn => Some(("times the rate that uses the budget up in time", 1_000.0)),
        AlertRuleId::GatewayDrifted => Some(("routes that are not as wanted", 1_000.0)),
        AlertRuleId::PremiumPerHour => Some(("dollars per hour", 1_000_000.0)),
        AlertRuleId::PageIncident
        | AlertRuleId::GatewayUnreachable
        | AlertRuleId::ExpiryHeld
        | AlertRuleId::ProbesResting => None,
    }
}

fn checked_limit(
    id: AlertRuleId,
    limit: &Spanned<f64>,
    source: &ConfigSource,
) -> Result<f64, ConfigError> {
    let refused = |problem: String| Err(source.refused(&limit.span(), problem));
    let Some((unit, most)) = measure(id) else {
        let problem = format!("`{}` is so or not so: it has no figure to set", id.as_str());
        return refused(problem);
    };
    let least = if id == AlertRuleId::PremiumPerHour { 0.01 } else { 1.0 };
    if !(least..=most).contains(limit.get_ref()) {
        return refused(format!("expected {least} to {most} {unit}"));
    }
    Ok(*limit.get_ref())
}

fn seconds(
    time: &Spanned<u32>,
    unit_s: u32,
    source: &ConfigSource,
) -> Result<Duration, ConfigError> {
    let most = LONGEST_S / unit_s;
    if *time.get_ref() > most {
        return Err(source.refused(&time.span(), format!("expected 0 to {most}: a day at most")));
    }
    Ok(Duration::from_secs(u64::from(*time.get_ref()) * u64::from(unit_s)))
}

/// The windows of the file, each with the place where its subject stands.
pub(super) fn windows(
    configs: &[MaintenanceConfig],
    operator: &str,
    source: &ConfigSource,
) -> Result<Vec<MaintenanceWindow>, ConfigError> {
    let mut windows = Vec::new();
    for (index, config) in configs.iter().enumerate() {
        let subject: Subject = config
            .subject
            .get_ref()
            .parse()
            .map_err(|error| source.refused(&config.subject.span(), format!("{error}")))?;
        let (from, until) = (time(&config.from, source)?, time(&config.until, source)?);
        if until <= from {
            return Err(source.refused(&config.until.span(), "`until` must lie after `from`"));
        }
        let id = WindowId::try_new(format!("configured:{}", index + 1))
            .map_err(|error| source.refused(&config.subject.span(), error.to_string()))?;
        windows.push(MaintenanceWindow {
            id,
            subject,
            from,
            until,
            reason: config.reason.clone(),
            by: config.by.clone().unwrap_or_else(|| operator.to_owned()),
            configured: true,
        });
    }
    Ok(windows)
}

/// Where a window's subject stands, for an error about it.
pub(super) fn subject_span(config: &MaintenanceConfig) -> std::ops::Range<usize> {
    config.subject.span()
}

fn time(text: &Spanned<String>, source: &ConfigSource) -> Result<UnixMs, ConfigError> {
    let read: Result<jiff::Timestamp, _> = text.get_ref().parse();
    let refused = |_| {
        let problem = "expected a time with its zone, such as \"2026-12-01T22:00:00Z\" or \
                       \"2026-12-01T22:00:00+01:00\"";
        source.refused(&text.span(), problem)
    };
    read.map(|time| UnixMs(time.as_millisecond())).map_err(refused)
}
