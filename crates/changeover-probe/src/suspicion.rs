//! Whether a target's own probes give reason to look closer.

use changeover_domain::{Outcome, Whose};

/// How many good probes in a row it takes to be calm again.
const GOOD_UNTIL_CALM: u8 = 3;

/// Failures of our own in a row that prove themselves; more of them prove nothing more.
const OURS_PROVED: u8 = 3;

/// Suspicion of one target: at once after a failure, gone after three good probes in a row.
///
/// A failure that is the asker's own (a model that refuses our prompt, or thinks longer than we let
/// it write) changes nothing: looking closer would only cost more. One that is ours to mend (a limit, a
/// bill, a key) is looked at closely until it is proved, and its end is; in between asking more often
/// would be no answer to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Suspicion {
    /// Good probes still needed.
    needed: u8,
    /// Failures of our own, up to now.
    ours: u8,
}

impl Suspicion {
    /// What is to be thought after one more probe, where the answer may have said whose a failure
    /// is.
    #[must_use]
    pub(crate) fn after(self, outcome: Outcome, said: Option<Whose>) -> Self {
        let Outcome::Failed(class) = outcome else {
            return Self { needed: self.needed.saturating_sub(1), ours: 0 };
        };
        match said.unwrap_or_else(|| class.usually_whose()) {
            Whose::Caller => self,
            Whose::OurQuota | Whose::OurBilling | Whose::OurConfiguration => {
                Self { needed: GOOD_UNTIL_CALM, ours: self.ours.saturating_add(1) }
            }
            Whose::Theirs | Whose::OurNetwork | Whose::Unknown => {
                Self { needed: GOOD_UNTIL_CALM, ours: 0 }
            }
        }
    }

    #[must_use]
    pub(crate) fn is_suspect(self) -> bool {
        self.needed > 0 && !self.is_proved()
    }

    /// Whether failures of our own have proved themselves.
    #[must_use]
    pub(crate) fn is_proved(self) -> bool {
        self.ours >= OURS_PROVED
    }
}

#[cfg(test)]
mod tests {
    use changeover_domain::FailureClass;

    use super::*;

    #[test]
    fn one_failure_rouses_it_and_three_good_probes_in_a_row_calm_it() {
        let after = |outcomes: &[Outcome]| {
            let last = outcomes.iter().copied();
            last.fold(Suspicion::default(), |before, one| before.after(one, None)).is_suspect()
        };
        let bad = Outcome::Failed(FailureClass::Overloaded);
        let good = Outcome::Ok;
        assert!(!after(&[]) && !after(&[good]));
        assert!(after(&[bad]) && after(&[bad, good, good]));
        assert!(!after(&[bad, good, good, good]));
        assert!(after(&[bad, good, good, bad, good, good]), "the row is broken");
        let our_own = Outcome::Failed(FailureClass::Truncated);
        assert!(!after(&[our_own]), "our own mistake is no reason");
        assert!(!after(&[bad, good, our_own, good, good]));
    }

    #[test]
    fn what_is_ours_is_looked_at_until_it_is_proved_and_again_when_it_ends() {
        let limited = Outcome::Failed(FailureClass::RateLimited);
        let two = Suspicion::default().after(limited, None).after(limited, None);
        assert!(two.is_suspect());
        let three = two.after(limited, None);
        assert!(!three.is_suspect() && three.is_proved());
        let theirs = two.after(limited, Some(Whose::Theirs));
        assert!(theirs.is_suspect() && !theirs.is_proved(), "a limit of the vendor's own");
        let over = three.after(Outcome::Ok, None);
        assert!(over.is_suspect(), "is it over?");
        assert!(!over.after(Outcome::Ok, None).after(Outcome::Ok, None).is_suspect());
    }
}
