//! How one request ends, on a good day and with a fault.

use changeover_domain::{FailureClass, Outcome};
use rand::rngs::ChaCha8Rng;
use rand_distr::{Distribution as _, LogNormal, Uniform};

use crate::fault::Fault;

/// What goes wrong now and then at anybody's.
const USUAL_ERRORS: [FailureClass; 6] = [
    FailureClass::ServerError,
    FailureClass::Overloaded,
    FailureClass::TimeoutTotal,
    FailureClass::GatewayError,
    FailureClass::RateLimited,
    FailureClass::Connect,
];
/// Calls in a thousand that take eight times as long.
const SINGLE_SLOW_CALLS: f64 = 0.003;

/// The noise of one world.
#[derive(Debug)]
pub(crate) struct Noise {
    random: ChaCha8Rng,
    pub(crate) error_share: f64,
}

/// One request, as it will be observed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ended {
    pub(crate) outcome: Outcome,
    pub(crate) first_token_ms: u32,
    pub(crate) total_ms: u32,
    pub(crate) tokens_per_second: f64,
}

impl Noise {
    pub(crate) fn new(random: ChaCha8Rng, error_share: f64) -> Self {
        Self { random, error_share }
    }

    pub(crate) fn share(&mut self) -> f64 {
        Uniform::new(0.0, 1.0).unwrap().sample(&mut self.random)
    }

    /// How many of a Poisson process come within one second.
    pub(crate) fn arrivals(&mut self, per_second: f64) -> u32 {
        let (mut count, mut left) = (0, (-per_second).exp());
        let drawn = self.share();
        let mut sum = left;
        while drawn > sum && count < 1_000 {
            count += 1;
            left *= per_second / f64::from(count);
            sum += left;
        }
        count
    }

    /// One request of `tokens` tokens. Callers ask for what is refused now and then, probes never.
    pub(crate) fn request(&mut self, tokens: f64, refused: f64, faults: &[&Fault]) -> Ended {
        let factor = |of: fn(&Fault) -> f64| faults.iter().map(|fault| of(fault)).product::<f64>();
        let slow_call = if self.share() < SINGLE_SLOW_CALLS { 8.0 } else { 1.0 };
        let first = self.log_normal(650.0, 0.45) * factor(|fault| fault.latency) * slow_call;
        let rate = self.log_normal(80.0, 0.18) * factor(|fault| fault.throughput);
        let outcome = self.outcome(refused, faults);
        let total = first + 1_000.0 * tokens / rate;
        Ended {
            outcome,
            first_token_ms: millis(first),
            total_ms: match outcome {
                Outcome::Ok => millis(total),
                Outcome::Failed(class) => until_failed_ms(class),
            },
            tokens_per_second: rate,
        }
    }

    fn outcome(&mut self, refused: f64, faults: &[&Fault]) -> Outcome {
        for (class, share) in faults.iter().flat_map(|fault| &fault.errors) {
            if self.share() < *share {
                return Outcome::Failed(*class);
            }
        }
        if self.share() < self.error_share {
            let which = Uniform::new(0, USUAL_ERRORS.len()).unwrap().sample(&mut self.random);
            return Outcome::Failed(USUAL_ERRORS[which]);
        }
        let refuses = self.share() < refused;
        if refuses { Outcome::Failed(FailureClass::Refusal) } else { Outcome::Ok }
    }

    fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        LogNormal::new(median.ln(), sigma).unwrap().sample(&mut self.random)
    }
}

/// When a failure is known.
fn until_failed_ms(class: FailureClass) -> u32 {
    match class {
        FailureClass::TimeoutConnect => 5_000,
        FailureClass::TimeoutFirstToken | FailureClass::TimeoutStall => 12_000,
        FailureClass::TimeoutTotal => 30_000,
        FailureClass::MalformedOutput | FailureClass::Refusal => 2_500,
        _ => 250,
    }
}

fn millis(value: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "saturating, and of the size of a request"
    )]
    let value = value as u32;
    value
}
