//! `[journal]`: how much of the past is kept.

use changeover_config::{ConfigError, ConfigSource, Spanned};
use serde::Deserialize;

use super::number::positive;
use crate::settings::DEFAULT_JOURNAL_BYTES;

const MIB: u64 = 1024 * 1024;

/// `[journal]`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JournalConfig {
    most_mib: Option<Spanned<u32>>,
}

impl JournalConfig {
    /// The size beyond which it is compacted, in bytes.
    pub(super) fn bytes(&self, source: &ConfigSource) -> Result<u64, ConfigError> {
        let most = positive(self.most_mib.as_ref(), source)?;
        Ok(most.map_or(DEFAULT_JOURNAL_BYTES, |most| u64::from(most) * MIB))
    }
}
