//! The latest call that failed, as it can be tried by hand or sent to the vendor's support.

use changeover_domain::{Outcome, ProbeSample, Target, UnixMs};
use changeover_http::redact;
use changeover_llm::curl;
use changeover_probe::asked_by_hand;

use crate::contract::FailingCall;
use crate::setup::Setup;
use crate::state::State;

/// The latest probe since `from` that failed; `None` where none did. What callers ask is theirs:
/// no request of traffic is ever told.
pub(super) fn latest_failed(
    setup: &Setup,
    state: &State,
    target: &Target,
    from: UnixMs,
) -> Option<FailingCall> {
    let failed = state.observed.probes_since(&target.id, from);
    let last = failed.filter(|sample| !sample.outcome.is_ok()).last()?;
    told(setup, target, last)
}

fn told(setup: &Setup, target: &Target, sample: &ProbeSample) -> Option<FailingCall> {
    let Outcome::Failed(class) = sample.outcome else { return None };
    let access = setup.catalogue.provider(&target.provider)?;
    let question = asked_by_hand(sample.kind)?;
    Some(FailingCall {
        curl: curl(&access.provider, &target.model, &question, access.key.is_some())?,
        at: sample.at,
        class,
        http_status: sample.http_status,
        vendor_request_id: sample.vendor_request_id.clone(),
        detail: sample.detail.as_deref().map(redact),
    })
}
