//! The gateway's configuration file. `assets/gateway.toml` is its documentation.
//!
//! One room per section of the file. Not for defaults of behaviour: those stand in
//! `crate::settings` and in policy; a value left out of the file is theirs.

mod admin;
mod breaker;
mod callers;
mod drain;
mod hooks;
mod journal;
mod limits;
mod log;
mod number;
mod serving;
mod shared_serving;
mod templates;
mod tls;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use changeover_config::{
    Catalogue, CatalogueFile, ConfigError, ConfigSource, ProviderConfig, RouteConfig, Spanned,
    TargetConfig,
};
use changeover_domain::{GatewayId, Mode, RouteId, TargetId};
use changeover_http::Names;
use changeover_policy::routing::{ChainProblem, LONGEST_CHAIN};
use changeover_webhook::DoorConfig;
use serde::Deserialize;

use crate::settings::{GatewaySettings, SERVED_MODES};
use admin::AdminConfig;
use breaker::BreakerConfig;
use callers::CallerConfig;
use drain::DrainConfig;
use journal::JournalConfig;
use limits::LimitsConfig;
use log::LogConfig;
use serving::ServingTable;
use shared_serving::{CacheConfig, ConcurrencyConfig, RetryConfig};
use tls::TlsConfig;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: Spanned<GatewayId>,
    listen: Spanned<SocketAddr>,
    state_dir: PathBuf,
    tls: Option<TlsConfig>,
    admin: AdminConfig,
    #[serde(default)]
    breaker: BreakerConfig,
    #[serde(default)]
    limits: LimitsConfig,
    #[serde(default)]
    drain: DrainConfig,
    #[serde(default)]
    log: LogConfig,
    #[serde(default)]
    journal: JournalConfig,
    #[serde(default)]
    retry: RetryConfig,
    #[serde(default)]
    cache: CacheConfig,
    #[serde(default)]
    concurrency: ConcurrencyConfig,
    #[serde(default)]
    serving: ServingTable,
    #[serde(default)]
    callers: Vec<CallerConfig>,
    #[serde(default)]
    hooks: Vec<DoorConfig>,
    #[serde(default)]
    templates: BTreeMap<RouteId, Spanned<PathBuf>>,
    #[serde(default)]
    providers: Vec<ProviderConfig>,
    #[serde(default)]
    targets: Vec<TargetConfig>,
    #[serde(default)]
    routes: Vec<RouteConfig>,
}

/// Reads a gateway's configuration file.
///
/// # Errors
/// [`ConfigError`] with file, line, key and what is allowed, at the first thing that does not fit.
pub fn read(file: &Path) -> Result<GatewaySettings, ConfigError> {
    let settings = parse(&ConfigSource::read(file)?)?;
    Ok(GatewaySettings { source: Some(file.to_owned()), ..settings })
}

/// Takes a configuration's text. Paths in it are relative to the file's folder.
///
/// # Errors
/// As [`read`].
pub fn parse(source: &ConfigSource) -> Result<GatewaySettings, ConfigError> {
    let file: File = source.parse()?;
    check_modes(&file.routes, source)?;
    check_chains(&file.routes, source)?;
    let tables =
        CatalogueFile { providers: file.providers, targets: file.targets, routes: file.routes };
    let catalogue = Catalogue::check(tables, source)?;
    if catalogue.routes.is_empty() {
        let problem = "a gateway needs at least one route: add `[[routes]]`";
        return Err(source.refused(&file.id.span(), problem));
    }
    let serving = serving::checked(&file.serving, &catalogue, source)?;
    let admin_tls = file.admin.read_tls(source)?;
    Ok(GatewaySettings {
        names: Names::default(),
        source: None,
        id: file.id.into_inner(),
        listen: file.listen.into_inner(),
        tls: file.tls.map(|tls| tls.read(source)).transpose()?,
        admin_listen: file.admin.checked_listen(admin_tls.as_ref(), source)?,
        admin_tls,
        tokens: file.admin.checked_tokens(source)?,
        state_dir: beside(source, &file.state_dir),
        journal_bytes: file.journal.bytes(source)?,
        templates: templates::read(&file.templates, &serving, &catalogue, source)?,
        shared_serving: shared_serving::checked(
            &file.retry,
            &file.cache,
            &file.concurrency,
            source,
        )?,
        callers: callers::checked(&file.callers, &catalogue, source)?,
        hooks: hooks::checked(&file.hooks, source)?,
        drop_overrides: Vec::new(),
        serving,
        catalogue,
        breaker: file.breaker.checked(source)?,
        limits: file.limits.of_requests(source)?,
        connections: file.limits.of_connections(source)?,
        drain: file.drain.settings(),
        log: file.log.settings(),
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

fn check_chains(routes: &[RouteConfig], source: &ConfigSource) -> Result<(), ConfigError> {
    for route in routes {
        let targets: Vec<TargetId> =
            route.targets.get_ref().iter().map(|target| target.get_ref().clone()).collect();
        if targets.len() > LONGEST_CHAIN {
            let problem = ChainProblem::TooLong { route: route.id.get_ref().clone(), targets };
            return Err(source.refused(&route.targets.span(), problem.to_string()));
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;
