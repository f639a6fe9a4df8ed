//! What a connection may cost before it is cut, and how connections end with the gateway.

use std::time::Duration;

/// What callers may do to a connection. Times are in the gateway's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConnectionLimits {
    /// Until a request's head is complete, from its first byte; of a new connection, from its
    /// beginning, with the TLS handshake counted apart.
    pub head: Duration,
    /// The request line and all headers, in bytes.
    pub head_bytes: usize,
    /// Until a request's body is complete.
    pub body: Duration,
    /// Between two pieces of a body.
    pub body_pause: Duration,
    /// The largest body, in bytes.
    pub body_bytes: usize,
    /// How long a connection is kept open between two requests.
    pub idle: Duration,
    /// How long a caller may take nothing of an answer that is there to be taken.
    pub write_stall: Duration,
    /// How many connections the data listener serves at once; more wait in the system's queue.
    pub connections: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            head_bytes: 64 * 1024,
            body: Duration::from_secs(60),
            body_pause: Duration::from_secs(10),
            body_bytes: 8 * 1024 * 1024,
            // Longer than load balancers keep theirs (usually 60 s): who closes first must be the
            // side that sends requests, or a request meets a connection that has just been closed.
            idle: Duration::from_secs(75),
            write_stall: Duration::from_secs(30),
            connections: 4_096,
        }
    }
}

/// How the gateway goes down when it is asked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrainSettings {
    /// How long it still takes connections while `/readyz` says that it goes: the time that a load
    /// balancer needs to notice.
    pub notice: Duration,
    /// How long requests and streams that run then may go on.
    pub grace: Duration,
}

impl Default for DrainSettings {
    fn default() -> Self {
        Self { notice: Duration::ZERO, grace: Duration::from_secs(30) }
    }
}
