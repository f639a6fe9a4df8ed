//! Alerts: from a level that is evaluated again and again to the few notices that people get.
//!
//! Not for sending (engine and sinks) and not for judging (verdict, score): what is evaluated comes in
//! as a [`Reading`]. An [`Alert`] is where the matter stands; a [`Telling`] is what people know of it.
//! The rules it keeps: nothing fires before it has been so for its time; nobody is told the same
//! thing twice but by a reminder that was asked for; whoever was told that something fires is told
//! when it has ended; and "no data" and "the evaluation failed" are states of their own, never
//! silence.
//!
//! ```text
//! normal --breach--> pending --for its time--> firing --well for keep_firing--> normal (resolved)
//!   ^                   |
//!   +------ well -------+          any --no reading for its time--> no_data
//!                                  any --evaluation failed, same time--> error
//! ```
//!
//! A firing alert whose readings stop is still an open matter: it goes to `no_data` and comes back to
//! `firing` or ends with the next reading, and the notices in between bear the same key.

mod telling;

use std::time::Duration;

use changeover_domain::{AlertState, UnixMs};
use serde::{Deserialize, Serialize};

pub use telling::{Manner, Quiet, Telling};

/// One rule, for any number of subjects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertRule {
    /// Part of the key: the same for as long as the rule is the same to people.
    pub id: String,
    /// The figure from which on it is breached.
    pub at_least: f64,
    /// How long it must be breached before it fires.
    pub pending_for: Duration,
    /// How long it must be well before it is resolved.
    pub keep_firing_for: Duration,
    /// How long nothing, or nothing but failed evaluations, may come in.
    pub silent_for: Duration,
    /// How often people are reminded while it fires; `None`: never.
    pub remind_every: Option<Duration>,
}

impl AlertRule {
    /// Whether a reading of this figure is a breach.
    #[must_use]
    pub fn is_breached(&self, value: f64) -> bool {
        value >= self.at_least
    }
}

/// One evaluation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    Value(f64),
    /// There is nothing to evaluate.
    Missing,
    /// It could not be evaluated.
    Failed,
}

/// Where the matter of one rule and one subject stands. All of its memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    state: AlertState,
    /// Since when `state` is what it is.
    since: UnixMs,
    /// Set from when it fires until it is resolved.
    open_since: Option<UnixMs>,
    /// Since when an open alert has been well.
    well_since: Option<UnixMs>,
    /// Since when there was no value, and what there was instead.
    silent_since: Option<UnixMs>,
}

impl Alert {
    /// An alert that has seen nothing yet.
    #[must_use]
    pub fn new(now: UnixMs) -> Self {
        Self {
            state: AlertState::Normal,
            since: now,
            open_since: None,
            well_since: None,
            silent_since: None,
        }
    }

    #[must_use]
    pub fn state(&self) -> AlertState {
        self.state
    }

    /// Since when it stands where it stands.
    #[must_use]
    pub fn since(&self) -> UnixMs {
        self.since
    }

    /// Since when it has been breached, from when it fires until it is resolved.
    #[must_use]
    pub fn open_since(&self) -> Option<UnixMs> {
        self.open_since
    }

    /// Since when there is no reading; `None` while there is one.
    #[must_use]
    pub fn silent_since(&self) -> Option<UnixMs> {
        self.silent_since
    }

    /// Whether the last reading said that it fires: it is open, and neither well for now nor unseen.
    #[must_use]
    pub fn is_seen_firing(&self) -> bool {
        self.open_since.is_some() && self.well_since.is_none() && self.silent_since.is_none()
    }

    /// Takes one evaluation in.
    pub fn observe(&mut self, rule: &AlertRule, reading: Reading, now: UnixMs) {
        match reading {
            Reading::Value(value) if value.is_finite() => {
                self.value(rule, rule.is_breached(value), now);
            }
            Reading::Missing => self.silence(rule, AlertState::NoData, now),
            // A value that is no number is a failed evaluation.
            Reading::Value(_) | Reading::Failed => self.silence(rule, AlertState::Error, now),
        }
    }

    fn value(&mut self, rule: &AlertRule, breached: bool, now: UnixMs) {
        self.silent_since = None;
        if self.open_since.is_some() {
            return self.open(rule, breached, now);
        }
        if !breached {
            return self.step_to(AlertState::Normal, now);
        }
        self.step_to(AlertState::Pending, now);
        if now.since(self.since) >= rule.pending_for {
            self.open_since = Some(self.since);
            self.step_to(AlertState::Firing, now);
        }
    }

    /// It ends when it has been well for long enough.
    fn open(&mut self, rule: &AlertRule, breached: bool, now: UnixMs) {
        self.step_to(AlertState::Firing, now);
        if breached {
            self.well_since = None;
            return;
        }
        let well_since = *self.well_since.get_or_insert(now);
        if now.since(well_since) >= rule.keep_firing_for {
            (self.open_since, self.well_since) = (None, None);
            self.step_to(AlertState::Normal, now);
        }
    }

    fn silence(&mut self, rule: &AlertRule, to: AlertState, now: UnixMs) {
        // What was not seen was not well either.
        self.well_since = None;
        let since = *self.silent_since.get_or_insert(now);
        if now.since(since) >= rule.silent_for {
            self.step_to(to, now);
        }
    }

    fn step_to(&mut self, state: AlertState, now: UnixMs) {
        if self.state != state {
            (self.state, self.since) = (state, now);
        }
    }
}

/// The key of a rule's alert on a subject, or on one event of it. Its parts are escaped, so that no two
/// alerts share one.
#[must_use]
pub fn dedup_key(rule: &str, subject: &str, event: Option<&str>) -> String {
    let escaped = |text: &str| text.replace('%', "%25").replace('/', "%2F");
    let of_subject = format!("changeover/{}/{}", escaped(rule), escaped(subject));
    event.map_or_else(|| of_subject.clone(), |event| format!("{of_subject}/{}", escaped(event)))
}

#[cfg(test)]
mod tests;
