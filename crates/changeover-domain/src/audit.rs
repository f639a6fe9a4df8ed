//! The record of who changed what and why. Entries form a chain: each holds the hash of the one
//! before, so a missing or altered entry shows.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ts_rs::TS;

use crate::UnixMs;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
    OverrideApplied,
    OverrideCleared,
    OverrideExpired,
    OverrideReconciled,
    /// A route's effective target or mode moved, whoever caused it.
    EffectiveMoved,
    ScenarioPlayed,
    ConsoleStarted,
    AlertAcknowledged,
    AlertSnoozed,
    /// A maintenance window of our own was made or changed.
    MaintenancePut,
    MaintenanceRemoved,
    /// A message that had been given up was queued again.
    OutgoingRetried,
    SinkTested,
}

impl AuditAction {
    /// The action as it stands in the database and in the hash.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OverrideApplied => "override_applied",
            Self::OverrideCleared => "override_cleared",
            Self::OverrideExpired => "override_expired",
            Self::OverrideReconciled => "override_reconciled",
            Self::EffectiveMoved => "effective_moved",
            Self::ScenarioPlayed => "scenario_played",
            Self::ConsoleStarted => "console_started",
            Self::AlertAcknowledged => "alert_acknowledged",
            Self::AlertSnoozed => "alert_snoozed",
            Self::MaintenancePut => "maintenance_put",
            Self::MaintenanceRemoved => "maintenance_removed",
            Self::OutgoingRetried => "outgoing_retried",
            Self::SinkTested => "sink_tested",
        }
    }
}

/// One link of the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct AuditEntry {
    /// 1, 2, 3 … without gaps.
    pub sequence: u64,
    pub at: UnixMs,
    /// Who: an operator, or `console` and `gateway` for what happens by itself.
    pub actor: String,
    pub action: AuditAction,
    /// What it was done to: a route, a scenario.
    pub subject: String,
    pub reason: String,
    /// Before and after, as JSON.
    pub details: serde_json::Value,
    /// Hash of the entry before; 64 zeros for the first.
    pub previous_hash: String,
    pub hash: String,
}

/// The hash that stands before the first entry.
pub const CHAIN_START: &str = "0000000000000000000000000000000000000000000000000000000000000000";

impl AuditEntry {
    /// The hash that this entry must bear: SHA-256 over its fields as one JSON array.
    #[must_use]
    pub fn expected_hash(&self) -> String {
        let fields = serde_json::json!([
            self.previous_hash,
            self.sequence,
            self.at,
            self.actor,
            self.action,
            self.subject,
            self.reason,
            self.details,
        ]);
        hex(&Sha256::digest(fields.to_string().as_bytes()))
    }

    /// Fills in the hash.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.hash = self.expected_hash();
        self
    }

    /// Whether the entry follows `previous_hash` at `sequence` and is unaltered.
    #[must_use]
    pub fn follows(&self, sequence: u64, previous_hash: &str) -> bool {
        self.sequence == sequence
            && self.previous_hash == previous_hash
            && self.hash == self.expected_hash()
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(sequence: u64, previous_hash: &str) -> AuditEntry {
        AuditEntry {
            sequence,
            at: UnixMs(1),
            actor: "mk".into(),
            action: AuditAction::OverrideApplied,
            subject: "chat".into(),
            reason: "529s".into(),
            details: serde_json::json!({"b": 1, "a": 2}),
            previous_hash: previous_hash.into(),
            hash: String::new(),
        }
        .sealed()
    }

    #[test]
    fn an_altered_or_missing_entry_breaks_the_chain() {
        let first = entry(1, CHAIN_START);
        let second = entry(2, &first.hash);
        assert!(first.follows(1, CHAIN_START) && second.follows(2, &first.hash));
        let altered = AuditEntry { reason: "other".into(), ..first.clone() };
        assert!(!altered.follows(1, CHAIN_START), "an altered reason must show");
        assert!(!second.follows(1, CHAIN_START), "a removed first entry must show");
    }
}
