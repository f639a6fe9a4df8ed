//! How well a page can be read, as it is shown.

use changeover_domain::{ComponentState, PageComponent, SourceState};

use super::{FAILURES_TO_UNREADABLE, StatusPoller};

impl StatusPoller {
    /// How well the page can be read, and what it says. What it said is believed through two failures;
    /// after a third it is unknown, whosever failures they are.
    #[must_use]
    pub fn state(&self) -> SourceState {
        let unreadable = self.failures >= FAILURES_TO_UNREADABLE;
        let unheard = self.failures.saturating_add(self.excused);
        let is_believed = unheard < FAILURES_TO_UNREADABLE;
        let believed = self.shown.as_ref().filter(|_| is_believed);
        let unknown =
            |one: &PageComponent| PageComponent { state: ComponentState::Unknown, ..one.clone() };
        let components = self.shown.iter().flat_map(|shown| &shown.components);
        SourceState {
            id: self.source.id.clone(),
            provider: self.source.provider.clone(),
            url: self.source.url.clone(),
            page: believed.map_or(ComponentState::Unknown, |shown| shown.page),
            last_good_at: self.last_good_at,
            last_tried_at: self.last_tried_at,
            failures: self.failures,
            unreadable,
            network_down: self.network_down,
            problem: self.problem.clone(),
            platform: self.source.platform.to_string(),
            interval_ms: u32::try_from(self.pace.as_millis()).ok(),
            components: if is_believed {
                components.cloned().collect()
            } else {
                components.map(unknown).collect()
            },
        }
    }
}
