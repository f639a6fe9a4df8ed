//! Verdicts over time: a small simulated world, judged every second.
//!
//! Three vendors with seven targets, probed as the prober does it and asked by callers through
//! gateways, with the noise of good days: log-normal times, a few random errors in a thousand, a daily
//! swing, single calls that take very long, seconds of rate limit, lost probes (`weather`), and a
//! console that sleeps and is started anew (`night`, `history`). What is
//! simulated is what is observed, not how.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a world that cannot be made ends the test; figures are read from its output"
)]

#[path = "judging/calm.rs"]
mod calm;
#[path = "judging/cases.rs"]
mod cases;
#[path = "judging/fault.rs"]
mod fault;
#[path = "judging/history.rs"]
mod history;
#[path = "judging/night.rs"]
mod night;
#[path = "judging/noise.rs"]
mod noise;
#[path = "judging/weather.rs"]
mod weather;
#[path = "judging/world.rs"]
mod world;
