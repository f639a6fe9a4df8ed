//! A bucket as its row.

use changeover_domain::traffic::BucketKey;
use changeover_domain::{
    Generation, LatencySketch, Nanodollars, TokenUsage, TrafficBucket, UnixMs,
};

use super::GatewayTraffic;
use crate::StoreError;
use crate::column::{integer, json, outcome, word};

pub(super) struct TrafficRow {
    pub(super) minute_ms: i64,
    pub(super) gateway: String,
    pub(super) route: String,
    pub(super) target: String,
    pub(super) mode: String,
    pub(super) outcome: String,
    pub(super) generation: i64,
    pub(super) effective_since_ms: i64,
    pub(super) fallback: i64,
    pub(super) epoch_ms: i64,
    pub(super) requests: i64,
    pub(super) retries: i64,
    pub(super) cache_hits: i64,
    pub(super) input_tokens: i64,
    pub(super) cached_input_tokens: i64,
    pub(super) cache_write_tokens: i64,
    pub(super) cache_write_1h_tokens: i64,
    pub(super) output_tokens: i64,
    pub(super) reasoning_tokens: i64,
    pub(super) cost_nanodollars: i64,
    pub(super) unpriced: i64,
    pub(super) failed_attempts: String,
    pub(super) latency: Vec<u8>,
    pub(super) time_to_first_token: Vec<u8>,
}

impl TrafficRow {
    fn key(&mut self) -> Result<BucketKey, StoreError> {
        let target = std::mem::take(&mut self.target);
        let asked = (!target.is_empty()).then_some(target);
        Ok(BucketKey {
            epoch: UnixMs(self.epoch_ms),
            minute: UnixMs(self.minute_ms),
            route: word("route", std::mem::take(&mut self.route))?,
            target: asked.map(|target| word("target", target)).transpose()?,
            mode: word("mode", std::mem::take(&mut self.mode))?,
            outcome: outcome(&self.outcome)?,
            generation: Generation(integer("generation", self.generation)?),
            effective_since: UnixMs(self.effective_since_ms),
            fallback: self.fallback != 0,
        })
    }
}

fn sketch(column: &'static str, bytes: &[u8]) -> Result<LatencySketch, StoreError> {
    LatencySketch::decode(bytes).map_err(|error| StoreError::unreadable(column, error))
}

impl TryFrom<TrafficRow> for GatewayTraffic {
    type Error = StoreError;

    fn try_from(mut row: TrafficRow) -> Result<Self, StoreError> {
        let bucket = TrafficBucket {
            key: row.key()?,
            requests: integer("requests", row.requests)?,
            retries: integer("retries", row.retries)?,
            cache_hits: integer("cache_hits", row.cache_hits)?,
            latency: sketch("latency", &row.latency)?,
            time_to_first_token: sketch("time_to_first_token", &row.time_to_first_token)?,
            usage: TokenUsage {
                input_tokens: integer("input_tokens", row.input_tokens)?,
                cached_input_tokens: integer("cached_input_tokens", row.cached_input_tokens)?,
                cache_write_tokens: integer("cache_write_tokens", row.cache_write_tokens)?,
                cache_write_1h_tokens: integer("cache_write_1h_tokens", row.cache_write_1h_tokens)?,
                output_tokens: integer("output_tokens", row.output_tokens)?,
                reasoning_tokens: integer("reasoning_tokens", row.reasoning_tokens)?,
            },
            cost: Nanodollars(row.cost_nanodollars),
            unpriced: integer("unpriced", row.unpriced)?,
            failed_attempts: json("failed_attempts", &row.failed_attempts)?,
        };
        Ok(Self { gateway: word("gateway", row.gateway)?, bucket })
    }
}
