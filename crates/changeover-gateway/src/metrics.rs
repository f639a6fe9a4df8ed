//! What the gateway counts for `GET /metrics`.
//!
//! Names follow OpenTelemetry's semantic conventions for generative AI in their Prometheus form
//! where there is one, and `changeover_` where there is none. Labels come from the configuration
//! and closed lists only, never from requests, so their number is bounded.

mod text;

use std::collections::BTreeMap;
use std::time::Duration;

use changeover_domain::{Mode, Outcome, RouteId, TargetId, TokenUsage};
use changeover_llm::losses::FeatureSet;

pub(crate) use text::{CONTENT_TYPE, exposition};

/// Upper bounds of `gen_ai.client.operation.duration`, in milliseconds, as the convention has them.
const DURATION_BOUNDS_MS: [u64; 14] =
    [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_120, 10_240, 20_480, 40_960, 81_920];
/// Upper bounds of `gen_ai.client.token.usage`, as the convention has them.
const TOKEN_BOUNDS: [u64; 14] = [
    1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216,
    67_108_864,
];

/// One attempt that has ended.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    pub(crate) target: &'a TargetId,
    pub(crate) outcome: Outcome,
    pub(crate) took: Duration,
    pub(crate) usage: Option<TokenUsage>,
}

/// Values by upper bound.
#[derive(Debug, Clone)]
struct Histogram {
    bounds: &'static [u64; 14],
    /// Not cumulative; the last one is beyond all bounds.
    counts: [u64; 15],
    sum: u64,
}

impl Histogram {
    fn new(bounds: &'static [u64; 14]) -> Self {
        Self { bounds, counts: [0; 15], sum: 0 }
    }

    fn record(&mut self, value: u64) {
        let index = self.bounds.partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get_mut(index) {
            *count += 1;
        }
        self.sum = self.sum.saturating_add(value);
    }
}

/// All counters since the start.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    requests: BTreeMap<(RouteId, Mode, &'static str), u64>,
    durations_ms: BTreeMap<(TargetId, &'static str), Histogram>,
    tokens: BTreeMap<(TargetId, &'static str), Histogram>,
    lost: BTreeMap<(TargetId, &'static str), u64>,
}

impl Metrics {
    pub(crate) fn count_request(&mut self, route: &RouteId, mode: Mode, outcome: Outcome) {
        let key = (route.clone(), mode, outcome.as_str());
        *self.requests.entry(key).or_insert(0) += 1;
    }

    /// Counts what an answer of this target lacked.
    pub(crate) fn count_lost(&mut self, target: &TargetId, lost: FeatureSet) {
        for feature in lost.iter() {
            *self.lost.entry((target.clone(), feature.as_str())).or_insert(0) += 1;
        }
    }

    pub(crate) fn count_attempt(&mut self, attempt: &Attempt<'_>) {
        let took = u64::try_from(attempt.took.as_millis()).unwrap_or(u64::MAX);
        self.durations_ms
            .entry((attempt.target.clone(), attempt.outcome.as_str()))
            .or_insert_with(|| Histogram::new(&DURATION_BOUNDS_MS))
            .record(took);
        let Some(usage) = attempt.usage else { return };
        for (kind, tokens) in [("input", usage.input_tokens), ("output", usage.output_tokens)] {
            self.tokens
                .entry((attempt.target.clone(), kind))
                .or_insert_with(|| Histogram::new(&TOKEN_BOUNDS))
                .record(tokens);
        }
    }
}
