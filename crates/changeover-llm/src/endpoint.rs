//! Where one attempt goes and how long it may take.

use std::time::Duration;

use changeover_domain::Provider;
use changeover_http::Secret;

/// A target as an attempt sees it.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint<'a> {
    pub provider: &'a Provider,
    /// `None` where the provider asks for none, as a server on the own machine.
    pub key: Option<&'a Secret>,
    /// The model as the vendor's API names it.
    pub model: &'a str,
}

/// How long one attempt may take, in the time of the client's clock. All but `stall` count from
/// the start of the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until the connection stands and the request is being written.
    pub connect: Duration,
    /// Until the model has written something; only for streams.
    pub first_token: Duration,
    /// Between two pieces of a streamed answer. A vendor's keep-alive is not a piece of an answer.
    pub stall: Duration,
    /// Until the answer's end.
    pub total: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            first_token: Duration::from_secs(20),
            stall: Duration::from_secs(15),
            total: Duration::from_secs(120),
        }
    }
}
