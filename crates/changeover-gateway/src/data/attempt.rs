//! One attempt at one target, up to the point where its answer can be given to the caller.

use std::time::Duration;

use changeover_domain::{FailureClass, Outcome, Target, TargetId, TokenUsage};
use changeover_llm::front::Question;
use changeover_llm::losses::{FeatureSet, Needs, lost};
use changeover_llm::validate::Judge;
use changeover_llm::{
    AnswerStream, ChatRequest, ChatResponse, Document, Endpoint, Failure, Given as Answered,
    StreamEvent,
};
use changeover_policy::breaker::{CallResult, Permit};
use changeover_policy::throttle::Ended;
use serde_json::Value;

use super::fit::{self, Unfit};
use super::held;
use super::leave::Leave;
use super::limits::AttemptLimits;
use super::passage::{Passage, millis};
use crate::gates::Pass;
use crate::live::LiveTarget;
use crate::metrics;
use crate::settings::HoldBack;
use crate::shared::locked;

/// What a target is asked for.
#[derive(Debug)]
pub(super) enum Errand<'a> {
    Chat {
        /// As the caller wrote it.
        question: &'a Question,
        /// What the mode sends in its place, where that is something else.
        instead: Option<&'a ChatRequest>,
        needs: Needs,
        judge: Option<&'a Judge>,
        /// Its answer is to be kept, and so is wanted in its parts.
        keeps: bool,
    },
    Embeddings(&'a Value),
}

/// One try: who is asked, by whose leave.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    pub(super) target: &'a Target,
    pub(super) permit: Permit,
    pub(super) pass: Pass,
    pub(super) targets_following: u32,
}

/// A stream of which the first part has arrived.
#[derive(Debug)]
pub(super) struct OpenStream {
    pub(super) target: TargetId,
    /// `None` once the breaker has been told.
    pub(super) permit: Option<Permit>,
    pub(super) pass: Pass,
    /// What was held back.
    pub(super) ahead: Vec<StreamEvent>,
    pub(super) events: AnswerStream,
    /// What the breaker is told if it ends well.
    pub(super) result: CallResult,
    pub(super) silence: Silence,
}

/// For how long the provider of a stream may say nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Silence {
    /// Then it has failed.
    pub(super) fails: Duration,
    /// Then it is slow: as long as it may take for its first token.
    pub(super) is_slow: Duration,
}

/// What a successful attempt gives.
#[derive(Debug)]
pub(super) enum Given {
    Whole {
        response: ChatResponse,
        by: TargetId,
    },
    /// The vendor's answer as it came.
    Document(Document),
    Stream(OpenStream),
    /// The vendor's document as it came.
    Embeddings(Value),
}

/// What came of the wire.
pub(super) enum Came {
    Whole(ChatResponse),
    Document(Document),
    Opened(Vec<StreamEvent>, AnswerStream),
    Embeddings(Value, Option<TokenUsage>),
}

impl Errand<'_> {
    fn is_streamed(&self) -> bool {
        matches!(self, Self::Chat { question, .. } if question.stream())
    }

    /// What stands against sending it to `target` at all.
    pub(super) fn unfit_for(&self, target: &LiveTarget) -> Option<Unfit> {
        match self {
            Self::Chat { needs, .. } => fit::unfit_for(&target.target.capabilities, needs),
            Self::Embeddings(_) => fit::no_embeddings(&target.access.provider),
        }
    }

    /// What the caller asked for and this target does not have.
    fn lost_at(&self, target: &LiveTarget) -> FeatureSet {
        match self {
            Self::Chat { question, instead: None, .. } => question.lost_at(&endpoint_of(target)),
            Self::Chat { question, .. } => {
                lost(question.front(), target.access.provider.kind, &target.target.model)
            }
            Self::Embeddings(_) => FeatureSet::NONE,
        }
    }
}

/// Makes one attempt. Breaker, gate, account and path are told in every case.
pub(super) async fn attempt(
    passage: &mut Passage,
    attempt: Attempt<'_>,
    errand: &Errand<'_>,
) -> Result<Given, Failure> {
    let Attempt { target, permit, pass, targets_following } = attempt;
    passage.attempt(&target.id);
    let limits = AttemptLimits::of(passage, targets_following, errand.is_streamed());
    let held_to_ms = held_to_ms(target, errand, passage.serving.hold_back);
    let leave = Leave::new(passage, &target.id, permit, held_to_ms);
    let came = match errand {
        Errand::Chat { question, instead, judge, .. } if question.stream() => {
            Box::pin(opened(passage, target, &limits, (*question, *instead), *judge)).await
        }
        Errand::Chat { question, instead: None, judge: None, keeps: false, .. } => {
            forwarded(passage, target, &limits, question).await
        }
        Errand::Chat { question, instead, judge, .. } => {
            let request = instead.unwrap_or_else(|| &question.front().request);
            Box::pin(whole(passage, target, &limits, request, *judge)).await
        }
        Errand::Embeddings(body) => Box::pin(embedded(passage, target, &limits, body)).await,
    };
    passage.came(came.as_ref().err());
    if came.is_ok() {
        let lost = passage.live.target(&target.id).map(|live| errand.lost_at(live));
        passage.answered_without(&target.id, lost.unwrap_or_default());
    }
    match came {
        Ok(Came::Opened(ahead, events)) => {
            let first = passage.spoke_after();
            let result = judged(first, target.slo.time_to_first_token_p95_ms);
            let what = format!("first token after {} ms", millis(first));
            passage.note(Some(&target.id), what, None);
            let permit = told_early(leave, result);
            let is_slow = u64::from(target.slo.time_to_first_token_p95_ms);
            let silence = Silence {
                fails: limits.wire.stall,
                is_slow: Duration::from_millis(is_slow).min(limits.wire.stall),
            };
            let target = target.id.clone();
            Ok(Given::Stream(OpenStream { target, permit, pass, ahead, events, result, silence }))
        }
        Ok(Came::Whole(response)) => {
            succeeded(passage, target, leave, pass, response.usage);
            Ok(Given::Whole { response, by: target.id.clone() })
        }
        Ok(Came::Document(document)) => {
            succeeded(passage, target, leave, pass, Some(document.usage));
            Ok(Given::Document(document))
        }
        Ok(Came::Embeddings(document, usage)) => {
            succeeded(passage, target, leave, pass, usage);
            Ok(Given::Embeddings(document))
        }
        Err(failure) => {
            pass.release(Ended::of_failure(failure.class, failure.retry_after));
            let cut_short = limits.cut_short(&failure);
            failed(passage, target, &failure, cut_short);
            leave.report_failure(&failure, cut_short);
            Err(failure)
        }
    }
}

/// A trial that has come to its first words has found out what it was for. To hold it to the end of
/// a long answer would keep a healthy target away from everybody else for as long.
fn told_early(leave: Leave, result: CallResult) -> Option<Permit> {
    if !leave.is_trial() {
        return leave.into_permit();
    }
    leave.report(result);
    None
}

/// How soon a target is to answer an errand: with its first token, where the caller sees that.
fn held_to_ms(target: &Target, errand: &Errand<'_>, hold_back: HoldBack) -> u32 {
    if errand.is_streamed() && hold_back == HoldBack::FirstContent {
        target.slo.time_to_first_token_p95_ms
    } else {
        target.slo.total_p95_ms
    }
}

fn succeeded(
    passage: &mut Passage,
    target: &Target,
    leave: Leave,
    pass: Pass,
    usage: Option<TokenUsage>,
) {
    let took = passage.attempt_elapsed();
    leave.report(judged(took, target.slo.total_p95_ms));
    pass.release(Ended::Succeeded);
    passage.charge(&target.id, usage);
    let what = format!("answered after {} ms", millis(took));
    passage.note(Some(&target.id), what, Some(Outcome::Ok));
    count(passage, &target.id, Outcome::Ok, took, usage);
}

fn failed(passage: &mut Passage, target: &Target, failure: &Failure, cut_short: bool) {
    let took = passage.attempt_elapsed();
    let class = if cut_short {
        passage.cut_short(&target.id, failure);
        FailureClass::ClientCancelled
    } else {
        passage.failed(&target.id, failure);
        failure.class
    };
    if was_an_answer(failure) {
        passage.answer_begun();
    }
    match failure.usage {
        Some(_) if failure.usage_is_partial => passage.charge_partly(&target.id, failure.usage),
        Some(_) => passage.charge(&target.id, failure.usage),
        None => {}
    }
    count(passage, &target.id, Outcome::Failed(class), took, failure.usage);
}

/// Whether it was an answer that failed, for which tokens may be billed: the provider had begun one,
/// and what came was not an error in the answer's place.
fn was_an_answer(failure: &Failure) -> bool {
    let taken = failure.http_status.is_some_and(|status| (200..300).contains(&status));
    taken && failure.class != FailureClass::ErrorInStream
}

/// Counts an attempt for the metrics.
pub(super) fn count(
    passage: &Passage,
    target: &TargetId,
    outcome: Outcome,
    took: Duration,
    usage: Option<TokenUsage>,
) {
    let attempt = metrics::Attempt {
        target,
        operation: passage.operation,
        outcome,
        took,
        first_chunk: passage.first_chunk(),
        usage,
    };
    locked(&passage.shared.metrics).count_attempt(&attempt);
}

fn judged(took: Duration, held_to_ms: u32) -> CallResult {
    if millis(took) > held_to_ms { CallResult::Slow } else { CallResult::Success }
}

async fn whole(
    passage: &mut Passage,
    target: &Target,
    limits: &AttemptLimits,
    request: &ChatRequest,
    judge: Option<&Judge>,
) -> Result<Came, Failure> {
    let taken = passage.sending();
    let endpoint = endpoint(passage, target)?;
    let answer = passage.llm.complete_noting(&endpoint, request, &limits.wire, &taken).await?;
    passage.judged(judge, &answer.response)?;
    Ok(Came::Whole(answer.response))
}

/// Asks a question as it was written, for an answer that may be given on as it comes.
async fn forwarded(
    passage: &mut Passage,
    target: &Target,
    limits: &AttemptLimits,
    question: &Question,
) -> Result<Came, Failure> {
    let taken = passage.sending();
    let endpoint = endpoint(passage, target)?;
    let answered = passage.llm.answer(&endpoint, question, &limits.wire, &taken).await?;
    Ok(match answered.given {
        Answered::Response(response) => Came::Whole(response),
        Answered::Document(document) => Came::Document(document),
    })
}

async fn embedded(
    passage: &mut Passage,
    target: &Target,
    limits: &AttemptLimits,
    body: &Value,
) -> Result<Came, Failure> {
    let taken = passage.sending();
    let endpoint = endpoint(passage, target)?;
    let answer = passage.llm.embed(&endpoint, body, &limits.wire, &taken).await?;
    Ok(Came::Embeddings(answer.document, answer.usage))
}

/// Opens a stream and holds back as much of it as the route wants. One that ends before that is a
/// whole answer.
async fn opened(
    passage: &mut Passage,
    target: &Target,
    limits: &AttemptLimits,
    (question, instead): (&Question, Option<&ChatRequest>),
    judge: Option<&Judge>,
) -> Result<Came, Failure> {
    let taken = passage.sending();
    let endpoint = endpoint(passage, target)?;
    let events = match instead {
        None => passage.llm.answer_streamed(&endpoint, question, &limits.wire, &taken).await?,
        Some(request) => {
            passage.llm.stream_noting(&endpoint, request, &limits.wire, &taken).await?
        }
    };
    if passage.serving.hold_back == HoldBack::FirstContent {
        return held::take(passage, events, judge).await;
    }
    // The caller sees nothing yet, so the request's own time still runs.
    let left = limits.held_back(passage);
    let clock = passage.shared.clock.clone();
    clock.timeout(left, held::take(passage, events, judge)).await.unwrap_or_else(|_| {
        let why = "the part of the answer that is held back was not complete within the limit";
        Err(Failure::without_answer(FailureClass::TimeoutTotal, why))
    })
}

fn endpoint<'a>(passage: &'a Passage, target: &'a Target) -> Result<Endpoint<'a>, Failure> {
    let live = passage.live.target(&target.id).ok_or_else(|| not_configured(target))?;
    Ok(endpoint_of(live))
}

fn endpoint_of(live: &LiveTarget) -> Endpoint<'_> {
    let LiveTarget { target, access } = live;
    Endpoint { provider: &access.provider, key: access.key.as_ref(), model: &target.model }
}

fn not_configured(target: &Target) -> Failure {
    let why = format!("the target `{}` is not configured", target.id);
    Failure::without_answer(FailureClass::ModelNotFound, why)
}
