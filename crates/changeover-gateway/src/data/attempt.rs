//! One attempt at one target, up to the point where its answer can be given to the caller.

use std::time::Duration;

use changeover_domain::{FailureClass, Outcome, Target, TargetId};
use changeover_llm::{
    AnswerStream, ChatRequest, ChatResponse, Endpoint, Failure, Limits, Part, ResponseFormat,
    StreamEvent,
};
use changeover_policy::breaker::{CallResult, Permit};
use futures::StreamExt as _;

use super::passage::{Passage, millis};
use crate::metrics::Attempt;
use crate::pace;
use crate::shared::locked;

/// The least that the network is given of the system's time, however fast the clock runs.
const NETWORK_FLOOR: Duration = Duration::from_millis(250);

/// A stream whose first content has arrived.
#[derive(Debug)]
pub(super) struct OpenStream {
    pub(super) target: TargetId,
    pub(super) permit: Permit,
    /// Came before and with the first content.
    pub(super) ahead: Vec<StreamEvent>,
    pub(super) events: AnswerStream,
    /// What the breaker is told if it ends well.
    pub(super) result: CallResult,
}

/// What a successful attempt gives.
#[derive(Debug)]
pub(super) enum Given {
    Whole(ChatResponse),
    Stream(OpenStream),
}

/// What stands against sending `request` to `target` at all.
pub(super) fn unfit_for(target: &Target, request: &ChatRequest) -> Option<&'static str> {
    let can = &target.capabilities;
    let has_image = || {
        let parts = request.messages.iter().flat_map(|message| &message.parts);
        parts.into_iter().any(|part| matches!(part, Part::Image(_)))
    };
    if !request.tools.is_empty() && !can.tools {
        Some("passed over: it takes no tools")
    } else if matches!(request.response_format, ResponseFormat::JsonSchema { .. })
        && !can.json_schema
    {
        Some("passed over: it takes no JSON schema")
    } else if !can.images && has_image() {
        Some("passed over: it takes no images")
    } else {
        None
    }
}

/// Makes one attempt. Breaker, account and path are told in every case.
pub(super) async fn attempt(
    passage: &mut Passage,
    target: &Target,
    permit: Permit,
    request: &ChatRequest,
    streaming: bool,
) -> Result<Given, Failure> {
    passage.attempt(&target.id);
    let given = if streaming {
        open_stream(passage, target, request).await.map(Ok)
    } else {
        whole_answer(passage, target, request).await.map(Err)
    };
    let took = passage.attempt_elapsed();
    match given {
        Ok(Ok((ahead, events))) => {
            let result = judged(took, target.slo.time_to_first_token_p95_ms);
            let what = format!("first token after {} ms", millis(took));
            passage.note(Some(&target.id), what, None);
            Ok(Given::Stream(OpenStream {
                target: target.id.clone(),
                permit,
                ahead,
                events,
                result,
            }))
        }
        Ok(Err(response)) => {
            let result = judged(took, target.slo.total_p95_ms);
            passage.shared.report_call(&passage.plan.route, &target.id, permit, result);
            passage.charge(&target.id, response.usage);
            let what = format!("answered after {} ms", millis(took));
            passage.note(Some(&target.id), what, Some(Outcome::Ok));
            count(passage, target, Outcome::Ok, took, response.usage);
            Ok(Given::Whole(response))
        }
        Err(failure) => {
            failed(passage, target, permit, &failure, took);
            Err(failure)
        }
    }
}

fn failed(
    passage: &mut Passage,
    target: &Target,
    permit: Permit,
    failure: &Failure,
    took: Duration,
) {
    let outcome = Outcome::Failed(failure.class);
    passage.failed(&target.id, failure.class, &failure.why);
    if was_an_answer(failure) {
        passage.answer_begun();
    }
    if failure.usage.is_some() {
        passage.charge(&target.id, failure.usage);
    }
    count(passage, target, outcome, took, failure.usage);
    passage.shared.report_failure(&passage.plan.route, &target.id, permit, failure);
}

/// Whether it was an answer that failed, for which tokens may be billed: the provider had taken the
/// request, and what came was neither silence nor an error in the answer's place.
fn was_an_answer(failure: &Failure) -> bool {
    let taken = failure.http_status.is_some_and(|status| (200..300).contains(&status));
    taken && !matches!(failure.class, FailureClass::TimeoutFirstToken | FailureClass::ErrorInStream)
}

/// Counts an attempt for the metrics.
pub(super) fn count(
    passage: &Passage,
    target: &Target,
    outcome: Outcome,
    took: Duration,
    usage: Option<changeover_domain::TokenUsage>,
) {
    let attempt = Attempt { target: &target.id, outcome, took, usage };
    locked(&passage.shared.metrics).count_attempt(&attempt);
}

fn judged(took: Duration, held_to_ms: u32) -> CallResult {
    if millis(took) > held_to_ms { CallResult::Slow } else { CallResult::Success }
}

async fn whole_answer(
    passage: &Passage,
    target: &Target,
    request: &ChatRequest,
) -> Result<ChatResponse, Failure> {
    let limits = limits(passage, false);
    let endpoint = endpoint(passage, target)?;
    let answer = passage.shared.llm.complete(&endpoint, request, &limits);
    answer.await.map(|answer| answer.response)
}

async fn open_stream(
    passage: &mut Passage,
    target: &Target,
    request: &ChatRequest,
) -> Result<(Vec<StreamEvent>, AnswerStream), Failure> {
    let limits = limits(passage, true);
    let endpoint = endpoint(passage, target)?;
    let mut events = passage.shared.llm.stream(&endpoint, request, &limits).await?;
    let mut ahead = Vec::new();
    while let Some(event) = events.next().await {
        let event = event?;
        passage.answer_begun();
        let is_content = match &event {
            StreamEvent::Text(text) => !text.is_empty(),
            StreamEvent::ToolCallStart { .. }
            | StreamEvent::ToolCallArguments { .. }
            | StreamEvent::Finish(_) => true,
            StreamEvent::Start { .. } | StreamEvent::Usage(_) => false,
        };
        ahead.push(event);
        if is_content {
            return Ok((ahead, events));
        }
    }
    Err(Failure::without_answer(FailureClass::Empty, "the stream ended before it said anything"))
}

fn endpoint<'a>(passage: &'a Passage, target: &'a Target) -> Result<Endpoint<'a>, Failure> {
    let catalogue = &passage.shared.settings.catalogue;
    let access = catalogue.provider(&target.provider).ok_or_else(|| {
        let why = format!("the provider `{}` is not configured", target.provider);
        Failure::without_answer(FailureClass::ModelNotFound, why)
    })?;
    Ok(Endpoint { provider: &access.provider, key: access.key.as_ref(), model: &target.model })
}

fn limits(passage: &Passage, streaming: bool) -> Limits {
    let limits = &passage.shared.settings.limits;
    let left = passage.time_left();
    let real = |limit| pace::not_below(&passage.shared.clock, limit, NETWORK_FLOOR);
    Limits {
        connect: real(limits.connect).min(left),
        first_token: real(limits.first_token).min(left),
        stall: real(limits.stall),
        total: if streaming { limits.stream } else { real(limits.attempt).min(left) },
    }
}
