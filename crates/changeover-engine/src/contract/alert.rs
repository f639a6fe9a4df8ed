//! Alerts, what withholds them, and what travels to sinks.

use changeover_domain::{
    AlertState, IncidentId, MaintenanceWindow, NoticeKind, OutgoingId, OutgoingMessage, ProviderId,
    Severity, SinkId, Subject, UnixMs, WindowId,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is watched for. Each rule has one alert per subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AlertRuleId {
    /// A provider is down or degraded for us. One alert for all its models.
    TheirTrouble,
    /// A provider refuses us: configuration, quota or billing.
    OurTrouble,
    /// Our own network is gone.
    OurNetwork,
    /// A provider's page declares an incident: one alert for each event, and one for the page itself.
    PageIncident,
    /// The error budget of a provider's targets burns too fast.
    SloBurn,
    GatewayUnreachable,
    /// A gateway shows something else than what is wanted.
    GatewayDrifted,
    /// An override has run out and still holds.
    ExpiryHeld,
    /// Probes have spent today's budget.
    ProbesResting,
    /// What fallbacks cost more than the primaries, per hour, is over the limit.
    PremiumPerHour,
}

impl AlertRuleId {
    /// Every rule, in the order in which they are evaluated.
    pub const ALL: [Self; 10] = [
        Self::TheirTrouble,
        Self::OurTrouble,
        Self::OurNetwork,
        Self::PageIncident,
        Self::SloBurn,
        Self::GatewayUnreachable,
        Self::GatewayDrifted,
        Self::ExpiryHeld,
        Self::ProbesResting,
        Self::PremiumPerHour,
    ];

    /// The rule as it stands in configuration, keys and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TheirTrouble => "their_trouble",
            Self::OurTrouble => "our_trouble",
            Self::OurNetwork => "our_network",
            Self::PageIncident => "page_incident",
            Self::SloBurn => "slo_burn",
            Self::GatewayUnreachable => "gateway_unreachable",
            Self::GatewayDrifted => "gateway_drifted",
            Self::ExpiryHeld => "expiry_held",
            Self::ProbesResting => "probes_resting",
            Self::PremiumPerHour => "premium_per_hour",
        }
    }
}

/// Who has taken an alert on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Acknowledgement {
    pub by: String,
    pub at: UnixMs,
    pub note: String,
}

/// Until when nobody wants to hear of an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Snooze {
    pub by: String,
    pub at: UnixMs,
    pub until: UnixMs,
}

/// What was last told of an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Told {
    pub kind: NoticeKind,
    pub at: UnixMs,
    /// It is worth a notification of the desktop, as the configuration says.
    pub on_desktop: bool,
}

/// One alert.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct AlertView {
    pub key: String,
    pub rule: AlertRuleId,
    pub subject: Subject,
    /// The provider that it is about, where it is about one.
    pub provider: Option<ProviderId>,
    /// The event of a provider's page that it is about: the event's first incident.
    pub event: Option<IncidentId>,
    pub severity: Severity,
    pub state: AlertState,
    /// Since when the state is what it is.
    pub since: UnixMs,
    /// Since when it has been so; `None` unless it fires.
    pub open_since: Option<UnixMs>,
    /// "Anthropic: their outage, all models"
    pub title: String,
    pub text: String,
    /// What it consists of: models, gateways, what the page says.
    pub children: Vec<String>,
    /// The last reading; `None` where there was none.
    pub value: Option<f64>,
    /// There is something to judge it by. Where this is false, `normal` means that nothing is known
    /// yet, or not any more, and not that it is well.
    pub known: bool,
    /// From where on it is breached.
    pub threshold: f64,
    pub acknowledged: Option<Acknowledgement>,
    pub snoozed: Option<Snooze>,
    /// The maintenance window that withholds its notices now.
    pub silenced_by: Option<WindowId>,
    /// The alert that it is told as a part of.
    pub covered_by: Option<String>,
    /// The last notice; `None` where people know nothing of it.
    pub told: Option<Told>,
}

/// What has not reached one sink. Every sink has one of these, also when there is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Undelivered {
    pub sink: SinkId,
    /// "slack"
    pub kind: String,
    /// Messages that are tried again.
    pub queued: u32,
    /// Messages that were given up and wait for somebody.
    pub given_up: u32,
    pub next_try_at: Option<UnixMs>,
    pub last_problem: Option<String>,
    pub last_problem_at: Option<UnixMs>,
    pub last_delivered_at: Option<UnixMs>,
}

/// Request of `alert_list`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AlertList {
    /// Also those that are well.
    #[serde(default)]
    pub normal: bool,
}

/// Answer of `alert_list`: what needs somebody first.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct AlertListed {
    pub alerts: Vec<AlertView>,
}

/// Request of `alert_acknowledge`. It holds until the alert is resolved; only worse is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AlertAcknowledge {
    pub key: String,
    pub by: String,
    #[serde(default)]
    pub note: String,
}

/// Request of `alert_snooze`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct AlertSnooze {
    pub key: String,
    /// `None` ends a snooze now.
    #[serde(default)]
    pub until: Option<UnixMs>,
    pub by: String,
    #[serde(default)]
    pub note: String,
}

/// Request of `maintenance_put`: a new window, or another shape of a known one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MaintenancePut {
    /// `None` makes a new one.
    #[serde(default)]
    pub id: Option<WindowId>,
    /// The window as it was when it was taken up to be changed: where it is another by now, nothing is
    /// changed and the answer is `stale`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub expected: Option<MaintenanceWindow>,
    pub subject: Subject,
    pub from: UnixMs,
    pub until: UnixMs,
    pub reason: String,
    pub by: String,
}

/// Request of `maintenance_remove`. A window that has begun ends with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MaintenanceRemove {
    pub id: WindowId,
    pub by: String,
    #[serde(default)]
    pub reason: String,
}

/// Request of `maintenance_list`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct MaintenanceList {
    /// Also those that are over.
    #[serde(default)]
    pub past: bool,
}

/// Answer of `maintenance_list`: our own windows, the earliest first. Where there are too many for one
/// answer it holds the latest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct MaintenanceListed {
    pub windows: Vec<MaintenanceWindow>,
    /// There are earlier ones.
    pub more: bool,
}

/// Request of `outgoing_list`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OutgoingList {
    /// Only what has not reached its sink.
    #[serde(default)]
    pub undelivered: bool,
    #[serde(default)]
    pub sink: Option<SinkId>,
    /// How many at most: 1 to 500, 100 where left out.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Answer of `outgoing_list`, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct OutgoingListed {
    pub messages: Vec<OutgoingMessage>,
    pub more: bool,
}

/// Request of `outgoing_retry`: tries a message again, with all its attempts before it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OutgoingRetry {
    pub id: OutgoingId,
    #[serde(default)]
    pub by: Option<String>,
}

/// Request of `sink_test`: sends a message that says that nothing is the matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SinkTest {
    pub sink: SinkId,
    #[serde(default)]
    pub by: Option<String>,
}
