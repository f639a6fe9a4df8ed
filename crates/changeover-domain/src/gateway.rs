//! How far a gateway has come towards what the operator wants.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{GatewayId, Generation, UnixMs};

/// One step of a push. Only [`Self::Served`] and [`Self::Settled`] count as done: traffic proved it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ConvergenceStep {
    /// The request is on its way.
    Asked,
    /// The gateway's API said yes.
    Accepted,
    /// A read-back shows the generation in force.
    Loaded,
    /// A request was served under it.
    Served,
    /// Served, and no request was served otherwise for a while.
    Settled,
    /// The gateway's own rules forbid it.
    Refused,
    /// No answer; it is tried again until it answers.
    Unreachable,
    /// Somebody else changed the route since we looked.
    LostUpdate,
    /// It was loaded once, and the gateway now shows something else.
    Drifted,
}

impl ConvergenceStep {
    /// Whether traffic has proved the change.
    #[must_use]
    pub fn is_done(self) -> bool {
        matches!(self, Self::Served | Self::Settled)
    }
}

/// One gateway on its way to a generation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Convergence {
    pub gateway: GatewayId,
    pub wanted: Generation,
    pub observed: Option<Generation>,
    pub step: ConvergenceStep,
    pub since: UnixMs,
    /// From asking to the read-back that showed it, milliseconds.
    pub push_ms: Option<u32>,
    /// When the gateway was last read.
    pub read_back_at: Option<UnixMs>,
    /// What went wrong, and what happens next.
    pub detail: Option<String>,
}
