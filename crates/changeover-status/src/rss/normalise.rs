//! RSS items as entries of a status feed: `content:encoded` before `description`, `pubDate` as the
//! only date.

use crate::dates::item_date;
use crate::feed::{Feed, FeedEntry};

pub(super) fn feed(channel: rss::Channel) -> Feed {
    Feed {
        title: channel.title().to_owned(),
        generator: channel.generator().unwrap_or_default().to_owned(),
        link: channel.link().to_owned(),
        entries: channel.into_items().into_iter().map(entry).collect(),
    }
}

fn entry(item: rss::Item) -> FeedEntry {
    let published = item.pub_date().and_then(item_date);
    FeedEntry {
        id: item.guid.map(|guid| guid.value).unwrap_or_default(),
        link: item.link.unwrap_or_default(),
        title: item.title.unwrap_or_default(),
        body: item.content.or(item.description).unwrap_or_default(),
        published,
        updated: None,
    }
}
