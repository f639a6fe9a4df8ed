//! Pure decisions: functions of observations, settings and now.
//!
//! Not for I/O, not for clocks, not for keeping state between calls: what must be remembered is a
//! value that is handed in and handed back.

pub mod actions;
pub mod alert;
pub mod breaker;
pub mod convergence;
pub mod credential;
pub mod episode;
pub mod event;
pub mod interlock;
pub mod ladder;
pub mod lag;
pub mod ledger;
pub mod retry;
pub mod routing;
pub mod score;
pub mod throttle;
pub mod verdict;
pub mod witness;
