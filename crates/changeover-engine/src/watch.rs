//! The engine's tasks: one per gateway, one per status page, one for the probes, one that judges
//! and publishes. Each ends when the engine is cancelled, and none waits for another.

pub(crate) mod gateway;
pub(crate) mod hints;
pub(crate) mod judge;
pub(crate) mod probes;
pub(crate) mod status;
pub(crate) mod turns;
pub(crate) mod witness;

use std::time::Duration;

use changeover_clock::Clock;

/// A pause of `usual` in the clock's time, but never shorter than `floor` on the system's: a world
/// that runs sixty times as fast must not be polled sixty times as often by the same two cores.
pub(crate) fn paced(clock: &Clock, usual: Duration, floor: Duration) -> Duration {
    usual.max(floor.mul_f64(clock.speed()))
}
