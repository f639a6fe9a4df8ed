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
        if event.is_content() {
            passage.provider_speaks();
        }
        if held.take(event)? {
            return held.into_came(passage, events, judge);
        }
    }
    Err(Failure::without_answer(FailureClass::Empty, "the stream ended before it said anything"))
}

fn counts_as_words(event: &StreamEvent) -> bool {
    matches!(
        event,
        StreamEvent::Text(_) | StreamEvent::Thinking(_) | StreamEvent::ToolCallArguments { .. }
    )
}

/// The part of a stream that is held back.
struct Held {
    until: HoldBack,
    events: Vec<StreamEvent>,
    /// What is held, about.
    bytes: usize,
    /// What of it a route counts that holds back so many tokens.
    words: usize,
    finished: bool,
}

impl Held {
    fn new(until: HoldBack) -> Self {
        Self { until, events: Vec::new(), bytes: 0, words: 0, finished: false }
    }

    /// Takes an event; `true` when it is enough.
    fn take(&mut self, event: StreamEvent) -> Result<bool, Failure> {
        let is_content = event.is_content();
        let held = event.held_bytes();
        if counts_as_words(&event) {
            self.words = self.words.saturating_add(held);
        }
        self.bytes = self.bytes.saturating_add(held);
        self.finished = matches!(event, StreamEvent::Finish(_));
        self.keep(event);
        if self.bytes > MOST_GATHERED {
            let why = "the answer is larger than what can be held back";
            return Err(Failure::without_answer(FailureClass::MalformedOutput, why));
        }
        Ok(self.finished
            || match self.until {
                HoldBack::FirstContent => is_content,
                HoldBack::Tokens(tokens) => {
                    let wanted = usize::try_from(tokens).unwrap_or(usize::MAX);
                    self.words >= wanted.saturating_mul(BYTES_PER_TOKEN)
                }
                HoldBack::Whole => false,
            })
    }

    /// Keeps an event: with the one before where they go together, because an event takes memory even
    /// where nothing is in it.
    fn keep(&mut self, event: StreamEvent) {
        let alone = match self.events.last_mut() {
            Some(last) => last.absorb(event).err(),
            None => Some(event),
        };
        if let Some(event) = alone {
            self.bytes = self.bytes.saturating_add(size_of::<StreamEvent>());
            self.events.push(event);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn held(events: impl IntoIterator<Item = StreamEvent>) -> Result<Held, Failure> {
        let mut held = Held::new(HoldBack::Whole);
        for event in events {
            held.take(event)?;
        }
        Ok(held)
    }

    #[test]
    fn whatever_takes_memory_counts() {
        let large = || "x".repeat(MOST_GATHERED / 3);
        let start = || StreamEvent::Start { id: large(), model: String::new() };
        let call = |name| StreamEvent::ToolCallStart {
            index: 0,
            id: String::new(),
            name,
            signature: None,
        };
        let many: [Vec<StreamEvent>; 4] = [
            (0..4).map(|_| StreamEvent::RedactedThinking(large())).collect(),
            (0..4).map(|_| StreamEvent::ThinkingSignature(large())).collect(),
            (0..4).map(|_| start()).collect(),
            (0..4).map(|_| call(large())).collect(),
        ];
        for events in many {
            assert!(held(events).is_err());
        }
        let empty = StreamEvent::RedactedThinking(String::new());
        assert!(held(std::iter::repeat_n(empty, MOST_GATHERED / 8)).is_err());
    }

    #[test]
    fn an_answer_of_many_small_pieces_takes_no_more_than_its_words() {
        let pieces = std::iter::repeat_n(StreamEvent::Text("word ".to_owned()), 200_000);
        let held = held(pieces).unwrap();
        assert_eq!(held.events.len(), 1);
        assert_eq!(held.bytes, 1_000_000 + size_of::<StreamEvent>());
    }
}
