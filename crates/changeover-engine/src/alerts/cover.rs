//! Which alert tells of another one as a part of its own. Pure.
//!
//! The rule it keeps: what people were told as a part of something else is not told again by itself,
//! and what something else does not explain is.

use changeover_domain::{AlertState, Subject};

use super::Alerts;
use super::raise::key;
use super::record::{AlertRecord, Cover};
use crate::contract::AlertRuleId;

/// Whether an alert can cover others now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Well,
    /// It may fire in a moment: others wait for it.
    Pending,
    Open,
}

/// Where each alert stands, by its key.
pub(super) struct Standings(Vec<(String, Standing)>);

impl Standings {
    pub(super) fn of(records: &Alerts) -> Self {
        Self(records.iter().map(|(key, record)| (key.clone(), standing(record))).collect())
    }

    fn get(&self, key: &str) -> Standing {
        let found = self.0.iter().find(|(other, _)| other == key);
        found.map_or(Standing::Well, |(_, standing)| *standing)
    }
}

fn standing(record: &AlertRecord) -> Standing {
    match (record.matter.alert.open_since(), record.matter.alert.state()) {
        (Some(_), _) => Standing::Open,
        (None, AlertState::Pending) => Standing::Pending,
        (None, _) => Standing::Well,
    }
}

/// Says of an alert which other one tells it.
pub(super) fn cover(record: &mut AlertRecord, standings: &Standings) {
    let coverers = coverers(record);
    let by = coverers.iter().find_map(|key| match standings.get(key) {
        Standing::Well => None,
        standing => Some((key.clone(), standing == Standing::Open)),
    });
    let before = record.matter.covered.take();
    record.matter.covered = match by {
        Some((by, is_open)) => {
            let was_open = before.as_ref().is_some_and(|before| before.by == by && before.was_open);
            Some(Cover { was_open: is_open || was_open, by })
        }
        None => {
            let is_over = record.matter.alert.state() == AlertState::Normal;
            let was_told = record.matter.telling.is_known();
            let still = |before: &Cover| {
                before.was_open && !is_over && !was_told && coverers.contains(&before.by)
            };
            before.filter(still)
        }
    };
}

/// The alerts that tell of this one as a part of theirs, the wider first.
fn coverers(record: &AlertRecord) -> Vec<String> {
    use AlertRuleId::{
        ExpiryHeld, GatewayDrifted, GatewayUnreachable, OurNetwork, OurTrouble, PageIncident,
        PremiumPerHour, ProbesResting, SloBurn, TheirTrouble,
    };
    let subject = &record.matter.subject;
    let mine = match record.matter.rule {
        TheirTrouble | OurTrouble | GatewayUnreachable => Vec::new(),
        PageIncident => vec![key(TheirTrouble, subject)],
        SloBurn => vec![key(TheirTrouble, subject), key(OurTrouble, subject)],
        GatewayDrifted => return vec![key(GatewayUnreachable, subject)],
        OurNetwork | ExpiryHeld | ProbesResting | PremiumPerHour => return Vec::new(),
    };
    let network = record.may_be_network.then(|| key(OurNetwork, &Subject::Everything));
    network.into_iter().chain(mine).collect()
}
