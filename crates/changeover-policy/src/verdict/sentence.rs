//! The evidence in words. A tired person reads them: figures, since when, and what was excluded.

use changeover_domain::{
    ComponentState, Evidence, EvidenceSource, FailureClass, UnixMs, VerdictKind, Whose,
};

use super::tally::{Attempts, share};
use super::{PageWord, TargetInputs, VerdictKind as Kind, is_slow};

/// A failure class as it is said on the board.
#[must_use]
pub fn class_phrase(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Connect => "connection refused",
        FailureClass::Dns => "name not resolved",
        FailureClass::Tls => "TLS failed",
        FailureClass::TimeoutConnect => "no connection in time",
        FailureClass::TimeoutFirstToken => "no first token in time",
        FailureClass::TimeoutStall => "stalled in mid-stream",
        FailureClass::TimeoutTotal => "not finished in time",
        FailureClass::RateLimited => "429 rate limit",
        FailureClass::ConcurrencyLimited => "429 concurrency limit",
        FailureClass::QuotaExhausted => "429 quota",
        FailureClass::SpendCap => "spend cap",
        FailureClass::Overloaded => "529 overloaded",
        FailureClass::ServerError => "5xx server errors",
        FailureClass::GatewayError => "an intermediary's error page",
        FailureClass::InvalidRequest => "400 invalid request",
        FailureClass::Authentication => "401 key refused",
        FailureClass::Permission => "403 not permitted",
        FailureClass::ModelNotFound => "404 model not found",
        FailureClass::ContextLength => "context too long",
        FailureClass::PayloadTooLarge => "413 request too large",
        FailureClass::ContentFilter => "content filtered",
        FailureClass::Refusal => "refused by the model",
        FailureClass::MalformedOutput => "malformed answers",
        FailureClass::MalformedToolCall => "malformed tool calls",
        FailureClass::Truncated => "truncated answers",
        FailureClass::Empty => "empty answers",
        FailureClass::ErrorInStream => "errors in mid-stream",
        FailureClass::ClientCancelled => "cancelled by the client",
        FailureClass::Unknown => "unexplained failures",
    }
}

/// A verdict's kind as it is said on the board.
#[must_use]
pub fn kind_phrase(kind: VerdictKind) -> &'static str {
    match kind {
        Kind::Operating => "operating",
        Kind::TheirDegradation => "their degradation",
        Kind::TheirOutage => "their outage",
        Kind::OurConfiguration => "your configuration",
        Kind::OurQuota => "your quota",
        Kind::OurBilling => "your bill",
        Kind::OurNetwork => "your network",
        Kind::Unknown => "not known",
    }
}

/// The time of day in UTC, as `14:09:40`.
#[must_use]
pub fn clock_time(at: UnixMs) -> String {
    let second = at.0.div_euclid(1_000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)
}

pub(super) fn percent(part: u64, whole: u64) -> String {
    let percent = 100.0 * share(part, whole);
    if part > 0 && percent < 1.0 { "under 1 %".to_owned() } else { format!("{percent:.0} %") }
}

/// One sentence for the board: what, on how much, since when, and whose it is not.
pub(super) fn whole(inputs: &TargetInputs, kind: VerdictKind, since: UnixMs) -> String {
    match kind {
        Kind::Operating => healthy(inputs),
        Kind::Unknown => format!(
            "{} in the last 3 minutes: too few to judge",
            counted(inputs.long.attempts(), "attempt")
        ),
        _ => troubled(inputs, kind, since),
    }
}

fn healthy(inputs: &TargetInputs) -> String {
    let attempts = counted(inputs.long.attempts(), "attempt");
    match inputs.long.failed() {
        0 => format!("all of {attempts} succeeded in the last 3 minutes"),
        failed => format!("{failed} of {attempts} failed in the last 3 minutes"),
    }
}

fn troubled(inputs: &TargetInputs, kind: VerdictKind, since: UnixMs) -> String {
    // A verdict that outlives the short window rests on the long one.
    let tally = if inputs.short.failed() > 0 { &inputs.short } else { &inputs.long };
    let mut parts = Vec::new();
    if let Some(class) = tally.commonest() {
        let seen = [shown(&tally.probes, "probes"), shown(&tally.traffic, "gateway attempts")];
        let seen: Vec<String> = seen.into_iter().flatten().collect();
        parts.push(format!(
            "{} on {} since {}",
            class_phrase(class),
            seen.join(" and "),
            clock_time(since)
        ));
    }
    if is_slow(inputs) {
        parts.push(slowness(inputs));
    }
    parts.extend(exonerated(inputs, kind));
    parts.push(page_phrase(inputs.page).to_owned());
    parts.join(" · ")
}

fn shown(attempts: &Attempts, what: &str) -> Option<String> {
    let (failed, all) = (attempts.failed(), attempts.attempts());
    (failed > 0).then(|| format!("{} of {what} ({failed} of {all})", percent(failed, all)))
}

fn slowness(inputs: &TargetInputs) -> String {
    let (latency, slo) = (&inputs.latency, &inputs.slo);
    let first = (latency.time_to_first_token_p95_ms, latency.time_to_first_token_p50_ms);
    let total = (latency.total_p95_ms, latency.total_p50_ms);
    let parts = [
        slow("first token", first, slo.time_to_first_token_p95_ms),
        slow("total", total, slo.total_p95_ms),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The percentile that is over its limit, the p95 first.
fn slow(what: &str, (p95, p50): (Option<f64>, Option<f64>), limit: u32) -> Option<String> {
    let limit = f64::from(limit);
    let over = |value: Option<f64>| value.filter(|value| *value > limit);
    let (name, value) =
        over(p95).map(|p95| ("p95", p95)).or(over(p50).map(|p50| ("median", p50)))?;
    Some(format!("{what} {name} {:.1} s (limit {:.1} s)", value / 1_000.0, limit / 1_000.0))
}

/// What the evidence rules out, for verdicts that put it on the provider. Only who answered over
/// HTTP has looked at the key.
fn exonerated(inputs: &TargetInputs, kind: VerdictKind) -> Option<String> {
    if !matches!(kind, Kind::TheirOutage | Kind::TheirDegradation) {
        return None;
    }
    if inputs.long.nothing_reached() {
        return Some("nothing answered, so key and quota could not be checked".to_owned());
    }
    let ours = |whose| inputs.long.probes.of_whose(whose) + inputs.long.traffic.of_whose(whose);
    let ours = [Whose::OurConfiguration, Whose::OurQuota, Whose::OurBilling].map(ours);
    (ours == [0; 3]).then(|| "no 401 or 429: your key and quota are fine".to_owned())
}

/// What the status page says, in words that stay true while they stand: how long ago it was read
/// is the reader's to reckon.
#[must_use]
pub fn page_phrase(word: PageWord) -> &'static str {
    match (word.read_at, word.unreadable) {
        (_, true) => "status page unreadable",
        (None, false) => "no status page read",
        (Some(_), false) if word.open_incident => "status page confirms an incident",
        (Some(_), false) => match word.state {
            ComponentState::Operational => "status page silent",
            ComponentState::Unknown => "status page says nothing",
            ComponentState::UnderMaintenance => "status page says maintenance",
            ComponentState::DegradedPerformance
            | ComponentState::PartialOutage
            | ComponentState::MajorOutage => "status page says so too",
        },
    }
}

/// Each witness by itself, for the triage sheet.
pub(super) fn evidence(inputs: &TargetInputs, kind: VerdictKind, now: UnixMs) -> Vec<Evidence> {
    let tally = if kind == Kind::Operating || inputs.short.failed() == 0 {
        &inputs.long
    } else {
        &inputs.short
    };
    let mut pieces = Vec::new();
    let mut witness = |source, attempts: &Attempts, what: &str| {
        if attempts.attempts() == 0 {
            return;
        }
        let class = attempts
            .commonest()
            .map_or(String::new(), |class| format!(", mostly {}", class_phrase(class)));
        let sentence = format!(
            "{} of {} failed{class}",
            attempts.failed(),
            counted(attempts.attempts(), what)
        );
        pieces.push(Evidence { source, sentence, at: now });
    };
    witness(EvidenceSource::Probes, &tally.probes, "probe");
    witness(EvidenceSource::Traffic, &tally.traffic, "gateway attempt");
    if let Some(read_at) = inputs.page.read_at {
        pieces.push(Evidence {
            source: EvidenceSource::StatusPage,
            sentence: page_phrase(inputs.page).to_owned(),
            at: read_at,
        });
    }
    pieces
}

fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
