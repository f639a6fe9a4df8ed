//! How this console stands to one account: whether it probes or another does, and what was heard.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use changeover_domain::{GatewayId, ProbeKind, ProbeSample, ProviderId, TargetId, UnixMs};

use crate::setup::Setup;

/// The most notes that wait to be told.
const MOST_UNTOLD: usize = 256;
/// A target is looked at by somebody else as long as no more than so many samples are missing.
const MISSING: i64 = 3;
/// And never given up sooner than this, because notes come in steps.
const PATIENCE_MS: i64 = 45_000;

/// The standing of one account.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    kept_at: Option<GatewayId>,
    followed: Option<Followed>,
    untold: VecDeque<String>,
}

/// Another console that probes.
#[derive(Debug)]
struct Followed {
    holder: String,
    since: UnixMs,
    /// Up to which note was read; `None` before the first reading.
    cursor: Option<u64>,
    /// When a sample of a target was last heard, of each kind, and how far apart they come.
    heard: BTreeMap<(TargetId, ProbeKind), (UnixMs, i64)>,
}

impl Standing {
    /// The console that probes for this one, where it is another.
    pub(crate) fn probed_by(&self) -> Option<&str> {
        self.followed.as_ref().map(|followed| followed.holder.as_str())
    }

    /// How far apart the other console's probes of a target come that ask the model, where it makes
    /// any.
    pub(crate) fn heard_every_ms(&self, target: &TargetId) -> Option<i64> {
        let heard = self.followed.as_ref()?.heard.iter();
        let of_target = heard.filter(|((of, kind), _)| of == target && kind.asks_the_model());
        of_target.map(|(_, (_, every))| *every).min()
    }

    /// The gateway at which turns are taken.
    pub(crate) fn kept_at(&self) -> Option<&GatewayId> {
        self.kept_at.as_ref()
    }

    /// The gateway at which this console holds the lease.
    pub(super) fn led_at(&self) -> Option<GatewayId> {
        self.kept_at.clone().filter(|_| self.followed.is_none())
    }

    /// Keeps a note to be told.
    pub(crate) fn tell(&mut self, note: String) {
        if self.untold.len() == MOST_UNTOLD {
            self.untold.pop_front();
        }
        self.untold.push_back(note);
    }

    pub(super) fn untold(&self, most: usize) -> Vec<String> {
        self.untold.iter().take(most).cloned().collect()
    }

    pub(super) fn lead(&mut self, at: &GatewayId, told: usize) {
        self.kept_at = Some(at.clone());
        self.followed = None;
        self.untold.drain(..told.min(self.untold.len()));
    }

    pub(super) fn stand_alone(&mut self) {
        self.kept_at = None;
        self.followed = None;
        // When somebody listens again, it is of then.
        self.untold.clear();
    }

    /// Another console holds the lease; gives up to which note was read.
    pub(super) fn follow(&mut self, at: &GatewayId, holder: &str, now: UnixMs) -> Option<u64> {
        let same_place = self.kept_at.as_ref() == Some(at);
        self.kept_at = Some(at.clone());
        let new = || Followed {
            holder: holder.to_owned(),
            since: now,
            cursor: None,
            heard: BTreeMap::new(),
        };
        let followed = self.followed.get_or_insert_with(new);
        if followed.holder != holder {
            holder.clone_into(&mut followed.holder);
            followed.since = now;
        }
        if !same_place {
            followed.cursor = None;
        }
        followed.cursor
    }

    pub(super) fn hear<'a>(
        &mut self,
        next: u64,
        heard: impl Iterator<Item = (&'a ProbeSample, i64)>,
        now: UnixMs,
    ) {
        let Some(followed) = &mut self.followed else { return };
        followed.cursor = Some(next);
        for (sample, every) in heard {
            followed.heard.insert((sample.target.clone(), sample.kind), (now, every));
        }
    }

    /// The probes of the provider's targets that the other console does make. A kind that it does not
    /// make is this console's own.
    pub(super) fn covered(
        &self,
        setup: &Setup,
        provider: &ProviderId,
        now: UnixMs,
    ) -> Vec<(TargetId, ProbeKind)> {
        let Some(followed) = &self.followed else { return Vec::new() };
        let own = setup.catalogue.targets.iter().filter(|target| target.provider == *provider);
        let planned = own.flat_map(|target| {
            let plans = setup.probes.plans(target);
            plans.map(|(kind, usual)| ((target.id.clone(), kind), usual))
        });
        planned
            .filter(|(key, usual)| followed.covers(key, *usual, now))
            .map(|(key, _)| key)
            .collect()
    }
}

impl Followed {
    fn covers(&self, key: &(TargetId, ProbeKind), usual: Duration, now: UnixMs) -> bool {
        let usual = i64::try_from(usual.as_millis()).unwrap_or(i64::MAX);
        let (last, every) = self.heard.get(key).copied().unwrap_or((self.since, usual));
        now.millis_since(last) <= every.saturating_mul(MISSING).max(PATIENCE_MS)
    }
}

#[cfg(test)]
mod tests {
    use changeover_domain::Outcome;

    use super::*;

    const NOW: UnixMs = UnixMs(1_000_000);

    fn gateway(id: &str) -> GatewayId {
        GatewayId::try_new(id).unwrap()
    }

    #[test]
    fn what_was_told_is_not_told_again_and_too_much_is_forgotten() {
        let mut standing = Standing::default();
        for number in 0..300 {
            standing.tell(number.to_string());
        }
        let told = standing.untold(64);
        assert_eq!(told[0], "44", "the oldest are given up");
        standing.lead(&gateway("g"), told.len());
        assert_eq!(standing.untold(64)[0], "108");
    }

    #[test]
    fn notes_are_read_on_from_where_reading_ended_at_the_same_gateway_only() {
        let mut standing = Standing::default();
        assert_eq!(standing.follow(&gateway("g"), "a", NOW), None);
        standing.hear(7, std::iter::empty(), NOW);
        assert_eq!(standing.follow(&gateway("g"), "b", NOW), Some(7), "whoever writes them");
        assert_eq!(
            standing.follow(&gateway("h"), "b", NOW),
            None,
            "another gateway, another count"
        );
        assert_eq!(standing.led_at(), None);
        standing.lead(&gateway("h"), 0);
        assert_eq!((standing.led_at(), standing.probed_by()), (Some(gateway("h")), None));
    }
    #[test]
    fn a_kind_of_probe_that_the_other_does_not_make_is_ones_own() {
        let target: TargetId = "t".parse().unwrap();
        let mut standing = Standing::default();
        standing.follow(&gateway("g"), "a", NOW);
        let covers = |standing: &Standing, kind, after_s: i64| {
            let key = (target.clone(), kind);
            let followed = standing.followed.as_ref().unwrap();
            followed.covers(&key, Duration::from_secs(60), NOW.plus_millis(after_s * 1_000))
        };
        let (stream, canary) = (ProbeKind::StreamingCompletion, ProbeKind::Canary);
        assert!(covers(&standing, canary, 180), "it is waited for at first");
        let at = NOW.plus_millis(170_000);
        let sample = ProbeSample::bare(target.clone(), at, Outcome::Ok, 10);
        standing.hear(1, [(&sample, 60_000)].into_iter(), at);
        assert!(covers(&standing, stream, 181));
        assert!(!covers(&standing, canary, 181), "streams heard are no canaries");
    }
}
