//! A sample as it is told to other consoles.
//!
//! They name their targets as they like, so a sample goes by the model. What comes from a gateway is
//! hostile until parsed: a note that does not fit is passed over.

use changeover_domain::{ProbeSample, ProviderId, UnixMs};
use serde::{Deserialize, Serialize};

use crate::setup::Setup;

/// A sample that is older than this is not heard: a gateway was away, or somebody's clock is wrong.
const MOST_OFF_MS: i64 = 10 * 60_000;

#[derive(Debug, Serialize, Deserialize)]
struct Note {
    /// The console that probed.
    by: String,
    model: String,
    region: Option<String>,
    /// How far apart such samples come while all is calm.
    every_ms: u32,
    sample: ProbeSample,
}

/// A sample of another console, about a target of ours.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) every: i64,
    sample: ProbeSample,
}

/// The note of an own sample; `None` where it is not about a target of the configuration.
pub(crate) fn note(
    setup: &Setup,
    console: &str,
    stretch: u32,
    sample: &ProbeSample,
) -> Option<(ProviderId, String)> {
    let target = setup.target(&sample.target)?;
    let of_kind = setup.probes.plans(target).find(|(kind, _)| *kind == sample.kind);
    let interval = of_kind.map_or(setup.probes.interval, |(_, interval)| interval);
    let interval = interval.as_millis() * u128::from(stretch);
    let note = Note {
        by: console.to_owned(),
        model: target.model.clone(),
        region: target.region.clone(),
        every_ms: u32::try_from(interval).unwrap_or(u32::MAX),
        sample: sample.clone(),
    };
    Some((target.provider.clone(), serde_json::to_string(&note).ok()?))
}

/// Reads a note; `None` where it is our own, about nothing of ours, or no note.
pub(super) fn read(
    text: &str,
    setup: &Setup,
    provider: &ProviderId,
    console: &str,
) -> Option<Heard> {
    let note: Note = serde_json::from_str(text).ok()?;
    let same = |target: &&changeover_domain::Target| {
        target.provider == *provider && target.model == note.model && target.region == note.region
    };
    let target = setup.catalogue.targets.iter().find(same).filter(|_| note.by != console)?;
    let sample = ProbeSample { target: target.id.clone(), ..note.sample };
    Some(Heard { every: i64::from(note.every_ms), sample })
}

impl Heard {
    /// The sample in our own time: one of another console's clock must not lie ahead of ours. `None`
    /// for one that is old: it says nothing of now, and must not be taken for news.
    pub(super) fn at_latest(&self, now: UnixMs, holder: &str) -> Option<ProbeSample> {
        let took = i64::from(self.sample.phases.total_ms);
        let at = self.sample.at.min(now.plus_millis(-took));
        let is_fresh = now.millis_since(at) <= MOST_OFF_MS;
        is_fresh.then(|| ProbeSample {
            at,
            probed_by: Some(holder.to_owned()),
            ..self.sample.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use changeover_domain::{Outcome, TargetId};

    use super::*;

    #[test]
    fn what_another_console_saw_long_ago_is_not_taken_for_now() {
        let now = UnixMs(100 * 60_000);
        let seen = |at: UnixMs| {
            let target = TargetId::try_new("t").unwrap();
            let sample = ProbeSample::bare(target, at, Outcome::Ok, 2_000);
            Heard { every: 15_000, sample }.at_latest(now, "other").map(|sample| sample.at)
        };
        let lately = now.plus_millis(-30_000);
        assert_eq!(seen(lately), Some(lately));
        assert_eq!(seen(now.plus_millis(-MOST_OFF_MS - 1)), None, "old is no news");
        let ended = Some(now.plus_millis(-2_000));
        assert_eq!(seen(now.plus_millis(3_600_000)), ended, "a clock ahead is not believed");
    }
}
