//! How long the judgement of 200 targets takes, inputs included: half of them well, half failing in
//! several ways, all busy. Run it in release.

use std::collections::BTreeMap;
use std::process::ExitCode;

use changeover_domain::{FailureClass, IdError, Outcome, ProviderId, Slo, TargetId, UnixMs};
use changeover_policy::verdict::{
    Answers, TargetIdentity, TargetRecord, Thresholds, Timing, judge_all,
};
use changeover_policy::witness::WitnessReading;

const TARGETS: i64 = 200;
const ROUNDS: usize = 400;
const START: UnixMs = UnixMs(1_780_000_000_000);

fn record(number: i64) -> Result<TargetRecord, IdError> {
    let mut record = TargetRecord::new(TargetIdentity {
        target: TargetId::try_new(format!("target-{number}"))?,
        provider: ProviderId::try_new(format!("provider-{}", number % 10))?,
        model: format!("model-{}", number / 2),
        region: Some(format!("region-{}", number % 3)),
        slo: Slo::default(),
    });
    let classes = [FailureClass::ServerError, FailureClass::Overloaded, FailureClass::RateLimited];
    let timing = Timing { first_tokens: 5, slow_first_tokens: 0, totals: 5, slow_totals: 0 };
    for second in 0..600 {
        let at = START.plus_millis(second * 1_000);
        let of = |outcome, count, timing| Answers { at, outcome, whose: None, count, timing };
        let mut report = vec![of(Outcome::Ok, 5, timing)];
        let failing = classes.iter().filter(|_| number % 2 == 0);
        report.extend(failing.map(|class| of(Outcome::Failed(*class), 2, Timing::default())));
        record.traffic(&report);
    }
    Ok(record)
}

#[expect(clippy::print_stdout, reason = "figures for people")]
#[expect(clippy::disallowed_methods, reason = "it measures the machine's own time")]
fn main() -> ExitCode {
    let records: Result<Vec<TargetRecord>, IdError> = (0..TARGETS).map(record).collect();
    let Ok(records) = records else { return ExitCode::FAILURE };
    let (thresholds, now) = (Thresholds::default(), START.plus_millis(600_000));
    let mut before = BTreeMap::new();
    let mut took = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let started = std::time::Instant::now();
        let inputs = records.iter().map(|record| record.inputs(&thresholds, now)).collect();
        let gathered = started.elapsed();
        let judged = judge_all(inputs, &WitnessReading::default(), &before, &thresholds, now);
        took.push((started.elapsed(), gathered));
        before = judged
            .into_iter()
            .map(|judged| (judged.verdict.target.clone(), judged.verdict))
            .collect();
    }
    took.sort();
    let at = |percent: usize| took.get(took.len() * percent / 100).copied().unwrap_or_default();
    for (name, percent) in [("least", 0), ("quarter", 25), ("median", 50), ("p95", 95)] {
        let (whole, gathered) = at(percent);
        println!("{TARGETS} targets, {name}: {whole:.1?}, of which gathering {gathered:.1?}");
    }
    ExitCode::SUCCESS
}
