//! Status pages to incidents: what providers say of themselves, read rightly or refused by name.
//!
//! One folder per platform, each a pure function from bytes to a [`Reading`]; around them the
//! polite poller and the reader of captured files. Not for judging (that is policy's) and not for
//! keeping (the store's). The rule: nothing that could not be read is ever shown as operational.

mod assemble;
mod atom;
mod body;
mod dates;
mod diff;
mod error;
mod feed;
mod folder;
mod html;
mod names;
mod platform;
mod poll;
mod reading;
mod rss;
mod sniff;
mod statuspage;
#[cfg(test)]
mod tests;
mod words;
mod xml;

pub use body::MAX_BODY_BYTES;
pub use diff::{Diff, Known, Transition, diff};
pub use error::ReadError;
pub use folder::{FileContent, FileIncident, FileReading, FileResult, read_folder};
pub use platform::{Platform, ReadContext, read, read_any};
pub use poll::{PollError, PollOutcome, StatusPoller, StatusSource};
pub use reading::{Coverage, Reading, UnreadEntry, is_maintenance, worst};
