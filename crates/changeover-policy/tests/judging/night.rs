//! What happens to the console itself on calm days: it sleeps, it is started anew, its neutral hosts
//! and the pages do not answer for a while.
//!
//! Drawn by a generator of its own, so that a story's requests are the same with and without it.

use std::ops::Range;

use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;
use rand_distr::{Distribution as _, Exp, Uniform};

const HOUR_S: f64 = 3_600.0;
/// On average between two sleeps, starts, silences of the neutral hosts and of the pages, hours.
const BETWEEN_SLEEPS: f64 = 10.0;
const BETWEEN_STARTS: f64 = 20.0;
const BETWEEN_BLIPS: f64 = 1.0;
const BETWEEN_SILENCES: f64 = 3.0;
/// How long each of them lasts, seconds. A blip is one look of the witness, or two.
const SLEEP_S: (i64, i64) = (120, 3 * 3_600);
const START_S: (i64, i64) = (3, 90);
const BLIP_S: (i64, i64) = (15, 30);
const SILENCE_S: (i64, i64) = (120, 900);

/// One thing that comes and goes.
#[derive(Debug)]
struct Spell {
    between_hours: f64,
    lasts: (i64, i64),
    now: Range<i64>,
}

impl Spell {
    fn new(between_hours: f64, lasts: (i64, i64)) -> Self {
        Self { between_hours, lasts, now: 0..0 }
    }

    /// Whether it goes on in this second; the next one is drawn when one is over.
    fn goes_on(&mut self, random: &mut ChaCha8Rng, second: i64) -> bool {
        if self.now.end <= second {
            let pause = Exp::new(1.0 / (self.between_hours * HOUR_S)).unwrap().sample(random);
            let lasts = Uniform::new_inclusive(self.lasts.0, self.lasts.1).unwrap().sample(random);
            #[expect(clippy::cast_possible_truncation, reason = "some hours")]
            let from = second + 1 + pause as i64;
            self.now = from..from + lasts;
        }
        self.now.contains(&second)
    }
}

/// How the console is in one second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Condition {
    pub(crate) asleep: bool,
    /// It does not run; when it does again it has forgotten what is not in its store.
    pub(crate) down: bool,
    pub(crate) neutral_hosts_silent: bool,
    pub(crate) pages_silent: bool,
}

/// The console's days.
#[derive(Debug)]
pub(crate) struct Night {
    random: ChaCha8Rng,
    sleep: Spell,
    start: Spell,
    blip: Spell,
    silence: Spell,
    pub(crate) counts: Counts,
    before: Condition,
}

/// How often each has begun: a simulation in which nothing happened shows nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) sleeps: u32,
    pub(crate) starts: u32,
    pub(crate) blips: u32,
    pub(crate) silences: u32,
}

impl Counts {
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            sleeps: self.sleeps + other.sleeps,
            starts: self.starts + other.starts,
            blips: self.blips + other.blips,
            silences: self.silences + other.silences,
        }
    }
}

impl Night {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: ChaCha8Rng::seed_from_u64(seed ^ 0x6e69_6768_7421),
            sleep: Spell::new(BETWEEN_SLEEPS, SLEEP_S),
            start: Spell::new(BETWEEN_STARTS, START_S),
            blip: Spell::new(BETWEEN_BLIPS, BLIP_S),
            silence: Spell::new(BETWEEN_SILENCES, SILENCE_S),
            counts: Counts::default(),
            before: Condition::default(),
        }
    }

    /// The same whose first sleep and first start are known.
    pub(crate) fn planned(self, sleep: Range<i64>, start: Range<i64>) -> Self {
        Self {
            sleep: Spell { now: sleep, ..self.sleep },
            start: Spell { now: start, ..self.start },
            ..self
        }
    }

    /// The condition in this second.
    pub(crate) fn pass(&mut self, second: i64) -> Condition {
        let random = &mut self.random;
        let now = Condition {
            asleep: self.sleep.goes_on(random, second),
            down: self.start.goes_on(random, second),
            neutral_hosts_silent: self.blip.goes_on(random, second),
            pages_silent: self.silence.goes_on(random, second),
        };
        let begins = |before: bool, now: bool| u32::from(now && !before);
        self.counts.sleeps += begins(self.before.asleep, now.asleep);
        self.counts.starts += begins(self.before.down, now.down);
        self.counts.blips += begins(self.before.neutral_hosts_silent, now.neutral_hosts_silent);
        self.counts.silences += begins(self.before.pages_silent, now.pages_silent);
        self.before = now;
        now
    }
}
