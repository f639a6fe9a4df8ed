//! One alert with all that is remembered of it, over restarts too.

use std::collections::BTreeSet;

use changeover_domain::{IncidentId, ProviderId, Severity, Subject, TargetId, UnixMs, WindowId};
use changeover_policy::alert::{Alert, Telling};
use changeover_store::StoredAlert;
use serde::{Deserialize, Serialize};

use super::Alerts;
use super::evaluate::Evaluation;
use crate::contract::{Acknowledgement, AlertRuleId, Snooze, Told};

/// What it is about, in words. Of an alert that is well: as they were when it was not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Words {
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) children: Vec<String>,
}

/// How far a page has got with what it declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// The same as long as nothing has moved.
    pub(crate) mark: String,
    /// What the page said last, with its state.
    pub(crate) text: String,
    pub(crate) at: UnixMs,
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
    /// The event of a page that it is about.
    #[serde(default)]
    pub(crate) event: Option<IncidentId>,
    /// The key that its notices bear, where people were told of it under another one than its own.
    #[serde(default)]
    pub(crate) told_as: Option<String>,
    pub(crate) severity: Severity,
    pub(crate) alert: Alert,
    pub(crate) telling: Telling,
    pub(crate) told: Option<Told>,
    pub(crate) acknowledged: Option<Acknowledgement>,
    pub(crate) snoozed: Option<Snooze>,
    pub(crate) covered: Option<Cover>,
    /// The targets that are in trouble, or were when they were last seen.
    #[serde(default)]
    pub(crate) troubled: BTreeSet<TargetId>,
}

/// One alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct AlertRecord {
    pub(crate) matter: Matter,
    /// Their figures change all the time; they are written along with the matter.
    pub(crate) words: Words,
    #[serde(default)]
    pub(crate) step: Option<Step>,
    #[serde(skip)]
    pub(crate) value: Option<f64>,
    /// It was so before anybody looked.
    #[serde(skip)]
    pub(crate) is_old: bool,
    /// All that is the matter with it may be that our own network is gone.
    #[serde(skip)]
    pub(crate) may_be_network: bool,
    #[serde(skip)]
    pub(crate) silenced_by: Option<WindowId>,
}

impl AlertRecord {
    pub(crate) fn new(evaluation: &Evaluation, now: UnixMs) -> Self {
        let matter = Matter {
            rule: evaluation.rule,
            subject: evaluation.subject.clone(),
            provider: evaluation.provider.clone(),
            event: evaluation.event.clone(),
            told_as: None,
            severity: Severity::Warning,
            alert: Alert::new(now),
            telling: Telling::new(now),
            told: None,
            acknowledged: None,
            snoozed: None,
            covered: None,
            troubled: BTreeSet::new(),
        };
        Self {
            matter,
            words: Words::default(),
            step: None,
            value: None,
            is_old: false,
            may_be_network: false,
            silenced_by: None,
        }
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
