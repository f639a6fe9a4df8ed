//! Volcengine's items: messages about one thing are told together by their link and title.

use std::sync::Arc;

use changeover_domain::{IncidentState, UnixMs};

use crate::Coverage;
use crate::assemble::{Draft, UpdateKey, digest, web_link};
use crate::dates::Written;
use crate::episode::{self, Episode, Item};
use crate::feed::{Feed, FeedEntry};
use crate::findings::Findings;

/// The words for "recovered".
const RECOVERED: [&str; 2] = ["已恢复", "已解决"];
/// Words that make "recovered" only half an end: in part, the others, still.
const IN_PART: [&str; 4] = ["部分", "其余", "其他", "仍"];

/// Reads the items.
pub(crate) fn findings(feed: &Feed) -> Findings {
    let mut findings = Findings::new(Coverage::History);
    let mut items = Vec::new();
    for entry in &feed.entries {
        match item(entry) {
            Ok(item) => items.push(item),
            Err(reason) => findings.pass_over(entry, reason),
        }
    }
    findings.drafts.extend(episode::episodes(items).into_iter().map(draft).map(Arc::new));
    findings
}

#[derive(Debug)]
struct Said {
    title: String,
    text: String,
    link: Option<String>,
    written: Written,
    /// Its title carries the mark of the end. Once something is over, all of its items do.
    is_marked: bool,
}

fn item(entry: &FeedEntry) -> Result<Item<Said>, &'static str> {
    let written = entry.date()?.clone();
    let text = entry.text();
    let (is_marked, title) = unmarked(&entry.plain_title());
    // The mark tells that it is over, and the words which item says so.
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let is_over = is_marked && says(&RECOVERED) && !says(&IN_PART);
    Ok(Item {
        key: digest(&[&entry.link, &title]),
        at: written.at,
        is_over,
        said: Said {
            title,
            text: text.to_owned(),
            link: web_link(&entry.link),
            written,
            is_marked,
        },
    })
}

/// Whether the title says that it is over, and the title without that.
fn unmarked(title: &str) -> (bool, String) {
    let mut bare = title.to_owned();
    for word in RECOVERED {
        for mark in
            [format!("({word})"), format!("（{word}）"), format!("【{word}】"), format!("[{word}]")]
        {
            bare = bare.replace(&mark, "");
        }
    }
    (bare.len() != title.len(), bare.trim().to_owned())
}

fn draft(episode: Episode<Said>) -> Draft {
    let UnixMs(began) = episode.began();
    let mut draft = Draft {
        native: digest(&[&episode.key, &began.to_string()]),
        end: episode.superseded.then(|| episode.ended()),
        state: episode.superseded.then_some(IncidentState::Resolved),
        ..Draft::default()
    };
    let last = episode.items.len().saturating_sub(1);
    for (number, item) in episode.items.into_iter().enumerate() {
        let is_end = number == last && item.said.is_marked;
        let state = if is_end { IncidentState::Resolved } else { IncidentState::Investigating };
        draft.title = item.said.title;
        draft.url = item.said.link;
        draft.push(UpdateKey::TimeAndWords, &item.said.written, Some(state), &item.said.text);
    }
    draft
}
