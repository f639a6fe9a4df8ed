//! `changeover-gateway --config FILE`: the reference gateway as a program.
//!
//! Serves with as many threads as there are processors, or with `--workers N`; with one, nothing is
//! ever handed from thread to thread, which is the cheapest per request.
//!
//! Prints one JSON line when it serves, logs to standard error, reads its configuration again on
//! SIGHUP, stops gracefully on SIGTERM and on Ctrl-C. A configuration that does not fit is one
//! sentence on standard error and exit 1; `--check` only looks at it.

mod signals;

use std::io;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use changeover_clock::Clock;
use changeover_domain::RouteId;
use changeover_gateway::{Gateway, GatewayError, GatewaySettings, config};
use clap::Parser;
use signals::{Signals, Told};
use tokio::runtime::{Builder, Runtime};

/// A request is made of many small pieces of memory: with the system's allocator all of it takes a
/// fifth longer.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The reference gateway of Changeover.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The configuration; assets/gateway.toml explains it.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Read and check the configuration, say what it amounts to, and do nothing else.
    #[arg(long)]
    check: bool,
    /// Lift this route's override at the start, though an operator set it: where it holds what the
    /// configuration no longer has. Told in the record of changes; may be given several times.
    #[arg(long, value_name = "ROUTE")]
    drop_override: Vec<RouteId>,
    /// How many threads serve; as many as there are processors, if it is left out.
    #[arg(long, value_name = "N", env = "CHANGEOVER_WORKERS")]
    workers: Option<NonZeroUsize>,
}

/// Why the program fails.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("the threads that serve cannot be started")]
    Threads(#[source] io::Error),
    #[error("the system's signals cannot be listened for")]
    Signals(#[source] io::Error),
    #[error(transparent)]
    Gateway(#[from] GatewayError),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = if arguments.check { check(&arguments) } else { serve(&arguments) };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let sentence = changeover_http::error_chain(&error);
            #[expect(clippy::print_stderr, reason = "the sentence for whoever started it")]
            {
                eprintln!("{sentence}");
            }
            ExitCode::FAILURE
        }
    }
}

fn check(arguments: &Arguments) -> Result<(), Failed> {
    let settings = settings(arguments)?;
    say(&Gateway::check(&settings, changeover_clock::system_now())?);
    Ok(())
}

fn settings(arguments: &Arguments) -> Result<GatewaySettings, GatewayError> {
    let drop_overrides = arguments.drop_override.clone();
    Ok(GatewaySettings { drop_overrides, ..config::read(&arguments.config)? })
}

fn serve(arguments: &Arguments) -> Result<(), Failed> {
    let runtime = runtime(arguments.workers).map_err(Failed::Threads)?;
    runtime.block_on(run(arguments))
}

fn runtime(workers: Option<NonZeroUsize>) -> io::Result<Runtime> {
    let mut builder = match workers.map(NonZeroUsize::get) {
        Some(1) => Builder::new_current_thread(),
        Some(workers) => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(workers);
            builder
        }
        None => Builder::new_multi_thread(),
    };
    builder.enable_all().build()
}

async fn run(arguments: &Arguments) -> Result<(), Failed> {
    let settings = settings(arguments)?;
    let mut signals = Signals::listen().map_err(Failed::Signals)?;
    let log = changeover_gateway::subscriber(settings.log.format, std::io::stderr);
    // Nobody else is here to have set one.
    tracing::subscriber::set_global_default(log).ok();
    let id = settings.id.clone();
    let gateway = Gateway::start(settings, Clock::system()).await?;
    say(&serde_json::json!({
        "id": id,
        "url": gateway.base_url(),
        "admin_url": gateway.admin_url(),
    }));
    while signals.next().await == Told::Reload {
        // A refusal has been logged, and the gateway serves on as before.
        gateway.reload_from_file().await.ok();
    }
    gateway.shutdown().await;
    Ok(())
}

/// A line for whoever started the program.
fn say(line: &impl std::fmt::Display) {
    #[expect(clippy::print_stdout, reason = "whoever started it waits for this line")]
    {
        println!("{line}");
    }
}
