//! What the triage sheet says beside the verdict: what is excluded, and what to mend.

use super::*;

fn seen(class: FailureClass) -> VerdictInputs {
    let mostly = tally(&[failed(class, 6)], &[failed(class, 20), ok(2)]);
    inputs(mostly.clone(), mostly)
}

#[test]
fn every_other_kind_is_named_once_with_its_reason() {
    for class in FailureClass::ALL {
        let inputs = seen(class);
        let verdict = judge(&inputs);
        let others = excluded(&inputs);
        assert_eq!(others.len(), 7, "{class:?}");
        for other in &others {
            assert!(other.kind != verdict.kind && !other.reason.is_empty(), "{class:?} {other:?}");
        }
    }
}

#[test]
fn an_outage_excludes_key_and_quota_by_what_was_answered_and_the_network_by_the_answer() {
    let inputs = seen(FailureClass::ServerError);
    let others = excluded(&inputs);
    let of = |kind| others.iter().find(|other| other.kind == kind).unwrap();
    let key = of(VerdictKind::OurConfiguration);
    assert_eq!(key.reason, "a refused key, permission or model: none of 26 failures");
    assert!(key.ruled_out && of(VerdictKind::OurNetwork).ruled_out);
    assert_eq!(
        of(VerdictKind::TheirDegradation).reason,
        "93 % of the attempts of the last 45 s failed (26 of 28): from 50 % on it is an outage"
    );
    assert!(fix(&inputs, "Anthropic").is_none(), "what is theirs is not ours to mend");
}

#[test]
fn what_nothing_answered_to_leaves_key_and_network_open() {
    let mut inputs = seen(FailureClass::Connect);
    let lost = tally(&[failed(FailureClass::Connect, 6)], &[]);
    (inputs.of.short, inputs.of.long) = (lost.clone(), lost);
    inputs.of.reach = unreached(6);
    let others = excluded(&inputs);
    for kind in [VerdictKind::OurConfiguration, VerdictKind::OurBilling, VerdictKind::OurNetwork] {
        let other = others.iter().find(|other| other.kind == kind).unwrap();
        assert!(!other.ruled_out, "nobody looked: {other:?}");
    }
}

#[test]
fn too_few_attempts_exclude_nothing() {
    let none = inputs(Tally::default(), Tally::default());
    for other in excluded(&none) {
        let network = other.kind == VerdictKind::OurNetwork;
        assert!(network || !other.ruled_out, "{other:?}");
    }
}

#[test]
fn what_is_ours_comes_with_steps_that_name_the_thing() {
    for (class, word) in [
        (FailureClass::Authentication, "refuses your key"),
        (FailureClass::ModelNotFound, "claude-opus-4-5"),
        (FailureClass::Permission, "may not use"),
        (FailureClass::QuotaExhausted, "limit at Anthropic is reached"),
        (FailureClass::SpendCap, "bill"),
    ] {
        let fix = fix(&seen(class), "Anthropic").unwrap();
        assert!(fix.title.contains(word) && fix.steps.len() >= 3, "{class:?}: {fix:?}");
    }
}

#[test]
fn a_fix_is_offered_for_the_probes_own_key_and_for_a_wall() {
    let mut probes = inputs(Tally::default(), Tally::default());
    let refused = tally(&[failed(FailureClass::Authentication, 6)], &[ok(40)]);
    (probes.of.short, probes.of.long) = (refused.clone(), refused);
    assert!(fix(&probes, "Anthropic").unwrap().title.starts_with("only the probes fail"));
    let mut wall = seen(FailureClass::Connect);
    let lost = tally(&[failed(FailureClass::Connect, 6)], &[]);
    (wall.of.short, wall.of.long) = (lost.clone(), lost);
    wall.of.reach = unreached(6);
    wall.around.everything_unreachable = true;
    wall.around.own_network = OwnNetwork::Gone;
    assert_eq!(fix(&wall, "Anthropic").unwrap().title, "your network is gone");
}

#[test]
fn a_refused_probe_is_looked_at_more_closely_and_a_refused_caller_is_not() {
    let refused = failed(FailureClass::Refusal, 1);
    let probes = tally(&[refused, ok(3)], &[ok(40)]);
    assert!(deserves_a_closer_look(&inputs(probes.clone(), probes)));
    let callers = tally(&[ok(4)], &[refused, ok(40)]);
    assert!(!deserves_a_closer_look(&inputs(callers.clone(), callers)));
}

#[test]
fn callers_who_are_often_refused_leave_no_sure_health_until_that_is_known_to_be_usual() {
    let refused = |count| {
        let seen = tally(&[ok(12)], &[failed(FailureClass::Refusal, count), ok(16)]);
        inputs(seen.clone(), seen)
    };
    let seldom = refused(2);
    assert_eq!(judge(&seldom).confidence, Confidence::High);
    assert!(!deserves_a_closer_look(&seldom));
    let mut often = refused(10);
    let said = judge(&often);
    assert_eq!((said.kind, said.confidence), (VerdictKind::Operating, Confidence::Low));
    assert!(deserves_a_closer_look(&often), "the probes' question is harmless, and can tell");
    often.of.drift.learnt.traffic_refusals = true;
    assert_eq!(judge(&often).confidence, Confidence::High, "these callers are refused as usual");
    assert!(!deserves_a_closer_look(&often));
}

#[test]
fn refusals_under_way_leave_no_sure_health() {
    let refused = |count| {
        let seen = tally(&[failed(FailureClass::Refusal, count), ok(12)], &[ok(40)]);
        inputs(seen.clone(), seen)
    };
    assert_eq!(judge(&refused(0)).confidence, Confidence::High);
    let two = judge(&refused(2));
    assert_eq!((two.kind, two.confidence), (VerdictKind::Operating, Confidence::Low));
    assert!(two.sentence.contains("2 of 14 probes refused"), "{}", two.sentence);
    let mut begun = refused(1);
    begun.of.drift.refusals_may_begin = true;
    assert_eq!(judge(&begun).confidence, Confidence::Low, "the first of them is a beginning");
}

#[test]
fn what_is_to_be_mended_in_our_network_does_not_deny_the_callers_failures() {
    let lost = |traffic: &[(Outcome, u64)]| {
        let seen = tally(&[failed(FailureClass::Dns, 6)], traffic);
        let mut lost = inputs(seen.clone(), seen);
        lost.of.reach = unreached(6);
        lost.around.own_network = OwnNetwork::NamesGone;
        lost.around.everything_unreachable = true;
        fix(&lost, "Anthropic").unwrap().steps.join("\n")
    };
    assert!(lost(&[]).contains("no gateway was heard"));
    let failing = lost(&[failed(FailureClass::Dns, 10)]);
    assert!(failing.contains("10 of 10 gateway attempts failed as well"), "{failing}");
}

#[test]
fn a_limit_is_told_with_what_was_left_of_it_and_not_with_what_was_left_before() {
    let title = |percent, seconds_ago: i64| {
        let mut spent = seen(FailureClass::QuotaExhausted);
        spent.of.headroom = Some(Headroom {
            requests_left_percent: Some(percent),
            tokens_left_percent: None,
            read_at: NOW.plus_millis(-seconds_ago * 1_000),
        });
        let told = judge(&spent).evidence.iter().any(|piece| piece.sentence.contains("before the"));
        (fix(&spent, "OpenAI").unwrap().title, told)
    };
    let reached = "your limit at OpenAI is reached";
    assert_eq!(title(55, 90), (reached.to_owned(), true), "read before the first refusal");
    assert_eq!(title(55, 10), (reached.to_owned(), false), "of another limit");
    assert_eq!(title(3, 10), (format!("{reached}: 3 % of it is left"), false));
}

#[test]
fn slow_answers_that_prove_nothing_are_not_denied_either() {
    let good = tally(&[ok(12)], &[ok(40)]);
    let mut slow = inputs(good.clone(), good);
    slow.of.latency.long =
        Timing { first_tokens: 40, slow_first_tokens: 3, totals: 40, slow_totals: 0 };
    let others = excluded(&slow);
    let theirs = others.iter().find(|other| other.kind == VerdictKind::TheirDegradation).unwrap();
    assert!(theirs.reason.contains("first token over 3.0 s in 3 of 40 answers"), "{theirs:?}");
    assert!(!theirs.ruled_out);
}

#[test]
fn refusals_of_callers_are_the_traffics_evidence() {
    let good = tally(&[ok(12)], &[ok(40)]);
    let mut refusing = inputs(good.clone(), good);
    let since = NOW.plus_millis(-70_000);
    refusing.of.drift.traffic_refusals =
        Some(RefusalChange { since, usual_per_mille: 4, answers: 60, refused: 20 });
    let verdict = judge(&refusing);
    let refused = verdict.evidence.iter().find(|piece| piece.sentence.contains("refused")).unwrap();
    assert_eq!(refused.source, changeover_domain::EvidenceSource::Traffic);
    assert_eq!(verdict.since, since, "it began when the change did");
}

#[test]
fn trouble_begins_with_its_own_failures_and_not_with_one_of_minutes_before() {
    let short = tally(&[failed(FailureClass::Overloaded, 6)], &[]);
    let mut long = short.clone();
    let unrelated = Outcome::Failed(FailureClass::ServerError);
    long.probes.add(unrelated, 1, NOW.plus_millis(-170_000));
    long.probes.add(Outcome::Ok, 8, NOW.plus_millis(-100_000));
    assert_eq!(judged(&short, &long, None).since, NOW.plus_millis(-30_000));
}

#[test]
fn a_page_that_could_not_be_asked_is_not_called_silent() {
    let mut lost = seen(FailureClass::ServerError);
    lost.of.page.network_down = true;
    let sentence = judge(&lost).sentence;
    assert!(sentence.ends_with("status page not asked, your network is down"), "{sentence}");
}
