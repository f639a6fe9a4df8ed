//! The lines of the journal.

use changeover_domain::{AuditEntry, Generation, Override, RouteId, UnixMs};
use serde::{Deserialize, Serialize};

/// One line: what happened together happens together or not at all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    /// The gateway's generation after this line.
    pub(crate) generation: Generation,
    /// Links of the chain, in order.
    pub(crate) entries: Vec<AuditEntry>,
    /// Routes whose override changed, as they are after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) routes: Vec<LoadedRoute>,
    /// The answer to repeat when the same change is asked for again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) answered: Option<Answered>,
}

/// A route's override with everything that must survive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoadedRoute {
    pub(crate) route: RouteId,
    pub(crate) generation: Generation,
    pub(crate) r#override: Option<Override>,
    /// The override of this generation has run out; with an override still here, it is held.
    pub(crate) expired: bool,
    pub(crate) changed_by: String,
    pub(crate) changed_at: UnixMs,
}

/// What was answered to a change that bore an idempotency key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answered {
    pub(crate) key: String,
    /// Hash of what was asked.
    pub(crate) digest: String,
    pub(crate) at: UnixMs,
    pub(crate) etag: String,
    /// The JSON document that was answered.
    pub(crate) body: String,
}
