//! Whether a target's own probes give reason to look closer.

use changeover_domain::{Outcome, Whose};

/// How many good probes in a row it takes to be calm again.
const GOOD_UNTIL_CALM: u8 = 3;

/// Suspicion of one target: at once after a failure, gone after three good probes in a row.
///
/// A failure that is the asker's own (a model that refuses our prompt, or thinks longer than we let
/// it write) changes nothing: looking closer would only cost more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Suspicion {
    /// Good probes still needed.
    needed: u8,
}

impl Suspicion {
    /// What is to be thought after one more probe.
    #[must_use]
    pub(crate) fn after(self, outcome: Outcome) -> Self {
        let needed = match outcome {
            Outcome::Ok => self.needed.saturating_sub(1),
            Outcome::Failed(class) if class.usually_whose() == Whose::Caller => self.needed,
            Outcome::Failed(_) => GOOD_UNTIL_CALM,
        };
        Self { needed }
    }

    #[must_use]
    pub(crate) fn is_suspect(self) -> bool {
        self.needed > 0
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
            last.fold(Suspicion::default(), Suspicion::after).is_suspect()
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
}
