//! `cargo xtask bench`: brings what a benchmark needs, builds in release, runs it.
//!
//! What is measured and how is the `changeover-bench` package's business.

mod peers;

use std::process::Command;

use crate::Outcome;
use crate::command;
use crate::setup::{self, Purpose};
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// The gateway's data side beside nginx and the bare upstream
    Gateway {
        /// Two short rounds: shows that everything works, and little more
        #[arg(long)]
        quick: bool,
    },
    /// The reader of status pages beside feed-rs, and what it refuses
    Status,
    /// The prober beside prometheus-blackbox-exporter, and the verdict over 200 targets
    Probe {
        /// Fewer targets for a shorter time: shows that everything works, and little more
        #[arg(long)]
        quick: bool,
    },
    /// Every scripted case at every simulated vendor: the verdict within a minute, none confidently wrong
    Cases {
        /// Only this one, as the bench names it: `round 3`
        #[arg(long)]
        round: Option<String>,
    },
    /// A thousand calm hours of seven targets: how often noise alone changes a verdict, beside the stated rate
    Calm,
}

/// Simulated and judged every second; the ordinary suite watches some hours of it.
fn calm(workspace: &Workspace) -> Outcome {
    let simulated = ["test", "--release", "--package=changeover-policy", "--test=judging", "--"];
    command::run(workspace.cargo(&simulated).args(["--ignored", "--nocapture", "a_thousand_calm"]))
}

/// The journeys play half of the pairs each time; here all are, and the table is printed.
fn cases(workspace: &Workspace, round: Option<&str>) -> Outcome {
    const ALL: &str = "each_case_gets_its_verdict_within_a_minute_at_every_vendor";
    let played = ["test", "--package=changeover-journeys", "--test=verdict_cases", "--"];
    let shown = ["--ignored", "--exact", ALL, "--nocapture"];
    let mut play = workspace.cargo(&played);
    play.args(shown);
    if let Some(round) = round {
        play.env("CASES_ROUND", round);
    }
    command::run(&mut play)
}

fn status(workspace: &Workspace) -> Outcome {
    command::run(&mut workspace.cargo(&["build", "--release", "--package=changeover-bench"]))?;
    command::run(Command::new(workspace.built_for_release("changeover-bench")).arg("status"))
}

/// Sets up, builds and measures.
///
/// # Errors
/// With the first step that fails.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Outcome {
    match &options.what {
        What::Gateway { quick } => gateway(workspace, *quick),
        What::Status => status(workspace),
        What::Probe { quick } => probe(workspace, *quick),
        What::Cases { round } => cases(workspace, round.as_deref()),
        What::Calm => calm(workspace),
    }
}

fn gateway(workspace: &Workspace, quick: bool) -> Outcome {
    setup::ensure(Purpose::Bench)?;
    let peers = peers::ensure(workspace)?;
    command::run(&mut workspace.cargo(&[
        "build",
        "--release",
        "--package=changeover-gateway",
        "--package=changeover-bench",
    ]))?;
    // Two sockets for each stream of the crowd: more files than a shell usually allows.
    let mut bench = Command::new("sh");
    bench
        .args(["-c", r#"ulimit -n "$(ulimit -H -n)"; exec "$0" "$@""#])
        .arg(workspace.built_for_release("changeover-bench"))
        .arg("gateway")
        .arg("--gateway")
        .arg(workspace.built_for_release("changeover-gateway"))
        .arg("--nginx")
        .arg(peers.nginx)
        .arg("--wrk")
        .arg(peers.wrk)
        .arg("--work")
        .arg(workspace.target().join("bench").join("run"));
    if quick {
        bench.arg("--quick");
    }
    command::run(&mut bench)
}

fn probe(workspace: &Workspace, quick: bool) -> Outcome {
    let blackbox = peers::blackbox(workspace)?;
    command::run(&mut workspace.cargo(&["build", "--release", "--package=changeover-bench"]))?;
    // A socket for each probe under way, and those that linger.
    let mut bench = Command::new("sh");
    bench
        .args(["-c", r#"ulimit -n "$(ulimit -H -n)"; exec "$0" "$@""#])
        .arg(workspace.built_for_release("changeover-bench"))
        .args(["probe", "--blackbox"])
        .arg(blackbox)
        .arg("--work")
        .arg(workspace.target().join("bench").join("run"));
    if quick {
        bench.arg("--quick");
    }
    command::run(&mut bench)?;
    let example = ["run", "--release", "--package=changeover-policy", "--example=verdict_speed"];
    command::run(&mut workspace.cargo(&example))
}
