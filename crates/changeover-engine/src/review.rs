//! Looking back: the ledger of fallback periods, series, and the audit chain.

mod verdict;

use std::collections::BTreeMap;

use changeover_control::AdminError;
use changeover_cost::counterfactual;
use changeover_domain::admin::RequestPath;
use changeover_domain::{
    FallbackCost, FallbackPeriod, LatencySketch, Nanodollars, PeriodId, TargetId, TokenPrices,
    TrafficBucket, UnixMs, VerdictKind,
};
use changeover_store::{AuditVerification, GatewayTraffic};

use crate::contract::{
    AuditList, AuditListed, AuditVerified, FallbackDetail, FallbackGet, FallbackList,
    FallbackListed, FallbackMinute, HistoryPoint, HistoryQuery, HistorySeries, RequestGet,
};
use crate::engine::Engine;
use crate::error::EngineError;

/// How many rows a list gives where nothing is said.
const USUAL_LIMIT: u32 = 100;
const LARGEST_LIMIT: u32 = 500;
/// How much of the time around a period its chart shows.
const AROUND_MS: i64 = 20 * 60_000;
/// A series reaches at most this far: a month of minutes.
const LONGEST_SERIES_MS: i64 = 31 * 24 * 3_600_000;
/// A verdict this long before the switch, or shorter, is what the operator reacted to.
const DETECTION_MS: i64 = 60 * 60_000;

impl Engine {
    /// Fallback periods, newest first; open ones with what they cost so far.
    ///
    /// # Errors
    /// [`EngineError::Store`] when the ledger cannot be read.
    pub async fn fallback_list(&self, list: FallbackList) -> Result<FallbackListed, EngineError> {
        let limit = checked_limit(list.limit)?;
        let mut periods = self.reader().periods_list(list.before, limit + 1).await?;
        let more = periods.len() > usize::try_from(limit).unwrap_or(usize::MAX);
        periods.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        let periods = periods.into_iter().map(|period| self.up_to_date(period)).collect();
        Ok(FallbackListed { periods, more })
    }

    /// One period with its minutes and its picture.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] when the ledger has no such period.
    pub async fn fallback_get(&self, get: FallbackGet) -> Result<FallbackDetail, EngineError> {
        let period = self.known_period(&get.id).await?;
        let now = self.clock().now();
        let ended = period.ended_at.unwrap_or(now);
        let from = period.started_at.plus_millis(-AROUND_MS).floor_to_minute();
        let until = ended.plus_millis(AROUND_MS).min(now);
        let traffic = self.reader().traffic_of_route(&period.route, from..until).await?;
        let minutes = self.minutes(&period, &traffic);
        let chart = self.period_chart(&period, &minutes, from, until);
        let detected_at = self.detected_at(&period).await?;
        Ok(FallbackDetail {
            subtitle: self.period_subtitle(&period),
            chart_description: chart_description(&period, &minutes),
            detect_to_switch_ms: detected_at.map(|at| period.started_at.millis_since(at)),
            detected_at,
            chart,
            minutes,
            period,
        })
    }

    async fn known_period(&self, id: &PeriodId) -> Result<FallbackPeriod, EngineError> {
        let found = self.reader().period(id).await?;
        let found = found.map(|period| self.up_to_date(period));
        found.ok_or_else(|| EngineError::not_found("fallback period", id, ["see `fallback_list`"]))
    }

    /// An open period as the ledger in memory has it.
    fn up_to_date(&self, period: FallbackPeriod) -> FallbackPeriod {
        let state = self.state();
        state
            .ledger
            .open(&period.route)
            .filter(|open| open.id == period.id)
            .cloned()
            .unwrap_or(period)
    }

    fn minutes(&self, period: &FallbackPeriod, traffic: &[GatewayTraffic]) -> Vec<FallbackMinute> {
        let prices = self.setup().prices(&period.primary, period.started_at);
        let mut minutes: BTreeMap<UnixMs, FallbackMinute> = BTreeMap::new();
        for bucket in traffic.iter().map(|traffic| &traffic.bucket) {
            let minute = minutes.entry(bucket.key.minute).or_insert_with(|| FallbackMinute {
                minute: bucket.key.minute,
                in_fallback: false,
                requests: 0,
                answered: 0,
                actual: Nanodollars::ZERO,
                unpriced: 0,
                on_primary: prices.map(|_| Nanodollars::ZERO),
            });
            minute.in_fallback |= bucket.key.fallback;
            minute.requests += bucket.requests;
            minute.answered += if bucket.key.outcome.is_ok() { bucket.requests } else { 0 };
            minute.actual += bucket.cost;
            minute.unpriced += bucket.unpriced;
            if bucket.unpriced < bucket.requests {
                let same = prices.and_then(|prices| counterfactual(bucket.usage, &prices));
                minute.on_primary = minute.on_primary.zip(same).map(|(sum, same)| sum + same);
            }
        }
        minutes.into_values().collect()
    }

    fn period_chart(
        &self,
        period: &FallbackPeriod,
        minutes: &[FallbackMinute],
        from: UnixMs,
        until: UnixMs,
    ) -> String {
        let cost_minute = |minute: &FallbackMinute| changeover_charts::CostMinute {
            minute: minute.minute,
            actual: minute.actual,
            on_primary: minute.on_primary,
        };
        let cost_minutes: Vec<_> = minutes.iter().map(cost_minute).collect();
        let input = changeover_charts::PeriodCostInput {
            width: 880,
            height: 260,
            from,
            to: until,
            started_at: period.started_at,
            ended_at: period.ended_at,
            minutes: &cost_minutes,
            actual_label: &format!("actual on {}", served_by(period)),
            on_primary_label: &format!("same tokens at {} prices", period.primary),
        };
        changeover_charts::period_cost(&input, changeover_charts::Theme::Dark).unwrap_or_else(|error| {
            tracing::warn!(%error, period = %period.id, "the picture of a fallback period could not be drawn");
            String::new()
        })
    }

    /// "manual, by mk · 529s, status silent"
    fn period_subtitle(&self, period: &FallbackPeriod) -> String {
        match (&period.holder, &period.reason) {
            (Some(holder), Some(reason)) => format!("manual, by {holder} · {reason}"),
            _ => match period.cause {
                changeover_domain::FallbackCause::Breaker => {
                    format!("automatic: the breaker of {} opened", period.primary)
                }
                changeover_domain::FallbackCause::Policy => {
                    "automatic: a rule stepped down".to_owned()
                }
                changeover_domain::FallbackCause::Manual => "manual".to_owned(),
            },
        }
    }

    /// When the primary's verdict turned bad, if that was shortly before the switch.
    async fn detected_at(&self, period: &FallbackPeriod) -> Result<Option<UnixMs>, EngineError> {
        let earliest = period.started_at.plus_millis(-DETECTION_MS);
        let verdicts =
            self.reader().verdicts_between(&period.primary, earliest..period.started_at).await?;
        let bad = |kind| !matches!(kind, VerdictKind::Operating | VerdictKind::Unknown);
        // The last run of bad verdicts that reaches up to the switch.
        let run = verdicts.iter().rev().take_while(|verdict| bad(verdict.kind));
        Ok(run.last().map(|verdict| verdict.since))
    }

    /// One point a minute of a target or a route.
    ///
    /// # Errors
    /// [`EngineError::Invalid`] when neither or both are named, or the time is too long.
    pub async fn history_query(&self, query: HistoryQuery) -> Result<HistorySeries, EngineError> {
        let length = query.until.millis_since(query.from);
        if !(0..=LONGEST_SERIES_MS).contains(&length) {
            return Err(EngineError::invalid(
                "`until` must follow `from` by at most 31 days",
                "choose a shorter time",
            ));
        }
        let buckets = match (&query.target, &query.route) {
            (Some(target), None) => {
                self.reader().traffic_of_target(target, query.from..query.until).await?
            }
            (None, Some(route)) => {
                self.reader().traffic_of_route(route, query.from..query.until).await?
            }
            _ => {
                return Err(EngineError::invalid(
                    "name either a target or a route",
                    "leave the other one out",
                ));
            }
        };
        let mut minutes: BTreeMap<UnixMs, Minute> = BTreeMap::new();
        for bucket in buckets.iter().map(|traffic| &traffic.bucket) {
            minutes.entry(bucket.key.minute).or_default().add_bucket(bucket);
        }
        if let Some(target) = &query.target {
            self.add_probes(target, &query, &mut minutes).await?;
        }
        let points = minutes.into_iter().map(|(minute, sums)| sums.point(minute)).collect();
        Ok(HistorySeries { points })
    }

    async fn add_probes(
        &self,
        target: &TargetId,
        query: &HistoryQuery,
        minutes: &mut BTreeMap<UnixMs, Minute>,
    ) -> Result<(), EngineError> {
        for sample in self.reader().probes_between(target, query.from..query.until).await? {
            let minute = minutes.entry(sample.at.floor_to_minute()).or_default();
            minute.count += 1;
            if sample.outcome.is_ok() {
                minute.latency.record(sample.phases.total_ms);
                sample
                    .phases
                    .first_token_ms
                    .into_iter()
                    .for_each(|first| minute.first_token.record(first));
            } else {
                minute.failed += 1;
            }
        }
        Ok(())
    }

    /// The path that one request took through a gateway.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for an unknown gateway or request.
    pub async fn request_get(&self, get: RequestGet) -> Result<RequestPath, EngineError> {
        let known = self.gateways().iter().map(|gateway| gateway.id());
        let found = self.gateways().iter().find(|gateway| *gateway.id() == get.gateway);
        let gateway =
            found.ok_or_else(|| EngineError::not_found("gateway", &get.gateway, known))?;
        gateway.request(&get.id).await.map_err(|error| match error {
            AdminError::Refused(problem) if problem.status == 404 => {
                EngineError::not_found("request", &get.id, ["the gateway keeps only the latest"])
            }
            other => EngineError::Unavailable {
                message: other.to_string(),
                hint: "check that the gateway runs".to_owned(),
            },
        })
    }

    /// The console's audit chain, newest first.
    ///
    /// # Errors
    /// [`EngineError::Store`] when it cannot be read.
    pub async fn audit_list(&self, list: AuditList) -> Result<AuditListed, EngineError> {
        let limit = checked_limit(list.limit)?;
        Ok(AuditListed { entries: self.reader().audit_list(list.before, limit).await? })
    }

    /// Walks the whole chain.
    ///
    /// # Errors
    /// [`EngineError::Store`] when it cannot be read.
    pub async fn audit_verify(&self) -> Result<AuditVerified, EngineError> {
        Ok(match self.reader().audit_verify().await? {
            AuditVerification::Intact { entries } => {
                AuditVerified { entries, intact: true, broken_at: None }
            }
            AuditVerification::Broken { entries, sequence } => {
                AuditVerified { entries, intact: false, broken_at: Some(sequence) }
            }
        })
    }
}

/// A minute's sums on the way to a point.
#[derive(Default)]
struct Minute {
    count: u64,
    failed: u64,
    latency: LatencySketch,
    first_token: LatencySketch,
}

impl Minute {
    fn add_bucket(&mut self, bucket: &TrafficBucket) {
        self.count += bucket.requests;
        if bucket.key.outcome.is_ok() {
            self.latency.merge(&bucket.latency);
            self.first_token.merge(&bucket.time_to_first_token);
        } else {
            self.failed += bucket.requests;
        }
    }

    fn point(&self, minute: UnixMs) -> HistoryPoint {
        HistoryPoint {
            minute,
            count: self.count,
            failed: self.failed,
            p50_ms: self.latency.quantile(0.5),
            p95_ms: self.latency.p95(),
            p99_ms: self.latency.p99(),
            time_to_first_token_p95_ms: self.first_token.p95(),
        }
    }
}

/// What the priced requests would have cost on the primary: the other half of a comparison may hold
/// nothing that the first half lacks. `None` when there was work and none of it has a price, or some
/// of it has none on the primary.
pub(crate) fn priced<'a>(
    buckets: impl Iterator<Item = &'a TrafficBucket>,
    primary: &TokenPrices,
) -> Option<Nanodollars> {
    let (mut all, mut known) = (0_usize, 0_usize);
    let mut on_primary = Nanodollars::ZERO;
    for bucket in buckets {
        all += 1;
        if bucket.unpriced < bucket.requests || bucket.requests == 0 {
            known += 1;
            on_primary += counterfactual(bucket.usage, primary)?;
        }
    }
    (known > 0 || all == 0).then_some(on_primary)
}

/// What a period's traffic sums up to.
pub(crate) fn summed(
    sum: &changeover_store::TrafficSum,
    on_primary: Option<Nanodollars>,
) -> FallbackCost {
    FallbackCost {
        requests: sum.requests,
        answered: sum.answered,
        usage: sum.usage,
        actual: sum.actual,
        unpriced: sum.unpriced,
        on_primary,
        premium: on_primary.map(|on_primary| changeover_cost::premium(sum.actual, on_primary)),
    }
}

pub(crate) fn checked_limit(limit: Option<u32>) -> Result<u32, EngineError> {
    match limit.unwrap_or(USUAL_LIMIT) {
        limit @ 1..=LARGEST_LIMIT => Ok(limit),
        _ => Err(EngineError::invalid(
            "`limit` must be 1 to 500",
            "ask for fewer and go on with `before`",
        )),
    }
}

fn served_by(period: &FallbackPeriod) -> String {
    period.served_by.as_ref().map_or_else(|| period.mode.as_str().to_owned(), ToString::to_string)
}

fn chart_description(period: &FallbackPeriod, minutes: &[FallbackMinute]) -> String {
    let in_fallback = minutes.iter().filter(|minute| minute.in_fallback).count();
    format!("cost per minute of {}: {in_fallback} minutes on {}", period.route, served_by(period))
}
