//! A provider's stream, passed on to the caller in the caller's dialect.
//!
//! The first byte has been given, so there is no other target any more: a failure ends the stream
//! with an error event, and so does an answer that turns out not to be what was asked for, where the
//! route judges answers. When the caller goes away the relay is dropped, and the request is counted
//! as cancelled with what it had used so far. A provider that had been silent for too long by then is
//! found out all the same; the time that a caller takes to read is nobody's fault but its own.

use std::collections::VecDeque;
use std::convert::Infallible;

use axum::body::{Body, Bytes};
use axum::response::Response;
use changeover_domain::{FailureClass, Mode, Outcome, TargetId, TokenUsage};
use changeover_llm::front::{Door, ErrorFields, StreamEncoder};
use changeover_llm::validate::{Gathered, Judge};
use changeover_llm::{AnswerStream, ChatResponse, Failure, StreamEvent};
use changeover_policy::breaker::{CallResult, Permit};
use changeover_policy::throttle::Ended;
use futures::StreamExt as _;
use futures::stream;

use super::answer::event_stream;
use super::asked::Asked;
use super::attempt::{self, OpenStream, Silence};
use super::held::MOST_GATHERED;
use super::passage::Passage;
use super::{keeping, notice};
use crate::cache::CacheKey;
use crate::gates::Pass;

/// Answers with a stream that is open.
pub(super) fn respond(open: OpenStream, mut passage: Box<Passage>, asked: Asked) -> Response {
    passage.first_token();
    // The request itself has done its service, and would take room for as long as the model speaks.
    let Asked { question, judge, cache_key } = asked;
    let gathers = judge.is_some() || keeping::wants(&passage, cache_key);
    let is_short = passage.mode == Mode::Short;
    let mut relay = Relay {
        encoder: question.stream_encoder(passage.arrived_at),
        notice: is_short.then(|| notice::of(&passage, &question.front().request)).flatten(),
        gathered: gathers.then(|| Gathered::new(MOST_GATHERED)),
        target: open.target,
        permit: open.permit,
        pass: Some(open.pass),
        result: open.result,
        events: open.events,
        silence: open.silence,
        usage: None,
        usage_is_whole: false,
        charged: false,
        frames: VecDeque::new(),
        over: false,
        door: question.door(),
        judge,
        cache_key,
        passage,
    };
    drop(question);
    for event in open.ahead {
        relay.take(Ok(event));
    }
    // Boxed: it is handed over and back for each frame.
    let frames = stream::unfold(Box::new(relay), |mut relay| async move {
        relay.passage.asked_again();
        let frame = relay.next_frame().await?;
        relay.passage.hand_out();
        Some((Ok::<_, Infallible>(frame), relay))
    });
    event_stream(Body::from_stream(frames))
}

struct Relay {
    encoder: StreamEncoder,
    /// Still to be said, before the first text.
    notice: Option<String>,
    /// The answer so far, where it is judged or kept in the end.
    gathered: Option<Gathered>,
    target: TargetId,
    permit: Option<Permit>,
    pass: Option<Pass>,
    result: CallResult,
    events: AnswerStream,
    silence: Silence,
    /// The latest count.
    usage: Option<TokenUsage>,
    /// The provider has come to its end, so its count is the last.
    usage_is_whole: bool,
    charged: bool,
    frames: VecDeque<Bytes>,
    over: bool,
    door: Door,
    judge: Option<Judge>,
    cache_key: Option<CacheKey>,
    passage: Box<Passage>,
}

impl Relay {
    async fn next_frame(&mut self) -> Option<Bytes> {
        loop {
            if let Some(frame) = self.frames.pop_front() {
                return Some(frame);
            }
            if self.over {
                return None;
            }
            match self.events.next().await {
                Some(event) => self.take(event),
                None => self.fail(&cut_off()),
            }
        }
    }

    fn take(&mut self, event: Result<StreamEvent, Failure>) {
        let event = match event {
            Ok(event) => event,
            Err(failure) => return self.fail(&failure),
        };
        if let StreamEvent::Usage(usage) = &event {
            self.usage = Some(*usage);
        }
        self.gather(&event);
        match event {
            StreamEvent::Finish(_) => {
                self.usage_is_whole = true;
                self.finish(&event);
            }
            StreamEvent::Text(_) => {
                if let Some(notice) = self.notice.take() {
                    self.encode(&StreamEvent::Text(notice));
                }
                self.encode(&event);
            }
            _ => self.encode(&event),
        }
    }

    fn gather(&mut self, event: &StreamEvent) {
        let Some(gathered) = &mut self.gathered else { return };
        if gathered.push(event.clone()).is_err() {
            // Too large to be kept; and what cannot be judged is not passed for sound.
            self.gathered = None;
        }
    }

    fn encode(&mut self, event: &StreamEvent) {
        let frames = self.encoder.encode(event);
        if !frames.is_empty() {
            self.frames.push_back(frames);
        }
    }

    fn finish(&mut self, event: &StreamEvent) {
        let response = self.gathered.take().and_then(Gathered::into_response);
        if let Err(failure) = self.judge(response.as_ref()) {
            return self.fail(&failure);
        }
        if let Some(response) = &response {
            keeping::store(&self.passage, self.cache_key, response, &self.target);
        }
        self.encode(event);
        let last = self.encoder.finish();
        self.frames.push_back(last);
        if let Some(permit) = self.permit.take() {
            let route = &self.passage.plan.route;
            self.passage.shared.report_call(route, &self.target, permit, self.result);
        }
        if let Some(pass) = self.pass.take() {
            pass.release(Ended::Succeeded);
        }
        self.end(Outcome::Ok);
    }

    fn judge(&self, response: Option<&ChatResponse>) -> Result<(), Failure> {
        match (&self.judge, response) {
            (None, _) => Ok(()),
            (judge, Some(response)) => self.passage.judged(judge.as_ref(), response),
            (Some(_), None) => {
                let why = "the answer is larger than what can be judged";
                Err(Failure::without_answer(FailureClass::MalformedOutput, why))
            }
        }
    }

    fn fail(&mut self, failure: &Failure) {
        if failure.usage.is_some() {
            self.usage = failure.usage;
            self.usage_is_whole |= !failure.usage_is_partial;
        }
        if let Some(permit) = self.permit.take() {
            let route = &self.passage.plan.route;
            self.passage.shared.report_failure(route, &self.target, permit, failure);
        }
        if let Some(pass) = self.pass.take() {
            pass.release(Ended::of_failure(failure.class, failure.retry_after));
        }
        match failure.finish_reason() {
            Some(reason) if self.judge.is_none() => {
                self.encode(&StreamEvent::Finish(reason));
                let last = self.encoder.finish();
                self.frames.push_back(last);
            }
            _ => {
                let door = self.door;
                let fields = ErrorFields {
                    request_id: Some(self.passage.id.as_str()),
                    ..ErrorFields::of(failure)
                };
                let last = self.encoder.fail(door.status_of(failure), &fields);
                self.frames.push_back(last);
            }
        }
        self.passage.failed(&self.target, failure);
        self.end(Outcome::Failed(failure.class));
    }

    fn end(&mut self, outcome: Outcome) {
        self.over = true;
        self.charge(outcome);
        if outcome.is_ok() {
            self.passage.note(Some(&self.target), "streamed to its end", Some(outcome));
        }
        self.passage.end(outcome);
    }

    /// Puts the stream's use onto the account, once.
    fn charge(&mut self, outcome: Outcome) {
        if std::mem::replace(&mut self.charged, true) {
            return;
        }
        if self.usage_is_whole {
            self.passage.charge(&self.target, self.usage);
        } else {
            self.passage.charge_partly(&self.target, self.usage);
        }
        let took = self.passage.attempt_elapsed();
        attempt::count(&self.passage, &self.target, outcome, took, self.usage);
    }
}

/// A stream ends with the model's word that it stopped; one that just ends has been cut.
fn cut_off() -> Failure {
    Failure::without_answer(FailureClass::Connect, "the stream ended before the answer did")
}

impl Relay {
    /// The caller has gone away: what the provider's silence until then says about it. Else one that
    /// stalls for longer than its callers have patience would never be found out.
    fn left_alone(&mut self) {
        let Some(permit) = self.permit.take() else { return };
        let (shared, route) = (&self.passage.shared, &self.passage.plan.route);
        let silent = self.events.silent_for(shared.clock.moment());
        if silent >= self.silence.fails {
            let class = FailureClass::TimeoutStall;
            let failure = Failure::without_answer(class, "nothing more came of the answer");
            shared.report_failure(route, &self.target, permit, &failure);
            self.passage.failed(&self.target, &failure);
        } else if silent > self.silence.is_slow {
            shared.report_call(route, &self.target, permit, CallResult::Slow);
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.left_alone();
        // Before the passage is dropped and counts itself as cancelled.
        let outcome = Outcome::Failed(FailureClass::ClientCancelled);
        self.charge(outcome);
    }
}
