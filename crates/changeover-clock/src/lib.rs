//! The only reader of time in the product.
//!
//! A [`Clock`] is handed to everything that waits or measures. The system's clock runs at 1×; the
//! sandbox's runs at a speed that can be changed while it runs, so that an hour of a scenario takes
//! minutes, with the same code and the same figures. All durations given and returned are in the
//! clock's own time.
//!
//! Not for: civil dates and zones (that is `jiff`'s), or deciding anything.

#![expect(
    clippy::disallowed_methods,
    reason = "this crate is the one place where the system's time is read"
)]

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use changeover_domain::UnixMs;
use tokio::sync::watch;
use tokio::time::Instant;

/// The slowest and the fastest a clock may run.
pub const SPEEDS: std::ops::RangeInclusive<f64> = 0.1..=120.0;

/// How far ahead the wall's clock must be to be followed: less is the drift of two counts.
const LEAP_MS: i64 = 2_000;

/// Where the clock's time and the system's were the same, and how fast it has run since.
#[derive(Debug, Clone, Copy)]
struct Anchor {
    system: Instant,
    origin: UnixMs,
    /// The clock's own time at `system`, since the clock was made.
    elapsed: Duration,
    speed: f64,
}

impl Anchor {
    fn elapsed_at(&self, system: Instant) -> Duration {
        self.elapsed + system.saturating_duration_since(self.system).mul_f64(self.speed)
    }
}

impl Steady {
    fn elapsed(&self) -> Duration {
        Instant::now().saturating_duration_since(self.system)
    }

    fn now(&self) -> UnixMs {
        self.origin.plus(self.elapsed()).plus_millis(self.leapt.load(Ordering::Relaxed))
    }
}

/// A point of the clock's monotonic time; only good for differences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(Duration);

impl Moment {
    /// The time from `earlier` until this moment; zero when it lies before.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// This moment, `by` later.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self(self.0.saturating_add(by))
    }
}

/// The time ran out first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time ran out")
    }
}

impl std::error::Error for Elapsed {}

/// A source of time. Cheap to clone; clones run together.
#[derive(Clone)]
pub struct Clock(Pace);

/// How a clock runs. A gateway asks for the time some twenty times per request and sets a timer or
/// two, so the clock that it has outside of a sandbox has nothing to lock and nobody to listen to.
#[derive(Clone)]
struct Steady {
    system: Instant,
    origin: UnixMs,
    /// By how much it was caught up with the wall's clock, in milliseconds.
    leapt: Arc<AtomicI64>,
    /// What the wall's clock shows where this one shows so.
    wall: fn(UnixMs) -> UnixMs,
}

#[derive(Clone)]
enum Pace {
    /// As the system does, for ever.
    System(Steady),
    /// At a speed that can change.
    Scaled(Arc<watch::Sender<Anchor>>),
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({}×)", self.speed())
    }
}

impl Clock {
    /// The system's time. It is reckoned from a count that stands still while the machine sleeps, so
    /// somebody has to [catch it up](Self::catch_up).
    #[must_use]
    pub fn system() -> Self {
        Self::beside(system_now(), |_| system_now())
    }

    /// As [`Self::system`], with another wall's clock: what it shows where this one shows so. For
    /// trying out sleep and corrections.
    #[must_use]
    pub fn beside(origin: UnixMs, wall: fn(UnixMs) -> UnixMs) -> Self {
        let leapt = Arc::default();
        Self(Pace::System(Steady { system: Instant::now(), origin, leapt, wall }))
    }

    /// Leaps forward to the wall's clock, where that is ahead by more than two counts drift apart:
    /// the machine slept, or its clock was set forward. It never goes back: a wall's clock that is
    /// set back is followed after a restart. A scaled clock follows no wall.
    pub fn catch_up(&self) {
        let Pace::System(steady) = &self.0 else { return };
        let leapt = steady.leapt.load(Ordering::Relaxed);
        let shown = steady.origin.plus(steady.elapsed()).plus_millis(leapt);
        let behind = (steady.wall)(shown).millis_since(shown);
        if behind >= LEAP_MS {
            // Whoever was first has made up for it.
            let (before, after) = (leapt, leapt.saturating_add(behind));
            let relaxed = Ordering::Relaxed;
            steady.leapt.compare_exchange(before, after, relaxed, relaxed).ok();
        }
    }

    /// A clock that begins at `origin` and runs `speed` times as fast as the system's, until it is
    /// told otherwise.
    #[must_use]
    pub fn scaled(origin: UnixMs, speed: f64) -> Self {
        let (anchor, _) = watch::channel(Anchor {
            system: Instant::now(),
            origin,
            elapsed: Duration::ZERO,
            speed: in_range(speed),
        });
        Self(Pace::Scaled(Arc::new(anchor)))
    }

    /// Now, by this clock.
    #[must_use]
    pub fn now(&self) -> UnixMs {
        match &self.0 {
            Pace::System(steady) => steady.now(),
            Pace::Scaled(anchor) => {
                let anchor = *anchor.borrow();
                anchor.origin.plus(anchor.elapsed_at(Instant::now()))
            }
        }
    }

    /// Now, for measuring.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment(match &self.0 {
            Pace::System(steady) => steady.elapsed(),
            Pace::Scaled(anchor) => anchor.borrow().elapsed_at(Instant::now()),
        })
    }

    /// How many times as fast as the system's clock it runs.
    #[must_use]
    pub fn speed(&self) -> f64 {
        match &self.0 {
            Pace::System(_) => 1.0,
            Pace::Scaled(anchor) => anchor.borrow().speed,
        }
    }

    /// Changes the speed for everybody, those asleep included. The system's clock stays as it is.
    pub fn set_speed(&self, speed: f64) {
        let Pace::Scaled(anchor) = &self.0 else { return };
        let now = Instant::now();
        anchor.send_modify(|anchor| {
            anchor.elapsed = anchor.elapsed_at(now);
            anchor.system = now;
            anchor.speed = in_range(speed);
        });
    }

    /// Waits for `duration` of this clock's time.
    pub async fn sleep(&self, duration: Duration) {
        self.sleep_until(self.moment().plus(duration)).await;
    }

    /// Waits until `moment`.
    pub async fn sleep_until(&self, moment: Moment) {
        match &self.0 {
            Pace::System(Steady { system, .. }) => {
                // Beyond what the system can count is never.
                match system.checked_add(moment.0) {
                    Some(then) => tokio::time::sleep_until(then).await,
                    None => std::future::pending().await,
                }
            }
            Pace::Scaled(anchor) => until(anchor, moment).await,
        }
    }

    /// Runs `future` for at most `limit` of this clock's time.
    ///
    /// # Errors
    /// [`Elapsed`] when the limit passed first; the future is dropped then.
    pub async fn timeout<T>(
        &self,
        limit: Duration,
        future: impl Future<Output = T>,
    ) -> Result<T, Elapsed> {
        tokio::select! {
            biased;
            done = future => Ok(done),
            () = self.sleep(limit) => Err(Elapsed),
        }
    }
}

/// Waits at a speed that may change meanwhile.
async fn until(anchor: &watch::Sender<Anchor>, moment: Moment) {
    let mut anchors = anchor.subscribe();
    loop {
        let anchor = *anchors.borrow_and_update();
        let left = moment.0.saturating_sub(anchor.elapsed_at(Instant::now()));
        if left.is_zero() {
            return;
        }
        let on_system = left.div_f64(anchor.speed).max(Duration::from_micros(50));
        tokio::select! {
            () = tokio::time::sleep(on_system) => {}
            changed = anchors.changed() => {
                if changed.is_err() {
                    // The clock is gone with its owner: nothing is left to wait for.
                    return;
                }
            }
        }
    }
}

fn in_range(speed: f64) -> f64 {
    if speed.is_finite() { speed.clamp(*SPEEDS.start(), *SPEEDS.end()) } else { 1.0 }
}

/// The system's wall clock, now.
#[must_use]
pub fn system_now() -> UnixMs {
    let since_epoch =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    UnixMs::default().plus(since_epoch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_scaled_clock_sleeps_in_its_own_time() {
        let clock = Clock::scaled(UnixMs(1_000), 10.0);
        let system = Instant::now();
        clock.sleep(Duration::from_secs(20)).await;
        assert_eq!(clock.now(), UnixMs(21_000));
        let passed = system.elapsed();
        assert!(passed < Duration::from_millis(2_010), "20 s at 10x take 2 s, not {passed:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_of_speed_reaches_who_sleeps_already_and_time_does_not_jump() {
        let clock = Clock::scaled(UnixMs(0), 1.0);
        let sleeper = clock.clone();
        let system = Instant::now();
        let asleep = async move { sleeper.sleep(Duration::from_secs(60)).await };
        let hurry = async {
            tokio::time::sleep(Duration::from_secs(10)).await;
            let before = clock.now();
            clock.set_speed(50.0);
            assert_eq!(clock.now(), before, "a new speed must not move the present");
        };
        tokio::join!(asleep, hurry);
        assert!(
            system.elapsed() < Duration::from_millis(11_050),
            "50 s at 50x take one more second"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_slept_is_caught_up_and_never_goes_back() {
        // The machine sleeps for an hour after ten seconds; later somebody sets the wall's clock
        // back by a day.
        const HOUR_MS: i64 = 3_600_000;
        let clock = Clock::beside(UnixMs(0), |shown| match shown.0 {
            ..10_000 => shown,
            10_000..HOUR_MS => shown.plus_millis(HOUR_MS),
            _ => shown.plus_millis(-24 * HOUR_MS),
        });
        let before = clock.moment();
        clock.sleep(Duration::from_secs(9)).await;
        clock.catch_up();
        assert!(clock.now() < UnixMs(9_100));
        clock.sleep(Duration::from_secs(2)).await;
        clock.catch_up();
        let woke = clock.now();
        assert!((HOUR_MS + 11_000..HOUR_MS + 11_100).contains(&woke.0), "{woke:?}");
        clock.catch_up();
        assert!(clock.now() >= woke && clock.now() < woke.plus_millis(1_000), "it leaps once");
        let measured = clock.moment().since(before);
        assert!(measured < Duration::from_millis(11_100), "a sleep is no waiting: {measured:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_limit_counts_in_the_clocks_time() {
        let clock = Clock::scaled(UnixMs(0), 100.0);
        let system = Instant::now();
        let outcome = clock.timeout(Duration::from_secs(100), std::future::pending::<()>()).await;
        assert_eq!(outcome, Err(Elapsed));
        assert!(system.elapsed() < Duration::from_millis(1_010));
    }

    #[tokio::test(start_paused = true)]
    async fn the_systems_clock_keeps_its_pace() {
        let clock = Clock::system();
        let (begun, moment) = (clock.now(), clock.moment());
        clock.set_speed(50.0);
        clock.sleep(Duration::from_secs(20)).await;
        assert!((clock.speed() - 1.0).abs() < f64::EPSILON);
        assert_eq!(clock.now(), begun.plus(Duration::from_secs(20)));
        assert_eq!(clock.moment().since(moment), Duration::from_secs(20));
        let forever = clock.timeout(Duration::from_secs(3_600), clock.sleep(Duration::MAX));
        assert_eq!(forever.await, Err(Elapsed), "the end of time does not come early");
    }

    #[test]
    fn an_impossible_speed_is_brought_into_range() {
        assert!((in_range(f64::NAN) - 1.0).abs() < f64::EPSILON);
        assert!((in_range(1e9) - 120.0).abs() < f64::EPSILON);
    }
}
