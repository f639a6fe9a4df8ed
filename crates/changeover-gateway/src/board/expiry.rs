//! When overrides run out, and what becomes of them.
//!
//! By the gateway's own clock, so that a console that is gone changes no traffic.
//! `return_if_healthy` goes back to auto only if the primary's breaker would let it through; until
//! then the override holds and says so, and the primary gets trials from real requests. `hold`
//! stays until somebody decides.

use changeover_domain::{AuditAction, BreakerState, OnExpiry, UnixMs};

use super::change::Accepted;
use super::{Board, Draft, RouteBoard};
use crate::journal::LoadedRoute;

/// What is to be done about one override now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    Return,
    Hold,
}

impl Board {
    /// The overrides that run out now, or may return at last; `None` when there are none.
    pub(crate) fn due(&self, now: UnixMs) -> Option<Accepted> {
        let mut accepted = Accepted { generation: self.generation.next(), ..Accepted::default() };
        for route in self.routes() {
            if let Some(due) = due_on(route, now) {
                let (draft, loaded) = written(route, due, now);
                let moved = draft.move_it_causes();
                accepted.drafts.push(draft);
                accepted.drafts.extend(moved);
                accepted.loaded.push(loaded);
            }
        }
        (!accepted.loaded.is_empty()).then_some(accepted)
    }

    /// When the next override runs out.
    pub(crate) fn next_expiry(&self) -> Option<UnixMs> {
        self.routes()
            .filter(|route| !route.expired)
            .filter_map(|route| route.wanted.as_ref().map(|wanted| wanted.until))
            .min()
    }
}

fn due_on(route: &RouteBoard, now: UnixMs) -> Option<Due> {
    let wanted = route.wanted.as_ref().filter(|wanted| wanted.until <= now)?;
    match wanted.on_expiry {
        OnExpiry::Hold => (!route.expired).then_some(Due::Hold),
        OnExpiry::ReturnIfHealthy if primary_is_fit(route, now) => Some(Due::Return),
        OnExpiry::ReturnIfHealthy => (!route.expired).then_some(Due::Hold),
    }
}

/// Whether the primary would get ordinary traffic in auto, where nothing is forced.
fn primary_is_fit(route: &RouteBoard, now: UnixMs) -> bool {
    let primary = route.route.primary();
    route
        .reports(now)
        .iter()
        .any(|report| Some(&report.target) == primary && report.observed == BreakerState::Closed)
}

fn written(route: &RouteBoard, due: Due, now: UnixMs) -> (Draft, LoadedRoute) {
    let kept = match due {
        Due::Return => None,
        Due::Hold => route.wanted.clone(),
    };
    let held_by_wish =
        route.wanted.as_ref().is_some_and(|wanted| wanted.on_expiry == OnExpiry::Hold);
    let reason = match due {
        Due::Return if route.expired => "ran out earlier; the primary is fit again: back to auto",
        Due::Return => "ran out; the primary is fit: back to auto",
        Due::Hold if held_by_wish => "ran out; holds as it was asked to, until somebody decides",
        Due::Hold => "ran out while the primary's breaker is not closed: holds until it is",
    };
    let after = match due {
        Due::Return => route.effective_under(None, now),
        Due::Hold => route.effective.clone(),
    };
    let draft = Draft {
        at: now,
        actor: "gateway".to_owned(),
        action: AuditAction::OverrideExpired,
        route: route.route.id.clone(),
        reason: reason.to_owned(),
        generation: route.generation,
        before: route.effective.clone(),
        after,
        r#override: kept.clone(),
        token: None,
        broken_interlocks: Vec::new(),
    };
    let loaded = LoadedRoute {
        route: route.route.id.clone(),
        generation: route.generation,
        r#override: kept,
        expired: true,
        changed_by: "gateway".to_owned(),
        changed_at: now,
    };
    (draft, loaded)
}
