//! What is kept of one document of one page from one look to the next, so that only what changed is
//! made again. Bounded by the last document, and without it everything reads the same.

use crate::feed;
use crate::findings::Assembled;
use crate::statuspage;

/// Documents larger than this are read anew each time.
pub(crate) const MAX_KEPT_BYTES: usize = 1024 * 1024;

/// The memory of one document.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// The entries of a feed.
    pub(crate) feed: feed::Memory,
    /// The incidents of Statuspage's JSON.
    pub(crate) statuspage: statuspage::Memory,
    /// The incidents by what they were made of.
    pub(crate) assembled: Assembled,
}
