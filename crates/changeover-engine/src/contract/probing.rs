//! Probes as a reader sees them: what they cost, who makes them, whether they prove anything, and
//! which credential each target uses.

use changeover_domain::{
    GatewayId, Nanodollars, ProbeKind, ProbeSample, ProviderId, TargetId, UnixMs,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The probes of one provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ProviderProbes {
    /// Whether any are made.
    pub enabled: bool,
    /// The zone in which a budget's day turns, as it is configured: `UTC`, `Asia/Tokyo`.
    pub day_zone: String,
    /// Of the configured zone's day, by all consoles that share the account, as far as known here.
    pub spent_today: Nanodollars,
    pub daily_budget: Nanodollars,
    /// What a day costs at the configured intervals, without regard to the budget.
    pub forecast_per_day: Nanodollars,
    /// At least one target has no price and is reckoned as dearer than any common one.
    pub unpriced: bool,
    /// So many times as far apart as configured, so that the budget lasts for the day; 1 where it
    /// does anyway.
    pub stretch: u32,
    /// The day's money is used up; there are no probes until then.
    pub rest_until: Option<UnixMs>,
    /// Another console that shares the account and probes for both; `None` where this one does.
    pub probed_by: Option<String>,
    /// The gateway at which consoles take turns; `None` where none can be asked.
    pub turn_kept_at: Option<GatewayId>,
    /// Targets that say yes to a call that cannot be: their good probes prove nothing.
    pub vacuous: Vec<TargetId>,
    /// Targets whose last probe was refused as a request that cannot be.
    pub invalid: Vec<TargetId>,
}

/// Our own network, by evidence that has nothing to do with any provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct WitnessView {
    pub state: OwnNetworkState,
    /// The judgement in words.
    pub sentence: String,
    /// Whether there is a way out of this machine, where the system tells.
    pub route: Option<bool>,
    pub names_tried: u32,
    pub names_answered: u32,
    pub tls_tried: u32,
    pub tls_answered: u32,
    /// Since when it has been so.
    pub since: Option<UnixMs>,
    pub read_at: Option<UnixMs>,
}

/// What is judged of our own network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OwnNetworkState {
    Present,
    Gone,
    NamesGone,
    TlsGone,
    Unknown,
}

/// Request of `probe_forecast`: what is left out is as configured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ProbeForecastAsked {
    #[serde(default)]
    pub provider: Option<ProviderId>,
    /// Between two probes of a calm target, 5 to 3600.
    #[serde(default)]
    pub interval_s: Option<u32>,
}

/// Answer of `probe_forecast`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ProbeForecast {
    pub providers: Vec<ProviderForecast>,
}

/// What a provider's probes would cost, enabled or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct ProviderForecast {
    pub provider: ProviderId,
    pub enabled: bool,
    pub daily_budget: Nanodollars,
    /// A calm day, without regard to the budget.
    pub per_day: Nanodollars,
    /// A day on which every target is looked at closely from midnight to midnight, without regard to
    /// the budget, which stops it before.
    pub at_most_per_day: Nanodollars,
    /// A calm day fits the budget.
    pub fits: bool,
    /// How far apart the probes are made so that a calm day fits; the configured times where it does.
    pub stretch: u32,
    pub targets: Vec<TargetForecast>,
}

/// One kind of probe of one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct TargetForecast {
    pub target: TargetId,
    pub kind: ProbeKind,
    pub interval_ms: i64,
    pub probes_per_day: u32,
    /// The mean of the last hour where there were any, else the most that one can cost.
    pub per_probe: Nanodollars,
    pub measured: bool,
    /// `false`: there is no price, and a dear one was assumed.
    pub priced: bool,
    pub per_day: Nanodollars,
    /// Between two probes of a calm target as they are made, moved apart so that the budget lasts.
    pub distance_ms: i64,
    /// So long after trouble begins that shows at once it is proved by these probes alone, at the
    /// latest; over a minute, a verdict within one takes callers' traffic. `None` for probes that ask
    /// no model.
    pub verdict_within_ms: Option<i64>,
}

/// Request of `probe_list`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ProbeList {
    pub target: TargetId,
    /// 1 to 500; 50 where it is left out.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Answer of `probe_list`.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ProbeListed {
    /// Newest first, of the last hour.
    pub samples: Vec<ProbeSample>,
    /// What was not probed in the last hour.
    pub skipped: SkippedProbes,
}

/// Slots of one target in which nothing was probed, by reason: gaps that are ours and not the target's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, TS)]
pub struct SkippedProbes {
    /// The day's money was used up.
    pub no_money: u32,
    /// Too many probes of the target were under way.
    pub no_room: u32,
    /// This machine slept, stood still or was too late.
    pub slept: u32,
    /// Another console probed on the same account; its samples are listed.
    pub elsewhere: u32,
    /// This machine stood still while they were under way, so that they prove nothing.
    pub cut_short: u32,
}

impl From<changeover_probe::Skipped> for SkippedProbes {
    fn from(skipped: changeover_probe::Skipped) -> Self {
        let changeover_probe::Skipped { no_money, no_room, slept, elsewhere, cut_short } = skipped;
        Self { no_money, no_room, slept, elsewhere, cut_short }
    }
}

/// Request of `credentials_check`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CredentialsCheck {
    /// All providers where it is left out.
    #[serde(default)]
    pub provider: Option<ProviderId>,
}

/// Answer of `credentials_check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct CredentialsChecked {
    pub credentials: Vec<CredentialReport>,
}

/// The credential that one provider's targets use, and what is odd about it. Never the secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct CredentialReport {
    pub provider: ProviderId,
    pub targets: Vec<TargetId>,
    /// Where it comes from: `env:NAME`, `keychain:NAME`; `None` where the provider needs none.
    pub source: Option<String>,
    /// Eight hexadecimal digits that two equal credentials share and that tell nothing of them.
    pub fingerprint: Option<String>,
    /// The account that the vendor's answers name.
    pub answered_as: Vec<AccountName>,
    pub expires_at: Option<UnixMs>,
    pub findings: Vec<CredentialFinding>,
}

/// A name under which the vendor books a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct AccountName {
    /// "organization", "project", "workspace".
    pub what: String,
    pub name: String,
}

/// One thing that is odd, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct CredentialFinding {
    pub severity: FindingSeverity,
    pub sentence: String,
    /// The next step.
    pub hint: String,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FindingSeverity {
    /// Worth knowing.
    Note,
    /// It may not be what you think.
    Warning,
    /// It does not work.
    Problem,
}
