//! The engine and its store: what is kept, and what is remembered at start.
//!
//! Two kinds of writes. Those that a person waits for (audit, intent) fail the command when they
//! fail. Those that only record what was seen (probes, traffic, verdicts) are logged when they fail
//! and never turn into an observation: a full disk is not a provider's outage.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use changeover_domain::{
    AuditAction, AuditEntry, Convergence, Episode, FallbackCost, FallbackPeriod, GatewayId,
    Incident, Nanodollars, PeriodId, ProbeKind, ProbeSample, ProviderId, RouteId, SourceState,
    StatusTransition, TrafficBucket, UnixMs, Verdict,
};
use changeover_policy::episode::Episodes;
use changeover_policy::ledger::Ledger;
use changeover_policy::verdict::{LONGEST_MS as BUDGET_MS, Thresholds, VerdictInputs};
use changeover_probe::Manner;
use changeover_store::{AuditDraft, ChangesError, IntentError, Reader, StoreError, Writer};

use crate::alerts;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::lever::wanted_in_words;
use crate::observed::{Observed, WINDOW_MS};
use crate::probing;
use crate::setup::Setup;
use crate::state::{Intent, State};

/// Who is named for what happens by itself.
pub(crate) const CONSOLE: &str = "console";

/// What the store remembers of the last hour, and of what is wanted.
pub(crate) async fn recall(
    reader: &Reader,
    setup: &Setup,
    now: UnixMs,
) -> Result<State, StoreError> {
    let observed = Observed::watching(&setup.catalogue.targets);
    let mut state = State { observed, ..State::default() };
    recall_observed(reader, setup, &mut state, now).await?;
    let from = now.plus_millis(-WINDOW_MS);
    for incident in reader.incidents_between(from..now).await? {
        // Nobody reads the others' pages any more, so nobody would ever say that they are over.
        if setup.pages.iter().any(|page| page.id == incident.id.source) {
            state.observed.set_incident(incident);
        }
    }
    let gateways: BTreeSet<GatewayId> =
        setup.gateways.iter().map(|access| access.id.clone()).collect();
    let open = reader.periods_open().await?;
    let recent = reader.periods_list(None, 100).await?;
    let closed = recent.iter().filter(|period| period.ended_at.is_some()).cloned().collect();
    state.ledger = Ledger::resumed(open, closed, &gateways);
    state.past_periods =
        recent.into_iter().filter(|period| period.ended_at.is_some_and(|e| e >= from)).collect();
    for gateway in &gateways {
        if let Some(cursor) = reader.traffic_cursor(gateway).await? {
            state.traffic_cursors.insert(gateway.clone(), cursor);
        }
        state.changes_cursors.insert(gateway.clone(), reader.changes_cursor(gateway).await?);
    }
    for stored in reader.intents().await? {
        state.generations.insert(stored.route, stored.generation);
    }
    state.intents = recall_intents(reader, setup, now).await?;
    state.episodes = Episodes::resumed(reader.episodes_open().await?);
    state.alerts = alerts::recall(reader.alerts().await?);
    state.windows = alerts::recall_windows(reader, setup, now).await?;
    Ok(state)
}

/// What was seen within the hours that an error budget is reckoned over; the window keeps of it
/// what it would have.
async fn recall_observed(
    reader: &Reader,
    setup: &Setup,
    state: &mut State,
    now: UnixMs,
) -> Result<(), StoreError> {
    let from = now.plus_millis(-BUDGET_MS);
    for target in &setup.catalogue.targets {
        for sample in reader.probes_between(&target.id, from..now).await? {
            state.learn_manner(&sample);
            state.observed.add_probe(sample);
        }
        // One target's hours at a time, so that a start needs no more room than a day's work.
        state.observed.forget_before(now);
    }
    let traffic = reader.traffic_between(from..now).await?;
    let buckets = traffic.into_iter().map(|traffic| (traffic.gateway, traffic.bucket));
    state.observed.add_traffic(buckets, now);
    state.observed.forget_before(now);
    recall_verdicts(reader, setup, state, now).await
}

/// The verdicts that held when the console ended, if that was just now: what was seen in between
/// is then whole enough to go on from them.
async fn recall_verdicts(
    reader: &Reader,
    setup: &Setup,
    state: &mut State,
    now: UnixMs,
) -> Result<(), StoreError> {
    let seen = reader.last_time().await?;
    let away =
        seen.is_none_or(|seen| now.millis_since(seen) > Thresholds::default().long_window_ms);
    if away {
        return Ok(());
    }
    for target in &setup.catalogue.targets {
        if let Some(held) = reader.verdicts_newest(&target.id, now, 1).await?.pop() {
            state.verdicts.insert(target.id.clone(), held.verdict);
        }
    }
    Ok(())
}

/// What a budget has booked for today's probes by provider, so that a restart is not a new budget.
pub(crate) async fn spent_today(
    reader: &Reader,
    setup: &Setup,
    now: UnixMs,
) -> Result<BTreeMap<ProviderId, Nanodollars>, StoreError> {
    let begin = setup.probes.day_zone.day_of(now).from;
    let mut spent = BTreeMap::new();
    for target in &setup.catalogue.targets {
        let samples = reader.probes_between(&target.id, begin..now).await?;
        let cost = rebooked(setup, &samples);
        *spent.entry(target.provider.clone()).or_insert(Nanodollars::ZERO) += cost;
    }
    Ok(spent)
}

/// What was booked for one target's samples, oldest first, each as it was asked for: the manner
/// follows from those before it.
fn rebooked(setup: &Setup, samples: &[ProbeSample]) -> Nanodollars {
    let mut manners: BTreeMap<ProbeKind, Manner> = BTreeMap::new();
    let mut book = |sample: &ProbeSample| {
        let manner = manners.entry(sample.kind).or_default();
        let cost = probing::booked(setup, *manner, sample);
        *manner = manner.after(sample);
        cost
    };
    samples.iter().map(&mut book).sum()
}

async fn recall_intents(
    reader: &Reader,
    setup: &Setup,
    now: UnixMs,
) -> Result<BTreeMap<RouteId, Intent>, StoreError> {
    let mut intents = BTreeMap::new();
    let convergences = reader.convergences().await?;
    for stored in reader.intents().await? {
        if setup.route(&stored.route).is_none() {
            continue;
        }
        let previous = reader.intent_before(&stored.route, stored.generation).await?;
        let of_route = convergences.iter().filter(|(route, convergence)| {
            *route == stored.route && convergence.wanted == stored.generation
        });
        let mut convergence: BTreeMap<GatewayId, Convergence> = of_route
            .map(|(_, convergence)| (convergence.gateway.clone(), convergence.clone()))
            .collect();
        for access in &setup.gateways {
            convergence.entry(access.id.clone()).or_insert_with(|| {
                changeover_policy::convergence::asked(access.id.clone(), stored.generation, now)
            });
        }
        convergence.retain(|gateway, _| setup.gateways.iter().any(|access| access.id == *gateway));
        let intent = Intent {
            generation: stored.generation,
            wanted: stored.wanted,
            previous: previous.and_then(|previous| previous.wanted),
            requested_at: stored.created_at,
            requested_by: stored.requested_by,
            reason: stored.reason,
            break_interlocks: stored.break_interlocks,
            convergence,
        };
        // What ran out while the console was away is the gateways' to tell, if they still hold it.
        let ran_out = intent.wanted.as_ref().is_some_and(|wanted| wanted.until <= now);
        if !ran_out && !is_over(&intent, now) {
            intents.insert(stored.route, intent);
        }
    }
    Ok(intents)
}

/// How long a finished return to auto stays on the board.
const LINGER_MS: i64 = 2 * 60_000;

/// Whether a return to auto needs nobody any more: every gateway has loaded it some time ago.
pub(crate) fn is_over(intent: &Intent, now: UnixMs) -> bool {
    let loaded = intent
        .convergence
        .values()
        .all(|convergence| convergence.observed == Some(convergence.wanted));
    let lingered = intent.convergence.values().all(|c| now.millis_since(c.since) >= LINGER_MS);
    intent.wanted.is_none() && loaded && lingered
}

impl Engine {
    pub(crate) fn reader(&self) -> &Reader {
        self.store().1
    }

    fn writer(&self) -> &Writer {
        self.store().0
    }

    /// Audit entry and intent, in one transaction, before any gateway is asked.
    pub(crate) async fn record_intent(
        &self,
        route: &RouteId,
        intent: &Intent,
        action: AuditAction,
    ) -> Result<(), EngineError> {
        let draft = AuditDraft {
            at: intent.requested_at,
            actor: intent.requested_by.clone(),
            action,
            subject: route.to_string(),
            reason: intent.reason.clone(),
            details: serde_json::json!({
                "generation": intent.generation,
                "before": wanted_in_words(intent.previous.as_ref()),
                "after": wanted_in_words(intent.wanted.as_ref()),
                "override": intent.wanted,
                "broken_interlocks": intent.break_interlocks,
            }),
        };
        let stored = changeover_store::Intent {
            route: route.clone(),
            generation: intent.generation,
            wanted: intent.wanted.clone(),
            requested_by: intent.requested_by.clone(),
            reason: intent.reason.clone(),
            break_interlocks: intent.break_interlocks.clone(),
            created_at: intent.requested_at,
        };
        match self.writer().intent_apply(draft, &stored).await {
            Ok(_) => Ok(()),
            Err(IntentError::Store(error)) => Err(error.into()),
            Err(error @ IntentError::NotNewer { .. }) => {
                Err(EngineError::Stale { message: error.to_string() })
            }
        }
    }

    /// An audit entry for what is not an intent.
    pub(crate) async fn record_audit(&self, draft: AuditDraft) -> Result<(), EngineError> {
        self.writer().audit_append(draft).await?;
        Ok(())
    }

    pub(crate) async fn record_convergence(&self, route: &RouteId, convergence: &Convergence) {
        let kept = self.writer().convergence_record(route, convergence).await;
        log_failure("a gateway's convergence", &kept);
    }

    /// Whether the buckets are on disk together with the cursor behind them.
    pub(crate) async fn record_traffic(
        &self,
        gateway: &GatewayId,
        buckets: &[TrafficBucket],
        next: &str,
    ) -> bool {
        log_failure(
            "a gateway's traffic",
            &self.writer().traffic_record(gateway, buckets, next).await,
        )
    }

    /// Whether the gateway's changes are on disk.
    pub(crate) async fn record_changes(&self, gateway: &GatewayId, changes: &[AuditEntry]) -> bool {
        match self.writer().changes_record(gateway, changes).await {
            Ok(()) => true,
            Err(ChangesError::DoesNotFollow { .. }) => {
                // The gateway began a new record: a new disk, or another gateway under this name.
                tracing::warn!(%gateway, "the gateway's record of changes does not follow from ours; a new one begins");
                let restarted = self.writer().changes_restart(gateway, changes).await;
                log_failure("a gateway's changes", &restarted)
            }
            Err(ChangesError::Store(error)) => {
                log_failure("a gateway's changes", &Err::<(), _>(error))
            }
        }
    }

    pub(crate) async fn record_probes(&self, samples: &[ProbeSample]) {
        log_failure("probes", &self.writer().probes_record(samples).await);
    }

    /// Whether the disk took it.
    pub(crate) async fn record_verdict(&self, verdict: &Verdict, inputs: &VerdictInputs) -> bool {
        // A verdict without its inputs is kept too: it can be read, and not made again.
        let made_from = serde_json::to_string(inputs).ok();
        let kept = self.writer().verdict_append(verdict, inputs.at, made_from.as_deref()).await;
        log_failure("a verdict", &kept);
        kept.is_ok()
    }

    /// Whether the disk took it.
    pub(crate) async fn record_episode(&self, episode: &Episode) -> bool {
        let kept = self.writer().episode_record(episode).await;
        log_failure("an episode of trouble", &kept);
        kept.is_ok()
    }

    /// Keeps one look at a page. Gives what there is to tell that was not told before; `None` where
    /// the disk does not take it.
    pub(crate) async fn record_status(
        &self,
        source: &SourceState,
        incidents: &[Incident],
        transitions: &[StatusTransition],
    ) -> Option<Vec<StatusTransition>> {
        let kept = self.writer().status_record(source, incidents, transitions).await;
        log_failure("a look at a status page", &kept);
        kept.ok()
    }

    /// Incidents that touched a time; none where the disk does not say.
    pub(crate) async fn recall_incidents(&self, range: Range<UnixMs>) -> Vec<Incident> {
        let found = self.reader().incidents_between(range).await;
        log_failure("what pages said before", &found);
        found.unwrap_or_default()
    }

    pub(crate) async fn record_period_opened(&self, period: &FallbackPeriod) {
        log_failure("a fallback period", &self.writer().period_open(period).await);
    }

    pub(crate) async fn record_period_closed(&self, period: &FallbackPeriod) {
        let ended_at = period.ended_at.unwrap_or(period.started_at);
        let kept = self.writer().period_close(&period.id, ended_at, &period.cost).await;
        log_failure("the end of a fallback period", &kept);
    }

    pub(crate) async fn record_period_cost(&self, id: &PeriodId, cost: &FallbackCost) {
        log_failure("what a fallback period cost", &self.writer().period_cost(id, cost).await);
    }

    pub(crate) async fn record_period(&self, period: &FallbackPeriod) {
        log_failure("a fallback period", &self.writer().period_update(period).await);
    }
}

/// Says in the log that something seen could not be kept. Gives whether it was.
fn log_failure<T, E: std::error::Error + 'static>(what: &str, kept: &Result<T, E>) -> bool {
    if let Err(error) = kept {
        let error = changeover_http::error_chain(error);
        tracing::error!(%error, "{what} could not be kept");
    }
    kept.is_ok()
}
