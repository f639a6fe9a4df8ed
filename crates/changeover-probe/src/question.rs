//! What each kind of probe asks, what may be answered, and what the answer is held to.
//!
//! Questions are easy for any model and short, because they are asked thousands of times a day.
//! The rule that all keep: an answer that is wrong is told from one that is right, so that no probe
//! succeeds where it could not have failed.

use std::collections::BTreeMap;
use std::sync::Arc;

use changeover_domain::{
    FailureClass, Nanodollars, Outcome, ProbeKind, ProbeSample, ProbeValidity, TokenPrices,
    TokenUsage,
};
use changeover_llm::canonical::Thinking;
use changeover_llm::validate::{Judge, PatternScope, RefusalPatterns, Validators};
use changeover_llm::{
    ChatRequest, ChatResponse, Failure, Message, Part, ResponseFormat, Role, Tool, ToolChoice,
};
use serde_json::json;

/// Room for the thoughts of a model that cannot be kept from thinking.
const THOUGHTS: u32 = 1_024;
/// What is assumed of a target without prices, dearer than any common one, so that it cannot spend
/// without end: $20 and $100 per million tokens.
const ASSUMED_PRICES: TokenPrices = TokenPrices::of_chat(20_000_000, 20_000_000, 100_000_000);
/// The right answer to the canary's question.
const CANARY_ANSWER: &str = "43";
const TOOL: &str = "report_reading";

/// How a target is asked, learnt from its answers: vendors differ in what they let a caller forbid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Manner {
    /// Thinking is switched off, or made as short as the vendor allows.
    pub caps_thinking: bool,
    /// The model thinks all the same, so its thoughts get room and are counted.
    pub gives_room: bool,
}

impl Default for Manner {
    fn default() -> Self {
        Self { caps_thinking: true, gives_room: false }
    }
}

impl Manner {
    const ALL: [Self; 4] = [
        Self { caps_thinking: true, gives_room: false },
        Self { caps_thinking: true, gives_room: true },
        Self { caps_thinking: false, gives_room: false },
        Self { caps_thinking: false, gives_room: true },
    ];

    /// How to ask after `sample`: a vendor that refuses to be told about thinking is not told any
    /// more, and a model that spends all its room on thoughts gets more.
    #[must_use]
    pub fn after(self, sample: &ProbeSample) -> Self {
        let refused = sample.validity == ProbeValidity::ProbeInvalid;
        let cut = sample.outcome == Outcome::Failed(FailureClass::Truncated);
        Self { caps_thinking: self.caps_thinking && !refused, gives_room: self.gives_room || cut }
    }
}

/// Every question, made once.
#[derive(Debug)]
pub(crate) struct Questions(BTreeMap<(ProbeKind, Manner), Question>);

impl Default for Questions {
    fn default() -> Self {
        let all = ProbeKind::ALL.into_iter().flat_map(|kind| {
            let asked = move |manner| Some(((kind, manner), Question::new(kind, manner)?));
            Manner::ALL.into_iter().filter_map(asked)
        });
        Self(all.collect())
    }
}

impl Questions {
    /// What is asked; `None` for the kind that asks no model.
    pub(crate) fn of(&self, kind: ProbeKind, manner: Manner) -> Option<&Question> {
        self.0.get(&(kind, manner))
    }
}

/// One kind's question, ready to be asked.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) kind: ProbeKind,
    pub(crate) request: ChatRequest,
    judge: Judge,
}

/// What a probe of this kind asks, to be tried by hand; `None` for the kind that asks no model.
#[must_use]
pub fn asked_by_hand(kind: ProbeKind) -> Option<ChatRequest> {
    Question::new(kind, Manner::default()).map(|question| question.request)
}

impl Question {
    /// The question of `kind`; `None` for the kind that asks no model.
    pub(crate) fn new(kind: ProbeKind, manner: Manner) -> Option<Self> {
        let mut request = request(kind)?;
        request.max_tokens = Some(most_output(kind, manner));
        request.reasoning.thinking = manner.caps_thinking.then_some(Thinking::Off);
        // The schemas are our own; one that could not be used would be found by the tests.
        let judge = Judge::try_new(&request, &Validators::default(), refusals()).ok()?;
        Some(Self { kind, request, judge })
    }

    /// Holds a whole answer to what was asked.
    ///
    /// # Errors
    /// What is wrong with it, with what it cost all the same.
    pub(crate) fn check(&self, answer: &ChatResponse) -> Result<(), Failure> {
        self.judge.judge(answer)?;
        let wrong = self.kind == ProbeKind::Canary && !is_right(&text_of(answer));
        if !wrong {
            return Ok(());
        }
        let why = "the model answered a question wrong that has one right answer";
        Err(Failure {
            usage: answer.usage,
            is_verdict: true,
            ..Failure::without_answer(FailureClass::MalformedOutput, why)
        })
    }
}

/// The most that one probe of `kind` costs at `prices`. For an unpriced target it is a cautious
/// guess, good for a budget and for nothing else.
#[must_use]
pub fn estimate(kind: ProbeKind, manner: Manner, prices: Option<TokenPrices>) -> Nanodollars {
    let most = TokenUsage {
        input_tokens: most_input(kind),
        output_tokens: u64::from(most_output(kind, manner)),
        ..TokenUsage::default()
    };
    let listed = prices.and_then(|prices| prices.cost(most));
    listed.or_else(|| ASSUMED_PRICES.cost(most)).unwrap_or(Nanodollars(i64::MAX))
}

/// The most that the question is, in any vendor's tokens and with what they put around it.
fn most_input(kind: ProbeKind) -> u64 {
    match kind {
        ProbeKind::StreamingCompletion | ProbeKind::Canary => 64,
        ProbeKind::StructuredOutput => 400,
        ProbeKind::ToolCall => 800,
        ProbeKind::Reachability => 0,
    }
}

fn most_output(kind: ProbeKind, manner: Manner) -> u32 {
    let answer = match kind {
        ProbeKind::StreamingCompletion | ProbeKind::StructuredOutput => 48,
        ProbeKind::ToolCall => 96,
        ProbeKind::Canary => 16,
        ProbeKind::Reachability => return 0,
    };
    if manner.gives_room { answer + THOUGHTS } else { answer }
}

fn request(kind: ProbeKind) -> Option<ChatRequest> {
    let plain = |text: &str| ChatRequest {
        messages: vec![Message { role: Role::User, parts: vec![Part::Text(text.to_owned())] }],
        ..ChatRequest::default()
    };
    match kind {
        // Long enough to measure a speed by.
        ProbeKind::StreamingCompletion => {
            Some(plain("Count from 1 to 20, separated by single spaces. Write nothing else."))
        }
        ProbeKind::Canary => {
            Some(plain("What is 17 plus 26? Answer with the number and nothing else."))
        }
        ProbeKind::StructuredOutput => Some(ChatRequest {
            response_format: ResponseFormat::JsonSchema {
                name: "capital".to_owned(),
                schema: object_schema("city", "country"),
                strict: true,
            },
            ..plain("Name the capital of France and its country, as JSON.")
        }),
        ProbeKind::ToolCall => Some(ChatRequest {
            tools: vec![Tool {
                name: TOOL.to_owned(),
                description: Some("Reports what a gauge shows.".to_owned()),
                parameters: object_schema("gauge", "reading"),
                strict: None,
                cache: None,
            }],
            tool_choice: ToolChoice::Named(TOOL.to_owned()),
            ..plain("Report that the gauge north shows the reading 21.")
        }),
        ProbeKind::Reachability => None,
    }
}

fn object_schema(first: &str, second: &str) -> serde_json::Value {
    json!({
        "type": "object",
        "properties": { first: { "type": "string" }, second: { "type": "string" } },
        "required": [first, second],
        "additionalProperties": false,
    })
}

/// How models begin when they refuse in words. Nothing that is asked here is worth a refusal.
fn refusals() -> Arc<RefusalPatterns> {
    let phrases =
        ["i'm sorry, but", "i am sorry, but", "i can't help", "i cannot help", "i can't assist"];
    let phrases = phrases.map(str::to_owned);
    let patterns = RefusalPatterns::try_new(&phrases, &[], PatternScope::Opening);
    Arc::new(patterns.unwrap_or_default())
}

fn text_of(answer: &ChatResponse) -> String {
    let texts = answer.parts.iter().filter_map(|part| match part {
        Part::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

/// Whether the only number in the text is the right one; models like to add a word or a full stop.
fn is_right(text: &str) -> bool {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    numbers.next() == Some(CANARY_ANSWER) && numbers.next().is_none()
}

#[cfg(test)]
mod tests {
    use changeover_domain::FailureClass;

    use super::*;

    fn asked(kind: ProbeKind) -> Question {
        Question::new(kind, Manner::default()).unwrap()
    }

    fn text(answer: &str) -> ChatResponse {
        ChatResponse { parts: vec![Part::Text(answer.to_owned())], ..ChatResponse::default() }
    }

    fn call(name: &str, arguments: &str) -> ChatResponse {
        let part = Part::ToolCall {
            id: "c1".into(),
            name: name.to_owned(),
            arguments: arguments.to_owned(),
            signature: None,
        };
        ChatResponse { parts: vec![part], ..ChatResponse::default() }
    }

    fn class(kind: ProbeKind, answer: &ChatResponse) -> Option<FailureClass> {
        asked(kind).check(answer).err().map(|failure| failure.class)
    }

    #[test]
    fn every_question_has_a_judge_and_only_reachability_asks_nothing() {
        for kind in ProbeKind::ALL {
            for manner in Manner::ALL {
                let asks = Question::new(kind, manner).is_some();
                assert_eq!(asks, kind.asks_the_model(), "{kind:?} {manner:?}");
            }
        }
    }

    #[test]
    fn a_target_teaches_how_it_wants_to_be_asked() {
        let sample = |class, validity| ProbeSample {
            validity,
            ..ProbeSample::bare(
                changeover_domain::TargetId::try_new("a").unwrap(),
                changeover_domain::UnixMs(0),
                Outcome::Failed(class),
                5,
            )
        };
        let first = Manner::default();
        let refused = sample(FailureClass::InvalidRequest, ProbeValidity::ProbeInvalid);
        assert!(!first.after(&refused).caps_thinking, "some vendors know no such field");
        let cut = sample(FailureClass::Truncated, ProbeValidity::Valid);
        assert!(first.after(&cut).gives_room, "some models think whatever they are told");
        let down = sample(FailureClass::Overloaded, ProbeValidity::Valid);
        assert_eq!(first.after(&down), first);
    }

    #[test]
    fn structured_output_is_held_to_its_schema() {
        let kind = ProbeKind::StructuredOutput;
        assert_eq!(class(kind, &text(r#"{"city": "Paris", "country": "France"}"#)), None);
        for wrong in ["Paris", r#"{"city": "Paris"}"#, r#"{"city": 1, "country": "F"}"#] {
            assert_eq!(class(kind, &text(wrong)), Some(FailureClass::MalformedOutput), "{wrong}");
        }
    }

    #[test]
    fn a_tool_call_is_held_to_its_name_and_arguments() {
        let kind = ProbeKind::ToolCall;
        assert_eq!(class(kind, &call(TOOL, r#"{"gauge": "north", "reading": "21"}"#)), None);
        let malformed = Some(FailureClass::MalformedToolCall);
        assert_eq!(class(kind, &call(TOOL, r#"{"gauge": "north"}"#)), malformed);
        assert_eq!(class(kind, &call("another", "{}")), malformed);
        assert_eq!(class(kind, &text("The gauge shows 21.")), malformed, "no call at all");
    }

    #[test]
    fn a_canary_sings_one_song() {
        let kind = ProbeKind::Canary;
        for right in ["43", "43.", "The answer is **43**"] {
            assert_eq!(class(kind, &text(right)), None, "{right}");
        }
        for wrong in ["42", "17 plus 26 is 43", "forty-three", "4 3"] {
            assert_eq!(class(kind, &text(wrong)), Some(FailureClass::MalformedOutput), "{wrong}");
        }
        let refused = text("I'm sorry, but I can't do arithmetic.");
        assert_eq!(class(kind, &refused), Some(FailureClass::Refusal));
    }

    #[test]
    fn an_estimate_is_an_upper_bound_and_an_unpriced_target_is_no_free_one() {
        let prices = TokenPrices::of_chat(1_250_000, 125_000, 10_000_000);
        let kind = ProbeKind::StreamingCompletion;
        let roomy = Manner { gives_room: true, ..Manner::default() };
        let capped = estimate(kind, Manner::default(), Some(prices));
        assert_eq!(capped, Nanodollars(64 * 1_250 + 48 * 10_000));
        assert!(estimate(kind, Manner::default(), None) > capped);
        assert!(estimate(kind, roomy, Some(prices)) > capped, "thoughts are counted");
        assert_eq!(estimate(ProbeKind::Reachability, roomy, None), Nanodollars::ZERO);
    }
}
