//! `[breaker]`: when a target is left alone.

use std::time::Duration;

use changeover_config::{ConfigError, ConfigSource, Spanned};
use changeover_policy::breaker::BreakerSettings;
use serde::Deserialize;

use super::number::{positive, seconds, share};

/// `[breaker]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BreakerConfig {
    window_s: Option<Spanned<u32>>,
    minimum_calls: Option<Spanned<u32>>,
    failure_share: Option<Spanned<f64>>,
    slow_share: Option<Spanned<f64>>,
    cooldown_s: Option<Spanned<u32>>,
    cooldown_longest_s: Option<Spanned<u32>>,
    cooldown_jitter: Option<Spanned<f64>>,
    trials: Option<Spanned<u32>>,
}

impl BreakerConfig {
    /// What was said, and the usual for the rest.
    pub(super) fn checked(&self, source: &ConfigSource) -> Result<BreakerSettings, ConfigError> {
        let usual = BreakerSettings::default();
        let seconds = |value: &Option<Spanned<u32>>, usual: Duration| {
            seconds(value.as_ref(), source).map(|value| value.unwrap_or(usual))
        };
        let share = |value: &Option<Spanned<f64>>, usual: f64| {
            share(value.as_ref(), source).map(|value| value.unwrap_or(usual))
        };
        let count = |value: &Option<Spanned<u32>>, usual: u32| {
            positive(value.as_ref(), source).map(|value| value.unwrap_or(usual))
        };
        Ok(BreakerSettings {
            window: seconds(&self.window_s, usual.window)?,
            minimum_calls: count(&self.minimum_calls, usual.minimum_calls)?,
            failure_share: share(&self.failure_share, usual.failure_share)?,
            slow_share: share(&self.slow_share, usual.slow_share)?,
            cooldown: seconds(&self.cooldown_s, usual.cooldown)?,
            cooldown_longest: seconds(&self.cooldown_longest_s, usual.cooldown_longest)?,
            cooldown_jitter: share(&self.cooldown_jitter, usual.cooldown_jitter)?,
            trials: count(&self.trials, usual.trials)?,
        })
    }
}
