//! Another configuration in the place of the one in force, without a restart.
//!
//! Routes keep their breakers and overrides. What is fixed at the start (who the gateway is, where
//! it listens, where its state lies) cannot be changed, and an operator's override is never taken
//! away by a file: either is refused whole, and everything stays as it was.

use std::sync::Arc;

use changeover_domain::admin::ConfigurationReloaded;
use changeover_domain::{RouteId, TargetId};
use changeover_policy::retry::FleetBudget;

use crate::board::Misfit;
use crate::config;
use crate::error::GatewayError;
use crate::live::Live;
use crate::settings::{GatewaySettings, check, difference};
use crate::shared::{Shared, locked};
use crate::warnings::warnings;

/// Why a configuration was not put in force.
#[derive(Debug, thiserror::Error)]
pub enum ReloadRefused {
    #[error(transparent)]
    Unfit(#[from] GatewayError),
    #[error("the gateway was not started from a file: there is nothing to read again")]
    NoFile,
    #[error("the gateway is stopping")]
    Stopping,
    #[error("`{key}` cannot be changed while the gateway runs: restart it, or put the value back")]
    Fixed { key: &'static str },
    #[error(
        "an override of the route `{route}` is in force, and the new configuration has no such route: lift it first"
    )]
    RouteHeld { route: RouteId },
    #[error(
        "an override of the route `{route}` names the target `{target}`, which the route no longer has: lift it first"
    )]
    TargetHeld { route: RouteId, target: TargetId },
    #[error(
        "an override holds the route `{route}` in the mode `{mode}`, which the route no longer has: lift it first"
    )]
    ModeHeld { route: RouteId, mode: &'static str },
}

impl ReloadRefused {
    pub(crate) fn held(route: RouteId, misfit: Misfit) -> Self {
        match misfit {
            Misfit::Route => Self::RouteHeld { route },
            Misfit::Target(target) => Self::TargetHeld { route, target },
            Misfit::Mode(mode) => Self::ModeHeld { route, mode },
        }
    }
}

/// Reads the file that the gateway was started from, and puts what it says in force.
pub(crate) async fn from_file(
    shared: &Arc<Shared>,
) -> Result<ConfigurationReloaded, ReloadRefused> {
    let _one_at_a_time = shared.reloading.lock().await;
    let result = read_and_reload(shared).await;
    if let Err(refused) = &result {
        let why = changeover_http::error_chain(refused);
        tracing::error!(why, "the configuration was not reloaded: the one before stays in force");
    }
    result
}

async fn read_and_reload(shared: &Arc<Shared>) -> Result<ConfigurationReloaded, ReloadRefused> {
    let file = shared.live.get().settings.source.clone().ok_or(ReloadRefused::NoFile)?;
    // Files and the keychain may take their time.
    let reading = shared.tracker.spawn_blocking(move || config::read(&file));
    let settings = reading.await.map_err(|_| ReloadRefused::Stopping)?;
    reload(shared, settings.map_err(GatewayError::from)?)
}

/// Puts `settings` in force, or leaves everything as it was.
pub(crate) fn reload(
    shared: &Shared,
    settings: GatewaySettings,
) -> Result<ConfigurationReloaded, ReloadRefused> {
    check(&settings)?;
    let before = shared.live.get();
    fixed_keys_are_kept(&before.settings, &settings)?;
    let now = shared.clock.now();
    let reloaded = ConfigurationReloaded {
        changed: difference(&before.settings, &settings),
        warnings: warnings(&settings, now),
    };
    shared.on_board(|board| {
        let (routes, breaker) = (&settings.catalogue.routes, &settings.breaker);
        if let Err(refused) = board.check_held(routes) {
            return (Err(refused), crate::board::Effects::default());
        }
        if let Err(error) = shared.http.believe(settings.catalogue.servers()) {
            let refused = GatewayError::from(error).into();
            return (Err(refused), crate::board::Effects::default());
        }
        let effects = board.reconfigure(routes, breaker, now);
        let shared_serving = settings.shared_serving;
        shared.gates.reconfigure(&shared_serving.concurrency);
        locked(&shared.cache).resize(shared_serving.cache_bytes);
        let fleet = FleetBudget::new(shared_serving.fleet, now);
        *locked(&shared.retries) = fleet;
        // Under the board's lock, so that no request plans by one and serves by the other.
        shared.live.set(Live::new(settings));
        (Ok(()), effects)
    })?;
    tracing::info!(gateway = %shared.id, changed = ?reloaded.changed, "configuration reloaded");
    for warning in &reloaded.warnings {
        tracing::warn!("{warning}");
    }
    Ok(reloaded)
}

fn fixed_keys_are_kept(
    before: &GatewaySettings,
    after: &GatewaySettings,
) -> Result<(), ReloadRefused> {
    let changed = [
        ("id", before.id != after.id),
        ("listen", before.listen != after.listen),
        ("admin.listen", before.admin_listen != after.admin_listen),
        ("state_dir", before.state_dir != after.state_dir),
        ("journal.most_mib", before.journal_bytes != after.journal_bytes),
        ("limits.connections", before.connections.connections != after.connections.connections),
        ("log.format", before.log.format != after.log.format),
        ("tls", before.tls.is_some() != after.tls.is_some()),
        ("admin.tls", before.admin_tls.is_some() != after.admin_tls.is_some()),
    ];
    match changed.into_iter().find(|(_, changed)| *changed) {
        Some((key, _)) => Err(ReloadRefused::Fixed { key }),
        None => Ok(()),
    }
}
