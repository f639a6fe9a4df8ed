//! Atom through the `atom_syndication` crate: `content` before `summary`, the `alternate` link, and
//! `published` beside `updated`.

use std::sync::Arc;

use atom_syndication as atom;
use changeover_domain::UnixMs;

use super::{Feed, FeedEntry};
use crate::ReadError;
use crate::dates::{Written, any_date};

pub(super) fn feed(text: &str) -> Result<Feed, ReadError> {
    let feed = atom::Feed::read_from(text.as_bytes())
        .map_err(|error| ReadError::Xml(changeover_http::error_chain(&error)))?;
    Ok(Feed {
        id: feed.id,
        title: feed.title.value,
        generator: feed.generator.map(|by| by.value).unwrap_or_default(),
        link: alternate(&feed.links),
        read_at: UnixMs(0),
        built: None,
        entries: feed.entries.into_iter().map(|one| Arc::new(entry(one))).collect(),
    })
}

fn entry(entry: atom::Entry) -> FeedEntry {
    let content = entry.content.and_then(|content| content.value);
    let summary = entry.summary.map(|summary| summary.value);
    let (body, summary) = match (content, summary) {
        (Some(content), summary) => (content, summary.unwrap_or_default()),
        (None, body) => (body.unwrap_or_default(), String::new()),
    };
    FeedEntry {
        link: alternate(&entry.links),
        id: entry.id,
        title: entry.title.value,
        body,
        summary,
        categories: entry.categories.into_iter().map(|category| category.term).collect(),
        published: entry.published.and_then(|date| written(&date)),
        updated: written(&entry.updated),
        // The parser refuses the whole feed for a date that it cannot read.
        unread_date: None,
        ..FeedEntry::default()
    }
}

/// The parser fills a missing date with 1970, which no status page means.
fn written(date: &atom::FixedDateTime) -> Option<Written> {
    let date = any_date(&date.to_rfc3339())?;
    (date.at > UnixMs(0)).then_some(date)
}

fn alternate(links: &[atom::Link]) -> String {
    let link = links.iter().find(|link| link.rel == "alternate");
    link.map(|link| link.href.clone()).unwrap_or_default()
}
