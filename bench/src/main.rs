//! `changeover-bench`: measures the gateway, the prober and the reader of status pages beside their
//! peers, on the loopback of one machine.
//!
//! `cargo xtask bench` builds it, brings what it needs and runs it. Not for deciding whether
//! a change may land: the machine's other work moves every absolute figure. The rule it keeps: peers
//! take turns within one run, against the same upstream and under the same load, and only ratios
//! within a run are judged.

#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark measures the system's time, and its tasks end with its process"
)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "these figures are for a person at a terminal"
)]

mod error;
mod figures;
mod load;
mod peer;
mod probe;
mod process;
mod report;
mod rounds;
mod samples;
mod status;
mod upstream;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::error::BenchError;
use crate::rounds::Length;

#[derive(Debug, Parser)]
struct CommandLine {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Measure the gateway beside nginx and the bare upstream
    Gateway(Programs),
    /// Measure the reader of status pages beside feed-rs
    Status,
    /// Ask for one document, and say how it was refused
    StatusRefuse { url: String },
    /// Measure the prober beside prometheus-blackbox-exporter
    Probe(probe::Programs),
    /// Be the prober, for a while
    Prober(probe::ProberTask),
    /// Be the vendor that is probed
    ProbeVendor,
    /// Be the upstream: an OpenAI-compatible server that answers at once
    Upstream,
}

/// What is measured and what it is measured with.
#[derive(Debug, clap::Args)]
pub(crate) struct Programs {
    /// The gateway's release build
    #[arg(long)]
    gateway: PathBuf,
    #[arg(long)]
    nginx: PathBuf,
    #[arg(long)]
    wrk: PathBuf,
    /// A folder for configurations and state; emptied first
    #[arg(long)]
    work: PathBuf,
    /// Two short rounds: shows that everything works, and little more
    #[arg(long)]
    quick: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match perform(CommandLine::parse().task).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn perform(task: Task) -> Result<(), BenchError> {
    match task {
        Task::Upstream => upstream::serve().await,
        Task::Status => {
            let measured = status::measure().await?;
            print!("{}", measured.text);
            measured.verdict()
        }
        Task::StatusRefuse { url } => {
            println!("{}", status::refuse(&url).await?);
            Ok(())
        }
        Task::Gateway(programs) => {
            let length = if programs.quick { Length::QUICK } else { Length::USUAL };
            let measured = rounds::measure(&programs, length).await?;
            print!("{}", report::table(&measured));
            Ok(())
        }
        Task::Probe(programs) => probe::measure(programs).await,
        Task::Prober(task) => Box::pin(probe::run(task)).await,
        Task::ProbeVendor => probe::serve().await,
    }
}
