//! The same question to several gateways, side by side.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use changeover_clock::Clock;
use changeover_domain::GatewayId;
use futures::future::join_all;

use crate::pace::not_below;
use crate::{AdminError, Asked, GatewayAdmin};

/// The least that a gateway is given of the system's time, however fast the clock runs.
const DEADLINE_FLOOR: Duration = Duration::from_secs(2);

/// Asks all gateways at once and returns when each has answered or had its `deadline` of `clock`'s
/// time (and at least two seconds of the system's). Answers stand in the order of `gateways`.
///
/// None waits for another: what is to be done as soon as one has answered belongs into `ask`.
pub async fn fan_out<T, Answered>(
    gateways: &[Arc<dyn GatewayAdmin>],
    clock: &Clock,
    deadline: Duration,
    ask: impl Fn(Arc<dyn GatewayAdmin>) -> Answered,
) -> Vec<(GatewayId, Result<T, AdminError>)>
where
    Answered: Future<Output = Result<T, AdminError>>,
{
    let deadline = not_below(clock, deadline, DEADLINE_FLOOR);
    join_all(gateways.iter().map(|gateway| {
        let id = gateway.id().clone();
        let answer = ask(Arc::clone(gateway));
        async move {
            let answer = clock.timeout(deadline, answer).await;
            let answer = answer.unwrap_or_else(|_| {
                Err(AdminError::Timeout {
                    asked: Asked { gateway: id.clone(), operation: "waiting for the answer" },
                    after: deadline,
                })
            });
            (id, answer)
        }
    }))
    .await
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use axum::{Json, Router};
    use changeover_domain::UnixMs;
    use futures::FutureExt as _;

    use super::*;
    use crate::fake::{gateway, serve, state};

    #[tokio::test(start_paused = true)]
    async fn a_gateway_that_hangs_does_not_hold_up_the_others() {
        let clock = Clock::scaled(UnixMs(0), 1.0);
        let answering = |id: &'static str| {
            Router::new().route("/state", get(move || async move { Json(state(id, 1)) }))
        };
        let hanging = Router::new().route("/state", get(std::future::pending::<String>));
        let gateways = [
            gateway("a", &serve(answering("a")).await, &clock),
            gateway("b", &serve(hanging).await, &clock),
            gateway("c", &serve(answering("c")).await, &clock),
        ];
        let deadline = Duration::from_secs(3);
        let answers = fan_out(&gateways, &clock, deadline, |gateway| {
            let clock = clock.clone();
            async move {
                let state = gateway.state().await?;
                Ok((state, clock.now()))
            }
        })
        .await;
        let [(a, first), (b, second), (c, third)] = answers.as_slice() else {
            panic!("one answer each, in order");
        };
        assert_eq!([a.as_str(), b.as_str(), c.as_str()], ["a", "b", "c"]);
        for answered in [first, third] {
            let at = answered.as_ref().unwrap().1;
            assert!(at < UnixMs(3_000), "answered at once, not at {at:?}");
        }
        assert!(
            matches!(second, Err(AdminError::Timeout { after, .. }) if *after == deadline),
            "{second:?}"
        );
    }

    #[test]
    fn nobody_to_ask_is_no_answer() {
        let clock = Clock::system();
        let answers =
            fan_out(&[], &clock, Duration::ZERO, |gateway| async move { gateway.state().await });
        assert_eq!(answers.now_or_never(), Some(vec![]));
    }
}
