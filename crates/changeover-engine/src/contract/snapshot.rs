//! The whole state of the console at one moment.

use changeover_domain::admin::Effective;
use changeover_domain::{
    BreakerReport, ComponentState, Confidence, Convergence, Criticality, FallbackPeriod, GatewayId,
    Generation, Incident, MaintenanceWindow, Mode, Nanodollars, Override, ProviderId, ProviderKind,
    RouteId, Scope, SourceState, TargetId, UnixMs, Verdict, VerdictKind,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::triage::ScoreView;
use super::{AlertView, IncidentView, ProviderProbes, Undelivered, WebhooksView, WitnessView};

/// Everything the board shows. Always whole and of one moment.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct Snapshot {
    /// The number of the last event that is contained.
    pub sequence: u64,
    pub now: UnixMs,
    /// How fast `now` runs; 1 outside the sandbox.
    pub speed: f64,
    /// Who pulls the levers where nobody else is named.
    pub operator: String,
    pub headline: Headline,
    /// `None` when real providers are watched.
    pub sandbox: Option<SandboxView>,
    pub providers: Vec<ProviderView>,
    pub targets: Vec<TargetView>,
    pub sparklines: Vec<Sparkline>,
    pub routes: Vec<RouteView>,
    pub gateways: Vec<GatewayView>,
    pub overrides: Vec<OverrideView>,
    /// What pages declare, planned work left out.
    pub incidents: Vec<IncidentView>,
    /// Planned work that pages announce: under way, or within two weeks; by its start.
    pub page_maintenance: Vec<Incident>,
    pub sources: Vec<SourceState>,
    /// How webhooks of status pages come in, and which came last.
    pub webhooks: WebhooksView,
    pub verdicts: Vec<Verdict>,
    /// Fallback periods that are open now.
    pub periods: Vec<FallbackPeriod>,
    /// Alerts that are not well, and those that were resolved a short while ago.
    pub alerts: Vec<AlertView>,
    /// Our own maintenance windows that are open or to come.
    pub windows: Vec<MaintenanceWindow>,
    /// What has not reached each sink.
    pub undelivered: Vec<Undelivered>,
    pub timeline: Timeline,
    /// Our own network.
    pub witness: WitnessView,
}

/// The one line at the top.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Headline {
    /// The worst that is so now: "Anthropic is down for you".
    pub sentence: String,
    pub worst: VerdictKind,
    pub overrides: u32,
    pub oldest_override_at: Option<UnixMs>,
    /// What the open fallback periods cost more than the primaries would, per hour at the present
    /// rate; `None` where it is not known or nothing is away from its primary.
    pub premium_per_hour: Option<Nanodollars>,
    pub gateways_in_sync: u32,
    pub gateways: u32,
}

/// The simulated world.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SandboxView {
    pub scenarios: Vec<ScenarioView>,
    pub playing: Option<PlayingView>,
    /// Speeds that the play control offers.
    pub speeds: Vec<f64>,
}

/// A scenario that can be played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ScenarioView {
    pub id: String,
    pub title: String,
    pub description: String,
    pub duration_ms: i64,
}

/// The scenario that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PlayingView {
    pub scenario: String,
    pub started_at: UnixMs,
    pub ends_at: UnixMs,
}

/// Request of `scenario_play`: what is left out stays as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ScenarioPlay {
    #[serde(default)]
    pub scenario: Option<String>,
    /// Times as fast as the wall clock, 0.1 to 120.
    #[serde(default)]
    pub speed: Option<f64>,
}

/// Request of `scenario_play_own`: a story of one's own in the sandbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ScenarioPlayOwn {
    /// As it will be called: the file's name without its ending.
    pub name: String,
    /// The scenario as the files in `assets/scenarios` are written; at most 64 kB.
    pub toml: String,
}

/// How much a thing needs somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    Quiet,
    Degraded,
    Outage,
    Override,
    Maintenance,
    Unknown,
}

/// One provider with the judgement of its targets together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ProviderView {
    pub id: ProviderId,
    pub name: String,
    pub kind: ProviderKind,
    /// The worst of its targets.
    pub verdict: VerdictKind,
    pub scope: Scope,
    /// How sure the worst of them is; low is a guess, and is said as one.
    pub confidence: Confidence,
    pub since: UnixMs,
    /// "their outage, all models"
    pub summary: String,
    /// The evidence in one sentence, without what the page says; `None` while all is well.
    pub evidence: Option<String>,
    pub page: ComponentState,
    /// When its page was last read well; `None` where no page is watched or none was read yet.
    pub page_read_at: Option<UnixMs>,
    /// None of its pages can be read.
    pub page_unreadable: bool,
    /// None of its pages can be read, and because of our own network: they are not to blame.
    pub page_network_down: bool,
    pub page_watched: bool,
    /// Its probes have spent today's budget and rest until then.
    pub probes_rest_until: Option<UnixMs>,
    pub probes: ProviderProbes,
    /// Routes that it carries away from their primaries, and since when.
    pub carrying: Vec<(RouteId, UnixMs)>,
}

/// One target with its figures.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct TargetView {
    pub id: TargetId,
    pub provider: ProviderId,
    pub model: String,
    pub verdict: VerdictKind,
    pub figures: TargetFigures,
    /// Routes for which it stands by.
    pub standby_for: Vec<RouteId>,
    /// Whether it could take over now, in words: "ready", "breaker open on eu-1", "—".
    pub standby: String,
    pub standby_tone: Tone,
    pub last_probe_at: Option<UnixMs>,
    /// Its health in one number; `None` before it was first judged.
    pub score: Option<ScoreView>,
}

/// A figure, how many values it rests on, and whether it breaches the target's SLO.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, TS)]
pub struct Measured {
    pub value: f64,
    pub count: u64,
    pub tone: Tone,
}

/// What was measured of a target. `None` is "too few values to say", never zero.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, TS)]
pub struct TargetFigures {
    /// Probes and traffic together, last ten minutes, milliseconds.
    pub time_to_first_token_p95_ms: Option<Measured>,
    pub total_p95_ms: Option<Measured>,
    pub total_p99_ms: Option<Measured>,
    pub tokens_per_second: Option<Measured>,
    /// Share of probes and attempts that failed by no fault of the caller, last five minutes.
    pub error_share: Option<Measured>,
    /// Cost of 1,000 good answers of callers; `None` without answers or where unpriced.
    pub cost_per_thousand: Option<Nanodollars>,
    /// Whether there is a price to reckon with.
    pub priced: bool,
}

/// p95 and p99 of the last hour as an SVG that is safe to inline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Sparkline {
    pub target: TargetId,
    pub svg: String,
    /// The same in words, for those who cannot see it.
    pub description: String,
}

/// One route and its lever.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RouteView {
    pub id: RouteId,
    pub criticality: Criticality,
    pub targets: Vec<TargetId>,
    pub modes: Vec<Mode>,
    pub requests_per_minute: Option<f64>,
    /// Share of callers' requests that failed, last five minutes.
    pub error_share: Option<Measured>,
    /// What the gateways do, where those that answer agree.
    pub effective: Option<Effective>,
    /// Gateways that answer do different things.
    pub diverging: bool,
    /// Breakers that are not closed.
    pub breakers: Vec<RouteBreaker>,
    pub suggestion: Option<Suggestion>,
    /// Against the primary at the present rate; `None` on the primary or where unpriced.
    pub premium_per_hour: Option<Nanodollars>,
}

/// A breaker of one gateway.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RouteBreaker {
    pub gateway: GatewayId,
    pub breaker: BreakerReport,
}

/// What an operator may want to do. Never done by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Suggestion {
    pub target: TargetId,
    pub sentence: String,
}

/// Whether a gateway's admin API answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Reachability {
    Reachable,
    Unreachable,
    /// Not asked yet.
    Unknown,
}

/// One gateway as last read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct GatewayView {
    pub id: GatewayId,
    pub admin_url: String,
    pub reachability: Reachability,
    pub since: UnixMs,
    pub last_read_at: Option<UnixMs>,
    pub version: Option<String>,
    pub generation: Option<Generation>,
    pub problem: Option<String>,
}

/// What is wanted of one route and how far each gateway has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct OverrideView {
    pub route: RouteId,
    pub generation: Generation,
    /// `None` while the route goes back to auto.
    pub r#override: Option<Override>,
    pub requested_at: UnixMs,
    pub requested_by: String,
    pub convergence: Vec<Convergence>,
    /// Gateways on which it has run out and still holds, because the primary is not fit to return
    /// to or the operator asked for it: somebody has to decide.
    pub expiry_held: Vec<GatewayId>,
    /// What undo would return to, in words: "auto", "gpt-main, full".
    pub undo_to: Option<String>,
}

/// The last hour in lanes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Timeline {
    pub lanes: Vec<Lane>,
    pub marks: Vec<LaneMark>,
}

/// What a lane shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LaneKind {
    StatusPage,
    /// Our judgement of one target; only on its triage sheet.
    Verdict,
    Probes,
    Traffic,
    Levers,
}

/// One lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Lane {
    pub kind: LaneKind,
    pub spans: Vec<LaneSpan>,
}

/// From when to when something was so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct LaneSpan {
    pub from: UnixMs,
    /// `None` while it lasts.
    pub until: Option<UnixMs>,
    pub label: String,
    pub tone: Tone,
}

/// A moment worth a line through all lanes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct LaneMark {
    pub at: UnixMs,
    pub label: String,
    pub tone: Tone,
}

/// Request of `sandbox_gateway`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SandboxGateway {
    pub gateway: GatewayId,
    /// `false` ends it as a crash would, `true` starts it again from its disk.
    pub up: bool,
}

/// Answer of `sandbox_gateway`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SandboxGatewayChanged {
    /// `false` when it already was as wanted, or there is no such gateway.
    pub changed: bool,
}
