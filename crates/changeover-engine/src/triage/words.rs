//! The sheet's title, its ages and its times.

use changeover_domain::{Signature, Target, UnixMs, Verdict, VerdictKind};
use changeover_policy::verdict::kind_phrase;

use crate::setup::Setup;
use crate::view::{reach, watches_one};

/// "Anthropic claude-opus-4-5: their outage, all models, looks like capacity exhaustion"
pub(super) fn title(setup: &Setup, target: &Target, verdict: &Verdict) -> String {
    let provider = setup.provider_name(&target.provider);
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
        title
            .push_str(&format!(", {}", reach(verdict.scope, watches_one(setup, &target.provider))));
    }
    if let Some(signature) = verdict.signature {
        title.push_str(&format!(", looks like {}", looks_like(signature)));
    }
    title
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
