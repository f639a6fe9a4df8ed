//! How many second chances the whole gateway gives.
//!
//! When a provider fails for everybody, retrying each request at it doubles its load and our
//! latency and mends nothing. So second attempts at the same target are paid from one purse: every
//! request puts in a tenth of an attempt, each retry takes out a whole one. In quiet times the
//! purse is full and single failures are smoothed over; in an outage it is empty within seconds
//! and requests go to the next target at once. Going to the next target costs nothing here: it
//! spreads load instead of repeating it.

/// What a request puts in, in thousandths of a retry.
const DEPOSIT: u32 = 100;
const RETRY: u32 = 1_000;
/// The most that is saved up: ten retries.
const MOST: u32 = 10 * RETRY;

/// The purse.
#[derive(Debug)]
pub(crate) struct RetryBudget(u32);

impl Default for RetryBudget {
    fn default() -> Self {
        Self(MOST)
    }
}

impl RetryBudget {
    /// A request arrived.
    pub(crate) fn deposit(&mut self) {
        self.0 = (self.0 + DEPOSIT).min(MOST);
    }

    /// Asks for one retry.
    pub(crate) fn withdraw(&mut self) -> bool {
        let rest = self.0.checked_sub(RETRY);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_an_outage_retries_are_a_tenth_of_the_requests() {
        let mut budget = RetryBudget::default();
        let granted = (0..1_000)
            .filter(|_| {
                budget.deposit();
                budget.withdraw()
            })
            .count();
        assert_eq!(granted, 110 - 1, "what was saved up, and a tenth of what came");
    }
}
