//! What happens to anybody on a good day and is nobody's outage: seconds of rate limit, a probe that is
//! lost on its way, one that is never sent.
//!
//! Drawn by a generator of its own, so that a story's requests are the same with and without it.

use changeover_domain::FailureClass;
use rand::SeedableRng as _;
use rand::rngs::ChaCha8Rng;
use rand_distr::{Distribution as _, Uniform};

/// Between two short rate limits of one target, on average.
const BETWEEN_LIMITS_S: f64 = 2.0 * 3_600.0;
/// How long one lasts at most: until the vendor's bucket has some tokens again.
const LONGEST_LIMIT_S: i64 = 3;
/// The share of requests that are refused meanwhile.
const LIMITED_SHARE: f64 = 0.6;
/// Probes in a thousand that are lost on their way, and that a busy machine leaves out.
const LOST: f64 = 0.003;
const LEFT_OUT: f64 = 0.01;

/// What becomes of a probe before it reaches anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnItsWay {
    Arrives,
    Lost,
    LeftOut,
}

/// The weather of one world.
#[derive(Debug)]
pub(crate) struct Weather {
    random: ChaCha8Rng,
    /// Until when each target is limited, seconds from the start.
    limited_until: Vec<i64>,
    pub(crate) limits: u32,
}

impl Weather {
    pub(crate) fn new(seed: u64, targets: usize) -> Self {
        let random = ChaCha8Rng::seed_from_u64(seed ^ 0x7765_6174_6865_7221);
        Self { random, limited_until: vec![0; targets], limits: 0 }
    }

    fn share(&mut self) -> f64 {
        Uniform::new(0.0, 1.0).unwrap().sample(&mut self.random)
    }

    /// Lets a second pass for a target.
    pub(crate) fn pass(&mut self, index: usize, second: i64) {
        if self.share() < 1.0 / BETWEEN_LIMITS_S {
            let lasts = Uniform::new_inclusive(1, LONGEST_LIMIT_S).unwrap();
            self.limited_until[index] = second + lasts.sample(&mut self.random);
            self.limits += 1;
        }
    }

    /// What a request meets instead of the target, if anything.
    pub(crate) fn refuses(&mut self, index: usize, second: i64) -> Option<FailureClass> {
        let limited = second < self.limited_until[index] && self.share() < LIMITED_SHARE;
        limited.then_some(FailureClass::RateLimited)
    }

    pub(crate) fn probe(&mut self) -> OnItsWay {
        match self.share() {
            drawn if drawn < LOST => OnItsWay::Lost,
            drawn if drawn < LOST + LEFT_OUT => OnItsWay::LeftOut,
            _ => OnItsWay::Arrives,
        }
    }
}
