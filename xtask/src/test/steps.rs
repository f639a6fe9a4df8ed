//! The steps: what each is for, what it needs, what it does.

use std::process::Command;

use clap::ValueEnum;

use crate::Outcome;
use crate::command::{self, Failure, run};
use crate::packages::BROWSERS;
use crate::setup::{self, Purpose};
use crate::workspace::Workspace;
use crate::{contract, directions, sdks, ui};

/// In the order in which they run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Step {
    Setup,
    Format,
    Directions,
    UiBuild,
    UiCheck,
    UiLint,
    UiUnit,
    Clippy,
    Build,
    Contract,
    Rust,
    Docs,
    Sdks,
    Browser,
    Desktop,
}

impl Step {
    pub(super) const ALL: [Self; 15] = [
        Self::Setup,
        Self::Format,
        Self::Directions,
        Self::UiBuild,
        Self::UiCheck,
        Self::UiLint,
        Self::UiUnit,
        Self::Clippy,
        Self::Build,
        Self::Contract,
        Self::Rust,
        Self::Docs,
        Self::Sdks,
        Self::Browser,
        Self::Desktop,
    ];

    /// As it is given to `--only`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Format => "format",
            Self::Directions => "directions",
            Self::UiBuild => "ui-build",
            Self::UiCheck => "ui-check",
            Self::UiLint => "ui-lint",
            Self::UiUnit => "ui-unit",
            Self::Clippy => "clippy",
            Self::Build => "build",
            Self::Contract => "contract",
            Self::Rust => "rust",
            Self::Docs => "docs",
            Self::Sdks => "sdks",
            Self::Browser => "browser",
            Self::Desktop => "desktop",
        }
    }

    pub(super) fn purpose(self) -> &'static str {
        match self {
            Self::Setup => "what the system has to bring",
            Self::Format => "Rust is formatted",
            Self::Directions => "rooms depend downwards, files are small",
            Self::UiBuild => "the UI's packages and its build",
            Self::UiCheck => "the UI's types",
            Self::UiLint => "the UI's lints",
            Self::UiUnit => "the UI's unit tests",
            Self::Clippy => "Rust's lints, warnings are errors",
            Self::Build => "every program and test compiles",
            Self::Contract => "the TypeScript types are those of the Rust ones",
            Self::Rust => "all Rust tests, those in the documentation too",
            Self::Docs => "the documentation's links lead somewhere",
            Self::Sdks => "the vendors' own SDKs against the gateway",
            Self::Browser => "journeys in a browser",
            Self::Desktop => "the journey in the real window",
        }
    }

    /// What has to have passed before.
    pub(super) fn needs(self) -> &'static [Self] {
        match self {
            Self::Setup | Self::Format | Self::Directions => &[],
            Self::UiBuild => &[Self::Setup],
            // The window embeds the built UI, so nothing compiles without it.
            Self::UiCheck | Self::UiLint | Self::UiUnit | Self::Clippy | Self::Build => {
                &[Self::Setup, Self::UiBuild]
            }
            Self::Contract
            | Self::Rust
            | Self::Docs
            | Self::Sdks
            | Self::Browser
            | Self::Desktop => &[Self::Setup, Self::UiBuild, Self::Build],
        }
    }

    /// Whether `--fast` leaves it out.
    pub(super) fn is_slow(self) -> bool {
        matches!(self, Self::Docs | Self::Sdks | Self::Browser | Self::Desktop)
    }

    /// Does it.
    ///
    /// # Errors
    /// With what failed.
    pub(super) fn perform(self, workspace: &Workspace) -> Outcome {
        let cargo = |args: &[&str]| run(&mut workspace.cargo(args));
        let npm = |script: &str| run(&mut workspace.npm(&["run", script]));
        match self {
            Self::Setup => {
                setup::ensure(Purpose::Test).and_then(|()| setup::ensure_tools(workspace))
            }
            Self::Format => cargo(&["fmt", "--all", "--check"])
                .map_err(|failure| Failure::new(format!("{failure} `cargo fmt --all` mends it."))),
            Self::Directions => directions::check(workspace),
            Self::UiBuild => ui::ensure_built(workspace),
            Self::UiCheck => npm("check"),
            Self::UiLint => npm("lint"),
            Self::UiUnit => npm("test"),
            Self::Clippy => cargo(&CLIPPY),
            Self::Build => cargo(&["build", "--workspace", "--all-targets"]),
            Self::Contract => contract::check(workspace),
            Self::Rust => rust_tests(workspace),
            Self::Docs => documentation(workspace),
            Self::Sdks => sdk_journeys(workspace),
            Self::Browser => browser_journeys(workspace),
            Self::Desktop => desktop_journey(workspace),
        }
    }
}

/// A link that leads nowhere is only a warning to rustdoc.
fn documentation(workspace: &Workspace) -> Outcome {
    run(workspace
        .cargo(&["doc", "--workspace", "--no-deps", "--quiet"])
        .env("RUSTDOCFLAGS", "-D warnings"))
}

const CLIPPY: [&str; 6] = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];

/// With nextest where it is installed: it runs tests side by side across crates, but leaves those
/// in the documentation to cargo.
fn rust_tests(workspace: &Workspace) -> Outcome {
    if command::succeeds(&mut workspace.cargo(&["nextest", "--version"])) {
        run(&mut workspace.cargo(&["nextest", "run", "--workspace"]))?;
        return run(&mut workspace.cargo(&["test", "--workspace", "--doc", "--quiet"]));
    }
    run(&mut workspace.cargo(&["test", "--workspace"]))
}

/// The vendors' packages against the built gateway.
fn sdk_journeys(workspace: &Workspace) -> Outcome {
    let gateway = existing(workspace, "changeover-gateway")?;
    let installed = sdks::ensure(workspace)?;
    let mut test: Command = workspace.cargo(&["test", "--workspace", "--test", "sdk_journey"]);
    run(test
        .args(["--", "--nocapture"])
        .env("CHANGEOVER_GATEWAY", gateway)
        .env("CHANGEOVER_SDK_NODE", installed.node)
        .env("CHANGEOVER_SDK_PYTHON", installed.python))
}

/// The UI in a browser, served by the built `changeover-headless`.
fn browser_journeys(workspace: &Workspace) -> Outcome {
    let headless = existing(workspace, "changeover-headless")?;
    let browser = command::find_program(&BROWSERS).ok_or_else(|| {
        Failure::new("No browser is installed: `cargo xtask test --only setup` sees to it.")
    })?;
    run(workspace
        .npm(&["run", "test:browser"])
        .env("CHANGEOVER_HEADLESS", headless)
        .env("CHANGEOVER_CHROMIUM", browser))
}

/// The built program in a real window.
fn desktop_journey(workspace: &Workspace) -> Outcome {
    let app = existing(workspace, "changeover")?;
    if !cfg!(target_os = "linux") {
        println!("WebKitWebDriver is there on Linux only: left out.");
        return Ok(());
    }
    let mut test: Command = workspace.cargo(&["test", "--workspace", "--test", "desktop_journey"]);
    run(test.args(["--", "--nocapture"]).env("CHANGEOVER_APP", app))
}

fn existing(workspace: &Workspace, program: &str) -> Result<std::path::PathBuf, Failure> {
    let path = workspace.built(program);
    if path.is_file() {
        return Ok(path);
    }
    Err(Failure::new(format!(
        "{program} has not been built: `cargo xtask test --only build` does."
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_called_in_the_summary_as_on_the_command_line() {
        for step in Step::ALL {
            let accepted = step.to_possible_value().unwrap();
            assert_eq!(accepted.get_name(), step.name());
        }
        assert_eq!(Step::ALL.len(), Step::value_variants().len());
    }
}
