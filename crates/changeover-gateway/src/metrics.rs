//! What the gateway counts for `GET /metrics`.
//!
//! Names follow OpenTelemetry's semantic conventions for generative AI in their Prometheus form
//! where there is one, and `changeover_` where there is none. Towards providers the gateway is a
//! client, so attempts are `gen_ai.client`'s; towards applications it is the server. Labels come
//! from the configuration and closed lists only, never from requests, so their number is bounded.

mod histogram;
mod page;
mod text;

use std::collections::BTreeMap;
use std::time::Duration;

use changeover_domain::{
    Criticality, FailureClass, Mode, Nanodollars, Outcome, RouteId, SourceId, TargetId, TokenUsage,
};
use changeover_llm::losses::FeatureSet;

use histogram::{DURATION_BOUNDS_MS, FIRST_TOKEN_BOUNDS_MS, Histogram, TOKEN_BOUNDS};
pub(crate) use page::{Standing, page};
pub(crate) use text::Format;

/// What is asked for; `gen_ai.operation.name`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    Chat,
    Embeddings,
}

impl Operation {
    fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Embeddings => "embeddings",
        }
    }
}

/// One attempt at a provider that has ended.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    pub(crate) target: &'a TargetId,
    pub(crate) operation: Operation,
    pub(crate) outcome: Outcome,
    pub(crate) took: Duration,
    /// Of a streamed one, how long its first content took.
    pub(crate) first_chunk: Option<Duration>,
    pub(crate) usage: Option<TokenUsage>,
}

/// One request that has ended.
#[derive(Debug)]
pub(crate) struct Ended<'a> {
    pub(crate) route: &'a RouteId,
    /// Who answered, or was asked last.
    pub(crate) target: Option<&'a TargetId>,
    pub(crate) operation: Operation,
    pub(crate) mode: Mode,
    pub(crate) outcome: Outcome,
    /// Since its arrival, as its caller saw it.
    pub(crate) took: Duration,
    pub(crate) first_token: Option<Duration>,
    pub(crate) retries: u64,
}

/// What a look into the cache brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CacheLookup {
    Hit,
    Stale,
    Miss,
}

impl CacheLookup {
    fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Stale => "stale",
            Self::Miss => "miss",
        }
    }
}

/// What became of a status page's webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hook {
    /// For consoles to fetch.
    Kept,
    /// It had come before.
    Repeated,
    /// Its signature did not fit.
    Refused,
    /// Its page sent too many.
    Limited,
}

impl Hook {
    fn as_str(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Repeated => "repeated",
            Self::Refused => "refused",
            Self::Limited => "limited",
        }
    }
}

/// Whose request it was: route, target that answered, what was asked for.
type RequestKey = (RouteId, Option<TargetId>, Operation);

/// All counters since the start.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    attempt_durations_ms: BTreeMap<(TargetId, Operation, &'static str), Histogram>,
    attempt_first_chunks_ms: BTreeMap<(TargetId, Operation), Histogram>,
    tokens_per_attempt: BTreeMap<(TargetId, Operation, &'static str), Histogram>,
    tokens: BTreeMap<(TargetId, &'static str), u64>,
    cost_nanodollars: BTreeMap<TargetId, u64>,
    unpriced: BTreeMap<TargetId, u64>,
    invalid: BTreeMap<(TargetId, &'static str), u64>,
    lost: BTreeMap<(TargetId, &'static str), u64>,
    requests: BTreeMap<(RouteId, Mode, &'static str), u64>,
    request_durations_ms: BTreeMap<(RequestKey, &'static str), Histogram>,
    request_first_tokens_ms: BTreeMap<RequestKey, Histogram>,
    retries: BTreeMap<RouteId, u64>,
    turned_away: BTreeMap<u16, u64>,
    /// By caller, as the configuration names it.
    without_seat: BTreeMap<String, u64>,
    hooks: BTreeMap<(SourceId, Hook), u64>,
    cache: BTreeMap<(RouteId, CacheLookup), u64>,
    sheds: BTreeMap<&'static str, u64>,
    step_downs: BTreeMap<(RouteId, Mode), u64>,
}

impl Metrics {
    pub(crate) fn count_request(&mut self, ended: &Ended<'_>) {
        let outcome = ended.outcome.as_str();
        add(&mut self.requests, (ended.route.clone(), ended.mode, outcome), 1);
        if ended.retries > 0 {
            add(&mut self.retries, ended.route.clone(), ended.retries);
        }
        let key = (ended.route.clone(), ended.target.cloned(), ended.operation);
        if let Some(first_token) = ended.first_token {
            let histograms = &mut self.request_first_tokens_ms;
            record(histograms, key.clone(), FIRST_TOKEN_BOUNDS_MS, millis(first_token));
        }
        let histograms = &mut self.request_durations_ms;
        record(histograms, (key, outcome), DURATION_BOUNDS_MS, millis(ended.took));
    }

    pub(crate) fn count_attempt(&mut self, attempt: &Attempt<'_>) {
        let (target, operation) = (attempt.target, attempt.operation);
        let key = (target.clone(), operation, attempt.outcome.as_str());
        record(&mut self.attempt_durations_ms, key, DURATION_BOUNDS_MS, millis(attempt.took));
        if let Some(first_chunk) = attempt.first_chunk {
            let histograms = &mut self.attempt_first_chunks_ms;
            let key = (target.clone(), operation);
            record(histograms, key, DURATION_BOUNDS_MS, millis(first_chunk));
        }
        let Some(usage) = attempt.usage else { return };
        for (kind, tokens) in [("input", usage.input_tokens), ("output", usage.output_tokens)] {
            let key = (target.clone(), operation, kind);
            record(&mut self.tokens_per_attempt, key, TOKEN_BOUNDS, tokens);
        }
        for (kind, tokens) in [
            ("input", usage.input_tokens),
            ("cached_input", usage.cached_input_tokens),
            ("cache_write", usage.cache_write_tokens),
            ("cache_write_1h", usage.cache_write_1h_tokens),
            ("output", usage.output_tokens),
            ("reasoning", usage.reasoning_tokens),
        ] {
            add(&mut self.tokens, (target.clone(), kind), tokens);
        }
    }

    /// An attempt used something. `None`: nobody knows what it cost.
    pub(crate) fn count_cost(&mut self, target: &TargetId, cost: Option<Nanodollars>) {
        match cost.and_then(|cost| u64::try_from(cost.0).ok()) {
            Some(cost) => add(&mut self.cost_nanodollars, target.clone(), cost),
            None => add(&mut self.unpriced, target.clone(), 1),
        }
    }

    /// An answer was not what its request asked for.
    pub(crate) fn count_invalid(&mut self, target: &TargetId, class: FailureClass) {
        add(&mut self.invalid, (target.clone(), Outcome::Failed(class).as_str()), 1);
    }

    /// What an answer of this target lacked.
    pub(crate) fn count_lost(&mut self, target: &TargetId, lost: FeatureSet) {
        for feature in lost.iter() {
            add(&mut self.lost, (target.clone(), feature.as_str()), 1);
        }
    }

    pub(crate) fn count_cache(&mut self, route: &RouteId, found: CacheLookup) {
        add(&mut self.cache, (route.clone(), found), 1);
    }

    /// A request was turned away because too many were waiting.
    pub(crate) fn count_shed(&mut self, tier: Criticality) {
        let tier = match tier {
            Criticality::MustSucceed => "must_succeed",
            Criticality::CanDegrade => "can_degrade",
            Criticality::CanDelay => "can_delay",
        };
        add(&mut self.sheds, tier, 1);
    }

    /// A request stepped down to `mode` by itself.
    pub(crate) fn count_step_down(&mut self, route: &RouteId, mode: Mode) {
        add(&mut self.step_downs, (route.clone(), mode), 1);
    }

    /// A caller sent more at once than it may. Counted among those turned away as well.
    pub(crate) fn count_without_seat(&mut self, caller: &str) {
        add(&mut self.without_seat, caller.to_owned(), 1);
    }

    /// A request was refused before it came to a route.
    pub(crate) fn count_turned_away(&mut self, status: u16) {
        add(&mut self.turned_away, status, 1);
    }

    /// A webhook knew the way in.
    pub(crate) fn count_hook(&mut self, page: &SourceId, hook: Hook) {
        add(&mut self.hooks, (page.clone(), hook), 1);
    }
}

fn add<K: Ord>(counters: &mut BTreeMap<K, u64>, key: K, more: u64) {
    let counter = counters.entry(key).or_insert(0);
    *counter = counter.saturating_add(more);
}

fn record<K: Ord>(
    histograms: &mut BTreeMap<K, Histogram>,
    key: K,
    bounds: &'static [u64],
    value: u64,
) {
    histograms.entry(key).or_insert_with(|| Histogram::new(bounds)).record(value);
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
