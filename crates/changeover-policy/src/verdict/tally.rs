//! Counting attempts by how they ended, for probes and traffic apart and together.

use std::collections::BTreeMap;

use changeover_domain::{FailureClass, Outcome, UnixMs, Whose};

/// Attempts of one witness in one window.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attempts {
    ok: u64,
    failed: BTreeMap<FailureClass, u64>,
    first_failure_at: Option<UnixMs>,
}

impl Attempts {
    /// Counts attempts that ended the same way. The caller's own faults are not counted at all.
    pub fn add(&mut self, outcome: Outcome, count: u64, at: UnixMs) {
        match outcome {
            Outcome::Ok => self.ok = self.ok.saturating_add(count),
            Outcome::Failed(class) if class.usually_whose() == Whose::Caller => {}
            Outcome::Failed(class) => {
                *self.failed.entry(class).or_insert(0) += count;
                let first = self.first_failure_at.map_or(at, |first| first.min(at));
                self.first_failure_at = Some(first);
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
        self.failed.values().sum()
    }

    /// Failures of one class.
    #[must_use]
    pub fn of(&self, class: FailureClass) -> u64 {
        self.failed.get(&class).copied().unwrap_or(0)
    }

    /// Failures that are mostly of one kind of owner.
    #[must_use]
    pub fn of_whose(&self, whose: Whose) -> u64 {
        self.failed.iter().filter(|(class, _)| class.usually_whose() == whose).map(|(_, n)| n).sum()
    }

    /// The class with the most failures.
    #[must_use]
    pub fn commonest(&self) -> Option<FailureClass> {
        self.failed.iter().max_by_key(|(_, count)| **count).map(|(class, _)| *class)
    }

    fn merged(&self, other: &Self) -> Self {
        let mut merged = self.clone();
        merged.ok = merged.ok.saturating_add(other.ok);
        for (class, count) in &other.failed {
            *merged.failed.entry(*class).or_insert(0) += count;
        }
        merged.first_failure_at = match (self.first_failure_at, other.first_failure_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        merged
    }
}

/// Attempts of one window by witness.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    pub probes: Attempts,
    pub traffic: Attempts,
}

impl Tally {
    /// Attempts of both witnesses.
    #[must_use]
    pub fn attempts(&self) -> u64 {
        self.probes.attempts() + self.traffic.attempts()
    }

    /// Failures of both witnesses.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.probes.failed() + self.traffic.failed()
    }

    /// The share of failures, 0 to 1; 0 without attempts, which the caller has to tell apart.
    #[must_use]
    pub fn failed_share(&self) -> f64 {
        share(self.failed(), self.attempts())
    }

    /// Who holds the largest part of the failures; `None` without failures. "Theirs" wins a draw:
    /// a rate limit beside an outage is its echo.
    #[must_use]
    pub fn mostly_whose(&self) -> Option<Whose> {
        let together = self.probes.merged(&self.traffic);
        let candidates = [
            Whose::Unknown,
            Whose::OurNetwork,
            Whose::OurQuota,
            Whose::OurBilling,
            Whose::OurConfiguration,
            Whose::Theirs,
        ];
        candidates
            .into_iter()
            .map(|whose| (whose, together.of_whose(whose)))
            .filter(|(_, count)| *count > 0)
            .max_by_key(|(_, count)| *count)
            .map(|(whose, _)| whose)
    }

    /// The commonest failure of both witnesses together.
    #[must_use]
    pub fn commonest(&self) -> Option<FailureClass> {
        self.probes.merged(&self.traffic).commonest()
    }

    /// Failures of one class, both witnesses.
    #[must_use]
    pub fn of(&self, class: FailureClass) -> u64 {
        self.probes.of(class) + self.traffic.of(class)
    }

    /// When the first failure that counts was seen.
    #[must_use]
    pub fn first_failure_at(&self) -> Option<UnixMs> {
        self.probes.merged(&self.traffic).first_failure_at
    }

    /// Whether there were attempts and every one failed before an answer could come: refused,
    /// unresolved, no TLS.
    #[must_use]
    pub fn nothing_reached(&self) -> bool {
        let unreached = [
            FailureClass::Connect,
            FailureClass::Dns,
            FailureClass::Tls,
            FailureClass::TimeoutConnect,
        ];
        let failed: u64 = unreached.into_iter().map(|class| self.of(class)).sum();
        self.attempts() > 0 && failed == self.attempts()
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
