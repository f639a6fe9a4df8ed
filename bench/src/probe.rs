//! The prober beside prometheus-blackbox-exporter, against one local server.
//!
//! Prober and exporter have one core, and take turns on it; the server has another where there is
//! one. The rule it keeps: both make one connection for each probe to the same server, processors'
//! time is what `/proc` counted for their processes within the same run, and what others took of the
//! core meanwhile is told with each figure.

mod blackbox;
mod prober;
mod report;
mod vendor;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::available_parallelism;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::error::BenchError;
use blackbox::Cost;
pub(crate) use prober::{ProberTask, run};
pub(crate) use vendor::serve;

/// What is asked for: so many targets, each so often.
const TARGETS: u32 = 10_000;
const INTERVAL_S: u32 = 5;
/// The core of what is measured; the server has the next one, where there is one.
const MEASURED_CORE: usize = 0;

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
struct Run {
    /// As many as the schedule has slots in the time.
    planned: u64,
    made: u64,
    failed: u64,
    lateness_p50_ms: u32,
    lateness_p99_ms: u32,
    lateness_max_ms: u32,
    total_p50_ms: u32,
    cpu_us_per_probe: f64,
    /// What the process has in memory beyond what it had before it knew its targets, with the probes
    /// under way and all that a single target needs as well: the list of prices above all.
    grown_bytes: u64,
    others_percent: u32,
}

/// All that was measured.
#[derive(Debug)]
struct Measured {
    targets: u32,
    seconds: u32,
    lone: Run,
    streaming: Run,
    reaching: Run,
    exporter: Cost,
}

/// Measures and prints; says which of the figures asked for do not hold.
pub(crate) async fn measure(programs: Programs) -> Result<(), BenchError> {
    let (targets, seconds) = if programs.quick { (500, 10) } else { (TARGETS, 60) };
    let (mut server, port) = start_server().await?;
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load of the machine before: {}", load.trim());
    let lone = run_prober(port, 1, "streaming_completion", seconds.min(30)).await?;
    let streaming = run_prober(port, targets, "streaming_completion", seconds).await?;
    let exporter =
        blackbox::measure(&programs.blackbox, &programs.work, port, programs.quick).await?;
    let reaching = run_prober(port, targets, "reachability", seconds).await?;
    server.kill().await.ok();
    print!("{}", Measured { targets, seconds, lone, streaming, reaching, exporter });
    Ok(())
}

/// A program that runs on one core only.
fn on_core(core: usize, program: &Path) -> Command {
    let cores = available_parallelism().map_or(1, std::num::NonZero::get);
    let mut command = Command::new("taskset");
    command.arg("--cpu-list").arg((core % cores).to_string()).arg(program);
    command.kill_on_drop(true);
    command
}

/// This program, again.
fn this_program(core: usize) -> Result<Command, BenchError> {
    let not_found = |source| BenchError::NotStarted { program: "changeover-bench", source };
    Ok(on_core(core, &std::env::current_exe().map_err(not_found)?))
}

async fn start_server() -> Result<(Child, u16), BenchError> {
    let mut server = this_program(MEASURED_CORE + 1)?
        .arg("probe-vendor")
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|source| BenchError::NotStarted { program: "the server", source })?;
    let silent = || BenchError::NotServing { program: "the server" };
    let mut lines = BufReader::new(server.stdout.take().ok_or_else(silent)?).lines();
    let line = lines.next_line().await.ok().flatten().ok_or_else(silent)?;
    Ok((server, line.trim().parse().map_err(|_| silent())?))
}

async fn run_prober(port: u16, targets: u32, kind: &str, seconds: u32) -> Result<Run, BenchError> {
    let failed = || BenchError::NotServing { program: "the prober" };
    let mut prober = this_program(MEASURED_CORE)?
        .arg("prober")
        .args(["--port", &port.to_string(), "--targets", &targets.to_string()])
        .args(["--kind", kind, "--seconds", &seconds.to_string()])
        .args(["--interval-s", &if targets == 1 { 1 } else { INTERVAL_S }.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|source| BenchError::NotStarted { program: "the prober", source })?;
    let mut text = String::new();
    let mut out = prober.stdout.take().ok_or_else(failed)?;
    out.read_to_string(&mut text).await.map_err(|_| failed())?;
    let run: Run = serde_json::from_str(text.trim()).map_err(|_| failed())?;
    if run.failed * 100 > run.made {
        return Err(BenchError::Failed { path: "probes", failed: run.failed, asked: run.made });
    }
    Ok(run)
}
