//! From the events of a streamed answer to figures.

use std::time::Duration;

use changeover_clock::{Clock, Moment};
use changeover_domain::{FailureClass, TokenUsage};
use changeover_llm::validate::Gathered;
use changeover_llm::{ChatResponse, Failure, FinishReason, StreamEvent};
use futures::{Stream, StreamExt as _};

/// The most of an answer that is held, in bytes: no question here deserves as much.
const MOST_HELD: usize = 64 * 1024;
/// The most silences that are remembered for their median; what follows counts for the longest.
const MOST_GAPS: usize = 2_048;

/// Of a model's name and fingerprint, the characters that are kept.
const LONGEST_NAME: usize = 128;

/// What a stream showed until it ended or failed.
#[derive(Debug)]
pub(crate) struct Measured {
    gathered: Gathered,
    /// The model that the answer names.
    pub(crate) model: Option<String>,
    pub(crate) fingerprint: Option<String>,
    pub(crate) usage: Option<TokenUsage>,
    first_token: Option<Moment>,
    last_token: Option<Moment>,
    gaps: Vec<Duration>,
    longest_gap: Option<Duration>,
    /// Thoughts were seen.
    thought: bool,
}

impl Default for Measured {
    fn default() -> Self {
        Self {
            gathered: Gathered::new(MOST_HELD),
            model: None,
            fingerprint: None,
            usage: None,
            first_token: None,
            last_token: None,
            gaps: Vec::new(),
            longest_gap: None,
            thought: false,
        }
    }
}

impl Measured {
    /// Reads `events` to their end and gives the whole answer.
    ///
    /// # Errors
    /// The stream's own [`Failure`], or one for an answer that is well-formed and of no use. What
    /// was measured until then stays measured.
    pub(crate) async fn read(
        &mut self,
        mut events: impl Stream<Item = Result<StreamEvent, Failure>> + Unpin,
        clock: &Clock,
    ) -> Result<ChatResponse, Failure> {
        while let Some(event) = events.next().await {
            let event = event?;
            self.note(&event, clock);
            let finish = if let StreamEvent::Finish(reason) = event { Some(reason) } else { None };
            if self.gathered.push(event).is_err() {
                let why = "the answer is far longer than was asked for";
                return Err(Failure::without_answer(FailureClass::MalformedOutput, why));
            }
            if let Some(reason) = finish {
                self.finished(reason)?;
                let gathered = std::mem::take(&mut self.gathered);
                return gathered.into_response().ok_or_else(unfinished);
            }
        }
        Err(unfinished())
    }

    fn note(&mut self, event: &StreamEvent, clock: &Clock) {
        match event {
            StreamEvent::Start { model, .. } => self.model = named(model),
            StreamEvent::Fingerprint(name) => self.fingerprint = named(name),
            StreamEvent::Text(text) if text.is_empty() => {}
            StreamEvent::Text(_)
            | StreamEvent::ToolCallStart { .. }
            | StreamEvent::ToolCallArguments { .. } => self.token_at(clock.moment()),
            StreamEvent::Usage(usage) => self.usage = Some(*usage),
            StreamEvent::Thinking(_)
            | StreamEvent::ThinkingSignature(_)
            | StreamEvent::RedactedThinking(_) => self.thought = true,
            StreamEvent::StopSequence(_) | StreamEvent::Finish(_) => {}
        }
    }

    /// Until the first token, for an answer that was asked for at `started`.
    pub(crate) fn first_token_after(&self, started: Moment) -> Option<Duration> {
        Some(self.first_token?.since(started))
    }

    /// The longest silence between two pieces of the answer; `None` where there were not two.
    pub(crate) fn longest_gap(&self) -> Option<Duration> {
        self.longest_gap
    }

    /// The median silence between two pieces of the answer.
    pub(crate) fn median_gap(&self) -> Option<Duration> {
        let mut gaps = self.gaps.clone();
        let middle = gaps.len() / 2;
        if gaps.is_empty() {
            return None;
        }
        let (_, median, _) = gaps.select_nth_unstable(middle);
        Some(*median)
    }

    /// Tokens after the first per second between the first and the last piece, by the vendor's
    /// count; `None` where there was no such time or no count. Thoughts are counted there and are not
    /// timed, so they are left out; `None` where a model `thinks` and nobody says how much.
    pub(crate) fn tokens_per_second(&self, thinks: bool) -> Option<f64> {
        let time = self.last_token?.since(self.first_token?).as_secs_f64();
        let usage = self.usage?;
        if (thinks || self.thought) && usage.reasoning_tokens == 0 {
            return None;
        }
        let written = usage.output_tokens.checked_sub(usage.reasoning_tokens)?;
        let after_first = u32::try_from(written.checked_sub(1)?).ok()?;
        (time > 0.0 && after_first > 0).then(|| f64::from(after_first) / time)
    }

    fn token_at(&mut self, now: Moment) {
        self.first_token.get_or_insert(now);
        if let Some(before) = self.last_token.replace(now) {
            let gap = now.since(before);
            if self.gaps.len() < MOST_GAPS {
                self.gaps.push(gap);
            }
            self.longest_gap = Some(self.longest_gap.map_or(gap, |longest| longest.max(gap)));
        }
    }

    fn finished(&self, reason: FinishReason) -> Result<(), Failure> {
        let of_no_use = match reason {
            FinishReason::ContentFilter => {
                (FailureClass::ContentFilter, "the vendor's filter stopped a harmless prompt")
            }
            FinishReason::Refusal => (FailureClass::Refusal, "the model refused a harmless prompt"),
            FinishReason::Stop | FinishReason::ToolCalls | FinishReason::Length
                if self.first_token.is_some() =>
            {
                return Ok(());
            }
            FinishReason::Length => (
                FailureClass::Truncated,
                "all the allowed tokens went by before the first word: does the model think first?",
            ),
            FinishReason::Stop | FinishReason::ToolCalls => {
                (FailureClass::Empty, "the answer ended without a word")
            }
        };
        Err(Failure::without_answer(of_no_use.0, of_no_use.1))
    }
}

/// A name that a vendor gives, no longer than names are; `None` where it gives none.
fn named(name: &str) -> Option<String> {
    (!name.is_empty()).then(|| name.chars().take(LONGEST_NAME).collect())
}

fn unfinished() -> Failure {
    let why = "the answer ended without saying that it had";
    Failure::without_answer(FailureClass::MalformedOutput, why)
}

#[cfg(test)]
mod tests {
    use changeover_domain::UnixMs;
    use changeover_llm::Part;
    use futures::stream;

    use super::*;

    fn text() -> StreamEvent {
        StreamEvent::Text("1 ".into())
    }

    fn usage(output_tokens: u64) -> TokenUsage {
        TokenUsage { input_tokens: 20, output_tokens, ..TokenUsage::default() }
    }

    /// Reads a stream in which each event comes so many milliseconds after the one before.
    async fn read(
        events: Vec<(u64, Result<StreamEvent, Failure>)>,
        clock: &Clock,
    ) -> (Measured, Result<ChatResponse, Failure>) {
        let timed = stream::iter(events).then(|(after_ms, event)| async move {
            clock.sleep(Duration::from_millis(after_ms)).await;
            event
        });
        let mut measured = Measured::default();
        let outcome = measured.read(Box::pin(timed), clock).await;
        (measured, outcome)
    }

    #[tokio::test(start_paused = true)]
    async fn first_token_gaps_and_speed_are_measured_in_the_clocks_time() {
        let clock = Clock::scaled(UnixMs(0), 10.0);
        let started = clock.moment();
        let start = StreamEvent::Start { id: "m".into(), model: "claude".into() };
        let events = vec![
            (200, Ok(start)),
            (300, Ok(text())),
            (0, Ok(StreamEvent::Usage(usage(1)))),
            (1_500, Ok(text())),
            (500, Ok(text())),
            (100, Ok(StreamEvent::Usage(usage(41)))),
            (0, Ok(StreamEvent::Finish(FinishReason::Length))),
        ];
        let (measured, outcome) = read(events, &clock).await;
        assert_eq!(outcome.unwrap().parts, [Part::Text("1 1 1 ".into())]);
        let near = |duration: Option<Duration>, ms: u128| {
            let off = duration.unwrap().as_millis().abs_diff(ms);
            assert!(off <= 30, "{duration:?} is not about {ms} ms");
        };
        near(measured.first_token_after(started), 500);
        near(measured.longest_gap(), 1_500);
        near(measured.median_gap(), 1_500);
        let speed = measured.tokens_per_second(false).unwrap();
        assert!((19.0..=20.5).contains(&speed), "40 tokens in 2 s, not {speed} a second");
        assert_eq!(measured.model.as_deref(), Some("claude"));
        assert_eq!(measured.usage, Some(usage(41)), "the later count replaces the earlier");
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_in_mid_stream_leaves_what_was_measured() {
        let clock = Clock::scaled(UnixMs(0), 1.0);
        let failure = Failure::without_answer(FailureClass::ErrorInStream, "overloaded");
        let events = vec![(100, Ok(text())), (400, Ok(text())), (0, Err(failure.clone()))];
        let (measured, outcome) = read(events, &clock).await;
        assert_eq!(outcome, Err(failure));
        assert_eq!(measured.median_gap(), measured.longest_gap(), "there was one");
        assert!(measured.longest_gap() >= Some(Duration::from_millis(400)));
        assert_eq!(measured.tokens_per_second(false), None, "without a count there is no speed");
    }

    #[tokio::test(start_paused = true)]
    async fn a_well_formed_answer_of_no_use_is_a_failure() {
        let clock = Clock::scaled(UnixMs(0), 1.0);
        let nothing = || Ok(StreamEvent::Text(String::new()));
        let finish = |reason| Ok(StreamEvent::Finish(reason));
        for (event, class) in [
            (finish(FinishReason::Stop), FailureClass::Empty),
            (finish(FinishReason::Length), FailureClass::Truncated),
            (finish(FinishReason::Refusal), FailureClass::Refusal),
            (finish(FinishReason::ContentFilter), FailureClass::ContentFilter),
            (nothing(), FailureClass::MalformedOutput),
        ] {
            let (_, outcome) = read(vec![(1, nothing()), (1, event)], &clock).await;
            assert_eq!(outcome.map_err(|failure| failure.class), Err(class));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_piece_has_neither_gap_nor_speed() {
        let clock = Clock::scaled(UnixMs(0), 1.0);
        let events = vec![
            (5, Ok(text())),
            (5, Ok(StreamEvent::Usage(usage(9)))),
            (5, Ok(StreamEvent::Finish(FinishReason::Stop))),
        ];
        let (measured, outcome) = read(events, &clock).await;
        assert_eq!(outcome.unwrap().parts, [Part::Text("1 ".into())]);
        assert_eq!((measured.longest_gap(), measured.tokens_per_second(false)), (None, None));
    }

    #[tokio::test(start_paused = true)]
    async fn thoughts_make_no_model_fast() {
        let clock = Clock::scaled(UnixMs(0), 1.0);
        let speed = async |thoughts: u64, seen: bool| {
            let used = TokenUsage { reasoning_tokens: thoughts, ..usage(341) };
            let thinking = if seen { "hm" } else { "" };
            let events = vec![
                (5, Ok(StreamEvent::Thinking(thinking.into()))),
                (5, Ok(text())),
                (2_000, Ok(text())),
                (5, Ok(StreamEvent::Usage(used))),
                (5, Ok(StreamEvent::Finish(FinishReason::Stop))),
            ];
            let events = if seen { events } else { events.into_iter().skip(1).collect() };
            let (measured, _) = read(events, &clock).await;
            (measured.tokens_per_second(false), measured.tokens_per_second(true))
        };
        let near = |speed: Option<f64>| speed.is_some_and(|speed| (19.0..=20.5).contains(&speed));
        let (told, told_and_known) = speed(300, true).await;
        assert!(near(told) && near(told_and_known), "40 in 2 s: {told:?} {told_and_known:?}");
        assert_eq!(speed(0, true).await, (None, None), "who counts them is not told");
        assert_eq!(speed(0, false).await.1, None, "a model that is known to think");
    }
}
