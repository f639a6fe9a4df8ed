use changeover_domain::{FailureClass, Outcome};

use super::*;

const NOW: UnixMs = UnixMs(1_700_000_000_000);

fn inputs(short: Tally, long: Tally) -> TargetInputs {
    TargetInputs {
        target: TargetId::try_new("claude-opus").unwrap(),
        slo: Slo::default(),
        short,
        long,
        latency: Latency::default(),
        page: PageWord {
            state: ComponentState::Operational,
            read_at: Some(NOW.plus_millis(-21_000)),
            unreadable: false,
            open_incident: false,
        },
        everything_unreachable: false,
    }
}

fn tally(probes: &[(Outcome, u64)], traffic: &[(Outcome, u64)]) -> Tally {
    let mut tally = Tally::default();
    let at = NOW.plus_millis(-30_000);
    probes.iter().for_each(|(outcome, count)| tally.probes.add(*outcome, *count, at));
    traffic.iter().for_each(|(outcome, count)| tally.traffic.add(*outcome, *count, at));
    tally
}

fn failed(class: FailureClass, count: u64) -> (Outcome, u64) {
    (Outcome::Failed(class), count)
}

fn judged(short: &Tally, long: &Tally, before: Option<&Verdict>) -> Verdict {
    judge(&inputs(short.clone(), long.clone()), before, &Thresholds::default(), NOW)
}

#[test]
fn one_failure_of_one_attempt_is_not_an_outage() {
    let one = tally(&[failed(FailureClass::Overloaded, 1)], &[]);
    assert_eq!(judged(&one, &one, None).kind, VerdictKind::Unknown, "one attempt proves nothing");
    let two_of_five = tally(&[failed(FailureClass::Overloaded, 2), (Outcome::Ok, 3)], &[]);
    assert_eq!(judged(&two_of_five, &two_of_five, None).kind, VerdictKind::Operating);
}

#[test]
fn an_outage_says_what_is_seen_and_what_it_is_not() {
    let short = tally(
        &[failed(FailureClass::Overloaded, 4)],
        &[failed(FailureClass::Overloaded, 19), (Outcome::Ok, 1)],
    );
    let verdict = judged(&short, &short, None);
    assert_eq!(verdict.kind, VerdictKind::TheirOutage);
    assert_eq!(verdict.confidence, Confidence::High, "probes and traffic agree");
    assert_eq!(
        verdict.sentence,
        "529 overloaded on 100 % of probes (4 of 4) and 95 % of gateway attempts (19 of 20) since 22:12:50 · \
         no 401 or 429: your key and quota are fine · status page silent"
    );
}

#[test]
fn whose_fault_it_is_follows_the_largest_part_of_the_failures() {
    let cases = [
        (FailureClass::Authentication, VerdictKind::OurConfiguration),
        (FailureClass::QuotaExhausted, VerdictKind::OurQuota),
        (FailureClass::SpendCap, VerdictKind::OurBilling),
        (FailureClass::Dns, VerdictKind::OurNetwork),
        (FailureClass::ServerError, VerdictKind::TheirOutage),
    ];
    for (class, expected) in cases {
        let seen = tally(&[failed(class, 4)], &[failed(class, 6)]);
        assert_eq!(judged(&seen, &seen, None).kind, expected, "{class:?}");
    }
}

#[test]
fn a_callers_own_fault_says_nothing_about_the_target() {
    let seen = tally(&[(Outcome::Ok, 4)], &[failed(FailureClass::InvalidRequest, 500)]);
    assert_eq!(judged(&seen, &seen, None).kind, VerdictKind::Operating);
}

#[test]
fn trouble_ends_only_when_the_long_window_is_clean() {
    let bad = tally(&[failed(FailureClass::Overloaded, 9)], &[]);
    let outage = judged(&bad, &bad, None);
    let fading_long = tally(&[failed(FailureClass::Overloaded, 6), (Outcome::Ok, 6)], &[]);
    let good_short = tally(&[(Outcome::Ok, 4)], &[]);
    let fading = judged(&good_short, &fading_long, Some(&outage));
    assert_eq!(fading.kind, VerdictKind::TheirDegradation, "half of the last three minutes failed");
    let clean = tally(&[(Outcome::Ok, 12)], &[]);
    assert_eq!(judged(&good_short, &clean, Some(&fading)).kind, VerdictKind::Operating);
}

#[test]
fn since_stays_while_the_verdict_stays() {
    let bad = tally(&[failed(FailureClass::Overloaded, 9)], &[]);
    let first = judged(&bad, &bad, None);
    assert_eq!(first.since, NOW.plus_millis(-30_000), "it began with the first failure");
    let later = judge(
        &inputs(bad.clone(), bad),
        Some(&first),
        &Thresholds::default(),
        NOW.plus_millis(60_000),
    );
    assert_eq!(later.since, first.since);
}

#[test]
fn latency_without_errors_is_a_degradation() {
    let good = tally(&[(Outcome::Ok, 20)], &[]);
    let mut slow = inputs(good.clone(), good);
    slow.latency.time_to_first_token_p95_ms = Some(9_000.0);
    let verdict = judge(&slow, None, &Thresholds::default(), NOW);
    assert_eq!(verdict.kind, VerdictKind::TheirDegradation);
    assert!(
        verdict.sentence.starts_with("first token p95 9.0 s (limit 3.0 s)"),
        "{}",
        verdict.sentence
    );
}

#[test]
fn a_median_over_the_limit_needs_no_p95() {
    let good = tally(&[(Outcome::Ok, 8)], &[]);
    let mut slow = inputs(good.clone(), good);
    slow.latency.time_to_first_token_p50_ms = Some(4_000.0);
    let verdict = judge(&slow, None, &Thresholds::default(), NOW);
    assert_eq!(verdict.kind, VerdictKind::TheirDegradation);
    assert!(
        verdict.sentence.contains("first token median 4.0 s (limit 3.0 s)"),
        "{}",
        verdict.sentence
    );
}

#[test]
fn a_few_failures_of_a_quiet_target_show_in_the_long_window() {
    let short = tally(&[failed(FailureClass::ServerError, 1), (Outcome::Ok, 2)], &[]);
    let long = tally(&[failed(FailureClass::ServerError, 3), (Outcome::Ok, 9)], &[]);
    assert_eq!(judged(&short, &long, None).kind, VerdictKind::TheirDegradation);
}

#[test]
fn when_nothing_at_all_can_be_reached_it_is_our_network() {
    let refused = tally(&[failed(FailureClass::Connect, 9)], &[]);
    assert!(refused.nothing_reached());
    let mut alone = inputs(refused.clone(), refused);
    alone.everything_unreachable = true;
    assert_eq!(judge(&alone, None, &Thresholds::default(), NOW).kind, VerdictKind::OurNetwork);
}

#[test]
fn one_witness_alone_is_not_sure_and_a_refused_connection_clears_no_key() {
    let only_traffic = tally(&[(Outcome::Ok, 12)], &[failed(FailureClass::ServerError, 40)]);
    let verdict = judged(&only_traffic, &only_traffic, None);
    assert_eq!(verdict.confidence, Confidence::Medium, "twelve good probes do not confirm it");
    let refused = tally(&[failed(FailureClass::Connect, 6)], &[failed(FailureClass::Connect, 20)]);
    let verdict = judged(&refused, &refused, None);
    assert!(
        verdict.sentence.contains("key and quota could not be checked"),
        "{}",
        verdict.sentence
    );
}

#[test]
fn the_scope_is_the_provider_only_when_every_target_is_in_trouble() {
    let bad = tally(&[failed(FailureClass::Overloaded, 9)], &[]);
    let good = tally(&[(Outcome::Ok, 9)], &[]);
    let (outage, fine) = (judged(&bad, &bad, None), judged(&good, &good, None));
    assert_eq!(scope_of(&[outage.clone(), outage.clone()]), Scope::Provider);
    assert_eq!(scope_of(&[outage.clone(), outage.clone(), fine.clone()]), Scope::SeveralModels);
    assert_eq!(scope_of(&[outage, fine.clone()]), Scope::Model);
    assert_eq!(scope_of(&[fine]), Scope::Model, "nothing is wrong with a provider of one model");
}
