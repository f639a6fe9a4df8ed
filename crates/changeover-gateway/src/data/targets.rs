//! The way of one request along its targets, within one mode.
//!
//! Each is asked if it fits the request, its breaker admits it and its gate has room. After a
//! failure the route's table says what is done (`policy::actions`), within the request's time and
//! the retries of the whole gateway.

use std::sync::Arc;
use std::time::Duration;

use changeover_domain::{Target, TargetId};
use changeover_llm::Failure;
use changeover_policy::actions::{Action, FailedAttempt, Standing, Wait};
use changeover_policy::ladder::Reason;
use changeover_policy::retry::Retry;

use super::attempt::{Attempt, Errand, Given, attempt};
use super::passage::Passage;
use super::serve::Stuck;
use crate::gates::{Entered, Entrant, Pass};
use crate::pace;
use crate::shared::locked;

/// The least time of the system's that a request waits at a gate, however fast the clock runs.
const QUEUE_FLOOR: Duration = Duration::from_millis(100);

/// How the tries at one target ended without an answer.
enum Onward {
    /// The next target, with what failed here.
    Next(Option<Failure>),
    /// There was no room.
    Crowded(Duration),
    Stop(Stuck),
}

/// The tries at one target.
#[derive(Debug, Clone, Copy)]
struct Visit<'a> {
    target: &'a Target,
    following: &'a [TargetId],
    errand: &'a Errand<'a>,
}

/// Asks one target after the other.
pub(super) async fn ask(passage: &mut Passage, errand: &Errand<'_>) -> Result<Given, Stuck> {
    let candidates = candidates(passage);
    let mut last = None;
    let mut crowded = None;
    let mut unfit = Vec::new();
    for (index, id) in candidates.iter().enumerate() {
        let Some(live) = passage.live.target(id) else {
            continue;
        };
        let target = Arc::clone(&live.target);
        if let Some(why) = errand.unfit_for(live) {
            passage.note(Some(id), format!("passed over: {}", why.why), None);
            unfit.push(why);
            continue;
        }
        let following = candidates.get(index + 1..).unwrap_or_default();
        match visit(passage, Visit { target: &target, following, errand }).await {
            Ok(given) => return Ok(given),
            Err(Onward::Stop(stuck)) => return Err(stuck),
            Err(Onward::Next(failure)) => last = failure.or(last),
            Err(Onward::Crowded(retry_after)) => crowded = Some(retry_after),
        }
    }
    // One that has been ruled out did fit: then the request is not at fault.
    if let Some(why) = unfit.last().filter(|_| unfit.len() == passage.plan.candidates.len()) {
        return Err(Stuck::ToCaller(why.to_failure()));
    }
    match (last, crowded) {
        (None, Some(retry_after)) => Err(Stuck::Shed { retry_after }),
        (last, _) => Err(Stuck::NoTarget(last)),
    }
}

/// The targets of the plan that may still have something to say to this request. The others take no
/// time from them and are nowhere to go on to.
fn candidates(passage: &Passage) -> Vec<TargetId> {
    let ruled_out = |id: &&TargetId| passage.ruled_out.contains(id);
    passage.plan.candidates.iter().filter(|id| !ruled_out(id)).cloned().collect()
}

async fn visit(passage: &mut Passage, visit: Visit<'_>) -> Result<Given, Onward> {
    let Visit { target, following, errand } = visit;
    let mut last = None;
    for attempts_here in 1.. {
        if !passage.may_attempt() {
            passage.note(Some(&target.id), "no time or no attempt is left", None);
            return Err(Onward::Next(last));
        }
        let follow = followers(passage, following, errand);
        let Some(permit) = passage.shared.admit(&passage.plan.route, &target.id) else {
            passage.note(Some(&target.id), "its breaker does not let through", None);
            return Err(Onward::Next(last));
        };
        let pass = match enter(passage, &target.id, follow > 0).await {
            Ok(pass) => pass,
            // The permit is dropped: nothing was found out about the target.
            Err(Onward::Next(_)) => return Err(Onward::Next(last)),
            Err(onward) => return Err(onward),
        };
        let tried = Attempt { target, permit, pass, targets_following: follow };
        let failure = match Box::pin(attempt(passage, tried, errand)).await {
            Ok(given) => return Ok(given),
            Err(failure) => failure,
        };
        if !goes_on_here(passage, visit, attempts_here, &failure).await? {
            return Err(Onward::Next(Some(failure)));
        }
        last = Some(failure);
    }
    Err(Onward::Next(last))
}

/// Waits for a place at the target.
async fn enter(passage: &mut Passage, target: &TargetId, elsewhere: bool) -> Result<Pass, Onward> {
    let clock = &passage.shared.clock;
    let wait = passage.live.settings.shared_serving.concurrency.queue_wait;
    let patience = pace::not_below(clock, wait, QUEUE_FLOOR).min(passage.time_left() / 2);
    let entrant = Entrant { tier: passage.plan.configured.criticality, patience, elsewhere };
    match passage.shared.gates.enter(target, entrant).await {
        Entered::Passed(pass) => Ok(pass),
        Entered::Elsewhere => {
            passage.note(Some(target), "it asked not to be asked for a while", None);
            Err(Onward::Next(None))
        }
        Entered::Shed { retry_after } => {
            passage.note(Some(target), "too many requests are waiting for it", None);
            Err(Onward::Crowded(retry_after))
        }
    }
}

/// Whether the same target is asked again; by then the pause is over. An error: the request does
/// not go on along the targets at all.
async fn goes_on_here(
    passage: &mut Passage,
    Visit { target, following, errand }: Visit<'_>,
    attempts_here: u32,
    failure: &Failure,
) -> Result<bool, Onward> {
    let failed = FailedAttempt {
        class: failure.class,
        inner: failure.inner,
        retryable: failure.retryable,
        next_target_helps: failure.next_target_helps,
        whose: failure.whose,
    };
    if failed.rules_out_target() {
        passage.ruled_out.push(target.id.clone());
    }
    let reason = Reason::Failed(failed.cause());
    let fitting: Vec<TargetId> = fitting(passage, following, errand).cloned().collect();
    let standing = Standing {
        attempts_here,
        target_follows: passage.shared.any_lets_through(&passage.plan.route, &fitting),
        mode_follows: passage.lower_mode(reason).is_some(),
    };
    let serving = Arc::clone(&passage.serving);
    let mut action = serving.actions.action(&failed, &standing);
    if let Action::RetryHere(wait) = action {
        if pause(passage, target, attempts_here, wait, failure).await {
            return Ok(true);
        }
        action = serving.actions.onward(&failed, &standing);
    }
    match action {
        Action::NextTarget | Action::RetryHere(_) => Ok(false),
        Action::NextMode => Err(Onward::Stop(Stuck::NextMode(failure.clone()))),
        Action::ToCaller => Err(Onward::Stop(Stuck::ToCaller(failure.clone()))),
    }
}

/// Waits before another attempt at the same target; `false` where breaker, time or the gateway's
/// budget of retries do not allow one.
async fn pause(
    passage: &mut Passage,
    target: &Target,
    number: u32,
    wait: Wait,
    failure: &Failure,
) -> bool {
    let shared = Arc::clone(&passage.shared);
    let this = std::slice::from_ref(&target.id);
    if !shared.any_lets_through(&passage.plan.route, this) || !passage.may_attempt() {
        return false;
    }
    let retry = Retry { number, wait, stated: failure.retry_after, left: passage.time_left() };
    let backoff = passage.live.settings.shared_serving.backoff;
    let Some(pause) = backoff.pause(&retry, rand::random::<f64>()) else {
        return false;
    };
    if !locked(&shared.retries).withdraw(shared.clock.now()) {
        passage.note(Some(&target.id), "no retry: the gateway's budget is used up", None);
        return false;
    }
    passage.note(None, format!("another attempt after {} ms", pause.as_millis()), None);
    shared.clock.sleep(pause).await;
    true
}

/// How many of the targets that follow would be asked, as far as the plan knows.
fn followers(passage: &Passage, following: &[TargetId], errand: &Errand<'_>) -> u32 {
    let open = |target: &&TargetId| !passage.plan.shut.contains(target);
    u32::try_from(fitting(passage, following, errand).filter(open).count()).unwrap_or(u32::MAX)
}

/// The targets that could serve this request.
fn fitting<'a>(
    passage: &'a Passage,
    targets: &'a [TargetId],
    errand: &'a Errand<'_>,
) -> impl Iterator<Item = &'a TargetId> {
    targets.iter().filter(|id| {
        passage.live.target(id).is_some_and(|target| errand.unfit_for(target).is_none())
    })
}
