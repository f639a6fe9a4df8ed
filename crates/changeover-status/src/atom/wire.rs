//! The Atom document, checked before and after it is parsed: no entry may be lost on the way.

use atom_syndication as atom;

use crate::{ReadError, xml};

pub(super) fn parse(text: &str) -> Result<atom::Feed, ReadError> {
    let outline = xml::outline(text)?;
    let feed = atom::Feed::read_from(text.as_bytes())
        .map_err(|error| ReadError::Xml(changeover_http::error_chain(&error)))?;
    let read = feed.entries.len();
    if read == outline.entries {
        Ok(feed)
    } else {
        Err(ReadError::LostEntries { seen: outline.entries, read })
    }
}
