//! Counting attempts by how they ended, for probes and traffic apart and together.

use std::collections::BTreeMap;

use changeover_domain::{FailureClass, Outcome, UnixMs, Whose};
use serde::{Deserialize, Serialize};

/// A key that was refused and accepted again within less than this may only have been exchanged
/// while requests were under way.
const TAKING_TURNS_MS: i64 = 15_000;

/// Attempts of one witness in one window.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Attempts {
    ok: u64,
    failed: BTreeMap<FailureClass, u64>,
    /// Those of `failed` of which the vendor's answer said that they are not whose their class
    /// usually is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    overruled: BTreeMap<Whose, BTreeMap<FailureClass, u64>>,
    /// Requests that the provider rejected as malformed. They prove neither health nor trouble.
    invalid: u64,
    /// Answers that refused: the model's own words, or a filter's.
    refused: u64,
    first_failure_at: Option<UnixMs>,
    /// From when to when rate limits refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limited: Option<(UnixMs, UnixMs)>,
    last_ok_at: Option<UnixMs>,
    /// When our key or our model name was first refused.
    first_unauthorised_at: Option<UnixMs>,
    /// When the last of all attempts that count ended.
    last_at: Option<UnixMs>,
}

/// Classes in which the provider refuses to know our key or our model.
pub(super) const UNAUTHORISED: [FailureClass; 3] =
    [FailureClass::Authentication, FailureClass::Permission, FailureClass::ModelNotFound];

/// Classes in which nothing answered at all.
pub(super) const UNREACHED: [FailureClass; 4] =
    [FailureClass::Connect, FailureClass::Dns, FailureClass::Tls, FailureClass::TimeoutConnect];

impl Attempts {
    /// Counts attempts that ended the same way. The caller's own faults are no attempts at the
    /// target's work and are kept apart.
    pub fn add(&mut self, outcome: Outcome, count: u64, at: UnixMs) {
        self.add_owned(outcome, None, count, at);
    }

    /// The same, where the answer may have said whose a failure is.
    pub fn add_owned(&mut self, outcome: Outcome, said: Option<Whose>, count: u64, at: UnixMs) {
        match outcome {
            Outcome::Ok => {
                self.ok = self.ok.saturating_add(count);
                self.last_ok_at = latest(self.last_ok_at, Some(at));
                self.last_at = latest(self.last_at, Some(at));
            }
            Outcome::Failed(class) if whose(class, said) == Whose::Caller => match class {
                FailureClass::InvalidRequest => self.invalid = self.invalid.saturating_add(count),
                FailureClass::Refusal | FailureClass::ContentFilter => {
                    self.refused = self.refused.saturating_add(count);
                }
                _ => {}
            },
            Outcome::Failed(class) => {
                count_in(&mut self.failed, class, count);
                let whose = whose(class, said);
                if whose != class.usually_whose() {
                    count_in(self.overruled.entry(whose).or_default(), class, count);
                }
                self.first_failure_at = earliest(self.first_failure_at, Some(at));
                if class == FailureClass::RateLimited {
                    self.limited = spanning(self.limited, Some((at, at)));
                }
                self.last_at = latest(self.last_at, Some(at));
                if UNAUTHORISED.contains(&class) {
                    self.first_unauthorised_at = earliest(self.first_unauthorised_at, Some(at));
                }
            }
        }
    }

    /// Attempts that count.
    #[must_use]
    pub fn attempts(&self) -> u64 {
        self.ok.saturating_add(self.failed())
    }

    /// Of those, failures.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failed.values().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Requests rejected as malformed, which do not count.
    #[must_use]
    pub fn invalid(&self) -> u64 {
        self.invalid
    }

    /// Answers that refused, which do not count as failures.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// When the last attempt that counts ended.
    #[must_use]
    pub fn last_at(&self) -> Option<UnixMs> {
        self.last_at
    }

    /// The share of failures, 0 to 1; 0 without attempts, which the caller has to tell apart.
    #[must_use]
    pub fn failed_share(&self) -> f64 {
        share(self.failed(), self.attempts())
    }

    /// Failures of one class.
    #[must_use]
    pub fn of(&self, class: FailureClass) -> u64 {
        self.failed.get(&class).copied().unwrap_or(0)
    }

    /// Failures of any of these classes.
    #[must_use]
    pub fn of_any(&self, classes: &[FailureClass]) -> u64 {
        classes.iter().fold(0, |sum, class| sum.saturating_add(self.of(*class)))
    }

    /// Failures of one owner: of classes that usually are, but for those that were said not to be,
    /// and with those of other classes that were said to be.
    #[must_use]
    pub fn of_whose(&self, whose: Whose) -> u64 {
        let away = |class: &FailureClass| -> u64 {
            self.overruled.values().filter_map(|classes| classes.get(class)).sum()
        };
        let usual = self.failed.iter().filter(|(class, _)| class.usually_whose() == whose);
        let usual: u64 = usual.map(|(class, count)| count.saturating_sub(away(class))).sum();
        let said: u64 = self.overruled.get(&whose).into_iter().flat_map(BTreeMap::values).sum();
        usual.saturating_add(said)
    }

    /// The class with the most failures.
    #[must_use]
    pub fn commonest(&self) -> Option<FailureClass> {
        self.failed.iter().max_by_key(|(_, count)| **count).map(|(class, _)| *class)
    }

    /// Whether our key or model was refused and later accepted, for longer than exchanging a key
    /// takes. Who holds one key only can then say that it is not the key.
    #[must_use]
    pub fn taking_turns(&self) -> bool {
        match (self.first_unauthorised_at, self.last_ok_at) {
            (Some(refused), Some(accepted)) => accepted.millis_since(refused) >= TAKING_TURNS_MS,
            _ => false,
        }
    }

    /// Adds what another count of the same witness holds.
    pub fn merge(&mut self, other: &Self) {
        self.ok = self.ok.saturating_add(other.ok);
        for (class, count) in &other.failed {
            count_in(&mut self.failed, *class, *count);
        }
        for (whose, classes) in &other.overruled {
            let of_whose = self.overruled.entry(*whose).or_default();
            classes.iter().for_each(|(class, count)| count_in(of_whose, *class, *count));
        }
        self.invalid = self.invalid.saturating_add(other.invalid);
        self.refused = self.refused.saturating_add(other.refused);
        self.first_failure_at = earliest(self.first_failure_at, other.first_failure_at);
        self.limited = spanning(self.limited, other.limited);
        self.last_ok_at = latest(self.last_ok_at, other.last_ok_at);
        self.first_unauthorised_at =
            earliest(self.first_unauthorised_at, other.first_unauthorised_at);
        self.last_at = latest(self.last_at, other.last_at);
    }
}

/// Whose a failure is: as was said, else as its class usually is.
pub(super) fn whose(class: FailureClass, said: Option<Whose>) -> Whose {
    said.unwrap_or_else(|| class.usually_whose())
}

fn count_in(counts: &mut BTreeMap<FailureClass, u64>, class: FailureClass, count: u64) {
    let of_class = counts.entry(class).or_insert(0);
    *of_class = of_class.saturating_add(count);
}

/// From the earlier beginning to the later end.
fn spanning(a: Option<(UnixMs, UnixMs)>, b: Option<(UnixMs, UnixMs)>) -> Option<(UnixMs, UnixMs)> {
    match (a, b) {
        (Some((from, until)), Some((other_from, other_until))) => {
            Some((from.min(other_from), until.max(other_until)))
        }
        (one, other) => one.or(other),
    }
}

fn earliest(a: Option<UnixMs>, b: Option<UnixMs>) -> Option<UnixMs> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

fn latest(a: Option<UnixMs>, b: Option<UnixMs>) -> Option<UnixMs> {
    a.max(b)
}

/// Attempts of one window by witness.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    pub probes: Attempts,
    pub traffic: Attempts,
}

impl Tally {
    /// Attempts of both witnesses.
    #[must_use]
    pub fn attempts(&self) -> u64 {
        self.probes.attempts().saturating_add(self.traffic.attempts())
    }

    /// Failures of both witnesses.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.probes.failed().saturating_add(self.traffic.failed())
    }

    /// The share of failures, 0 to 1; 0 without attempts, which the caller has to tell apart.
    #[must_use]
    pub fn failed_share(&self) -> f64 {
        share(self.failed(), self.attempts())
    }

    /// Failures of one owner, both witnesses.
    #[must_use]
    pub fn of_whose(&self, whose: Whose) -> u64 {
        self.probes.of_whose(whose).saturating_add(self.traffic.of_whose(whose))
    }

    /// The commonest failure of both witnesses together.
    #[must_use]
    pub fn commonest(&self) -> Option<FailureClass> {
        FailureClass::ALL
            .into_iter()
            .map(|class| (self.of(class), class))
            .filter(|(count, _)| *count > 0)
            .max()
            .map(|(_, class)| class)
    }

    /// Failures of one class, both witnesses.
    #[must_use]
    pub fn of(&self, class: FailureClass) -> u64 {
        self.probes.of(class).saturating_add(self.traffic.of(class))
    }

    /// Failures of any of these classes, both witnesses.
    #[must_use]
    pub fn of_any(&self, classes: &[FailureClass]) -> u64 {
        self.probes.of_any(classes).saturating_add(self.traffic.of_any(classes))
    }

    /// When the first failure that counts was seen.
    #[must_use]
    pub fn first_failure_at(&self) -> Option<UnixMs> {
        earliest(self.probes.first_failure_at, self.traffic.first_failure_at)
    }

    /// From the first refusal by a rate limit to the last; `None` where there was none.
    #[must_use]
    pub fn limited_for_ms(&self) -> Option<i64> {
        let span = spanning(self.probes.limited, self.traffic.limited);
        span.map(|(from, until)| until.millis_since(from))
    }

    /// When our key or our model name was first refused.
    #[must_use]
    pub fn first_unauthorised_at(&self) -> Option<UnixMs> {
        earliest(self.probes.first_unauthorised_at, self.traffic.first_unauthorised_at)
    }

    /// Whether there were attempts and every one failed before an answer could come: refused,
    /// unresolved, no TLS.
    #[must_use]
    pub fn nothing_reached(&self) -> bool {
        self.attempts() > 0 && self.of_any(&UNREACHED) == self.attempts()
    }

    /// Adds what another count holds.
    pub fn merge(&mut self, other: &Self) {
        self.probes.merge(&other.probes);
        self.traffic.merge(&other.traffic);
    }
}

/// `part` of `whole`, 0 to 1.
#[must_use]
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let share = part as f64 / whole as f64;
    share
}
