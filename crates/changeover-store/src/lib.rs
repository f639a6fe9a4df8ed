//! Everything Changeover remembers, in one SQLite file: `changeover.db` in the data directory.
//!
//! Not for deciding anything, and not for secrets: none is ever handed in. Of verdicts'
//! inputs, verdicts and episodes only the newest are kept; nothing else is deleted yet.
//!
//! # Rules
//! - **One writer.** [`Writer`] is the only value that can change the file, over one connection;
//!   a [`Reader`] cannot write, and reads beside it. [`open`] hands out one of each and holds the
//!   data directory locked, so that two consoles never share it.
//! - **What is acknowledged is on disk.** Every write is one transaction in WAL mode with
//!   `synchronous = FULL`: when the future is ready, neither `kill -9` nor a power cut loses it.
//! - **Migrations only add**, and are never edited once released; a file of every earlier version
//!   opens. A file of a later version is refused.
//! - **What is read is checked** like anything foreign: a value that is not of the domain is an
//!   error that names its column, never a panic and never a default.
//!
//! # Queries are checked, and building needs no database
//! The `sqlx` macros check each query against the descriptions in the workspace's `.sqlx` folder,
//! which is committed. After changing a query or adding a migration, run `cargo xtask prepare`: it
//! makes an empty database from `migrations/` (`examples/schema.rs`, which needs none of the
//! queries), builds this crate against it, and replaces `.sqlx`.

pub mod schema;

#[cfg(feature = "queries")]
mod alerts;
#[cfg(feature = "queries")]
mod audit;
#[cfg(feature = "queries")]
mod changes;
#[cfg(feature = "queries")]
mod column;
#[cfg(feature = "queries")]
mod connection;
#[cfg(feature = "queries")]
mod data_dir;
#[cfg(feature = "queries")]
mod episodes;
#[cfg(feature = "queries")]
mod error;
#[cfg(feature = "queries")]
mod incidents;
#[cfg(feature = "queries")]
mod intents;
#[cfg(feature = "queries")]
mod latest;
#[cfg(feature = "queries")]
mod open;
#[cfg(feature = "queries")]
mod outgoing;
#[cfg(feature = "queries")]
mod periods;
#[cfg(feature = "queries")]
mod probes;
#[cfg(feature = "queries")]
mod sources;
#[cfg(feature = "queries")]
mod traffic;
#[cfg(feature = "queries")]
mod transitions;
#[cfg(feature = "queries")]
mod verdicts;
#[cfg(feature = "queries")]
mod windows;

#[cfg(feature = "queries")]
pub use {
    alerts::{AlertMoves, StoredAlert},
    audit::{AuditDraft, AuditVerification},
    changes::{ChangesError, GatewayChange},
    connection::{Reader, Writer},
    error::StoreError,
    intents::{Intent, IntentError},
    open::{DATABASE_FILE, OpenError, open},
    outgoing::Backlog,
    periods::PeriodError,
    traffic::{GatewayTraffic, TrafficSum},
    verdicts::StoredVerdict,
};
