//! The post: a text for notifications, and blocks for reading.
//!
//! Everything is `plain_text`, so that nothing a page or vendor says is taken as formatting, and
//! `&`, `<` and `>` are escaped, as Slack asks: a `<!channel>` in a page's text calls nobody.

use changeover_domain::Notice;
use serde::Serialize;

use crate::written::{time, word};

/// Slack's own limits, in characters.
const HEADER_LIMIT: usize = 150;
const SECTION_LIMIT: usize = 3_000;

#[derive(Debug, Serialize)]
pub(super) struct Post {
    text: String,
    blocks: Vec<Block>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Header { text: Text },
    Section { text: Text },
    Context { elements: Vec<Text> },
}

#[derive(Debug, Serialize)]
struct Text {
    r#type: &'static str,
    text: String,
    emoji: bool,
}

impl Post {
    pub(super) fn of(notice: &Notice) -> Self {
        let headline = format!("{}: {}", word(notice.kind), notice.title);
        let mut blocks = vec![Block::Header { text: plain(&headline, HEADER_LIMIT) }];
        if !notice.text.is_empty() {
            blocks.push(Block::Section { text: plain(&notice.text, SECTION_LIMIT) });
        }
        if !notice.children.is_empty() {
            let parts = notice.children.join("\n");
            blocks.push(Block::Section { text: plain(&parts, SECTION_LIMIT) });
        }
        let since = format!("{} · since {}", notice.severity.as_str(), time(notice.since));
        let context = match &notice.by {
            Some(by) => format!("{since} · by {by}"),
            None => since,
        };
        blocks.push(Block::Context { elements: vec![plain(&context, SECTION_LIMIT)] });
        Self { text: escaped(&headline, SECTION_LIMIT), blocks }
    }
}

fn plain(text: &str, limit: usize) -> Text {
    Text { r#type: "plain_text", text: escaped(text, limit), emoji: false }
}

/// Escapes as Slack asks, and stops before the escaped text is too long.
fn escaped(text: &str, limit: usize) -> String {
    let (mut out, mut length) = (String::with_capacity(text.len()), 0);
    for character in text.chars() {
        let own = character.to_string();
        let written = match character {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            _ => own.as_str(),
        };
        length += written.chars().count();
        if length >= limit {
            out.push('…');
            break;
        }
        out.push_str(written);
    }
    out
}
