//! What RSS and Atom feeds of status pages have in common: entries with HTML in them.
//!
//! Not for what an entry means: that is each platform's own. Ends where a [`FeedEntry`] begins.

mod atom;
mod history;
mod memory;
mod rss;

use std::sync::{Arc, OnceLock};

use crate::dates::Written;
use crate::{Format, ReadError, html, xml};

pub(crate) use history::{History, is_over, leading_label, read as history, title_is_maintenance};
pub(crate) use memory::Memory;

/// How far clocks may differ before a date lies ahead.
const AHEAD_MS: i64 = 3_600_000;

/// A whole feed, without its vocabulary.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) generator: String,
    pub(crate) link: String,
    /// When the feed says that it was made; the only "now" that a document has.
    pub(crate) built: Option<Written>,
    pub(crate) entries: Vec<Arc<FeedEntry>>,
}

/// One entry of a feed.
#[derive(Debug, Default)]
pub(crate) struct FeedEntry {
    /// `guid` or `id`; may be empty.
    pub(crate) id: String,
    pub(crate) link: String,
    /// HTML.
    pub(crate) title: String,
    /// HTML: the fullest text there is.
    pub(crate) body: String,
    /// HTML: the short text, where there is one beside the full.
    pub(crate) summary: String,
    pub(crate) categories: Vec<String>,
    pub(crate) published: Option<Written>,
    /// The last change, where it is told apart from `published`.
    pub(crate) updated: Option<Written>,
    /// A date that is there and could not be read, as written.
    pub(crate) unread_date: Option<String>,
    /// The body as plain text, once somebody has asked for it.
    pub(crate) plain: OnceLock<String>,
}

impl FeedEntry {
    /// The body as plain text.
    pub(crate) fn text(&self) -> &str {
        self.plain.get_or_init(|| html::to_text(&self.body))
    }

    /// The title as plain text.
    pub(crate) fn plain_title(&self) -> String {
        html::to_line(&self.title)
    }

    /// The entry's own date.
    pub(crate) fn date(&self) -> Result<&Written, &'static str> {
        let date = self.published.as_ref().or(self.updated.as_ref());
        date.ok_or("it has no date that can be read")
    }

    /// Whether it is dated after the feed that it stands in was made: it speaks of a plan.
    pub(crate) fn is_ahead_of(&self, feed: &Feed) -> bool {
        let ahead = self.published.as_ref().zip(feed.built.as_ref());
        ahead.is_some_and(|(date, built)| date.at.millis_since(built.at) > AHEAD_MS)
    }

    /// The date of its newest change.
    pub(crate) fn changed(&self) -> Result<&Written, &'static str> {
        let date = self.updated.as_ref().or(self.published.as_ref());
        date.ok_or("it has no date that can be read")
    }
}

/// Reads the vocabulary of a feed. The document is checked before and after it is parsed: no entry
/// may be lost on the way.
pub(crate) fn parse(format: Format, text: &str) -> Result<Feed, ReadError> {
    let outline = xml::outline(text)?;
    parsed(format, text, outline.entries)
}

/// The same with a memory of the document before: what is in both is not parsed again.
pub(crate) fn parse_again(
    format: Format,
    text: &str,
    memory: &mut Memory,
) -> Result<Feed, ReadError> {
    let outline = xml::outline(text)?;
    let Some(rest) = memory.rest(text, &outline) else {
        return parsed(format, text, outline.entries);
    };
    let feed = parsed(format, &rest.text, rest.unknown())?;
    Ok(memory.complete(rest, feed))
}

fn parsed(format: Format, text: &str, entries: usize) -> Result<Feed, ReadError> {
    let feed = match format {
        Format::Atom => atom::feed(text),
        Format::Rss | Format::Json | Format::Webhook => rss::feed(text),
    }?;
    let read = feed.entries.len();
    if read == entries { Ok(feed) } else { Err(ReadError::LostEntries { seen: entries, read }) }
}
