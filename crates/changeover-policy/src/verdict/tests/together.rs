//! Several targets judged together: scopes, and what is replayed.

use proptest::prelude::*;

use super::*;

fn target(name: &str, provider: &str, region: Option<&str>, seen: &Tally) -> TargetInputs {
    let mut one = inputs(seen.clone(), seen.clone()).of;
    one.target = TargetId::try_new(name).unwrap();
    one.provider = ProviderId::try_new(provider).unwrap();
    one.model = name.split('-').next().unwrap_or_default().to_owned();
    one.region = region.map(ToOwned::to_owned);
    one
}

fn all(targets: Vec<TargetInputs>) -> Vec<Judged> {
    judge_all(targets, &WitnessReading::default(), &BTreeMap::new(), &Thresholds::default(), NOW)
}

fn scopes(targets: Vec<TargetInputs>) -> Vec<Scope> {
    all(targets).into_iter().map(|judged| judged.verdict.scope).collect()
}

fn bad() -> Tally {
    tally(&[failed(FailureClass::Overloaded, 9)], &[])
}

fn good() -> Tally {
    tally(&[ok(9)], &[])
}

#[test]
fn the_scope_is_the_provider_only_when_every_target_is_in_trouble() {
    let of = |name: &str, seen: &Tally| target(name, "anthropic", None, seen);
    let (bad, good) = (bad(), good());
    assert_eq!(scopes(vec![of("a", &bad), of("b", &bad)]), [Scope::Provider; 2]);
    assert_eq!(
        scopes(vec![of("a", &bad), of("b", &bad), of("c", &good)]),
        [Scope::SeveralModels, Scope::SeveralModels, Scope::Model]
    );
    assert_eq!(scopes(vec![of("a", &bad), of("b", &good)]), [Scope::Model; 2]);
    assert_eq!(scopes(vec![of("a", &good)]), [Scope::Model], "nothing is wrong with it");
    assert_eq!(
        scopes(vec![of("a", &bad), target("x", "openai", None, &good)])[0],
        Scope::Provider,
        "another provider's health narrows nothing"
    );
}

#[test]
fn a_target_of_which_nothing_is_known_narrows_no_scope() {
    let of = |name: &str, seen: &Tally| target(name, "anthropic", None, seen);
    let unknown = Tally::default();
    assert_eq!(scopes(vec![of("a", &bad()), of("b", &unknown)])[0], Scope::Provider);
}

#[test]
fn a_region_is_the_scope_when_all_of_it_fails_and_another_is_well() {
    let of = |name: &str, region: &str, seen: &Tally| target(name, "azure", Some(region), seen);
    let (bad, good) = (bad(), good());
    let found = scopes(vec![
        of("gpt-eu", "eu", &bad),
        of("mini-eu", "eu", &bad),
        of("gpt-us", "us", &good),
    ]);
    assert_eq!(found, [Scope::Region, Scope::Region, Scope::Model]);
    let one = scopes(vec![of("gpt-eu", "eu", &bad), of("gpt-us", "us", &good)]);
    assert_eq!(one[0], Scope::Region, "the same model is well elsewhere");
    let other = scopes(vec![of("gpt-eu", "eu", &bad), of("mini-us", "us", &good)]);
    assert_eq!(other[0], Scope::Model, "model or region: nothing tells them apart");
}

#[test]
fn an_exhausted_quota_of_one_model_is_not_the_outage_of_another() {
    let of = |name: &str, class| target(name, "anthropic", None, &tally(&[failed(class, 9)], &[]));
    let found = scopes(vec![
        of("a", FailureClass::ServerError),
        of("b", FailureClass::QuotaExhausted),
        target("c", "anthropic", None, &good()),
    ]);
    assert_eq!(found, [Scope::Model, Scope::Model, Scope::Model]);
}

#[test]
fn server_errors_of_several_models_are_an_orchestration_failure_and_of_one_may_be_either() {
    let seen = tally(&[failed(FailureClass::ServerError, 9)], &[]);
    let of = |name: &str, seen: &Tally| target(name, "openai", None, seen);
    let both = all(vec![of("a", &seen), of("b", &seen)]);
    assert_eq!(both[0].verdict.signature, Some(Signature::OrchestrationFailure));
    let one = all(vec![of("a", &seen), of("b", &good())]);
    assert_eq!(one[0].verdict.signature, None);
}

#[test]
fn two_providers_whose_every_probe_fails_to_connect_are_our_network() {
    let lost = |name: &str, provider: &str| {
        let seen = tally(&[failed(FailureClass::Connect, 4), ok(3)], &[]);
        let mut lost = target(name, provider, None, &seen);
        lost.reach = unreached(4);
        lost.reach.answered_at = Some(NOW.plus_millis(-12_000));
        lost
    };
    let found = all(vec![lost("a", "anthropic"), lost("b", "openai")]);
    assert!(found.iter().all(|judged| judged.verdict.kind == VerdictKind::OurNetwork));
    let reached = target("c", "gemini", None, &good());
    let found = all(vec![lost("a", "anthropic"), lost("b", "openai"), reached]);
    assert_eq!(found[0].verdict.kind, VerdictKind::TheirOutage, "a third provider answers");
}

fn any_outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        3 => Just(Outcome::Ok),
        2 => proptest::sample::select(FailureClass::ALL.to_vec()).prop_map(Outcome::Failed),
    ]
}

fn any_tally() -> impl Strategy<Value = Tally> {
    let seen = || proptest::collection::vec((any_outcome(), 0_u64..60, 0_i64..180_000), 0..6);
    (seen(), seen()).prop_map(|(probes, traffic)| {
        let mut tally = Tally::default();
        for (outcome, count, ago) in probes {
            tally.probes.add(outcome, count, NOW.plus_millis(-ago));
        }
        for (outcome, count, ago) in traffic {
            tally.traffic.add(outcome, count, NOW.plus_millis(-ago));
        }
        tally
    })
}

prop_compose! {
    fn any_target()(
        name in 0_u32..1_000,
        provider in 0_u32..3,
        region in proptest::option::of(0_u32..2),
        short in any_tally(),
        long in any_tally(),
        slow in (0_u64..9, 0_u64..30),
        unreached in 0_u32..4,
        answered in proptest::option::of(0_i64..60_000),
    ) -> TargetInputs {
        let mut one = target(&format!("m{name}"), &format!("p{provider}"), None, &short);
        one.region = region.map(|region| format!("r{region}"));
        one.long.merge(&long);
        one.latency.short = Timing {
            first_tokens: slow.1.max(slow.0),
            slow_first_tokens: slow.0,
            ..Timing::default()
        };
        one.reach = answered.map_or(Reach::default(), |ago| {
            Reach::default().after(Outcome::Ok, NOW.plus_millis(-ago), NOW.plus_millis(-ago))
        });
        one.reach.unreached_since = unreached;
        one
    }
}

proptest! {
    /// The rule of the replay: what is kept of a verdict makes it again, alone and from its text.
    #[test]
    fn every_verdict_is_made_again_from_its_written_inputs(targets in proptest::collection::vec(any_target(), 1..6)) {
        for judged in all(targets) {
            let written = serde_json::to_string(&judged.inputs).unwrap();
            let read: VerdictInputs = serde_json::from_str(&written).unwrap();
            prop_assert_eq!(&read, &judged.inputs);
            prop_assert_eq!(judge(&read), judged.verdict);
        }
    }

    /// Nothing that was not proved is said with confidence.
    #[test]
    fn a_confident_verdict_rests_on_more_than_a_handful(targets in proptest::collection::vec(any_target(), 1..6)) {
        for Judged { verdict, inputs } in all(targets) {
            let of = &inputs.of;
            if verdict.kind == VerdictKind::Unknown {
                prop_assert_eq!(verdict.confidence, Confidence::Low);
            }
            if verdict.confidence > Confidence::Low && verdict.kind != VerdictKind::OurNetwork {
                prop_assert!(of.long.attempts() >= 10, "{verdict:?}");
            }
            prop_assert!(!verdict.sentence.is_empty() && !verdict.would_change.is_empty());
        }
    }
}
