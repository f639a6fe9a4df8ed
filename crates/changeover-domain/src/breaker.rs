//! Breakers as words: what was observed, and what an operator forced. The rules by which a breaker
//! moves are in `changeover-policy`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{TargetId, UnixMs};

/// What a breaker found by itself.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// Lets requests through.
    #[default]
    Closed,
    /// Lets a few trials through.
    HalfOpen,
    /// Refuses.
    Open,
}

/// What an operator wants of a breaker, whatever it observes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ForcedState {
    ForcedOpen,
    ForcedClosed,
}

/// One forced breaker of an override.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ForcedBreaker {
    pub target: TargetId,
    pub state: ForcedState,
}

/// One breaker as a gateway reports it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct BreakerReport {
    pub target: TargetId,
    pub observed: BreakerState,
    pub forced: Option<ForcedState>,
    pub since: UnixMs,
    /// Calls in the rolling window.
    pub calls: u32,
    /// Of those, failures that count against the target.
    pub failures: u32,
    /// When an open breaker will let the next trial through.
    pub next_trial_at: Option<UnixMs>,
}

impl BreakerReport {
    /// Whether ordinary traffic passes: forced states win over observed ones.
    #[must_use]
    pub fn lets_through(&self) -> bool {
        match self.forced {
            Some(ForcedState::ForcedOpen) => false,
            Some(ForcedState::ForcedClosed) => true,
            None => self.observed == BreakerState::Closed,
        }
    }
}
