//! Notices on their way out: to a signed webhook, to Slack, to PagerDuty.
//!
//! One folder per kind of sink, with the same files in each: what is said (`wire`), how it is asked
//! and what an answer means (the room itself), and golden bodies (`tests`). Not for what is worth a
//! notice (policy and engine), and not for the outbox (store): a [`Sink`] makes one attempt, and
//! [`after_attempt`] says what becomes of the message.
//!
//! # Rules
//! - **At least once, and told apart.** A message is sent until its sink says that it has it, or
//!   until it is given up. Its id, and the key of its alert, are the same at every attempt, so a
//!   receiver knows a repetition.
//! - **Secrets stay in their headers, addresses and fields.** A Slack address is a secret. None gets
//!   into an error: causes are shown without addresses, and answers with secrets masked.
//! - **Nowhere else.** Encrypted, or on this machine; no redirect is followed.
//! - **Answers are hostile**: read up to a cap, within a time, and shown as one short line.

mod address;
mod answer;
mod fate;
mod pagerduty;
mod sink;
mod slack;
mod webhook;
mod written;

pub use address::{AddressError, SecretAddress};
pub use answer::Outcome;
pub use changeover_webhook::SenderKeyError;
pub use fate::{DELIVERY, Delivery, after_attempt};
pub use pagerduty::PagerDuty;
pub use sink::{Sink, SinkKind, SinkSetup};
pub use slack::Slack;
pub use webhook::{SigningKey, Webhook};

#[cfg(test)]
mod tests;
