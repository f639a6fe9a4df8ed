//! Atom feeds of status pages, through the `atom_syndication` crate.

mod normalise;
mod wire;

use crate::{ReadContext, ReadError, Reading, feed};

/// Reads a feed.
pub(crate) fn read(context: ReadContext<'_>, text: &str) -> Result<Reading, ReadError> {
    feed::read(context, normalise::feed(wire::parse(text)?))
}
