//! Which platform a text is from, by its root element, its keys and its marks; content types and
//! file names lie.

mod feed;
mod json;

pub(crate) use feed::{by_itself as feed_by_itself, feed};
pub(crate) use json::{
    AwsShape, IncidentIoShape, InstatusShape, Json, ListShape, StatuspageShape, kind as json_kind,
};

use crate::{Format, ReadError, html, xml};

/// What a text is, as far as it can be told before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Json(Json),
    EmptyList,
    /// RSS or Atom: whose, is told by what is in it.
    Feed(Format),
}

/// The kind of a decoded body.
pub(crate) fn kind(text: &str) -> Result<Kind, ReadError> {
    match text.trim_start().as_bytes() {
        [b'{' | b'[', ..] => json::kind(text),
        [b'<', ..] => markup(text).map(Kind::Feed),
        _ => Err(not("text that is neither XML nor JSON")),
    }
}

fn markup(text: &str) -> Result<Format, ReadError> {
    let start: String = text.chars().take(512).collect::<String>().to_ascii_lowercase();
    let is_html = ["<!doctype html", "<html", "<head", "<body"]
        .iter()
        .any(|tag| start.starts_with(tag) || start.contains(&format!("\n{tag}")));
    if is_html {
        return Err(ReadError::HtmlPage { title: title(text) });
    }
    let root = xml::root(text)?;
    match xml::local_name(root) {
        "rss" => Ok(Format::Rss),
        "feed" => Ok(Format::Atom),
        "html" | "HTML" => Err(ReadError::HtmlPage { title: title(text) }),
        "RDF" => Err(not("an RSS 1.0 (RDF) feed")),
        "urlset" | "sitemapindex" => Err(not("a sitemap")),
        "Error" => Err(not("a storage service's XML error")),
        other => Err(not(&format!("XML with the root `{other}`"))),
    }
}

fn title(page: &str) -> Option<String> {
    let lower = page.get(..page.floor_char_boundary(4_096))?.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let (_, rest) = page.get(start..)?.split_once('>')?;
    let (title, _) = rest.split_once('<')?;
    let title: String = html::to_line(title).chars().take(80).collect();
    (!title.is_empty()).then_some(title)
}

fn not(looks_like: &str) -> ReadError {
    ReadError::NotAFormat { looks_like: looks_like.chars().take(200).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        kind(text).unwrap_err().to_string()
    }

    #[test]
    fn the_root_decides_the_format_of_a_feed() {
        assert_eq!(kind("<!-- x --><rss/>"), Ok(Kind::Feed(Format::Rss)));
        assert_eq!(kind("<a:feed xmlns:a='x'/>"), Ok(Kind::Feed(Format::Atom)));
    }

    #[test]
    fn what_else_it_may_be_is_said() {
        for (text, said) in [
            (
                "<!DOCTYPE html><html><head><title>Just a moment...</title>",
                "an HTML page titled “Just a moment...” instead",
            ),
            ("<html xmlns='http://www.w3.org/1999/xhtml'/>", "an HTML page instead"),
            ("<urlset/>", "looks like a sitemap"),
            ("<rdf:RDF xmlns:rdf='x'/>", "looks like an RSS 1.0"),
            ("<x/>", "looks like XML with the root `x`"),
            ("# Notes", "neither XML nor JSON"),
        ] {
            assert!(refusal(text).contains(said), "{text}: {}", refusal(text));
        }
    }
}
