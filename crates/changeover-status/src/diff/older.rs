//! Older copies of a page: caches and second servers give out what the page said a while ago.
//!
//! What gives one away is that the newest entries are gone. An incident that has lost them is not
//! where it was before: it stays as it is believed, for as long as caches may hold on to a copy. A
//! look that has lost entries and gained none is an older copy as a whole; nothing of it is news, and
//! nothing that it does not list is gone. Entries that stay away for longer were taken back. That may
//! move an incident back a step, but opens none that was over: for that it takes a new entry.

use changeover_domain::{Incident, UnixMs};

use super::{Known, Tracked};
use crate::Reading;

/// How long an older copy is waited out. Pages are cached for less than a minute.
const WAITED_MS: i64 = 10 * 60_000;

/// What is known after a look that is an older copy as a whole; `None` when it is not.
pub(super) fn of_an_older_copy(previous: &Known, next: &Reading, at: UnixMs) -> Option<Known> {
    let listed_before = previous.incidents.values().map(|tracked| &*tracked.listed);
    if newest_entry(next.incidents.iter().map(AsRef::as_ref)) >= newest_entry(listed_before) {
        return None;
    }
    let mut known = previous.clone();
    let mut is_older = false;
    for listed in &next.incidents {
        let Some(tracked) = known.incidents.get_mut(&listed.id) else { continue };
        if has_lost_entries(&tracked.listed, listed) {
            is_older |= is_waited_for(tracked, at);
            tracked.behind_since.get_or_insert(at);
        }
    }
    is_older.then_some(known)
}

/// One that is listed without its newest entries stays as it is believed: for a while, and for good
/// where it was over. `None` when it is to be believed as it is listed.
pub(super) fn held(known: &Tracked, listed: &Incident, at: UnixMs) -> Option<Tracked> {
    let would_open = !known.declared.is_open() && listed.is_open();
    let is_behind = !known.is_rumour && has_lost_entries(&known.listed, listed);
    let is_held = is_behind && (would_open || is_waited_for(known, at));
    is_held.then(|| Tracked {
        missed: 0,
        missed_since: known.missed_since.filter(|_| !known.declared.is_open()),
        behind_since: Some(known.behind_since.unwrap_or(at)),
        ..known.clone()
    })
}

fn is_waited_for(tracked: &Tracked, at: UnixMs) -> bool {
    tracked.behind_since.is_none_or(|since| at.millis_since(since) < WAITED_MS)
}

fn newest_entry<'a>(incidents: impl Iterator<Item = &'a Incident>) -> Option<UnixMs> {
    incidents.filter_map(|one| one.updates.last()).map(|update| update.at).max()
}

/// Whether entries that were listed, newer than all that are listed now, are gone. A poor document that
/// lists no entries at all has lost none.
fn has_lost_entries(before: &Incident, now: &Incident) -> bool {
    let Some(newest) = now.updates.last() else { return false };
    let has_native = |native: &str| now.updates.iter().any(|update| update.native == native);
    // Without a common id it is the page's other document, which may know no seconds.
    let is_same_document = before.updates.iter().any(|old| has_native(&old.native));
    let exact = |at: UnixMs| if is_same_document { at } else { at.floor_to_minute() };
    before.updates.iter().any(|old| {
        let is_newer = exact(old.at) > exact(newest.at);
        is_newer && !now.updates.iter().any(|own| own.native == old.native || own.is_same(old))
    })
}
