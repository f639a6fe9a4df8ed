//! How a route is served, beyond what the route itself says: time and retries, what is done after
//! which failure, degraded modes, validation, cache.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use changeover_domain::Mode;
use changeover_llm::validate::RefusalPatterns;
use changeover_policy::actions::Matrix;
use changeover_policy::retry::{Backoff, FleetBudgetSettings, RequestBudgetSettings};

/// How one route is served. The default is what a route gets that says nothing.
#[derive(Debug, Clone, Default)]
pub struct ServingSettings {
    pub budget: RequestBudgetSettings,
    /// What is done after which failure.
    pub actions: Matrix,
    pub hold_back: HoldBack,
    /// `Some`: answers are judged by what their request asked for, and by these patterns. `None`:
    /// not beyond what every answer is.
    pub validation: Option<Arc<RefusalPatterns>>,
    /// How far it steps down its ladder of modes by itself when no target serves; `None`: not at
    /// all.
    pub step_down_to: Option<Mode>,
    /// Stands before the text of every degraded answer that is a model's; the template speaks for
    /// itself.
    pub notice: Option<String>,
    pub short: ShortSettings,
    /// `None`: nothing is kept, and mode `cached` answers from the template.
    pub cache: Option<CacheSettings>,
    /// What the route's template may name beside the usual variables.
    pub variables: BTreeMap<String, String>,
}

/// How much of a streamed answer is kept back until it is given to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HoldBack {
    /// The first content is passed on as soon as it is there.
    #[default]
    FirstContent,
    /// As many tokens, about: until then another target may still take over unseen.
    Tokens(u32),
    /// The whole answer: it is judged before the caller sees any of it.
    Whole,
}

/// What mode `short` tells the model, unless the route has words of its own. It speaks of the format
/// because a model that hears "briefly" alone answers a request for JSON with a sentence.
const SHORT_HINT: &str =
    "Answer briefly: at most a few sentences, without preamble, in the format asked for.";

/// What mode `short` does to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortSettings {
    /// The most tokens of an answer.
    pub max_tokens: u32,
    /// Told to the model.
    pub hint: String,
}

impl Default for ShortSettings {
    fn default() -> Self {
        Self { max_tokens: 256, hint: SHORT_HINT.to_owned() }
    }
}

/// How long a route's answers are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheSettings {
    /// As long an answer is as good as new.
    pub ttl: Duration,
    /// As long it may be given in mode `cached`, with its age.
    pub stale: Duration,
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { ttl: Duration::from_secs(300), stale: Duration::from_secs(24 * 3600) }
    }
}

/// What all routes share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedServing {
    pub backoff: Backoff,
    pub fleet: FleetBudgetSettings,
    /// The most that all cached answers take, in bytes.
    pub cache_bytes: usize,
    pub concurrency: ConcurrencySettings,
}

impl Default for SharedServing {
    fn default() -> Self {
        Self {
            backoff: Backoff::default(),
            fleet: FleetBudgetSettings::default(),
            cache_bytes: 64 * 1024 * 1024,
            concurrency: ConcurrencySettings::default(),
        }
    }
}

/// How many requests one target is sent at once, and how many may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConcurrencySettings {
    pub most: u32,
    pub queue: u32,
    /// The longest that a request waits for its turn.
    pub queue_wait: Duration,
}

impl Default for ConcurrencySettings {
    fn default() -> Self {
        Self { most: 1_024, queue: 1_024, queue_wait: Duration::from_secs(2) }
    }
}
