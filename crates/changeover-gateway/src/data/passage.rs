//! One request on its way through the gateway, and its account.
//!
//! A passage ends exactly once: with the outcome that is given, or, when it is dropped before
//! (the caller hung up), as `client_cancelled`. So what was begun is always counted.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use changeover_clock::Moment;
use changeover_domain::admin::{RequestPath, RequestStep};
use changeover_domain::traffic::BucketKey;
use changeover_domain::{FailureClass, Mode, Outcome, RequestId, TargetId, TokenUsage, UnixMs};
use changeover_http::wire::Taken;
use changeover_llm::front::Door;
use changeover_llm::losses::FeatureSet;
use changeover_llm::validate::Judge;
use changeover_llm::{ChatResponse, Failure, LlmClient};
use changeover_policy::ladder::{Ladder, Reason, next_mode};
use changeover_policy::retry::{RequestBudget, RequestBudgetSettings};
use uuid::Uuid;

use super::headers::Way;
use super::refuse::{Refusal, TurnedAway};
use crate::board::ServePlan;
use crate::callers::Seat;
use crate::live::Live;
use crate::log::{self, RequestLine};
use crate::metrics::{Ended, Operation};
use crate::pace;
use crate::settings::ServingSettings;
use crate::shared::{Shared, locked};
use crate::trace::TraceContext;
use crate::traffic::Share;

/// The least time of the system's that a request is given, however fast the clock runs.
const BUDGET_FLOOR: Duration = Duration::from_secs(1);

/// A new name for a request.
pub(super) fn new_request_id() -> RequestId {
    #[expect(clippy::expect_used, reason = "32 hexadecimal digits are always an id")]
    RequestId::try_new(&*Uuid::new_v4().simple().encode_lower(&mut Uuid::encode_buffer()))
        .expect("hexadecimal digits")
}

/// Whole milliseconds, as they are counted.
pub(super) fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

/// An answer that was kept, given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FromCache {
    pub(super) age: Duration,
    pub(super) is_stale: bool,
}

/// Where a request comes from, and by what it is known.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) door: Door,
    pub(super) operation: Operation,
    /// As the configuration names whoever asked.
    pub(super) caller: Option<String>,
    /// Its place among its own requests.
    pub(super) seat: Option<Seat>,
    /// How long the caller says it waits.
    pub(super) deadline: Option<Duration>,
    pub(super) trace: TraceContext,
}

/// The status by which servers log that nobody was there to be answered.
const CALLER_GONE: u16 = 499;

/// A request between its arrival and its end.
#[derive(Debug)]
pub(super) struct Passage {
    pub(super) shared: Arc<Shared>,
    /// The configuration that was in force when the request arrived.
    pub(super) live: Arc<Live>,
    /// How its route is served.
    pub(super) serving: Arc<ServingSettings>,
    pub(super) id: RequestId,
    pub(super) door: Door,
    pub(super) operation: Operation,
    caller: Option<String>,
    /// Given back when the request is over.
    _seat: Option<Seat>,
    trace: TraceContext,
    /// Tells providers which trace it is.
    pub(super) llm: LlmClient,
    pub(super) plan: ServePlan,
    pub(super) arrived_at: UnixMs,
    arrived: Moment,
    budget: RequestBudget,
    /// When the latest attempt began; the arrival, while no provider was asked.
    attempt_begun: Moment,
    /// Of a stream: since when its caller has a piece and has not asked for the next, and how long it
    /// has taken over the pieces before.
    handed_out: Option<Moment>,
    callers_time: Duration,
    /// In which mode it is answered: the route's, unless a trial of the primary answers in full or
    /// the route stepped down.
    pub(super) mode: Mode,
    pub(super) from_cache: Option<FromCache>,
    /// What was asked for and did not reach the target that answered.
    pub(super) lost: FeatureSet,
    target: Option<TargetId>,
    /// They have nothing more to say to this request, in a lower mode neither.
    pub(super) ruled_out: Vec<TargetId>,
    attempts: u32,
    share: Share,
    /// When the caller got its first token, since the arrival.
    first_token: Option<Duration>,
    /// When the provider of the latest attempt said its first word, since the attempt began. The
    /// caller may get it later: what is held back is none of the provider's time.
    spoke_after: Option<Duration>,
    /// An answer has begun, so tokens may be billed, and nobody has said yet how many.
    owes: bool,
    /// Of an attempt under way whose answer has not begun: whether the provider has taken the
    /// request. From then on it works, and nobody hears what it used until the answer tells.
    in_flight: Option<Taken>,
    steps: Vec<RequestStep>,
    /// Of the answer.
    status: u16,
    ended: bool,
}

impl Passage {
    /// Boxed: it is handed on from hand to hand, and is large.
    pub(super) fn begin(
        shared: Arc<Shared>,
        live: Arc<Live>,
        plan: ServePlan,
        origin: Origin,
    ) -> Box<Self> {
        let arrived = shared.clock.moment();
        let arrived_at = shared.clock.now();
        locked(&shared.retries).deposit(arrived_at);
        let serving = Arc::clone(live.serving(&plan.route));
        let settings = RequestBudgetSettings {
            total: pace::not_below(&shared.clock, serving.budget.total, BUDGET_FLOOR),
            ..serving.budget
        };
        Box::new(Self {
            id: new_request_id(),
            door: origin.door,
            operation: origin.operation,
            caller: origin.caller,
            _seat: origin.seat,
            llm: shared.llm.with_headers(origin.trace.to_headers()),
            trace: origin.trace,
            arrived_at,
            arrived,
            budget: RequestBudget::new(&settings, origin.deadline),
            attempt_begun: arrived,
            handed_out: None,
            callers_time: Duration::ZERO,
            mode: plan.effective.mode,
            from_cache: None,
            lost: FeatureSet::NONE,
            target: None,
            ruled_out: Vec::new(),
            attempts: 0,
            share: Share::default(),
            first_token: None,
            spoke_after: None,
            owes: false,
            in_flight: None,
            steps: Vec::new(),
            status: 200,
            ended: false,
            plan,
            serving,
            live,
            shared,
        })
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.shared.clock.moment().since(self.arrived)
    }

    /// How long the latest attempt has taken so far, or the whole request while no provider was
    /// asked: what a target has to answer for, without the time-outs of those before it and without
    /// the time that the caller takes to read.
    pub(super) fn attempt_elapsed(&self) -> Duration {
        let now = self.shared.clock.moment();
        let taking = self.handed_out.map_or(Duration::ZERO, |since| now.since(since));
        now.since(self.attempt_begun).saturating_sub(self.callers_time).saturating_sub(taking)
    }

    /// The caller gets a piece of its stream.
    pub(super) fn hand_out(&mut self) {
        self.handed_out = Some(self.shared.clock.moment());
    }

    /// The caller asks for the next piece.
    pub(super) fn asked_again(&mut self) {
        if let Some(since) = self.handed_out.take() {
            self.callers_time += self.shared.clock.moment().since(since);
        }
    }

    /// What is left of the request's time.
    pub(super) fn time_left(&self) -> Duration {
        self.budget.left(self.elapsed())
    }

    /// Whether there is time and leave for one more attempt.
    pub(super) fn may_attempt(&self) -> bool {
        self.budget.allows_attempt(self.elapsed(), self.attempts)
    }

    /// How long an attempt may take that begins at `elapsed` and would usually take up to `usual`.
    pub(super) fn attempt_limit(
        &self,
        elapsed: Duration,
        usual: Duration,
        targets_following: u32,
    ) -> Duration {
        self.budget.attempt_limit(elapsed, usual, targets_following)
    }

    /// How long one may take at its longest.
    pub(super) fn full_attempt_limit(&self, usual: Duration, targets_following: u32) -> Duration {
        self.budget.full_attempt_limit(usual, targets_following)
    }

    /// The route is held in a mode without targets beyond the end of its override until the primary is
    /// fit again: then this request is one of those that find out.
    pub(super) fn put_the_primary_on_trial(&mut self) {
        if !self.mode.needs_target() && !self.plan.candidates.is_empty() {
            self.mode = Mode::Full;
        }
    }

    /// The mode that serves this request when the present one cannot.
    pub(super) fn lower_mode(&self, reason: Reason) -> Option<Mode> {
        let ladder = Ladder {
            modes: &self.plan.configured.modes,
            automatic_to: self.serving.step_down_to,
            ceiling: self.plan.effective.mode,
        };
        next_mode(&ladder, self.mode, reason)
    }

    /// Nobody answered: whoever was asked last is not to blame for what comes now.
    pub(super) fn forget_target(&mut self) {
        self.target = None;
        self.spoke_after = None;
    }

    /// An attempt at a target begins.
    pub(super) fn attempt(&mut self, target: &TargetId) {
        self.settle();
        self.attempts += 1;
        self.attempt_begun = self.shared.clock.moment();
        self.spoke_after = None;
        self.share.retries = u64::from(self.attempts.saturating_sub(1));
        self.target = Some(target.clone());
    }

    /// Notes a step for whoever asks which way the request went.
    pub(super) fn note(
        &mut self,
        target: Option<&TargetId>,
        what: impl Into<String>,
        outcome: Option<Outcome>,
    ) {
        self.steps.push(RequestStep {
            at_ms: millis(self.elapsed()),
            target: target.cloned(),
            what: what.into(),
            outcome,
        });
    }

    /// What was begun and never charged has a cost that nobody knows.
    fn settle(&mut self) {
        let works_on = self.in_flight.take().is_some_and(|taken| taken.get());
        if !std::mem::take(&mut self.owes) && !works_on {
            return;
        }
        self.share.unpriced = true;
        if let Some(target) = &self.target {
            locked(&self.shared.metrics).count_cost(target, None);
        }
    }

    /// A request goes out; what is given is to be told when it is taken.
    pub(super) fn sending(&mut self) -> Taken {
        let taken = Taken::default();
        self.in_flight = Some(taken.clone());
        taken
    }

    /// The attempt has ended with an answer or a failure. Where the provider had taken the request
    /// and said nothing, it may have worked for it; an answer says itself what it cost, and an error
    /// costs nothing.
    pub(super) fn came(&mut self, failure: Option<&Failure>) {
        let taken = self.in_flight.take().is_some_and(|taken| taken.get());
        let unanswered = failure.is_some_and(|failure| failure.http_status.is_none());
        self.owes |= taken && unanswered;
    }

    /// An attempt has failed. What the vendor said about it is not kept: it may repeat what was
    /// asked.
    pub(super) fn failed(&mut self, target: &TargetId, failure: &Failure) {
        let unusual = Some(failure.whose).filter(|whose| *whose != failure.class.usually_whose());
        self.share.failed.push((target.clone(), failure.class, unusual));
        self.note(Some(target), failure.outline(), Some(Outcome::Failed(failure.class)));
    }

    /// An attempt has ended without its usual time, because the caller is in a hurry or others have
    /// used up the rest: that says nothing about the target, and is not counted among its failures.
    pub(super) fn cut_short(&mut self, target: &TargetId, failure: &Failure) {
        let what = format!("cut short for want of time: {}", failure.outline());
        self.note(Some(target), what, Some(Outcome::Failed(failure.class)));
    }

    /// The answer is one that was kept.
    pub(super) fn answered_from_cache(&mut self, from_cache: FromCache, first_by: &TargetId) {
        let kind = if from_cache.is_stale { "stale" } else { "fresh" };
        let age_s = from_cache.age.as_secs();
        let what = format!("answered from the cache: {kind}, {age_s} s old, by `{first_by}`");
        self.note(None, what, Some(Outcome::Ok));
        self.share.cache_hit = true;
        self.from_cache = Some(from_cache);
        self.forget_target();
    }

    /// A target answered that does not have all of what was asked for.
    pub(super) fn answered_without(&mut self, target: &TargetId, lost: FeatureSet) {
        self.lost = lost;
        if !lost.is_empty() {
            self.note(Some(target), format!("left out: {lost}"), None);
            locked(&self.shared.metrics).count_lost(target, lost);
        }
    }

    /// Judges the answer of the target that was asked last, where that is wanted, and counts one
    /// that is not what its request asked for.
    pub(super) fn judged(
        &self,
        judge: Option<&Judge>,
        response: &ChatResponse,
    ) -> Result<(), Failure> {
        let judged = judge.map_or(Ok(()), |judge| judge.judge(response));
        if let (Err(failure), Some(target)) = (&judged, &self.target) {
            locked(&self.shared.metrics).count_invalid(target, failure.class);
        }
        judged
    }

    /// The caller gets its first token now.
    pub(super) fn first_token(&mut self) {
        self.first_token = Some(self.elapsed());
        self.share.first_token_ms = Some(millis(self.spoke_after()));
    }

    /// The provider says something.
    pub(super) fn provider_speaks(&mut self) {
        if self.spoke_after.is_none() {
            self.spoke_after = Some(self.attempt_elapsed());
        }
    }

    /// How long the provider took for its first word; until now where it has said none.
    pub(super) fn spoke_after(&self) -> Duration {
        self.spoke_after.unwrap_or_else(|| self.attempt_elapsed())
    }

    /// How long the first token took, since the attempt began that answers.
    pub(super) fn first_chunk(&self) -> Option<Duration> {
        self.share.first_token_ms.map(|millis| Duration::from_millis(u64::from(millis)))
    }

    /// The same for a count that was made before the end: it cost that much at least.
    pub(super) fn charge_partly(&mut self, target: &TargetId, usage: Option<TokenUsage>) {
        self.charge(target, usage);
        // Not where the count has no price: then it has been told already.
        let priced = usage.and_then(|usage| self.live.cost(target, usage, self.arrived_at));
        self.owes = priced.is_some();
    }

    /// The provider's answer has begun: from here on the attempt may cost something, however it
    /// ends. Before, nothing was billed and nothing is owed.
    pub(super) fn answer_begun(&mut self) {
        self.owes = true;
    }

    /// Puts what an attempt used onto the account. `None`: it used something, and nobody says what.
    pub(super) fn charge(&mut self, target: &TargetId, usage: Option<TokenUsage>) {
        self.owes = false;
        let cost = usage.and_then(|usage| self.live.cost(target, usage, self.arrived_at));
        self.share.usage = self.share.usage.plus(usage.unwrap_or_default());
        locked(&self.shared.metrics).count_cost(target, cost);
        match cost {
            Some(cost) => self.share.cost += cost,
            None => self.share.unpriced = true,
        }
    }

    /// Puts the headers onto an answer that say which way it went so far.
    pub(super) fn write_headers(&self, headers: &mut HeaderMap) {
        Way {
            route: &self.plan.route,
            target: self.target.as_ref(),
            mode: self.mode,
            generation: self.plan.generation,
            attempts: self.attempts,
            id: &self.id,
            from_cache: self.from_cache,
            lost: self.lost,
        }
        .write_to(headers);
    }

    /// The request has ended with a refusal.
    pub(super) fn refuse(&mut self, refusal: &Refusal) {
        self.status = refusal.status;
        self.end(refusal.outcome);
    }

    /// The request has ended before anybody was asked. The refusal bears its id.
    pub(super) fn turn_away(&mut self, turned_away: TurnedAway, class: FailureClass) -> TurnedAway {
        let outcome = Outcome::Failed(class);
        self.note(None, "turned away: the request cannot be served as it is", Some(outcome));
        self.status = turned_away.status();
        self.end(outcome);
        turned_away.counted_as(self.id.clone())
    }

    /// The request has ended. Whatever is called later does not count.
    pub(super) fn end(&mut self, outcome: Outcome) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        self.settle();
        let (now, moment) = (self.shared.clock.now(), self.shared.clock.moment());
        let took = moment.since(self.arrived);
        self.share.latency_ms = millis(self.attempt_elapsed());
        let key = BucketKey {
            epoch: self.shared.started_at,
            minute: now.floor_to_minute(),
            route: self.plan.route.clone(),
            target: self.target.clone(),
            mode: self.mode,
            outcome,
            generation: self.plan.generation,
            effective_since: self.plan.effective.since,
            fallback: self.plan.fallback,
        };
        if self.live.settings.log.requests {
            self.log(outcome);
        }
        locked(&self.shared.metrics).count_request(&Ended {
            route: &self.plan.route,
            target: self.target.as_ref(),
            operation: self.operation,
            mode: self.mode,
            outcome,
            took,
            first_token: self.first_token,
            retries: self.share.retries,
        });
        locked(&self.shared.traffic).count(key, &self.share);
        locked(&self.shared.requests).keep(RequestPath {
            id: self.id.clone(),
            route: self.plan.route.clone(),
            mode: self.mode,
            generation: self.plan.generation,
            started_at: self.arrived_at,
            total_ms: millis(took),
            outcome,
            steps: std::mem::take(&mut self.steps),
        });
    }
}

impl Passage {
    fn log(&self, outcome: Outcome) {
        log::request(&RequestLine {
            id: &self.id,
            trace: &self.trace,
            caller: self.caller.as_deref(),
            route: &self.plan.route,
            target: self.target.as_ref(),
            mode: self.mode,
            generation: self.plan.generation,
            outcome,
            status: self.status,
            streamed: self.share.first_token_ms.is_some(),
            cache_hit: self.share.cache_hit,
            attempts: self.attempts,
            total_ms: millis(self.elapsed()),
            first_token_ms: self.share.first_token_ms,
            input_tokens: self.share.usage.input_tokens,
            output_tokens: self.share.usage.output_tokens,
            cost: self.share.cost,
            unpriced: self.share.unpriced,
        });
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        if !self.ended {
            let outcome = Outcome::Failed(FailureClass::ClientCancelled);
            self.note(None, "the caller went away", Some(outcome));
            self.status = CALLER_GONE;
            self.end(outcome);
        }
    }
}
