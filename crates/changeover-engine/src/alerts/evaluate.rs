//! Every rule's reading of every subject, from one snapshot.
//!
//! Only what the board shows is evaluated, so an alert can always be looked at. The state adds what is
//! remembered: which events are open, and what stood there before anybody looked.

mod gateway;
mod page;
mod provider;

use std::collections::BTreeMap;

use changeover_domain::{IncidentId, ProviderId, Severity, Subject, TargetId, UnixMs};
use changeover_policy::alert::Reading;
use changeover_policy::verdict::{BurnWindows, Burning};

use super::record::{Step, Words};
use super::rules::Rules;
use crate::contract::{AlertRuleId, ProviderView, Snapshot};
use crate::setup::Setup;
use crate::state::State;

/// Targets whose error budget burns too fast.
pub(crate) type BurningTargets = BTreeMap<TargetId, Burnt>;

/// How fast a target's error budget burns, and over how long that was really seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Burnt {
    pub(crate) burning: Burning,
    /// "last hour"
    pub(crate) seen_over: &'static str,
}

impl Burnt {
    /// How a target's budget burns, if it does. A long window of which only the end was watched, as
    /// it is after a start, is called by that end.
    pub(crate) fn of(windows: &BurnWindows, success_share: f64) -> Option<Self> {
        let burning = windows.burning(success_share)?;
        let all = if burning.long == "1 h" { windows.hour } else { windows.six_hours };
        let ends = [
            ("last 5 min", windows.five_minutes),
            ("last 30 min", windows.half_hour),
            ("last hour", windows.hour),
        ];
        let end = ends.into_iter().find(|(_, counts)| counts.attempts == all.attempts);
        Some(Self { burning, seen_over: end.map_or("last 6 h", |(name, _)| name) })
    }
}

/// What is evaluated.
#[derive(Clone, Copy)]
pub(crate) struct Inputs<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) state: &'a State,
    pub(crate) setup: &'a Setup,
    pub(crate) burning: &'a BurningTargets,
    pub(crate) now: UnixMs,
}

impl<'a> Inputs<'a> {
    fn rules(&self) -> &'a Rules {
        &self.setup.alerts
    }
}

/// One rule's reading of one subject.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Evaluation {
    pub(crate) rule: AlertRuleId,
    pub(crate) subject: Subject,
    pub(crate) provider: Option<ProviderId>,
    /// The event of the provider's page.
    pub(crate) event: Option<IncidentId>,
    pub(crate) reading: Reading,
    pub(crate) severity: Severity,
    /// What is the matter; `None` where all is well.
    pub(crate) words: Option<Words>,
    /// What it consists of: a maintenance window on each of these silences the whole.
    pub(crate) concerns: Vec<Subject>,
    /// How far it has got; `None` where there are no steps, or nobody can see them.
    pub(crate) step: Option<Step>,
    /// It was so before anybody looked.
    pub(crate) is_old: bool,
    /// The targets that are in trouble, and those of which nothing can be seen.
    pub(crate) troubled: Vec<TargetId>,
    pub(crate) unseen: Vec<TargetId>,
    /// All that is the matter with it may be that our own network is gone.
    pub(crate) may_be_network: bool,
}

impl Evaluation {
    /// That all is well.
    fn new(rule: AlertRuleId, subject: Subject) -> Self {
        Self {
            rule,
            subject,
            provider: None,
            event: None,
            reading: Reading::Value(0.0),
            severity: Severity::Warning,
            words: None,
            concerns: Vec::new(),
            step: None,
            is_old: false,
            troubled: Vec::new(),
            unseen: Vec::new(),
            may_be_network: false,
        }
    }

    /// That all is well with a provider.
    fn of(rule: AlertRuleId, provider: &ProviderView) -> Self {
        let subject = Subject::Provider(provider.id.clone());
        Self { provider: Some(provider.id.clone()), ..Self::new(rule, subject) }
    }
}

/// Evaluates every rule that is in force.
pub(crate) fn evaluate(inputs: &Inputs<'_>) -> Vec<Evaluation> {
    let snapshot = inputs.snapshot;
    let mut out = Vec::new();
    for provider in &snapshot.providers {
        out.push(provider::their_trouble(inputs, provider));
        out.push(provider::our_trouble(snapshot, provider));
        out.extend(page::page_incidents(inputs, provider));
        out.push(provider::slo_burn(snapshot, provider, inputs.burning));
        out.push(provider::probes_resting(provider));
    }
    out.push(provider::our_network(snapshot));
    for gateway in &snapshot.gateways {
        out.push(gateway::unreachable(snapshot, gateway));
        out.push(gateway::drifted(snapshot, gateway));
    }
    out.extend(snapshot.routes.iter().map(|route| gateway::expiry_held(snapshot, route)));
    out.push(gateway::premium(inputs));
    out.retain(|evaluation| inputs.rules().get(evaluation.rule).is_some());
    out
}

/// How many, as a reading.
fn counted(count: usize) -> Reading {
    Reading::Value(u32::try_from(count).map_or(f64::INFINITY, f64::from))
}
