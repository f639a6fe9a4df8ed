//! The one owner of state: schedules, supervises, decides by policy, publishes.
//!
//! Hosts send it commands and hold copies of what it publishes. Nothing else writes to the store or
//! asks a gateway for anything. Not for wire formats (llm, status, control), not for decisions
//! (policy), not for pixels.

mod alerts;
mod books;
pub mod contract;
mod engine;
mod error;
mod incidents;
mod installation;
mod lever;
mod memory;
mod observed;
mod outgoing;
mod probing;
mod publish;
mod review;
mod sandbox;
mod settings;
mod setup;
mod start;
mod state;
mod triage;
mod view;
mod watch;

pub use engine::Engine;
pub use error::EngineError;
pub use start::{EngineOptions, StartError, World};
