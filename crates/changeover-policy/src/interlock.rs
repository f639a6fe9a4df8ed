//! Interlocks: what a gateway refuses to do even when an operator asks for it.
//!
//! Not for the form of an override (`Override::check`) nor for targets and modes that do not
//! exist: those cannot be broken by naming them. An interlock can, one by one, with a reason, and
//! the record says so. A return to the configuration is never interlocked: the way back is open.

use changeover_domain::admin::InterlockCheck;
use changeover_domain::{BreakerReport, Criticality, Mode, Override, Route, TargetId};

use crate::routing::{lets_through, with_forced};

/// A `must_succeed` route keeps at least one target whose breaker lets through.
pub const ONE_PATH_OPEN: &str = "one_path_open";

/// Every name that can stand in `break_interlocks`.
pub const NAMES: [&str; 1] = [ONE_PATH_OPEN];

/// Looks at every interlock that applies to `route` under `wanted`. `breakers` are the reports as
/// they are now; the forced states that `wanted` brings are applied here.
#[must_use]
pub fn check(route: &Route, wanted: &Override, breakers: &[BreakerReport]) -> Vec<InterlockCheck> {
    if route.criticality != Criticality::MustSucceed {
        return Vec::new();
    }
    let after = with_forced(breakers, &wanted.forced_breakers);
    let (holds, detail) = one_path_open(route, wanted, &after);
    vec![InterlockCheck { name: ONE_PATH_OPEN.to_owned(), holds, detail, breakable: true }]
}

/// The interlocks that stand in the way: those that do not hold and were not named to be broken.
#[must_use]
pub fn in_the_way(checks: &[InterlockCheck], broken: &[String]) -> Vec<InterlockCheck> {
    checks
        .iter()
        .filter(|check| {
            let named = check.breakable && broken.contains(&check.name);
            !(check.holds || named)
        })
        .cloned()
        .collect()
}

fn one_path_open(route: &Route, wanted: &Override, after: &[BreakerReport]) -> (bool, String) {
    let id = &route.id;
    if wanted.mode == Mode::Off {
        let detail = format!("`{id}` must succeed, and in mode `off` nothing of it is served");
        return (false, detail);
    }
    if !wanted.mode.needs_target() {
        let detail = format!("mode `{}` is served without a provider", wanted.mode.as_str());
        return (true, detail);
    }
    if let Some(target) = &wanted.target {
        return named_target(id.as_str(), target, after);
    }
    let open: Vec<&str> = route
        .targets
        .iter()
        .filter(|target| lets_through(after, target))
        .map(TargetId::as_str)
        .collect();
    if open.is_empty() {
        let detail = format!("`{id}` must succeed, and no breaker of its targets lets through");
        (false, detail)
    } else {
        (true, format!("lets through: {}", open.join(", ")))
    }
}

fn named_target(route: &str, target: &TargetId, after: &[BreakerReport]) -> (bool, String) {
    if lets_through(after, target) {
        (true, format!("the breaker of `{target}` lets through"))
    } else {
        let detail = format!(
            "`{route}` must succeed, and the breaker of `{target}` does not let through: choose \
             another target, or force this breaker closed if you know that it serves"
        );
        (false, detail)
    }
}

#[cfg(test)]
#[path = "interlock/tests.rs"]
mod tests;
