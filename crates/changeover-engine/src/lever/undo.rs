//! Undo: what was wanted before the last change is wanted again, if that change is still the last.
//!
//! It is a change like every other: a person sees its plan, gateway by gateway, and confirms what was
//! seen. What somebody else has changed since is never written over.

use changeover_domain::{AuditAction, Override, Route, UnixMs};

use super::{Wish, said};
use crate::contract::{OverridePlan, OverrideUndo, OverrideUndoPlanAsked, OverrideView};
use crate::engine::Engine;
use crate::error::EngineError;

impl Engine {
    /// What undo would do, on every gateway. Changes nothing.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] when there is nothing to undo, [`EngineError::Stale`] when somebody
    /// else has changed the route since.
    pub async fn override_undo_plan(
        &self,
        asked: OverrideUndoPlanAsked,
    ) -> Result<OverridePlan, EngineError> {
        let route = self.known_route(&asked.route)?;
        let previous = self.before_last_change(&route, self.clock().now())?;
        Ok(self.plan(&route, previous.as_ref(), &[]).await)
    }

    /// Returns a route to what was wanted before its last change: an earlier override that has not
    /// run out, or auto.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] when there is nothing to undo, else as [`Self::override_apply`].
    pub async fn override_undo(&self, undo: OverrideUndo) -> Result<OverrideView, EngineError> {
        let route = self.known_route(&undo.route)?;
        let (holder, reason) = (said(&undo.holder, "holder")?, said(&undo.reason, "reason")?);
        let now = self.clock().now();
        let previous = self.before_last_change(&route, now)?;
        let wanted = previous.map(|previous| Override {
            holder: holder.clone(),
            reason: reason.clone(),
            ..previous
        });
        let action = if wanted.is_some() {
            AuditAction::OverrideApplied
        } else {
            AuditAction::OverrideCleared
        };
        let wish = Wish { route, wanted, holder, reason, break_interlocks: Vec::new() };
        self.carry_out(wish, undo.expected, action).await
    }

    /// What was wanted before the last change, if that change is still the last on every gateway.
    fn before_last_change(
        &self,
        route: &Route,
        now: UnixMs,
    ) -> Result<Option<Override>, EngineError> {
        let (previous, changed_on) = {
            let state = self.state();
            let intent = state.intents.get(&route.id).ok_or_else(|| {
                let message = format!("nothing was changed on `{}` that could be undone", route.id);
                EngineError::invalid(message, "look at the route's lever for what is set")
            })?;
            let foreign =
                state.live_routes(&route.id).find(|(_, live)| live.generation > intent.generation);
            (intent.previous.clone(), foreign.map(|(gateway, _)| gateway.clone()))
        };
        match changed_on {
            Some(gateway) => Err(EngineError::Stale { message: self.who_changed(route, &gateway) }),
            None => Ok(previous.filter(|previous| previous.until > now)),
        }
    }
}
