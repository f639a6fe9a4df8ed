//! The second host: the same engine and contract as the window, over loopback HTTP and from the
//! terminal. For browsers in tests, for scripts, and for machines without a screen.

mod assets;
mod call;
mod command_line;
mod serve;
mod server;

use std::process::ExitCode;

use clap::Parser as _;

use crate::command_line::{CommandLine, Subcommand};

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    let ended = match CommandLine::parse().subcommand {
        Subcommand::Serve(serve) => serve::serve(serve).await,
        Subcommand::Call(call) => call::call(call).await,
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            #[expect(clippy::print_stderr, reason = "the terminal is this host's screen")]
            {
                eprintln!("{problem}");
            }
            ExitCode::FAILURE
        }
    }
}
