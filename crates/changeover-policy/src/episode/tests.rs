use changeover_domain::{
    Confidence, FailureClass, Outcome, Scope, Signature, Slo, TargetId, VerdictKind,
};

use super::*;
use crate::verdict::{Answers, TargetIdentity, TargetRecord, Thresholds, Timing};

const NOW: UnixMs = UnixMs(1_780_000_000_000);

fn at(second: i64) -> UnixMs {
    NOW.plus_millis(second * 1_000)
}

/// A target whose short window holds so many failures of so many attempts.
fn figures(target: &str, provider: &str, failed: u64, attempts: u64, now: UnixMs) -> TargetInputs {
    let mut record = TargetRecord::new(TargetIdentity {
        target: TargetId::try_new(target).unwrap(),
        provider: ProviderId::try_new(provider).unwrap(),
        model: target.to_owned(),
        region: None,
        slo: Slo::default(),
    });
    let timing = Timing::default();
    let at = now.plus_millis(-1_000);
    let of = |outcome, count| Answers { at, outcome, whose: None, count, timing };
    let bad = of(Outcome::Failed(FailureClass::ServerError), failed);
    record.traffic(&[bad, of(Outcome::Ok, attempts - failed)]);
    record.inputs(&Thresholds::default(), now)
}

fn verdict(target: &str, kind: VerdictKind, since: UnixMs) -> Verdict {
    Verdict {
        target: TargetId::try_new(target).unwrap(),
        kind,
        scope: Scope::Model,
        signature: None,
        confidence: Confidence::Medium,
        since,
        sentence: format!("{kind:?}"),
        evidence: vec![],
        would_change: vec![],
    }
}

struct World(Episodes);

impl World {
    /// Shows each target's kind with failures of ten attempts.
    fn look(&mut self, second: i64, seen: &[(&str, &str, VerdictKind, u64)]) -> EpisodeChanges {
        let now = at(second);
        let seen: Vec<(TargetInputs, Verdict)> = seen
            .iter()
            .map(|(target, provider, kind, failed)| {
                let of = figures(target, provider, *failed, 10, now);
                (of, verdict(target, *kind, now.plus_millis(-5_000)))
            })
            .collect();
        let looked: Vec<Looked<'_>> =
            seen.iter().map(|(of, verdict)| Looked { of, verdict }).collect();
        self.0.observe(&looked, now)
    }
}

use VerdictKind::{Operating, OurNetwork, TheirDegradation, TheirOutage, Unknown};

#[test]
fn all_trouble_of_one_provider_is_one_episode_with_its_peak_and_widest_reach() {
    let mut world = World(Episodes::default());
    let first = world.look(0, &[("a", "x", TheirDegradation, 3), ("b", "x", Operating, 0)]);
    assert_eq!((first.grown.len(), first.ended.len()), (1, 0));
    let second = world.look(1, &[("a", "x", TheirOutage, 9), ("b", "x", TheirDegradation, 4)]);
    let grown = &second.grown[0];
    assert_eq!(second.grown.len(), 1, "two targets, one episode");
    assert_eq!(grown.id, first.grown[0].id);
    assert_eq!((grown.kind, grown.targets.len()), (TheirOutage, 2));
    assert_eq!(grown.started_at, at(-5), "the first failure, not the first verdict");
    assert_eq!(grown.peak.as_ref().map(|peak| peak.failed_permille), Some(900));
    let fading = world.look(2, &[("a", "x", TheirDegradation, 2), ("b", "x", Operating, 0)]);
    assert_eq!(fading, EpisodeChanges::default(), "what eases off takes nothing back");
    let over = world.look(3, &[("a", "x", Operating, 0), ("b", "x", Operating, 0)]);
    assert_eq!(over.ended[0].ended_at, Some(at(3)));
    assert_eq!(over.ended[0].kind, TheirOutage);
    assert_eq!(world.0.all_open().count(), 0);
}

#[test]
fn what_is_not_known_neither_begins_nor_ends_one() {
    let mut world = World(Episodes::default());
    assert_eq!(world.look(0, &[("a", "x", Unknown, 0)]), EpisodeChanges::default());
    world.look(1, &[("a", "x", TheirOutage, 9)]);
    let slept = world.look(2, &[("a", "x", Unknown, 0)]);
    assert!(slept.ended.is_empty(), "a laptop that slept has not seen the end");
    assert_eq!(world.look(3, &[("a", "x", Operating, 0)]).ended.len(), 1);
}

#[test]
fn our_own_network_opens_one_episode_and_no_providers() {
    let mut world = World(Episodes::default());
    let lost = world.look(0, &[("a", "x", OurNetwork, 9), ("b", "y", OurNetwork, 9)]);
    assert_eq!(lost.grown.len(), 1);
    assert_eq!((lost.grown[0].provider.clone(), lost.grown[0].targets.len()), (None, 2));
    let half = world.look(1, &[("a", "x", Operating, 0), ("b", "y", OurNetwork, 9)]);
    assert!(half.ended.is_empty());
    let back = world.look(2, &[("a", "x", Operating, 0), ("b", "y", TheirOutage, 9)]);
    assert_eq!(back.ended.len(), 1);
    assert_eq!(back.grown[0].provider.as_ref().map(ProviderId::as_str), Some("y"));
}

#[test]
fn few_attempts_make_no_peak_and_a_signature_once_told_is_kept() {
    let mut episodes = Episodes::default();
    let of = figures("a", "x", 2, 2, NOW);
    let signed = Verdict {
        signature: Some(Signature::CapacityExhaustion),
        ..verdict("a", TheirOutage, NOW)
    };
    let opened = episodes.observe(&[Looked { of: &of, verdict: &signed }], NOW);
    assert_eq!(opened.grown[0].peak, None, "two of two are not 100 %");
    let of = figures("a", "x", 6, 10, at(9));
    let unsigned = verdict("a", TheirOutage, NOW);
    let later = episodes.observe(&[Looked { of: &of, verdict: &unsigned }], at(9));
    assert_eq!(later.grown[0].signature, Some(Signature::CapacityExhaustion));
}

#[test]
fn an_open_one_is_taken_up_after_a_restart_and_ends_where_nothing_is_watched_any_more() {
    let mut world = World(Episodes::default());
    let open = world.look(0, &[("a", "x", TheirOutage, 9)]).grown;
    let mut again = World(Episodes::resumed(open.clone()));
    assert_eq!(again.0.open(open[0].provider.as_ref()), Some(&open[0]));
    let ended = again.look(1, &[("b", "y", Operating, 0)]).ended;
    assert_eq!(ended.len(), 1, "`x` is no longer in the configuration");
}

#[test]
fn trouble_that_is_no_longer_seen_is_not_over() {
    let mut world = World(Episodes::default());
    world.look(0, &[("a", "x", TheirOutage, 9), ("b", "x", Operating, 0)]);
    for hidden in [Unknown, OurNetwork] {
        let unseen = world.look(1, &[("a", "x", hidden, 0), ("b", "x", Operating, 0)]);
        assert!(unseen.ended.is_empty(), "callers were led away from `a`: {hidden:?}");
    }
    let seen = world.look(2, &[("a", "x", Operating, 0), ("b", "x", Unknown, 0)]).ended;
    let of = |episode: &Episode| episode.provider.as_ref().map(ProviderId::as_str) == Some("x");
    assert!(seen.iter().any(of), "`b` was never in trouble, and need not be seen: {seen:?}");
}
