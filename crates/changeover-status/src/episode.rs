//! Feeds that show single messages and no incidents: messages about one thing belong together
//! until one says that it is over, or until nothing is said for a day.

use changeover_domain::UnixMs;

/// After so long a silence the next message is about something else.
const SILENCE_MS: i64 = 24 * 3_600 * 1_000;

/// One message.
#[derive(Debug)]
pub(crate) struct Item<T> {
    /// What it is about.
    pub(crate) key: String,
    pub(crate) at: UnixMs,
    /// It says that it is over.
    pub(crate) is_over: bool,
    pub(crate) said: T,
}

/// Messages that belong together, oldest first; never empty.
#[derive(Debug)]
pub(crate) struct Episode<T> {
    pub(crate) key: String,
    pub(crate) items: Vec<Item<T>>,
    /// A later episode of the same thing has begun.
    pub(crate) superseded: bool,
}

impl<T> Episode<T> {
    pub(crate) fn began(&self) -> UnixMs {
        self.items.first().map(|item| item.at).unwrap_or_default()
    }

    pub(crate) fn ended(&self) -> UnixMs {
        self.items.last().map(|item| item.at).unwrap_or_default()
    }

    /// Whether it was said to be over, or must be because something else began.
    pub(crate) fn is_over(&self) -> bool {
        self.superseded || self.items.last().is_some_and(|item| item.is_over)
    }

    fn takes(&self, item: &Item<T>) -> bool {
        let has_ended = self.items.last().is_some_and(|last| last.is_over);
        let silence = item.at.millis_since(self.ended());
        // A second word of the end is still about the same.
        silence <= SILENCE_MS && (!has_ended || item.is_over)
    }
}

/// Puts messages, in any order, together.
pub(crate) fn episodes<T>(mut items: Vec<Item<T>>) -> Vec<Episode<T>> {
    // Feeds write the newest first, and messages of one instant keep that order.
    items.reverse();
    items.sort_by_key(|item| item.at);
    let mut episodes: Vec<Episode<T>> = Vec::new();
    for item in items {
        let latest = episodes.iter_mut().rev().find(|episode| episode.key == item.key);
        match latest {
            Some(episode) if episode.takes(&item) => episode.items.push(item),
            latest => {
                if let Some(earlier) = latest {
                    earlier.superseded = !earlier.is_over();
                }
                let key = item.key.clone();
                episodes.push(Episode { key, items: vec![item], superseded: false });
            }
        }
    }
    episodes
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn item(key: &str, hour: i64, is_over: bool) -> Item<()> {
        Item { key: key.to_owned(), at: UnixMs(hour * HOUR), is_over, said: () }
    }

    fn seen(items: Vec<Item<()>>) -> Vec<(String, usize, bool, bool)> {
        let episodes = episodes(items).into_iter();
        episodes
            .map(|one| (one.key.clone(), one.items.len(), one.is_over(), one.superseded))
            .collect()
    }

    #[test]
    fn messages_belong_together_until_one_says_it_is_over() {
        let items =
            vec![item("a", 9, false), item("a", 5, true), item("a", 4, false), item("b", 4, false)];
        assert_eq!(
            seen(items),
            [
                ("b".to_owned(), 1, false, false),
                ("a".to_owned(), 2, true, false),
                ("a".to_owned(), 1, false, false)
            ]
        );
    }

    #[test]
    fn after_a_day_of_silence_it_is_something_else_and_the_earlier_is_over() {
        let items = vec![item("a", 30, false), item("a", 4, false), item("a", 0, false)];
        assert_eq!(
            seen(items),
            [("a".to_owned(), 2, true, true), ("a".to_owned(), 1, false, false)]
        );
    }
}
