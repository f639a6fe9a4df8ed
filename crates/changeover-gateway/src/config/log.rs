//! `[log]`: how the log looks.

use serde::Deserialize;

use crate::log::{LogFormat, LogSettings};

/// `[log]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogConfig {
    format: Option<LogFormat>,
    requests: Option<bool>,
}

impl LogConfig {
    /// What was said, and the usual for the rest.
    pub(super) fn settings(&self) -> LogSettings {
        let usual = LogSettings::default();
        LogSettings {
            format: self.format.unwrap_or(usual.format),
            requests: self.requests.unwrap_or(usual.requests),
        }
    }
}
