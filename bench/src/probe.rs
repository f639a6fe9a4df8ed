//! The prober beside prometheus-blackbox-exporter, against one local server.
//!
//! The prober runs in a process with one thread, so that it has one core; server and exporter have
//! processes of their own. The rule it keeps: both make one connection for each probe to the same
//! server, and processors' time is what `/proc` counted for their processes within the same run.

mod blackbox;
mod prober;
mod vendor;

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::error::BenchError;
use crate::process::cpu_time;
pub(crate) use prober::{ProberTask, run};
pub(crate) use vendor::serve;

/// What is asked for.
const TARGETS: u32 = 10_000;
const INTERVAL_S: u32 = 5;
const MOST_LATE_MS: u32 = 5;
const MOST_BYTES: u64 = 1_000;
const MOST_P50_RATIO: f64 = 1.1;
const MOST_CPU_RATIO: f64 = 1.0 / 3.0;

/// What is measured and what it is measured with.
#[derive(Debug, clap::Args)]
pub(crate) struct Programs {
    #[arg(long)]
    blackbox: PathBuf,
    /// A folder for configurations
    #[arg(long)]
    work: PathBuf,
    /// A short run with fewer targets: shows that everything works, and little more
    #[arg(long)]
    quick: bool,
}

/// One run of the prober, as its process reports it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Run {
    pub(crate) probes: u64,
    pub(crate) failed: u64,
    pub(crate) lateness_p50_ms: u32,
    pub(crate) lateness_p99_ms: u32,
    pub(crate) total_p50_ms: u32,
    pub(crate) cpu_us_per_probe: f64,
    pub(crate) state_bytes_per_target: u64,
}

/// Measures and prints; says which of the figures asked for do not hold.
pub(crate) async fn measure(programs: Programs) -> Result<(), BenchError> {
    let (targets, seconds) = if programs.quick { (500, 15) } else { (TARGETS, 60) };
    let (mut server, port) = start_server().await?;
    println!(
        "{targets} targets every {INTERVAL_S} s for {seconds} s on one core, one connection each;"
    );
    println!("the server answers after {} ms.", vendor::DELAY.as_millis());
    let lone = run_prober(port, 1, "streaming_completion", 30.min(seconds)).await?;
    let streaming = run_prober(port, targets, "streaming_completion", seconds).await?;
    let reaching = run_prober(port, targets, "reachability", seconds).await?;
    let exporter =
        blackbox::measure(&programs.blackbox, &programs.work, port, programs.quick).await?;
    server.kill().await.ok();
    report(&lone, &streaming, &reaching, exporter);
    Ok(())
}

fn report(lone: &Run, streaming: &Run, reaching: &Run, exporter: blackbox::Cost) {
    for (name, run) in [("lone", lone), ("streamed", streaming), ("reaching", reaching)] {
        println!(
            "{name:>9}: {} probes, {} failed, late p50 {} p99 {} ms, total p50 {} ms, {:.0} µs of a \
             processor each, {} bytes of state per target",
            run.probes,
            run.failed,
            run.lateness_p50_ms,
            run.lateness_p99_ms,
            run.total_p50_ms,
            run.cpu_us_per_probe,
            run.state_bytes_per_target
        );
    }
    println!(
        " exporter: {} probes, {:.0} µs of a processor each",
        exporter.probes, exporter.cpu_us
    );
    let p50 = f64::from(streaming.total_p50_ms) / f64::from(lone.total_p50_ms.max(1));
    let reach_ratio = reaching.cpu_us_per_probe / exporter.cpu_us;
    let stream_ratio = streaming.cpu_us_per_probe / exporter.cpu_us;
    judged(
        "lateness p99",
        streaming.lateness_p99_ms <= MOST_LATE_MS,
        &format!("{} ms of {MOST_LATE_MS}", streaming.lateness_p99_ms),
    );
    judged(
        "state per target",
        streaming.state_bytes_per_target <= MOST_BYTES,
        &format!("{} bytes of {MOST_BYTES}", streaming.state_bytes_per_target),
    );
    judged(
        "p50 beside a lone probe's",
        p50 <= MOST_P50_RATIO,
        &format!("{p50:.2} of {MOST_P50_RATIO}"),
    );
    judged(
        "cpu per probe, HTTP only, beside the exporter's",
        reach_ratio <= MOST_CPU_RATIO,
        &format!("{reach_ratio:.2} of {MOST_CPU_RATIO:.2}"),
    );
    println!("          a streamed completion, which the exporter cannot make: {stream_ratio:.2}");
}

fn judged(what: &str, holds: bool, figure: &str) {
    println!("{} {what}: {figure}", if holds { "  holds " } else { "  FAILS " });
}

/// This program, again.
fn this_program() -> Result<Command, BenchError> {
    let not_found = |source| BenchError::NotStarted { program: "changeover-bench", source };
    Ok(Command::new(std::env::current_exe().map_err(not_found)?))
}

async fn start_server() -> Result<(Child, u16), BenchError> {
    let mut server = this_program()?
        .arg("probe-vendor")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| BenchError::NotStarted { program: "the server", source })?;
    let silent = || BenchError::NotServing { program: "the server" };
    let mut lines = BufReader::new(server.stdout.take().ok_or_else(silent)?).lines();
    let line = lines.next_line().await.ok().flatten().ok_or_else(silent)?;
    Ok((server, line.trim().parse().map_err(|_| silent())?))
}

async fn run_prober(port: u16, targets: u32, kind: &str, seconds: u32) -> Result<Run, BenchError> {
    let failed = || BenchError::NotServing { program: "the prober" };
    let mut prober = this_program()?
        .arg("prober")
        .args(["--port", &port.to_string(), "--targets", &targets.to_string()])
        .args(["--kind", kind, "--seconds", &seconds.to_string()])
        .args(["--interval-s", &if targets == 1 { 1 } else { INTERVAL_S }.to_string()])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|source| BenchError::NotStarted { program: "the prober", source })?;
    let mut text = String::new();
    let mut out = prober.stdout.take().ok_or_else(failed)?;
    out.read_to_string(&mut text).await.map_err(|_| failed())?;
    let run: Run = serde_json::from_str(text.trim()).map_err(|_| failed())?;
    if run.failed * 100 > run.probes {
        return Err(BenchError::Failed { path: "probes", failed: run.failed, asked: run.probes });
    }
    Ok(run)
}

/// The processors' time that a process used while something was done.
async fn cpu_while<T>(
    pid: u32,
    work: impl Future<Output = Result<T, BenchError>>,
) -> Result<(T, Duration), BenchError> {
    let before = cpu_time(pid)?;
    let done = work.await?;
    Ok((done, cpu_time(pid)?.saturating_sub(before)))
}
