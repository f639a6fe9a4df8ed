//! Atom entries as entries of a status feed: `content` before `summary`, the `alternate` link, and
//! `published` beside `updated`.

use atom_syndication as atom;
use changeover_domain::UnixMs;
use jiff::tz::Offset;

use crate::dates::Written;
use crate::feed::{Feed, FeedEntry};

pub(super) fn feed(feed: atom::Feed) -> Feed {
    Feed {
        title: feed.title.value,
        generator: feed.generator.map(|by| by.value).unwrap_or_default(),
        link: alternate(&feed.links),
        entries: feed.entries.into_iter().map(entry).collect(),
    }
}

fn entry(entry: atom::Entry) -> FeedEntry {
    let content = entry.content.and_then(|content| content.value);
    let summary = entry.summary.map(|summary| summary.value);
    FeedEntry {
        link: alternate(&entry.links),
        id: entry.id,
        title: entry.title.value,
        body: content.or(summary).unwrap_or_default(),
        published: entry.published.and_then(|date| written(&date)),
        updated: written(&entry.updated),
    }
}

/// The parser fills a missing date with 1970, which no status page means.
fn written(date: &atom::FixedDateTime) -> Option<Written> {
    let at = UnixMs(date.timestamp_millis());
    let offset = Offset::from_seconds(date.offset().local_minus_utc()).ok()?;
    (at > UnixMs(0)).then_some(Written { at, offset })
}

fn alternate(links: &[atom::Link]) -> String {
    let link = links.iter().find(|link| link.rel == "alternate");
    link.map(|link| link.href.clone()).unwrap_or_default()
}
