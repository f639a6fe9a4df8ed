//! The prober's own process: makes probes for a while and prints what they were like.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use changeover_clock::Clock;
use changeover_config::{DayZone, ProviderAccess};
use changeover_cost::PriceBook;
use changeover_domain::{
    Capabilities, Nanodollars, ProbeKind, ProbeSample, Provider, ProviderId, ProviderKind, Slo,
    Target, TargetId,
};
use changeover_http::ClientTls;
use changeover_http::wire::WireClient;
use changeover_llm::LlmClient;
use changeover_probe::{ProbeSubject, Prober, ProberSetup};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::{MEASURED_CORE, Run};
use crate::error::BenchError;
use crate::process::{Usage, Used, resident_bytes};

/// Addresses of the loopback over which targets are spread.
const ADDRESSES: u32 = 50;
/// Until the start has settled: the first probes, the first look whether somebody says yes to all.
const WARM_UP: Duration = Duration::from_secs(10);

/// How to probe.
#[derive(Debug, clap::Args)]
pub(crate) struct ProberTask {
    #[arg(long)]
    port: u16,
    #[arg(long)]
    targets: u32,
    #[arg(long)]
    kind: String,
    #[arg(long)]
    interval_s: u32,
    #[arg(long)]
    seconds: u32,
}

/// Of a sample: how late it began, how long it took, whether it succeeded.
type Seen = (u32, u32, bool);

/// Probes, and prints one line of JSON.
pub(crate) async fn run(task: ProberTask) -> Result<(), BenchError> {
    let pid = std::process::id();
    let clock = Clock::system();
    let unfit = || BenchError::NotServing { program: "the prober" };
    let http = WireClient::new("bench").map_err(|_| unfit())?;
    let client = LlmClient::new(http, clock.clone());
    let bare = resident_bytes(pid)?;
    let prober = Prober::new(setup(&task, client, &clock).ok_or_else(unfit)?);
    let (sink, mut samples) = mpsc::channel(1_024);
    let cancel = CancellationToken::new();
    let running = tokio::spawn(prober.run(cancel.clone(), sink));
    let mut seen = Vec::new();
    gather(&mut samples, WARM_UP, &mut seen).await;
    seen.clear();
    let grown = resident_bytes(pid)?.saturating_sub(bare);
    let usage = Usage::begin(pid, MEASURED_CORE)?;
    gather(&mut samples, Duration::from_secs(task.seconds.into()), &mut seen).await;
    let used = usage.end()?;
    cancel.cancel();
    drop(samples);
    running.await.ok();
    let report = report(&task, &seen, used, grown);
    println!("{}", serde_json::to_string(&report).map_err(|_| unfit())?);
    Ok(())
}

async fn gather(samples: &mut mpsc::Receiver<ProbeSample>, time: Duration, seen: &mut Vec<Seen>) {
    let end = tokio::time::sleep(time);
    tokio::pin!(end);
    loop {
        tokio::select! {
            () = &mut end => return,
            sample = samples.recv() => match sample {
                Some(sample) => {
                    let ok = sample.outcome.is_ok();
                    seen.push((sample.lateness_ms, sample.phases.total_ms, ok));
                }
                None => return,
            },
        }
    }
}

fn report(task: &ProberTask, seen: &[Seen], used: Used, grown: u64) -> Run {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let lateness: Vec<u32> = seen.iter().map(|(late, _, _)| *late).collect();
    let totals: Vec<u32> = seen.iter().map(|(_, total, _)| *total).collect();
    let each = u32::try_from(seen.len().max(1)).unwrap_or(u32::MAX);
    Run {
        planned: u64::from(task.targets) * u64::from(task.seconds / task.interval_s.max(1)),
        made: count(seen.len()),
        failed: count(seen.iter().filter(|(_, _, ok)| !ok).count()),
        lateness_p50_ms: percentile(&lateness, 50),
        lateness_p99_ms: percentile(&lateness, 99),
        lateness_max_ms: percentile(&lateness, 100),
        total_p50_ms: percentile(&totals, 50),
        cpu_us_per_probe: used.cpu.as_secs_f64() * 1e6 / f64::from(each),
        grown_bytes: grown,
        others_percent: used.others_percent,
    }
}

fn percentile(values: &[u32], percent: usize) -> u32 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
    sorted.get(at).copied().unwrap_or_default()
}

fn setup(task: &ProberTask, client: LlmClient, clock: &Clock) -> Option<ProberSetup> {
    let kind = ProbeKind::ALL.into_iter().find(|kind| kind.as_str() == task.kind)?;
    let accesses: Vec<Arc<ProviderAccess>> = (0..ADDRESSES.min(task.targets))
        .map(|number| access(number, task.port))
        .collect::<Option<_>>()?;
    let subject = |number: u32| {
        let of = usize::try_from(number % ADDRESSES).ok()?;
        let access = Arc::clone(accesses.get(of)?);
        let target = Target {
            id: TargetId::try_new(format!("target-{number}")).ok()?,
            provider: access.provider.id.clone(),
            model: format!("model-{number}"),
            region: None,
            capabilities: Capabilities::default(),
            slo: Slo::default(),
        };
        let interval = Duration::from_secs(task.interval_s.into());
        Some(ProbeSubject { access, target: Arc::new(target), kind, interval })
    };
    let budget = Nanodollars(i64::MAX / 4);
    let budgets = accesses.iter().map(|access| (access.provider.id.clone(), budget));
    Some(ProberSetup {
        client,
        clock: clock.clone(),
        prices: PriceBook::default(),
        subjects: (0..task.targets).map(subject).collect::<Option<_>>()?,
        daily_budgets: budgets.collect(),
        day_zone: DayZone::default(),
        spent_today: BTreeMap::new(),
        manners: BTreeMap::new(),
        seed: 1,
        suspects: watch::Sender::new(BTreeSet::new()).subscribe(),
        elsewhere: watch::Sender::new(BTreeSet::new()).subscribe(),
    })
}

fn access(number: u32, port: u16) -> Option<Arc<ProviderAccess>> {
    let provider = Provider {
        id: ProviderId::try_new(format!("provider-{number}")).ok()?,
        name: format!("Provider {number}"),
        kind: ProviderKind::OpenaiCompatible,
        base_url: format!("http://127.0.0.{}:{port}", number + 1),
    };
    Some(Arc::new(ProviderAccess { provider, key: None, tls: ClientTls::default() }))
}
