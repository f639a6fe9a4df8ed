//! `cargo xtask`: the project's own commands: set up, run, test, bench.
//!
//! Not for: anything the product does. It knows no room of the house but by name, and depends on
//! none, so that it builds in seconds on a machine that has nothing yet.
//!
//! The rule it keeps: whatever fails, fails with a sentence that says what to do next.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "these commands speak to a person at a terminal"
)]

mod bench;
mod command;
mod contract;
mod directions;
mod fingerprint;
mod packages;
mod prepare;
mod run;
mod sdks;
mod setup;
mod test;
mod ui;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::command::Failure;
use crate::workspace::Workspace;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Changeover: set up, run, test, bench")]
struct CommandLine {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what is missing, build, and open the window (in the sandbox, without arguments)
    Run(run::Options),
    /// Install what is missing for the tests, then check and test everything
    Test(test::Options),
    /// Install what is missing, build in release, and measure (on the loopback only)
    Bench(bench::Options),
    /// Refuse wrong directions of dependency, files over 600 lines and paths of one machine
    Directions,
    /// Write the contract's TypeScript types anew from the Rust ones
    Contract,
    /// Describe the store's queries anew in .sqlx, after a query or a migration was added
    Prepare,
}

fn main() -> ExitCode {
    let task = CommandLine::parse().task;
    match Workspace::load().and_then(|workspace| perform(&workspace, &task)) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("\n{failure}");
            ExitCode::FAILURE
        }
    }
}

fn perform(workspace: &Workspace, task: &Task) -> Result<ExitCode, Failure> {
    match task {
        Task::Run(options) => run::run(workspace, options)?,
        Task::Test(options) => return Ok(test::test(workspace, options)),
        Task::Bench(options) => bench::run(workspace, options)?,
        Task::Directions => directions::check(workspace)?,
        Task::Contract => contract::write(workspace)?,
        Task::Prepare => println!("{}", prepare::prepare().map_err(Failure::new)?),
    }
    Ok(ExitCode::SUCCESS)
}

/// What a piece of work ends with.
type Outcome = Result<(), Failure>;
