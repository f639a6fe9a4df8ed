//! `[limits]`: how long things may take and how large they may be.

use std::time::Duration;

use changeover_config::{ConfigError, ConfigSource, Spanned};
use serde::Deserialize;

use super::number::{millis, positive};
use crate::settings::{ConnectionLimits, RequestLimits};

/// `[limits]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LimitsConfig {
    connect_ms: Option<Spanned<u32>>,
    first_token_ms: Option<Spanned<u32>>,
    stall_ms: Option<Spanned<u32>>,
    attempt_ms: Option<Spanned<u32>>,
    stream_ms: Option<Spanned<u32>>,
    head_ms: Option<Spanned<u32>>,
    head_bytes: Option<Spanned<u32>>,
    body_ms: Option<Spanned<u32>>,
    body_pause_ms: Option<Spanned<u32>>,
    body_bytes: Option<Spanned<u32>>,
    idle_ms: Option<Spanned<u32>>,
    write_stall_ms: Option<Spanned<u32>>,
    connections: Option<Spanned<u32>>,
}

impl LimitsConfig {
    /// What was said about requests, and the usual for the rest.
    pub(super) fn of_requests(&self, source: &ConfigSource) -> Result<RequestLimits, ConfigError> {
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

    /// What was said about connections, and the usual for the rest.
    pub(super) fn of_connections(
        &self,
        source: &ConfigSource,
    ) -> Result<ConnectionLimits, ConfigError> {
        let usual = ConnectionLimits::default();
        let millis = |value: &Option<Spanned<u32>>, usual: Duration| {
            millis(value.as_ref(), source).map(|value| value.unwrap_or(usual))
        };
        let count = |value: &Option<Spanned<u32>>, usual: usize| {
            let value = positive(value.as_ref(), source)?;
            Ok(value.map_or(usual, |value| usize::try_from(value).unwrap_or(usize::MAX)))
        };
        Ok(ConnectionLimits {
            head: millis(&self.head_ms, usual.head)?,
            head_bytes: count(&self.head_bytes, usual.head_bytes)?,
            body: millis(&self.body_ms, usual.body)?,
            body_pause: millis(&self.body_pause_ms, usual.body_pause)?,
            body_bytes: count(&self.body_bytes, usual.body_bytes)?,
            idle: millis(&self.idle_ms, usual.idle)?,
            write_stall: millis(&self.write_stall_ms, usual.write_stall)?,
            connections: count(&self.connections, usual.connections)?,
        })
    }
}
