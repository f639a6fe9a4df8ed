//! The entries of a feed as they were read last. A feed of hundreds of entries changes one at a time;
//! an entry whose bytes are the same is not parsed again, nor is its text made again.
//!
//! Not a cache of what entries mean: that is made anew from all of them. Exact, because the bytes
//! themselves are the key; bounded, because only the last document's entries are kept.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Feed, FeedEntry};
use crate::xml::Outline;

/// Entries of larger documents are not kept.
const MAX_KEPT_BYTES: usize = 1024 * 1024;

/// What is kept of a feed from one reading to the next.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    entries: HashMap<Box<str>, Arc<FeedEntry>>,
}

/// A document without the entries that are known.
#[derive(Debug)]
pub(super) struct Rest<'a> {
    pub(super) text: String,
    /// In the order of the document: the bytes of each entry, and what is known of it.
    places: Vec<(&'a str, Option<Arc<FeedEntry>>)>,
}

impl Rest<'_> {
    /// How many entries have to be parsed.
    pub(super) fn unknown(&self) -> usize {
        self.places.iter().filter(|(_, known)| known.is_none()).count()
    }
}

impl Memory {
    /// What has to be parsed of a document; `None` when that is all of it.
    pub(super) fn rest<'a>(&self, text: &'a str, outline: &Outline<'_>) -> Option<Rest<'a>> {
        if text.len() > MAX_KEPT_BYTES || !outline.entries_are_alike() {
            return None;
        }
        let mut rest = Rest { text: String::new(), places: Vec::new() };
        let mut copied = 0;
        for span in &outline.spans {
            let bytes = text.get(span.clone())?;
            let known = self.entries.get(bytes).cloned();
            if known.is_some() {
                rest.text.push_str(text.get(copied..span.start)?);
                copied = span.end;
            }
            rest.places.push((bytes, known));
        }
        rest.text.push_str(text.get(copied..)?);
        Some(rest)
    }

    /// Puts what was parsed among what was known, and keeps both for the next time.
    pub(super) fn complete(&mut self, rest: Rest<'_>, mut feed: Feed) -> Feed {
        let mut parsed = feed.entries.into_iter();
        let mut before = std::mem::take(&mut self.entries);
        let mut entries = Vec::with_capacity(rest.places.len());
        for (bytes, known) in rest.places {
            let Some(entry) = known.or_else(|| parsed.next()) else { continue };
            let key = before.remove_entry(bytes).map_or_else(|| bytes.into(), |(key, _)| key);
            self.entries.insert(key, Arc::clone(&entry));
            entries.push(entry);
        }
        feed.entries = entries;
        feed
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
        assert_eq!(memory.entries.len(), 2);
    }

    #[test]
    fn an_entry_that_the_parser_passes_over_is_an_error_with_a_memory_too() {
        let text = "<rss><channel><title>T</title><link>l</link><description>d</description><list><item/></list></channel></rss>";
        assert!(parse_again(Format::Rss, text, &mut Memory::default()).is_err());
    }
}
