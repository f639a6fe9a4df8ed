//! The command line, as `--help` shows it.

use std::net::SocketAddr;
use std::path::PathBuf;

use changeover_api::{EngineOptions, World};
use clap::{Args, Parser};

/// Changeover without a window.
#[derive(Debug, Parser)]
#[command(name = "changeover-headless", version)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) subcommand: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Subcommand {
    /// Serves the contract and the screens on this machine until it is told to stop.
    Serve(Serve),
    /// Carries out one command and prints its answer as JSON.
    Call(Call),
}

/// What is watched, and where it is kept.
#[derive(Debug, Args)]
pub(crate) struct Where {
    /// Watches what this file says; without it the sandbox is watched.
    #[arg(long, value_name = "FILE", conflicts_with = "sandbox")]
    config: Option<PathBuf>,
    /// Watches the simulated world (as without --config).
    #[arg(long)]
    sandbox: bool,
    /// Where history is kept; the platform's own place where it is left out.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// How many times as fast as the wall clock the sandbox runs.
    #[arg(long, value_name = "N", default_value_t = 1.0)]
    speed: f64,
}

impl Where {
    pub(crate) fn options(&self) -> EngineOptions {
        let world = match &self.config {
            Some(file) => World::Configured(file.clone()),
            None => World::Sandbox { speed: self.speed },
        };
        EngineOptions { world, data_dir: self.data_dir.clone() }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) at: Where,
    /// A loopback address; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,
}

#[derive(Debug, Args)]
pub(crate) struct Call {
    /// One of those that `describe` lists.
    pub(crate) command: String,
    /// The request as JSON; left out where the command takes none.
    #[arg(value_name = "JSON", default_value = "null")]
    pub(crate) request: String,
    /// Asks a console that is running, at the address its `serve` printed.
    #[arg(long, requires = "token", env = "CHANGEOVER_URL")]
    pub(crate) url: Option<String>,
    /// The token that its `serve` printed.
    #[arg(long, env = "CHANGEOVER_TOKEN", hide_env_values = true)]
    pub(crate) token: Option<String>,
    #[command(flatten)]
    pub(crate) at: Where,
}
