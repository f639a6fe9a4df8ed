//! The entries of a feed as they were read last. A feed of hundreds of entries changes one at a time;
//! an entry whose bytes are the same, inside the same tags, is neither checked nor parsed again, nor is
//! made of it again what was made of it before.
//!
//! Exact, because the bytes themselves are compared; bounded, because only the last document's
//! entries are kept. It belongs to one page: what its incidents are made of is the page's own.

use std::sync::Arc;

use super::{Feed, FeedEntry, raw};
use crate::known::Turns;
use crate::memory::MAX_KEPT_BYTES;
use crate::xml::{Checked, CheckedEntry, Outline, Place};

/// What is kept of a feed from one reading to the next.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// The tags that the entries stood in.
    ancestry: Vec<Box<str>>,
    /// In the order of the document.
    kept: Vec<Arc<Kept>>,
}

/// One entry.
#[derive(Debug)]
struct Kept {
    bytes: Box<str>,
    elements: usize,
    entry: Arc<FeedEntry>,
}

/// Looks for known entries along a document.
#[derive(Debug)]
pub(super) struct Search<'a> {
    memory: &'a Memory,
    turns: Turns,
}

impl Checked for Search<'_> {
    fn at_start(&mut self, text: &str, ancestry: &[&str]) -> Option<CheckedEntry> {
        let known = self.memory.ancestry.iter().map(Box::as_ref);
        if !known.eq(ancestry.iter().copied()) {
            return None;
        }
        let number = self.turns.find(text, &self.memory.kept, |kept| &kept.bytes)?;
        let kept = self.memory.kept.get(number)?;
        Some(CheckedEntry { number, bytes: kept.bytes.len(), elements: kept.elements })
    }
}

impl Memory {
    pub(super) fn search(&self) -> Search<'_> {
        Search { memory: self, turns: Turns::new(self.kept.len()) }
    }

    /// What has to be parsed of a document: all but the entries that are known. `None` where entries
    /// cannot be taken out.
    pub(super) fn rest(text: &str, outline: &Outline<'_>) -> Option<(String, usize)> {
        if text.len() > MAX_KEPT_BYTES || !outline.entries_are_alike() {
            return None;
        }
        let (mut rest, mut unknown, mut copied) = (String::new(), 0, 0);
        for place in &outline.places {
            if place.known.is_some() {
                rest.push_str(text.get(copied..place.span.start)?);
                copied = place.span.end;
            } else {
                unknown += 1;
            }
        }
        rest.push_str(text.get(copied..)?);
        Some((rest, unknown))
    }

    /// Puts what was parsed among what is known, and keeps both for the next time.
    pub(super) fn complete(&mut self, text: &str, outline: &Outline<'_>, mut feed: Feed) -> Feed {
        let mut parsed = feed.entries.into_iter();
        let mut keep = |place: &Place| {
            if let Some(kept) = place.known.and_then(|number| self.kept.get(number)) {
                return Some(Arc::clone(kept));
            }
            let (bytes, mut entry) = (text.get(place.span.clone())?, parsed.next()?);
            raw::complete(&mut entry, bytes);
            Some(Arc::new(Kept { bytes: bytes.into(), elements: place.elements, entry }))
        };
        let kept: Vec<Arc<Kept>> = outline.places.iter().filter_map(&mut keep).collect();
        feed.entries = kept.iter().map(|kept| Arc::clone(&kept.entry)).collect();
        self.kept = kept;
        self.ancestry = outline.ancestry.iter().map(|tag| Box::from(*tag)).collect();
        feed
    }

    /// Lets go of all entries: those of the next document are looked at anew.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Format;
    use crate::feed::{parse, parse_again};

    fn document(format: Format, entries: &[u8]) -> String {
        let entries = entries.iter().map(|number| match format {
            Format::Atom => format!("<entry><id>{number}</id><title>t &amp; {number}</title><updated>2026-05-04T10:00:00Z</updated><content type=\"html\">&lt;p&gt;{number}&lt;/p&gt;</content></entry>"),
            _ => format!("<item><guid>{number}</guid><title>t &amp; {number}</title><description>&lt;p&gt;{number}&lt;/p&gt;</description></item>"),
        });
        let entries: String = entries.collect();
        match format {
            Format::Atom => format!(
                "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>f</id><title>T</title><updated>2026-05-04T10:00:00Z</updated>{entries}</feed>"
            ),
            _ => format!(
                "<rss><channel><title>T</title><link>l</link><description>d</description>{entries}</channel></rss>"
            ),
        }
    }

    proptest! {
        #[test]
        fn a_document_read_with_a_memory_is_the_document_read_without(
            documents in proptest::collection::vec(proptest::collection::vec(0_u8..9, 0..7), 1..6)
        ) {
            for format in [Format::Rss, Format::Atom] {
                let mut memory = Memory::default();
                for entries in &documents {
                    let text = document(format, entries);
                    let again = parse_again(format, &text, &mut memory).unwrap();
                    let anew = parse(format, &text).unwrap();
                    prop_assert_eq!(format!("{again:?}"), format!("{anew:?}"));
                }
            }
        }
    }

    #[test]
    fn a_known_entry_is_the_same_object_and_one_that_is_gone_is_let_go() {
        let mut memory = Memory::default();
        let first = parse_again(Format::Rss, &document(Format::Rss, &[1, 2]), &mut memory).unwrap();
        let next = parse_again(Format::Rss, &document(Format::Rss, &[3, 1]), &mut memory).unwrap();
        assert!(Arc::ptr_eq(&first.entries[0], &next.entries[1]));
        assert_eq!(memory.kept.len(), 2);
    }

    #[test]
    fn an_entry_that_the_parser_passes_over_is_an_error_with_a_memory_too() {
        let text = "<rss><channel><title>T</title><link>l</link><description>d</description><list><item/></list></channel></rss>";
        assert!(parse_again(Format::Rss, text, &mut Memory::default()).is_err());
    }
}
