//! Pages that show only the newest entry of an incident: what was seen before is kept, so that a
//! history grows and a start does not move.

use changeover_domain::{IncidentUpdate, UnixMs};

use crate::{Declared, WrittenTime};

/// Puts what was known before under what is shown now.
pub(super) fn earlier(before: &Declared, now: &mut Declared) {
    let shown = pairs(now);
    let known = pairs(before);
    let mut all = known.clone();
    for (update, written) in shown {
        // One that is only dated anew keeps the date at which it was first seen.
        if !known.iter().any(|(old, _)| old.native == update.native) {
            all.push((update, written));
        }
    }
    all.sort_by_key(|(update, _)| update.at);
    (now.incident.updates, now.written) = all.into_iter().unzip();
    if before.incident.started_at <= now.incident.started_at {
        now.incident.started_at = before.incident.started_at;
        now.start = before.start;
    }
    let ends = [before.incident.ended_at, now.incident.ended_at];
    if let [Some(was), Some(is)] = ends {
        now.incident.ended_at = Some(UnixMs::min(was, is));
    }
}

fn pairs(declared: &Declared) -> Vec<(IncidentUpdate, WrittenTime)> {
    let updates = declared.incident.updates.iter().cloned();
    updates.zip(declared.written.iter().cloned()).collect()
}
