//! What lies between two looks at one incident or one piece of planned work.

use changeover_domain::{Incident, IncidentState, IncidentUpdate, Maintenance, MaintenanceState};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Transition;

/// A step of planned work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MaintenanceStep {
    Announced,
    /// Another window, other words, or taken back to a plan.
    Changed,
    Began,
    Ended,
}

/// The one thing to tell, if there is any.
pub(super) fn between(before: Option<&Incident>, now: &Incident) -> Option<Transition> {
    match &now.maintenance {
        Some(maintenance) => {
            let step = maintenance_step(before, now, *maintenance)?;
            Some(Transition::Maintenance { incident: now.clone(), step })
        }
        None => incident_step(before, now),
    }
}

fn incident_step(before: Option<&Incident>, now: &Incident) -> Option<Transition> {
    let incident = now.clone();
    let Some(before) = before else {
        // Born resolved, or filled in from another platform: history, not news.
        return now.is_open().then_some(Transition::Opened { incident });
    };
    let updates = news(before, now);
    if before.state != now.state {
        if now.state == IncidentState::LeftPage {
            return Some(Transition::LeftPage { incident });
        }
        return Some(if now.is_open() {
            let from = before.state;
            Transition::StateChanged { incident, from, updates }
        } else {
            Transition::Resolved { incident, updates, by_absence: false }
        });
    }
    let is_reworded = before.title != now.title || before.impact != now.impact;
    (is_reworded || !updates.is_empty()).then_some(Transition::Updated { incident, updates })
}

fn maintenance_step(
    before: Option<&Incident>,
    now: &Incident,
    maintenance: Maintenance,
) -> Option<MaintenanceStep> {
    let is_under_way =
        |state| matches!(state, MaintenanceState::InProgress | MaintenanceState::Verifying);
    let was = before.and_then(|before| before.maintenance);
    let Some((before, was)) = before.zip(was) else {
        return match maintenance.state {
            MaintenanceState::Scheduled => Some(MaintenanceStep::Announced),
            MaintenanceState::Completed => None,
            MaintenanceState::InProgress | MaintenanceState::Verifying => {
                Some(MaintenanceStep::Began)
            }
        };
    };
    if was.state != maintenance.state {
        if maintenance.state == MaintenanceState::Completed {
            return Some(MaintenanceStep::Ended);
        }
        if is_under_way(maintenance.state) && !is_under_way(was.state) {
            return Some(MaintenanceStep::Began);
        }
        return Some(MaintenanceStep::Changed);
    }
    let is_moved = was != maintenance || before.title != now.title;
    let has_news = !news(before, now).is_empty();
    (is_moved || has_news).then_some(MaintenanceStep::Changed)
}

/// Whether `now` has an entry that `before` did not have in these words.
pub(super) fn has_news(before: &Incident, now: &Incident) -> bool {
    !news(before, now).is_empty()
}

/// The entries of `now` that `before` did not have in these words.
fn news(before: &Incident, now: &Incident) -> Vec<IncidentUpdate> {
    // One id with another label is news; the same words from the page's other document are not.
    let is_known = |update: &&IncidentUpdate| {
        let is_it = |old: &&IncidentUpdate| old.native == update.native || old.is_same(update);
        let known = before.updates.iter().find(is_it);
        known.is_some_and(|old| old.is_same(update) && states_agree(old, update))
    };
    now.updates.iter().filter(|update| !is_known(update)).cloned().collect()
}

/// A feed may leave a state to be understood that the page's JSON spells out.
fn states_agree(old: &IncidentUpdate, now: &IncidentUpdate) -> bool {
    old.state == now.state || (old.native != now.native && old.state.zip(now.state).is_none())
}
