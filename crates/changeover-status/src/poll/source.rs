//! What is polled, and what a poll gives.

use std::time::Duration;

use changeover_domain::{ProviderId, SourceId};

use super::PollError;
use crate::{ComponentRule, ModelNames, Platform, Reading, Transition};

/// One page or feed to poll.
#[derive(Debug, Clone)]
pub struct StatusSource {
    pub id: SourceId,
    pub provider: ProviderId,
    pub platform: Platform,
    /// The preferred document.
    pub url: String,
    /// Another document of the same page.
    pub fallback: Option<String>,
    /// The usual time between two polls, in the clock's time.
    pub interval: Duration,
    /// It is known to open and close incidents by itself, so that one look is not to be believed.
    pub flaps: bool,
    /// The names by which it may call the provider's models.
    pub names: ModelNames,
    /// What is known of single components of the page.
    pub components: Vec<ComponentRule>,
}

/// What one poll gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PollOutcome {
    /// The first good look: what was there before us is no news. What was known from before a
    /// restart may have moved on; that is told.
    Seeded {
        reading: Reading,
        transitions: Vec<Transition>,
    },
    /// Something is different; `transitions` is empty when it is no incident's affair.
    Changed {
        reading: Reading,
        transitions: Vec<Transition>,
    },
    Unchanged,
    Failed(PollError),
    /// The page asked to be left alone, and was.
    NotAsked,
}
