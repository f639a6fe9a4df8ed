//! What is believed while the feed of a page stands in for its preferred document.
//!
//! No feed tells of components, so what the document said of those is not true for ever. And feeds
//! forget to close things: what a feed alone calls open and what began before the document was last
//! read, without being in it, is nothing that is going on.

use changeover_domain::{ComponentState, UnixMs};

use super::FAILURES_TO_UNREADABLE;
use crate::reading::page_from_incidents;
use crate::{Known, Reading};

/// What is still believed of what the document said, which has failed so often in a row since.
pub(super) fn still_believed(mut main: Reading, failures: u32) -> Reading {
    if failures >= FAILURES_TO_UNREADABLE {
        main.page = ComponentState::Unknown;
        for component in &mut main.components {
            component.state = ComponentState::Unknown;
        }
    }
    main
}

/// The feed without what it forgot to close. `main` was read at `read_at`; what is `known` to be open
/// was told of and is followed to its end.
pub(super) fn without_forgotten(
    mut feed: Reading,
    main: Option<&Reading>,
    read_at: UnixMs,
    known: Option<&Known>,
) -> Reading {
    let listed = feed.incidents.len();
    feed.incidents.retain(|one| {
        let is_listed = main.is_some_and(|main| main.incidents.iter().any(|own| own.id == one.id));
        let is_followed = known.is_some_and(|known| known.is_open(&one.id));
        !one.is_open() || one.started_at > read_at || is_listed || is_followed
    });
    // A feed without components is judged by what it calls open.
    if feed.incidents.len() < listed && feed.components.is_empty() {
        let concerning = feed.incidents.iter().map(AsRef::as_ref);
        feed.page = page_from_incidents(concerning.filter(|one| one.concerns_api()));
    }
    feed.finish()
}
