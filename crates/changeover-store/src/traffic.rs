//! What the gateways carried, per minute, and how far each has been read.
//!
//! A bucket arrives whole whenever it has grown and replaces what was here under the same key, in
//! one transaction with the cursor that says it was read: a crash between the two can neither lose
//! a minute nor count one twice.

mod row;
mod sum;

use std::ops::Range;

use changeover_domain::{GatewayId, RouteId, TargetId, TrafficBucket, UnixMs};
use sqlx::SqliteConnection;

use crate::column::{of_count, of_json};
use crate::connection::begin;
use crate::{Reader, StoreError, Writer};

use row::TrafficRow;
pub use sum::TrafficSum;

const RECORD: &str = "record a gateway's traffic";
const READ: &str = "read the gateways' traffic";

/// One bucket of one gateway.
#[derive(Debug, Clone, PartialEq)]
pub struct GatewayTraffic {
    pub gateway: GatewayId,
    pub bucket: TrafficBucket,
}

impl Writer {
    /// Keeps buckets and the cursor from which the gateway is to be read next: all or none.
    ///
    /// # Errors
    /// [`StoreError`]; the cursor is then as before, so that the same page is asked for again.
    pub async fn traffic_record(
        &self,
        gateway: &GatewayId,
        buckets: &[TrafficBucket],
        next_cursor: &str,
    ) -> Result<(), StoreError> {
        let mut connection = self.turn().await;
        let mut transaction = begin(&mut connection, RECORD).await?;
        for bucket in buckets {
            replace(&mut transaction, gateway, bucket).await?;
        }
        let gateway = gateway.as_str();
        sqlx::query!(
            "INSERT INTO gateway_traffic_cursors (gateway, cursor) VALUES (?, ?)
            ON CONFLICT (gateway) DO UPDATE SET cursor = excluded.cursor",
            gateway,
            next_cursor,
        )
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::during(RECORD))?;
        transaction.commit().await.map_err(StoreError::during(RECORD))
    }
}

async fn replace(
    transaction: &mut SqliteConnection,
    gateway: &GatewayId,
    bucket: &TrafficBucket,
) -> Result<(), StoreError> {
    let key = &bucket.key;
    let (gateway, route) = (gateway.as_str(), key.route.as_str());
    let target = key.target.as_ref().map_or("", |target| target.as_str());
    let (mode, outcome) = (key.mode.as_str(), key.outcome.as_str());
    let generation = of_count("generation", key.generation.0)?;
    let requests = of_count("requests", bucket.requests)?;
    let retries = of_count("retries", bucket.retries)?;
    let cache_hits = of_count("cache_hits", bucket.cache_hits)?;
    let input_tokens = of_count("input_tokens", bucket.usage.input_tokens)?;
    let cached_input_tokens = of_count("cached_input_tokens", bucket.usage.cached_input_tokens)?;
    let cache_write_tokens = of_count("cache_write_tokens", bucket.usage.cache_write_tokens)?;
    let cache_write_1h_tokens =
        of_count("cache_write_1h_tokens", bucket.usage.cache_write_1h_tokens)?;
    let output_tokens = of_count("output_tokens", bucket.usage.output_tokens)?;
    let reasoning_tokens = of_count("reasoning_tokens", bucket.usage.reasoning_tokens)?;
    let unpriced = of_count("unpriced", bucket.unpriced)?;
    let failed_attempts = of_json("failed_attempts", &bucket.failed_attempts)?;
    let (latency, first_token) = (bucket.latency.encode(), bucket.time_to_first_token.encode());
    sqlx::query!(
        "INSERT OR REPLACE INTO gateway_traffic (minute_ms, gateway, route, target, mode, outcome,
            generation, effective_since_ms, fallback, epoch_ms, requests, retries, cache_hits,
            input_tokens, cached_input_tokens, cache_write_tokens, cache_write_1h_tokens,
            output_tokens, reasoning_tokens, cost_nanodollars, unpriced, failed_attempts, latency,
            time_to_first_token)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        key.minute.0,
        gateway,
        route,
        target,
        mode,
        outcome,
        generation,
        key.effective_since.0,
        key.fallback,
        key.epoch.0,
        requests,
        retries,
        cache_hits,
        input_tokens,
        cached_input_tokens,
        cache_write_tokens,
        cache_write_1h_tokens,
        output_tokens,
        reasoning_tokens,
        bucket.cost.0,
        unpriced,
        failed_attempts,
        latency,
        first_token,
    )
    .execute(transaction)
    .await
    .map_err(StoreError::during(RECORD))?;
    Ok(())
}

impl Reader {
    /// From where a gateway's traffic is to be read next; `None` before the first time.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn traffic_cursor(&self, gateway: &GatewayId) -> Result<Option<String>, StoreError> {
        let gateway = gateway.as_str();
        sqlx::query_scalar!(
            "SELECT cursor FROM gateway_traffic_cursors WHERE gateway = ?",
            gateway,
        )
        .fetch_optional(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))
    }

    /// All gateways' buckets whose minute lies within `range`, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn traffic_between(
        &self,
        range: Range<UnixMs>,
    ) -> Result<Vec<GatewayTraffic>, StoreError> {
        let rows = sqlx::query_as!(
            TrafficRow,
            "SELECT * FROM gateway_traffic WHERE minute_ms >= ? AND minute_ms < ?
            ORDER BY minute_ms, gateway",
            range.start.0,
            range.end.0,
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.into_iter().map(GatewayTraffic::try_from).collect()
    }

    /// A route's buckets on all gateways whose minute lies within `range`, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn traffic_of_route(
        &self,
        route: &RouteId,
        range: Range<UnixMs>,
    ) -> Result<Vec<GatewayTraffic>, StoreError> {
        let route = route.as_str();
        let rows = sqlx::query_as!(
            TrafficRow,
            "SELECT * FROM gateway_traffic WHERE route = ? AND minute_ms >= ? AND minute_ms < ?
            ORDER BY minute_ms, gateway",
            route,
            range.start.0,
            range.end.0,
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.into_iter().map(GatewayTraffic::try_from).collect()
    }

    /// A target's buckets on all gateways whose minute lies within `range`, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn traffic_of_target(
        &self,
        target: &TargetId,
        range: Range<UnixMs>,
    ) -> Result<Vec<GatewayTraffic>, StoreError> {
        let target = target.as_str();
        let rows = sqlx::query_as!(
            TrafficRow,
            "SELECT * FROM gateway_traffic WHERE target = ? AND minute_ms >= ? AND minute_ms < ?
            ORDER BY minute_ms, gateway",
            target,
            range.start.0,
            range.end.0,
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.into_iter().map(GatewayTraffic::try_from).collect()
    }

    /// The buckets that a fallback period of `route` is made of, oldest first: served away from
    /// the primary in full mode, under a state that began between `started_at` and `ended_at`,
    /// both included. `None` for a period that lasts.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn traffic_of_fallback(
        &self,
        route: &RouteId,
        started_at: UnixMs,
        ended_at: Option<UnixMs>,
    ) -> Result<Vec<GatewayTraffic>, StoreError> {
        let route = route.as_str();
        let ended_at = ended_at.map_or(i64::MAX, |ended| ended.0);
        let rows = sqlx::query_as!(
            TrafficRow,
            "SELECT * FROM gateway_traffic
            WHERE route = ? AND fallback = 1 AND effective_since_ms >= ?
                AND effective_since_ms <= ?
            ORDER BY minute_ms, gateway",
            route,
            started_at.0,
            ended_at,
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.into_iter().map(GatewayTraffic::try_from).collect()
    }
}
