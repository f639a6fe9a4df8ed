//! What people know of an alert, and what they are to be told next.
//!
//! A level, not an edge: what is told follows from where the alert stands and from what was told
//! before, so a notice that could not be given (a maintenance window, a full disk, a restart) is
//! given as soon as it can be, if it is still true.

use changeover_domain::{AlertState, NoticeKind, Severity, UnixMs};
use serde::{Deserialize, Serialize};

use super::{Alert, AlertRule};

/// How much people want to hear of an alert now. The end of what they were told is always told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quiet {
    Loud,
    /// They wanted to hear nothing until now: what still fires is told again.
    Again,
    /// Somebody has taken it on: only worse is told.
    Known,
    /// A maintenance window, a snooze, or another alert that tells it: nothing.
    Silent,
}

/// How bad it is now, and how much people want to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner {
    pub severity: Severity,
    pub quiet: Quiet,
}

/// What people know. All of its memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telling {
    /// How bad they were told that it is; `None` where they do not know that it fires.
    told: Option<Severity>,
    /// The silence that they were told of: no data, or error.
    told_silence: Option<AlertState>,
    told_at: UnixMs,
}

impl Telling {
    /// Nothing was told yet.
    #[must_use]
    pub fn new(now: UnixMs) -> Self {
        Self { told: None, told_silence: None, told_at: now }
    }

    /// Whether people know that it fires.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.told.is_some()
    }

    /// Whether people know that there is nothing to see.
    #[must_use]
    pub fn knows_silence(&self) -> bool {
        self.told_silence.is_some()
    }

    /// How bad people were told that it is; `None` where they do not know that it fires.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        self.told
    }

    /// What is to be told now, if anything; it counts as told from here on.
    pub fn next(
        &mut self,
        alert: &Alert,
        rule: &AlertRule,
        manner: Manner,
        now: UnixMs,
    ) -> Option<NoticeKind> {
        let is_silent = matches!(alert.state(), AlertState::NoData | AlertState::Error);
        let kind = if is_silent {
            self.silence(alert.state(), manner.quiet)
        } else {
            self.reading(alert, rule, manner, now)
        }?;
        self.told_at = now;
        Some(kind)
    }

    fn silence(&mut self, state: AlertState, quiet: Quiet) -> Option<NoticeKind> {
        if self.told_silence == Some(state) || matches!(quiet, Quiet::Silent | Quiet::Known) {
            return None;
        }
        self.told_silence = Some(state);
        Some(if state == AlertState::NoData { NoticeKind::NoData } else { NoticeKind::Error })
    }

    fn reading(
        &mut self,
        alert: &Alert,
        rule: &AlertRule,
        Manner { severity, quiet }: Manner,
        now: UnixMs,
    ) -> Option<NoticeKind> {
        let was_silent = self.told_silence.take().is_some();
        if alert.open_since().is_none() {
            let was_told = self.told.take().is_some();
            return match (was_told, was_silent) {
                (true, _) => Some(NoticeKind::Resolved),
                (false, true) => Some(NoticeKind::DataBack),
                (false, false) => None,
            };
        }
        if quiet == Quiet::Silent {
            return None;
        }
        let Some(told) = self.told else {
            self.told = Some(severity);
            return Some(NoticeKind::Fired);
        };
        if severity > told {
            self.told = Some(severity);
            return Some(NoticeKind::Worsened);
        }
        let is_due = rule
            .remind_every
            .is_some_and(|every| !every.is_zero() && now.since(self.told_at) >= every);
        let reminds = quiet == Quiet::Again || (quiet == Quiet::Loud && is_due);
        reminds.then_some(NoticeKind::Reminder)
    }
}
