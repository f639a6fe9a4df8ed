//! Between two looks at a page: how soon a hint lets it be looked at again.

use std::time::Duration;

use changeover_clock::Clock;
use changeover_domain::UnixMs;
use tokio::sync::Notify;

/// However many hints come, a page is not asked again sooner than this after it was asked.
const HINT_GAP: Duration = Duration::from_secs(10);

/// Ends when somebody hints, but not before the gap since the last look is over, nor while the page
/// asked to be left alone: anybody may send a hint, and none is worth a page's patience.
pub(super) async fn hinted(clock: &Clock, wake: &Notify, polled_at: UnixMs, asked_rest: Duration) {
    wake.notified().await;
    clock.sleep(left(clock, polled_at, HINT_GAP.max(asked_rest))).await;
}

/// What is left of a delay that began with the last look.
pub(super) fn left(clock: &Clock, polled_at: UnixMs, delay: Duration) -> Duration {
    delay.saturating_sub(clock.now().since(polled_at))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hints come in these seconds after a look; gives the second of the next one.
    async fn next_look(hints: &[u64], asked_rest_s: u64) -> u64 {
        let clock = Clock::scaled(UnixMs(1_000_000), 1.0);
        let (wake, polled_at) = (Notify::new(), clock.now());
        let sent = async {
            for at in hints {
                clock.sleep(left(&clock, polled_at, Duration::from_secs(*at))).await;
                wake.notify_one();
            }
        };
        let asked_rest = Duration::from_secs(asked_rest_s);
        tokio::join!(hinted(&clock, &wake, polled_at, asked_rest), sent);
        // A timer may be a millisecond late.
        (clock.now().since(polled_at).as_millis() / 1_000).try_into().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_hint_lets_a_page_be_read_at_once_but_not_twice_within_the_gap() {
        assert_eq!(next_look(&[25], 0).await, 25);
        assert_eq!(next_look(&[3], 0).await, 10);
        assert_eq!(next_look(&[1, 2, 3], 0).await, 10, "many are as good as one");
    }

    #[tokio::test(start_paused = true)]
    async fn no_hint_is_worth_the_patience_of_a_page_that_asks_for_peace() {
        assert_eq!(next_look(&[1, 12, 30], 600).await, 600);
        assert_eq!(next_look(&[700], 600).await, 700);
    }
}
