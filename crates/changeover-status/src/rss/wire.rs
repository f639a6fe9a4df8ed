//! The RSS document, checked before and after it is parsed: no entry may be lost on the way.

use crate::{ReadError, xml};

pub(super) fn parse(text: &str) -> Result<rss::Channel, ReadError> {
    let outline = xml::outline(text)?;
    let channel = rss::Channel::read_from(text.as_bytes())
        .map_err(|error| ReadError::Xml(changeover_http::error_chain(&error)))?;
    let read = channel.items().len();
    if read == outline.entries {
        Ok(channel)
    } else {
        Err(ReadError::LostEntries { seen: outline.entries, read })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "<title>T</title><link>l</link><description>d</description>";

    #[test]
    fn items_beside_the_channel_are_read_too() {
        let text = format!("<rss><channel>{HEAD}</channel><item><title>x</title></item></rss>");
        assert_eq!(parse(&text).unwrap().items().len(), 1);
    }

    #[test]
    fn an_item_that_the_parser_passes_over_is_an_error_and_not_an_empty_feed() {
        let text = format!("<rss><channel>{HEAD}<list><item/></list></channel></rss>");
        assert_eq!(parse(&text).unwrap_err(), ReadError::LostEntries { seen: 1, read: 0 });
    }
}
