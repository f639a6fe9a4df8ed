//! Who may knock: secret paths, signatures, replays and rates of status pages' webhooks.
//!
//! Pure: a request's path, headers and body and the time go in, a decision comes out. The console's
//! receiver (status) and the reference gateway's relay both decide by it. Not for sockets, and not
//! for what a page says: a webhook, signed or not, is a hint to read the page at the address that
//! is configured, and nothing in it is ever taken for the page's state.

mod config;
mod door;
mod key;
mod rate;
mod replay;
mod said;
mod signature;
mod visits;

pub use config::{DoorConfig, doors};
pub use door::{Checked, Delivery, Door, DoorError, Doors, MOST_DOORS};
pub use key::{KeyError, SenderKeyError, SigningKey};
pub use rate::Limited;
pub use said::SAID_CHARS;
pub use signature::{SignatureError, sign};
pub use visits::Visits;

/// The first segment of every path here: `/hooks/{page}/{secret}`.
pub const PREFIX: &str = "hooks";
/// The largest body that is read, in bytes. A long incident with all its updates has about a fifth.
pub const BODY_LIMIT: usize = 256 * 1024;
