//! The gateway's own chain of changes: drafts become sealed links, recent links stay in memory.
//!
//! Not for writing them to disk; that is [`crate::writer`]'s, and a link counts only then.

use std::collections::VecDeque;

use changeover_domain::AuditEntry;
use changeover_domain::admin::{ChangeDetails, ChangesPage};
use serde_json::json;

use crate::board::Draft;
use crate::journal::ChainHead;

/// How many links stay in memory; older ones are read from the journal.
const KEPT: usize = 4_096;
/// The most links that one page holds.
pub(crate) const PAGE: usize = 500;

/// The end of the chain.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    head: ChainHead,
    /// Links up to this number are nowhere any more.
    kept_after: u64,
    recent: VecDeque<AuditEntry>,
}

impl Chain {
    /// A chain of which everything up to `head` is no longer kept.
    pub(crate) fn after(head: ChainHead) -> Self {
        Self { kept_after: head.sequence, head, recent: VecDeque::new() }
    }

    /// Seals drafts as the next links. They are links only once [`Self::append`] has taken them.
    pub(crate) fn seal(&self, drafts: &[Draft]) -> Vec<AuditEntry> {
        let mut head = self.head.clone();
        drafts
            .iter()
            .map(|draft| {
                let entry = sealed(draft, &head);
                head = ChainHead { sequence: entry.sequence, hash: entry.hash.clone() };
                entry
            })
            .collect()
    }

    /// Takes links that are on disk.
    pub(crate) fn append(&mut self, entries: impl IntoIterator<Item = AuditEntry>) {
        for entry in entries {
            self.head = ChainHead { sequence: entry.sequence, hash: entry.hash.clone() };
            self.recent.push_back(entry);
            if self.recent.len() > KEPT {
                self.recent.pop_front();
            }
        }
    }

    /// The links after `sequence`, oldest first; `None` when memory does not reach back so far.
    ///
    /// A reader who is ahead of the chain read another one, before this gateway began anew: it is
    /// told where this one ends, which is less than what it asked for.
    pub(crate) fn page_after(&self, sequence: u64) -> Option<ChangesPage> {
        let forgotten = self.recent.front().map_or(self.head.sequence, |first| first.sequence - 1);
        // What is nowhere is not looked for on disk.
        if sequence.max(self.kept_after) < forgotten {
            return None;
        }
        let changes = self
            .recent
            .iter()
            .filter(|entry| entry.sequence > sequence)
            .take(PAGE)
            .cloned()
            .collect();
        Some(page(changes, sequence.min(self.head.sequence), self.kept_after))
    }
}

/// A page of links that were asked for after `sequence`.
pub(crate) fn page(changes: Vec<AuditEntry>, sequence: u64, kept_after: u64) -> ChangesPage {
    let next = changes.last().map_or(sequence, |last| last.sequence);
    ChangesPage { changes, next, kept_after }
}

fn sealed(draft: &Draft, head: &ChainHead) -> AuditEntry {
    let details = ChangeDetails {
        generation: draft.generation,
        before: draft.before.clone(),
        after: draft.after.clone(),
        r#override: draft.r#override.clone(),
    };
    let mut details = json!(details);
    if let Some(fields) = details.as_object_mut() {
        if let Some(token) = &draft.token {
            fields.insert("token".to_owned(), json!(token));
        }
        if !draft.broken_interlocks.is_empty() {
            fields.insert("broken_interlocks".to_owned(), json!(draft.broken_interlocks));
        }
    }
    AuditEntry {
        sequence: head.sequence + 1,
        at: draft.at,
        actor: draft.actor.clone(),
        action: draft.action,
        subject: draft.route.to_string(),
        reason: draft.reason.clone(),
        details,
        previous_hash: head.hash.clone(),
        hash: String::new(),
    }
    .sealed()
}

#[cfg(test)]
mod tests {
    use changeover_domain::{AuditAction, UnixMs};

    use super::*;

    fn entry(sequence: u64) -> AuditEntry {
        AuditEntry {
            sequence,
            at: UnixMs(0),
            actor: "mk".to_owned(),
            action: AuditAction::OverrideApplied,
            subject: "chat".to_owned(),
            reason: "x".to_owned(),
            details: json!({}),
            previous_hash: String::new(),
            hash: String::new(),
        }
    }

    #[test]
    fn a_page_is_bounded_and_the_next_one_follows_it() {
        let mut chain = Chain::default();
        let most = u64::try_from(PAGE).unwrap();
        chain.append((1..=most + 3).map(entry));
        let first = chain.page_after(0).unwrap();
        assert_eq!((first.changes.len(), first.next), (PAGE, most));
        let second = chain.page_after(first.next).unwrap();
        let numbers: Vec<u64> = second.changes.iter().map(|change| change.sequence).collect();
        assert_eq!(numbers, [most + 1, most + 2, most + 3]);
        assert!(chain.page_after(second.next).unwrap().changes.is_empty());
    }

    #[test]
    fn what_has_left_memory_is_not_told_as_nothing() {
        let mut chain = Chain::default();
        let most = u64::try_from(KEPT).unwrap();
        chain.append((1..=most + 1).map(entry));
        assert_eq!(chain.recent.len(), KEPT);
        assert!(chain.page_after(0).is_none(), "the first link is on disk only");
        assert!(chain.page_after(1).is_some());
    }
}
