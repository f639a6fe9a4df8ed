//! Pulling a lever: plan, confirm, audit and intent in one transaction, push, read back.
//!
//! Only a person's command gets here. What is recorded first is the intent; the pushes follow it,
//! side by side, and each gateway's way to the wanted generation is shown. Nothing here says
//! "done": that takes traffic, which the watchers see.

mod preview;
mod push;
mod undo;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use changeover_control::fan_out;
use changeover_domain::admin::{OverridePut, OverridesPut, RouteOverridePut};
use changeover_domain::{
    AuditAction, Convergence, ForcedBreaker, GatewayId, Mode, Override, Route, RouteId, TargetId,
    UnixMs,
};
use changeover_policy::convergence::asked;

use crate::contract::{
    ExpectedEtag, OverrideApply, OverrideClear, OverridePlan, OverridePlanAsked, OverrideView,
};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::state::Intent;
use crate::view;
use crate::watch::paced;

pub(crate) use preview::wanted_in_words;
pub(crate) use push::push;

/// How long the gateways may take to answer a plan. They are asked side by side.
const PLAN_DEADLINE: Duration = Duration::from_secs(5);
/// The least of the system's time.
const PLAN_FLOOR: Duration = Duration::from_secs(2);
/// How long an override lasts where a plan names no end.
const USUAL_OVERRIDE: Duration = Duration::from_secs(3600);

/// What a person wants of one route, checked against its configuration.
struct Wish {
    route: Route,
    /// `None` wants auto.
    wanted: Option<Override>,
    holder: String,
    reason: String,
    break_interlocks: Vec<String>,
}

impl Engine {
    /// What pulling a lever would do, on every gateway. Changes nothing.
    ///
    /// # Errors
    /// [`EngineError`] when the route, target or mode does not exist.
    pub async fn override_plan(
        &self,
        asked: OverridePlanAsked,
    ) -> Result<OverridePlan, EngineError> {
        let now = self.clock().now();
        let route = self.known_route(&asked.route)?;
        self.check_choice(&route, asked.target.as_ref(), asked.mode, &asked.forced_breakers)?;
        let auto =
            asked.target.is_none() && asked.mode == Mode::Full && asked.forced_breakers.is_empty();
        let wanted = (!auto).then(|| Override {
            route: route.id.clone(),
            target: asked.target,
            mode: asked.mode,
            forced_breakers: asked.forced_breakers,
            // The gateways check these two as well; a plan is not yet anybody's.
            holder: self.setup().operator.clone(),
            reason: "plan".to_owned(),
            until: asked.until.unwrap_or_else(|| now.plus(USUAL_OVERRIDE)),
            on_expiry: changeover_domain::OnExpiry::default(),
        });
        Ok(self.plan(&route, wanted.as_ref(), &[]).await)
    }

    /// Sets an override on all gateways. Returns when it is recorded and on its way.
    ///
    /// # Errors
    /// [`EngineError::Stale`] when a route was changed since the plan, [`EngineError::Interlock`]
    /// when a safety rule forbids it; nothing was changed then.
    pub async fn override_apply(&self, apply: OverrideApply) -> Result<OverrideView, EngineError> {
        let route = self.known_route(&apply.route)?;
        self.check_choice(&route, apply.target.as_ref(), apply.mode, &apply.forced_breakers)?;
        let wanted = Override {
            route: route.id.clone(),
            target: apply.target,
            mode: apply.mode,
            forced_breakers: apply.forced_breakers,
            holder: apply.holder.trim().to_owned(),
            reason: apply.reason.trim().to_owned(),
            until: apply.until,
            on_expiry: apply.on_expiry,
        };
        wanted.check(self.clock().now()).map_err(|error| {
            EngineError::invalid(error.to_string(), "correct it and apply again")
        })?;
        let wish = Wish {
            route,
            holder: wanted.holder.clone(),
            reason: wanted.reason.clone(),
            wanted: Some(wanted),
            break_interlocks: apply.break_interlocks,
        };
        self.carry_out(wish, apply.expected, AuditAction::OverrideApplied).await
    }

    /// Returns a route to auto on all gateways.
    ///
    /// # Errors
    /// As [`Self::override_apply`].
    pub async fn override_clear(&self, clear: OverrideClear) -> Result<OverrideView, EngineError> {
        let route = self.known_route(&clear.route)?;
        let wish = Wish {
            route,
            wanted: None,
            holder: said(&clear.holder, "holder")?,
            reason: said(&clear.reason, "reason")?,
            break_interlocks: Vec::new(),
        };
        self.carry_out(wish, clear.expected, AuditAction::OverrideCleared).await
    }

    async fn carry_out(
        &self,
        wish: Wish,
        expected: Option<Vec<ExpectedEtag>>,
        action: AuditAction,
    ) -> Result<OverrideView, EngineError> {
        let engine = self.clone();
        self.whole(async move { engine.carry_out_whole(wish, expected, action).await }).await
    }

    async fn carry_out_whole(
        &self,
        wish: Wish,
        expected: Option<Vec<ExpectedEtag>>,
        action: AuditAction,
    ) -> Result<OverrideView, EngineError> {
        // One change at a time: the next one sees what this one did.
        let _turn = self.lever_turn().await;
        self.refresh_gateways().await;
        let plan = self.plan(&wish.route, wish.wanted.as_ref(), &wish.break_interlocks).await;
        self.check_unchanged(&wish.route, &plan, expected.as_deref())?;
        check_plan(&plan, &wish.break_interlocks)?;
        let now = self.clock().now();
        let intent = self.intent(&wish, &plan, now);
        self.record_intent(&wish.route.id, &intent, action).await?;
        {
            let mut state = self.state();
            state.generations.insert(wish.route.id.clone(), intent.generation);
            state.intents.insert(wish.route.id.clone(), intent.clone());
        }
        self.publish_now();
        for gateway in self.gateways() {
            push(self, gateway, &wish.route.id, &intent);
        }
        let state = self.state();
        view::override_view(&state, &wish.route.id).ok_or_else(|| {
            EngineError::invalid(
                "the override ended at once",
                "look at the route's lever for what is set",
            )
        })
    }

    /// The console's preview with the gateways' own plans laid over it.
    async fn plan(
        &self,
        route: &Route,
        wanted: Option<&Override>,
        broken: &[String],
    ) -> OverridePlan {
        let now = self.clock().now();
        let mut plan = preview::preview(self.setup(), &self.state(), route, wanted, now);
        let body = OverridesPut {
            overrides: vec![RouteOverridePut {
                route: route.id.clone(),
                r#override: wanted.map(|wanted| {
                    OverridePut::from_override(wanted, Some(plan.generation), broken.to_vec())
                }),
            }],
        };
        let deadline = paced(self.clock(), PLAN_DEADLINE, PLAN_FLOOR);
        let reachable: Vec<_> = self
            .gateways()
            .iter()
            .filter(|gateway| {
                plan.gateways.iter().any(|d| d.reachable && d.gateway == *gateway.id())
            })
            .cloned()
            .collect();
        let answers = fan_out(&reachable, self.clock(), deadline, |gateway| {
            let body = body.clone();
            async move { gateway.plan(&body).await }
        })
        .await;
        let said = answers
            .into_iter()
            .map(|(gateway, answer)| (gateway, answer.map_err(|e| e.to_string())));
        preview::with_gateway_plans(&mut plan, said.collect());
        plan
    }

    /// Compares what the person looked at with what is so now.
    fn check_unchanged(
        &self,
        route: &Route,
        plan: &OverridePlan,
        expected: Option<&[ExpectedEtag]>,
    ) -> Result<(), EngineError> {
        let Some(expected) = expected else {
            return Ok(());
        };
        for seen in expected {
            let now = plan.expected.iter().find(|now| now.gateway == seen.gateway);
            let etag_now = now.and_then(|now| now.etag.as_ref());
            // A gateway that was or is away has nothing to compare; it is brought along later.
            if let (Some(before), Some(etag_now)) = (&seen.etag, etag_now)
                && before != etag_now
            {
                return Err(EngineError::Stale { message: self.who_changed(route, &seen.gateway) });
            }
        }
        Ok(())
    }

    fn who_changed(&self, route: &Route, gateway: &GatewayId) -> String {
        let state = self.state();
        let live = state.gateways.get(gateway).and_then(|record| record.live_route(&route.id));
        let held = live.and_then(|live| live.r#override.as_ref());
        let by = held.map_or("somebody", |held| held.holder.as_str());
        let to = view::in_words(held);
        format!("`{}` on {gateway} was changed by {by} to {to} since you looked", route.id)
    }

    fn intent(&self, wish: &Wish, plan: &OverridePlan, now: UnixMs) -> Intent {
        let state = self.state();
        let before = state.intents.get(&wish.route.id);
        let previous = match before {
            Some(intent) => intent.wanted.clone(),
            None => state.live_routes(&wish.route.id).find_map(|(_, live)| live.r#override.clone()),
        };
        let convergence: BTreeMap<GatewayId, Convergence> = self
            .setup()
            .gateways
            .iter()
            .map(|access| (access.id.clone(), asked(access.id.clone(), plan.generation, now)))
            .collect();
        Intent {
            generation: plan.generation,
            wanted: wish.wanted.clone(),
            previous,
            requested_at: now,
            requested_by: wish.holder.clone(),
            reason: wish.reason.clone(),
            break_interlocks: wish.break_interlocks.clone(),
            convergence,
        }
    }

    fn known_route(&self, id: &RouteId) -> Result<Route, EngineError> {
        let routes = &self.setup().catalogue.routes;
        self.setup().route(id).cloned().ok_or_else(|| {
            EngineError::not_found("route", id, routes.iter().map(|route| &route.id))
        })
    }

    fn check_choice(
        &self,
        route: &Route,
        target: Option<&TargetId>,
        mode: Mode,
        forced: &[ForcedBreaker],
    ) -> Result<(), EngineError> {
        let named: BTreeSet<&TargetId> =
            target.into_iter().chain(forced.iter().map(|f| &f.target)).collect();
        if let Some(unknown) = named.into_iter().find(|named| !route.targets.contains(named)) {
            return Err(EngineError::not_found("target of the route", unknown, &route.targets));
        }
        if !route.modes.contains(&mode) {
            let modes = route.modes.iter().map(|mode| mode.as_str());
            return Err(EngineError::not_found("mode of the route", mode.as_str(), modes));
        }
        Ok(())
    }
}

pub(crate) fn said(text: &str, what: &str) -> Result<String, EngineError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > changeover_domain::lever::MAX_OVERRIDE_TEXT {
        let message = format!("a {what} of 1 to 500 characters is needed");
        return Err(EngineError::invalid(message, "say it, for whoever reads it next"));
    }
    Ok(text.to_owned())
}

/// Whether the plan may be carried out.
fn check_plan(plan: &OverridePlan, broken: &[String]) -> Result<(), EngineError> {
    let standing: Vec<_> = plan
        .interlocks
        .iter()
        .filter(|check| !(check.holds || check.breakable && broken.contains(&check.name)))
        .collect();
    if let Some(first) = standing.first() {
        let names = standing.iter().map(|check| check.name.clone()).collect();
        return Err(EngineError::Interlock {
            message: format!("interlock `{}`: {}", first.name, first.detail),
            names,
        });
    }
    match plan.problems.first() {
        Some(problem) if plan.gateways.iter().all(|gateway| !gateway.reachable) => {
            Err(EngineError::Unavailable {
                message: problem.clone(),
                hint: "check that the gateways run and that their admin addresses are right"
                    .to_owned(),
            })
        }
        Some(problem) => {
            Err(EngineError::invalid(problem.clone(), "change what you ask for, or look again"))
        }
        None => Ok(()),
    }
}
