//! Several targets judged together: scopes, and what is replayed.

use changeover_domain::ProbeSample;
use proptest::prelude::*;

use super::*;
use crate::witness::Tried;

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

/// One neutral host, closed since the console began; provider `a` stops and `b` goes on answering.
struct ClosedHost {
    a: TargetRecord,
    b: TargetRecord,
    witness: WitnessReading,
    held: BTreeMap<TargetId, Verdict>,
}

impl ClosedHost {
    fn new() -> Self {
        let record = |name: &str| {
            TargetRecord::new(TargetIdentity {
                target: TargetId::try_new(name).unwrap(),
                provider: ProviderId::try_new(name).unwrap(),
                model: name.to_owned(),
                region: None,
                slo: Slo::default(),
            })
        };
        let (a, b) = (record("a"), record("b"));
        Self { a, b, witness: WitnessReading::default(), held: BTreeMap::new() }
    }

    /// What is said of `a` in every second; `b` is asked every so many seconds.
    fn play(&mut self, seconds: std::ops::Range<i64>, a: Outcome, b_every: i64) -> Vec<Verdict> {
        let mut said = Vec::new();
        for second in seconds {
            let now = NOW.plus_millis(second * 1_000);
            let sample = |target: &str, outcome| {
                let target = TargetId::try_new(target).unwrap();
                ProbeSample::bare(target, now.plus_millis(-100), outcome, 100)
            };
            if second % 15 == 0 {
                self.a.probe(&sample("a", a));
                let tls = Tried { tried: 1, answered: 0 };
                let names = Tried { tried: 1, answered: 1 };
                let read_at = Some(now);
                let reading = WitnessReading { names, tls, read_at, ..WitnessReading::default() };
                self.witness = reading.following(&self.witness);
            }
            if second % b_every == 5 {
                self.b.probe(&sample("b", Outcome::Ok));
            }
            let thresholds = Thresholds::default();
            let inputs = vec![self.a.inputs(&thresholds, now), self.b.inputs(&thresholds, now)];
            let judged = judge_all(inputs, &self.witness, &self.held, &thresholds, now);
            let verdicts = judged.iter().map(|judged| judged.verdict.clone());
            self.held = verdicts.map(|verdict| (verdict.target.clone(), verdict)).collect();
            said.push(judged[0].verdict.clone());
        }
        said
    }
}

#[test]
fn a_closed_neutral_host_makes_no_vendors_outage_ours_however_seldom_the_others_are_asked() {
    for b_every in [15, 75, 600, 3_600] {
        let mut world = ClosedHost::new();
        world.play(0..3_600, Outcome::Ok, b_every);
        let lost = Outcome::Failed(FailureClass::Connect);
        let said = world.play(3_600..7_500, lost, b_every);
        let kinds: Vec<VerdictKind> = said.iter().map(|verdict| verdict.kind).collect();
        assert!(!kinds.contains(&VerdictKind::OurNetwork), "asked every {b_every} s: {kinds:?}");
        assert_eq!(kinds.iter().position(|kind| *kind == VerdictKind::TheirOutage), Some(30));
        let turns = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert_eq!(turns, 1, "from operating to their outage, and there it stays");
    }
}

#[test]
fn a_silent_network_is_ours_when_the_neutral_hosts_fell_silent_with_it() {
    let mut world = ClosedHost::new();
    // The only host answers until the loss: `b` is asked once an hour and vouches for nothing.
    world.play(0..60, Outcome::Ok, 3_600);
    world.witness.since = Some(NOW.plus_millis(600_000));
    world.witness.read_at = Some(NOW.plus_millis(600_000));
    let said = world.play(600..700, Outcome::Failed(FailureClass::TimeoutConnect), 3_600);
    let found = said.iter().find(|verdict| verdict.kind == VerdictKind::OurNetwork).unwrap();
    assert_eq!(found.confidence, Confidence::Medium, "one provider alone was tried in vain");
}

#[test]
fn a_name_that_only_our_probes_lose_is_nobodys_while_our_network_is_there() {
    let seen = tally(&[failed(FailureClass::Dns, 6)], &[]);
    let lost = |class: FailureClass| {
        let seen = tally(&[failed(class, 6)], &[]);
        let mut lost = target("a", "azure", None, &seen);
        lost.reach = unreached(6);
        lost
    };
    let witness = WitnessReading {
        names: Tried { tried: 3, answered: 3 },
        tls: Tried { tried: 3, answered: 3 },
        read_at: Some(NOW.plus_millis(-1_000)),
        since: Some(NOW.plus_millis(-600_000)),
        ..WitnessReading::default()
    };
    let others = || ["b", "c"].map(|name| target(name, name, None, &good()));
    let judged = |lost: TargetInputs, witness: &WitnessReading| {
        let all = std::iter::once(lost).chain(others()).collect();
        let none = BTreeMap::new();
        judge_all(all, witness, &none, &Thresholds::default(), NOW).swap_remove(0)
    };
    for witness in [witness, WitnessReading::default()] {
        for class in [FailureClass::Dns, FailureClass::Tls] {
            let Judged { verdict, inputs } = judged(lost(class), &witness);
            assert_eq!(verdict.kind, VerdictKind::Unknown, "{class:?}: {verdict:#?}");
            assert!(verdict.sentence.contains("nobody but these probes asks it"), "{verdict:#?}");
            let said = verdict.would_change.join("\n");
            assert!(!said.contains("provider answering"), "they answer already: {said}");
            assert!(fix(&inputs, "Azure").unwrap().title.contains("not reached from here"));
            let others = excluded(&inputs);
            assert!(others.iter().all(|other| !other.reason.contains("too few")), "{others:?}");
        }
    }
    let mut both = lost(FailureClass::Dns);
    both.long.traffic = seen.probes.clone();
    both.short.traffic = seen.probes.clone();
    let verdict = judged(both, &witness).verdict;
    assert_eq!((verdict.kind, verdict.confidence), (VerdictKind::TheirOutage, Confidence::Low));
}

#[test]
fn one_lost_probe_beside_a_vendors_outage_is_no_network_that_is_gone() {
    let lost = |name: &str, times: u64| {
        let seen = tally(&[failed(FailureClass::TimeoutConnect, times)], &[]);
        let mut lost = target(name, name, None, &seen);
        lost.reach = unreached(u32::try_from(times).unwrap());
        lost
    };
    // Probes are a minute apart: `c` has answered, and not within the short window.
    let mut resting = target("c", "c", None, &Tally::default());
    resting.reach.answered_at = Some(NOW.plus_millis(-50_000));
    let found = all(vec![lost("a", 9), lost("b", 2), resting.clone()]);
    assert!(!found[0].inputs.around.everything_unreachable, "`c` stands by its last answer");
    resting.reach.answered_at = Some(NOW.plus_millis(-600_000));
    let found = all(vec![lost("a", 9), lost("b", 1), resting.clone()]);
    assert!(!found[0].inputs.around.everything_unreachable, "one of one proves nothing of `b`");
    let found = all(vec![lost("a", 9), lost("b", 2), resting]);
    assert!(found[0].inputs.around.everything_unreachable);
}
