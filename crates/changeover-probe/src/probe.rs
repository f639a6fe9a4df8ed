//! One probe: a small streamed completion, and what was measured of it.

use std::time::Duration;

use changeover_clock::{Clock, Moment};
use changeover_config::ProviderAccess;
use changeover_domain::{
    FailureClass, Nanodollars, Outcome, ProbePhases, ProbeSample, Target, TokenPrices, TokenUsage,
};
use changeover_llm::{
    AnswerMeta, ChatRequest, Endpoint, Failure, Limits, LlmClient, Message, Part, Role,
};

use crate::measure::Measured;

/// What every probe asks. Easy for any model, and long enough to measure a speed by.
const PROMPT: &str = "Count from 1 to 20, separated by single spaces. Write nothing else.";
/// The most that an answer may write; twenty numbers fit in.
const MAX_OUTPUT_TOKENS: u32 = 48;
/// The most that [`PROMPT`] is, in any vendor's tokens and with what they put around it.
const MOST_INPUT_TOKENS: u64 = 64;
/// What is assumed of a target without prices, dearer than any common one, so that it cannot spend
/// without end: $20 and $100 per million tokens.
const ASSUMED_PRICES: TokenPrices = TokenPrices {
    input_picodollars: 20_000_000,
    cached_input_picodollars: 20_000_000,
    output_picodollars: 100_000_000,
};
/// How long a probe may take; tighter than a user's request, because its answer is short.
const LIMITS: Limits = Limits {
    connect: Duration::from_secs(5),
    first_token: Duration::from_secs(20),
    stall: Duration::from_secs(10),
    total: Duration::from_secs(40),
};
/// Beyond all limits: only a client that keeps none of them is stopped here.
const LAST_RESORT: Duration = Duration::from_secs(45);
/// The longest detail of a sample, in characters.
const DETAIL_LIMIT: usize = 300;

/// What is probed.
#[derive(Debug, Clone)]
pub struct ProbeSubject {
    pub access: ProviderAccess,
    pub target: Target,
}

/// The most that one probe costs at `prices`. For an unpriced target it is a cautious guess, good
/// for a budget and for nothing else.
#[must_use]
pub fn estimate(prices: Option<TokenPrices>) -> Nanodollars {
    prices.unwrap_or(ASSUMED_PRICES).cost(TokenUsage {
        input_tokens: MOST_INPUT_TOKENS,
        cached_input_tokens: 0,
        output_tokens: u64::from(MAX_OUTPUT_TOKENS),
        reasoning_tokens: 0,
    })
}

/// Probes `subject` once. A probe always ends in a sample: a failure is an observation.
///
/// `planned` is when it should have started; how late it was stands in the sample, and its own
/// times count from when it did start.
pub async fn probe(
    client: &LlmClient,
    clock: &Clock,
    subject: &ProbeSubject,
    prices: Option<TokenPrices>,
    planned: Moment,
) -> ProbeSample {
    let (at, started) = (clock.now(), clock.moment());
    let mut seen = Seen::default();
    let asked = seen.ask(client, clock, subject);
    let ended = clock.timeout(LAST_RESORT, asked).await;
    let ended = ended.unwrap_or_else(|_| {
        let why = format!("no end within {} s", LAST_RESORT.as_secs());
        Err(Failure::without_answer(FailureClass::TimeoutTotal, why))
    });
    let total = clock.moment().since(started);
    let failure = ended.err();
    let Seen { meta, measured } = seen;
    let usage = measured.usage.or(failure.as_ref().and_then(|failure| failure.usage));
    ProbeSample {
        target: subject.target.id.clone(),
        at,
        lateness_ms: millis(started.since(planned)),
        phases: ProbePhases {
            first_byte_ms: meta.as_ref().map(|meta| meta.first_byte_ms),
            first_token_ms: measured.first_token_after(started).map(millis),
            longest_gap_ms: measured.longest_gap().map(millis),
            total_ms: millis(total),
        },
        outcome: failure.as_ref().map_or(Outcome::Ok, |failure| Outcome::Failed(failure.class)),
        http_status: meta
            .as_ref()
            .map(|meta| meta.http_status)
            .or(failure.as_ref().and_then(|failure| failure.http_status)),
        tokens_per_second: measured.tokens_per_second(),
        usage,
        cost: prices.zip(usage).map(|(prices, usage)| prices.cost(usage)),
        answered_model: measured.model,
        vendor_request_id: meta
            .and_then(|meta| meta.vendor_request_id)
            .or(failure.as_ref().and_then(|failure| failure.vendor_request_id.clone())),
        detail: failure.as_ref().map(detail),
    }
}

/// What came before the probe ended, however it ended.
#[derive(Debug, Default)]
struct Seen {
    meta: Option<AnswerMeta>,
    measured: Measured,
}

impl Seen {
    async fn ask(
        &mut self,
        client: &LlmClient,
        clock: &Clock,
        subject: &ProbeSubject,
    ) -> Result<(), Failure> {
        let endpoint = Endpoint {
            provider: &subject.access.provider,
            key: subject.access.key.as_ref(),
            model: &subject.target.model,
        };
        let answer = client.stream(&endpoint, &request(), &LIMITS).await?;
        self.meta = Some(answer.meta.clone());
        self.measured.read(answer, clock).await
    }
}

fn request() -> ChatRequest {
    ChatRequest {
        messages: vec![Message { role: Role::User, parts: vec![Part::Text(PROMPT.to_owned())] }],
        max_tokens: Some(MAX_OUTPUT_TOKENS),
        ..ChatRequest::default()
    }
}

/// The failure in a sentence. Texts of vendors are redacted where they come in.
fn detail(failure: &Failure) -> String {
    let inner = failure
        .inner
        .map_or_else(String::new, |class| format!("{} in the stream: ", class.as_str()));
    let text = format!("{inner}{}", failure.why);
    text.chars().take(DETAIL_LIMIT).collect()
}

fn millis(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}
