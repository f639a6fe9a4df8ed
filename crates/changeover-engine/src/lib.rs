//! The one owner of state: schedules, supervises, decides by policy, publishes.
//!
//! Hosts send it commands and hold copies of what it publishes. Nothing else writes to the store or
//! asks a gateway for anything.

pub mod contract;
