//! Every rule's reading of every subject, from one snapshot.
//!
//! Only what the board shows is evaluated, so an alert can always be looked at.

mod gateway;
mod provider;

use std::collections::BTreeMap;

use changeover_domain::{ProviderId, Severity, Subject, TargetId};
use changeover_policy::alert::Reading;
use changeover_policy::verdict::Burning;

use super::record::Words;
use super::rules::Rules;
use crate::contract::{AlertRuleId, Snapshot};

/// Targets whose error budget burns too fast.
pub(crate) type BurningTargets = BTreeMap<TargetId, Burning>;

/// One rule's reading of one subject.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Evaluation {
    pub(crate) rule: AlertRuleId,
    pub(crate) subject: Subject,
    pub(crate) provider: Option<ProviderId>,
    pub(crate) reading: Reading,
    pub(crate) severity: Severity,
    /// What is the matter; `None` where all is well.
    pub(crate) words: Option<Words>,
    /// What it consists of: a maintenance window on each of these silences the whole.
    pub(crate) concerns: Vec<Subject>,
}

/// Evaluates every rule that is in force.
pub(crate) fn evaluate(
    snapshot: &Snapshot,
    burning: &BurningTargets,
    rules: &Rules,
) -> Vec<Evaluation> {
    let mut out = Vec::new();
    for provider in &snapshot.providers {
        out.push(provider::their_trouble(snapshot, provider));
        out.push(provider::our_trouble(snapshot, provider));
        out.extend(provider::page_incident(snapshot, provider, rules.page_impact));
        out.push(provider::slo_burn(snapshot, provider, burning));
        out.push(provider::probes_resting(provider));
    }
    out.push(provider::our_network(snapshot));
    for gateway in &snapshot.gateways {
        out.push(gateway::unreachable(snapshot, gateway));
        out.push(gateway::drifted(snapshot, gateway));
    }
    out.extend(snapshot.routes.iter().map(|route| gateway::expiry_held(snapshot, route)));
    out.push(gateway::premium(snapshot));
    out.retain(|evaluation| rules.get(evaluation.rule).is_some());
    out
}

/// How many, as a reading.
fn counted(count: usize) -> Reading {
    Reading::Value(u32::try_from(count).map_or(f64::INFINITY, f64::from))
}
