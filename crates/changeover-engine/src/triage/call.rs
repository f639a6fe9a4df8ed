//! A call that fails, as it can be tried by hand or sent to the vendor's support.
//!
//! The rule it keeps: what callers ask is theirs. No request of traffic is ever told; where only those
//! fail, the call is the harmless one that a probe would make.

use changeover_domain::{
    EvidenceSource, FailureClass, Outcome, ProbeKind, ProbeSample, Target, UnixMs,
};
use changeover_http::redact;
use changeover_llm::{Bearing, curl};
use changeover_probe::asked_by_hand;

use crate::contract::FailingCall;
use crate::setup::Setup;
use crate::state::State;

/// What is said where only callers' requests fail.
const OF_CALLERS: &str = "callers' requests failed through the gateways; what they asked is never \
                          told, so this asks the same model a harmless question, which may succeed";

/// The latest probe since `from` that failed; where callers fail later and probes are well again, or
/// never failed, a probe's call in their place.
pub(super) fn failing(
    setup: &Setup,
    state: &State,
    target: &Target,
    from: UnixMs,
) -> Option<FailingCall> {
    let last_probe = state.observed.probes_since(&target.id, from).last();
    let failed = state.observed.probes_since(&target.id, from);
    let failed = failed.filter(|sample| !sample.outcome.is_ok()).last();
    let of_callers = last_failing_minute(state, target, from);
    let probes_are_well = last_probe.is_none_or(|sample| sample.outcome.is_ok());
    match (failed, of_callers) {
        (Some(sample), Some((at, _))) if !(probes_are_well && at > sample.at) => {
            of_probe(setup, target, sample)
        }
        (Some(sample), None) => of_probe(setup, target, sample),
        (_, Some((at, class))) => of_traffic(setup, target, at, class),
        (None, None) => None,
    }
}

/// The last minute in which callers' attempts failed, and how most of them did.
fn last_failing_minute(
    state: &State,
    target: &Target,
    from: UnixMs,
) -> Option<(UnixMs, FailureClass)> {
    let minutes = state.observed.traffic.attempts_by_minute(&target.id, from);
    minutes.iter().rev().find_map(|(at, attempts)| Some((*at, attempts.commonest()?)))
}

fn of_probe(setup: &Setup, target: &Target, sample: &ProbeSample) -> Option<FailingCall> {
    let Outcome::Failed(class) = sample.outcome else { return None };
    Some(FailingCall {
        seen_by: EvidenceSource::Probes,
        curl: by_hand(setup, target, sample.kind)?,
        at: sample.at,
        class,
        http_status: sample.http_status,
        vendor_request_id: sample.vendor_request_id.clone(),
        detail: sample.detail.as_deref().map(redact),
    })
}

fn of_traffic(
    setup: &Setup,
    target: &Target,
    at: UnixMs,
    class: FailureClass,
) -> Option<FailingCall> {
    Some(FailingCall {
        seen_by: EvidenceSource::Traffic,
        curl: by_hand(setup, target, ProbeKind::StreamingCompletion)?,
        at,
        class,
        http_status: None,
        vendor_request_id: None,
        detail: Some(OF_CALLERS.to_owned()),
    })
}

fn by_hand(setup: &Setup, target: &Target, kind: ProbeKind) -> Option<String> {
    let access = setup.catalogue.provider(&target.provider)?;
    let question = asked_by_hand(kind)?;
    let bearing =
        Bearing { key: access.key.is_some(), own_authorities: access.tls.has_authorities() };
    curl(&access.provider, &target.model, &question, bearing)
}
