//! From verdicts to episodes: when a provider's trouble began, how bad it got, when it was over.
//!
//! Not for judging (verdict) and not for telling anybody (alert). The rule it keeps: all trouble of
//! one provider that touches is one episode; what is not known neither begins nor ends one; and the
//! trouble of our own network is nobody's but ours, so it opens no provider's.

use std::collections::BTreeMap;

use changeover_domain::{
    Episode, EpisodeId, EpisodePeak, ProviderId, UnixMs, Verdict, VerdictKind,
};

use crate::verdict::{TargetInputs, severity};

/// Fewer attempts than this in the short window make no peak: one of one is not 100 %.
const LEAST_ATTEMPTS: u64 = 5;
/// Whose trouble it is, in the id of an episode of our own network.
const OWN_NETWORK: &str = "own-network";

/// What is open now. All of its memory.
#[derive(Debug, Clone, Default)]
pub struct Episodes {
    open: BTreeMap<Option<ProviderId>, Episode>,
}

/// What a look at the verdicts did to the episodes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EpisodeChanges {
    /// Opened, or worse than before.
    pub grown: Vec<Episode>,
    pub ended: Vec<Episode>,
}

/// One target's verdict with the figures of the same moment.
#[derive(Debug, Clone, Copy)]
pub struct Looked<'a> {
    pub of: &'a TargetInputs,
    pub verdict: &'a Verdict,
}

impl Episodes {
    /// Those that were open when the program ended.
    #[must_use]
    pub fn resumed(open: impl IntoIterator<Item = Episode>) -> Self {
        Self { open: open.into_iter().map(|one| (one.provider.clone(), one)).collect() }
    }

    /// The episode of a provider, or of our own network, that is open now.
    #[must_use]
    pub fn open(&self, provider: Option<&ProviderId>) -> Option<&Episode> {
        self.open.get(&provider.cloned())
    }

    /// All that are open now.
    pub fn all_open(&self) -> impl Iterator<Item = &Episode> {
        self.open.values()
    }

    /// Takes the verdicts on all targets in.
    pub fn observe(&mut self, looked: &[Looked<'_>], now: UnixMs) -> EpisodeChanges {
        let mut changes = EpisodeChanges::default();
        for one in looked.iter().filter(|one| is_trouble(one.verdict.kind)) {
            if let Some(grown) = self.take_in(*one, now) {
                // Several targets of one provider may have added to it.
                changes.grown.retain(|earlier: &Episode| earlier.id != grown.id);
                changes.grown.push(grown);
            }
        }
        let over = self.open.iter().filter(|(_, episode)| is_over(episode, looked));
        let over: Vec<Option<ProviderId>> = over.map(|(subject, _)| subject.clone()).collect();
        for subject in over {
            changes.ended.extend(self.open.remove(&subject).map(|mut episode| {
                episode.ended_at = Some(now);
                episode
            }));
        }
        changes
    }

    /// The episode as it is after one more look, where that changed it.
    fn take_in(&mut self, one: Looked<'_>, now: UnixMs) -> Option<Episode> {
        let own = one.verdict.kind == VerdictKind::OurNetwork;
        let subject = (!own).then(|| one.of.provider.clone());
        let Some(episode) = self.open.get_mut(&subject) else {
            let episode = opened(subject.clone(), one, now)?;
            self.open.insert(subject, episode.clone());
            return Some(episode);
        };
        let before = episode.clone();
        grow(episode, one, now);
        (*episode != before).then(|| episode.clone())
    }
}

fn is_trouble(kind: VerdictKind) -> bool {
    !matches!(kind, VerdictKind::Operating | VerdictKind::Unknown)
}

/// Nothing of it is in trouble, something of it is known to be well, and all that was in trouble is
/// seen: trouble of which callers were led away, or whose probes rest, is not over for that. Where
/// there is nothing to look at any more, as after a change of the configuration, it is over too.
fn is_over(episode: &Episode, looked: &[Looked<'_>]) -> bool {
    let subject = episode.provider.as_ref();
    let mut watched =
        looked.iter().filter(|one| subject.is_none_or(|id| one.of.provider == *id)).peekable();
    if watched.peek().is_none() {
        return true;
    }
    let mut something_is_well = false;
    for one in watched {
        let kind = one.verdict.kind;
        let lasts = match subject {
            Some(_) => is_trouble(kind) && kind != VerdictKind::OurNetwork,
            None => kind == VerdictKind::OurNetwork,
        };
        let seen = !matches!(kind, VerdictKind::Unknown | VerdictKind::OurNetwork);
        // Our own network is one thing: whoever is reached shows that it is back.
        let missing = subject.is_some() && !seen && episode.targets.contains(&one.verdict.target);
        if lasts || missing {
            return false;
        }
        something_is_well |= seen;
    }
    something_is_well
}

fn opened(subject: Option<ProviderId>, one: Looked<'_>, now: UnixMs) -> Option<Episode> {
    let whose = subject.as_ref().map_or(OWN_NETWORK, ProviderId::as_str);
    let verdict = one.verdict;
    Some(Episode {
        id: EpisodeId::try_new(format!("{whose}-{}", now.0)).ok()?,
        provider: subject,
        kind: verdict.kind,
        scope: verdict.scope,
        signature: verdict.signature,
        confidence: verdict.confidence,
        targets: vec![verdict.target.clone()],
        started_at: verdict.since,
        detected_at: now,
        ended_at: None,
        peak: peak(one, now),
        sentence: verdict.sentence.clone(),
    })
}

fn grow(episode: &mut Episode, one: Looked<'_>, now: UnixMs) {
    let verdict = one.verdict;
    if let Err(place) = episode.targets.binary_search(&verdict.target) {
        episode.targets.insert(place, verdict.target.clone());
    }
    episode.started_at = episode.started_at.min(verdict.since);
    episode.scope = episode.scope.max(verdict.scope);
    episode.signature = episode.signature.or(verdict.signature);
    let higher = peak(one, now).filter(|peak| {
        episode.peak.as_ref().is_none_or(|known| peak.failed_permille > known.failed_permille)
    });
    let grade = |kind, confidence| (severity(kind), confidence);
    let worse = grade(verdict.kind, verdict.confidence) > grade(episode.kind, episode.confidence);
    if worse {
        (episode.kind, episode.confidence) = (verdict.kind, verdict.confidence);
        episode.signature = verdict.signature.or(episode.signature);
    }
    if worse || (higher.is_some() && verdict.kind == episode.kind) {
        episode.sentence.clone_from(&verdict.sentence);
    }
    episode.peak = higher.or(episode.peak.take());
}

fn peak(one: Looked<'_>, now: UnixMs) -> Option<EpisodePeak> {
    let short = &one.of.short;
    let (failed, attempts) = (short.failed(), short.attempts());
    if failed == 0 || attempts < LEAST_ATTEMPTS {
        return None;
    }
    let failed_permille = u32::try_from(failed.saturating_mul(1_000) / attempts).ok()?;
    let target = one.of.target.clone();
    Some(EpisodePeak { target, at: now, failed, attempts, failed_permille })
}

#[cfg(test)]
mod tests;
