use changeover_domain::{
    ComponentState, Confidence, FailureClass, Outcome, ProviderId, Signature, Slo,
};

use super::*;
use crate::witness::OwnNetwork;

const NOW: UnixMs = UnixMs(1_700_000_000_000);

fn inputs(short: Tally, long: Tally) -> VerdictInputs {
    let of = TargetInputs {
        target: TargetId::try_new("claude-opus").unwrap(),
        provider: ProviderId::try_new("anthropic").unwrap(),
        model: "claude-opus-4-5".to_owned(),
        region: None,
        slo: Slo::default(),
        short,
        long,
        long_ms: 0,
        probe_distance_ms: 0,
        latency: Latency::default(),
        burn: BurnWindows::default(),
        drift: Drift::default(),
        reach: Reach::default().after(
            Outcome::Ok,
            NOW.plus_millis(-5_000),
            NOW.plus_millis(-5_000),
        ),
        last_ok_at: None,
        headroom: None,
        page: PageWord {
            state: ComponentState::Operational,
            read_at: Some(NOW.plus_millis(-21_000)),
            unreadable: false,
            network_down: false,
            open_incident: false,
        },
    };
    VerdictInputs {
        at: NOW,
        of,
        around: Surroundings::default(),
        before: None,
        thresholds: Thresholds::default(),
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

fn ok(count: u64) -> (Outcome, u64) {
    (Outcome::Ok, count)
}

/// Probes that were answered a minute ago and have not got through since.
fn unreached(times: u32) -> Reach {
    let answered =
        Reach::default().after(Outcome::Ok, NOW.plus_millis(-60_000), NOW.plus_millis(-60_000));
    (0..times).fold(answered, |reach, _| {
        reach.after(
            Outcome::Failed(FailureClass::Connect),
            NOW.plus_millis(-3_000),
            NOW.plus_millis(-3_000),
        )
    })
}

fn judged(short: &Tally, long: &Tally, before: Option<&Verdict>) -> Verdict {
    let mut inputs = inputs(short.clone(), long.clone());
    inputs.before = before.map(Before::from);
    judge(&inputs)
}

#[test]
fn one_failure_of_one_attempt_is_not_an_outage() {
    let one = tally(&[failed(FailureClass::Overloaded, 1)], &[]);
    assert_eq!(judged(&one, &one, None).kind, VerdictKind::Unknown, "one attempt proves nothing");
    let begins = tally(&[], &[failed(FailureClass::Overloaded, 2), ok(18)]);
    let verdict = judged(&begins, &begins, None);
    assert_eq!(
        (verdict.kind, verdict.confidence),
        (VerdictKind::Operating, Confidence::Low),
        "two of twenty are not proved to be trouble, nor to be none"
    );
    let two_of_five = tally(&[failed(FailureClass::Overloaded, 2), ok(3)], &[]);
    assert_eq!(judged(&two_of_five, &two_of_five, None).kind, VerdictKind::Operating);
}

#[test]
fn an_outage_says_what_is_seen_and_what_it_is_not() {
    let short = tally(
        &[failed(FailureClass::Overloaded, 4)],
        &[failed(FailureClass::Overloaded, 19), ok(1)],
    );
    let verdict = judged(&short, &short, None);
    assert_eq!(verdict.kind, VerdictKind::TheirOutage);
    assert_eq!(verdict.confidence, Confidence::High, "probes and traffic agree");
    assert_eq!(verdict.signature, Some(Signature::CapacityExhaustion));
    assert_eq!(
        verdict.sentence,
        "overloaded on 100 % of probes (4 of 4) and 95 % of gateway attempts (19 of 20) in 45 s, since 22:12:50 · \
         no 401 or 429: your key and quota are fine · status page silent"
    );
    assert_eq!(
        verdict.would_change,
        [
            "under 2 % failures over 3 minutes end it",
            "under 35 % failures within 45 s make it a degradation"
        ]
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
    let seen = tally(&[ok(4)], &[failed(FailureClass::InvalidRequest, 500)]);
    assert_eq!(judged(&seen, &seen, None).kind, VerdictKind::Operating);
}

#[test]
fn probes_that_are_rejected_prove_neither_health_nor_trouble() {
    let seen = tally(&[failed(FailureClass::InvalidRequest, 9)], &[]);
    let verdict = judged(&seen, &seen, None);
    assert_eq!((verdict.kind, verdict.confidence), (VerdictKind::Unknown, Confidence::Low));
    assert!(
        verdict.sentence.starts_with("9 probes rejected as invalid, which proves nothing"),
        "{}",
        verdict.sentence
    );
    assert!(verdict.evidence.iter().any(|piece| piece.sentence.contains("they prove nothing")));
}

#[test]
fn trouble_ends_only_when_the_long_window_is_clean() {
    let bad = tally(&[failed(FailureClass::Overloaded, 9)], &[]);
    let outage = judged(&bad, &bad, None);
    let fading_long = tally(&[failed(FailureClass::Overloaded, 6), ok(6)], &[]);
    let good_short = tally(&[ok(4)], &[]);
    let fading = judged(&good_short, &fading_long, Some(&outage));
    assert_eq!(fading.kind, VerdictKind::TheirDegradation, "half of the last three minutes failed");
    let pair = tally(&[failed(FailureClass::Overloaded, 2), ok(10)], &[]);
    assert_eq!(judged(&good_short, &pair, Some(&fading)).kind, VerdictKind::TheirDegradation);
    let clean = tally(&[failed(FailureClass::Overloaded, 1), ok(12)], &[]);
    let over = judged(&good_short, &clean, Some(&fading)).kind;
    assert_eq!(over, VerdictKind::Operating, "one of thirteen is no share");
}

#[test]
fn an_outage_of_which_nothing_was_seen_lately_does_not_ease_off() {
    let bad = tally(&[failed(FailureClass::Overloaded, 9)], &[]);
    let outage = judged(&bad, &bad, None);
    let one = tally(&[failed(FailureClass::Overloaded, 1)], &[]);
    for short in [Tally::default(), one] {
        assert_eq!(judged(&short, &bad, Some(&outage)).kind, VerdictKind::TheirOutage);
    }
}

#[test]
fn an_outage_has_to_become_clearly_less_to_be_called_a_degradation() {
    let share = |bad, good| tally(&[], &[failed(FailureClass::ServerError, bad), ok(good)]);
    let outage = judged(&share(60, 40), &share(60, 40), None);
    assert_eq!(outage.kind, VerdictKind::TheirOutage);
    let hovering = share(45, 55);
    assert_eq!(judged(&hovering, &hovering, Some(&outage)).kind, VerdictKind::TheirOutage);
    assert_eq!(judged(&hovering, &hovering, None).kind, VerdictKind::TheirDegradation);
    let less = share(30, 70);
    assert_eq!(judged(&less, &less, Some(&outage)).kind, VerdictKind::TheirDegradation);
}

#[test]
fn since_stays_while_the_verdict_stays() {
    let bad = tally(&[failed(FailureClass::Overloaded, 9)], &[]);
    let first = judged(&bad, &bad, None);
    assert_eq!(first.since, NOW.plus_millis(-30_000), "it began with the first failure");
    let mut later = inputs(bad.clone(), bad);
    later.at = NOW.plus_millis(60_000);
    later.before = Some(Before::from(&first));
    assert_eq!(judge(&later).since, first.since);
}

#[test]
fn latency_without_errors_is_a_degradation() {
    let good = tally(&[ok(20)], &[]);
    let mut slow = inputs(good.clone(), good);
    slow.of.latency.short =
        Timing { first_tokens: 8, slow_first_tokens: 6, totals: 8, slow_totals: 0 };
    let verdict = judge(&slow);
    assert_eq!(verdict.kind, VerdictKind::TheirDegradation);
    assert!(
        verdict.sentence.starts_with("first token over 3.0 s in 6 of 8 answers"),
        "{}",
        verdict.sentence
    );
}

#[test]
fn answers_that_come_too_late_for_some_are_slow_and_not_down() {
    let given_up =
        |late, good| tally(&[ok(6)], &[failed(FailureClass::TimeoutFirstToken, late), ok(good)]);
    let seen = given_up(18, 12);
    let mut slow = inputs(seen.clone(), seen);
    slow.of.latency.short =
        Timing { first_tokens: 16, slow_first_tokens: 16, totals: 16, slow_totals: 0 };
    let verdict = judge(&slow);
    assert_eq!(verdict.kind, VerdictKind::TheirDegradation, "those who wait are answered");
    let would = "answers that stay away, instead of coming late, would make it an outage";
    assert!(verdict.would_change.iter().any(|change| change == would), "{verdict:?}");

    let mut hangs = slow.clone();
    hangs.of.short = given_up(90, 0);
    assert_eq!(judge(&hangs).kind, VerdictKind::TheirOutage, "hardly anything is answered");

    let mut prompt = slow;
    prompt.of.latency.short.slow_first_tokens = 0;
    assert_eq!(judge(&prompt).kind, VerdictKind::TheirOutage, "what is not answered at once hangs");
}

#[test]
fn a_few_slow_answers_among_many_keep_the_objective() {
    let good = tally(&[ok(40)], &[]);
    let mut few = inputs(good.clone(), good);
    few.of.latency.long =
        Timing { first_tokens: 40, slow_first_tokens: 4, totals: 40, slow_totals: 4 };
    assert_eq!(judge(&few).kind, VerdictKind::Operating, "4 of 40 may be chance at one in twenty");
    few.before = Some(Before { kind: VerdictKind::TheirDegradation, since: NOW });
    assert_eq!(judge(&few).kind, VerdictKind::TheirDegradation, "but they end no trouble");
}

#[test]
fn a_few_failures_of_a_quiet_target_show_in_the_long_window() {
    let short = tally(&[failed(FailureClass::ServerError, 1), ok(2)], &[]);
    let long = tally(&[failed(FailureClass::ServerError, 4), ok(8)], &[]);
    assert_eq!(judged(&short, &long, None).kind, VerdictKind::TheirDegradation);
    let chance = tally(&[failed(FailureClass::ServerError, 3), ok(21)], &[]);
    assert_eq!(judged(&short, &chance, None).kind, VerdictKind::Operating, "once in a while");
}

#[test]
fn a_burning_budget_is_a_degradation_that_no_window_of_minutes_shows() {
    let good = tally(&[], &[ok(300), failed(FailureClass::ServerError, 4)]);
    let mut burning = inputs(good.clone(), good);
    burning.of.burn.hour = Counts { attempts: 6_000, failed: 100 };
    burning.of.burn.five_minutes = Counts { attempts: 500, failed: 8 };
    assert_eq!(judge(&burning).kind, VerdictKind::Operating, "1.7 % where 1 % is allowed");
    burning.of.slo.success_share = 0.999;
    let verdict = judge(&burning);
    assert_eq!(verdict.kind, VerdictKind::TheirDegradation);
    assert!(
        verdict
            .sentence
            .starts_with("error budget burning 17 × over 1 h and 16 × over 5 min (limit 14.4 ×)"),
        "{}",
        verdict.sentence
    );
}

#[test]
fn when_nothing_at_all_can_be_reached_it_is_our_network() {
    let refused = tally(&[failed(FailureClass::Connect, 9)], &[]);
    assert!(refused.nothing_reached());
    let mut alone = inputs(refused.clone(), refused);
    alone.of.reach = unreached(9);
    alone.around.everything_unreachable = true;
    let verdict = judge(&alone);
    assert_eq!((verdict.kind, verdict.confidence), (VerdictKind::OurNetwork, Confidence::Medium));

    alone.around.own_network = OwnNetwork::Gone;
    assert_eq!(judge(&alone).confidence, Confidence::High, "neutral hosts are gone as well");

    alone.around.own_network = OwnNetwork::Present;
    alone.around.witness_read_at = Some(NOW.plus_millis(-1_000));
    alone.around.witness_since = Some(NOW.plus_millis(-600_000));
    let verdict = judge(&alone);
    assert_eq!((verdict.kind, verdict.confidence), (VerdictKind::Unknown, Confidence::Low));

    alone.around.others_answered_at = Some(NOW.plus_millis(-1_000));
    assert_eq!(judge(&alone).kind, VerdictKind::TheirOutage, "somebody else has just answered");
}

#[test]
fn callers_who_are_served_are_not_told_that_the_network_is_gone() {
    let seen = tally(&[failed(FailureClass::Connect, 6)], &[ok(60)]);
    let mut blind = inputs(seen.clone(), seen);
    blind.of.reach = unreached(6);
    blind.around.own_network = OwnNetwork::Gone;
    blind.around.everything_unreachable = true;
    assert_ne!(judge(&blind).kind, VerdictKind::OurNetwork);
}

#[test]
fn an_unreachable_provider_is_theirs_with_confidence_only_while_something_else_is_reached() {
    let refused = tally(&[failed(FailureClass::Connect, 6)], &[failed(FailureClass::Connect, 20)]);
    let mut one = inputs(refused.clone(), refused);
    one.of.reach = unreached(6);
    let verdict = judge(&one);
    assert_eq!((verdict.kind, verdict.confidence), (VerdictKind::TheirOutage, Confidence::Low));
    assert!(
        verdict.sentence.contains("key and quota could not be checked"),
        "{}",
        verdict.sentence
    );
    one.around.others_answered_at = Some(NOW.plus_millis(-2_000));
    one.around.others_answering_since = Some(NOW.plus_millis(-2_000));
    assert_eq!(
        judge(&one).confidence,
        Confidence::Low,
        "they answer again, and this one was not tried since"
    );
    one.around.others_answering_since = Some(NOW.plus_millis(-90_000));
    assert_eq!(judge(&one).confidence, Confidence::High);
}

#[test]
fn one_witness_alone_is_not_sure() {
    let only_traffic = tally(&[ok(12)], &[failed(FailureClass::ServerError, 40)]);
    let verdict = judged(&only_traffic, &only_traffic, None);
    assert_eq!(verdict.kind, VerdictKind::TheirOutage);
    assert_eq!(verdict.confidence, Confidence::Medium, "twelve good probes do not confirm it");
}

#[test]
fn a_bad_key_of_the_probes_alone_is_no_trouble_of_the_target() {
    let seen = tally(&[failed(FailureClass::Authentication, 12)], &[ok(40)]);
    let verdict = judged(&seen, &seen, None);
    assert_eq!((verdict.kind, verdict.confidence), (VerdictKind::Operating, Confidence::Medium));
    assert_eq!(
        verdict.sentence,
        "callers are served (0 of 40 gateway attempts failed) · \
         the probes' own trouble: key refused on 100 % of probes (12 of 12)"
    );
}

#[test]
fn a_key_that_is_refused_and_accepted_in_turn_is_not_a_bad_key() {
    let mut turns = Tally::default();
    for second in 0..12 {
        let outcome = if second % 2 == 0 {
            Outcome::Failed(FailureClass::Authentication)
        } else {
            Outcome::Ok
        };
        turns.probes.add(outcome, 1, NOW.plus_millis(-40_000 + second * 3_000));
    }
    let verdict = judged(&turns, &turns, None);
    assert_eq!((verdict.kind, verdict.confidence), (VerdictKind::TheirOutage, Confidence::Low));
    assert_eq!(verdict.signature, Some(Signature::OrchestrationFailure));
}

#[test]
fn a_model_not_found_is_ours_and_all_models_not_found_are_not() {
    let lost = tally(
        &[failed(FailureClass::ModelNotFound, 6)],
        &[failed(FailureClass::ModelNotFound, 20)],
    );
    let mut one = inputs(lost.clone(), lost);
    (one.around.models_asked, one.around.models_not_found) = (3, 1);
    let verdict = judge(&one);
    assert_eq!(
        (verdict.kind, verdict.confidence),
        (VerdictKind::OurConfiguration, Confidence::Low),
        "the others were not heard since: it may be the first of all"
    );
    one.around.siblings_ok_at = Some(NOW);
    assert_eq!(judge(&one).confidence, Confidence::High);
    one.around.models_not_found = 3;
    let verdict = judge(&one);
    assert_eq!((verdict.kind, verdict.confidence), (VerdictKind::TheirOutage, Confidence::Low));
    assert_eq!(verdict.signature, Some(Signature::OrchestrationFailure));
}

/// Twenty-six refusals by a rate limit, the last so long after the others.
fn limited_for(ms: i64) -> Tally {
    let class = FailureClass::RateLimited;
    let mut tally = tally(&[failed(class, 6)], &[failed(class, 19)]);
    tally.traffic.add(Outcome::Failed(class), 1, NOW.plus_millis(ms - 30_000));
    tally
}

#[test]
fn seconds_of_rate_limit_are_no_trouble_and_what_lasts_is() {
    let kind = |ms| judged(&limited_for(ms), &limited_for(ms), None).kind;
    assert_eq!((kind(4_999), kind(5_000)), (VerdictKind::Operating, VerdictKind::OurQuota));
    let kept = serde_json::to_string(&limited_for(5_000)).unwrap();
    assert_eq!(serde_json::from_str::<Tally>(&kept).unwrap(), limited_for(5_000));
}

#[test]
fn a_rate_limit_that_the_vendors_own_headers_deny_is_not_sure() {
    let limited = limited_for(8_000);
    let mut ours = inputs(limited.clone(), limited);
    assert_eq!(judge(&ours).confidence, Confidence::High);
    ours.of.headroom = Some(Headroom {
        requests_left_percent: Some(90),
        tokens_left_percent: Some(80),
        read_at: NOW.plus_millis(-5_000),
    });
    let verdict = judge(&ours);
    assert_eq!((verdict.kind, verdict.confidence), (VerdictKind::OurQuota, Confidence::Low));
}

#[test]
fn drift_alone_is_a_degradation_and_says_from_what_to_what() {
    let good = tally(&[ok(12)], &[ok(40)]);
    let mut slower = inputs(good.clone(), good);
    slower.of.drift.throughput = Some(ThroughputChange {
        since: NOW.plus_millis(-50_000),
        usual_tokens_per_second: 80,
        now_tokens_per_second: 31,
    });
    let verdict = judge(&slower);
    assert_eq!(verdict.kind, VerdictKind::TheirDegradation);
    assert!(
        verdict.sentence.starts_with("31 tokens per second instead of 80 since 22:12:30"),
        "{}",
        verdict.sentence
    );
    slower.of.drift = Drift {
        model: Some(ModelChange { since: NOW, usual: "a-1".into(), now: "b-2".into() }),
        ..Drift::default()
    };
    let verdict = judge(&slower);
    assert_eq!(
        (verdict.kind, verdict.confidence),
        (VerdictKind::TheirDegradation, Confidence::Low)
    );
}

mod together;
mod triage;
