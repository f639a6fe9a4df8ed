//! What providers say of themselves. The life cycle of an incident and the state of a component
//! are two things and stay two enums.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{IncidentId, ProviderId, SourceId, TargetId, UnixMs};

/// Where an incident stands in its life cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    Investigating,
    Identified,
    Monitoring,
    Resolved,
    /// Its page never said that it is over, and lists its history but no longer this one, or has said
    /// nothing of it for so long that it cannot go on: its end is not known.
    LeftPage,
}

/// The state of a component as its page gives it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum ComponentState {
    Operational,
    UnderMaintenance,
    DegradedPerformance,
    PartialOutage,
    MajorOutage,
    /// Never shown as operational.
    #[default]
    Unknown,
}

/// How grave the provider says it is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    None,
    Minor,
    Major,
    Critical,
    Maintenance,
    #[default]
    Unknown,
}

/// How the start of an incident is known, from best to worst.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum StartBasis {
    /// The page says when it began.
    Stated,
    /// The time of its oldest entry.
    #[default]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MaintenanceState {
    Scheduled,
    InProgress,
    Verifying,
    Completed,
}

/// One component of a page, and what it is to us.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PageComponent {
    /// The page's own id, where it gives one: names change, ids seldom.
    pub id: Option<String>,
    pub name: String,
    pub state: ComponentState,
    /// Our targets that it serves, where that is known of it.
    #[serde(default)]
    pub targets: Vec<TargetId>,
    /// False for what is known to serve no target of ours: apps and consoles, which are no part of the
    /// API, and models that none of them uses.
    #[serde(default = "yes")]
    pub serves: bool,
}

fn yes() -> bool {
    true
}

impl PageComponent {
    /// A component of which nothing is known but what the page says.
    #[must_use]
    pub fn new(id: Option<String>, name: String, state: ComponentState) -> Self {
        Self { id, name, state, targets: Vec::new(), serves: true }
    }
}

/// One entry of an incident, as plain text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct IncidentUpdate {
    /// The page's own id, or one made of time and text where it gives none.
    pub native: String,
    pub at: UnixMs,
    /// Its time as it stands on the page.
    #[serde(default)]
    pub written: WrittenTime,
    /// `None` for an entry that only adds words.
    pub state: Option<IncidentState>,
    pub text: String,
}

impl IncidentUpdate {
    /// Whether both are the same entry in the same words. Pages date entries anew, and two documents
    /// of one page give the same entry different ids, one of them without seconds; of two entries of one
    /// minute, two states make two.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let in_one_minute = || {
            let agree = self.state.zip(other.state).is_none_or(|(own, theirs)| own == theirs);
            agree && self.at.floor_to_minute() == other.at.floor_to_minute()
        };
        let is_known = self.native == other.native || in_one_minute();
        let same_words = || self.text.split_whitespace().eq(other.text.split_whitespace());
        is_known && (self.text == other.text || same_words())
    }
}

/// What a provider's status page declares: an incident, or planned work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Incident {
    pub id: IncidentId,
    pub provider: ProviderId,
    pub title: String,
    pub state: IncidentState,
    /// Our reading of its weight; `maintenance` exactly where `maintenance` is set.
    pub impact: Impact,
    /// The provider's own word for its weight, as written: `minor`, `SERVICE_OUTAGE`, `3`.
    #[serde(default)]
    pub severity: Option<String>,
    /// Planned work is a kind of its own, with a window; `None` for an incident.
    #[serde(default)]
    pub maintenance: Option<Maintenance>,
    pub started_at: UnixMs,
    /// How the start is known.
    #[serde(default)]
    pub start: StartBasis,
    /// Where it left its page, when it was first not listed.
    pub ended_at: Option<UnixMs>,
    /// When this console first read of it; `None` in what a page says by itself.
    #[serde(default)]
    pub first_read_at: Option<UnixMs>,
    /// The first incident of the event of which this one is a part, itself where it stands alone;
    /// `None` in what a page says by itself.
    #[serde(default)]
    pub event: Option<IncidentId>,
    /// With the state that the incident gives them; those that matter to us first.
    pub components: Vec<PageComponent>,
    /// Our targets that are named. Empty means the provider as a whole, never "all models".
    pub targets: Vec<TargetId>,
    /// Oldest first.
    pub updates: Vec<IncidentUpdate>,
    pub url: Option<String>,
}

impl Incident {
    /// Whether the page still counts it as going on.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !matches!(self.state, IncidentState::Resolved | IncidentState::LeftPage)
    }

    /// Whether it is planned work and not a failure.
    #[must_use]
    pub fn is_maintenance(&self) -> bool {
        self.maintenance.is_some()
    }

    /// Whether it may touch what serves requests: not when it names nothing but apps and consoles.
    #[must_use]
    pub fn concerns_api(&self) -> bool {
        let serves = |component: &PageComponent| component.serves;
        self.components.is_empty() || !self.targets.is_empty() || self.components.iter().any(serves)
    }

    /// Whether it may be one of this target of its provider: it names it, or nobody and may touch what
    /// serves requests. One of apps or of others' models alone is none of its.
    #[must_use]
    pub fn concerns(&self, target: &TargetId) -> bool {
        self.targets.contains(target) || (self.targets.is_empty() && self.concerns_api())
    }

    /// When its page had last something to say of it.
    #[must_use]
    pub fn newest_word_at(&self) -> UnixMs {
        self.updates.last().map_or(self.started_at, |update| update.at)
    }
}

/// How well one page or feed can be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SourceState {
    pub id: SourceId,
    pub provider: ProviderId,
    pub url: String,
    /// The worst of the page's own word and of what its open incidents that may touch the API imply, as
    /// last read: what is declared and not over is at least degraded, whatever weight the page gives it.
    /// Unknown until the first good fetch and after three failures in a row, whosever they are.
    pub page: ComponentState,
    pub last_good_at: Option<UnixMs>,
    pub last_tried_at: Option<UnixMs>,
    /// Failures since the last good fetch.
    pub failures: u32,
    /// Three failures in a row: what it says is no longer believed.
    pub unreadable: bool,
    /// It could not be asked because our own network is down, and is not to blame: what it said last
    /// stands through two such failures, and is unknown after that.
    #[serde(default)]
    pub network_down: bool,
    /// Why the last try failed.
    pub problem: Option<String>,
    /// The platform as people call it: "Statuspage".
    #[serde(default)]
    pub platform: String,
    /// How long it waits between two looks now: shorter in trouble, longer while it fails.
    #[serde(default)]
    pub interval_ms: Option<u32>,
    /// The page's components, those that matter to us first; all unknown while it is unreadable.
    #[serde(default)]
    pub components: Vec<PageComponent>,
}

impl SourceState {
    /// Whether the page could be asked lately, so that its silence is its own.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        !self.unreadable && !self.network_down
    }
}

/// What happened to an incident or to planned work between two looks at its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StatusStep {
    Opened,
    /// New or edited entries, title or weight; the state stayed.
    Updated,
    /// Another state than resolved: onwards or back a step.
    StateChanged,
    /// It was over, or had left its page, and is so no longer.
    Reopened,
    Resolved,
    /// Its page lists it no longer and never said that it is over.
    LeftPage,
    MaintenanceAnnounced,
    /// Another window, other words, or taken back to a plan.
    MaintenanceChanged,
    MaintenanceBegan,
    MaintenanceEnded,
}

/// One thing to tell of a status page, in the order in which it was found. Of one step of one
/// incident there is one, whatever number of times it is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StatusTransition {
    /// Stable: the same step of the same incident has the same id after a restart. One that is taken
    /// again later has the time of that after an `@`.
    pub id: String,
    /// When it was read.
    pub at: UnixMs,
    pub step: StatusStep,
    /// The first incident of its event: what notices are grouped by.
    pub event: IncidentId,
    /// The page did not say that it is over; it no longer lists it among what is open.
    pub by_absence: bool,
    /// As it is after the step.
    pub incident: Incident,
}
