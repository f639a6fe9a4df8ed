//! Incidents for the board: each event once, with its children and with who knew first.

use changeover_domain::{
    Incident, IncidentState, MaintenanceState, ProviderId, UnixMs, Verdict, VerdictKind,
};
use changeover_policy::lag::{self, Trouble};

use crate::contract::{IncidentView, LagView};
use crate::setup::Setup;
use crate::state::{PastVerdict, State};

/// How far ahead planned work is shown.
const AHEAD_MS: i64 = 14 * 24 * 3_600_000;
/// How long planned work stays that its page forgot to complete.
const FORGOTTEN_MS: i64 = 24 * 3_600_000;

/// What is going on, or was within the window.
pub(super) fn views(state: &State) -> Vec<IncidentView> {
    let mut incidents = state.observed.declared();
    incidents.retain(|incident| !incident.is_maintenance());
    let view = |incident: &Incident| {
        let ours_at = state.observed.lead(&incident.id);
        view(incident, ours_at, incidents.iter())
    };
    incidents.iter().map(view).collect()
}

/// Planned work that is under way, or will be within two weeks, by its start.
pub(super) fn planned(state: &State, now: UnixMs) -> Vec<Incident> {
    let is_shown = |incident: &Incident| {
        // What left its page without a word is planned no longer, as far as anybody knows.
        let has_left = incident.state == IncidentState::LeftPage;
        let planned = incident.maintenance.filter(|_| !has_left);
        planned.is_some_and(|planned| match planned.state {
            MaintenanceState::Completed => false,
            MaintenanceState::InProgress | MaintenanceState::Verifying => true,
            MaintenanceState::Scheduled => {
                let until = planned.ends_at.unwrap_or(planned.starts_at);
                let shown = now.plus_millis(-FORGOTTEN_MS)..=now.plus_millis(AHEAD_MS);
                until >= *shown.start() && planned.starts_at <= *shown.end()
            }
        })
    };
    let mut planned = state.observed.declared();
    planned.retain(is_shown);
    planned.sort_by(|a, b| (a.started_at, &a.id).cmp(&(b.started_at, &b.id)));
    planned
}

/// One incident among those that may belong to its event.
pub(crate) fn view<'a>(
    incident: &Incident,
    ours_at: Option<UnixMs>,
    others: impl Iterator<Item = &'a Incident>,
) -> IncidentView {
    let belongs =
        |other: &&Incident| other.id != incident.id && other.event.as_ref() == Some(&incident.id);
    IncidentView {
        lag: (!incident.is_maintenance()).then(|| lag_view(incident, ours_at)),
        children: others.filter(belongs).map(|other| other.id.clone()).collect(),
        incident: incident.clone(),
    }
}

fn lag_view(incident: &Incident, ours_at: Option<UnixMs>) -> LagView {
    let page_said_at = lag::page_said_at(incident);
    LagView {
        ours_at,
        page_said_at,
        page_read_at: incident.first_read_at,
        ahead_ms: lag::ahead_ms(ours_at, page_said_at, incident.first_read_at),
        sentence: lag::sentence(ours_at, page_said_at, incident.first_read_at),
    }
}

/// The stretches of a provider's trouble that are in memory.
pub(crate) fn troubles(setup: &Setup, state: &State, provider: &ProviderId) -> Vec<Trouble> {
    let is_own = |verdict: &Verdict| {
        setup.target(&verdict.target).is_some_and(|target| target.provider == *provider)
    };
    let past =
        state.past_verdicts.iter().map(|PastVerdict { verdict, until }| (verdict, Some(*until)));
    let now = state.verdicts.values().map(|verdict| (verdict, None));
    let own = past.chain(now).filter(|(verdict, _)| is_own(verdict));
    own.filter_map(|(verdict, until)| trouble(verdict, until)).collect()
}

/// The stretch of a verdict that blames the provider.
pub(crate) fn trouble(verdict: &Verdict, until: Option<UnixMs>) -> Option<Trouble> {
    let is_theirs =
        matches!(verdict.kind, VerdictKind::TheirOutage | VerdictKind::TheirDegradation);
    is_theirs.then(|| Trouble { target: verdict.target.clone(), from: verdict.since, until })
}
