//! The way of one request down the route's ladder of modes, until one of them serves it.
//!
//! The first mode is the operator's, or `full`. Further down it goes only where the route allows
//! that, and the answer says which mode it is of. Which target is asked within a mode is
//! [`super::targets`]'.

use std::time::Duration;

use changeover_domain::{FailureClass, Mode, Outcome, UnixMs};
use changeover_llm::canonical::{Effort, Reasoning, Thinking};
use changeover_llm::losses::Needs;
use changeover_llm::shape::takes_notice;
use changeover_llm::validate::Judge;
use changeover_llm::{
    ChatRequest, ChatResponse, Document, Failure, FinishReason, Message, Part, Role,
};
use changeover_policy::ladder::Reason;

use super::asked::Asked;
use super::attempt::{Errand, Given, OpenStream};
use super::passage::Passage;
use super::refuse::Refusal;
use super::{keeping, own_text, targets};
use crate::cache::Reading;
use crate::settings::ShortSettings;
use crate::shared::locked;

/// What a caller is told to wait when nobody knows how long it will be.
const USUAL_WAIT: Duration = Duration::from_secs(60);

/// What the caller gets.
#[derive(Debug)]
pub(super) enum Served {
    Whole(Whole),
    /// A model's answer as it came.
    Document(Document),
    Stream(OpenStream),
    Refused(Refusal),
}

/// A complete answer.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) response: ChatResponse,
    pub(super) outcome: Outcome,
    /// Not a model's words but the gateway's own.
    pub(super) is_ours: bool,
}

impl Whole {
    /// A good answer of a model's.
    fn good(response: ChatResponse) -> Self {
        Self { response, outcome: Outcome::Ok, is_ours: false }
    }
}

/// Why a mode did not serve.
#[derive(Debug)]
pub(super) enum Stuck {
    /// No target could be asked, or none was left; with the last failure, if one was.
    NoTarget(Option<Failure>),
    /// Too many are asking.
    Shed { retry_after: Duration },
    /// The table says to step down.
    NextMode(Failure),
    /// No target and no mode does better.
    ToCaller(Failure),
}

/// Serves one request.
pub(super) async fn serve(passage: &mut Passage, asked: &Asked) -> Served {
    passage.put_the_primary_on_trial();
    loop {
        let stuck = match in_mode(passage, asked).await {
            Ok(served) => return served,
            Err(stuck) => stuck,
        };
        let Some(mode) = stuck.reason().and_then(|reason| passage.lower_mode(reason)) else {
            return told(stuck, passage, asked);
        };
        passage.note(None, format!("stepped down to `{}`", mode.as_str()), None);
        locked(&passage.shared.metrics).count_step_down(&passage.plan.route, mode);
        passage.forget_target();
        passage.mode = mode;
    }
}

async fn in_mode(passage: &mut Passage, asked: &Asked) -> Result<Served, Stuck> {
    match passage.mode {
        Mode::Full => match keeping::look_up(passage, asked, Reading::Fresh) {
            Some(response) => Ok(Served::Whole(Whole::good(response))),
            None => from_targets(passage, asked, None, asked.judge.as_ref()).await,
        },
        Mode::Short => {
            let request = shortened(&asked.question.front().request, &passage.serving.short);
            let judge = asked.judge.as_ref().map(Judge::with_length_asked);
            from_targets(passage, asked, Some(&request), judge.as_ref()).await
        }
        Mode::Cached => match keeping::look_up(passage, asked, Reading::StaleToo) {
            Some(response) => Ok(Served::Whole(Whole::good(response))),
            None => Ok(own_text::answer(passage, asked)),
        },
        Mode::Template => Ok(own_text::answer(passage, asked)),
        Mode::Off => Ok(Served::Refused(switched_off(passage))),
        Mode::Approval => Err(Stuck::NoTarget(None)),
    }
}

async fn from_targets(
    passage: &mut Passage,
    asked: &Asked,
    instead: Option<&ChatRequest>,
    judge: Option<&Judge>,
) -> Result<Served, Stuck> {
    let question = &asked.question;
    let needs = instead.map_or_else(|| question.needs(), Needs::of);
    let keeps = keeping::wants(passage, asked.cache_key);
    let errand = Errand::Chat { question, instead, needs, judge, keeps };
    match targets::ask(passage, &errand).await? {
        Given::Whole { response, by } => {
            keeping::store(passage, asked.cache_key, &response, &by);
            Ok(Served::Whole(Whole::good(response)))
        }
        Given::Document(document) => Ok(Served::Document(document)),
        Given::Stream(open) => Ok(Served::Stream(open)),
        Given::Embeddings(_) => Err(Stuck::NoTarget(None)),
    }
}

/// The request as mode `short` sends it: a cap on the answer, and a word to the model. The model is
/// not to think, which would eat up the cap. What a program reads is not cut: half a document or half
/// a call is no short answer.
fn shortened(request: &ChatRequest, short: &ShortSettings) -> ChatRequest {
    let mut request = request.clone();
    let free_text = takes_notice(&request) && request.tools.is_empty();
    if free_text {
        let asked_for = request.max_tokens.unwrap_or(u32::MAX);
        request.max_tokens = Some(asked_for.min(short.max_tokens));
    }
    let effort = request.reasoning.effort.map(|effort| effort.min(Effort::Low));
    request.reasoning =
        Reasoning { thinking: Some(Thinking::Off), effort, shown: request.reasoning.shown };
    // After the application's own instructions, before the conversation.
    let at = request.messages.iter().take_while(|message| message.role == Role::System).count();
    let hint = Message { role: Role::System, parts: vec![Part::Text(short.hint.clone())] };
    request.messages.insert(at, hint);
    request
}

impl Stuck {
    fn reason(&self) -> Option<Reason> {
        match self {
            Self::NoTarget(_) | Self::Shed { .. } => Some(Reason::NoTarget),
            Self::NextMode(failure) => Some(Reason::Failed(failure.inner.unwrap_or(failure.class))),
            Self::ToCaller(_) => None,
        }
    }
}

/// The end of the ladder.
fn told(stuck: Stuck, passage: &mut Passage, asked: &Asked) -> Served {
    match stuck {
        Stuck::ToCaller(failure) => told_failure(failure, passage, asked),
        Stuck::NextMode(failure) | Stuck::NoTarget(Some(failure)) => {
            Served::Refused(Refusal::of_failure(passage.door, &failure))
        }
        Stuck::NoTarget(None) if passage.time_left().is_zero() => {
            let why = "the time that the caller gives was over before a target could be asked";
            passage.note(None, why, None);
            let failure = Failure::without_answer(FailureClass::TimeoutTotal, why);
            Served::Refused(Refusal::of_failure(passage.door, &failure))
        }
        Stuck::NoTarget(None) => Served::Refused(no_path(passage)),
        Stuck::Shed { retry_after } => Served::Refused(shed(passage, retry_after)),
    }
}

/// What is about the model's words ends as an answer does, unless the route wants to hear of
/// sound answers only; the rest is an error.
fn told_failure(failure: Failure, passage: &Passage, asked: &Asked) -> Served {
    let outcome = Outcome::Failed(failure.class);
    let answered_well = failure.http_status.is_some_and(|status| status < 400);
    match failure.finish_reason() {
        Some(finish) if answered_well && asked.judge.is_none() => Served::Whole(Whole {
            response: ChatResponse {
                id: failure.vendor.request_id.clone().unwrap_or_default(),
                model: asked.question.model().to_owned(),
                // What was cut or filtered before its first word has none, and the finish says so.
                parts: match finish {
                    FinishReason::Refusal => vec![Part::Text(failure.why)],
                    _ => Vec::new(),
                },
                finish,
                usage: failure.usage,
                ..ChatResponse::default()
            },
            outcome,
            is_ours: true,
        }),
        _ => Served::Refused(Refusal::of_failure(passage.door, &failure)),
    }
}

pub(super) fn switched_off(passage: &mut Passage) -> Refusal {
    passage.note(None, "the route is switched off", None);
    let now = passage.shared.clock.now();
    Refusal {
        door: passage.door,
        status: 503,
        message: format!(
            "The route `{}` is switched off by its operators at the moment.",
            passage.plan.route
        ),
        code: "route_off",
        param: None,
        retry_after: Some(wait_until(passage.plan.until, now)),
        outcome: Outcome::Failed(FailureClass::GatewayError),
    }
}

pub(super) fn no_path(passage: &mut Passage) -> Refusal {
    passage.note(None, "no target could be asked", None);
    let now = passage.shared.clock.now();
    Refusal {
        door: passage.door,
        status: 503,
        message: format!(
            "No target of the route `{}` can be asked at the moment.",
            passage.plan.route
        ),
        code: "no_target",
        param: None,
        retry_after: Some(wait_until(passage.plan.next_trial_at, now)),
        outcome: Outcome::Failed(FailureClass::GatewayError),
    }
}

pub(super) fn shed(passage: &mut Passage, retry_after: Duration) -> Refusal {
    passage.note(None, "turned away: too many requests are waiting", None);
    locked(&passage.shared.metrics).count_shed(passage.plan.configured.criticality);
    Refusal {
        door: passage.door,
        status: 429,
        message: format!(
            "More requests are waiting for the route `{}` than it can serve in time.",
            passage.plan.route
        ),
        code: "shed",
        param: None,
        retry_after: Some(retry_after),
        outcome: Outcome::Failed(FailureClass::ConcurrencyLimited),
    }
}

fn wait_until(then: Option<UnixMs>, now: UnixMs) -> Duration {
    let wait = then.map_or(USUAL_WAIT, |then| then.since(now));
    wait.clamp(Duration::from_secs(1), USUAL_WAIT)
}
