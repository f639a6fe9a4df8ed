use changeover_domain::{FailureClass, Outcome, ProviderId, Slo, TargetId, UnixMs};
use proptest::prelude::*;

use super::*;
use crate::verdict::{
    Attempts, BurnWindows, Drift, Headroom, Latency, Learnt, PageWord, Reach, Tally,
    ThroughputChange, Timing,
};

const NOW: UnixMs = UnixMs(1_700_000_000_000);

fn seen(failed: u64, good: u64) -> TargetInputs {
    let mut long = Tally::default();
    long.probes.add(Outcome::Ok, good, NOW);
    long.traffic.add(Outcome::Ok, good, NOW);
    long.traffic.add(Outcome::Failed(FailureClass::ServerError), failed, NOW);
    TargetInputs {
        target: TargetId::try_new("gpt-main").unwrap(),
        provider: ProviderId::try_new("openai").unwrap(),
        model: "gpt-5".to_owned(),
        region: None,
        slo: Slo::default(),
        short: long.clone(),
        long,
        long_ms: 0,
        probe_distance_ms: 0,
        latency: Latency {
            long: Timing { first_tokens: 40, slow_first_tokens: 0, totals: 40, slow_totals: 0 },
            ..Latency::default()
        },
        burn: BurnWindows::default(),
        drift: Drift {
            learnt: Learnt { throughput: true, probe_refusals: true, traffic_refusals: true },
            ..Drift::default()
        },
        reach: Reach::default(),
        last_ok_at: None,
        headroom: Some(Headroom {
            requests_left_percent: Some(80),
            tokens_left_percent: None,
            read_at: NOW,
        }),
        page: PageWord {
            state: ComponentState::Operational,
            read_at: Some(NOW),
            unreadable: false,
            network_down: false,
            open_incident: false,
        },
    }
}

fn points(score: &HealthScore, name: AddendName) -> i32 {
    score.addends.iter().filter(|addend| addend.name == name).map(|addend| addend.points).sum()
}

#[test]
fn a_target_of_which_all_is_known_and_good_has_all_points_for_sure() {
    let score = health(&seen(0, 60));
    assert_eq!((score.score, score.confidence), (100, Confidence::High));
}

#[test]
fn the_share_that_is_proved_decides_and_not_the_share_that_is_seen() {
    let scores: Vec<u8> = [(1, 5), (3, 3), (6, 0), (60, 0), (50, 950), (10, 990)]
        .map(|(failed, good)| {
            let mut of = seen(failed, good);
            of.long.probes = Attempts::default();
            health(&of).score
        })
        .to_vec();
    // Of six, of six, of six, of sixty; 5 % and 1 % of a thousand.
    assert_eq!(scores, [64, 29, 7, 1, 63, 94]);
}

#[test]
fn every_addend_says_what_it_took_and_why() {
    let mut of = seen(12, 60);
    of.latency.long.slow_first_tokens = 14;
    of.drift.throughput = Some(ThroughputChange {
        since: NOW,
        usual_tokens_per_second: 80,
        now_tokens_per_second: 40,
    });
    of.headroom = Some(Headroom {
        requests_left_percent: Some(10),
        tokens_left_percent: Some(60),
        read_at: NOW,
    });
    of.page.state = ComponentState::DegradedPerformance;
    let score = health(&of);
    let figure = |name| {
        let addend = score.addends.iter().find(|addend| addend.name == name).unwrap();
        (addend.points, addend.figure.clone().unwrap())
    };
    assert_eq!(figure(AddendName::FirstToken), (-11, "14 of 40 answers over 3.0 s".to_owned()));
    let slower = "40 tokens per second instead of 80".to_owned();
    assert_eq!(figure(AddendName::Throughput), (-8, slower));
    assert_eq!(figure(AddendName::Headroom), (-6, "10 % left".to_owned()));
    assert_eq!(figure(AddendName::StatusPage).0, -5);
    assert_eq!(figure(AddendName::Failures).1, "12 of 132 attempts failed");
    let sum: i32 = score.addends.iter().map(|addend| addend.points).sum();
    assert_eq!(i32::from(score.score), sum);
}

#[test]
fn nothing_known_is_no_low_score_but_no_confidence_either() {
    let mut of = seen(0, 0);
    (of.latency, of.headroom, of.page) = (Latency::default(), None, PageWord::default());
    let score = health(&of);
    assert_eq!((score.score, score.confidence), (100, Confidence::Low));
}

fn any_inputs() -> impl Strategy<Value = TargetInputs> {
    let counts = (0_u64..80, 0_u64..80, 0_u64..40, 0_u64..40, 0_u64..40);
    (counts, 0_u8..=100, 1_u32..100, 1_u32..100, any::<bool>()).prop_map(
        |((failed, good, slow, all, slow_total), left, usual, now, drifts)| {
            let mut of = seen(failed, good);
            of.latency.long = Timing {
                first_tokens: all.max(slow),
                slow_first_tokens: slow,
                totals: all.max(slow_total),
                slow_totals: slow_total,
            };
            of.headroom = Some(Headroom {
                requests_left_percent: Some(left),
                tokens_left_percent: None,
                read_at: NOW,
            });
            of.drift.throughput = drifts.then_some(ThroughputChange {
                since: NOW,
                usual_tokens_per_second: usual,
                now_tokens_per_second: now,
            });
            of
        },
    )
}

proptest! {
    #[test]
    fn the_score_is_the_sum_of_its_addends_and_each_keeps_to_its_weight(of in any_inputs()) {
        let score = health(&of);
        let sum: i32 = score.addends.iter().map(|addend| addend.points).sum();
        prop_assert_eq!(sum, i32::from(score.score));
        prop_assert!(score.score <= 100);
        let taking = |addend: &&Addend| {
            !matches!(addend.name, AddendName::Start | AddendName::Floor)
        };
        for addend in score.addends.iter().filter(taking) {
            prop_assert!((-i32::from(addend.weight)..=0).contains(&addend.points), "{addend:?}");
        }
    }

    #[test]
    fn a_missing_input_lowers_the_confidence_and_never_the_score(of in any_inputs(), which in 0..5) {
        let mut less = of.clone();
        match which {
            0 => less.headroom = None,
            1 => less.page = PageWord::default(),
            2 => less.latency = Latency::default(),
            3 => less.drift.learnt = Learnt::default(),
            _ => {
                less.drift.throughput = None;
                less.drift.learnt.throughput = false;
            }
        }
        prop_assert!(health(&less).score >= health(&of).score);
        prop_assert!(health(&less).confidence <= health(&of).confidence);
    }

    #[test]
    fn one_more_failure_never_raises_it(failed in 0_u64..60, good in 6_u64..60) {
        let points = |failed| points(&health(&seen(failed, good)), AddendName::Failures);
        prop_assert!(points(failed + 1) <= points(failed));
    }
}

#[test]
fn what_was_never_learnt_is_not_called_usual() {
    let mut of = seen(0, 60);
    of.drift.learnt = Learnt { probe_refusals: true, ..Learnt::default() };
    let score = health(&of);
    let figure = |name| {
        let addend = score.addends.iter().find(|addend| addend.name == name).unwrap();
        addend.figure.clone()
    };
    assert_eq!(figure(AddendName::Throughput), None, "forty answers have to be seen first");
    let probes = "0 of 60 refused, as usual".to_owned();
    assert_eq!(figure(AddendName::Refusals), Some(probes), "callers' answers are not among them");
    of.drift.learnt = Learnt::default();
    let unlearnt = health(&of);
    assert_eq!((unlearnt.score, unlearnt.confidence), (100, Confidence::Medium));
}
