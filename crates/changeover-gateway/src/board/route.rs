//! One route on the board.

use std::sync::Arc;

use changeover_domain::admin::{Effective, GatewayEvent, RouteState};
use changeover_domain::{
    AuditAction, BreakerReport, BreakerState, ForcedState, Generation, OnExpiry, Override, Route,
    RouteId, TargetId, UnixMs,
};
use changeover_policy::breaker::{Breaker, BreakerSettings, Permit};
use changeover_policy::ledger::is_fallback;
use changeover_policy::routing::{self, Situation};

use super::{Draft, Effects, EndedCall, same_service};
use crate::journal::LoadedRoute;

/// What a request finds when it arrives; it keeps it until it has ended.
#[derive(Debug, Clone)]
pub(crate) struct ServePlan {
    pub(crate) route: RouteId,
    /// The route as configured.
    pub(crate) configured: Arc<Route>,
    pub(crate) generation: Generation,
    pub(crate) effective: Effective,
    pub(crate) fallback: bool,
    /// Targets to try in order, each if its breaker admits it.
    pub(crate) candidates: Vec<TargetId>,
    /// Those of them whose breaker does not let ordinary traffic through.
    pub(crate) shut: Vec<TargetId>,
    /// When the first of the open breakers lets a trial through.
    pub(crate) next_trial_at: Option<UnixMs>,
    /// When the override runs out.
    pub(crate) until: Option<UnixMs>,
}

#[derive(Debug)]
pub(crate) struct RouteBoard {
    pub(crate) route: Arc<Route>,
    pub(crate) generation: Generation,
    pub(crate) wanted: Option<Override>,
    /// The override of this generation has run out; if `wanted` is still here, it is held.
    pub(crate) expired: bool,
    pub(crate) changed: Option<(String, UnixMs)>,
    pub(crate) effective: Effective,
    breakers: Vec<(TargetId, Breaker)>,
}

impl RouteBoard {
    pub(super) fn new(route: Route, settings: &BreakerSettings, now: UnixMs) -> Self {
        let breakers: Vec<(TargetId, Breaker)> = route
            .targets
            .iter()
            .map(|target| (target.clone(), Breaker::new(settings.clone(), now)))
            .collect();
        let reports = reports(&breakers, now);
        let situation =
            Situation { route: &route, wanted: None, expiry_held: false, breakers: &reports };
        let effective = routing::effective(&situation, None, now);
        Self {
            route: Arc::new(route),
            generation: Generation::default(),
            wanted: None,
            expired: false,
            changed: None,
            effective,
            breakers,
        }
    }

    /// Takes up another configuration; what is known of targets that stay is kept.
    pub(super) fn reconfigure(&mut self, route: &Route, settings: &BreakerSettings, now: UnixMs) {
        let mut before = std::mem::take(&mut self.breakers);
        self.route = Arc::new(route.clone());
        self.breakers = route
            .targets
            .iter()
            .map(|target| {
                let known = before.iter().position(|(id, _)| id == target);
                let mut breaker = match known {
                    Some(index) => before.swap_remove(index).1,
                    None => Breaker::new(settings.clone(), now),
                };
                breaker.reconfigure(settings.clone());
                (target.clone(), breaker)
            })
            .collect();
        self.apply_force();
    }

    pub(crate) fn etag(&self) -> String {
        etag(self.generation, self.expired)
    }

    pub(crate) fn expiry_held(&self) -> bool {
        self.expired && self.wanted.is_some()
    }

    pub(crate) fn reports(&self, now: UnixMs) -> Vec<BreakerReport> {
        reports(&self.breakers, now)
    }

    pub(crate) fn state(&self, now: UnixMs) -> RouteState {
        RouteState {
            route: self.route.id.clone(),
            criticality: self.route.criticality,
            targets: self.route.targets.clone(),
            modes: self.route.modes.clone(),
            generation: self.generation,
            etag: self.etag(),
            r#override: self.wanted.clone(),
            expiry_held: self.expiry_held(),
            effective: self.effective.clone(),
            breakers: self.reports(now),
        }
    }

    pub(super) fn plan(&self, now: UnixMs) -> ServePlan {
        let breakers = self.reports(now);
        let situation = Situation {
            route: &self.route,
            wanted: self.wanted.as_ref(),
            expiry_held: self.expiry_held(),
            breakers: &breakers,
        };
        let candidates = routing::candidates(&situation);
        let shut = |target: &&TargetId| !routing::lets_through(&breakers, target);
        ServePlan {
            shut: candidates.iter().filter(shut).cloned().collect(),
            route: self.route.id.clone(),
            configured: Arc::clone(&self.route),
            generation: self.generation,
            effective: self.effective.clone(),
            fallback: self.is_fallback(),
            candidates,
            next_trial_at: breakers.iter().filter_map(|report| report.next_trial_at).min(),
            until: self.wanted.as_ref().map(|wanted| wanted.until),
        }
    }

    fn is_fallback(&self) -> bool {
        self.route.primary().is_some_and(|primary| is_fallback(primary, &self.effective))
    }

    /// What the route would do under `wanted`, were it loaded now.
    pub(super) fn effective_under(&self, wanted: Option<&Override>, now: UnixMs) -> Effective {
        let forced = wanted.map_or(&[][..], |wanted| &wanted.forced_breakers);
        let breakers = routing::with_forced(&self.reports(now), forced);
        let situation =
            Situation { route: &self.route, wanted, expiry_held: false, breakers: &breakers };
        routing::effective(&situation, Some(&self.effective), now)
    }

    pub(super) fn has_target(&self, target: &TargetId) -> bool {
        self.breakers.iter().any(|(id, _)| id == target)
    }

    pub(super) fn admit(&mut self, target: &TargetId, now: UnixMs) -> (Option<Permit>, Effects) {
        self.with_breaker(target, now, |breaker| breaker.admit(now))
    }

    pub(super) fn report_call(&mut self, target: &TargetId, ended: EndedCall) -> Effects {
        let EndedCall { permit, result, at, jitter } = ended;
        let (_, effects) = self.with_breaker(target, at, |breaker| {
            breaker.report_call(permit, result, at, jitter);
            Some(())
        });
        effects
    }

    fn with_breaker<T>(
        &mut self,
        target: &TargetId,
        now: UnixMs,
        step: impl FnOnce(&mut Breaker) -> Option<T>,
    ) -> (Option<T>, Effects) {
        let Some((_, breaker)) = self.breakers.iter_mut().find(|(id, _)| id == target) else {
            return (None, Effects::default());
        };
        let before = breaker.observed();
        let done = step(breaker);
        if breaker.observed() == before {
            return (done, Effects::default());
        }
        let moved = GatewayEvent::BreakerMoved {
            route: self.route.id.clone(),
            breaker: breaker.report(target.clone(), now),
        };
        let word = word(breaker.observed());
        let mut effects = self.reassess(now, &format!("the breaker of `{target}` is {word}"));
        effects.events.insert(0, moved);
        (done, effects)
    }

    pub(super) fn restore(&mut self, loaded: &LoadedRoute) {
        self.generation = loaded.generation;
        self.wanted.clone_from(&loaded.r#override);
        self.expired = loaded.expired;
        self.changed = Some((loaded.changed_by.clone(), loaded.changed_at));
        self.apply_force();
    }

    /// After a restart the breakers have seen nothing, and closed by birth would pass for fit. Where
    /// a return waits for the primary to be fit, or came due meanwhile, the primary proves itself.
    pub(super) fn put_the_awaited_on_trial(&mut self, now: UnixMs) {
        let waits = self.wanted.as_ref().is_some_and(|wanted| {
            let came_due = wanted.until <= now && self.is_fallback();
            wanted.on_expiry == OnExpiry::ReturnIfHealthy && (self.expired || came_due)
        });
        let primary = self.route.primary().filter(|_| waits);
        for (target, breaker) in &mut self.breakers {
            if Some(&*target) == primary {
                breaker.require_trials(now);
            }
        }
    }

    /// The chain's last word on what the route did before a restart.
    pub(super) fn remember_effective(&mut self, effective: Effective) {
        self.effective = effective;
    }

    pub(super) fn load(&mut self, loaded: &LoadedRoute, now: UnixMs) -> Effects {
        self.restore(loaded);
        let mut effects = self.reassess(now, "");
        for draft in &mut effects.drafts {
            draft.actor.clone_from(&loaded.changed_by);
            "an override was loaded".clone_into(&mut draft.reason);
        }
        if effects.events.is_empty() {
            effects.events.push(self.state_changed());
        }
        effects
    }

    /// The route as it will be with this change, for the answer that is written beside it.
    pub(crate) fn state_under(&self, loaded: &LoadedRoute, now: UnixMs) -> RouteState {
        let wanted = loaded.r#override.as_ref();
        let forced = wanted.map_or(&[][..], |wanted| &wanted.forced_breakers);
        RouteState {
            generation: loaded.generation,
            etag: etag(loaded.generation, loaded.expired),
            r#override: loaded.r#override.clone(),
            expiry_held: loaded.expired && wanted.is_some(),
            effective: self.effective_under(wanted, now),
            breakers: routing::with_forced(&self.reports(now), forced),
            ..self.state(now)
        }
    }

    /// Sets the breakers as the override wants them. A primary that is awaited lets trials through
    /// even if the override that ran out had forced it open: else it could never prove itself.
    fn apply_force(&mut self) {
        let awaited = self.expiry_held()
            && self
                .wanted
                .as_ref()
                .is_some_and(|wanted| wanted.on_expiry == OnExpiry::ReturnIfHealthy);
        for (target, breaker) in &mut self.breakers {
            let forced = self.wanted.as_ref().and_then(|wanted| {
                wanted
                    .forced_breakers
                    .iter()
                    .find(|forced| forced.target == *target)
                    .map(|forced| forced.state)
            });
            let lifted = awaited
                && self.route.primary() == Some(target)
                && forced == Some(ForcedState::ForcedOpen);
            breaker.force(forced.filter(|_| !lifted));
        }
    }

    /// Works out anew what the route does, and says so if it does something else now.
    pub(super) fn reassess(&mut self, now: UnixMs, why: &str) -> Effects {
        let breakers = self.reports(now);
        let situation = Situation {
            route: &self.route,
            wanted: self.wanted.as_ref(),
            expiry_held: self.expiry_held(),
            breakers: &breakers,
        };
        let after = routing::effective(&situation, Some(&self.effective), now);
        let was_fallback = self.is_fallback();
        let before = std::mem::replace(&mut self.effective, after.clone());
        if same_service(&before, &after) {
            return Effects::default();
        }
        let mut events = vec![self.state_changed()];
        let route = self.route.id.clone();
        let effective = after.clone();
        match (was_fallback, self.is_fallback()) {
            (false, true) => events.push(GatewayEvent::PeriodOpened { route, effective }),
            (true, false) => events.push(GatewayEvent::PeriodClosed { route, effective }),
            _ => {}
        }
        let draft = Draft {
            at: now,
            actor: "gateway".to_owned(),
            action: AuditAction::EffectiveMoved,
            route: self.route.id.clone(),
            reason: why.to_owned(),
            generation: self.generation,
            before,
            after,
            r#override: self.wanted.clone(),
            token: None,
            broken_interlocks: Vec::new(),
        };
        Effects { events, drafts: vec![draft] }
    }

    fn state_changed(&self) -> GatewayEvent {
        GatewayEvent::StateChanged {
            route: self.route.id.clone(),
            generation: self.generation,
            effective: self.effective.clone(),
        }
    }
}

fn etag(generation: Generation, expired: bool) -> String {
    let expired = if expired { ".expired" } else { "" };
    format!("\"{generation}{expired}\"")
}

fn reports(breakers: &[(TargetId, Breaker)], now: UnixMs) -> Vec<BreakerReport> {
    breakers.iter().map(|(target, breaker)| breaker.report(target.clone(), now)).collect()
}

fn word(state: BreakerState) -> &'static str {
    match state {
        BreakerState::Closed => "closed",
        BreakerState::HalfOpen => "half open",
        BreakerState::Open => "open",
    }
}
