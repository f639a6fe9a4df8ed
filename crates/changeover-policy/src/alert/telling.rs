//! What people know of an alert, and what they are to be told next.
//!
//! A level, not an edge: what is told follows from where the alert stands and from what was told
//! before, so a notice that could not be given (a maintenance window, a full disk, a restart) is
//! given as soon as it can be, if it is still true.

use std::time::Duration;

use changeover_domain::{AlertState, NoticeKind, Severity, UnixMs};
use serde::{Deserialize, Serialize};

use super::{Alert, AlertRule};

/// Steps that follow each other sooner than this are told as one.
const STEPS_APART: Duration = Duration::from_secs(60);
/// Within this time several documents are read for the first time, and none for a second.
const ONE_LOOK: Duration = Duration::from_secs(10);

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

/// How bad it is now, where it has got to, and how much people want to hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner<'a> {
    pub severity: Severity,
    pub quiet: Quiet,
    /// The step that the matter has come to, as one mark that differs from that of any other step;
    /// `None` where there are no steps or nobody knows.
    pub step: Option<&'a str>,
    /// It was so before anybody looked: shown and not told. What comes after is.
    pub is_old: bool,
}

/// What people know. All of its memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telling {
    /// How bad they were told that it is; `None` where they do not know that it fires.
    told: Option<Severity>,
    /// What is in `told` stood on the board when it was first looked at, and nobody heard of it.
    #[serde(default)]
    unheard: bool,
    /// The step that they know of.
    #[serde(default)]
    step: Option<String>,
    /// The silence that they were told of: no data, or error.
    told_silence: Option<AlertState>,
    told_at: UnixMs,
}

impl Telling {
    /// Nothing was told yet.
    #[must_use]
    pub fn new(now: UnixMs) -> Self {
        Self { told: None, unheard: false, step: None, told_silence: None, told_at: now }
    }

    /// Whether people were told that it fires.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.severity().is_some()
    }

    /// Whether people know that there is nothing to see.
    #[must_use]
    pub fn knows_silence(&self) -> bool {
        self.told_silence.is_some()
    }

    /// How bad people were told that it is; `None` where they were not told that it fires.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        self.told.filter(|_| !self.unheard)
    }

    /// What is to be told now, if anything; it counts as told from here on.
    pub fn next(
        &mut self,
        alert: &Alert,
        rule: &AlertRule,
        manner: Manner<'_>,
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
        manner: Manner<'_>,
        now: UnixMs,
    ) -> Option<NoticeKind> {
        let was_silent = self.told_silence.take().is_some();
        if alert.open_since().is_none() {
            let was_told = self.severity().is_some();
            (self.told, self.unheard, self.step) = (None, false, None);
            return match (was_told, was_silent) {
                (true, _) => Some(NoticeKind::Resolved),
                (false, true) => Some(NoticeKind::DataBack),
                (false, false) => None,
            };
        }
        if manner.quiet == Quiet::Silent {
            return None;
        }
        let kind = self.open(alert, rule, manner, now)?;
        self.unheard = false;
        self.learn(manner.step);
        Some(kind)
    }

    fn open(
        &mut self,
        alert: &Alert,
        rule: &AlertRule,
        Manner { severity, quiet, step, is_old }: Manner<'_>,
        now: UnixMs,
    ) -> Option<NoticeKind> {
        let Some(told) = self.told else {
            self.told = Some(severity);
            if is_old {
                (self.unheard, self.told_at) = (true, now);
                self.learn(step);
            }
            return (!is_old).then_some(NoticeKind::Fired);
        };
        let passed = now.since(self.told_at);
        if is_old && self.unheard && passed < ONE_LOOK {
            // One look is several documents: what they add to each other is the same look.
            self.told = Some(told.max(severity));
            self.learn(step);
            return None;
        }
        if severity > told {
            self.told = Some(severity);
            return Some(NoticeKind::Worsened);
        }
        // What is well for a moment, or cannot be seen, is neither repeated nor moved on.
        let speaks = quiet == Quiet::Loud && alert.is_seen_firing();
        if self.has_moved(step) && speaks && passed >= STEPS_APART {
            return Some(NoticeKind::Updated);
        }
        let is_due = rule.remind_every.is_some_and(|every| !every.is_zero() && passed >= every);
        let reminds = match quiet {
            Quiet::Again => true,
            Quiet::Loud => speaks && is_due && !self.unheard,
            Quiet::Known | Quiet::Silent => false,
        };
        reminds.then_some(NoticeKind::Reminder)
    }

    /// Whether it has come to another step than people know of. A step of which nothing was known
    /// when they were told is where they begin.
    fn has_moved(&mut self, step: Option<&str>) -> bool {
        let Some(step) = step else { return false };
        let known = self.step.get_or_insert_with(|| step.to_owned());
        known.as_str() != step
    }

    fn learn(&mut self, step: Option<&str>) {
        if let Some(step) = step {
            self.step = Some(step.to_owned());
        }
    }
}
