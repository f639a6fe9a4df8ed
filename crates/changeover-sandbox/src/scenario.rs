//! A scenario: which faults come when, and what the status pages say of them.
//!
//! Not for random decisions: a scenario gives shares, `fault` draws. A scenario that was read is
//! checked; nothing in it can surprise the servers later.

mod file;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use changeover_config::{ConfigError, ConfigSource};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::fault::Effects;

/// How late a status page is where a scenario does not say.
pub(crate) const USUAL_LAG: Duration = Duration::from_secs(5 * 60);

const BUILTIN: [(&str, &str); 15] = [
    ("calm", include_str!("../../../assets/scenarios/calm.toml")),
    ("capacity-exhaustion", include_str!("../../../assets/scenarios/capacity-exhaustion.toml")),
    ("orchestration-failure", include_str!("../../../assets/scenarios/orchestration-failure.toml")),
    ("platform-outage", include_str!("../../../assets/scenarios/platform-outage.toml")),
    ("latency-only", include_str!("../../../assets/scenarios/latency-only.toml")),
    ("refusals", include_str!("../../../assets/scenarios/refusals.toml")),
    ("quota-exhausted", include_str!("../../../assets/scenarios/quota-exhausted.toml")),
    ("bad-key", include_str!("../../../assets/scenarios/bad-key.toml")),
    ("own-network-gone", include_str!("../../../assets/scenarios/own-network-gone.toml")),
    ("resolver-gone", include_str!("../../../assets/scenarios/resolver-gone.toml")),
    ("name-not-found", include_str!("../../../assets/scenarios/name-not-found.toml")),
    ("certificate-expired", include_str!("../../../assets/scenarios/certificate-expired.toml")),
    ("region-down", include_str!("../../../assets/scenarios/region-down.toml")),
    ("page-cries-wolf", include_str!("../../../assets/scenarios/page-cries-wolf.toml")),
    ("pages-that-call", include_str!("../../../assets/scenarios/pages-that-call.toml")),
];

/// Why there is no such scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    #[error("there is no scenario `{id}`; known: {known}")]
    Unknown { id: String, known: String },
    #[error(transparent)]
    Refused(#[from] ConfigError),
}

/// A scenario in a list to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ScenarioSummary {
    pub id: String,
    pub title: String,
    pub description: String,
    /// In scenario time; the clock's speed decides how long that takes.
    pub duration_s: u32,
}

/// A story that the world can play.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario {
    pub(crate) summary: ScenarioSummary,
    pub(crate) seed: u64,
    pub(crate) faults: Vec<Fault>,
    pub(crate) cuts: Vec<Cut>,
    /// By provider id; who is missing is late by [`USUAL_LAG`].
    pub(crate) pages: BTreeMap<String, PagePlan>,
}

/// One fault of one provider, from and until counted from the scenario's start.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    pub(crate) provider: String,
    /// Empty means all.
    pub(crate) models: Vec<String>,
    pub(crate) from: Duration,
    pub(crate) until: Duration,
    /// Smaller requests are spared: a probe's short question may not see what callers suffer.
    pub(crate) from_input_tokens: u64,
    pub(crate) effects: Effects,
}

/// From when to when whoever watches has lost something of their own network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cut {
    pub(crate) lost: Lost,
    pub(crate) from: Duration,
    pub(crate) until: Duration,
}

/// What of the watcher's own network is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Lost {
    /// The neutral hosts alone: somebody shut the way to them, and everything else is reached.
    Neutral,
    /// A proxy ends TLS in every vendor's place and shows a certificate that nobody believes.
    Tls,
    /// No name is found; and what stood broke off, as when a network is changed over.
    Names,
    /// Nothing of the world can be reached.
    #[default]
    Everything,
}

/// What becomes of a provider's status page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PagePlan {
    pub(crate) behaviour: PageBehaviour,
    /// It calls whoever subscribed as soon as it publishes.
    pub(crate) calls: bool,
    /// From when to when its JSON is a challenge for browsers, as those in front of pages put up.
    pub(crate) json_fails: Option<Range<Duration>>,
}

/// What a provider's status page does about faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageBehaviour {
    Late(Duration),
    Silent,
}

impl Scenario {
    /// A scenario that ships with the product.
    ///
    /// # Errors
    /// [`ScenarioError::Unknown`] with the ids there are.
    pub fn builtin(id: &str) -> Result<Self, ScenarioError> {
        let Some((id, text)) = BUILTIN.iter().find(|(known, _)| *known == id) else {
            let known: Vec<String> = BUILTIN.iter().map(|(id, _)| format!("`{id}`")).collect();
            return Err(ScenarioError::Unknown {
                id: id.chars().take(80).collect(),
                known: known.join(", "),
            });
        };
        let file = format!("{id}.toml");
        let source = ConfigSource::from_text(Path::new(&file), text);
        Ok(Self::from_source(&source)?)
    }

    /// A scenario from a file; its id is the file's name without the ending.
    ///
    /// # Errors
    /// [`ConfigError`] with file, line and key of the first thing that cannot be.
    pub fn from_source(source: &ConfigSource) -> Result<Self, ConfigError> {
        file::read(source)
    }

    /// Those that ship with the product.
    pub(crate) fn summaries() -> Vec<ScenarioSummary> {
        let read = |(id, _): &(&str, &str)| Self::builtin(id).ok();
        BUILTIN.iter().filter_map(read).map(|scenario| scenario.summary).collect()
    }

    /// What this is, for a list.
    #[must_use]
    pub fn summary(&self) -> &ScenarioSummary {
        &self.summary
    }

    /// How long it plays.
    #[must_use]
    pub fn duration(&self) -> Duration {
        Duration::from_secs(u64::from(self.summary.duration_s))
    }

    /// What holds for a model at a time, for requests of any size; with no model, for the
    /// provider's front door.
    #[cfg(test)]
    pub(crate) fn effects(&self, provider: &str, model: Option<&str>, at: Duration) -> Effects {
        self.effects_on(provider, model, u64::MAX, at)
    }

    /// What holds for a request of so many tokens.
    pub(crate) fn effects_on(
        &self,
        provider: &str,
        model: Option<&str>,
        input_tokens: u64,
        at: Duration,
    ) -> Effects {
        self.faults
            .iter()
            .filter(|fault| fault.provider == provider && fault.from <= at && at < fault.until)
            .filter(|fault| fault.concerns(model) && input_tokens >= fault.from_input_tokens)
            .fold(Effects::default(), |all, fault| all.and(&fault.effects))
    }

    /// Whether this of the watcher's own network is lost.
    pub(crate) fn is_lost(&self, what: Lost, at: Duration) -> bool {
        self.cuts.iter().any(|cut| cut.lost == what && cut.from <= at && at < cut.until)
    }

    /// When the next fault of the network, or of this provider, begins or ends.
    pub(crate) fn next_change(&self, provider: Option<&str>, after: Duration) -> Option<Duration> {
        let own = |fault: &&Fault| provider == Some(fault.provider.as_str());
        let faults = self.faults.iter().filter(own);
        let faults = faults.flat_map(|fault| [fault.from, fault.until]);
        faults
            .chain(self.cuts.iter().flat_map(|cut| [cut.from, cut.until]))
            .filter(|change| *change > after)
            .min()
    }

    /// What the provider's page does.
    pub(crate) fn page(&self, provider: &str) -> PageBehaviour {
        let usual = PageBehaviour::Late(USUAL_LAG);
        self.pages.get(provider).map_or(usual, |plan| plan.behaviour)
    }

    /// Whether the provider's page calls whoever subscribed.
    pub(crate) fn page_calls(&self, provider: &str) -> bool {
        self.pages.get(provider).is_some_and(|plan| plan.calls)
    }

    /// Whether the JSON of the provider's page cannot be had.
    pub(crate) fn page_json_fails(&self, provider: &str, at: Duration) -> bool {
        let fails = self.pages.get(provider).and_then(|plan| plan.json_fails.as_ref());
        fails.is_some_and(|span| span.contains(&at))
    }
}

impl Fault {
    fn concerns(&self, model: Option<&str>) -> bool {
        self.models.is_empty()
            || model.is_some_and(|model| self.models.iter().any(|own| own == model))
    }
}
