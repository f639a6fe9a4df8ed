//! The rules and their usual settings. The configuration changes single ones.

use std::collections::BTreeMap;
use std::time::Duration;

use changeover_domain::{Impact, Severity};
use changeover_policy::alert::AlertRule;

use crate::contract::AlertRuleId;

/// Dollars per hour from which on a premium is worth an alert.
const USUAL_PREMIUM: f64 = 100.0;

/// One rule in force.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rule {
    pub(crate) machine: AlertRule,
    /// Instead of what the evaluation says.
    pub(crate) severity: Option<Severity>,
}

/// All rules that are in force.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rules {
    pub(crate) rules: BTreeMap<AlertRuleId, Rule>,
    /// Incidents of pages count from this impact on; one of unknown impact always counts.
    pub(crate) page_impact: Impact,
    /// What the desktop is told: from this on.
    pub(crate) desktop_at_least: Severity,
}

impl Default for Rules {
    fn default() -> Self {
        let usual = |id: AlertRuleId| (id, Rule { machine: usual(id), severity: None });
        Self {
            rules: AlertRuleId::ALL.into_iter().map(usual).collect(),
            page_impact: Impact::Minor,
            desktop_at_least: Severity::Warning,
        }
    }
}

impl Rules {
    pub(crate) fn get(&self, id: AlertRuleId) -> Option<&Rule> {
        self.rules.get(&id)
    }
}

/// Seconds and minutes as a table reads best.
struct Times {
    pending_s: u64,
    keep_s: u64,
    remind_min: u64,
}

/// How a rule is timed where nothing else is configured. Verdicts have a hysteresis of their own, so
/// little is added to it; a gateway that restarts and a page that is corrected are no news.
fn usual(id: AlertRuleId) -> AlertRule {
    let (pending_s, keep_s, remind_min) = match id {
        AlertRuleId::TheirTrouble | AlertRuleId::OurTrouble => (10, 60, 60),
        AlertRuleId::OurNetwork => (15, 30, 0),
        AlertRuleId::PageIncident => (0, 120, 240),
        AlertRuleId::SloBurn => (60, 300, 60),
        AlertRuleId::GatewayUnreachable => (20, 20, 60),
        AlertRuleId::GatewayDrifted => (10, 10, 60),
        AlertRuleId::ExpiryHeld => (0, 10, 30),
        AlertRuleId::ProbesResting => (0, 60, 0),
        AlertRuleId::PremiumPerHour => (60, 300, 60),
    };
    let limit = if id == AlertRuleId::PremiumPerHour { USUAL_PREMIUM } else { 1.0 };
    machine(id, limit, &Times { pending_s, keep_s, remind_min })
}

fn machine(id: AlertRuleId, limit: f64, times: &Times) -> AlertRule {
    AlertRule {
        id: id.as_str().to_owned(),
        at_least: limit,
        pending_for: Duration::from_secs(times.pending_s),
        keep_firing_for: Duration::from_secs(times.keep_s),
        silent_for: Duration::from_secs(15 * 60),
        remind_every: (times.remind_min > 0).then(|| Duration::from_secs(times.remind_min * 60)),
    }
}
