//! Leases: taking turns at a gateway, and telling those who wait what came of it.
//!
//! Several consoles that share an account probe it once: one holds the lease and notes what it saw,
//! the others read the notes. A gateway understands neither the name nor the notes.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::UnixMs;

/// Body of `PUT /leases/{name}`: takes the lease, keeps it, or gives it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct LeasePut {
    pub holder: String,
    /// How long it is held without a word, 1000 to 600000; 0 gives it back.
    pub ttl_ms: u32,
    /// For the others to read; kept only if the lease is, and once each, however often it is said.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// Answer of `PUT /leases/{name}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Lease {
    pub name: String,
    /// `None` where nobody holds it.
    pub holder: Option<String>,
    pub expires_at: Option<UnixMs>,
    /// By the gateway's clock.
    pub now: UnixMs,
}

/// Answer of `GET /leases/{name}/notes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LeaseNotes {
    pub lease: Lease,
    /// Those after the number that was asked for, oldest first; older ones may be forgotten.
    pub notes: Vec<LeaseNote>,
    /// What to ask for next time.
    pub next: u64,
}

/// One note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LeaseNote {
    pub sequence: u64,
    pub at: UnixMs,
    pub note: String,
}
