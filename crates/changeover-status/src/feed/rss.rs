//! RSS 2.0 through the `rss` crate: `content:encoded` before `description`, `pubDate` as the only
//! date.

use std::sync::Arc;

use changeover_domain::UnixMs;

use super::{Feed, FeedEntry};
use crate::ReadError;
use crate::dates::any_date;

pub(super) fn feed(text: &str) -> Result<Feed, ReadError> {
    let channel = rss::Channel::read_from(text.as_bytes())
        .map_err(|error| ReadError::Xml(changeover_http::error_chain(&error)))?;
    Ok(Feed {
        id: String::new(),
        title: channel.title().to_owned(),
        generator: channel.generator().unwrap_or_default().to_owned(),
        link: channel.link().to_owned(),
        read_at: UnixMs(0),
        built: channel.last_build_date().and_then(any_date).map(|date| date.at),
        entries: channel.into_items().into_iter().map(|one| Arc::new(entry(one))).collect(),
    })
}

fn entry(item: rss::Item) -> FeedEntry {
    let published = item.pub_date().and_then(any_date);
    let unread_date = item.pub_date().filter(|_| published.is_none()).map(str::to_owned);
    let (body, summary) = match (item.content, item.description) {
        (Some(content), summary) => (content, summary.unwrap_or_default()),
        (None, body) => (body.unwrap_or_default(), String::new()),
    };
    FeedEntry {
        id: item.guid.map(|guid| guid.value).unwrap_or_default(),
        link: item.link.unwrap_or_default(),
        title: item.title.unwrap_or_default(),
        body,
        summary,
        categories: item.categories.into_iter().map(|category| category.name).collect(),
        published,
        updated: None,
        unread_date,
        ..FeedEntry::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Format;
    use crate::feed::parse;

    const HEAD: &str = "<title>T</title><link>l</link><description>d</description>";

    #[test]
    fn items_beside_the_channel_are_read_too() {
        let text = format!("<rss><channel>{HEAD}</channel><item><title>x</title></item></rss>");
        assert_eq!(parse(Format::Rss, &text).unwrap().entries.len(), 1);
    }

    #[test]
    fn an_item_that_the_parser_passes_over_is_an_error_and_not_an_empty_feed() {
        let text = format!("<rss><channel>{HEAD}<list><item/></list></channel></rss>");
        assert_eq!(
            parse(Format::Rss, &text).unwrap_err(),
            ReadError::LostEntries { seen: 1, read: 0 }
        );
    }
}
