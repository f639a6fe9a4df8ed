//! One probe: a small streamed completion, and what was measured of it.

use std::time::Duration;

use changeover_clock::{Clock, Moment};
use changeover_config::ProviderAccess;
use changeover_domain::{
    FailureClass, LimitLeft, LimitsLeft, Outcome, ProbeKind, ProbePhases, ProbeSample,
    ProbeValidity, Target, TokenPrices, Whose,
};
use changeover_llm::{AnswerMeta, Endpoint, Failure, Limits, LlmClient, RateLimit, RateLimits};

use crate::measure::Measured;
use crate::question::{Manner, Question};

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
    let outcome = failure.as_ref().map_or(Outcome::Ok, |failure| Outcome::Failed(failure.class));
    ProbeSample {
        lateness_ms: millis(started.since(planned)),
        phases: ProbePhases {
            first_byte_ms: meta.as_ref().map(|meta| meta.first_byte_ms),
            first_token_ms: measured.first_token_after(started).map(millis),
            gap_p50_ms: measured.median_gap().map(millis),
            longest_gap_ms: measured.longest_gap().map(millis),
            total_ms: millis(total),
            ..ProbePhases::default()
        },
        validity: failure.as_ref().map_or(ProbeValidity::Valid, validity),
        whose: failure.as_ref().map(|failure| failure.whose),
        http_status: meta
            .as_ref()
            .map(|meta| meta.http_status)
            .or(failure.as_ref().and_then(|failure| failure.http_status)),
        tokens_per_second: measured.tokens_per_second(),
        usage,
        cost: prices.zip(usage).map(|(prices, usage)| prices.cost(usage)),
        answered_model: measured.model,
        fingerprint: measured.fingerprint,
        limits_left: meta.as_ref().and_then(|meta| limits_left(&meta.rate_limits)),
        vendor_request_id: meta
            .and_then(|meta| meta.vendor_request_id)
            .or(failure.as_ref().and_then(|failure| failure.vendor.request_id.clone())),
        detail: failure.as_ref().map(detail),
        ..ProbeSample::bare(subject.target.id.clone(), at, outcome, millis(total))
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
        let question = Question::new(ProbeKind::StreamingCompletion, Manner::Capped)
            .ok_or_else(|| Failure::without_answer(FailureClass::Unknown, "nothing to ask"))?;
        let endpoint = Endpoint {
            provider: &subject.access.provider,
            key: subject.access.key.as_ref(),
            model: &subject.target.model,
        };
        let answer = client.stream(&endpoint, &question.request, &LIMITS).await?;
        self.meta = Some(answer.meta.clone());
        let answer = self.measured.read(answer, clock).await?;
        question.check(&answer)
    }
}

/// A request that the vendor calls impossible is our own probe's fault, whatever the target does.
fn validity(failure: &Failure) -> ProbeValidity {
    let impossible = matches!(
        failure.class,
        FailureClass::InvalidRequest | FailureClass::ContextLength | FailureClass::PayloadTooLarge
    );
    if impossible && failure.whose == Whose::Caller {
        ProbeValidity::ProbeInvalid
    } else {
        ProbeValidity::Valid
    }
}

/// What the vendor's headers say is left; `None` where they say nothing.
fn limits_left(limits: &RateLimits) -> Option<LimitsLeft> {
    let left = |limit: &RateLimit| LimitLeft {
        limit: limit.limit,
        remaining: limit.remaining,
        reset_ms: limit.reset.and_then(|reset| u64::try_from(reset.as_millis()).ok()),
    };
    let both = LimitsLeft { requests: left(&limits.requests), tokens: left(&limits.tokens) };
    (both != LimitsLeft::default()).then_some(both)
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
