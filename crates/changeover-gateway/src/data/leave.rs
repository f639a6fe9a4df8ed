//! A breaker's leave to ask a target, while an attempt is under way.
//!
//! However the attempt ends, the breaker hears of it what it says about the target and no more.
//! An attempt that is dropped on the way (the caller hung up) says something too, if it had already
//! taken longer than the target is held to: otherwise a target that hangs for longer than its callers
//! have patience would never be found out.

use std::sync::Arc;

use changeover_clock::Moment;
use changeover_domain::{RouteId, TargetId};
use changeover_llm::Failure;
use changeover_policy::breaker::{CallResult, Permit};

use super::passage::{Passage, millis};
use crate::shared::Shared;

/// The leave of an attempt that has begun.
#[derive(Debug)]
pub(super) struct Leave {
    shared: Arc<Shared>,
    route: RouteId,
    target: TargetId,
    /// `None` once it is used.
    permit: Option<Permit>,
    begun: Moment,
    held_to_ms: u32,
}

impl Leave {
    /// For an attempt that begins now; `held_to_ms` is how soon the target is to answer.
    pub(super) fn new(
        passage: &Passage,
        target: &TargetId,
        permit: Permit,
        held_to_ms: u32,
    ) -> Self {
        Self {
            shared: Arc::clone(&passage.shared),
            route: passage.plan.route.clone(),
            target: target.clone(),
            permit: Some(permit),
            begun: passage.shared.clock.moment(),
            held_to_ms,
        }
    }

    /// Whether it is one of the few that find out whether the target is back.
    pub(super) fn is_trial(&self) -> bool {
        self.permit.as_ref().is_some_and(Permit::is_trial)
    }

    /// The attempt has ended so.
    pub(super) fn report(mut self, result: CallResult) {
        self.tell(result);
    }

    /// The attempt has failed; `cut_short`: for want of time that it would usually have had.
    pub(super) fn report_failure(mut self, failure: &Failure, cut_short: bool) {
        if cut_short {
            // Dropped: it may have been late all the same.
            return;
        }
        if let Some(permit) = self.permit.take() {
            self.shared.report_failure(&self.route, &self.target, permit, failure);
        }
    }

    /// The permit, of an attempt that has become a stream.
    pub(super) fn into_permit(mut self) -> Option<Permit> {
        self.permit.take()
    }

    fn tell(&mut self, result: CallResult) {
        if let Some(permit) = self.permit.take() {
            self.shared.report_call(&self.route, &self.target, permit, result);
        }
    }
}

impl Drop for Leave {
    fn drop(&mut self) {
        if self.permit.is_none() {
            return;
        }
        let took = self.shared.clock.moment().since(self.begun);
        if millis(took) > self.held_to_ms {
            self.tell(CallResult::Slow);
        }
    }
}
