//! Readings of what carries the routes: gateways, overrides, and what they cost.

use changeover_domain::{Convergence, ConvergenceStep, Severity, Subject};
use changeover_policy::alert::Reading;

use super::{Evaluation, Inputs, counted};
use crate::alerts::record::Words;
use crate::contract::{AlertRuleId, GatewayView, Reachability, RouteView, Snapshot};

fn answers(gateway: &GatewayView) -> bool {
    gateway.reachability == Reachability::Reachable
}

/// A gateway's admin API does not answer. All of them silent is worse than one.
pub(super) fn unreachable(snapshot: &Snapshot, gateway: &GatewayView) -> Evaluation {
    let others = snapshot.gateways.iter().any(answers);
    let is_gone = gateway.reachability == Reachability::Unreachable;
    Evaluation {
        reading: match gateway.reachability {
            Reachability::Reachable => Reading::Value(0.0),
            Reachability::Unreachable => Reading::Value(1.0),
            Reachability::Unknown => Reading::Missing,
        },
        severity: if others { Severity::Warning } else { Severity::Critical },
        words: is_gone.then(|| Words {
            title: format!("Gateway {} does not answer", gateway.id),
            text: gateway.problem.clone().unwrap_or_default(),
            children: Vec::new(),
        }),
        may_be_network: true,
        ..Evaluation::new(AlertRuleId::GatewayUnreachable, Subject::Gateway(gateway.id.clone()))
    }
}

/// A gateway shows something else than what is wanted, or refuses it.
pub(super) fn drifted(snapshot: &Snapshot, gateway: &GatewayView) -> Evaluation {
    let is_off = |convergence: &&Convergence| {
        use ConvergenceStep::{Drifted, LostUpdate, Refused};
        convergence.gateway == gateway.id
            && matches!(convergence.step, Drifted | LostUpdate | Refused)
    };
    let off: Vec<String> = snapshot
        .overrides
        .iter()
        .filter_map(|lever| {
            let convergence = lever.convergence.iter().find(is_off)?;
            let detail = convergence.detail.as_deref().unwrap_or("it shows something else");
            Some(format!("{}: {detail}", lever.route))
        })
        .collect();
    Evaluation {
        reading: if off.is_empty() && !answers(gateway) {
            Reading::Missing
        } else {
            counted(off.len())
        },
        words: off.first().cloned().map(|first| Words {
            title: format!("Gateway {} is not as wanted", gateway.id),
            text: first,
            children: off,
        }),
        ..Evaluation::new(AlertRuleId::GatewayDrifted, Subject::Gateway(gateway.id.clone()))
    }
}

/// An override of the route has run out and still holds: somebody has to decide.
pub(super) fn expiry_held(snapshot: &Snapshot, route: &RouteView) -> Evaluation {
    let lever = snapshot.overrides.iter().find(|lever| lever.route == route.id);
    let held: Vec<String> = lever
        .into_iter()
        .flat_map(|lever| lever.expiry_held.iter().map(ToString::to_string))
        .collect();
    Evaluation {
        reading: if held.is_empty() && !snapshot.gateways.iter().all(answers) {
            // The one that is silent may be the one that holds.
            Reading::Missing
        } else {
            counted(held.len())
        },
        words: (!held.is_empty()).then(|| Words {
            title: format!("{}: the override has run out and still holds", route.id),
            text: "the primary was not fit to return to, or the override is to be held".to_owned(),
            children: held,
        }),
        ..Evaluation::new(AlertRuleId::ExpiryHeld, Subject::Route(route.id.clone()))
    }
}

/// What all routes together cost more than on their primaries. What has no price is not free: unless
/// the rest is over the limit by itself, the whole cannot be reckoned then.
pub(super) fn premium(inputs: &Inputs<'_>) -> Evaluation {
    let snapshot = inputs.snapshot;
    let dearer: Vec<&RouteView> = snapshot
        .routes
        .iter()
        .filter(|route| route.premium_per_hour.is_some_and(|premium| premium.0 > 0))
        .collect();
    let unpriced: Vec<&RouteView> =
        snapshot.routes.iter().filter(|route| is_unpriced(route)).collect();
    let premium = snapshot.headline.premium_per_hour;
    let dollars = premium.map_or(0.0, in_dollars);
    let rule = inputs.rules().get(AlertRuleId::PremiumPerHour);
    let is_enough = rule.is_some_and(|rule| rule.machine.is_breached(dollars));
    let words = if is_enough || unpriced.is_empty() {
        (!dearer.is_empty()).then(|| too_dear(dollars, &dearer))
    } else {
        Some(without_price(&unpriced))
    };
    Evaluation {
        reading: if is_enough {
            Reading::Value(dollars)
        } else if !unpriced.is_empty() {
            Reading::Failed
        } else if premium.is_some() || snapshot.gateways.iter().any(answers) {
            Reading::Value(dollars)
        } else {
            Reading::Missing
        },
        words,
        concerns: dearer.iter().map(|route| Subject::Route(route.id.clone())).collect(),
        ..Evaluation::new(AlertRuleId::PremiumPerHour, Subject::Everything)
    }
}

fn too_dear(dollars: f64, dearer: &[&RouteView]) -> Words {
    let part = |route: &&RouteView| {
        let premium = in_dollars(route.premium_per_hour?);
        Some(format!("{}: ${premium:.2} per hour", route.id))
    };
    Words {
        title: "Fallbacks cost more than the limit".to_owned(),
        text: format!("${dollars:.2} per hour more than on the primaries"),
        children: dearer.iter().filter_map(part).collect(),
    }
}

fn without_price(unpriced: &[&RouteView]) -> Words {
    Words {
        title: "What fallbacks cost cannot be reckoned".to_owned(),
        text: "a target that serves, or the primary it is compared with, has no price".to_owned(),
        children: unpriced.iter().map(|route| route.id.to_string()).collect(),
    }
}

/// Whether the route is away from its primary and nobody knows what that costs.
fn is_unpriced(route: &RouteView) -> bool {
    let target = route.effective.as_ref().and_then(|effective| effective.target.as_ref());
    let away = target.is_some() && target != route.targets.first();
    away && route.requests_per_minute.is_some() && route.premium_per_hour.is_none()
}

/// For comparing with a limit and for words; sums stay integers.
fn in_dollars(amount: changeover_domain::Nanodollars) -> f64 {
    let cents = amount.0 / 10_000_000;
    i32::try_from(cents).map_or(f64::MAX, f64::from) / 100.0
}
