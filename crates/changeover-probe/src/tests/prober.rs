//! Many probes over a long time, in a paused one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;
use std::time::Duration;

use changeover_clock::Clock;
use changeover_config::DayZone;
use changeover_cost::PriceBook;
use changeover_domain::{
    Nanodollars, ProbeKind, ProbeSample, ProbeValidity, ProviderId, TokenPrices, UnixMs,
};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::vendor::{Answers, Vendor};
use crate::{Exhausted, Manner, ProbeSubject, Prober, ProberSetup, estimate};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);

fn setup(vendor: &Vendor, targets: &[&str], interval: Duration) -> ProberSetup {
    ProberSetup {
        client: vendor.client(),
        clock: vendor.clock.clone(),
        prices: PriceBook::default(),
        subjects: targets
            .iter()
            .map(|id| ProbeSubject { interval, ..vendor.subject(id) })
            .collect(),
        daily_budgets: budget(Nanodollars(1_000 * Nanodollars::DOLLAR.0)),
        day_zone: DayZone::default(),
        spent_today: BTreeMap::new(),
        manners: BTreeMap::new(),
        seed: 1,
        suspects: watch::Sender::new(BTreeSet::new()).subscribe(),
        elsewhere: watch::Sender::new(BTreeSet::new()).subscribe(),
    }
}

fn budget(dollars: Nanodollars) -> BTreeMap<ProviderId, Nanodollars> {
    [(ProviderId::try_new("p").unwrap(), dollars)].into()
}

fn at_most(prices: Option<TokenPrices>) -> Nanodollars {
    estimate(ProbeKind::StreamingCompletion, Manner::default(), prices)
}

const GPT_5: TokenPrices = TokenPrices::of_chat(1_250_000, 125_000, 10_000_000);

/// Runs the prober for so long, then stops it; with every sample that came.
async fn run_for(setup: ProberSetup, time: Duration) -> Vec<ProbeSample> {
    let clock = setup.clock.clone();
    let (sink, mut samples) = mpsc::channel(10_000);
    let cancel = CancellationToken::new();
    let stop = async {
        clock.sleep(time).await;
        cancel.cancel();
    };
    tokio::join!(Prober::new(setup).run(cancel.clone(), sink), stop);
    let mut all = Vec::new();
    while let Some(sample) = samples.recv().await {
        all.push(sample);
    }
    all
}

#[tokio::test(start_paused = true)]
async fn every_target_is_probed_once_an_interval_and_not_together() {
    let vendor = Vendor::start(Answers::tokens(50, &[50, 10, 10])).await;
    let targets = ["a", "b", "c", "d"];
    let samples = run_for(setup(&vendor, &targets, MINUTE), 60 * MINUTE).await;
    for target in targets {
        let of_target = samples.iter().filter(|sample| sample.target.as_str() == target);
        let starts: Vec<_> = of_target.map(|sample| sample.at).collect();
        assert!((58..=61).contains(&starts.len()), "{target}: {}", starts.len());
        let others = samples.iter().filter(|sample| sample.target.as_str() != target);
        let others: Vec<_> = others.map(|sample| sample.at).collect();
        let alone = starts
            .iter()
            .filter(|at| others.iter().all(|other| other.millis_since(**at).abs() > 1_000));
        assert!(alone.count() > 40, "{target} starts mostly alone");
    }
    assert!(samples.iter().all(|sample| sample.outcome.is_ok()));
    assert!(samples.iter().all(|sample| sample.lateness_ms <= 10));
    assert_eq!(samples.len(), vendor.asked.lock().unwrap().len(), "one request is one sample");
}

#[tokio::test(start_paused = true)]
async fn slow_answers_do_not_delay_the_next_probe() {
    // 25 s for an answer, a probe every 10 s: two or three are under way at any time.
    let vendor = Vendor::start(Answers::tokens(10_000, &[5_000, 5_000, 5_000])).await;
    let setup = setup(&vendor, &["slow"], Duration::from_secs(10));
    let samples = run_for(setup, 10 * MINUTE).await;
    assert!(
        samples.len() >= 55,
        "60 slots less those still under way at the end, not {}",
        samples.len()
    );
    assert!(samples.iter().all(|sample| sample.outcome.is_ok() && sample.lateness_ms <= 10));
}

#[tokio::test(start_paused = true)]
async fn a_failing_target_is_probed_every_ten_seconds() {
    let vendor = Vendor::start(Answers::Whole(503, "application/json", "{}".into())).await;
    let samples = run_for(setup(&vendor, &["down"], MINUTE), HOUR).await;
    assert!((350..=361).contains(&samples.len()), "{}", samples.len());
}

/// A limit that asks for twenty seconds.
fn limited() -> Answers {
    let body = r#"{"error":{"message":"Rate limit reached for requests per min (RPM): Limit 3, Used 3, Requested 1.","type":"requests","param":null,"code":"rate_limit_exceeded"}}"#;
    Answers::Headed(429, &[("retry-after", "20")], "application/json", body.into())
}

#[tokio::test(start_paused = true)]
async fn a_limit_is_not_answered_by_asking_before_it_says() {
    let vendor = Vendor::start(limited()).await;
    let setup = setup(&vendor, &["limited"], Duration::from_secs(5));
    let samples = run_for(setup, 10 * MINUTE).await;
    for pair in samples.windows(2) {
        let apart = pair[1].at.millis_since(pair[0].at);
        assert!(apart >= 20_000, "asked again after {apart} ms");
    }
    assert!(samples.len() >= 20, "{} in ten minutes", samples.len());
}

#[tokio::test(start_paused = true)]
async fn a_key_that_is_refused_is_proved_quickly_and_not_asked_more_often_after_that() {
    let body = r#"{"error":{"message":"Incorrect API key provided.","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#;
    let vendor = Vendor::start(Answers::Whole(401, "application/json", body.into())).await;
    let samples = run_for(setup(&vendor, &["key"], 2 * MINUTE), 2 * HOUR).await;
    assert!(samples[2].at.millis_since(samples[0].at) <= 30_000, "three prove it");
    assert!((58..=64).contains(&samples.len()), "{} in two hours", samples.len());
}

#[tokio::test(start_paused = true)]
async fn a_probe_that_a_standstill_cut_short_is_a_gap_and_no_failure() {
    let vendor = Vendor::start(Answers::tokens(1_000, &[1_000; 6])).await;
    let setup = setup(&vendor, &["a", "b"], Duration::from_secs(10));
    let (clock, asked) = (vendor.clock.clone(), std::sync::Arc::clone(&vendor.asked));
    let prober = Prober::new(setup);
    let skips = prober.skips();
    let (sink, mut samples) = mpsc::channel(1_000);
    let cancel = CancellationToken::new();
    let freezing = async {
        clock.sleep(MINUTE).await;
        let before = asked.lock().unwrap().len();
        while asked.lock().unwrap().len() == before {
            clock.sleep(Duration::from_millis(100)).await;
        }
        let frozen_at = clock.now();
        // Every timer has run out at once when it goes on.
        tokio::time::advance(Duration::from_secs(40)).await;
        let woke_at = clock.now();
        clock.sleep(MINUTE).await;
        cancel.cancel();
        (frozen_at, woke_at)
    };
    let ((), (frozen_at, woke_at)) = tokio::join!(prober.run(cancel.clone(), sink), freezing);
    let mut all = Vec::new();
    while let Some(sample) = samples.recv().await {
        all.push(sample);
    }
    for sample in &all {
        let ended = sample.at.plus_millis(i64::from(sample.phases.total_ms));
        assert!(sample.outcome.is_ok(), "{:?}", sample.detail);
        assert!(ended < frozen_at || sample.at >= woke_at.plus_millis(-10), "it lived through it");
    }
    assert!(all.iter().any(|sample| sample.at >= woke_at), "and it goes on");
    let cut = ["a", "b"].map(|id| skips.of(&id.parse().unwrap(), clock.now()).cut_short);
    assert!(cut.iter().sum::<u32>() >= 1, "what was under way is a gap: {cut:?}");
}

#[tokio::test(start_paused = true)]
async fn what_costs_nothing_goes_on_when_the_money_is_gone_and_what_does_is_counted_as_skipped() {
    let vendor = Vendor::start(Answers::tokens(50, &[50; 48])).await;
    let plain = setup(&vendor, &["a"], MINUTE);
    let most = at_most(Some(GPT_5)).0;
    let reached = ProbeSubject { kind: ProbeKind::Reachability, ..plain.subjects[0].clone() };
    let subjects = plain.subjects.iter().cloned().chain([reached]).collect();
    let setup = ProberSetup {
        subjects,
        daily_budgets: budget(Nanodollars(100 * most)),
        spent_today: budget(Nanodollars(100 * most)),
        ..plain
    };
    let target = setup.subjects[0].target.id.clone();
    let (clock, prober) = (vendor.clock.clone(), Prober::new(setup));
    let skips = prober.skips();
    let (sink, mut samples) = mpsc::channel(1_000);
    let cancel = CancellationToken::new();
    let stop = async {
        clock.sleep(2 * HOUR).await;
        cancel.cancel();
    };
    tokio::join!(prober.run(cancel.clone(), sink), stop);
    let mut reached = 0;
    while let Some(sample) = samples.recv().await {
        assert_eq!(sample.kind, ProbeKind::Reachability);
        reached += 1;
    }
    assert!(reached >= 118, "{reached} in two hours");
    let skipped = skips.of(&target, clock.now());
    assert!(skipped.no_money >= 1, "{skipped:?}");
}

#[tokio::test(start_paused = true)]
async fn looking_closer_leaves_money_for_the_hour_that_follows() {
    let vendor = Vendor::start(Answers::tokens(50, &[50; 48])).await;
    let plain = setup(&vendor, &["odd"], Duration::from_secs(15));
    let most = at_most(Some(GPT_5)).0;
    // So little that calm probes are as far apart as may be.
    let setup = ProberSetup { daily_budgets: budget(Nanodollars(60 * most)), ..plain };
    let suspects = watch::Sender::new(BTreeSet::new());
    let setup = ProberSetup { suspects: suspects.subscribe(), ..setup };
    let target = setup.subjects[0].target.id.clone();
    let clock = vendor.clock.clone();
    let suspect = async {
        clock.sleep(HOUR).await;
        suspects.send_replace([target].into());
    };
    let (samples, ()) = tokio::join!(run_for(setup, 2 * HOUR + 5 * MINUTE), suspect);
    let begun = UnixMs(12 * 3_600_000).plus(HOUR);
    let quarter = |number: u32| {
        let (from, until) =
            (begun.plus(15 * MINUTE * number), begun.plus(15 * MINUTE * (number + 1)));
        samples.iter().filter(|sample| sample.at >= from && sample.at < until).count()
    };
    let quarters = [0, 1, 2, 3].map(quarter);
    assert!(quarters[0] >= 10, "closely at first: {quarters:?}");
    assert!(quarters.iter().all(|count| *count >= 2), "and never blind: {quarters:?}");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_others_suspect_is_probed_closely_at_once() {
    let vendor = Vendor::start(Answers::tokens(50, &[50, 10])).await;
    let suspects = watch::Sender::new(BTreeSet::new());
    let setup = ProberSetup { suspects: suspects.subscribe(), ..setup(&vendor, &["odd"], MINUTE) };
    let target = setup.subjects[0].target.id.clone();
    let clock = vendor.clock.clone();
    let suspect = async {
        clock.sleep(10 * MINUTE).await;
        suspects.send_replace([target].into());
    };
    let (samples, ()) = tokio::join!(run_for(setup, 20 * MINUTE), suspect);
    let middle = UnixMs(12 * 3_600_000).plus(10 * MINUTE);
    let before = samples.iter().filter(|sample| sample.at < middle).count();
    let after = samples.len() - before;
    assert!((9..=11).contains(&before), "{before} in ten calm minutes");
    assert!((58..=61).contains(&after), "{after} in ten suspicious minutes");
}

#[tokio::test(start_paused = true)]
async fn the_budget_stops_all_targets_of_the_provider_until_midnight_and_says_so() {
    let vendor = Vendor::start(Answers::tokens(50, &[50; 48])).await;
    let plain = setup(&vendor, &["a", "b"], MINUTE);
    // gpt-5: 30 tokens in and 48 out, of an estimate with 64 in.
    let (cost, at_most) = (
        30 * 1_250 + 48 * 10_000,
        at_most(plain.prices.prices(
            &plain.subjects[0].access.provider,
            &plain.subjects[0].target,
            vendor.clock.now(),
        )),
    );
    let setup = ProberSetup { daily_budgets: budget(Nanodollars(4 * cost + at_most.0)), ..plain };
    let prober = Prober::new(setup);
    let budgets = prober.budgets();
    let (sink, mut samples) = mpsc::channel(1_000);
    let (cancel, clock) = (CancellationToken::new(), vendor.clock.clone());
    let midnight = UnixMs(24 * 3_600_000);
    let provider = ProviderId::try_new("p").unwrap();
    let watching = async {
        clock.sleep(11 * HOUR).await;
        let report = budgets.borrow()[&provider];
        let exhausted = Exhausted { resumes_at: midnight };
        assert_eq!(report.exhausted, Some(exhausted));
        assert_eq!(report.spent, Nanodollars(5 * cost), "five probes, counted as they cost");
        clock.sleep(4 * HOUR).await;
        cancel.cancel();
    };
    tokio::join!(prober.run(cancel.clone(), sink), watching);
    let mut starts = Vec::new();
    while let Some(sample) = samples.recv().await {
        starts.push(sample.at);
    }
    let (today, tomorrow): (Vec<_>, Vec<_>) = starts.into_iter().partition(|at| *at < midnight);
    assert_eq!(today.len(), 5, "{today:?}");
    assert!(tomorrow.len() >= 4, "the new day has new money: {tomorrow:?}");
}

#[tokio::test(start_paused = true)]
async fn money_that_would_not_last_is_spread_over_the_day_and_that_is_said() {
    let vendor = Vendor::start(Answers::tokens(50, &[50; 48])).await;
    let plain = setup(&vendor, &["a"], MINUTE);
    let most = at_most(Some(GPT_5));
    let setup = ProberSetup { daily_budgets: budget(Nanodollars(200 * most.0)), ..plain };
    let prober = Prober::new(setup);
    let budgets = prober.budgets();
    let (sink, mut samples) = mpsc::channel(1_000);
    let (cancel, clock) = (CancellationToken::new(), vendor.clock.clone());
    let report = || budgets.borrow()[&ProviderId::try_new("p").unwrap()];
    let until_midnight = async {
        clock.sleep(HOUR).await;
        let report_at_one = report();
        assert!(report_at_one.stretch > 1, "{report_at_one:?}");
        clock.sleep(Duration::from_secs(11 * 3_600 - 60)).await;
        let report = report();
        assert_eq!(report.exhausted, None, "there is money to the end: {report:?}");
        cancel.cancel();
    };
    tokio::join!(prober.run(cancel.clone(), sink), until_midnight);
    let mut count = 0;
    while samples.recv().await.is_some() {
        count += 1;
    }
    assert!((100..=217).contains(&count), "{count} probes instead of 720");
}

#[tokio::test(start_paused = true)]
async fn a_new_days_money_is_used_at_once_and_not_after_a_stretched_slot() {
    let vendor = Vendor::start(Answers::tokens(50, &[50; 48])).await;
    // An hour between probes, and money for so few that they are moved forty hours apart.
    let plain = setup(&vendor, &["a", "b"], HOUR);
    let most = at_most(Some(GPT_5)).0;
    let setup = ProberSetup {
        daily_budgets: budget(Nanodollars(100 * most)),
        spent_today: budget(Nanodollars(100 * most - most / 2)),
        ..plain
    };
    let samples = run_for(setup, 16 * HOUR).await;
    let midnight = UnixMs(24 * 3_600_000);
    assert!(samples.iter().all(|sample| sample.at >= midnight), "there was no money");
    for target in ["a", "b"] {
        let mut starts = samples.iter().filter(|sample| sample.target.as_str() == target);
        let first = starts.next().unwrap().at;
        assert!(first < midnight.plus(2 * HOUR), "{target} waits for its old slot");
    }
}

#[tokio::test(start_paused = true)]
async fn what_another_console_probes_is_not_probed_here() {
    let vendor = Vendor::start(Answers::tokens(50, &[50, 10])).await;
    let elsewhere = watch::Sender::new(BTreeSet::new());
    let setup =
        ProberSetup { elsewhere: elsewhere.subscribe(), ..setup(&vendor, &["a", "b"], MINUTE) };
    let of_a = setup.subjects[0].clone();
    elsewhere.send_replace([(of_a.target.id.clone(), ProbeKind::StreamingCompletion)].into());
    let reachable = ProbeSubject { kind: ProbeKind::Reachability, ..of_a };
    let subjects = setup.subjects.iter().cloned().chain([reachable]).collect();
    let samples = run_for(ProberSetup { subjects, ..setup }, HOUR).await;
    let made = |target: &str, kind| {
        samples.iter().filter(|one| one.target.as_str() == target && one.kind == kind).count()
    };
    assert_eq!(made("a", ProbeKind::StreamingCompletion), 0);
    assert!(made("a", ProbeKind::Reachability) >= 58, "a kind that the other does not make");
    assert!(made("b", ProbeKind::StreamingCompletion) >= 58);
}

#[tokio::test(start_paused = true)]
async fn good_answers_of_what_says_yes_to_all_prove_nothing() {
    let vendor = Vendor::start(Answers::YesToAll).await;
    let samples = run_for(setup(&vendor, &["a"], MINUTE), 10 * MINUTE).await;
    assert!(samples.len() >= 9);
    for sample in &samples {
        assert_eq!((sample.outcome.is_ok(), sample.validity), (true, ProbeValidity::Vacuous));
        assert!(!sample.is_evidence());
    }
}

#[tokio::test(start_paused = true)]
async fn nonsense_is_asked_once_a_day_and_costs_nothing() {
    let vendor = Vendor::start(Answers::tokens(50, &[50, 10])).await;
    let samples = run_for(setup(&vendor, &["a"], HOUR), 48 * HOUR).await;
    assert!(samples.iter().all(|sample| sample.validity == ProbeValidity::Valid));
    assert!((2..=3).contains(&vendor.nonsense.load(Ordering::Relaxed)));
}

#[tokio::test(start_paused = true)]
async fn a_vendor_that_refuses_to_be_told_about_thinking_is_not_told_again() {
    let refusal = r#"{"error":{"message":"Unrecognized request argument supplied: reasoning_effort","type":"invalid_request_error","param":null,"code":null}}"#;
    let vendor = Vendor::start(Answers::RefusesEffort(refusal.into())).await;
    let samples = run_for(setup(&vendor, &["a"], MINUTE), 10 * MINUTE).await;
    assert_eq!(samples[0].validity, ProbeValidity::ProbeInvalid, "{:?}", samples[0]);
    assert!(samples[1..].iter().all(|sample| sample.outcome.is_ok()), "{samples:?}");
}

#[tokio::test(start_paused = true)]
async fn how_to_ask_is_remembered_over_a_start_and_found_out_anew_once_a_day() {
    let refusal = r#"{"error":{"message":"Unrecognized request argument supplied: reasoning_effort","type":"invalid_request_error","param":null,"code":null}}"#;
    let vendor = Vendor::start(Answers::RefusesEffort(refusal.into())).await;
    let plain = setup(&vendor, &["a"], HOUR);
    let key = (plain.subjects[0].target.id.clone(), ProbeKind::StreamingCompletion);
    let known = Manner { caps_thinking: false, ..Manner::default() };
    let setup = ProberSetup { manners: [(key, known)].into(), ..plain };
    let samples = run_for(setup, 50 * HOUR).await;
    let refused = samples.iter().filter(|sample| !sample.outcome.is_ok());
    let refused: Vec<UnixMs> = refused.map(|sample| sample.at).collect();
    assert_eq!(refused.len(), 2, "once a day: {refused:?}");
    assert!(samples[0].outcome.is_ok(), "it was known before");
}

#[tokio::test(start_paused = true)]
async fn sleep_is_a_gap_and_no_failure() {
    let vendor = Vendor::start(Answers::tokens(50, &[50, 10])).await;
    let wall = UnixMs(20_000 * 24 * 3_600_000);
    let clock = Clock::beside(wall, asleep_after_ten_minutes);
    let setup = ProberSetup {
        client: changeover_llm::LlmClient::new(
            changeover_http::wire::WireClient::new("test").unwrap(),
            clock.clone(),
        ),
        clock: clock.clone(),
        ..setup(&vendor, &["a", "b"], MINUTE)
    };
    let samples = run_for(setup, 20 * MINUTE).await;
    let woke = wall.plus(10 * MINUTE).plus(8 * HOUR);
    assert!(samples.iter().all(|sample| sample.outcome.is_ok() && sample.lateness_ms < 100));
    let (before, after): (Vec<_>, Vec<_>) = samples.iter().partition(|sample| sample.at < woke);
    assert!((18..=22).contains(&before.len()), "{} before the sleep", before.len());
    assert!((16..=22).contains(&after.len()), "{} after it: none is made up for", after.len());
    assert!(before.iter().all(|sample| sample.at <= wall.plus(10 * MINUTE)), "none in the sleep");
}

/// The wall's clock as it shows when the machine slept for eight hours.
fn asleep_after_ten_minutes(reckoned: UnixMs) -> UnixMs {
    let begun = UnixMs(20_000 * 24 * 3_600_000).plus(10 * MINUTE);
    if reckoned >= begun && reckoned < begun.plus(8 * HOUR) {
        reckoned.plus(8 * HOUR)
    } else {
        reckoned
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_does_not_use_up_the_money_needed_to_see_its_end() {
    let vendor = Vendor::start(Answers::Never).await;
    let plain = setup(&vendor, &["down"], MINUTE);
    let setup = ProberSetup { daily_budgets: budget(Nanodollars(10 * at_most(None).0)), ..plain };
    let samples = run_for(setup, 2 * HOUR).await;
    assert!(samples.len() > 200, "{} probes in two hours", samples.len());
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_does_not_take_samples_costs_slots_and_no_good_figure() {
    let vendor = Vendor::start(Answers::tokens(50, &[50, 10])).await;
    let prober = Prober::new(setup(&vendor, &["a"], MINUTE));
    let (sink, mut samples) = mpsc::channel(1);
    let (cancel, clock) = (CancellationToken::new(), vendor.clock.clone());
    let sleepy = async {
        clock.sleep(5 * HOUR).await;
        let mut taken = Vec::new();
        while taken.len() < 30 {
            taken.push(samples.recv().await.unwrap());
        }
        cancel.cancel();
        taken
    };
    let ((), taken) = tokio::join!(prober.run(cancel.clone(), sink), sleepy);
    assert!(taken.iter().all(|sample| sample.outcome.is_ok()));
    assert!(
        taken.iter().all(|sample| sample.phases.total_ms < 200),
        "waiting for the receiver is not measured"
    );
    let woke = UnixMs(12 * 3_600_000).plus(5 * HOUR);
    let old = taken.iter().filter(|sample| sample.at < woke).count();
    assert!(old <= 10, "what could not be handed over is a gap, not a queue of {old}");
    assert!(taken.len() - old >= 20, "and probing goes on afterwards");
}

#[tokio::test(start_paused = true)]
async fn it_ends_when_nobody_takes_samples_and_when_it_is_dropped() {
    let vendor = Vendor::start(Answers::tokens(50, &[50, 10])).await;
    let (sink, samples) = mpsc::channel(10);
    drop(samples);
    let prober = Prober::new(setup(&vendor, &["a", "b"], MINUTE));
    let ended = vendor.clock.timeout(HOUR, prober.run(CancellationToken::new(), sink));
    assert!(ended.await.is_ok(), "nobody listens: it ends by itself");

    let asked_before = vendor.asked.lock().unwrap().len();
    let (sink, _samples) = mpsc::channel(10);
    let prober = Prober::new(setup(&vendor, &["a", "b"], MINUTE));
    let run = prober.run(CancellationToken::new(), sink);
    let cut = vendor.clock.timeout(Duration::from_millis(1), run).await;
    assert!(cut.is_err(), "it was dropped while it ran");
    vendor.clock.sleep(HOUR).await;
    assert_eq!(vendor.asked.lock().unwrap().len(), asked_before, "a dropped prober asks nobody");
}
