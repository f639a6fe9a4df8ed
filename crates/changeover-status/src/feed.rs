//! What RSS and Atom feeds of status pages have in common: entries with HTML in them.
//!
//! Not for what an entry means: that is each platform's own. Ends where a [`FeedEntry`] begins.

mod atom;
mod history;
mod memory;
mod raw;
mod rss;

use std::sync::{Arc, OnceLock};

use changeover_domain::UnixMs;

use crate::assemble::Draft;
use crate::dates::Written;
use crate::{Format, Platform, ReadError, html, xml};

pub(crate) use history::{
    History, Order, is_over, leading_label, read as history, title_is_maintenance,
};
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
    /// When it is read.
    pub(crate) read_at: UnixMs,
    /// When it says that it was made: on some platforms each time anew, on others years ago.
    pub(crate) built: Option<UnixMs>,
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
    /// The end of planned work, which Statuspage puts beside the words.
    pub(crate) planned_end: Option<Written>,
    /// A date that is there and could not be read, as written.
    pub(crate) unread_date: Option<String>,
    /// The body as plain text, once somebody has asked for it.
    pub(crate) plain: OnceLock<String>,
    /// What a platform's reader made of it, once one has.
    pub(crate) drafted: OnceLock<Drafted>,
}

/// What was made of an entry, and of what beside the entry itself.
#[derive(Debug)]
pub(crate) struct Drafted {
    platform: Platform,
    is_ahead: bool,
    draft: Result<Arc<Draft>, &'static str>,
}

/// How a platform reads one entry by itself; `is_ahead` says that it is dated after it is read.
pub(crate) type ReadEntry = fn(entry: &FeedEntry, is_ahead: bool) -> Result<Draft, &'static str>;

impl FeedEntry {
    /// The body as plain text.
    pub(crate) fn text(&self) -> &str {
        self.plain.get_or_init(|| html::entry_text(&self.body))
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

    /// What the platform's reader makes of it; made once.
    pub(crate) fn draft(
        &self,
        platform: Platform,
        feed: &Feed,
        read: ReadEntry,
    ) -> Result<Arc<Draft>, &'static str> {
        let is_ahead = self.is_ahead_of(feed);
        let anew = || Drafted { platform, is_ahead, draft: read(self, is_ahead).map(Arc::new) };
        let drafted = self.drafted.get_or_init(anew);
        if (drafted.platform, drafted.is_ahead) == (platform, is_ahead) {
            drafted.draft.clone()
        } else {
            anew().draft
        }
    }

    /// Whether it is dated after it is read: where nothing else says what it is, it is a plan.
    fn is_ahead_of(&self, feed: &Feed) -> bool {
        let date = self.published.as_ref();
        date.is_some_and(|date| date.at.millis_since(feed.read_at) > AHEAD_MS)
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
    let mut feed = parsed(format, text, outline.entries)?;
    if outline.entries_are_alike() {
        for (entry, place) in feed.entries.iter_mut().zip(&outline.places) {
            raw::complete(entry, text.get(place.span.clone()).unwrap_or_default());
        }
    }
    Ok(feed)
}

/// The same with a memory of the document before: what is in both is neither checked nor parsed again.
pub(crate) fn parse_again(
    format: Format,
    text: &str,
    memory: &mut Memory,
) -> Result<Feed, ReadError> {
    let outline = xml::outline_again(text, &mut memory.search())?;
    let Some((rest, unknown)) = Memory::rest(text, &outline) else {
        memory.forget();
        return parsed(format, text, outline.entries);
    };
    match parsed(format, &rest, unknown) {
        Ok(feed) => Ok(memory.complete(text, &outline, feed)),
        // In the words in which the whole document is refused, if it is.
        Err(_) => parsed(format, text, outline.entries),
    }
}

fn parsed(format: Format, text: &str, entries: usize) -> Result<Feed, ReadError> {
    let feed = match format {
        Format::Atom => atom::feed(text),
        Format::Rss | Format::Json | Format::Webhook => rss::feed(text),
    }?;
    let read = feed.entries.len();
    if read == entries { Ok(feed) } else { Err(ReadError::LostEntries { seen: entries, read }) }
}
