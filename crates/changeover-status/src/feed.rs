//! What RSS and Atom feeds of status pages have in common: entries with HTML in which the history
//! of an incident stands.
//!
//! Not for: the two XML vocabularies (`rss`, `atom`), which end where a [`FeedEntry`] begins.

mod foreign;
mod history;

use std::collections::HashMap;

use changeover_domain::{Impact, IncidentUpdate};

use crate::assemble::{Draft, assemble, digest, update_digest, web_link};
use crate::dates::Written;
use crate::reading::page_from_incidents;
use crate::{Coverage, ReadContext, ReadError, Reading, UnreadEntry, html};

/// A whole feed, without its vocabulary.
#[derive(Debug)]
pub(crate) struct Feed {
    pub(crate) title: String,
    pub(crate) generator: String,
    pub(crate) link: String,
    pub(crate) entries: Vec<FeedEntry>,
}

/// One entry of a feed.
#[derive(Debug)]
pub(crate) struct FeedEntry {
    /// `guid` or `id`; may be empty.
    pub(crate) id: String,
    pub(crate) link: String,
    /// HTML.
    pub(crate) title: String,
    /// HTML.
    pub(crate) body: String,
    pub(crate) published: Option<Written>,
    /// The last change, where it is told apart from `published`.
    pub(crate) updated: Option<Written>,
}

/// Reads a feed's entries as incidents.
pub(crate) fn read(context: ReadContext<'_>, feed: Feed) -> Result<Reading, ReadError> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut by_native: HashMap<String, usize> = HashMap::new();
    let mut unread = Vec::new();
    let texts: Vec<(String, FeedEntry)> =
        feed.entries.into_iter().map(|entry| (html::to_text(&entry.body), entry)).collect();
    let links = texts.iter().map(|(_, entry)| entry.link.as_str());
    foreign::refuse(&feed.title, &feed.generator, &feed.link, links)?;
    for (text, entry) in texts {
        foreign::refuse_entry(&entry.title, &text)?;
        match draft(&entry, &text) {
            Ok(draft) => match by_native.get(&draft.native).and_then(|at| drafts.get_mut(*at)) {
                Some(known) => merge(known, draft),
                None => {
                    by_native.insert(draft.native.clone(), drafts.len());
                    drafts.push(draft);
                }
            },
            Err(reason) => unread.push(UnreadEntry {
                title: html::to_line(&entry.title),
                reason: reason.to_owned(),
            }),
        }
    }
    let mut incidents = Vec::new();
    for draft in drafts {
        let title = draft.title.clone();
        match assemble(context, draft) {
            Ok(incident) => incidents.push(incident),
            Err(reason) => unread.push(UnreadEntry { title, reason: reason.to_owned() }),
        }
    }
    let reading = Reading {
        page: page_from_incidents(&incidents),
        components: Vec::new(),
        incidents,
        coverage: Coverage::History,
        unread,
    };
    Ok(reading.finish())
}

fn draft(entry: &FeedEntry, text: &str) -> Result<Draft, &'static str> {
    let date = entry.published.or(entry.updated);
    let date = date.ok_or("it has no date that can be read")?;
    let title = html::to_line(&entry.title);
    let history = history::read(text, date);
    let is_maintenance = history.is_maintenance || history::title_is_maintenance(&title);
    let is_plain = history.entries.is_empty();
    let is_over = history::is_over(&history.entries);
    // A history's own date is that of its last change, but for planned work that of its plan.
    let start = if is_maintenance && !is_plain {
        history.begun.or((!is_over).then_some(date.at))
    } else {
        is_plain.then_some(date.at)
    };
    let updates = if is_plain {
        let at = entry.updated.unwrap_or(date).at;
        vec![IncidentUpdate {
            native: update_digest(at, text),
            at,
            state: history::plain_state(&title, text),
            text: text.to_owned(),
        }]
    } else {
        history.entries
    };
    Ok(Draft {
        native: native(entry, &title),
        title,
        state: None,
        impact: if is_maintenance { Impact::Maintenance } else { Impact::Unknown },
        start,
        end: None,
        components: Vec::new(),
        updates,
        url: web_link(&entry.link),
    })
}

/// Statuspage's code in the link is the same in its JSON, RSS and Atom; an entry's id is not.
fn native(entry: &FeedEntry, title: &str) -> String {
    if let Some(code) = incident_code(&entry.link) {
        return code.to_owned();
    }
    let id = entry.id.trim();
    if !id.is_empty() {
        return id.to_owned();
    }
    let at = entry.published.or(entry.updated).map(|date| date.at.0);
    digest(&[&entry.link, title, &at.unwrap_or_default().to_string()])
}

fn incident_code(link: &str) -> Option<&str> {
    let (_, code) = link.split_once("/incidents/")?;
    let code = code.split(['/', '?', '#']).next()?;
    (!code.is_empty()).then_some(code)
}

/// Two entries with one identity are one incident; the newer one names it.
fn merge(known: &mut Draft, other: Draft) {
    let newest = |draft: &Draft| draft.updates.iter().map(|update| update.at).max();
    if newest(&other) > newest(known) {
        known.title = other.title;
        known.url = other.url.or(known.url.take());
    }
    if other.impact == Impact::Maintenance {
        known.impact = other.impact;
    }
    known.start = known.start.into_iter().chain(other.start).min();
    known.updates.extend(other.updates);
}
