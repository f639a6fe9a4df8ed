//! The gateway as a whole, against vendors of the tests' own.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests stand outside test functions"
)]

mod accounting;
mod actions;
mod admin;
mod breakers;
mod classes;
mod connections;
mod dialects;
mod draining;
mod durability;
mod embeddings;
mod evidence;
mod expiry;
mod hold_back;
mod hooks;
mod hostile;
mod logging;
mod modes;
mod openapi;
mod overload;
mod program;
mod reload;
mod serving;
mod support;
mod tls;
