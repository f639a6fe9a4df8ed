//! What each kind of probe asks, what may be answered, and what the answer is held to.
//!
//! Questions are easy for any model and short, because they are asked thousands of times a day.
//! The rule that all keep: an answer that is wrong is told from one that is right, so that no probe
//! succeeds where it could not have failed.

use std::collections::BTreeMap;
use std::sync::Arc;

use changeover_domain::{
    FailureClass, Nanodollars, Outcome, ProbeKind, ProbeSample, ProbeValidity, ProviderKind,
    TokenPrices, TokenUsage,
};
use changeover_llm::canonical::{Effort, Thinking};
use changeover_llm::validate::{Judge, PatternScope, RefusalPatterns, Validators};
use changeover_llm::{
    ChatRequest, ChatResponse, Failure, FinishReason, Message, Part, ResponseFormat, Role, Tool,
    ToolChoice,
};
use serde_json::json;

/// Room for the thoughts of a model that cannot be kept from thinking.
const THOUGHTS: u32 = 1_024;
/// What is assumed of a target without prices, dearer than any common one, so that it cannot spend
/// without end: $20 and $100 per million tokens.
const ASSUMED_PRICES: TokenPrices = TokenPrices::of_chat(20_000_000, 20_000_000, 100_000_000);
/// The right answer to the canary's question.
const CANARY_ANSWER: u32 = 43;
const TOOL: &str = "report_reading";
/// How a right count begins.
const COUNT: [u32; 3] = [1, 2, 3];

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

/// Every question, made once; apart for those who have to be told by a word how little to think.
#[derive(Debug)]
pub(crate) struct Questions(BTreeMap<(ProbeKind, Manner, bool), Question>);

impl Default for Questions {
    fn default() -> Self {
        let mut all = BTreeMap::new();
        for kind in ProbeKind::ALL {
            for (manner, by_word) in
                Manner::ALL.into_iter().flat_map(|one| [(one, false), (one, true)])
            {
                if let Some(question) = Question::new(kind, manner, by_word) {
                    all.insert((kind, manner, by_word), question);
                }
            }
        }
        Self(all)
    }
}

impl Questions {
    /// What is asked of a provider of this kind; `None` for the kind of probe that asks no model.
    pub(crate) fn of(
        &self,
        kind: ProbeKind,
        manner: Manner,
        provider: ProviderKind,
    ) -> Option<&Question> {
        self.0.get(&(kind, manner, takes_a_word(provider)))
    }
}

/// Whether thinking is only bounded by naming an effort there: which model answers is not known from
/// its name, so that the dialect does not choose one by itself.
fn takes_a_word(provider: ProviderKind) -> bool {
    matches!(provider, ProviderKind::AzureOpenai | ProviderKind::OpenaiCompatible)
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
    Question::new(kind, Manner::default(), false).map(|question| question.request)
}

impl Question {
    /// The question of `kind`, with a word on effort for those who take one; `None` for the kind that
    /// asks no model.
    pub(crate) fn new(kind: ProbeKind, manner: Manner, by_word: bool) -> Option<Self> {
        let mut request = request(kind)?;
        request.max_tokens = Some(most_output(kind, manner));
        request.reasoning.thinking = manner.caps_thinking.then_some(Thinking::Off);
        request.reasoning.effort = (manner.caps_thinking && by_word).then_some(Effort::Low);
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
        let Some(why) = self.wrong(answer) else { return Ok(()) };
        Err(Failure {
            usage: answer.usage,
            is_verdict: true,
            ..Failure::without_answer(FailureClass::MalformedOutput, why)
        })
    }

    /// What is wrong with an answer that has the right form.
    fn wrong(&self, answer: &ChatResponse) -> Option<&'static str> {
        let right = match self.kind {
            ProbeKind::StreamingCompletion => {
                counts(&text_of(answer), answer.finish == FinishReason::Length)
            }
            ProbeKind::Canary => is_right(&text_of(answer)),
            ProbeKind::StructuredOutput => says(&text_of(answer), "city", "paris"),
            ProbeKind::ToolCall => {
                let arguments = arguments_of(answer);
                says(arguments, "gauge", "north") && says(arguments, "reading", "21")
            }
            ProbeKind::Reachability => true,
        };
        (!right).then_some(match self.kind {
            ProbeKind::StreamingCompletion => "asked to count, the model wrote something else",
            ProbeKind::StructuredOutput => "the JSON fits the schema, and names another city",
            ProbeKind::ToolCall => "the call fits the tool, and reports what was not asked for",
            ProbeKind::Canary | ProbeKind::Reachability => {
                "the model answered a question wrong that has one right answer"
            }
        })
    }
}

/// What this usage costs a target without prices, as far as a budget is concerned.
pub(crate) fn assumed_cost(usage: TokenUsage) -> Option<Nanodollars> {
    ASSUMED_PRICES.cost(usage)
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
    let phrases = [
        "i'm sorry",
        "i am sorry",
        "sorry, ",
        "i apologize",
        "i can't",
        "i cannot",
        "i can not",
        "i'm unable",
        "i am unable",
        "i'm not able",
        "i am not able",
        "i won't",
        "i will not",
        "i must decline",
        "unfortunately, i",
        "as an ai",
    ];
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

/// The arguments of the first call.
fn arguments_of(answer: &ChatResponse) -> &str {
    let calls = answer.parts.iter().filter_map(|part| match part {
        Part::ToolCall { arguments, .. } => Some(arguments.as_str()),
        _ => None,
    });
    calls.into_iter().next().unwrap_or_default()
}

/// Whether a text of JSON says `wanted` in its field, in whatever case and company. A fence of Markdown
/// around it is the judge's to bear or not.
fn says(json: &str, field: &str, wanted: &str) -> bool {
    let inner = json.find('{').zip(json.rfind('}')).and_then(|(from, to)| json.get(from..=to));
    let document: serde_json::Value =
        inner.and_then(|inner| serde_json::from_str(inner).ok()).unwrap_or_default();
    let said = document.get(field).and_then(serde_json::Value::as_str).unwrap_or_default();
    said.to_lowercase().contains(wanted)
}

/// The numbers in a text, whatever stands between them; one that is longer than any that was asked for
/// is no number.
fn numbers(text: &str) -> Vec<u32> {
    let digits = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
    digits.map(|digits| digits.parse().unwrap_or(u32::MAX)).collect()
}

/// Whether the text counts: 1, 2, 3 and on, one by one, after whatever words went before. One that was
/// cut may be as short as it likes.
fn counts(text: &str, cut: bool) -> bool {
    let numbers = numbers(text);
    let begins = numbers.windows(COUNT.len()).position(|window| *window == COUNT);
    let Some(count) = begins.and_then(|at| numbers.get(at..)) else {
        return cut && !numbers.is_empty() && COUNT.starts_with(&numbers);
    };
    (1..).zip(count).take(20).all(|(wanted, number)| wanted == *number)
}

/// Whether the only number in the text is the right one; models like to add a word or a full stop.
fn is_right(text: &str) -> bool {
    numbers(text) == [CANARY_ANSWER]
}

#[cfg(test)]
mod tests {
    use changeover_domain::FailureClass;

    use super::*;

    fn asked(kind: ProbeKind) -> Question {
        Question::new(kind, Manner::default(), false).unwrap()
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
                let asks = Question::new(kind, manner, true).is_some();
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
    fn a_count_is_held_to_be_one_however_it_is_set() {
        let kind = ProbeKind::StreamingCompletion;
        for right in [
            "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20",
            "1, 2, 3, 4",
            "1\n2\n3\n4",
            "**1** **2** **3**",
            "```\n1 2 3 4 5\n```",
            "Sure, here are the numbers from 1 to 20: 1 2 3 4",
            "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20. That is 20 numbers.",
        ] {
            assert_eq!(class(kind, &text(right)), None, "{right}");
        }
        for wrong in [
            "banana qux zzz",
            "one two three",
            "3 2 1",
            "2 3 4",
            "1 2 3 5",
            "1 2 3 4 banana 9",
            "1 2",
            "99999999999999999999999",
        ] {
            assert_eq!(class(kind, &text(wrong)), Some(FailureClass::MalformedOutput), "{wrong}");
        }
        let cut = |answer| ChatResponse { finish: FinishReason::Length, ..text(answer) };
        assert_eq!(class(kind, &cut("1 2")), None, "what is cut is short");
        assert!(class(kind, &cut("banana")).is_some());
    }

    #[test]
    fn a_refusal_is_one_and_no_wrong_answer() {
        for kind in [ProbeKind::StreamingCompletion, ProbeKind::Canary] {
            for refused in [
                "I'm sorry, but I can't do that.",
                "I’m unable to help with that request.",
                "I cannot count for you.",
                "Sorry, I won't do that.",
            ] {
                let class = class(kind, &text(refused));
                assert_eq!(class, Some(FailureClass::Refusal), "{kind:?}: {refused}");
            }
        }
    }

    #[test]
    fn right_forms_with_wrong_values_are_malformed() {
        let malformed = Some(FailureClass::MalformedOutput);
        let city = text(r#"{"city": "Lyon", "country": "France"}"#);
        assert_eq!(class(ProbeKind::StructuredOutput, &city), malformed);
        let call = |arguments| class(ProbeKind::ToolCall, &call(TOOL, arguments));
        assert_eq!(call(r#"{"gauge": "North gauge", "reading": "21"}"#), None);
        assert_eq!(call(r#"{"gauge": "south", "reading": "21"}"#), malformed);
        assert_eq!(call(r#"{"gauge": "north", "reading": "7"}"#), malformed);
    }

    #[test]
    fn who_takes_a_word_is_told_to_think_little_and_others_are_told_not_to() {
        let questions = Questions::default();
        let effort = |provider, manner| {
            let question = questions.of(ProbeKind::Canary, manner, provider).unwrap();
            question.request.reasoning.effort
        };
        let told = Manner::default();
        assert_eq!(effort(ProviderKind::OpenaiCompatible, told), Some(Effort::Low));
        assert_eq!(effort(ProviderKind::Anthropic, told), None);
        let refused = Manner { caps_thinking: false, ..told };
        assert_eq!(effort(ProviderKind::AzureOpenai, refused), None);
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
