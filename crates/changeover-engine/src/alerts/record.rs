//! One alert with all that is remembered of it, over restarts too.

use changeover_domain::{ProviderId, Severity, Subject, UnixMs, WindowId};
use changeover_policy::alert::{Alert, Telling};
use changeover_store::StoredAlert;
use serde::{Deserialize, Serialize};

use super::Alerts;
use crate::contract::{Acknowledgement, AlertRuleId, Snooze, Told};

/// What it is about, in words. Of an alert that is well: as they were when it was not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Words {
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) children: Vec<String>,
}

/// That another alert tells this one as a part of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cover {
    pub(crate) by: String,
    /// People were told of the other one, so they know; it holds until this one is over.
    pub(crate) was_open: bool,
}

/// What is worth a write when it changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Matter {
    pub(crate) rule: AlertRuleId,
    pub(crate) subject: Subject,
    pub(crate) provider: Option<ProviderId>,
    pub(crate) severity: Severity,
    pub(crate) alert: Alert,
    pub(crate) telling: Telling,
    pub(crate) told: Option<Told>,
    pub(crate) acknowledged: Option<Acknowledgement>,
    pub(crate) snoozed: Option<Snooze>,
    pub(crate) covered: Option<Cover>,
}

/// One alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AlertRecord {
    pub(crate) matter: Matter,
    /// Their figures change all the time; they are written along with the matter.
    pub(crate) words: Words,
    #[serde(skip)]
    pub(crate) value: Option<f64>,
    #[serde(skip)]
    pub(crate) silenced_by: Option<WindowId>,
}

impl AlertRecord {
    pub(crate) fn new(
        rule: AlertRuleId,
        subject: Subject,
        provider: Option<ProviderId>,
        now: UnixMs,
    ) -> Self {
        let matter = Matter {
            rule,
            subject,
            provider,
            severity: Severity::Warning,
            alert: Alert::new(now),
            telling: Telling::new(now),
            told: None,
            acknowledged: None,
            snoozed: None,
            covered: None,
        };
        Self { matter, words: Words::default(), value: None, silenced_by: None }
    }

    /// The alert as its row; `None` where it has no shape that can be kept.
    pub(crate) fn stored(&self, key: &str) -> Option<StoredAlert> {
        Some(StoredAlert {
            key: key.to_owned(),
            rule: self.matter.rule.as_str().to_owned(),
            subject: self.matter.subject.clone(),
            state: self.matter.alert.state(),
            since: self.matter.alert.since(),
            memory: serde_json::to_value(self).ok()?,
        })
    }
}

/// The alerts of before the restart. One whose memory has another shape begins anew: its rule fires
/// again if it is still so, under the same key.
pub(crate) fn recall(stored: Vec<StoredAlert>) -> Alerts {
    let read = |alert: StoredAlert| match serde_json::from_value(alert.memory) {
        Ok(record) => Some((alert.key, record)),
        Err(error) => {
            tracing::warn!(key = %alert.key, %error, "an alert's memory cannot be read");
            None
        }
    };
    stored.into_iter().filter_map(read).collect()
}
