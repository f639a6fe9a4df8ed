//! The words for failures, verdicts and pages, as they are said on the board.

use changeover_domain::{ComponentState, FailureClass, UnixMs, VerdictKind};

use super::inputs::PageWord;
use super::tally::share;

/// A failure class as it is said on the board. Without a status: vendors say the same by several, and
/// some by none.
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
        FailureClass::RateLimited => "rate limit",
        FailureClass::ConcurrencyLimited => "concurrency limit",
        FailureClass::QuotaExhausted => "quota used up",
        FailureClass::SpendCap => "spend cap",
        FailureClass::Overloaded => "overloaded",
        FailureClass::ServerError => "server errors",
        FailureClass::GatewayError => "an intermediary's error page",
        FailureClass::InvalidRequest => "invalid request",
        FailureClass::Authentication => "key refused",
        FailureClass::Permission => "not permitted",
        FailureClass::ModelNotFound => "model not found",
        FailureClass::ContextLength => "context too long",
        FailureClass::PayloadTooLarge => "request too large",
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
        VerdictKind::Operating => "operating",
        VerdictKind::TheirDegradation => "their degradation",
        VerdictKind::TheirOutage => "their outage",
        VerdictKind::OurConfiguration => "your configuration",
        VerdictKind::OurQuota => "your quota",
        VerdictKind::OurBilling => "your bill",
        VerdictKind::OurNetwork => "your network",
        VerdictKind::Unknown => "not known",
    }
}

/// The time of day in UTC, as `14:09:40`.
#[must_use]
pub fn clock_time(at: UnixMs) -> String {
    let second = at.0.div_euclid(1_000).rem_euclid(86_400);
    format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60)
}

/// What the status page says, in words that stay true while they stand: how long ago it was read
/// is the reader's to reckon.
#[must_use]
pub fn page_phrase(word: PageWord) -> &'static str {
    if word.network_down {
        return "status page not asked, your network is down";
    }
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

/// A share in whole percents; what is there and would round to nothing is "under 1 %".
pub(super) fn percent(part: u64, whole: u64) -> String {
    let percent = 100.0 * share(part, whole);
    if part > 0 && percent < 1.0 { "under 1 %".to_owned() } else { format!("{percent:.0} %") }
}

/// `1 probe`, `2 probes`.
pub(super) fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
