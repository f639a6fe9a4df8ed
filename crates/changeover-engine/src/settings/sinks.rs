//! `[[sinks]]`.

use changeover_config::{
    Carries, ConfigError, ConfigSource, SecretRef, Spanned, checked_url, resolve,
};
use changeover_domain::{Severity, SinkId};
use changeover_http::Secret;
use changeover_sinks::{PagerDuty, SecretAddress, SigningKey, SinkKind, SinkSetup, Slack, Webhook};
use serde::Deserialize;

/// `[[sinks]]`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SinkConfig {
    id: Spanned<SinkId>,
    kind: Spanned<KindConfig>,
    url: Option<Spanned<String>>,
    secret: Option<Spanned<SecretRef>>,
    routing_key: Option<Spanned<SecretRef>>,
    #[serde(default = "usual_severity")]
    at_least: Severity,
    #[serde(default = "usually")]
    updates: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum KindConfig {
    Webhook,
    Slack,
    #[serde(rename = "pagerduty")]
    PagerDuty,
}

fn usually() -> bool {
    true
}

fn usual_severity() -> Severity {
    Severity::Warning
}

/// Checks the sinks of the file, and fetches every secret that they name.
pub(super) fn sinks(
    configs: Vec<SinkConfig>,
    source: &ConfigSource,
) -> Result<Vec<SinkSetup>, ConfigError> {
    let mut sinks: Vec<SinkSetup> = Vec::new();
    for config in configs {
        let id = config.id.get_ref().clone();
        if sinks.iter().any(|sink| sink.id == id) {
            let problem = format!("`{id}` stands twice in sinks; each id is used once");
            return Err(source.refused(&config.id.span(), problem));
        }
        let kind = match config.kind.get_ref() {
            KindConfig::Webhook => webhook(&config, source)?,
            KindConfig::Slack => slack(&config, source)?,
            KindConfig::PagerDuty => pagerduty(&config, source)?,
        };
        let SinkConfig { at_least, updates, .. } = config;
        sinks.push(SinkSetup { id, kind, at_least, updates });
    }
    Ok(sinks)
}

fn webhook(config: &SinkConfig, source: &ConfigSource) -> Result<SinkKind, ConfigError> {
    refuse(config.routing_key.as_ref(), "a webhook has no `routing_key`", source)?;
    let url = needed(config.url.as_ref(), config, "a webhook needs its `url`", source)?;
    let reference = needed(
        config.secret.as_ref(),
        config,
        "a webhook needs the `secret` that signs it, as `env:NAME` or `keychain:NAME`",
        source,
    )?;
    let address = checked_url(url, Carries::Secret, source)?;
    let problem = |error: String| source.refused(&reference.span(), error);
    let key = SigningKey::try_new(fetched(reference, source)?)
        .map_err(|error| problem(error.to_string()))?;
    let webhook = Webhook::try_new(address, key)
        .map_err(|error| source.refused(&url.span(), error.to_string()))?;
    Ok(SinkKind::Webhook(webhook))
}

/// Slack's address is its secret: it stands elsewhere, like a key.
fn slack(config: &SinkConfig, source: &ConfigSource) -> Result<SinkKind, ConfigError> {
    refuse(config.routing_key.as_ref(), "a slack sink has no `routing_key`", source)?;
    refuse(config.secret.as_ref(), "a slack sink has no `secret`: its `url` is one", source)?;
    let needs = "a slack sink needs its `url`, as `env:NAME` or `keychain:NAME`";
    let url = needed(config.url.as_ref(), config, needs, source)?;
    let problem = |error: String| source.refused(&url.span(), error);
    let form = "Slack's address is a secret: name it as `env:NAME` or `keychain:NAME`";
    let reference =
        SecretRef::try_from(url.get_ref().clone()).map_err(|_| problem(form.to_owned()))?;
    let secret = resolve(&reference).map_err(|error| problem(error.to_string()))?;
    let address = SecretAddress::try_new(secret).map_err(|error| problem(error.to_string()))?;
    Ok(SinkKind::Slack(Slack::new(address)))
}

fn pagerduty(config: &SinkConfig, source: &ConfigSource) -> Result<SinkKind, ConfigError> {
    let secret = "a pagerduty sink has no `secret`, but a `routing_key`";
    refuse(config.secret.as_ref(), secret, source)?;
    let needs = "a pagerduty sink needs its `routing_key`, as `env:NAME` or `keychain:NAME`";
    let reference = needed(config.routing_key.as_ref(), config, needs, source)?;
    let url = config.url.as_ref();
    let address = url.map(|url| checked_url(url, Carries::Secret, source)).transpose()?;
    let pagerduty = PagerDuty::try_new(address, fetched(reference, source)?)
        .map_err(|error| source.refused(&config.kind.span(), error.to_string()))?;
    Ok(SinkKind::PagerDuty(pagerduty))
}

fn fetched(reference: &Spanned<SecretRef>, source: &ConfigSource) -> Result<Secret, ConfigError> {
    let found = resolve(reference.get_ref());
    found.map_err(|error| source.refused(&reference.span(), error.to_string()))
}

fn needed<'a, T>(
    field: Option<&'a T>,
    config: &SinkConfig,
    problem: &str,
    source: &ConfigSource,
) -> Result<&'a T, ConfigError> {
    field.ok_or_else(|| source.refused(&config.kind.span(), problem))
}

fn refuse<T>(
    field: Option<&Spanned<T>>,
    problem: &str,
    source: &ConfigSource,
) -> Result<(), ConfigError> {
    field.map_or(Ok(()), |field| Err(source.refused(&field.span(), problem)))
}
