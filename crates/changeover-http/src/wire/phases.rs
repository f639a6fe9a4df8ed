//! What making one connection took, phase by phase.
//!
//! Not a clock: whoever wants to know brings one, so that the figures are in the caller's time. The
//! rule it keeps: a phase that did not come to its end has no figure.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long each phase took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConnectPhases {
    /// Looking the name up; absent where the address was a number.
    pub resolve: Option<Duration>,
    /// TCP, and the tunnel through a proxy where there is one.
    pub connect: Option<Duration>,
    /// The TLS handshake; absent where the address has none.
    pub tls: Option<Duration>,
}

/// Notes the phases of the connection that it is given to.
#[derive(Clone)]
pub struct Noting {
    elapsed: Arc<dyn Fn() -> Duration + Send + Sync>,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    phases: ConnectPhases,
    /// When the phase under way began.
    began: Duration,
}

impl fmt::Debug for Noting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Noting").field(&self.phases()).finish()
    }
}

impl Noting {
    /// Notes in the time of `elapsed`: a watch that only goes forward.
    #[must_use]
    pub fn new(elapsed: impl Fn() -> Duration + Send + Sync + 'static) -> Self {
        Self { elapsed: Arc::new(elapsed), seen: Arc::default() }
    }

    /// What has been noted so far.
    #[must_use]
    pub fn phases(&self) -> ConnectPhases {
        self.seen().phases
    }

    pub(super) fn begin(&self) {
        let now = (self.elapsed)();
        *self.seen() = Seen { phases: ConnectPhases::default(), began: now };
    }

    pub(super) fn resolved(&self) {
        self.end(|phases| &mut phases.resolve);
    }

    pub(super) fn connected(&self) {
        self.end(|phases| &mut phases.connect);
    }

    pub(super) fn secured(&self) {
        self.end(|phases| &mut phases.tls);
    }

    fn end(&self, phase: impl FnOnce(&mut ConnectPhases) -> &mut Option<Duration>) {
        let now = (self.elapsed)();
        let mut seen = self.seen();
        let took = now.saturating_sub(seen.began);
        *phase(&mut seen.phases) = Some(took);
        seen.began = now;
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
