//! Reads a streamed answer event by event, under the limits of time.
//!
//! The first piece of the answer must come within `first_token`, each further one within `stall` of
//! the one before, and the end within `total`. Keep-alives are no pieces: a vendor that only pings
//! is silent. What counts is time in which the provider was waited for: while whoever reads the
//! answer does not ask for more of it, no limit runs. The end is the model's word that it stopped, not the end of the connection; a
//! connection that ends without it has cut the answer.

use std::collections::{BTreeMap, VecDeque};

use changeover_clock::{Clock, Moment};
use changeover_domain::{FailureClass, TokenUsage};
use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _};
use serde_json::Value;

use super::conclude::{Written, conclude};
use super::events::{self, Broken};
use super::send::{Head, Received};
use super::{Attempt, transport, with_meta};
use crate::answer::{AnswerMeta, Wait};
use crate::canonical::StreamEvent;
use crate::classify::content::Ending;
use crate::classify::envelope::ErrorBody;
use crate::classify::{Classified, HttpAnswer, classify};
use crate::dialect::{EventDecoder, Step};
use crate::endpoint::Limits;
use crate::failure::Failure;

/// How many events that are already there are taken after the end, so that the connection can be
/// used again.
const DRAINED_EVENTS: usize = 4;

pub(super) struct Reader {
    provider: &'static str,
    meta: AnswerMeta,
    head: Head,
    events: BoxStream<'static, Result<String, Broken>>,
    decoder: Box<dyn EventDecoder>,
    clock: Clock,
    limits: Limits,
    /// When the attempt began, and when the latest piece came: later by all the time in which nobody
    /// asked for more.
    started: Moment,
    last_piece: Option<Moment>,
    /// Since when nobody asks.
    handed_out: Option<Moment>,
    wait: Wait,
    ready: VecDeque<Result<StreamEvent, Failure>>,
    written: Written,
    arguments: BTreeMap<u32, String>,
    usage: Option<TokenUsage>,
    over: bool,
}

impl Reader {
    pub(super) fn new(attempt: &Attempt<'_>, received: Received, clock: Clock) -> Self {
        Self {
            provider: attempt.provider,
            meta: received.meta,
            head: received.head,
            events: events::events(received.body),
            decoder: attempt.dialect.decoder(),
            clock,
            limits: *attempt.limits,
            started: attempt.started,
            last_piece: None,
            handed_out: None,
            wait: Wait::default(),
            ready: VecDeque::new(),
            written: Written { any: false, at_stop_text: attempt.stops_unsaid },
            arguments: BTreeMap::new(),
            usage: None,
            over: false,
        }
    }

    /// Tells how long the provider has been silent.
    pub(super) fn wait(&self) -> Wait {
        self.wait.clone()
    }

    pub(super) fn into_stream(self) -> BoxStream<'static, Result<StreamEvent, Failure>> {
        // Boxed: it is handed over and back for each event.
        futures::stream::unfold(Box::new(self), |mut reader| async move {
            reader.asked_again();
            let item = reader.next().await?;
            reader.hand_out();
            Some((item, reader))
        })
        .boxed()
    }

    /// More is asked for: what has passed since the latest event was not the provider's time.
    fn asked_again(&mut self) {
        if let Some(handed_out) = self.handed_out.take() {
            let away = self.clock.moment().since(handed_out);
            self.started = self.started.plus(away);
            self.last_piece = self.last_piece.map(|last| last.plus(away));
        }
        if let Some(last) = self.last_piece {
            self.wait.since(last);
        }
    }

    fn hand_out(&mut self) {
        self.handed_out = Some(self.clock.moment());
        self.wait.over();
    }

    fn alive(&mut self) {
        let now = self.clock.moment();
        self.last_piece = Some(now);
        self.wait.since(now);
    }

    async fn next(&mut self) -> Option<Result<StreamEvent, Failure>> {
        loop {
            if let Some(item) = self.ready.pop_front() {
                return Some(item);
            }
            if self.over {
                return None;
            }
            let (deadline, class) = self.deadline();
            tokio::select! {
                biased;
                event = self.events.next() => {
                    self.take(event);
                    // Events that bring nothing must not keep the limit from being seen.
                    if self.ready.is_empty() && !self.over && self.clock.moment() >= self.deadline().0 {
                        self.run_out(class);
                    }
                }
                () = self.clock.sleep_until(deadline) => self.run_out(class),
            }
        }
    }

    /// When patience ends, and what it is then.
    fn deadline(&self) -> (Moment, FailureClass) {
        let total = self.started.plus(self.limits.total);
        let (piece, class) = match self.last_piece {
            None => (self.started.plus(self.limits.first_token), FailureClass::TimeoutFirstToken),
            Some(last) => (last.plus(self.limits.stall), FailureClass::TimeoutStall),
        };
        if piece < total { (piece, class) } else { (total, FailureClass::TimeoutTotal) }
    }

    fn run_out(&mut self, class: FailureClass) {
        // The model had said that it stopped, and only the vendor's farewell is missing.
        match self.decoder.ending_so_far() {
            Some(ending) => self.end(ending),
            None => self.fail(Classified::usual(class, transport::timeout_sentence(class))),
        }
    }

    fn take(&mut self, event: Option<Result<String, Broken>>) {
        match event {
            Some(Ok(data)) => self.data(&data),
            Some(Err(Broken::NotEvents(body))) => self.not_events(&body),
            Some(Err(Broken::TooLarge)) => {
                self.fail(malformed("the answer is larger than any model's"));
            }
            Some(Err(Broken::Garbled)) => {
                self.fail(malformed("the answer's events cannot be read"));
            }
            Some(Err(Broken::Transfer)) | None => self.cut(),
        }
    }

    fn data(&mut self, data: &str) {
        if data.trim() == "[DONE]" {
            return self.cut();
        }
        let Some(steps) = self.decoder.decode(data) else {
            return self.no_event(data);
        };
        for step in steps {
            match step {
                Step::Event(event) => self.event(event),
                Step::Progress => self.alive(),
                Step::End(ending) => return self.end(ending),
            }
        }
    }

    /// What is no event of an answer is an error, or nothing that is known and passed over.
    fn no_event(&mut self, data: &str) {
        let Ok(document) = serde_json::from_str::<Value>(data) else {
            return self.fail(malformed("an event of the answer is not JSON"));
        };
        if ErrorBody::find(&document).is_some() {
            self.fail(self.classified(data, true));
        }
    }

    fn event(&mut self, event: StreamEvent) {
        match &event {
            StreamEvent::Start { .. } | StreamEvent::Fingerprint(_) | StreamEvent::Finish(_) => {}
            StreamEvent::StopSequence(_) => self.written.at_stop_text = true,
            StreamEvent::Usage(usage) => self.usage = Some(*usage),
            StreamEvent::Text(_) => self.piece(),
            // A thought shows that the model lives, but it is no answer.
            StreamEvent::Thinking(_)
            | StreamEvent::ThinkingSignature(_)
            | StreamEvent::RedactedThinking(_) => self.alive(),
            StreamEvent::ToolCallStart { index, .. } => {
                self.arguments.insert(*index, String::new());
                self.piece();
            }
            StreamEvent::ToolCallArguments { index, fragment } => {
                self.arguments.entry(*index).or_default().push_str(fragment);
                self.piece();
            }
        }
        self.ready.push_back(Ok(event));
    }

    fn piece(&mut self) {
        self.written.any = true;
        self.alive();
    }

    /// The connection has ended, or the dialect's mark of the end has come.
    fn cut(&mut self) {
        match self.decoder.ending_so_far() {
            Some(ending) => self.end(ending),
            None => self.fail(
                Classified::usual(FailureClass::Connect, "the stream ended before the answer did")
                    .in_stream(),
            ),
        }
    }

    fn end(&mut self, ending: Ending) {
        let arguments = self.arguments.values().map(String::as_str);
        match conclude(ending, self.written, arguments) {
            Ok(finish) => {
                self.ready.push_back(Ok(StreamEvent::Finish(finish)));
                self.over = true;
                self.drain();
            }
            Err(found) => {
                let whole = Failure::from_classified(found);
                self.fail_with(Failure { usage: self.usage, ..whole });
            }
        }
    }

    /// Takes what has already come after the end; waits for nothing.
    fn drain(&mut self) {
        for _ in 0..DRAINED_EVENTS {
            if !matches!(self.events.next().now_or_never(), Some(Some(Ok(_)))) {
                return;
            }
        }
    }

    fn not_events(&mut self, body: &[u8]) {
        let text = String::from_utf8_lossy(body);
        self.fail(self.classified(&text, false));
    }

    fn classified(&self, body: &str, in_stream: bool) -> Classified {
        classify(&HttpAnswer {
            provider: self.provider,
            status: Some(self.meta.http_status),
            headers: &self.head.texts(),
            content_type: self.head.content_type().as_deref(),
            body,
            in_stream,
        })
    }

    fn fail(&mut self, found: Classified) {
        let broken = Failure::from_classified(found);
        self.fail_with(Failure { usage: self.usage, usage_is_partial: true, ..broken });
    }

    fn fail_with(&mut self, failure: Failure) {
        self.ready.push_back(Err(with_meta(failure, &self.meta)));
        self.over = true;
    }
}

fn malformed(why: &str) -> Classified {
    Classified::usual(FailureClass::MalformedOutput, why).in_stream()
}

#[cfg(test)]
mod tests;
