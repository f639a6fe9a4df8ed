//! The part of a streamed answer that is held back before the caller sees any of it.
//!
//! As long as it is held back another target may still take over unseen, and an answer that is held
//! back whole is judged before anybody reads it.

use changeover_domain::FailureClass;
use changeover_llm::validate::{Gathered, Judge};
use changeover_llm::{AnswerStream, Failure, StreamEvent};
use futures::StreamExt as _;

use super::attempt::Came;
use super::passage::Passage;
use crate::settings::HoldBack;

/// The most of an answer that is held back or gathered, in bytes.
pub(super) const MOST_GATHERED: usize = 4 * 1024 * 1024;
/// About so many bytes of text are a token.
const BYTES_PER_TOKEN: usize = 4;

/// Takes as much of a stream as the route holds back. One that ends before that is a whole answer.
pub(super) async fn take(
    passage: &mut Passage,
    mut events: AnswerStream,
    judge: Option<&Judge>,
) -> Result<Came, Failure> {
    let mut held = Held::new(passage.serving.hold_back);
    while let Some(event) = events.next().await {
        let event = event?;
        passage.answer_begun();
        if held.take(event)? {
            return held.into_came(passage, events, judge);
        }
    }
    Err(Failure::without_answer(FailureClass::Empty, "the stream ended before it said anything"))
}

/// The part of a stream that is held back.
struct Held {
    until: HoldBack,
    events: Vec<StreamEvent>,
    bytes: usize,
    finished: bool,
}

impl Held {
    fn new(until: HoldBack) -> Self {
        Self { until, events: Vec::new(), bytes: 0, finished: false }
    }

    /// Takes an event; `true` when it is enough.
    fn take(&mut self, event: StreamEvent) -> Result<bool, Failure> {
        let is_content = event.is_content();
        self.bytes = self.bytes.saturating_add(match &event {
            StreamEvent::Text(text) | StreamEvent::Thinking(text) => text.len(),
            StreamEvent::ToolCallArguments { fragment, .. } => fragment.len(),
            _ => 0,
        });
        self.finished = matches!(event, StreamEvent::Finish(_));
        self.events.push(event);
        if self.bytes > MOST_GATHERED {
            let why = "the answer is larger than what can be held back";
            return Err(Failure::without_answer(FailureClass::MalformedOutput, why));
        }
        Ok(self.finished
            || match self.until {
                HoldBack::FirstContent => is_content,
                HoldBack::Tokens(tokens) => {
                    let wanted = usize::try_from(tokens).unwrap_or(usize::MAX);
                    self.bytes >= wanted.saturating_mul(BYTES_PER_TOKEN)
                }
                HoldBack::Whole => false,
            })
    }

    fn into_came(
        self,
        passage: &Passage,
        rest: AnswerStream,
        judge: Option<&Judge>,
    ) -> Result<Came, Failure> {
        if !self.finished {
            return Ok(Came::Opened(self.events, rest));
        }
        let mut gathered = Gathered::new(MOST_GATHERED);
        for event in self.events {
            let larger = |_| {
                let why = "the answer is larger than what can be held back";
                Failure::without_answer(FailureClass::MalformedOutput, why)
            };
            gathered.push(event).map_err(larger)?;
        }
        let response = gathered.into_response().unwrap_or_default();
        passage.judged(judge, &response)?;
        Ok(Came::Whole(response))
    }
}
