//! Webhooks that came here for consoles to fetch: a bounded line per page, in memory only.
//!
//! A console that was away needs the last hint of each page and no more, so what is too much goes
//! from the front of its own page's line: a page that sends a lot does not push out another's. A
//! restart forgets them all; the console reads its pages at their intervals anyway.

use std::collections::VecDeque;

use changeover_domain::admin::HintsPage;
use changeover_domain::{PageHint, UnixMs};

/// The most hints that are kept of one page. There are at most 64 pages.
const MOST_OF_A_PAGE: usize = 16;

/// All hints, in the order in which they came.
#[derive(Debug)]
pub(crate) struct HintQueue {
    /// Tells one start's cursors from another's.
    epoch: UnixMs,
    /// The number of the newest.
    last: u64,
    line: VecDeque<(u64, PageHint)>,
    dropped: u64,
}

impl HintQueue {
    pub(crate) fn new(epoch: UnixMs) -> Self {
        Self { epoch, last: 0, line: VecDeque::new(), dropped: 0 }
    }

    /// Takes one in; the oldest of its page makes room.
    pub(crate) fn push(&mut self, hint: PageHint) {
        let of_page = |(_, queued): &(u64, PageHint)| queued.page == hint.page;
        if self.line.iter().filter(|one| of_page(one)).count() >= MOST_OF_A_PAGE
            && let Some(oldest) = self.line.iter().position(of_page)
        {
            self.line.remove(oldest);
            self.dropped = self.dropped.saturating_add(1);
        }
        self.last = self.last.saturating_add(1);
        self.line.push_back((self.last, hint));
    }

    /// Everything after the cursor. One that is not of this start begins anew.
    pub(crate) fn page(&self, after: &str) -> HintsPage {
        let after = self.number_of(after);
        let hints = self.line.iter().filter(|(number, _)| *number > after);
        HintsPage {
            hints: hints.map(|(_, hint)| hint.clone()).collect(),
            next: format!("{}:{}", self.epoch.0, self.last),
            dropped: self.dropped,
        }
    }

    fn number_of(&self, cursor: &str) -> u64 {
        cursor
            .split_once(':')
            .filter(|(epoch, _)| epoch.parse() == Ok(self.epoch.0))
            .and_then(|(_, number)| number.parse().ok())
            .filter(|number| *number <= self.last)
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use changeover_domain::{SourceId, WebhookPlatform};
    use proptest::prelude::*;

    use super::*;

    fn hint(page: &str, at: i64) -> PageHint {
        PageHint {
            page: SourceId::try_new(page).unwrap(),
            platform: WebhookPlatform::Statuspage,
            received_at: UnixMs(at),
            signed: false,
            said: None,
        }
    }

    fn times(page: &HintsPage) -> Vec<i64> {
        page.hints.iter().map(|hint| hint.received_at.0).collect()
    }

    #[test]
    fn each_reader_gets_each_hint_once_by_its_own_cursor() {
        let mut queue = HintQueue::new(UnixMs(7));
        queue.push(hint("a", 1));
        let first = queue.page("");
        queue.push(hint("b", 2));
        let second = queue.page(&first.next);
        assert_eq!((times(&first), times(&second)), (vec![1], vec![2]));
        assert!(queue.page(&second.next).hints.is_empty());
        assert_eq!(times(&queue.page("")), [1, 2], "another console still gets both");
    }

    #[test]
    fn a_cursor_of_another_start_or_of_nobodys_begins_anew() {
        let mut queue = HintQueue::new(UnixMs(7));
        queue.push(hint("a", 1));
        for foreign in ["", "6:1", "7:2", "7", "7:-1", "x:y", "7:99999999999999999999"] {
            assert_eq!(times(&queue.page(foreign)), [1], "{foreign}");
        }
    }

    #[test]
    fn a_loud_page_pushes_out_its_own_hints_only_and_they_are_counted() {
        let mut queue = HintQueue::new(UnixMs(0));
        queue.push(hint("calm", 0));
        for at in 1..=100 {
            queue.push(hint("loud", at));
        }
        let page = queue.page("");
        assert_eq!(page.dropped, 84);
        assert_eq!(page.hints.len(), 1 + MOST_OF_A_PAGE);
        assert_eq!(times(&page).first(), Some(&0), "the calm page's is still there");
        assert_eq!(times(&page).last(), Some(&100), "and so is the newest");
    }

    proptest! {
        #[test]
        fn a_reader_that_keeps_up_misses_nothing(pages in prop::collection::vec(0_u8..5, 0..200)) {
            let mut queue = HintQueue::new(UnixMs(1));
            let (mut cursor, mut seen) = (String::new(), Vec::new());
            for (at, page) in (0..).zip(&pages) {
                queue.push(hint(&format!("p{page}"), at));
                let read = queue.page(&cursor);
                seen.extend(times(&read));
                cursor = read.next;
            }
            let all: Vec<i64> = (0..).take(pages.len()).collect();
            prop_assert_eq!(seen, all);
        }
    }
}
