//! What a look does not tell and an earlier one did. Pages that show only the newest entry of an
//! incident get their history from before; a poorer document of the same page takes nothing away.

use changeover_domain::{Impact, Incident, IncidentState, Maintenance, MaintenanceState, UnixMs};

/// Keeps the facts that are not told this time: a feed knows no weight and often no components.
pub(super) fn facts(before: &Incident, now: &mut Incident) {
    if now.severity.is_none() && before.severity.is_some() {
        now.severity.clone_from(&before.severity);
        now.impact = before.impact;
    }
    if now.impact == Impact::Unknown {
        now.impact = before.impact;
    }
    if now.components.is_empty() {
        now.components.clone_from(&before.components);
    }
    if now.targets.is_empty() {
        now.targets.clone_from(&before.targets);
    }
    if now.url.is_none() {
        now.url.clone_from(&before.url);
    }
    plan(before, now);
    // The better known start, and of two as good the new one.
    if before.start < now.start {
        now.start = before.start;
        now.started_at = before.started_at;
    }
}

/// A window that was told stays when a feed gives less of it; what was planned work stays planned.
fn plan(before: &Incident, now: &mut Incident) {
    let Some(told) = before.maintenance else { return };
    let Some(planned) = &mut now.maintenance else {
        let state = if now.is_open() { told.state } else { MaintenanceState::Completed };
        now.maintenance = Some(Maintenance { state, ..told });
        now.impact = Impact::Maintenance;
        return;
    };
    planned.ends_at = planned.ends_at.or(told.ends_at);
    // What has begun begins no other time, whatever an entry without a window is dated.
    if planned.state != MaintenanceState::Scheduled {
        planned.starts_at = told.starts_at;
        now.started_at = before.started_at;
    }
}

/// Puts what was known before under what is shown now.
pub(super) fn earlier(before: &Incident, now: &mut Incident) {
    let shown = std::mem::replace(&mut now.updates, before.updates.clone());
    // One that is only dated anew keeps the date at which it was first seen.
    let is_new = |update: &changeover_domain::IncidentUpdate| {
        !before.updates.iter().any(|old| old.native == update.native || old.is_same(update))
    };
    now.updates.extend(shown.into_iter().filter(is_new));
    now.updates.sort_by_key(|update| update.at);
    if before.started_at <= now.started_at {
        now.started_at = before.started_at;
        now.start = before.start;
    }
    // Where it left its page it had no end.
    let told_end = before.ended_at.filter(|_| before.state == IncidentState::Resolved);
    if let [Some(was), Some(is)] = [told_end, now.ended_at] {
        now.ended_at = Some(UnixMs::min(was, is));
    }
}
