//! The sheet's title, its ages and its times.

use changeover_domain::{Scope, Signature, Target, UnixMs, Verdict, VerdictKind};
use changeover_policy::verdict::kind_phrase;

/// "Anthropic claude-opus-4-5: their outage, all models, looks like capacity exhaustion"
pub(super) fn title(provider: &str, target: &Target, verdict: &Verdict) -> String {
    let mut title = format!("{provider} {}", target.model);
    if let Some(region) = &target.region {
        title.push_str(&format!(" ({region})"));
    }
    title.push_str(&format!(": {}", kind_phrase(verdict.kind)));
    let calm = matches!(
        verdict.kind,
        VerdictKind::Operating | VerdictKind::Unknown | VerdictKind::OurNetwork
    );
    if !calm {
        title.push_str(&format!(", {}", reach(verdict.scope)));
    }
    if let Some(signature) = verdict.signature {
        title.push_str(&format!(", looks like {}", looks_like(signature)));
    }
    title
}

pub(super) fn reach(scope: Scope) -> &'static str {
    match scope {
        Scope::Model => "one model",
        Scope::SeveralModels => "several models",
        Scope::Region => "one region",
        Scope::Provider => "all models",
    }
}

fn looks_like(signature: Signature) -> &'static str {
    match signature {
        Signature::CapacityExhaustion => "capacity exhaustion",
        Signature::OrchestrationFailure => "an orchestration failure",
    }
}

/// `12 s`, `3 min 20 s`, `2 h 5 min`: from one time to another.
pub(super) fn lasting(from: UnixMs, until: UnixMs) -> String {
    let seconds = until.millis_since(from).max(0) / 1_000;
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// `2026-11-20 14:22:07 UTC`
pub(super) fn moment(at: UnixMs) -> String {
    let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
