//! One probe: what is asked of a target, and what was measured of the answer.

use std::sync::Arc;
use std::time::Duration;

use changeover_clock::{Clock, Moment};
use changeover_config::ProviderAccess;
use changeover_domain::{
    FailureClass, LimitLeft, LimitsLeft, Outcome, ProbeKind, ProbePhases, ProbeSample,
    ProbeValidity, Target, TokenPrices, Whose,
};
use changeover_http::wire::Noting;
use changeover_llm::{
    Account, AnswerMeta, Endpoint, Failure, Limits, LlmClient, RateLimit, RateLimits,
};

use crate::measure::Measured;
use crate::question::{Manner, Question, Questions};

/// How long a probe may take; tighter than a user's request, because its answer is short.
const LIMITS: Limits = Limits {
    connect: Duration::from_secs(5),
    first_token: Duration::from_secs(20),
    stall: Duration::from_secs(10),
    total: Duration::from_secs(40),
};
/// How long an address may take that is asked for nothing.
const LOOK: Limits = Limits { total: Duration::from_secs(10), ..LIMITS };
/// Beyond all limits: only a client that keeps none of them is stopped here.
const LAST_RESORT: Duration = Duration::from_secs(45);
/// The longest detail of a sample, in characters.
const DETAIL_LIMIT: usize = 300;

/// What is probed, with what, and how often while it is calm.
#[derive(Debug, Clone)]
pub struct ProbeSubject {
    pub access: Arc<ProviderAccess>,
    pub target: Arc<Target>,
    pub kind: ProbeKind,
    pub interval: Duration,
}

impl ProbeSubject {
    fn endpoint(&self) -> Endpoint<'_> {
        Endpoint {
            provider: &self.access.provider,
            key: self.access.key.as_ref(),
            model: &self.target.model,
        }
    }
}

/// Asks targets.
#[derive(Debug)]
pub struct Asker {
    client: LlmClient,
    clock: Clock,
    questions: Questions,
}

/// A probe with what only its maker is told.
#[derive(Debug)]
pub struct Probed {
    pub sample: ProbeSample,
    /// The account that the answer named, where it did.
    pub account: Option<Box<Account>>,
    /// How long the vendor asks to wait, where it refused.
    pub retry_after: Option<Duration>,
}

impl Asker {
    /// Asks through `client`, and measures by `clock`.
    #[must_use]
    pub fn new(client: LlmClient, clock: Clock) -> Self {
        Self { client, clock, questions: Questions::default() }
    }

    /// Probes `subject` once. A probe always ends in a sample: a failure is an observation.
    ///
    /// `planned` is when it should have started; how late it was stands in the sample, and its own
    /// times count from when it did start.
    pub async fn probe(
        &self,
        subject: &ProbeSubject,
        manner: Manner,
        prices: Option<TokenPrices>,
        planned: Moment,
    ) -> Probed {
        let (at, started) = (self.clock.now(), self.clock.moment());
        let noting = self.noting(started);
        let client = self.client.unkept(&noting);
        let mut seen = Seen::default();
        let question = self.questions.of(subject.kind, manner, subject.access.provider.kind);
        let asked = seen.ask(&client, &self.clock, subject, question);
        let ended = self.clock.timeout(LAST_RESORT, asked).await.unwrap_or_else(|_| {
            let why = format!("no end within {} s", LAST_RESORT.as_secs());
            Err(Failure::without_answer(FailureClass::TimeoutTotal, why))
        });
        let total_ms = millis(self.clock.moment().since(started));
        let failure = ended.err();
        let outcome =
            failure.as_ref().map_or(Outcome::Ok, |failure| Outcome::Failed(failure.class));
        let bare = ProbeSample {
            kind: subject.kind,
            lateness_ms: millis(started.since(planned)),
            phases: seen.phases(&noting, started, total_ms),
            ..ProbeSample::bare(subject.target.id.clone(), at, outcome, total_ms)
        };
        seen.into_probed(bare, failure.as_ref(), manner, prices)
    }

    /// Whether the target says yes to a request that cannot be; `None` where it says nothing.
    /// Costs no tokens.
    pub async fn says_yes_to_all(&self, subject: &ProbeSubject) -> Option<bool> {
        let client = self.client.unkept(&self.noting(self.clock.moment()));
        let meta = client.ask_nonsense(&subject.endpoint(), &LOOK).await.ok()?;
        Some((200..300).contains(&meta.http_status))
    }

    /// Now, by the clock that probes are measured with.
    pub(crate) fn moment(&self) -> Moment {
        self.clock.moment()
    }

    fn noting(&self, started: Moment) -> Noting {
        let clock = self.clock.clone();
        Noting::new(move || clock.moment().since(started))
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
        question: Option<&Question>,
    ) -> Result<(), Failure> {
        let Some(question) = question else {
            self.meta = Some(client.reach(&subject.access.provider, &LOOK).await?);
            return Ok(());
        };
        let answer = client.stream(&subject.endpoint(), &question.request, &LIMITS).await?;
        self.meta = Some(answer.meta.clone());
        let answer = self.measured.read(answer, clock).await?;
        question.check(&answer)
    }

    fn phases(&self, noting: &Noting, started: Moment, total_ms: u32) -> ProbePhases {
        let made = noting.phases();
        ProbePhases {
            resolve_ms: made.resolve.map(millis),
            connect_ms: made.connect.map(millis),
            tls_ms: made.tls.map(millis),
            // A probe makes a connection of its own.
            connection_reused: made.connect.map(|_| false),
            first_byte_ms: self.meta.as_ref().map(|meta| meta.first_byte_ms),
            first_token_ms: self.measured.first_token_after(started).map(millis),
            gap_p50_ms: self.measured.median_gap().map(millis),
            longest_gap_ms: self.measured.longest_gap().map(millis),
            total_ms,
        }
    }

    fn into_probed(
        self,
        bare: ProbeSample,
        failure: Option<&Failure>,
        manner: Manner,
        prices: Option<TokenPrices>,
    ) -> Probed {
        let Self { meta, measured } = self;
        // A refused request never got as far as an answer: what the refusal's headers said is kept
        // with the failure.
        let meta = meta.or(failure.map(head_of)).unwrap_or_default();
        let usage = measured.usage.or(failure.and_then(|failure| failure.usage));
        // A model that got room for its thoughts has them.
        let tokens_per_second = measured.tokens_per_second(manner.gives_room);
        let sample = ProbeSample {
            validity: failure.map_or(ProbeValidity::Valid, validity),
            whose: failure.map(|failure| failure.whose),
            http_status: (meta.http_status > 0).then_some(meta.http_status),
            tokens_per_second,
            usage,
            cost: prices.zip(usage).and_then(|(prices, usage)| prices.cost(usage)),
            answered_model: measured.model,
            fingerprint: measured.fingerprint,
            limits_left: limits_left(&meta.rate_limits),
            vendor_request_id: meta.vendor_request_id,
            detail: failure.map(detail),
            ..bare
        };
        let retry_after = failure.and_then(|failure| failure.retry_after);
        Probed { sample, account: meta.account, retry_after }
    }
}

/// What the headers of a failed answer told.
fn head_of(failure: &Failure) -> AnswerMeta {
    let marks = &*failure.vendor;
    AnswerMeta {
        http_status: failure.http_status.unwrap_or_default(),
        vendor_request_id: marks.request_id.clone(),
        rate_limits: marks.rate_limits,
        account: marks.account.clone(),
        ..AnswerMeta::default()
    }
}

/// A request that the vendor calls impossible is our own probe's fault, whatever the target does. Not
/// so an address at which nothing of the kind is served: that is our configuration's, and evidence.
fn validity(failure: &Failure) -> ProbeValidity {
    let impossible = matches!(
        failure.class,
        FailureClass::InvalidRequest | FailureClass::ContextLength | FailureClass::PayloadTooLarge
    );
    let invalid = impossible
        && match failure.http_status {
            // Whoever says so has read the request: a field, a length or a value of it is refused.
            Some(400 | 413 | 422) => true,
            Some(400..500) => failure.whose == Whose::Caller,
            // A page at the wrong address also comes as no valid request, but with a good status.
            _ => false,
        };
    if invalid { ProbeValidity::ProbeInvalid } else { ProbeValidity::Valid }
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
