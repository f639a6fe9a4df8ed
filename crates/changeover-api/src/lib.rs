//! The contract: every command, event and error, once.
//!
//! From the one list in `list.rs` come the router of all hosts, the command names, `describe`
//! and the TypeScript types. Knows no host; decides nothing; holds nothing but the engine.

mod contract;
mod error;
mod handlers;
pub mod lab;
mod list;
mod typescript;

pub use contract::Nothing;
pub use error::{ApiError, ApiErrorCode};
pub use list::{COMMANDS, CommandInfo, Event, Handled, handle, handle_without_engine};
pub use typescript::{ExportError, export_typescript};

pub use changeover_engine::{Engine, EngineOptions, StartError, World};

/// The event's name under which hosts send [`changeover_engine::contract::EngineChanged`].
pub const ENGINE_CHANGED: &str = "engine_changed";
