//! `changeover-gateway --config FILE`: the reference gateway as a program.
//!
//! Prints one JSON line when it serves, logs to standard error, stops gracefully on SIGTERM and
//! on Ctrl-C. A configuration that does not fit is one sentence on standard error and exit 1.

use std::path::PathBuf;
use std::process::ExitCode;

use changeover_clock::Clock;
use changeover_gateway::{Gateway, GatewayError, config};
use clap::Parser;
use tracing_subscriber::EnvFilter;

/// The reference gateway of Changeover.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The configuration; assets/gateway.toml explains it.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(Arguments::parse()).await {
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

async fn run(arguments: Arguments) -> Result<(), GatewayError> {
    let settings = config::read(&arguments.config)?;
    let id = settings.id.clone();
    let gateway = Gateway::start(settings, Clock::system()).await?;
    let ready = serde_json::json!({
        "id": id,
        "url": gateway.base_url(),
        "admin_url": gateway.admin_url(),
    });
    #[expect(clippy::print_stdout, reason = "whoever started it waits for this line")]
    {
        println!("{ready}");
    }
    stop_asked_for().await;
    gateway.shutdown().await;
    Ok(())
}

/// Resolves when somebody wants the gateway to stop.
async fn stop_asked_for() {
    let interrupted = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "Ctrl-C cannot be listened for");
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = interrupted => {}
        () = terminated() => {}
    }
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be listened for");
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending::<()>().await;
}
