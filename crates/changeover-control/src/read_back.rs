//! Looking again until a gateway shows the generation that it accepted.

use std::time::Duration;

use changeover_clock::Clock;
use changeover_domain::admin::RouteState;
use changeover_domain::{Generation, RouteId};

use crate::pace::not_below;
use crate::{AdminError, GatewayAdmin};

/// The first pause between two looks, and the longest; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// The least of the system's time for one read-back, however fast the clock runs.
const DEADLINE_FLOOR: Duration = Duration::from_secs(2);
/// The shortest pause in the system's time, likewise.
const PAUSE_FLOOR: Duration = Duration::from_millis(20);

/// What was seen by the deadline.
#[derive(Debug, Clone, PartialEq)]
pub enum ReadBack {
    /// The route shows the wanted generation.
    Loaded(Box<RouteState>),
    /// The route shows a later one: somebody else has changed it since.
    Overtaken(Box<RouteState>),
    /// The deadline passed, or the gateway refuses to be read.
    NotLoaded {
        /// The route when it was last seen; `None` when it never was.
        last_seen: Option<Box<RouteState>>,
        /// What came of the last look, where that was not the route's state.
        last_error: Option<AdminError>,
    },
}

/// Reads the gateway's state until `route` shows generation `wanted` or `deadline` has passed.
///
/// The deadline is in `clock`'s time, from now; at least two seconds of the system's. A gateway
/// that cannot be reached meanwhile is asked again.
pub async fn read_back(
    gateway: &dyn GatewayAdmin,
    route: &RouteId,
    wanted: Generation,
    clock: &Clock,
    deadline: Duration,
) -> ReadBack {
    let deadline = not_below(clock, deadline, DEADLINE_FLOOR);
    let mut last = Last::default();
    let looked = clock.timeout(deadline, async {
        let mut pause = FIRST_PAUSE;
        loop {
            if let Some(found) = last.look(gateway, route, wanted).await {
                return found;
            }
            clock.sleep(not_below(clock, pause, PAUSE_FLOOR)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    });
    match looked.await {
        Ok(Looked::Found(found)) => found,
        Ok(Looked::GaveUp) | Err(_) => {
            ReadBack::NotLoaded { last_seen: last.seen, last_error: last.error }
        }
    }
}

enum Looked {
    Found(ReadBack),
    GaveUp,
}

#[derive(Default)]
struct Last {
    seen: Option<Box<RouteState>>,
    error: Option<AdminError>,
}

impl Last {
    /// One look; `None` when another may show more.
    async fn look(
        &mut self,
        gateway: &dyn GatewayAdmin,
        route: &RouteId,
        wanted: Generation,
    ) -> Option<Looked> {
        let state = match gateway.state().await {
            Ok(state) => state,
            Err(error) => {
                let given_up = matches!(error, AdminError::Refused(_)) && !error.is_transient();
                self.error = Some(error);
                return given_up.then_some(Looked::GaveUp);
            }
        };
        self.error = None;
        let found = state.routes.into_iter().find(|state| state.route == *route);
        let found = Box::new(found?);
        match found.generation.cmp(&wanted) {
            std::cmp::Ordering::Equal => Some(Looked::Found(ReadBack::Loaded(found))),
            std::cmp::Ordering::Greater => Some(Looked::Found(ReadBack::Overtaken(found))),
            std::cmp::Ordering::Less => {
                self.seen = Some(found);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::http::StatusCode;
    use axum::response::IntoResponse;
    use axum::routing::get;
    use axum::{Json, Router};
    use changeover_domain::UnixMs;
    use changeover_domain::admin::ProblemKind;

    use super::*;
    use crate::fake::{gateway, problem, route_id, route_state, serve, state};

    /// What the gateway says at one look.
    #[derive(Clone, Copy)]
    enum Says {
        Generation(u64),
        Refuses(ProblemKind),
    }

    /// Reads back generation 4 of `chat` from a gateway that says one thing after the other, the
    /// last one for ever; with the number of looks.
    async fn read_back_from(script: &'static [Says], clock: &Clock) -> (ReadBack, usize) {
        let looks = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&looks);
        let answer = move || async move {
            let look = counted.fetch_add(1, Ordering::Relaxed);
            match script[look.min(script.len() - 1)] {
                Says::Generation(generation) => Json(state("a", generation)).into_response(),
                Says::Refuses(kind) => {
                    let status = StatusCode::from_u16(kind.status()).unwrap();
                    (status, Json(problem(kind))).into_response()
                }
            }
        };
        let url = serve(Router::new().route("/state", get(answer))).await;
        let gateway = gateway("a", &url, clock);
        let deadline = Duration::from_secs(30);
        let (route, wanted) = (route_id("chat"), Generation(4));
        let found = read_back(gateway.as_ref(), &route, wanted, clock, deadline).await;
        (found, looks.load(Ordering::Relaxed))
    }

    #[tokio::test(start_paused = true)]
    async fn it_looks_through_a_hiccup_until_the_generation_is_there() {
        let script =
            &[Says::Generation(3), Says::Refuses(ProblemKind::StorageFailed), Says::Generation(4)];
        let (found, looks) = read_back_from(script, &Clock::scaled(UnixMs(0), 1.0)).await;
        assert_eq!(found, ReadBack::Loaded(Box::new(route_state("chat", 4))));
        assert_eq!(looks, 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_later_generation_is_somebody_elses() {
        let script = &[Says::Generation(3), Says::Generation(5)];
        let (found, _) = read_back_from(script, &Clock::scaled(UnixMs(0), 1.0)).await;
        assert_eq!(found, ReadBack::Overtaken(Box::new(route_state("chat", 5))));
    }

    #[tokio::test(start_paused = true)]
    async fn at_the_deadline_it_says_what_it_saw_last_and_did_not_hammer() {
        let clock = Clock::scaled(UnixMs(0), 1.0);
        let (found, looks) = read_back_from(&[Says::Generation(3)], &clock).await;
        assert_eq!(
            found,
            ReadBack::NotLoaded {
                last_seen: Some(Box::new(route_state("chat", 3))),
                last_error: None
            }
        );
        assert!(clock.now() < UnixMs(31_000), "{:?}", clock.now());
        assert!((10..=25).contains(&looks), "{looks} looks in 30 s");
    }

    #[tokio::test(start_paused = true)]
    async fn a_gateway_that_refuses_to_be_read_is_not_asked_again() {
        let clock = Clock::scaled(UnixMs(0), 1.0);
        let script = &[Says::Generation(3), Says::Refuses(ProblemKind::Forbidden)];
        let (found, looks) = read_back_from(script, &clock).await;
        let ReadBack::NotLoaded { last_seen, last_error } = found else {
            panic!("not loaded: {found:?}");
        };
        assert!(last_seen.is_some(), "what was seen before stays known");
        assert!(matches!(last_error, Some(AdminError::Refused(_))));
        assert_eq!(looks, 2);
    }
}
