//! The verdict in one sentence. A tired person reads it: figures, since when, and what it is not.

use changeover_domain::{EvidenceSource, FailureClass, UnixMs, VerdictKind, Whose};

use super::burn::Burning;
use super::inputs::{TargetInputs, Timing, VerdictInputs};
use super::tally::{Attempts, Tally, share};
use super::trouble::{Basis, Finding};
use super::words::{class_phrase, clock_time, counted, page_phrase, percent};
use crate::witness::OwnNetwork;

/// One sentence for the board: what, on how much, since when, and whose it is not.
pub(super) fn whole(inputs: &VerdictInputs, found: &Finding, since: UnixMs) -> String {
    let of = &inputs.of;
    match found.basis {
        Basis::Health => healthy(inputs),
        Basis::ProbesAlone => format!(
            "callers are served ({}) · the probes' own trouble: {}",
            healthy_of(&of.long.traffic, "gateway attempt"),
            seen_on(&of.long.probes, "probes").unwrap_or_default()
        ),
        Basis::Nothing => too_little(inputs),
        Basis::Connections => unreachable(inputs, found),
        Basis::Failures | Basis::Slowness | Basis::Burn(_) | Basis::Drift => {
            troubled(inputs, found, since)
        }
    }
}

fn healthy(inputs: &VerdictInputs) -> String {
    let of = &inputs.of;
    let succeeded = succeeded(of, &of.lately(&inputs.thresholds));
    // The probes' question is harmless: who refuses it is to be heard of, if not yet judged.
    match of.long.probes.refused() {
        0 => succeeded,
        refused => {
            let asked = of.long.probes.attempts().saturating_add(refused);
            format!("{succeeded} · {refused} of {} refused", counted(asked, "probe"))
        }
    }
}

fn succeeded(of: &TargetInputs, lately: &str) -> String {
    let (all, failed) = (of.long.attempts(), of.long.failed());
    let attempts = counted(all, "attempt");
    match (of.is_seldom_asked(), failed) {
        (true, 0) => format!("all of the last {attempts} succeeded"),
        (true, failed) => format!("{failed} of the last {attempts} failed"),
        (false, 0) => format!("all of {attempts} succeeded in {lately}"),
        (false, failed) => format!("{failed} of {attempts} failed in {lately}"),
    }
}

fn healthy_of(attempts: &Attempts, what: &str) -> String {
    format!("{} of {} failed", attempts.failed(), counted(attempts.attempts(), what))
}

fn too_little(inputs: &VerdictInputs) -> String {
    let of = &inputs.of;
    let attempts = counted(of.long.attempts(), "attempt");
    let invalid = of.long.probes.invalid();
    if invalid > 0 {
        let probes = counted(invalid, "probe");
        return format!(
            "{probes} rejected as invalid, which proves nothing · {attempts} that count"
        );
    }
    format!("{attempts} in {}: too few to judge", of.lately(&inputs.thresholds))
}

fn unreachable(inputs: &VerdictInputs, found: &Finding) -> String {
    let what = if inputs.around.everything_unreachable {
        "no provider can be reached"
    } else {
        "nothing of this provider can be reached"
    };
    if found.kind == VerdictKind::Unknown {
        return format!(
            "{what} while neutral hosts answer: a wall of yours, or a network they share"
        );
    }
    if found.doubtful {
        return format!("{what} since your network was gone · it is tried again shortly");
    }
    format!("{what} · {}", inputs.around.own_network.phrase())
}

fn troubled(inputs: &VerdictInputs, found: &Finding, since: UnixMs) -> String {
    let of = &inputs.of;
    let mut parts = Vec::new();
    match found.basis {
        Basis::Burn(burning) => parts.push(burnt(&burning)),
        Basis::Slowness | Basis::Drift => {}
        _ => parts.extend(failing(inputs, since)),
    }
    parts.extend(slowness(of));
    parts.extend(drifts(of).into_iter().map(|(_, drift)| drift));
    parts.extend(exonerated(inputs, found));
    parts.extend(untold(inputs, found));
    parts.push(page_phrase(of.page).to_owned());
    parts.join(" · ")
}

/// A verdict that outlives the short window rests on the long one.
pub(super) fn shown_tally(of: &TargetInputs) -> &Tally {
    if of.short.failed() > 0 { &of.short } else { &of.long }
}

/// `overloaded on 100 % of probes (7 of 7) in 45 s, since 12:35:47`: the figures are of a window, which
/// may be shorter than the trouble.
fn failing(inputs: &VerdictInputs, since: UnixMs) -> Option<String> {
    let tally = shown_tally(&inputs.of);
    let class = tally.commonest()?;
    let window = if inputs.of.short.failed() > 0 {
        format!("{} s", inputs.thresholds.short_window_ms / 1_000)
    } else {
        inputs.of.lately(&inputs.thresholds)
    };
    let seen = [shown(&tally.probes, "probes"), shown(&tally.traffic, "gateway attempts")];
    let seen: Vec<String> = seen.into_iter().flatten().collect();
    let (class, seen, since) = (class_phrase(class), seen.join(" and "), clock_time(since));
    Some(format!("{class} on {seen} in {window}, since {since}"))
}

fn shown(attempts: &Attempts, what: &str) -> Option<String> {
    let (failed, all) = (attempts.failed(), attempts.attempts());
    (failed > 0).then(|| format!("{} of {what} ({failed} of {all})", percent(failed, all)))
}

fn seen_on(attempts: &Attempts, what: &str) -> Option<String> {
    Some(format!("{} on {}", class_phrase(attempts.commonest()?), shown(attempts, what)?))
}

/// The answers over their limit, where those are more than the objective allows.
pub(super) fn slowness(of: &TargetInputs) -> Option<String> {
    let [short, long] = [&of.latency.short, &of.latency.long].map(|timing| slow_of(timing, of));
    short.or(long)
}

fn slow_of(timing: &Timing, of: &TargetInputs) -> Option<String> {
    let parts = [
        (
            "first token",
            timing.slow_first_tokens,
            timing.first_tokens,
            of.slo.time_to_first_token_p95_ms,
        ),
        ("whole answer", timing.slow_totals, timing.totals, of.slo.total_p95_ms),
    ];
    let over = |(what, slow, all, limit): (&str, u64, u64, u32)| {
        (slow >= 2 && share(slow, all) > 0.05).then(|| {
            let seconds = f64::from(limit) / 1_000.0;
            format!("{what} over {seconds:.1} s in {slow} of {}", counted(all, "answer"))
        })
    };
    let parts: Vec<String> = parts.into_iter().filter_map(over).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

pub(super) fn burnt(burning: &Burning) -> String {
    format!(
        "error budget burning {:.0} × over {} and {:.0} × over {} (limit {} ×)",
        burning.rate_long, burning.long, burning.rate_short, burning.short, burning.limit
    )
}

/// What differs from the target's own past.
pub(super) fn drifts(of: &TargetInputs) -> Vec<(EvidenceSource, String)> {
    use EvidenceSource::{Probes, Traffic};
    let mut parts = Vec::new();
    if let Some(change) = of.drift.throughput {
        let slower = format!(
            "{} tokens per second instead of {} since {}",
            change.now_tokens_per_second,
            change.usual_tokens_per_second,
            clock_time(change.since)
        );
        parts.push((Probes, slower));
    }
    let refusals = [
        (Probes, "probes", of.drift.probe_refusals),
        (Traffic, "callers' questions", of.drift.traffic_refusals),
    ];
    for (source, what, change) in refusals {
        let Some(change) = change else { continue };
        let usually = f64::from(change.usual_per_mille) / 10.0;
        let refused = format!(
            "{} of {} {what} refused since {}, usually {usually:.1} %",
            change.refused,
            change.answers,
            clock_time(change.since),
        );
        parts.push((source, refused));
    }
    if let Some(change) = &of.drift.model {
        let since = clock_time(change.since);
        let other =
            format!("answers name {} instead of {} since {since}", change.now, change.usual);
        parts.push((Probes, other));
    }
    parts
}

/// Why it cannot be told whose it is, though it is seen.
fn untold(inputs: &VerdictInputs, found: &Finding) -> Option<String> {
    if found.kind != VerdictKind::Unknown {
        return None;
    }
    let there = match inputs.around.own_network {
        OwnNetwork::Present => "neutral hosts answer",
        _ => "others answer",
    };
    Some(format!(
        "{there}, and nobody but these probes asks it: theirs, or a resolver or proxy of yours"
    ))
}

/// What the evidence rules out, for verdicts that put it on the provider. Only who answered over
/// HTTP has looked at the key.
fn exonerated(inputs: &VerdictInputs, found: &Finding) -> Option<String> {
    if !matches!(found.kind, VerdictKind::TheirOutage | VerdictKind::TheirDegradation) {
        return None;
    }
    let long = &inputs.of.long;
    if long.nothing_reached() {
        return Some("nothing answered, so key and quota could not be checked".to_owned());
    }
    let ours = [Whose::OurConfiguration, Whose::OurQuota, Whose::OurBilling];
    // One that the vendor took upon itself is a 401 or 429 all the same, and is not denied here.
    let usual = FailureClass::ALL.into_iter().filter(|class| ours.contains(&class.usually_whose()));
    let clear = long.attempts() > 0
        && ours.iter().all(|whose| long.of_whose(*whose) == 0)
        && usual.into_iter().all(|class| long.of(class) == 0);
    clear.then(|| "no 401 or 429: your key and quota are fine".to_owned())
}
