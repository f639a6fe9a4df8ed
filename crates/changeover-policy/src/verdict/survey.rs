//! Looking at all targets together: what each needs to know of the others.
//!
//! Not for judging one target. What is shared (our network, a provider, a region) can only be seen
//! here; every target's judgement then stands by itself and can be replayed without the others.

use std::collections::BTreeMap;

use changeover_domain::{FailureClass, ProviderId, TargetId, UnixMs, VerdictKind};

use super::inputs::{Neighbours, Reach, Surroundings, TargetInputs};
use super::thresholds::Thresholds;
use crate::witness::{OwnNetwork, WitnessReading, own_network};

const HOUR_MS: i64 = 3_600_000;

/// What the targets of one provider have in common.
#[derive(Debug, Default)]
struct ProviderSeen<'a> {
    answered_at: Option<UnixMs>,
    answering_since: Option<UnixMs>,
    /// The target that succeeded last, and the one before it.
    ok: Option<(UnixMs, &'a TargetId)>,
    ok_before: Option<(UnixMs, &'a TargetId)>,
    /// Probes that fail to connect in a row: the least and the most of its targets.
    least_unreached: Option<u32>,
    most_unreached: u32,
    /// Attempts in the short window, and whether none got through.
    attempts: u64,
    nothing_reached: bool,
    /// When a target last answered whose last probe got through.
    reached_at: Option<UnixMs>,
    models_asked: u32,
    models_not_found: u32,
}

/// The surroundings of each target, in the targets' order, but for the neighbours' verdicts.
pub(super) fn surroundings(
    targets: &[TargetInputs],
    witness: &WitnessReading,
    thresholds: &Thresholds,
    now: UnixMs,
) -> Vec<Surroundings> {
    let mut providers: BTreeMap<&ProviderId, ProviderSeen<'_>> = BTreeMap::new();
    for target in targets {
        providers.entry(&target.provider).or_default().add(target, now);
    }
    let reached = Reached::of(targets);
    let own_network = own_network(witness, now);
    let everything_unreachable = nothing_answers(&providers, thresholds, now);
    targets
        .iter()
        .map(|target| {
            let others = || {
                providers.iter().filter(|(id, _)| **id != &target.provider).map(|(_, seen)| seen)
            };
            let seen = providers.get(&target.provider);
            Surroundings {
                own_network,
                witness_read_at: witness.read_at.filter(|_| own_network != OwnNetwork::Unknown),
                everything_unreachable,
                witness_since: witness.since.filter(|_| own_network != OwnNetwork::Unknown),
                others_answered_at: others().filter_map(|seen| seen.answered_at).max(),
                others_answering_since: others().filter_map(|seen| seen.answering_since).min(),
                others_reached_at: reached.but_for(target),
                siblings_ok_at: seen.and_then(|seen| seen.sibling_ok_at(target)),
                models_not_found: seen.map_or(0, |seen| seen.models_not_found),
                models_asked: seen.map_or(0, |seen| seen.models_asked),
                neighbours: Neighbours::default(),
            }
        })
        .collect()
}

/// The two targets that answered last of those whose last probe got through: each target looks at
/// the others alone.
#[derive(Debug, Default)]
struct Reached<'a> {
    last: Option<(UnixMs, &'a TargetId)>,
    before: Option<(UnixMs, &'a TargetId)>,
}

impl<'a> Reached<'a> {
    fn of(targets: &'a [TargetInputs]) -> Self {
        targets.iter().fold(Self::default(), |reached, target| {
            let got_through = target.reach.unreached_since == 0;
            let at = target.reach.answered_at.filter(|_| got_through);
            let at = at.map(|at| (at, &target.target));
            Self { last: reached.last.max(at), before: reached.before.max(reached.last.min(at)) }
        })
    }

    fn but_for(&self, target: &TargetInputs) -> Option<UnixMs> {
        let mut others = [self.last, self.before].into_iter().flatten();
        others.find(|(_, id)| **id != target.target).map(|(at, _)| at)
    }
}

impl<'a> ProviderSeen<'a> {
    fn add(&mut self, target: &'a TargetInputs, now: UnixMs) {
        let ok_at = target.last_ok_at.map(|at| (at, &target.target));
        self.ok_before = self.ok_before.max(self.ok.min(ok_at));
        self.ok = self.ok.max(ok_at);
        self.answered_at = self.answered_at.max(target.reach.answered_at);
        if target.reach.unreached_since == 0 {
            self.reached_at = self.reached_at.max(target.reach.answered_at);
        }
        let since = target.reach.answering_since;
        self.answering_since = match (self.answering_since, since) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        if target.reach != Reach::default() {
            let unreached = target.reach.unreached_since;
            let least = self.least_unreached.unwrap_or(unreached);
            self.least_unreached = Some(least.min(unreached));
            self.most_unreached = self.most_unreached.max(unreached);
        }
        if target.short.attempts() > 0 {
            self.nothing_reached =
                target.short.nothing_reached() && (self.nothing_reached || self.attempts == 0);
            self.attempts = self.attempts.saturating_add(target.short.attempts());
        }
        if target.long.attempts() > 0 {
            self.models_asked += 1;
            let lately = target.last_ok_at.is_some_and(|at| now.millis_since(at) <= HOUR_MS);
            let not_found = target.short.commonest() == Some(FailureClass::ModelNotFound)
                && target.short.of(FailureClass::ModelNotFound) >= 2;
            self.models_not_found += u32::from(lately && not_found);
        }
    }
}

impl ProviderSeen<'_> {
    fn sibling_ok_at(&self, target: &TargetInputs) -> Option<UnixMs> {
        let last_first = [self.ok, self.ok_before].into_iter().flatten();
        last_first.filter(|(_, id)| **id != target.target).map(|(at, _)| at).next()
    }
}

/// Whether at least two providers were tried and none got through: all attempts of the short window
/// failed to connect, or the last probes of every target did, and some of them again and again. One
/// attempt of one that is lost by chance is not everything; and where probes are minutes apart, who
/// was not tried in the short window stands by its last answer within the long one.
/// Whether somebody has answered in the last seconds is for the judgement to weigh.
fn nothing_answers(
    providers: &BTreeMap<&ProviderId, ProviderSeen<'_>>,
    thresholds: &Thresholds,
    now: UnixMs,
) -> bool {
    let in_a_row = thresholds.unreached_in_a_row;
    let unreached = |seen: &ProviderSeen<'_>| {
        seen.least_unreached.is_some_and(|least| least > 0) && seen.most_unreached >= in_a_row
    };
    let reached_lately = |seen: &ProviderSeen<'_>| {
        seen.reached_at.is_some_and(|at| now.millis_since(at) < thresholds.long_window_ms)
    };
    let none_through = providers.values().all(|seen| match seen.attempts {
        0 => !reached_lately(seen),
        attempts => (seen.nothing_reached && attempts >= u64::from(in_a_row)) || unreached(seen),
    });
    none_through && providers.values().filter(|seen| seen.attempts > 0).count() >= 2
}

/// Fills in how the verdicts of each target's neighbours stand.
pub(super) fn neighbours(targets: &[(&TargetInputs, VerdictKind)]) -> Vec<Neighbours> {
    let mut by_provider: BTreeMap<&ProviderId, Vec<usize>> = BTreeMap::new();
    for (index, (target, _)) in targets.iter().enumerate() {
        by_provider.entry(&target.provider).or_default().push(index);
    }
    let mut all = Vec::with_capacity(targets.len());
    for (target, kind) in targets {
        let members = by_provider.get(&target.provider).into_iter().flatten();
        let members = members.filter_map(|index| targets.get(*index));
        all.push(neighbours_of(target, *kind, members));
    }
    all
}

fn neighbours_of<'a>(
    target: &TargetInputs,
    kind: VerdictKind,
    members: impl Iterator<Item = &'a (&'a TargetInputs, VerdictKind)>,
) -> Neighbours {
    let mut counted = Neighbours::default();
    for (other, other_kind) in members {
        if *other_kind == VerdictKind::Unknown {
            continue;
        }
        let alike = u32::from(is_alike(kind, *other_kind));
        counted.judged += 1;
        counted.troubled += alike;
        if other.region == target.region {
            counted.judged_in_region += 1;
            counted.troubled_in_region += alike;
        } else if alike == 0 && other.model == target.model {
            counted.well_elsewhere = true;
        }
    }
    counted
}

/// Whether two verdicts are of the same trouble.
fn is_alike(kind: VerdictKind, other: VerdictKind) -> bool {
    let theirs = |kind| matches!(kind, VerdictKind::TheirDegradation | VerdictKind::TheirOutage);
    kind == other || (theirs(kind) && theirs(other))
}
