//! The first good look. What the page shows then was there before us and is no news; but what was
//! told before a restart is followed to its end.

use std::sync::Arc;

use changeover_domain::{Incident, UnixMs};

use crate::{Known, Reading, Transition, diff};

/// What is known after the first look, and what became of that which was open before a restart.
pub(super) fn seeded(
    open_before: Vec<Incident>,
    reading: &Reading,
    at: UnixMs,
) -> (Known, Vec<Transition>) {
    if open_before.is_empty() {
        return (Known::seeded(reading), Vec::new());
    }
    let before = Known::resumed(open_before);
    let (familiar, new): (Vec<Arc<Incident>>, Vec<Arc<Incident>>) =
        reading.incidents.iter().cloned().partition(|one| before.contains(&one.id));
    let familiar = Reading { incidents: familiar, ..reading.clone() };
    let new = Reading { incidents: new, ..reading.clone() };
    let mut after = diff(&before, &familiar, at);
    after.known.join(Known::seeded(&new));
    (after.known, after.transitions)
}
