//! An incident as its page declares it: what everybody keeps ([`Incident`]), and beside it what
//! only its page's reader knows: the provider's own word for its weight, the window of planned
//! work, how its start is known and how its times were written.
//!
//! Not for judging: `incident.impact` is our reading of the page, nothing more.

use changeover_domain::{ComponentState, Incident, UnixMs};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One incident or one piece of planned work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declared {
    pub incident: Incident,
    /// The provider's own word for how grave it is, as written: `minor`, `SERVICE_OUTAGE`, `3`.
    pub severity: Option<String>,
    pub start: StartBasis,
    /// Planned work is a kind of its own; `None` for an incident.
    pub maintenance: Option<Maintenance>,
    /// For each of the incident's updates, in their order, its time as the page wrote it.
    pub written: Vec<WrittenTime>,
    /// The page's ids of the components that the incident names.
    pub component_ids: Vec<String>,
}

impl Declared {
    /// Whether it is planned work and not a failure.
    #[must_use]
    pub fn is_maintenance(&self) -> bool {
        self.maintenance.is_some()
    }
}

/// How the start of an incident is known, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StartBasis {
    /// The page says when it began.
    Stated,
    /// The time of its oldest entry.
    OldestUpdate,
    /// The time that its id carries: when the page's owner created it.
    Identity,
    /// The page shows only its newest entry, so it began then or earlier.
    NewestUpdate,
}

/// A time as a page wrote it, and what had to be added to make an instant of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WrittenTime {
    pub text: String,
    /// The page wrote no year; it was taken from the entry's own date.
    pub year_inferred: bool,
    /// The page wrote no zone that means one offset; the entry's own was taken.
    pub zone_assumed: bool,
}

/// Planned work: its window, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Maintenance {
    pub state: MaintenanceState,
    pub starts_at: UnixMs,
    /// The planned end, where the page gives one.
    pub ends_at: Option<UnixMs>,
}

/// The life cycle of planned work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MaintenanceState {
    Scheduled,
    InProgress,
    Verifying,
    Completed,
}

/// One component of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PageComponent {
    /// The page's own id, where it gives one: names change, ids seldom.
    pub id: Option<String>,
    pub name: String,
    pub state: ComponentState,
}
