//! The gateway's configuration file. `assets/gateway.toml` is its documentation.
//!
//! Not for defaults of behaviour: those stand in `crate::settings` and in policy; a value left
//! out of the file is theirs.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use changeover_config::{
    Catalogue, CatalogueFile, ConfigError, ConfigSource, ProviderConfig, RouteConfig, SecretRef,
    Spanned, TargetConfig, resolve,
};
use changeover_domain::{GatewayId, Mode, RouteId};
use changeover_policy::breaker::BreakerSettings;
use serde::Deserialize;

use crate::settings::{AdminToken, GatewaySettings, RequestLimits, Role, SERVED_MODES};
use crate::template;

/// The largest template file, in bytes.
const TEMPLATE_LIMIT: usize = 64 * 1024;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: Spanned<GatewayId>,
    listen: Spanned<SocketAddr>,
    state_dir: PathBuf,
    admin: AdminConfig,
    #[serde(default)]
    breaker: BreakerConfig,
    #[serde(default)]
    limits: LimitsConfig,
    #[serde(default)]
    templates: BTreeMap<RouteId, Spanned<PathBuf>>,
    #[serde(default)]
    providers: Vec<ProviderConfig>,
    #[serde(default)]
    targets: Vec<TargetConfig>,
    #[serde(default)]
    routes: Vec<RouteConfig>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AdminConfig {
    listen: Spanned<SocketAddr>,
    tokens: Spanned<Vec<TokenConfig>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenConfig {
    name: Spanned<String>,
    secret: Spanned<SecretRef>,
    role: Role,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct BreakerConfig {
    window_s: Option<Spanned<u32>>,
    minimum_calls: Option<Spanned<u32>>,
    failure_share: Option<Spanned<f64>>,
    slow_share: Option<Spanned<f64>>,
    cooldown_s: Option<Spanned<u32>>,
    cooldown_longest_s: Option<Spanned<u32>>,
    cooldown_jitter: Option<Spanned<f64>>,
    trials: Option<Spanned<u32>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsConfig {
    connect_ms: Option<Spanned<u32>>,
    first_token_ms: Option<Spanned<u32>>,
    stall_ms: Option<Spanned<u32>>,
    attempt_ms: Option<Spanned<u32>>,
    stream_ms: Option<Spanned<u32>>,
    budget_ms: Option<Spanned<u32>>,
}

/// Reads a gateway's configuration file.
///
/// # Errors
/// [`ConfigError`] with file, line, key and what is allowed, at the first thing that does not fit.
pub fn read(file: &Path) -> Result<GatewaySettings, ConfigError> {
    parse(&ConfigSource::read(file)?)
}

/// Takes a configuration's text. Paths in it are relative to the file's folder.
///
/// # Errors
/// As [`read`].
pub fn parse(source: &ConfigSource) -> Result<GatewaySettings, ConfigError> {
    let file: File = source.parse()?;
    check_modes(&file.routes, source)?;
    let tables =
        CatalogueFile { providers: file.providers, targets: file.targets, routes: file.routes };
    let catalogue = Catalogue::check(tables, source)?;
    if catalogue.routes.is_empty() {
        let problem = "a gateway needs at least one route: add `[[routes]]`";
        return Err(source.refused(&file.id.span(), problem));
    }
    let admin_listen = *file.admin.listen.get_ref();
    if !admin_listen.ip().is_loopback() {
        let problem = "other machines reach this address, and the admin API speaks no TLS: use a \
                       loopback address such as `127.0.0.1:4001`, and put a proxy or tunnel that \
                       ends TLS in front of it for consoles elsewhere";
        return Err(source.refused(&file.admin.listen.span(), problem));
    }
    Ok(GatewaySettings {
        id: file.id.into_inner(),
        listen: file.listen.into_inner(),
        admin_listen,
        tokens: tokens(&file.admin.tokens, source)?,
        state_dir: beside(source, &file.state_dir),
        templates: templates(&file.templates, &catalogue, source)?,
        catalogue,
        breaker: breaker(&file.breaker, source)?,
        limits: limits(&file.limits, source)?,
    })
}

fn beside(source: &ConfigSource, path: &Path) -> PathBuf {
    source.file().parent().map_or_else(|| path.to_owned(), |folder| folder.join(path))
}

fn check_modes(routes: &[RouteConfig], source: &ConfigSource) -> Result<(), ConfigError> {
    for route in routes {
        let modes = route.modes.get_ref();
        let unserved = modes.iter().find(|mode| !SERVED_MODES.contains(mode));
        if let Some(mode) = unserved {
            let problem = format!(
                "this gateway does not serve the mode `{}`; it serves {}",
                mode.as_str(),
                SERVED_MODES.map(Mode::as_str).join(", ")
            );
            return Err(source.refused(&route.modes.span(), problem));
        }
    }
    Ok(())
}

fn tokens(
    configured: &Spanned<Vec<TokenConfig>>,
    source: &ConfigSource,
) -> Result<Vec<AdminToken>, ConfigError> {
    if configured.get_ref().is_empty() {
        let problem = "the admin API needs at least one token";
        return Err(source.refused(&configured.span(), problem));
    }
    let mut tokens: Vec<AdminToken> = Vec::new();
    for token in configured.get_ref() {
        let name = token.name.get_ref();
        if name.trim().is_empty() || tokens.iter().any(|other| other.name == *name) {
            let problem = "each token needs a name of its own";
            return Err(source.refused(&token.name.span(), problem));
        }
        let secret = resolve(token.secret.get_ref())
            .map_err(|error| source.refused(&token.secret.span(), error.to_string()))?;
        tokens.push(AdminToken { name: name.clone(), secret, role: token.role });
    }
    Ok(tokens)
}

fn templates(
    configured: &BTreeMap<RouteId, Spanned<PathBuf>>,
    catalogue: &Catalogue,
    source: &ConfigSource,
) -> Result<BTreeMap<RouteId, String>, ConfigError> {
    let mut templates = BTreeMap::new();
    for (route, file) in configured {
        let refused = |problem: String| source.refused(&file.span(), problem);
        if catalogue.route(route).is_none() {
            return Err(refused(format!("there is no route `{route}` for this template")));
        }
        let path = beside(source, file.get_ref());
        let text = std::fs::read_to_string(&path)
            .map_err(|error| refused(format!("{} cannot be read: {error}", path.display())))?;
        if text.len() > TEMPLATE_LIMIT {
            return Err(refused(format!("a template has at most {TEMPLATE_LIMIT} bytes")));
        }
        if let Some(name) = template::unknown_variable(&text) {
            let known = template::VARIABLES.join(", ");
            return Err(refused(format!(
                "the template names the variable `{name}`; known: {known}"
            )));
        }
        templates.insert(route.clone(), text);
    }
    Ok(templates)
}

fn breaker(config: &BreakerConfig, source: &ConfigSource) -> Result<BreakerSettings, ConfigError> {
    let usual = BreakerSettings::default();
    let seconds = |value: &Option<Spanned<u32>>, usual: Duration| {
        positive(value, source)
            .map(|value| value.map_or(usual, |seconds| Duration::from_secs(u64::from(seconds))))
    };
    let share = |value: &Option<Spanned<f64>>, usual: f64| match value {
        None => Ok(usual),
        Some(value) if (0.0..=1.0).contains(value.get_ref()) => Ok(*value.get_ref()),
        Some(value) => {
            Err(source.refused(&value.span(), "expected a share from 0 to 1, such as 0.5"))
        }
    };
    Ok(BreakerSettings {
        window: seconds(&config.window_s, usual.window)?,
        minimum_calls: positive(&config.minimum_calls, source)?.unwrap_or(usual.minimum_calls),
        failure_share: share(&config.failure_share, usual.failure_share)?,
        slow_share: share(&config.slow_share, usual.slow_share)?,
        cooldown: seconds(&config.cooldown_s, usual.cooldown)?,
        cooldown_longest: seconds(&config.cooldown_longest_s, usual.cooldown_longest)?,
        cooldown_jitter: share(&config.cooldown_jitter, usual.cooldown_jitter)?,
        trials: positive(&config.trials, source)?.unwrap_or(usual.trials),
    })
}

fn limits(config: &LimitsConfig, source: &ConfigSource) -> Result<RequestLimits, ConfigError> {
    let usual = RequestLimits::default();
    let millis = |value: &Option<Spanned<u32>>, usual: Duration| {
        positive(value, source)
            .map(|value| value.map_or(usual, |millis| Duration::from_millis(u64::from(millis))))
    };
    Ok(RequestLimits {
        connect: millis(&config.connect_ms, usual.connect)?,
        first_token: millis(&config.first_token_ms, usual.first_token)?,
        stall: millis(&config.stall_ms, usual.stall)?,
        attempt: millis(&config.attempt_ms, usual.attempt)?,
        stream: millis(&config.stream_ms, usual.stream)?,
        budget: millis(&config.budget_ms, usual.budget)?,
    })
}

fn positive(
    value: &Option<Spanned<u32>>,
    source: &ConfigSource,
) -> Result<Option<u32>, ConfigError> {
    match value {
        Some(value) if *value.get_ref() == 0 => {
            Err(source.refused(&value.span(), "expected a number greater than 0"))
        }
        Some(value) => Ok(Some(*value.get_ref())),
        None => Ok(None),
    }
}

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;
