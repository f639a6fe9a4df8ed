//! `[drain]`: how the gateway goes down.

use std::time::Duration;

use serde::Deserialize;

use crate::settings::DrainSettings;

/// `[drain]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DrainConfig {
    notice_s: Option<u32>,
    grace_s: Option<u32>,
}

impl DrainConfig {
    /// What was said, and the usual for the rest. Nothing is a time to wait as well.
    pub(super) fn settings(&self) -> DrainSettings {
        let usual = DrainSettings::default();
        let seconds = |value: Option<u32>, usual: Duration| {
            value.map_or(usual, |seconds| Duration::from_secs(u64::from(seconds)))
        };
        DrainSettings {
            notice: seconds(self.notice_s, usual.notice),
            grace: seconds(self.grace_s, usual.grace),
        }
    }
}
