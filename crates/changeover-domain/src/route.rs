//! Routes: classes of traffic, how much they matter, and how far they may be degraded.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{RouteId, TargetId};

/// How much a route matters when not everything can be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Criticality {
    MustSucceed,
    CanDegrade,
    CanDelay,
}

/// How much of a route is served. `Full` first, then the route's own ladder downwards.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    #[default]
    Full,
    Short,
    Cached,
    Template,
    Approval,
    Off,
}

impl Mode {
    /// Every mode, from full service downwards.
    pub const ALL: [Self; 6] =
        [Self::Full, Self::Short, Self::Cached, Self::Template, Self::Approval, Self::Off];

    /// The mode as it stands in headers, database and configuration.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Short => "short",
            Self::Cached => "cached",
            Self::Template => "template",
            Self::Approval => "approval",
            Self::Off => "off",
        }
    }

    /// The mode that bears this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }

    /// Whether this mode sends requests to a provider at all.
    #[must_use]
    pub fn needs_target(self) -> bool {
        matches!(self, Self::Full | Self::Short | Self::Approval)
    }
}

/// A class of traffic and the targets that may serve it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Route {
    pub id: RouteId,
    pub criticality: Criticality,
    /// The primary first, then its standbys; never empty.
    pub targets: Vec<TargetId>,
    /// `full` first, then the route's own ladder; never empty.
    pub modes: Vec<Mode>,
}

impl Route {
    /// The target that serves the route when nothing is wrong.
    #[must_use]
    pub fn primary(&self) -> Option<&TargetId> {
        self.targets.first()
    }
}
