//! The reference gateway: carries routes' traffic to providers, and does what its levers say.
//!
//! Two listeners: `data` for applications, `admin` for consoles. Between them the `board`
//! holds what every route does now, and the `writer` is the only one who changes overrides: on
//! disk first (`journal`), then in force, then answered. A request reads the board once when it
//! arrives and reports to its breakers on the way.
//!
//! Not for wire formats (llm), not for the rules by which breakers move and routes are chosen
//! (policy), not for prices (cost). The rule it keeps: what it says about itself, in headers,
//! state, changes and traffic, is what it did.

mod admin;
mod board;
mod body;
mod cache;
mod callers;
mod chain;
pub mod config;
mod data;
mod error;
mod gates;
mod gateway;
mod held;
mod hints;
mod journal;
mod keys;
mod leases;
mod listener;
mod live;
mod log;
mod metrics;
mod pace;
mod reload;
mod requests;
mod settings;
mod shared;
mod summary;
mod template;
mod tls;
mod trace;
mod traffic;
mod warnings;
mod writer;

pub use board::Misfit;
pub use error::GatewayError;
pub use gateway::Gateway;
pub use journal::JournalError;
pub use log::{LogFormat, LogSettings, subscriber};
pub use reload::ReloadRefused;
pub use settings::{
    AdminToken, CacheSettings, Caller, ConcurrencySettings, ConnectionLimits, DEFAULT_TEMPLATE,
    DrainSettings, GatewaySettings, HoldBack, RequestLimits, Role, SERVED_MODES, ServingSettings,
    SharedServing, ShortSettings,
};
pub use summary::Summary;
pub use tls::{Tls, TlsError, TlsFiles};
