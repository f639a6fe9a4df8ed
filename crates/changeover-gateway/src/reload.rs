//! Another configuration in the place of the one in force, without a restart.
//!
//! Routes keep their breakers and overrides. What is fixed at the start (who the gateway is, where
//! it listens, where its state lies) cannot be changed, and an operator's override is never taken
//! away by a file: either is refused whole, and everything stays as it was.

use changeover_domain::{RouteId, TargetId};
use changeover_policy::retry::FleetBudget;

use crate::error::GatewayError;
use crate::live::Live;
use crate::settings::GatewaySettings;
use crate::shared::{Shared, locked};

/// Why a configuration was not put in force.
#[derive(Debug, thiserror::Error)]
pub enum ReloadRefused {
    #[error(transparent)]
    Unfit(#[from] GatewayError),
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

/// Puts `settings` in force, or leaves everything as it was.
pub(crate) fn reload(shared: &Shared, settings: GatewaySettings) -> Result<(), ReloadRefused> {
    fixed_keys_are_kept(&shared.live.get().settings, &settings)?;
    let now = shared.clock.now();
    shared.on_board(|board| {
        let (routes, breaker) = (&settings.catalogue.routes, &settings.breaker);
        if let Err(refused) = board.check_held(routes) {
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
    tracing::info!(gateway = %shared.id, "another configuration is in force");
    Ok(())
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
    ];
    match changed.into_iter().find(|(_, changed)| *changed) {
        Some((key, _)) => Err(ReloadRefused::Fixed { key }),
        None => Ok(()),
    }
}
