//! `[retry]`, `[cache]`, `[concurrency]`: what all routes share in serving.

use changeover_config::{ConfigError, ConfigSource, Spanned};
use changeover_policy::retry::{Backoff, FleetBudgetSettings};
use serde::Deserialize;

use super::number::{millis, positive, seconds, share};
use crate::settings::{ConcurrencySettings, SharedServing};

/// The most that the cache may take, in MiB.
const MOST_CACHE_MIB: u32 = 16 * 1024;

/// `[retry]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RetryConfig {
    backoff_ms: Option<Spanned<u32>>,
    backoff_cap_ms: Option<Spanned<u32>>,
    fleet_share: Option<Spanned<f64>>,
    fleet_window_s: Option<Spanned<u32>>,
    fleet_least: Option<Spanned<u32>>,
}

/// `[cache]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CacheConfig {
    most_mib: Option<Spanned<u32>>,
}

/// `[concurrency]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConcurrencyConfig {
    most: Option<Spanned<u32>>,
    queue: Option<u32>,
    queue_wait_ms: Option<Spanned<u32>>,
}

/// Checks the three tables.
pub(super) fn checked(
    retry: &RetryConfig,
    cache: &CacheConfig,
    concurrency: &ConcurrencyConfig,
    source: &ConfigSource,
) -> Result<SharedServing, ConfigError> {
    let usual = SharedServing::default();
    Ok(SharedServing {
        backoff: backoff(retry, source)?,
        fleet: fleet(retry, source)?,
        cache_bytes: cache_bytes(cache, source)?.unwrap_or(usual.cache_bytes),
        concurrency: self::concurrency(concurrency, source)?,
    })
}

fn backoff(config: &RetryConfig, source: &ConfigSource) -> Result<Backoff, ConfigError> {
    let usual = Backoff::default();
    let base = millis(config.backoff_ms.as_ref(), source)?.unwrap_or(usual.base);
    let cap = millis(config.backoff_cap_ms.as_ref(), source)?.unwrap_or(usual.cap.max(base));
    match &config.backoff_cap_ms {
        Some(configured) if cap < base => {
            let problem = "the cap is at least the first bound, `backoff_ms`";
            Err(source.refused(&configured.span(), problem))
        }
        _ => Ok(Backoff { base, cap, ..usual }),
    }
}

fn fleet(config: &RetryConfig, source: &ConfigSource) -> Result<FleetBudgetSettings, ConfigError> {
    let usual = FleetBudgetSettings::default();
    let share = share(config.fleet_share.as_ref(), source)?;
    Ok(FleetBudgetSettings {
        window: seconds(config.fleet_window_s.as_ref(), source)?.unwrap_or(usual.window),
        share_percent: share.map_or(usual.share_percent, percent),
        window_least: positive(config.fleet_least.as_ref(), source)?.unwrap_or(usual.window_least),
    })
}

/// A share in whole hundredths.
fn percent(share: f64) -> u32 {
    (0..=100_u32).rev().find(|percent| f64::from(*percent) <= share * 100.0 + 0.5).unwrap_or(0)
}

fn cache_bytes(config: &CacheConfig, source: &ConfigSource) -> Result<Option<usize>, ConfigError> {
    let Some(mib) = &config.most_mib else { return Ok(None) };
    match positive(Some(mib), source)? {
        Some(most) if most <= MOST_CACHE_MIB => {
            Ok(usize::try_from(u64::from(most) * 1024 * 1024).ok())
        }
        _ => {
            let problem = format!("expected 1 to {MOST_CACHE_MIB} MiB");
            Err(source.refused(&mib.span(), problem))
        }
    }
}

fn concurrency(
    config: &ConcurrencyConfig,
    source: &ConfigSource,
) -> Result<ConcurrencySettings, ConfigError> {
    let usual = ConcurrencySettings::default();
    Ok(ConcurrencySettings {
        most: positive(config.most.as_ref(), source)?.unwrap_or(usual.most),
        queue: config.queue.unwrap_or(usual.queue),
        queue_wait: millis(config.queue_wait_ms.as_ref(), source)?.unwrap_or(usual.queue_wait),
    })
}
