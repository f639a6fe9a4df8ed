//! What goes wrong: the effects of faults, how several at once add up, and what they do to one
//! request.

use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;
use serde::Deserialize;

/// A vendor's refusal, before it has taken that vendor's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ErrorKind {
    InvalidRequest,
    Authentication,
    Permission,
    ModelNotFound,
    ContextLength,
    ContentFilter,
    PayloadTooLarge,
    RateLimited,
    QuotaExhausted,
    SpendCap,
    ServerError,
    GatewayError,
    Unavailable,
    Overloaded,
    ErrorInStream,
}

impl ErrorKind {
    /// The kind that an HTTP status alone usually stands for.
    pub(crate) fn of_status(status: u16) -> Option<Self> {
        Some(match status {
            400 => Self::InvalidRequest,
            401 => Self::Authentication,
            403 => Self::Permission,
            404 => Self::ModelNotFound,
            413 => Self::PayloadTooLarge,
            429 => Self::RateLimited,
            500 => Self::ServerError,
            502 => Self::GatewayError,
            503 => Self::Unavailable,
            529 => Self::Overloaded,
            _ => return None,
        })
    }
}

/// The statuses that [`ErrorKind::of_status`] knows, for error messages.
pub(crate) const STATUSES: &str = "400, 401, 403, 404, 413, 429, 500, 502, 503 and 529";

/// The certificate that a vendor shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Certificate {
    #[default]
    #[serde(skip_deserializing)]
    Good,
    /// Of an authority that nobody believes: what a company's proxy shows.
    UnknownIssuer,
    /// Of another host.
    OtherHost,
    /// Nobody has renewed it.
    Expired,
}

/// What the faults in force do to a model. The default is a calm day.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Effects {
    /// Kinds with the share of requests that each befalls.
    pub(crate) errors: Vec<(ErrorKind, f64)>,
    pub(crate) latency_factor: f64,
    pub(crate) throughput_factor: f64,
    /// The share of answers that fall silent, and after how many tokens.
    pub(crate) stall: Option<(f64, usize)>,
    pub(crate) malformed_json: f64,
    pub(crate) refusal: f64,
    pub(crate) hang: f64,
    /// The model that answers instead.
    pub(crate) model_swap: Option<String>,
    pub(crate) connection_refused: bool,
    /// The vendor's name is not found any more.
    pub(crate) name_gone: bool,
    /// What the vendor shows who speaks TLS to it.
    pub(crate) certificate: Certificate,
    /// What the vendor says is left of its rate limits, 0 to 1; as usual where it is `None`.
    pub(crate) headroom: Option<f64>,
    /// The share of requests that fails by the status page's word alone: the page is wrong.
    pub(crate) claimed: f64,
}

impl Default for Effects {
    fn default() -> Self {
        Self {
            errors: Vec::new(),
            latency_factor: 1.0,
            throughput_factor: 1.0,
            stall: None,
            malformed_json: 0.0,
            refusal: 0.0,
            hang: 0.0,
            model_swap: None,
            connection_refused: false,
            name_gone: false,
            certificate: Certificate::Good,
            headroom: None,
            claimed: 0.0,
        }
    }
}

impl Effects {
    /// Both at once: factors multiply, error shares add up, of other shares the larger holds.
    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.errors.extend(&other.errors);
        self.latency_factor *= other.latency_factor;
        self.throughput_factor *= other.throughput_factor;
        self.stall = other.stall.or(self.stall);
        self.malformed_json = self.malformed_json.max(other.malformed_json);
        self.refusal = self.refusal.max(other.refusal);
        self.hang = self.hang.max(other.hang);
        self.model_swap = other.model_swap.clone().or(self.model_swap);
        self.connection_refused |= other.connection_refused;
        self.name_gone |= other.name_gone;
        self.certificate = self.certificate.max(other.certificate);
        self.headroom = other.headroom.or(self.headroom);
        self.claimed = self.claimed.max(other.claimed);
        self
    }

    /// Whether connections to the vendor come about.
    fn is_reached(&self) -> bool {
        !self.connection_refused && !self.name_gone && self.certificate == Certificate::Good
    }

    /// The share of requests that get no good answer, as a status page tells it: what it claims
    /// without a cause is told like what happens.
    pub(crate) fn failing_share(&self) -> f64 {
        if !self.is_reached() {
            return 1.0;
        }
        let errors: f64 = self.errors.iter().map(|(_, share)| share).sum();
        let stall = self.stall.map_or(0.0, |(share, _)| share);
        (errors + self.hang + stall + self.malformed_json).max(self.claimed).min(1.0)
    }

    /// What becomes of one request. Always draws the same number of times, so that what one fault
    /// does to a request does not depend on the others.
    pub(crate) fn fate(&self, rng: &mut ChaCha8Rng) -> Fate {
        let [error, stall, malformed, refusal]: [f64; 4] = rng.random();
        let mut upto = 0.0;
        for (kind, share) in &self.errors {
            upto += share;
            if error < upto {
                return Fate::Error(*kind);
            }
        }
        if error < upto + self.hang {
            return Fate::Hang;
        }
        Fate::Answer(Manner {
            stall_after: self.stall.filter(|(share, _)| stall < *share).map(|(_, tokens)| tokens),
            malformed: malformed < self.malformed_json,
            refused: refusal < self.refusal,
        })
    }
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Answer(Manner),
    Error(ErrorKind),
    /// Accepted, and never answered.
    Hang,
}

/// How a request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Manner {
    /// Falls silent after so many tokens.
    pub(crate) stall_after: Option<usize>,
    pub(crate) malformed: bool,
    pub(crate) refused: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::generator;

    #[test]
    fn errors_come_in_their_share() {
        let effects = Effects {
            errors: vec![(ErrorKind::ServerError, 0.13), (ErrorKind::Overloaded, 0.10)],
            ..Effects::default()
        };
        let fates: Vec<Fate> =
            (0..5_000_u32).map(|n| effects.fate(&mut generator(1, &[&n.to_le_bytes()]))).collect();
        let count = |kind| fates.iter().filter(|fate| **fate == Fate::Error(kind)).count();
        assert!((580..720).contains(&count(ErrorKind::ServerError)), "13 % of 5,000 are 650");
        assert!((430..570).contains(&count(ErrorKind::Overloaded)), "10 % of 5,000 are 500");
    }

    #[test]
    fn a_fault_that_is_added_spares_the_requests_it_does_not_befall() {
        let errors = Effects { errors: vec![(ErrorKind::ServerError, 0.2)], ..Effects::default() };
        let slow = Effects { latency_factor: 3.0, ..Effects::default() };
        let both = errors.clone().and(&slow);
        for n in 0..200_u32 {
            let one = errors.fate(&mut generator(1, &[&n.to_le_bytes()]));
            assert_eq!(one, both.fate(&mut generator(1, &[&n.to_le_bytes()])));
        }
        assert!((both.latency_factor - 3.0).abs() < 1e-9);
    }
}
