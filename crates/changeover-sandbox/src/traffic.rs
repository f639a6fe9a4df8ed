//! The callers of our routes: a steady, seeded stream of chat completions to the gateways.
//!
//! Each route is a Poisson process of its own, so nothing runs in lockstep. A caller that cannot
//! connect to one gateway goes on to the next; anything else that goes wrong is what it got.

mod call;
mod content;
mod stats;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use changeover_domain::{GatewayId, RouteId};
use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::chance::{exponential_gap, generator};
use crate::stage::Stage;
pub use content::TrafficContent;
pub(crate) use stats::Counter;
pub use stats::{GatewayCalls, MinuteCounts, RouteCounts, TrafficStats};

/// Requests of one route that may be under way.
const AT_ONCE: usize = 64;
/// Arrivals that are later than this are given up: a machine that slept does not make up for it.
const LATE: Duration = Duration::from_secs(10);

/// How one route is used.
#[derive(Debug, Clone)]
pub struct RouteTraffic {
    pub route: RouteId,
    /// The mean of the Poisson process, in the clock's minutes.
    pub per_minute: f64,
    /// The share of requests that ask for a stream, 0 to 1.
    pub stream_share: f64,
    pub content: TrafficContent,
}

/// Where calls go: gateways with their base URLs.
pub(crate) type Aim = Vec<(GatewayId, String)>;

/// What all callers share.
pub(crate) struct Callers {
    pub(crate) stage: Stage,
    pub(crate) client: reqwest::Client,
    pub(crate) counter: Arc<Counter>,
    pub(crate) aim: watch::Receiver<Aim>,
    pub(crate) tasks: TaskTracker,
    pub(crate) end: CancellationToken,
}

impl Callers {
    /// Sends the traffic of one route until the end.
    pub(crate) async fn run(self: Arc<Self>, traffic: RouteTraffic) {
        let end = self.end.clone();
        tokio::select! {
            () = end.cancelled() => {}
            () = self.arrivals(traffic) => {}
        }
    }

    async fn arrivals(self: Arc<Self>, traffic: RouteTraffic) {
        let traffic = Arc::new(traffic);
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut plays = self.stage.watch();
        let mut aim = self.aim.clone();
        loop {
            // Nobody calls before there is somebody to call.
            if aim.wait_for(|gateways| !gateways.is_empty()).await.is_err() {
                return;
            }
            plays.mark_unchanged();
            let mut sequence = Sequence::begin(&self.stage, traffic.clone());
            tokio::select! {
                // Another scenario tells its own story from the beginning.
                changed = plays.changed() => if changed.is_err() { return },
                emptied = aim.wait_for(Vec::is_empty) => if emptied.is_err() { return },
                () = self.send(&mut sequence, &places) => return,
            }
        }
    }

    async fn send(self: &Arc<Self>, sequence: &mut Sequence, places: &Arc<Semaphore>) {
        let clock = &self.stage.clock;
        let mut next = clock.moment();
        loop {
            let (gap, request) = sequence.next();
            next = next.plus(gap);
            clock.sleep_until(next).await;
            let Ok(place) = places.clone().acquire_owned().await else {
                return;
            };
            if clock.moment().since(next) > LATE {
                next = clock.moment();
            }
            let callers = self.clone();
            self.tasks.spawn(async move {
                let end = callers.end.clone();
                tokio::select! {
                    () = end.cancelled() => {}
                    () = callers.call(request) => {}
                }
                drop(place);
            });
        }
    }
}

/// One request to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) route: RouteId,
    pub(crate) stream: bool,
    pub(crate) body: String,
    /// Which gateway is asked first; wraps around.
    pub(crate) first_gateway: usize,
}

/// The drawn requests of one route in one story.
struct Sequence {
    traffic: Arc<RouteTraffic>,
    rng: ChaCha8Rng,
    number: usize,
}

impl Sequence {
    fn begin(stage: &Stage, traffic: Arc<RouteTraffic>) -> Self {
        let (seed, _) = stage.story();
        let mut rng = generator(seed, &[b"traffic", traffic.route.as_str().as_bytes()]);
        let number = rng.random_range(0..64);
        Self { traffic, rng, number }
    }

    /// The next request, and how long after the one before.
    fn next(&mut self) -> (Duration, Planned) {
        let gap = exponential_gap(&mut self.rng, self.traffic.per_minute);
        let share = self.traffic.stream_share.clamp(0.0, 1.0);
        let stream = self.rng.random_bool(if share.is_nan() { 0.0 } else { share });
        self.number = self.number.wrapping_add(1);
        let body = content::body(&self.traffic, stream, &mut self.rng);
        let planned =
            Planned { route: self.traffic.route.clone(), stream, body, first_gateway: self.number };
        (gap, planned)
    }
}
