//! `[limits]`: how long things may take and how large they may be.

use std::time::Duration;

use changeover_config::{ConfigError, ConfigSource, Spanned};
use serde::Deserialize;

use super::number::millis;
use crate::settings::RequestLimits;

/// `[limits]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsConfig {
    connect_ms: Option<Spanned<u32>>,
    first_token_ms: Option<Spanned<u32>>,
    stall_ms: Option<Spanned<u32>>,
    attempt_ms: Option<Spanned<u32>>,
    stream_ms: Option<Spanned<u32>>,
}

impl LimitsConfig {
    /// What was said, and the usual for the rest.
    pub(super) fn checked(&self, source: &ConfigSource) -> Result<RequestLimits, ConfigError> {
        let usual = RequestLimits::default();
        let millis = |value: &Option<Spanned<u32>>, usual: Duration| {
            millis(value.as_ref(), source).map(|value| value.unwrap_or(usual))
        };
        Ok(RequestLimits {
            connect: millis(&self.connect_ms, usual.connect)?,
            first_token: millis(&self.first_token_ms, usual.first_token)?,
            stall: millis(&self.stall_ms, usual.stall)?,
            attempt: millis(&self.attempt_ms, usual.attempt)?,
            stream: millis(&self.stream_ms, usual.stream)?,
        })
    }
}
