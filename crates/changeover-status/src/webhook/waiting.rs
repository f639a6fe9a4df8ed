//! Hints between the receiver and who reads the pages: of each page the newest, and how many came.
//!
//! A queue that is full would drop a hint of one page because of another page's many, and a signed one
//! is told only once. Here each page has its own place, so nothing is dropped and nothing grows.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use changeover_domain::{PageHint, SourceId};
use tokio::sync::Notify;

/// What waits for one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingHint {
    /// The newest of its hints.
    pub hint: PageHint,
    /// How many came since it was last taken.
    pub count: u64,
}

/// Hints that nobody has taken yet. Clones share them; one is to take them.
#[derive(Debug, Clone, Default)]
pub struct WaitingHints(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    pages: Mutex<BTreeMap<SourceId, WaitingHint>>,
    came: Notify,
}

impl WaitingHints {
    /// Lets a hint wait, together with what waits for its page.
    pub fn put(&self, hint: PageHint) {
        {
            let mut pages = self.pages();
            let count = pages.get(&hint.page).map_or(0, |before| before.count).saturating_add(1);
            pages.insert(hint.page.clone(), WaitingHint { hint, count });
        }
        self.0.came.notify_one();
    }

    /// What waits for some page, at once.
    #[must_use]
    pub fn take(&self) -> Option<WaitingHint> {
        self.pages().pop_first().map(|(_, waiting)| waiting)
    }

    /// What waits for some page, as soon as there is something.
    pub async fn next(&self) -> WaitingHint {
        loop {
            if let Some(waiting) = self.take() {
                return waiting;
            }
            self.0.came.notified().await;
        }
    }

    /// Whole between statements, so a panic elsewhere does no harm.
    fn pages(&self) -> MutexGuard<'_, BTreeMap<SourceId, WaitingHint>> {
        self.0.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use changeover_domain::{UnixMs, WebhookPlatform};

    use super::*;

    fn hint(page: &str, at: i64) -> PageHint {
        PageHint {
            page: SourceId::try_new(page).unwrap(),
            platform: WebhookPlatform::Instatus,
            received_at: UnixMs(at),
            signed: true,
            said: None,
        }
    }

    #[tokio::test]
    async fn a_page_with_many_hints_crowds_out_no_other_page() {
        let waiting = WaitingHints::default();
        for at in 0..500 {
            waiting.put(hint("loud", at));
        }
        waiting.put(hint("calm", 7));
        let calm = waiting.next().await;
        assert_eq!(calm, WaitingHint { hint: hint("calm", 7), count: 1 });
        let loud = waiting.next().await;
        assert_eq!(loud, WaitingHint { hint: hint("loud", 499), count: 500 }, "the newest");
        assert_eq!(waiting.take(), None);
    }

    #[tokio::test]
    async fn who_waits_for_a_hint_is_woken_by_it() {
        let waiting = WaitingHints::default();
        let (taken, ()) = tokio::join!(waiting.next(), async {
            tokio::task::yield_now().await;
            waiting.put(hint("page", 1));
        });
        assert_eq!(taken.hint, hint("page", 1));
    }
}
