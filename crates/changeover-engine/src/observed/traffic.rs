//! The gateways' minutes of the window.
//!
//! A gateway sends a bucket whole whenever it has grown. Minutes are too coarse for a verdict
//! within seconds, so for each arrival the growth since the last one is noted with its time.

use std::collections::{BTreeMap, VecDeque};

use changeover_domain::{
    BucketKey, FailureClass, GatewayId, Generation, LatencySketch, Mode, Nanodollars, Outcome,
    Override, RouteId, TargetId, TokenUsage, TrafficBucket, UnixMs, Whose,
};
use changeover_policy::verdict::Attempts;

/// What ended between two arrivals, for one target or one route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Growth {
    pub(super) at: UnixMs,
    gateway: GatewayId,
    route: RouteId,
    generation: Generation,
    pub(super) target: Option<TargetId>,
    pub(super) outcome: Outcome,
    /// Whose failures they are, where the vendor said so.
    pub(super) whose: Option<Whose>,
    pub(super) count: u64,
    /// An attempt that failed on the way, not a request's end.
    attempt_only: bool,
}

impl Growth {
    /// Whether it tells of its target: a request's own failure is told by its failed attempts;
    /// only its success is new.
    pub(super) fn is_an_attempt(&self) -> bool {
        self.attempt_only || self.outcome.is_ok()
    }
}

/// Requests of one route in a window.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct RouteTally {
    pub(crate) requests: u64,
    pub(crate) failed: u64,
}

/// The window's buckets.
#[derive(Debug, Default)]
pub(crate) struct RecentTraffic {
    buckets: BTreeMap<(GatewayId, BucketKey), TrafficBucket>,
    growth: VecDeque<Growth>,
    /// Each gateway's present start: what an earlier one served proves nothing of this one.
    epochs: BTreeMap<GatewayId, UnixMs>,
}

impl RecentTraffic {
    /// Takes a bucket in, replacing its earlier state, and tells by what it has grown since.
    pub(super) fn set(
        &mut self,
        gateway: &GatewayId,
        bucket: TrafficBucket,
        now: UnixMs,
        tell: impl FnOnce(&[Growth], Option<&TrafficBucket>, &TrafficBucket),
    ) {
        let epoch = self.epochs.entry(gateway.clone()).or_insert(bucket.key.epoch);
        *epoch = bucket.key.epoch.max(*epoch);
        let id = (gateway.clone(), bucket.key.clone());
        let before = self.buckets.get(&id);
        let at = when(&bucket, now);
        let grown = growth(gateway, before, &bucket, at);
        tell(&grown, before, &bucket);
        self.growth.extend(grown);
        self.buckets.insert(id, bucket);
    }

    pub(crate) fn forget_before(&mut self, oldest: UnixMs) {
        self.buckets.retain(|(_, key), _| key.minute >= oldest);
        self.growth.retain(|growth| growth.at >= oldest);
    }

    /// Whether the gateway, since its present start, has answered a request of the route under this
    /// generation as it is wanted: by the wanted target, in the wanted mode.
    pub(crate) fn has_served(
        &self,
        gateway: &GatewayId,
        route: &RouteId,
        generation: Generation,
        wanted: Option<&Override>,
    ) -> bool {
        let mode = wanted.map_or(Mode::Full, |wanted| wanted.mode);
        let target =
            wanted.and_then(|wanted| wanted.target.as_ref()).filter(|_| mode.needs_target());
        let epoch = self.epochs.get(gateway);
        let of_gateway = self.buckets.iter().filter(|((id, _), _)| id == gateway);
        of_gateway.map(|(_, bucket)| bucket).any(|bucket| {
            let key = &bucket.key;
            let under =
                key.route == *route && key.generation == generation && Some(&key.epoch) == epoch;
            // Refusing is what mode `off` is for; in every other mode an answer is the proof.
            let done = bucket.requests > 0 && (key.outcome.is_ok() || mode == Mode::Off);
            under
                && done
                && key.mode == mode
                && target.is_none_or(|target| key.target.as_ref() == Some(target))
        })
    }

    /// Whether requests of the route have ended on the gateway under an older generation since
    /// `from`.
    pub(crate) fn served_older(
        &self,
        gateway: &GatewayId,
        route: &RouteId,
        generation: Generation,
        from: UnixMs,
    ) -> bool {
        self.growth.iter().filter(|growth| growth.at >= from && growth.generation < generation).any(
            |growth| growth.gateway == *gateway && growth.route == *route && !growth.attempt_only,
        )
    }

    /// Counts a target's attempts that were reported since `from`.
    pub(crate) fn tally_target(&self, target: &TargetId, from: UnixMs, attempts: &mut Attempts) {
        // Not in the order of time: a gateway that was away sends old minutes late.
        for growth in self.growth.iter().filter(|growth| growth.at >= from) {
            if growth.is_an_attempt() && growth.target.as_ref() == Some(target) {
                attempts.add_owned(growth.outcome, growth.whose, growth.count, growth.at);
            }
        }
    }

    /// A target's attempts and its failures in minutes since `from`, and of what class most were.
    pub(crate) fn attempts_by_minute(
        &self,
        target: &TargetId,
        from: UnixMs,
    ) -> BTreeMap<UnixMs, Attempts> {
        let mut minutes: BTreeMap<UnixMs, Attempts> = BTreeMap::new();
        for bucket in self.buckets.values().filter(|bucket| bucket.key.minute >= from) {
            let minute = bucket.key.minute;
            let failed = bucket.failed_attempts.iter().filter(|failed| failed.target == *target);
            for failed in failed {
                let of_minute = minutes.entry(minute).or_default();
                let outcome = Outcome::Failed(failed.class);
                of_minute.add_owned(outcome, failed.whose, failed.count, minute);
            }
            if bucket.key.target.as_ref() == Some(target) && bucket.key.outcome.is_ok() {
                minutes.entry(minute).or_default().add(Outcome::Ok, bucket.requests, minute);
            }
        }
        minutes
    }

    /// Counts a route's requests as its callers saw them, since `from`.
    pub(crate) fn tally_route(&self, route: &RouteId, from: UnixMs) -> RouteTally {
        let mut tally = RouteTally::default();
        let recent = self.growth.iter().filter(|growth| growth.at >= from);
        for growth in recent.filter(|growth| !growth.attempt_only && growth.route == *route) {
            if growth.outcome == Outcome::Failed(FailureClass::ClientCancelled) {
                continue;
            }
            tally.requests += growth.count;
            if super::is_failure(growth.outcome) {
                tally.failed += growth.count;
            }
        }
        tally
    }

    /// The buckets of a target's own answers in minutes since `from`.
    pub(crate) fn answered_by(
        &self,
        target: &TargetId,
        from: UnixMs,
    ) -> impl Iterator<Item = &TrafficBucket> {
        self.buckets.values().filter(move |bucket| {
            bucket.key.minute >= from
                && bucket.key.target.as_ref() == Some(target)
                && bucket.key.outcome.is_ok()
        })
    }

    /// The buckets of a route in minutes since `from`.
    pub(crate) fn of_route(
        &self,
        route: &RouteId,
        from: UnixMs,
    ) -> impl Iterator<Item = &TrafficBucket> {
        self.buckets
            .values()
            .filter(move |bucket| bucket.key.minute >= from && bucket.key.route == *route)
    }

    /// What a target's good answers in minutes since `from` took, used and cost.
    pub(crate) fn totals(&self, target: &TargetId, from: UnixMs) -> Totals {
        let mut totals = Totals::default();
        for bucket in self.answered_by(target, from) {
            totals.answered += bucket.requests;
            totals.unpriced += bucket.unpriced;
            totals.cost += bucket.cost;
            totals.usage = totals.usage.plus(bucket.usage);
            totals.latency.merge(&bucket.latency);
            totals.time_to_first_token.merge(&bucket.time_to_first_token);
        }
        totals
    }
}

/// Sums over buckets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Totals {
    pub(crate) answered: u64,
    pub(crate) unpriced: u64,
    pub(crate) cost: Nanodollars,
    pub(crate) usage: TokenUsage,
    pub(crate) latency: LatencySketch,
    pub(crate) time_to_first_token: LatencySketch,
}

/// A bucket of a minute long gone is history, not news.
fn when(bucket: &TrafficBucket, now: UnixMs) -> UnixMs {
    let minute_ends = bucket.key.minute.plus_millis(changeover_domain::time::MINUTE_MS);
    if minute_ends < now { minute_ends } else { now }
}

fn growth(
    gateway: &GatewayId,
    before: Option<&TrafficBucket>,
    bucket: &TrafficBucket,
    at: UnixMs,
) -> Vec<Growth> {
    let had = before.map_or(0, |before| before.requests);
    let ended = Growth {
        at,
        gateway: gateway.clone(),
        generation: bucket.key.generation,
        route: bucket.key.route.clone(),
        target: bucket.key.target.clone(),
        outcome: bucket.key.outcome,
        whose: None,
        count: bucket.requests.saturating_sub(had),
        attempt_only: false,
    };
    let attempts = bucket.failed_attempts.iter().map(|failed| {
        let same = |earlier: &&changeover_domain::FailedAttempts| {
            (&earlier.target, earlier.class, earlier.whose)
                == (&failed.target, failed.class, failed.whose)
        };
        let had = before
            .and_then(|before| before.failed_attempts.iter().find(same))
            .map_or(0, |f| f.count);
        Growth {
            at,
            gateway: gateway.clone(),
            generation: bucket.key.generation,
            route: bucket.key.route.clone(),
            target: Some(failed.target.clone()),
            outcome: Outcome::Failed(failed.class),
            whose: failed.whose,
            count: failed.count.saturating_sub(had),
            attempt_only: true,
        }
    });
    std::iter::once(ended).chain(attempts).filter(|growth| growth.count > 0).collect()
}

#[cfg(test)]
mod tests {
    use changeover_domain::FailedAttempts;

    use super::*;

    fn bucket(requests: u64, failed: u64) -> TrafficBucket {
        TrafficBucket {
            key: BucketKey {
                epoch: UnixMs(0),
                minute: UnixMs(0),
                route: RouteId::try_new("chat").unwrap(),
                target: TargetId::try_new("gpt").ok(),
                mode: Mode::Full,
                outcome: Outcome::Ok,
                generation: Generation(3),
                effective_since: UnixMs(0),
                fallback: true,
            },
            requests,
            retries: failed,
            cache_hits: 0,
            latency: LatencySketch::default(),
            time_to_first_token: LatencySketch::default(),
            usage: TokenUsage::default(),
            cost: Nanodollars::ZERO,
            unpriced: 0,
            failed_attempts: vec![FailedAttempts {
                target: TargetId::try_new("opus").unwrap(),
                class: FailureClass::Overloaded,
                whose: None,
                count: failed,
            }],
        }
    }

    #[test]
    fn a_bucket_that_is_sent_again_counts_only_its_growth() {
        let gateway = GatewayId::try_new("eu-1").unwrap();
        let mut traffic = RecentTraffic::default();
        traffic.set(&gateway, bucket(5, 2), UnixMs(1_000), |_, _, _| ());
        traffic.set(&gateway, bucket(5, 2), UnixMs(2_000), |_, _, _| ());
        traffic.set(&gateway, bucket(7, 3), UnixMs(3_000), |_, _, _| ());
        let route = RouteId::try_new("chat").unwrap();
        assert_eq!(traffic.tally_route(&route, UnixMs(0)), RouteTally { requests: 7, failed: 0 });
        assert_eq!(traffic.tally_route(&route, UnixMs(3_000)).requests, 2, "only what came since");
        let mut opus = Attempts::default();
        traffic.tally_target(&TargetId::try_new("opus").unwrap(), UnixMs(0), &mut opus);
        assert_eq!(
            (opus.attempts(), opus.failed()),
            (3, 3),
            "failover hides nothing from the verdict"
        );
    }

    #[test]
    fn only_an_answer_by_the_wanted_target_since_the_present_start_is_proof() {
        let (eu, chat) = (GatewayId::try_new("eu-1").unwrap(), RouteId::try_new("chat").unwrap());
        let to = |target: &str| Override {
            route: chat.clone(),
            target: TargetId::try_new(target).ok(),
            mode: Mode::Full,
            forced_breakers: vec![],
            holder: "mk".into(),
            reason: "529s".into(),
            until: UnixMs(9),
            on_expiry: changeover_domain::OnExpiry::default(),
        };
        let mut traffic = RecentTraffic::default();
        let mut failed = bucket(9, 0);
        failed.key.outcome = Outcome::Failed(FailureClass::ServerError);
        traffic.set(&eu, failed, UnixMs(1_000), |_, _, _| ());
        assert!(
            !traffic.has_served(&eu, &chat, Generation(3), Some(&to("gpt"))),
            "nobody was answered"
        );
        traffic.set(&eu, bucket(1, 0), UnixMs(1_000), |_, _, _| ());
        assert!(traffic.has_served(&eu, &chat, Generation(3), Some(&to("gpt"))));
        assert!(
            !traffic.has_served(&eu, &chat, Generation(3), Some(&to("opus"))),
            "another answered"
        );
        assert!(!traffic.has_served(&eu, &chat, Generation(4), Some(&to("gpt"))));
        let mut restarted = bucket(1, 0);
        restarted.key.epoch = UnixMs(50);
        restarted.key.generation = Generation(1);
        traffic.set(&eu, restarted, UnixMs(2_000), |_, _, _| ());
        assert!(
            !traffic.has_served(&eu, &chat, Generation(3), Some(&to("gpt"))),
            "that was before its restart"
        );
        assert!(traffic.served_older(&eu, &chat, Generation(3), UnixMs(1_500)));
    }

    #[test]
    fn a_minute_of_long_ago_is_not_news() {
        let gateway = GatewayId::try_new("eu-1").unwrap();
        let mut traffic = RecentTraffic::default();
        traffic.set(&gateway, bucket(5, 0), UnixMs(3_600_000), |_, _, _| ());
        let route = RouteId::try_new("chat").unwrap();
        assert_eq!(traffic.tally_route(&route, UnixMs(3_500_000)).requests, 0);
    }
}
