//! The headless host as its users have it: the real program, over HTTP and on the command line.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod console;
mod console_killed;
mod host;
mod outbox_killed;
mod webhooks;
