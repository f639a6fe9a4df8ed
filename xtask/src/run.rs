//! `cargo xtask run`: from a fresh clone to the open window.

use std::process::Command;

use crate::Outcome;
use crate::command::{self, Failure};
use crate::setup::{self, Purpose};
use crate::ui;
use crate::workspace::Workspace;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Handed to the program: `-- --config FILE`, `-- --data-dir DIR`
    #[arg(last = true)]
    arguments: Vec<String>,
}

/// Sets up, builds, opens the window and waits until it is closed.
///
/// # Errors
/// With the first step that fails.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Outcome {
    setup::ensure(Purpose::Run)?;
    ui::ensure_built(workspace)?;
    command::run(&mut workspace.cargo(&["build", "--package", "changeover"]))?;
    ensure_display()?;
    let program = workspace.built("changeover");
    command::run(Command::new(program).args(&options.arguments))
}

/// A window needs somewhere to open.
fn ensure_display() -> Outcome {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if !cfg!(target_os = "linux") || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY") {
        return Ok(());
    }
    Err(Failure::new(
        "It is built, but there is no display to open a window on (neither DISPLAY nor \
         WAYLAND_DISPLAY is set). Run this in a desktop session, or use the same program in a \
         browser: `cargo run -p changeover-headless -- serve --sandbox`.",
    ))
}
