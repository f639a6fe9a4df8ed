//! The way of one request: target after target, then the mode that needs none.

use std::time::Duration;

use changeover_domain::{FailureClass, Mode, Outcome, Target, TargetId, UnixMs, Whose};
use changeover_llm::openai_front::FrontRequest;
use changeover_llm::{ChatResponse, Failure, Part};
use changeover_policy::routing::{AfterFailure, after_failure};

use super::attempt::{Given, OpenStream, attempt, unfit_for};
use super::passage::Passage;
use super::refuse::Refusal;
use crate::shared::locked;
use crate::template;

/// The longest pause before a second attempt at the same target, unless the vendor asks for more.
const LONGEST_PAUSE: Duration = Duration::from_millis(400);
/// What a caller is told to wait when nobody knows how long it will be.
const USUAL_WAIT: Duration = Duration::from_secs(60);

/// What the caller gets.
#[derive(Debug)]
pub(super) enum Served {
    Whole(Whole),
    Stream(OpenStream),
    /// A text of the gateway's own.
    Fixed(String),
    Refused(Refusal),
}

/// A complete answer of a provider.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) response: ChatResponse,
    pub(super) outcome: Outcome,
}

/// How the tries at one target ended.
enum Tried {
    Given(Given),
    /// The caller's to mend, wherever it is sent.
    ToCaller(Failure),
    NextTarget(Option<Failure>),
}

/// Serves one request.
pub(super) async fn serve(passage: &mut Passage, front: &FrontRequest) -> Served {
    let candidates = passage.plan.candidates.clone();
    let mut last = None;
    for (index, id) in candidates.iter().enumerate() {
        let Some(target) = passage.shared.settings.catalogue.target(id).cloned() else {
            continue;
        };
        let following = candidates.get(index + 1..).unwrap_or_default();
        match try_target(passage, &target, following, front).await {
            Tried::Given(given) => return answered(passage, given),
            Tried::ToCaller(failure) => return told_caller(failure, front),
            Tried::NextTarget(failure) => last = failure.or(last),
        }
    }
    without_target(passage, last)
}

async fn try_target(
    passage: &mut Passage,
    target: &Target,
    following: &[TargetId],
    front: &FrontRequest,
) -> Tried {
    if let Some(why) = unfit_for(target, &front.request) {
        passage.note(Some(&target.id), why, None);
        return Tried::NextTarget(None);
    }
    let mut last = None;
    let mut retried = false;
    loop {
        if passage.time_left().is_zero() {
            passage.note(Some(&target.id), "no time is left for an attempt", None);
            return Tried::NextTarget(last);
        }
        let Some(permit) = passage.shared.admit(&passage.plan.route, &target.id) else {
            passage.note(Some(&target.id), "its breaker does not let through", None);
            return Tried::NextTarget(last);
        };
        let tried = Box::pin(attempt(passage, target, permit, &front.request, front.stream)).await;
        let failure = match tried {
            Ok(given) => return Tried::Given(given),
            Err(failure) => failure,
        };
        let another_follows = passage.shared.any_lets_through(&passage.plan.route, following);
        match action_after(&failure, retried, another_follows) {
            AfterFailure::ToCaller => return Tried::ToCaller(failure),
            AfterFailure::NextTarget => return Tried::NextTarget(Some(failure)),
            AfterFailure::RetryHere => {}
        }
        let still_open =
            passage.shared.any_lets_through(&passage.plan.route, std::slice::from_ref(&target.id));
        if !still_open || !pause_before_retry(passage, &failure).await {
            return Tried::NextTarget(Some(failure));
        }
        retried = true;
        last = Some(failure);
    }
}

/// The table's action, tempered by what the classifier read from the vendor's own words: a caller
/// is never told off for what is ours, and nothing is repeated that will fail again.
fn action_after(failure: &Failure, retried: bool, another_follows: bool) -> AfterFailure {
    let class = failure.inner.unwrap_or(failure.class);
    match after_failure(class, retried, another_follows) {
        AfterFailure::ToCaller if failure.whose != Whose::Caller => AfterFailure::NextTarget,
        AfterFailure::RetryHere if !failure.retryable => AfterFailure::NextTarget,
        action => action,
    }
}

/// Waits with full jitter; `false` when the time or the budget does not allow a second attempt.
async fn pause_before_retry(passage: &mut Passage, failure: &Failure) -> bool {
    let jittered = LONGEST_PAUSE.mul_f64(rand::random::<f64>());
    let pause = jittered.max(failure.retry_after.unwrap_or_default());
    if pause >= passage.time_left() || !locked(&passage.shared.retries).withdraw() {
        return false;
    }
    passage.note(None, format!("second attempt after {} ms", pause.as_millis()), None);
    passage.shared.clock.sleep(pause).await;
    true
}

fn answered(passage: &mut Passage, given: Given) -> Served {
    // A trial of the primary while the route is held in another mode is answered in full.
    passage.mode = if passage.mode.needs_target() { passage.mode } else { Mode::Full };
    match given {
        Given::Whole(response) => Served::Whole(Whole { response, outcome: Outcome::Ok }),
        Given::Stream(open) => Served::Stream(open),
    }
}

/// What is about the model's words ends as an answer does; the rest is an error.
fn told_caller(failure: Failure, front: &FrontRequest) -> Served {
    let outcome = Outcome::Failed(failure.class);
    let answered_well = failure.http_status.is_some_and(|status| status < 400);
    match failure.finish_reason() {
        Some(finish) if answered_well && !front.stream => Served::Whole(Whole {
            response: ChatResponse {
                id: failure.vendor_request_id.clone().unwrap_or_default(),
                model: front.model.clone(),
                parts: vec![Part::Text(failure.why)],
                finish,
                usage: failure.usage,
            },
            outcome,
        }),
        _ => Served::Refused(Refusal::of_failure(&failure)),
    }
}

/// No target has served: the mode decides, and in a mode that needs one it is an error.
fn without_target(passage: &mut Passage, last: Option<Failure>) -> Served {
    let now = passage.shared.clock.now();
    match passage.plan.effective.mode {
        Mode::Template => {
            let text = passage.shared.settings.template(&passage.plan.route);
            let text = template::filled(
                text,
                &template::Values {
                    route: &passage.plan.route,
                    request_id: &passage.id,
                    now,
                    until: passage.plan.until,
                },
            );
            passage.note(None, "answered from the template", Some(Outcome::Ok));
            Served::Fixed(text)
        }
        Mode::Off => {
            passage.note(None, "the route is switched off", None);
            Served::Refused(Refusal {
                status: 503,
                message: format!(
                    "The route `{}` is switched off by its operators at the moment.",
                    passage.plan.route
                ),
                code: "route_off",
                retry_after: Some(wait_until(passage.plan.until, now)),
                outcome: Outcome::Failed(FailureClass::GatewayError),
            })
        }
        Mode::Full | Mode::Short | Mode::Cached | Mode::Approval => match last {
            Some(failure) => Served::Refused(Refusal::of_failure(&failure)),
            None => Served::Refused(no_path(passage, now)),
        },
    }
}

fn no_path(passage: &mut Passage, now: UnixMs) -> Refusal {
    passage.note(None, "no target could be asked", None);
    Refusal {
        status: 503,
        message: format!(
            "No target of the route `{}` can be asked at the moment.",
            passage.plan.route
        ),
        code: "no_target",
        retry_after: Some(wait_until(passage.plan.next_trial_at, now)),
        outcome: Outcome::Failed(FailureClass::GatewayError),
    }
}

fn wait_until(then: Option<UnixMs>, now: UnixMs) -> Duration {
    let wait = then.map_or(USUAL_WAIT, |then| then.since(now));
    wait.clamp(Duration::from_secs(1), USUAL_WAIT)
}
