//! Everything the engine knows now. Guarded by one lock, which is never held across an await.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use changeover_domain::admin::{GatewayState, RouteState};
use changeover_domain::{
    Convergence, FallbackPeriod, GatewayId, Generation, Impact, IncidentId, MaintenanceWindow,
    Override, ProbeKind, ProbeSample, ProviderId, RouteId, SourceId, TargetId, UnixMs, Verdict,
};
use changeover_llm::Account;
use changeover_policy::episode::Episodes;
use changeover_policy::ledger::Ledger;
use changeover_policy::verdict::VerdictInputs;
use changeover_policy::witness::WitnessReading;
use changeover_probe::{BudgetReport, Manner, Skips};
use changeover_status::ReceiverState;

use crate::alerts::Alerts;
use crate::contract::{HintView, Reachability, Sparkline, Undelivered};
use crate::observed::Observed;
use crate::watch::judge::Kept;
use crate::watch::status::LastTry;
use crate::watch::turns::Standing;

/// What was last read of a gateway.
#[derive(Debug, Clone)]
pub(crate) struct GatewayRecord {
    pub(crate) reachability: Reachability,
    pub(crate) since: UnixMs,
    pub(crate) last_read_at: Option<UnixMs>,
    /// As last read; kept while the gateway is unreachable, and shown as old then.
    pub(crate) state: Option<GatewayState>,
    pub(crate) problem: Option<String>,
}

impl GatewayRecord {
    pub(crate) fn unasked(now: UnixMs) -> Self {
        Self {
            reachability: Reachability::Unknown,
            since: now,
            last_read_at: None,
            state: None,
            problem: None,
        }
    }

    /// Notes that the gateway does not answer.
    pub(crate) fn silent(&mut self, problem: &str, now: UnixMs) {
        if self.reachability != Reachability::Unreachable {
            self.reachability = Reachability::Unreachable;
            self.since = now;
        }
        self.problem = Some(problem.to_owned());
    }

    /// A route of the gateway, if the gateway answers now.
    pub(crate) fn live_route(&self, route: &RouteId) -> Option<&RouteState> {
        if self.reachability == Reachability::Reachable { self.last_route(route) } else { None }
    }

    /// A route of the gateway as last read.
    pub(crate) fn last_route(&self, route: &RouteId) -> Option<&RouteState> {
        self.state.as_ref()?.routes.iter().find(|state| state.route == *route)
    }
}

/// What an operator wants of one route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Intent {
    pub(crate) generation: Generation,
    /// `None` wants auto.
    pub(crate) wanted: Option<Override>,
    /// What was wanted before, for undo.
    pub(crate) previous: Option<Override>,
    pub(crate) requested_at: UnixMs,
    pub(crate) requested_by: String,
    pub(crate) reason: String,
    pub(crate) break_interlocks: Vec<String>,
    pub(crate) convergence: BTreeMap<GatewayId, Convergence>,
}

/// A verdict that ended, for the timeline.
#[derive(Debug, Clone)]
pub(crate) struct PastVerdict {
    pub(crate) verdict: Verdict,
    pub(crate) until: UnixMs,
}

/// The engine's memory.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) observed: Observed,
    pub(crate) gateways: BTreeMap<GatewayId, GatewayRecord>,
    pub(crate) intents: BTreeMap<RouteId, Intent>,
    /// The highest generation that was ever wanted of a route, also after its intent was let go.
    pub(crate) generations: BTreeMap<RouteId, Generation>,
    pub(crate) verdicts: BTreeMap<TargetId, Verdict>,
    /// What the verdicts of the last judgement were made from.
    pub(crate) verdict_inputs: BTreeMap<TargetId, VerdictInputs>,
    /// What was last kept of each target's verdict.
    pub(crate) kept_verdicts: Kept,
    pub(crate) episodes: Episodes,
    pub(crate) past_verdicts: VecDeque<PastVerdict>,
    pub(crate) ledger: Ledger,
    /// Gateways whose present state the ledger has been compared with since the start.
    pub(crate) compared: BTreeSet<GatewayId>,
    /// Periods that ended within the board's hour, for the timeline.
    pub(crate) past_periods: VecDeque<FallbackPeriod>,
    pub(crate) sparklines: BTreeMap<TargetId, Sparkline>,
    /// Up to which minute they are drawn.
    pub(crate) sparklines_until: Option<UnixMs>,
    /// Where to go on reading each gateway's traffic.
    pub(crate) traffic_cursors: BTreeMap<GatewayId, String>,
    /// Where to go on reading each gateway's changes.
    pub(crate) changes_cursors: BTreeMap<GatewayId, u64>,
    /// How the money for each provider's probes stands.
    pub(crate) probe_budgets: BTreeMap<ProviderId, BudgetReport>,
    /// How targets want to be asked, as their samples show.
    pub(crate) manners: BTreeMap<(TargetId, ProbeKind), Manner>,
    /// What was not probed in the last hour, and why.
    pub(crate) skips: Skips,
    /// The accounts that providers' answers to probes named last.
    pub(crate) accounts: BTreeMap<ProviderId, Account>,
    /// How this console stands to accounts that others may probe too.
    pub(crate) turns: BTreeMap<ProviderId, Standing>,
    /// What was last seen of our own network.
    pub(crate) witness: WitnessReading,
    /// What the last try of each status page came to.
    pub(crate) status_tries: BTreeMap<SourceId, LastTry>,
    /// What stood open on a page when it was looked at for the first time ever, with its weight then.
    /// Not kept on disk: what alerts make of it is.
    pub(crate) old_incidents: BTreeMap<IncidentId, Impact>,
    /// The last hint of each page.
    pub(crate) hints: BTreeMap<SourceId, HintView>,
    /// Pages that are read once more after a hint.
    pub(crate) read_again: BTreeSet<SourceId>,
    /// How our own receiver of webhooks is.
    pub(crate) receiver: ReceiverState,
    /// Where to go on reading each gateway's hints. Not kept on disk: an old hint is none.
    pub(crate) hint_cursors: BTreeMap<GatewayId, String>,
    /// When the ledger's costs were last reckoned.
    pub(crate) reckoned_at: Option<UnixMs>,
    pub(crate) alerts: Alerts,
    /// Our own maintenance windows, the earliest first.
    pub(crate) windows: Vec<MaintenanceWindow>,
    /// What has not reached each sink.
    pub(crate) undelivered: Vec<Undelivered>,
}

impl State {
    /// How a target wants to be asked.
    pub(crate) fn manner(&self, target: &TargetId, kind: ProbeKind) -> Manner {
        self.manners.get(&(target.clone(), kind)).copied().unwrap_or_default()
    }

    /// Takes to heart how a probe shows that its target wants to be asked. Samples tell it, so that a
    /// restart need not learn it anew.
    pub(crate) fn learn_manner(&mut self, sample: &ProbeSample) {
        let before = self.manner(&sample.target, sample.kind);
        let after = before.after(sample);
        if after != before {
            self.manners.insert((sample.target.clone(), sample.kind), after);
        }
    }

    /// Gateways that answer now, with their state of the route.
    pub(crate) fn live_routes<'a>(
        &'a self,
        route: &'a RouteId,
    ) -> impl Iterator<Item = (&'a GatewayId, &'a RouteState)> {
        self.gateways.iter().filter_map(move |(id, record)| Some((id, record.live_route(route)?)))
    }
}
