//! Pages that show only the newest entry of an incident: what was seen before is kept, so that a
//! history grows and a start does not move.

use changeover_domain::{Incident, UnixMs};

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
    let ends = [before.ended_at, now.ended_at];
    if let [Some(was), Some(is)] = ends {
        now.ended_at = Some(UnixMs::min(was, is));
    }
}
