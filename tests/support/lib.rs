//! What the journeys share: the desktop on which the real program is driven, and the gateway at which
//! the vendors' SDKs are pointed.
//!
//! Not for: assertions. A journey says itself what has to hold.

#[cfg(target_os = "linux")]
pub mod desktop;
pub mod journey;
pub mod pace;
pub mod stand;
