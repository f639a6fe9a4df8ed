//! Status pages to incidents: what providers say of themselves, read rightly or refused by name.
//!
//! One folder per platform, each a pure function from a document to `findings`: `wire` is the
//! document as it is sent, `normalise` what its JSON means, `feed` what its RSS and Atom mean. By
//! one way for all, findings become a [`Reading`]. Around them the polite poller and the reader of
//! captured files. Not for judging (that is policy's) and not for keeping (the store's). The rule:
//! nothing that could not be read is ever shown as operational.

mod assemble;
mod aws_health;
mod azure;
mod better_stack;
mod body;
mod checkly;
mod datadog;
mod dates;
mod diff;
mod episode;
mod error;
mod feed;
mod findings;
mod flashcat;
mod folder;
mod google_cloud;
mod html;
mod incident_io;
mod instatus;
mod json;
mod known;
mod memory;
mod merge;
mod names;
mod plain;
mod platform;
mod poll;
mod reading;
mod sniff;
mod statuspage;
#[cfg(test)]
mod tests;
mod ulid;
mod volcengine;
mod webhook;
mod words;
mod xai;
mod xml;

pub use body::MAX_BODY_BYTES;
pub use diff::{Diff, Known, MaintenanceStep, Transition, diff};
pub use error::ReadError;
pub use folder::{FileContent, FileIncident, FileReading, FileResult, read_folder};
pub use merge::merge;
pub use names::{ModelNames, is_model};
pub use platform::{ComponentRule, Format, Platform, ReadContext, read, read_any};
pub use poll::{PollError, PollOutcome, StatusPoller, StatusSource};
pub use reading::{Coverage, Reading, UnreadEntry, worst};
pub use webhook::{
    ReceiverState, WaitingHint, WaitingHints, WebhookReceiver, WebhookRefusal, WebhookSettings,
};
