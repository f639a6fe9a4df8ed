use changeover_domain::{LimitLeft, LimitsLeft};

use super::*;

const NOW: UnixMs = UnixMs(1_780_000_000_000);

fn record() -> TargetRecord {
    TargetRecord::new(TargetIdentity {
        target: target(),
        provider: ProviderId::try_new("vendor").unwrap(),
        model: "m".to_owned(),
        region: None,
        slo: Slo::default(),
    })
}

fn target() -> TargetId {
    TargetId::try_new("a").unwrap()
}

fn sample(outcome: Outcome) -> ProbeSample {
    ProbeSample::bare(target(), NOW, outcome, 10)
}

fn seen(samples: &[ProbeSample]) -> TargetInputs {
    let mut record = record();
    samples.iter().for_each(|sample| record.probe(sample));
    record.inputs(&Thresholds::default(), NOW.plus_millis(1_000))
}

#[test]
fn a_probe_that_proves_nothing_is_no_attempt_and_still_shows_that_something_answers() {
    let vacuous = ProbeSample { validity: ProbeValidity::Vacuous, ..sample(Outcome::Ok) };
    let reached = ProbeSample { kind: ProbeKind::Reachability, ..sample(Outcome::Ok) };
    let rejected = ProbeSample {
        validity: ProbeValidity::ProbeInvalid,
        ..sample(Outcome::Failed(FailureClass::InvalidRequest))
    };
    let seen = seen(&[vacuous, reached, rejected]);
    assert_eq!((seen.long.attempts(), seen.long.probes.invalid()), (0, 1));
    assert!(seen.reach.answered_at.is_some());
    assert_eq!((seen.last_ok_at, seen.burn.hour.attempts), (None, 0));
}

#[test]
fn what_the_vendor_said_whose_it_is_overrules_what_the_class_usually_means() {
    let limited =
        |whose| ProbeSample { whose, ..sample(Outcome::Failed(FailureClass::RateLimited)) };
    let seen = seen(&[limited(Some(Whose::Theirs)), limited(None), limited(Some(Whose::OurQuota))]);
    let long = &seen.long;
    assert_eq!((long.of_whose(Whose::Theirs), long.of_whose(Whose::OurQuota)), (1, 2));
    assert_eq!(long.of(FailureClass::RateLimited), 3, "the class is what it is");
    assert_eq!(seen.burn.hour.failed, 1, "only theirs burns their budget");
    let text = serde_json::to_string(long).unwrap();
    assert_eq!(serde_json::from_str::<Tally>(&text).unwrap(), *long);
}

#[test]
fn the_scarcer_limit_is_read_from_the_answers_own_headers() {
    let left =
        |remaining| LimitLeft { limit: Some(200), remaining: Some(remaining), reset_ms: None };
    let limits = LimitsLeft { requests: left(150), tokens: left(9) };
    let told = ProbeSample { limits_left: Some(limits), ..sample(Outcome::Ok) };
    let silent = ProbeSample { limits_left: Some(LimitsLeft::default()), ..sample(Outcome::Ok) };
    let seen = seen(&[told, silent]);
    let headroom = seen.headroom.unwrap();
    assert_eq!(headroom.least_percent(), Some(4), "headers that say nothing unsay nothing");
}

#[test]
fn only_one_kind_of_probe_sets_the_pace_that_others_are_not_measured_by() {
    let mut record = record();
    let paced = |kind, rate, second: i64| ProbeSample {
        kind,
        at: NOW.plus_millis(second * 15_000),
        tokens_per_second: Some(rate),
        ..sample(Outcome::Ok)
    };
    for second in 0..60 {
        record.probe(&paced(ProbeKind::StreamingCompletion, 80.0, second));
        record.probe(&paced(ProbeKind::ToolCall, 20.0, second));
    }
    let inputs = record.inputs(&Thresholds::default(), NOW.plus_millis(900_000));
    assert_eq!(inputs.drift.throughput, None);
}
