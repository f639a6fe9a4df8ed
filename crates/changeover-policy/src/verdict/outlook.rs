//! What would have to be seen for another verdict: the other half of saying why.

use changeover_domain::{Confidence, FailureClass, VerdictKind};

use super::inputs::VerdictInputs;
use super::tally::UNREACHED;
use super::trouble::{Basis, Finding, given_up_waiting, is_there, present_since_failure};

pub(super) fn would_change(
    inputs: &VerdictInputs,
    found: &Finding,
    confidence: Confidence,
) -> Vec<String> {
    let mut sentences = vec![ends(inputs, found)];
    sentences.extend(turns(inputs, found));
    if confidence != Confidence::High {
        sentences.extend(firms(inputs, found));
    }
    sentences
}

/// What ends it.
fn ends(inputs: &VerdictInputs, found: &Finding) -> String {
    let thresholds = &inputs.thresholds;
    let minutes = thresholds.long_window_ms / 60_000;
    let recovered = 100.0 * thresholds.recovered_share;
    match found.basis {
        Basis::Nothing => {
            format!(
                "{} attempts within {}",
                thresholds.minimum_attempts,
                inputs.of.lately(thresholds).trim_start_matches("the last ")
            )
        }
        Basis::Health => format!(
            "{} failures that are {:.0} % of the attempts of {} s, or of {minutes} minutes",
            thresholds.minimum_failures,
            100.0 * thresholds.degraded_share.max(1.0 - inputs.of.slo.success_share),
            thresholds.short_window_ms / 1_000,
        ),
        Basis::ProbesAlone => "failures of gateways' attempts as well".to_owned(),
        Basis::Connections => "an answer from any provider".to_owned(),
        Basis::Failures => {
            format!("under {recovered:.0} % failures over {minutes} minutes end it")
        }
        Basis::Slowness => {
            format!("{minutes} minutes within the latency objective end it")
        }
        Basis::Burn(burning) => {
            format!("under {} × the error budget over {} ends it", burning.limit, burning.short)
        }
        Basis::Drift => "about ten answers as they used to be end it".to_owned(),
    }
}

/// What turns it into another verdict.
fn turns(inputs: &VerdictInputs, found: &Finding) -> Option<String> {
    let thresholds = &inputs.thresholds;
    let sentence = match found.kind {
        VerdictKind::TheirDegradation
            if found.basis == Basis::Failures && given_up_waiting(inputs, &inputs.of.short) > 0 =>
        {
            "answers that stay away, instead of coming late, would make it an outage".to_owned()
        }
        VerdictKind::TheirDegradation if found.basis == Basis::Failures => format!(
            "{:.0} % failures within {} s make it an outage",
            100.0 * thresholds.outage_share,
            thresholds.short_window_ms / 1_000
        ),
        VerdictKind::TheirOutage => format!(
            "under {:.0} % failures within {} s make it a degradation",
            100.0 * thresholds.outage_until_share,
            thresholds.short_window_ms / 1_000
        ),
        VerdictKind::OurConfiguration => match inputs.of.long.commonest() {
            Some(FailureClass::ModelNotFound) => {
                "all models of the provider not found at once would make it theirs".to_owned()
            }
            _ => "the same key accepted in between would make it theirs".to_owned(),
        },
        VerdictKind::OurQuota => "most failures being overload would make it theirs".to_owned(),
        VerdictKind::OurNetwork => {
            "another provider answering, while this one is tried in vain, would make it theirs"
                .to_owned()
        }
        VerdictKind::Unknown if found.basis == Basis::Failures => {
            "a gateway elsewhere that fails in the same way would make it theirs; neutral hosts \
             and other providers falling silent would make it your network"
                .to_owned()
        }
        _ => return None,
    };
    Some(sentence)
}

/// What would make it surer.
fn firms(inputs: &VerdictInputs, found: &Finding) -> Option<String> {
    let long = &inputs.of.long;
    let unreached = long.of_any(&UNREACHED) > 0 && !present_since_failure(inputs);
    let sentence = match found.kind {
        VerdictKind::Unknown if found.basis == Basis::Connections => {
            "your firewall or proxy letting something through would tell whose it is"
        }
        _ if found.basis == Basis::Drift => "the same from a second witness would make it surer",
        VerdictKind::Unknown if found.basis == Basis::Failures => {
            "traffic through a gateway elsewhere would tell whose it is"
        }
        _ if unreached && is_there(inputs) => {
            "a neutral host or another provider answering once more would clear your network"
        }
        _ if unreached => "a neutral host or another provider answering would clear your network",
        _ if long.traffic.attempts() == 0 => "traffic through a gateway would make it surer",
        _ if long.probes.attempts() == 0 => "probes would make it surer",
        VerdictKind::TheirDegradation | VerdictKind::TheirOutage => {
            "the second witness failing too, or the status page, would make it surer"
        }
        _ => return None,
    };
    Some(sentence.to_owned())
}
