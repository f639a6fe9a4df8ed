//! The board: what every route does now, in memory.
//!
//! Each route has its override, its breakers and what follows from both. Not for disks, sockets or
//! clocks: every method is handed the time, and says what moved ([`Effects`]) instead of telling
//! anybody. Whether a change may be made is [`change`]'s; when one runs out is [`expiry`]'s.

pub(crate) mod change;
pub(crate) mod expiry;
mod route;

use std::collections::BTreeMap;

use changeover_domain::admin::{ChangeDetails, Effective, GatewayEvent, RouteState};
use changeover_domain::{AuditAction, Generation, Override, Route, RouteId, TargetId, UnixMs};
use changeover_policy::breaker::{BreakerSettings, CallResult, Permit};
use changeover_policy::routing::lets_through;

pub(crate) use route::{RouteBoard, ServePlan};

use crate::journal::{LoadedRoute, Record, Snapshot};
use crate::reload::ReloadRefused;

/// All routes of a gateway.
#[derive(Debug)]
pub(crate) struct Board {
    pub(crate) generation: Generation,
    routes: BTreeMap<RouteId, RouteBoard>,
    /// Accepted and on its way to the disk: as good as in force.
    promised: Vec<LoadedRoute>,
}

/// Something that belongs into the chain of changes but is not yet a link of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Draft {
    pub(crate) at: UnixMs,
    pub(crate) actor: String,
    pub(crate) action: AuditAction,
    pub(crate) route: RouteId,
    pub(crate) reason: String,
    pub(crate) generation: Generation,
    pub(crate) before: Effective,
    pub(crate) after: Effective,
    pub(crate) r#override: Option<Override>,
    /// The token that was used; `None` for what happens by itself.
    pub(crate) token: Option<String>,
    pub(crate) broken_interlocks: Vec<String>,
}

impl Draft {
    /// The link for the move of target or mode that this change causes, if it causes one.
    pub(crate) fn move_it_causes(&self) -> Option<Self> {
        (!same_service(&self.before, &self.after))
            .then(|| Self { action: AuditAction::EffectiveMoved, ..self.clone() })
    }
}

/// Whether both serve by the same target in the same mode, for whatever cause.
pub(crate) fn same_service(one: &Effective, other: &Effective) -> bool {
    (&one.target, one.mode) == (&other.target, other.mode)
}

/// A permitted call that has ended.
#[derive(Debug)]
pub(crate) struct EndedCall {
    pub(crate) permit: Permit,
    pub(crate) result: CallResult,
    pub(crate) at: UnixMs,
    /// Lengthens the breaker's cool-down if this call trips it; 0 to 1.
    pub(crate) jitter: f64,
}

/// What a step on the board brought about.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) events: Vec<GatewayEvent>,
    pub(crate) drafts: Vec<Draft>,
}

impl Effects {
    fn extend(&mut self, more: Self) {
        self.events.extend(more.events);
        self.drafts.extend(more.drafts);
    }
}

impl Board {
    /// The routes as configured, with closed breakers and no overrides.
    pub(crate) fn new(routes: &[Route], settings: &BreakerSettings, now: UnixMs) -> Self {
        let routes = routes
            .iter()
            .map(|route| (route.id.clone(), RouteBoard::new(route.clone(), settings, now)))
            .collect();
        Self { generation: Generation::default(), routes, promised: Vec::new() }
    }

    /// Takes up what the journal's older lines amounted to, before [`Self::replay`]. Overrides of
    /// routes that are no longer configured are left out and returned.
    pub(crate) fn take_up(&mut self, snapshot: &Snapshot) -> Vec<RouteId> {
        self.generation = snapshot.generation;
        let mut unknown = Vec::new();
        for loaded in &snapshot.routes {
            match self.routes.get_mut(&loaded.route) {
                Some(route) => route.restore(loaded),
                None => unknown.push(loaded.route.clone()),
            }
        }
        for (route, effective) in &snapshot.effective {
            if let Some(route) = self.routes.get_mut(route) {
                route.remember_effective(effective.clone());
            }
        }
        unknown
    }

    /// Takes up what the journal says. Overrides of routes that are no longer configured are left
    /// out and returned.
    pub(crate) fn replay(&mut self, records: &[Record], now: UnixMs) -> Vec<RouteId> {
        let mut unknown = Vec::new();
        for record in records {
            self.generation = record.generation;
            for loaded in &record.routes {
                match self.routes.get_mut(&loaded.route) {
                    Some(route) => route.restore(loaded),
                    None => unknown.push(loaded.route.clone()),
                }
            }
            for entry in &record.entries {
                let details = serde_json::from_value::<ChangeDetails>(entry.details.clone()).ok();
                let route = RouteId::try_new(entry.subject.clone()).ok();
                if let (Some(details), Some(route)) = (details, route)
                    && let Some(route) = self.routes.get_mut(&route)
                {
                    route.remember_effective(details.after);
                }
            }
        }
        for route in self.routes.values_mut() {
            route.put_the_awaited_on_trial(now);
        }
        unknown
    }

    /// Whether every override that is in force, or will be in a moment, fits `routes` as well.
    pub(crate) fn check_held(&self, routes: &[Route]) -> Result<(), ReloadRefused> {
        let in_force = self
            .routes
            .values()
            .filter_map(|board| Some((&board.route.id, board.wanted.as_ref()?)));
        let promised =
            self.promised.iter().filter_map(|to| Some((&to.route, to.r#override.as_ref()?)));
        for (id, wanted) in in_force.chain(promised) {
            let route = routes.iter().find(|route| route.id == *id);
            fits(wanted, route).map_err(|misfit| ReloadRefused::held(id.clone(), misfit))?;
        }
        Ok(())
    }

    /// Remembers what is being written until it is loaded; nothing, where it could not be.
    pub(crate) fn promise(&mut self, loaded: &[LoadedRoute]) {
        self.promised = loaded.to_vec();
    }

    /// Takes up other routes and breaker settings. Breakers and overrides of what stays are kept.
    pub(crate) fn reconfigure(
        &mut self,
        routes: &[Route],
        settings: &BreakerSettings,
        now: UnixMs,
    ) -> Effects {
        let mut before = std::mem::take(&mut self.routes);
        for route in routes {
            let mut board = before
                .remove(&route.id)
                .unwrap_or_else(|| RouteBoard::new(route.clone(), settings, now));
            board.reconfigure(route, settings, now);
            self.routes.insert(route.id.clone(), board);
        }
        self.reassess_all(now, "the configuration was reloaded")
    }

    /// Looks at every route anew.
    pub(crate) fn reassess_all(&mut self, now: UnixMs, why: &str) -> Effects {
        let mut effects = Effects::default();
        for route in self.routes.values_mut() {
            effects.extend(route.reassess(now, why));
        }
        effects
    }

    pub(crate) fn route(&self, id: &RouteId) -> Option<&RouteBoard> {
        self.routes.get(id)
    }

    pub(crate) fn route_ids(&self) -> impl Iterator<Item = &RouteId> {
        self.routes.keys()
    }

    pub(crate) fn routes(&self) -> impl Iterator<Item = &RouteBoard> {
        self.routes.values()
    }

    pub(crate) fn states(&self, now: UnixMs) -> Vec<RouteState> {
        self.routes.values().map(|route| route.state(now)).collect()
    }

    /// What the next request of a route does.
    pub(crate) fn plan(&self, id: &RouteId, now: UnixMs) -> Option<ServePlan> {
        self.routes.get(id).map(|route| route.plan(now))
    }

    /// Asks a breaker for leave to call. Where a reload took route or target away there is none to
    /// ask: what was planned before it goes on as it was planned.
    pub(crate) fn admit(
        &mut self,
        route: &RouteId,
        target: &TargetId,
        now: UnixMs,
    ) -> (Option<Permit>, Effects) {
        match self.routes.get_mut(route).filter(|route| route.has_target(target)) {
            Some(route) => route.admit(target, now),
            None => (Some(Permit::unobserved()), Effects::default()),
        }
    }

    /// Whether ordinary traffic passes to any of `targets`; as in [`Self::admit`], also to what a
    /// reload took away.
    pub(crate) fn any_lets_through(
        &self,
        route: &RouteId,
        targets: &[TargetId],
        now: UnixMs,
    ) -> bool {
        let Some(route) = self.routes.get(route) else { return !targets.is_empty() };
        let reports = route.reports(now);
        targets.iter().any(|target| !route.has_target(target) || lets_through(&reports, target))
    }

    /// Tells a breaker how a call ended.
    pub(crate) fn report_call(
        &mut self,
        route: &RouteId,
        target: &TargetId,
        ended: EndedCall,
    ) -> Effects {
        self.routes.get_mut(route).map(|route| route.report_call(target, ended)).unwrap_or_default()
    }

    /// Puts changed overrides in force. They are on disk already.
    pub(crate) fn load(
        &mut self,
        generation: Generation,
        loaded: &[LoadedRoute],
        now: UnixMs,
    ) -> Effects {
        self.generation = generation;
        self.promised.clear();
        let mut effects = Effects::default();
        for change in loaded {
            if let Some(route) = self.routes.get_mut(&change.route) {
                effects.extend(route.load(change, now));
            }
        }
        effects
    }
}

/// What an override holds and the configuration does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    #[error("the configuration has no such route")]
    Route,
    #[error("it names the target `{0}`, which the route does not have")]
    Target(TargetId),
    #[error("it holds the mode `{0}`, which the route does not have")]
    Mode(&'static str),
}

/// Whether an override fits its route as it will be.
pub(crate) fn fits(wanted: &Override, route: Option<&Route>) -> Result<(), Misfit> {
    let Some(route) = route else {
        return Err(Misfit::Route);
    };
    let forced = wanted.forced_breakers.iter().map(|forced| &forced.target);
    let mut named = wanted.target.iter().chain(forced);
    if let Some(target) = named.find(|target| !route.targets.contains(target)) {
        return Err(Misfit::Target(target.clone()));
    }
    if !route.modes.contains(&wanted.mode) {
        return Err(Misfit::Mode(wanted.mode.as_str()));
    }
    Ok(())
}

#[cfg(test)]
#[path = "board/tests.rs"]
mod tests;
