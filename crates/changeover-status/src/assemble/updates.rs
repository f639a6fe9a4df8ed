//! An incident's updates: their identity, their order, and what they make of its state and end.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use changeover_domain::{IncidentState, IncidentUpdate, UnixMs, WrittenTime};

use super::identity::words_digest;

/// The most entries of one incident; the newest are kept.
const MAX_UPDATES: usize = 500;

/// What an update is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum UpdateKey {
    /// The page's own id.
    Native(String),
    /// Its time and words, where a feed shows the whole history; its state too where another entry of
    /// the same minute has the same words.
    TimeAndWords,
    /// Its state and words only, where a feed shows one entry and dates it anew at will.
    Words,
}

/// One update as its page gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DraftUpdate {
    pub(crate) key: UpdateKey,
    pub(crate) at: UnixMs,
    pub(crate) written: WrittenTime,
    /// `None` for one that only adds words.
    pub(crate) state: Option<IncidentState>,
    /// Plain text.
    pub(crate) text: String,
}

impl DraftUpdate {
    /// The update under its own name; `None` when it is there already.
    fn finish(self, named: &mut HashMap<String, Option<IncidentState>>) -> Option<IncidentUpdate> {
        let is_told_apart = self.key == UpdateKey::TimeAndWords;
        let state = self.state;
        let mut update = self.named();
        let namesake = named.get(&update.native);
        if is_told_apart && namesake.is_some_and(|known| *known != state) {
            let part = format!("{} {}", update.at.0, state_word(state));
            update.native = words_digest(&part, &update.text);
        }
        match named.entry(update.native.clone()) {
            Entry::Occupied(_) => None,
            Entry::Vacant(free) => {
                free.insert(state);
                Some(update)
            }
        }
    }

    fn named(self) -> IncidentUpdate {
        let native = match self.key {
            UpdateKey::Native(id) => id,
            UpdateKey::TimeAndWords => words_digest(&self.at.0.to_string(), &self.text),
            UpdateKey::Words => words_digest(state_word(self.state), &self.text),
        };
        let Self { at, written, state, text, .. } = self;
        IncidentUpdate { native, at, written, state, text }
    }
}

fn state_word(state: Option<IncidentState>) -> &'static str {
    match state {
        None => "",
        Some(IncidentState::Investigating) => "investigating",
        Some(IncidentState::Identified) => "identified",
        Some(IncidentState::Monitoring) => "monitoring",
        Some(IncidentState::Resolved) => "resolved",
        // No entry says so of itself.
        Some(IncidentState::LeftPage) => "left_page",
    }
}

/// Oldest first, each entry once, at most [`MAX_UPDATES`]. Feeds give minutes only, so entries of
/// the same minute keep the order of the page, which is newest first unless its dates rise.
pub(super) fn in_order(mut updates: Vec<DraftUpdate>) -> Vec<IncidentUpdate> {
    let rises = match (updates.first(), updates.last()) {
        (Some(first), Some(last)) => first.at < last.at,
        _ => false,
    };
    if !rises {
        updates.reverse();
    }
    updates.sort_by_key(|update| update.at);
    let mut named = HashMap::with_capacity(updates.len());
    let updates = updates.into_iter().filter_map(|update| update.finish(&mut named));
    let mut finished: Vec<IncidentUpdate> = updates.collect();
    let surplus = finished.len().saturating_sub(MAX_UPDATES);
    finished.drain(..surplus);
    finished
}

/// Declared and never said to be over is going on.
pub(super) fn state_of(updates: &[IncidentUpdate]) -> IncidentState {
    let newest = updates.iter().rev().find_map(|update| update.state);
    newest.unwrap_or(IncidentState::Investigating)
}

/// When it was last called resolved after not having been.
pub(super) fn end_of(updates: &[IncidentUpdate]) -> Option<UnixMs> {
    let stated = updates.iter().rev().filter(|update| update.state.is_some());
    let tail = stated.take_while(|update| update.state == Some(IncidentState::Resolved));
    let end = tail.last().or(updates.last());
    end.map(|update| update.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn update(at: i64, state: Option<IncidentState>) -> IncidentUpdate {
        let written = WrittenTime::default();
        let native = at.to_string();
        IncidentUpdate { native, at: UnixMs(at), written, state, text: String::new() }
    }

    fn draft(key: UpdateKey, at: i64, text: &str) -> DraftUpdate {
        let text = text.to_owned();
        DraftUpdate { key, at: UnixMs(at), written: WrittenTime::default(), state: None, text }
    }

    fn native(draft: DraftUpdate) -> String {
        draft.named().native
    }

    #[test]
    fn words_after_the_end_do_not_reopen_but_a_state_does() {
        use IncidentState::{Identified, Investigating, Resolved};
        let ended = [update(1, Some(Investigating)), update(5, Some(Resolved)), update(9, None)];
        assert_eq!(state_of(&ended), Resolved);
        assert_eq!(end_of(&ended), Some(UnixMs(5)), "the end does not move with later words");
        let twice = [
            update(5, Some(Resolved)),
            update(9, Some(Identified)),
            update(12, Some(Resolved)),
            update(13, Some(Resolved)),
        ];
        assert_eq!(end_of(&twice), Some(UnixMs(12)));
        assert_eq!(state_of(&twice[..2]), Identified, "re-opened");
    }

    #[test]
    fn entries_of_one_minute_keep_the_order_of_the_page() {
        let named = |name: &str, at| draft(UpdateKey::Native(name.to_owned()), at, "");
        let order = |updates: &[DraftUpdate]| -> String {
            let sorted = in_order(updates.to_vec());
            sorted.iter().map(|update| update.native.as_str()).collect()
        };
        let (a, b, c) = (named("a", 1), named("b", 1), named("c", 2));
        assert_eq!(order(&[c.clone(), b.clone(), a.clone()]), "abc", "newest first");
        assert_eq!(order(&[a.clone(), b.clone(), c]), "abc", "oldest first");
        assert_eq!(order(&[b, a.clone(), a]), "ab", "once each");
    }

    #[test]
    fn an_entry_keeps_its_name_when_only_white_space_moves() {
        let timed = |at, text| native(draft(UpdateKey::TimeAndWords, at, text));
        assert_eq!(timed(1, "a  b\n"), timed(1, "a b"));
        assert_ne!(timed(1, "a b"), timed(2, "a b"));
    }

    #[test]
    fn two_entries_of_one_minute_in_the_same_words_are_two_when_their_states_are() {
        let stated = |state| DraftUpdate { state, ..draft(UpdateKey::TimeAndWords, 1, "") };
        let (over, begun) =
            (stated(Some(IncidentState::Resolved)), stated(Some(IncidentState::Investigating)));
        let alone = in_order(vec![begun.clone()]);
        let ordered = in_order(vec![over.clone(), over, begun.clone(), begun]);
        assert_eq!(ordered.len(), 2, "each of them once");
        assert_eq!(ordered[0].native, alone[0].native, "what was there first keeps its name");
        assert_eq!(state_of(&ordered), IncidentState::Resolved);
    }

    #[test]
    fn an_entry_known_by_its_words_keeps_its_name_when_it_is_dated_anew() {
        let worded = |at, text| native(draft(UpdateKey::Words, at, text));
        assert_eq!(worded(1, "a b"), worded(2, "a b"));
        assert_ne!(worded(1, "a b"), worded(1, "a c"));
    }
}
