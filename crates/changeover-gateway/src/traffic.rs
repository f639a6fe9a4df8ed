//! What this gateway carried, per minute, for whoever reads with a cursor.
//!
//! A restart begins a new epoch: its buckets are others than those before, which are read from disk
//! ([`disk`]) and told again as they were. Bounded by age and by number; what falls out was there to
//! be read for six hours.

mod disk;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use changeover_domain::admin::TrafficPage;
use changeover_domain::traffic::{BucketKey, FailedAttempts};
use changeover_domain::{
    FailureClass, LatencySketch, Nanodollars, TargetId, TokenUsage, TrafficBucket, UnixMs, Whose,
};

pub(crate) use disk::TrafficFile;

/// How long a minute can be read.
const KEPT: Duration = Duration::from_secs(6 * 3600);
/// The most buckets that are kept, however many combinations there are.
const MOST: usize = 50_000;
/// The most buckets that one page holds.
const PAGE: usize = 500;

/// One request's contribution to its bucket.
#[derive(Debug, Clone, Default)]
pub(crate) struct Share {
    pub(crate) retries: u64,
    /// It was answered from the cache.
    pub(crate) cache_hit: bool,
    /// Of the attempt that answered, or of the last one; from arrival where nobody was asked.
    pub(crate) latency_ms: u32,
    pub(crate) first_token_ms: Option<u32>,
    pub(crate) usage: TokenUsage,
    pub(crate) cost: Nanodollars,
    pub(crate) unpriced: bool,
    /// Attempts that failed, at whichever target, in the order in which they did, and whose each
    /// was, where that is not as usual for its class.
    pub(crate) failed: Vec<(TargetId, FailureClass, Option<Whose>)>,
}

/// All buckets, with the order in which they last grew.
#[derive(Debug)]
pub(crate) struct TrafficLog {
    epoch: UnixMs,
    revision: u64,
    buckets: HashMap<BucketKey, (u64, TrafficBucket)>,
    by_revision: BTreeMap<u64, BucketKey>,
}

impl TrafficLog {
    /// Begins with what an earlier start left, in the order in which it last grew.
    pub(crate) fn restored(epoch: UnixMs, buckets: Vec<TrafficBucket>) -> Self {
        let by_revision: BTreeMap<_, _> =
            (1..).zip(&buckets).map(|(revision, bucket)| (revision, bucket.key.clone())).collect();
        Self {
            epoch,
            revision: by_revision.last_key_value().map_or(0, |(revision, _)| *revision),
            by_revision,
            buckets: (1..)
                .zip(buckets)
                .map(|(n, bucket)| (bucket.key.clone(), (n, bucket)))
                .collect(),
        }
    }

    /// Every bucket that has grown since `revision`, and up to which revision that is everything.
    pub(crate) fn grown_since(&self, revision: u64) -> (Vec<TrafficBucket>, u64) {
        let grown = self.by_revision.range(revision.saturating_add(1)..);
        let buckets = grown.filter_map(|(_, key)| self.buckets.get(key));
        (buckets.map(|(_, bucket)| bucket.clone()).collect(), self.revision)
    }

    /// Counts one request that has ended.
    pub(crate) fn count(&mut self, key: BucketKey, share: &Share) {
        let horizon = key.minute.minus(KEPT);
        let bucket = self.grown(key);
        bucket.requests += 1;
        bucket.retries += share.retries;
        bucket.cache_hits += u64::from(share.cache_hit);
        bucket.latency.record(share.latency_ms);
        if let Some(millis) = share.first_token_ms {
            bucket.time_to_first_token.record(millis);
        }
        bucket.usage = bucket.usage.plus(share.usage);
        bucket.cost += share.cost;
        bucket.unpriced += u64::from(share.unpriced);
        for (target, class, whose) in &share.failed {
            count_failed(&mut bucket.failed_attempts, target, *class, *whose);
        }
        self.forget(horizon);
    }

    /// The bucket of a key, moved to the end of the order of growth. Nearly every request finds one,
    /// and copies nothing then.
    fn grown(&mut self, key: BucketKey) -> &mut TrafficBucket {
        self.revision += 1;
        match self.buckets.entry(key) {
            Entry::Occupied(place) => {
                let known = self.by_revision.remove(&place.get().0);
                let known = known.unwrap_or_else(|| place.key().clone());
                self.by_revision.insert(self.revision, known);
                let (revision, bucket) = place.into_mut();
                *revision = self.revision;
                bucket
            }
            Entry::Vacant(place) => {
                self.by_revision.insert(self.revision, place.key().clone());
                let bucket = empty(place.key().clone());
                &mut place.insert((self.revision, bucket)).1
            }
        }
    }

    /// Drops the buckets that grew least recently, while they are too old or too many. A bucket
    /// grows only within its own minute or shortly after, so the order of growth is that of age.
    fn forget(&mut self, horizon: UnixMs) {
        while let Some((revision, key)) = self.by_revision.first_key_value() {
            if key.minute >= horizon && self.by_revision.len() <= MOST {
                return;
            }
            let revision = *revision;
            if let Some(key) = self.by_revision.remove(&revision) {
                self.buckets.remove(&key);
            }
        }
    }

    /// Every bucket that has grown since the cursor, whole. A cursor that is not of this start
    /// begins anew.
    pub(crate) fn page(&self, after: &str) -> TrafficPage {
        let after = self.revision_of(after);
        let mut grown = self.by_revision.range(after.saturating_add(1)..);
        let mut last = after;
        let buckets: Vec<TrafficBucket> = grown
            .by_ref()
            .take(PAGE)
            .filter_map(|(revision, key)| {
                last = *revision;
                self.buckets.get(key).map(|(_, bucket)| bucket.clone())
            })
            .collect();
        TrafficPage {
            buckets,
            next: format!("{}:{last}", self.epoch.0),
            more: grown.next().is_some(),
        }
    }

    fn revision_of(&self, cursor: &str) -> u64 {
        cursor
            .split_once(':')
            .filter(|(epoch, _)| epoch.parse() == Ok(self.epoch.0))
            .and_then(|(_, revision)| revision.parse().ok())
            .filter(|revision| *revision <= self.revision)
            .unwrap_or(0)
    }
}

fn empty(key: BucketKey) -> TrafficBucket {
    TrafficBucket {
        key,
        requests: 0,
        retries: 0,
        cache_hits: 0,
        latency: LatencySketch::default(),
        time_to_first_token: LatencySketch::default(),
        usage: TokenUsage::default(),
        cost: Nanodollars::ZERO,
        unpriced: 0,
        failed_attempts: Vec::new(),
    }
}

/// Counts one failed attempt, keeping the list sorted.
fn count_failed(
    list: &mut Vec<FailedAttempts>,
    target: &TargetId,
    class: FailureClass,
    whose: Option<Whose>,
) {
    let place = list.binary_search_by(|entry| {
        (&entry.target, entry.class, entry.whose).cmp(&(target, class, whose))
    });
    match place {
        Ok(index) => {
            if let Some(entry) = list.get_mut(index) {
                entry.count += 1;
            }
        }
        Err(index) => {
            list.insert(index, FailedAttempts { target: target.clone(), class, whose, count: 1 });
        }
    }
}

#[cfg(test)]
#[path = "traffic/tests.rs"]
mod tests;
