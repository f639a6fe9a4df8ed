//! Buckets added up: counts by addition, percentiles by merging sketches, never by averaging.

use changeover_domain::{LatencySketch, Nanodollars, TokenUsage, TrafficBucket};

/// What many buckets say together. Sums saturate: no gateway's figures can make them wrap.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrafficSum {
    pub requests: u64,
    /// Of these, those that were answered.
    pub answered: u64,
    pub retries: u64,
    pub cache_hits: u64,
    pub usage: TokenUsage,
    /// What the priced requests cost.
    pub actual: Nanodollars,
    /// Requests whose cost is missing from `actual`.
    pub unpriced: u64,
    /// From arrival to the last byte, of all requests.
    pub latency: LatencySketch,
    pub time_to_first_token: LatencySketch,
}

impl TrafficSum {
    /// Adds one bucket.
    pub fn add(&mut self, bucket: &TrafficBucket) {
        self.requests = self.requests.saturating_add(bucket.requests);
        if bucket.key.outcome.is_ok() {
            self.answered = self.answered.saturating_add(bucket.requests);
        }
        self.retries = self.retries.saturating_add(bucket.retries);
        self.cache_hits = self.cache_hits.saturating_add(bucket.cache_hits);
        self.usage = self.usage.plus(bucket.usage);
        self.actual += bucket.cost;
        self.unpriced = self.unpriced.saturating_add(bucket.unpriced);
        self.latency.merge(&bucket.latency);
        self.time_to_first_token.merge(&bucket.time_to_first_token);
    }
}

impl<'bucket> FromIterator<&'bucket TrafficBucket> for TrafficSum {
    fn from_iter<I: IntoIterator<Item = &'bucket TrafficBucket>>(buckets: I) -> Self {
        let mut sum = Self::default();
        buckets.into_iter().for_each(|bucket| sum.add(bucket));
        sum
    }
}
