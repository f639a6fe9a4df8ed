//! Which verdicts are kept: every change of kind, and what else becomes another of one.
//!
//! Not for keeping them (the store does, by way of `paper`). The rule it keeps: whose it is is kept at
//! once, always; how far it reaches, what it looks like and how sure it is waver at their limits, and
//! are kept when they have stood against what was kept last for a while.

use std::collections::BTreeMap;

use changeover_domain::{Confidence, Scope, Signature, TargetId, UnixMs, Verdict, VerdictKind};

/// Between two that are kept of one target, where the kind is the same.
const PAUSE_MS: i64 = 10_000;

/// What makes a verdict another one; its figures differ in every second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Face {
    kind: VerdictKind,
    scope: Scope,
    signature: Option<Signature>,
    confidence: Confidence,
}

impl From<&Verdict> for Face {
    fn from(verdict: &Verdict) -> Self {
        let Verdict { kind, scope, signature, confidence, .. } = *verdict;
        Self { kind, scope, signature, confidence }
    }
}

/// What was last kept of each target, and when.
#[derive(Debug, Default)]
pub(crate) struct Kept(BTreeMap<TargetId, (Face, UnixMs)>);

impl Kept {
    /// Whether a verdict is to be kept; `before` is the one that held until now.
    pub(super) fn takes(
        &mut self,
        before: Option<&Verdict>,
        verdict: &Verdict,
        now: UnixMs,
    ) -> bool {
        let face = Face::from(verdict);
        // After a start the one that held is the one that was kept.
        let known = self.0.get(&verdict.target).copied();
        let known = known.or_else(|| before.map(|before| (Face::from(before), UnixMs(0))));
        let is_new = known.is_none_or(|(kept, at)| {
            face.kind != kept.kind || (face != kept && now.millis_since(at) >= PAUSE_MS)
        });
        if is_new {
            self.0.insert(verdict.target.clone(), (face, now));
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(kind: VerdictKind, confidence: Confidence) -> Verdict {
        Verdict {
            target: "opus".parse().unwrap(),
            kind,
            scope: Scope::Model,
            signature: None,
            confidence,
            since: UnixMs(0),
            sentence: String::new(),
            evidence: vec![],
            would_change: vec![],
        }
    }

    #[test]
    fn a_change_of_kind_is_kept_at_once_and_of_anything_else_after_a_pause() {
        use Confidence::{High, Low, Medium};
        use VerdictKind::{Operating, TheirOutage};
        let mut kept = Kept::default();
        let mut takes = |second: i64, verdict: &Verdict| {
            kept.takes(None, verdict, UnixMs(1_000_000 + second * 1_000))
        };
        assert!(takes(0, &verdict(Operating, High)));
        assert!(takes(1, &verdict(TheirOutage, Low)), "whose it is does not wait");
        assert!(!takes(2, &verdict(TheirOutage, Medium)), "it wavers");
        assert!(!takes(11, &verdict(TheirOutage, Low)), "as it was kept");
        assert!(takes(12, &verdict(TheirOutage, Medium)), "so it stands");
        assert!(!takes(60, &verdict(TheirOutage, Medium)), "nothing is new");
        let reaching = Verdict { scope: Scope::Provider, ..verdict(TheirOutage, Medium) };
        assert!(takes(61, &reaching));
        assert!(takes(62, &verdict(Operating, High)));
    }

    #[test]
    fn what_held_before_a_start_is_not_kept_twice() {
        let held = verdict(VerdictKind::TheirOutage, Confidence::High);
        let mut kept = Kept::default();
        assert!(!kept.takes(Some(&held), &held, UnixMs(1_000_000)));
        let surer = Verdict { scope: Scope::Provider, ..held.clone() };
        assert!(kept.takes(Some(&held), &surer, UnixMs(1_001_000)));
    }
}
