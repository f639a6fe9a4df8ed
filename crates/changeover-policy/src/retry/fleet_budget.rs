//! How many retries the whole gateway makes.
//!
//! Not for going to the next target: that spreads load instead of repeating it, and costs nothing
//! here.
//!
//! # Why a budget
//!
//! A bound on each request's own retries does not bound their sum. When a provider fails for
//! everybody, two retries each treble the load on it just when it has least to give, and every
//! layer that retries multiplies the one below. What has to be bounded is the *share* of retries in
//! all traffic: here a tenth. In quiet times single failures are smoothed over and nobody notices
//! the bound; in an outage it is used up within a second, and requests go to the next target at
//! once.
//!
//! # The statistic
//!
//! Requests and retries of the last [`FleetBudgetSettings::window`], counted in ten slices and
//! forgotten slice by slice. A retry is granted while
//!
//! ```text
//! retries < max(window_least, requests * share)
//! ```
//!
//! It is Finagle's and Linkerd's retry budget, a token bucket whose tokens go stale: credit that
//! was saved up in a good hour must not pay for a storm. With one difference: they *add* the
//! minimum to the share, here the larger counts, so that a busy gateway keeps to a tenth and not
//! to a tenth and something. The minimum is for the quiet one: with five requests a minute a tenth
//! would never grant any.

use std::collections::VecDeque;
use std::time::Duration;

use changeover_domain::UnixMs;

/// In how many steps the window forgets.
const SLICES: u32 = 10;

/// How much of the traffic may be retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FleetBudgetSettings {
    /// How far back requests and retries are counted.
    pub window: Duration,
    /// How many retries a hundred requests allow.
    pub share_percent: u32,
    /// As many retries per window are always allowed.
    pub window_least: u32,
}

impl Default for FleetBudgetSettings {
    fn default() -> Self {
        Self { window: Duration::from_secs(10), share_percent: 10, window_least: 10 }
    }
}

/// The budget of all requests together.
#[derive(Debug, Clone)]
pub struct FleetBudget {
    settings: FleetBudgetSettings,
    /// The slice that is being counted into.
    open: Slice,
    /// Those before it, the oldest first.
    full: VecDeque<Slice>,
}

#[derive(Debug, Clone, Copy)]
struct Slice {
    begun: UnixMs,
    requests: u64,
    retries: u64,
}

/// The budget as metrics show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FleetReport {
    /// Requests in the window.
    pub requests: u64,
    /// Retries in the window.
    pub retries: u64,
    /// How many more would be granted now.
    pub left: u64,
}

impl FleetBudget {
    /// A budget that has seen nothing.
    #[must_use]
    pub fn new(settings: FleetBudgetSettings, now: UnixMs) -> Self {
        Self { settings, open: Slice::begun_at(now), full: VecDeque::new() }
    }

    /// A request arrived.
    pub fn deposit(&mut self, now: UnixMs) {
        let slice = self.open_slice(now);
        slice.requests = slice.requests.saturating_add(1);
    }

    /// Asks for one retry. `true` has spent it.
    #[must_use = "what was granted is spent"]
    pub fn withdraw(&mut self, now: UnixMs) -> bool {
        let granted = self.report(now).left > 0;
        if granted {
            let slice = self.open_slice(now);
            slice.retries = slice.retries.saturating_add(1);
        }
        granted
    }

    /// What was counted, and what is left of it.
    #[must_use]
    pub fn report(&self, now: UnixMs) -> FleetReport {
        let slices = self.full.iter().chain([&self.open]);
        let counted = slices.filter(|slice| !self.is_over(slice, now));
        let (requests, retries) = counted.fold((0_u64, 0_u64), |(requests, retries), slice| {
            (requests.saturating_add(slice.requests), retries.saturating_add(slice.retries))
        });
        let share = requests.saturating_mul(u64::from(self.settings.share_percent)) / 100;
        let allowed = share.max(u64::from(self.settings.window_least));
        FleetReport { requests, retries, left: allowed.saturating_sub(retries) }
    }

    /// A slice is forgotten when even its last moment is out of the window: no retry is forgotten
    /// early.
    fn is_over(&self, slice: &Slice, now: UnixMs) -> bool {
        now.since(slice.begun) >= self.settings.window.saturating_add(self.slice_length())
    }

    fn slice_length(&self) -> Duration {
        (self.settings.window / SLICES).max(Duration::from_millis(1))
    }

    /// The slice of now. Time that steps back is counted to the one that is open.
    fn open_slice(&mut self, now: UnixMs) -> &mut Slice {
        if now.since(self.open.begun) >= self.slice_length() {
            let full = std::mem::replace(&mut self.open, Slice::begun_at(now));
            self.full.push_back(full);
            while self.full.front().is_some_and(|oldest| self.is_over(oldest, now)) {
                self.full.pop_front();
            }
        }
        &mut self.open
    }
}

impl Slice {
    fn begun_at(begun: UnixMs) -> Self {
        Self { begun, requests: 0, retries: 0 }
    }
}

#[cfg(test)]
#[path = "fleet_budget/tests.rs"]
mod tests;
