//! Each witness by itself, for the triage sheet: figures, and when they were last seen to be so.

use changeover_domain::{Evidence, EvidenceSource, UnixMs};

use super::inputs::{TargetInputs, VerdictInputs};
use super::sentence::{burnt, drifts, shown_tally, slowness};
use super::tally::Attempts;
use super::trouble::{Basis, Finding};
use super::words::{class_phrase, counted, page_phrase};
use crate::witness::OwnNetwork;

pub(super) fn evidence(inputs: &VerdictInputs, found: &Finding) -> Vec<Evidence> {
    let of = &inputs.of;
    let tally = if found.basis == Basis::Health { &of.long } else { shown_tally(of) };
    let mut pieces = Vec::new();
    let mut add = |source, sentence: Option<String>, at: Option<UnixMs>| {
        if let Some(sentence) = sentence {
            pieces.push(Evidence { source, sentence, at: at.unwrap_or(inputs.at) });
        }
    };
    let (probes, traffic) = (&tally.probes, &tally.traffic);
    add(EvidenceSource::Probes, attempts(probes, "probe"), probes.last_at());
    add(EvidenceSource::Probes, invalid(&of.long.probes), None);
    add(EvidenceSource::Traffic, attempts(traffic, "gateway attempt"), traffic.last_at());
    let source = if traffic.attempts() > probes.attempts() {
        EvidenceSource::Traffic
    } else {
        EvidenceSource::Probes
    };
    add(source, slowness(of), None);
    if let Basis::Burn(burning) = found.basis {
        add(source, Some(burnt(&burning)), None);
    }
    for (source, drift) in drifts(of) {
        add(source, Some(drift), None);
    }
    add(EvidenceSource::Headroom, headroom(of), of.headroom.map(|headroom| headroom.read_at));
    let page = of.page.read_at.map(|_| page_phrase(of.page).to_owned());
    add(EvidenceSource::StatusPage, page, of.page.read_at);
    let own = inputs.around.own_network;
    let looked_at = (own != OwnNetwork::Unknown).then(|| own.phrase().to_owned());
    add(EvidenceSource::Witness, looked_at, inputs.around.witness_read_at);
    pieces
}

fn attempts(attempts: &Attempts, what: &str) -> Option<String> {
    if attempts.attempts() == 0 {
        return None;
    }
    let class = attempts
        .commonest()
        .map_or(String::new(), |class| format!(", mostly {}", class_phrase(class)));
    Some(format!("{} of {} failed{class}", attempts.failed(), counted(attempts.attempts(), what)))
}

/// A probe that the provider rejects is neither health nor trouble, and has to be mended.
fn invalid(probes: &Attempts) -> Option<String> {
    let invalid = probes.invalid();
    (invalid > 0)
        .then(|| format!("{} rejected as invalid: they prove nothing", counted(invalid, "probe")))
}

fn headroom(of: &TargetInputs) -> Option<String> {
    let headroom = of.headroom?;
    let percent = headroom.least_percent()?;
    let before = of.long.first_failure_at().is_some_and(|began| headroom.read_at < began);
    let when = if before { ", before the first of these failures" } else { "" };
    Some(format!("{percent} % of the scarcest limit left, by the vendor's own headers{when}"))
}
