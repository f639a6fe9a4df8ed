//! The vendors' SDKs that are pointed at the gateway: installed where their lists say, each only when
//! its list has changed.
//!
//! Python's go into an environment of their own in the target folder: nothing of the system changes.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command::{self, Failure};
use crate::fingerprint::Fingerprint;
use crate::packages::PYTHONS;
use crate::workspace::Workspace;
use crate::{Outcome, ui};

/// The programs with which the SDKs run.
#[derive(Debug)]
pub(crate) struct Sdks {
    pub(crate) node: PathBuf,
    /// Of the environment into which they are installed.
    pub(crate) python: PathBuf,
}

/// Installs what is missing.
///
/// # Errors
/// When Node or Python is missing, or a package cannot be had.
pub(crate) fn ensure(workspace: &Workspace) -> Result<Sdks, Failure> {
    ui::ensure_node()?;
    ensure_node_packages(&workspace.root.join("tests/sdk/node"))?;
    let node = command::find_program(&["node"])
        .ok_or_else(|| Failure::new("Node is not in the search path."))?;
    let list = workspace.root.join("tests/sdk/python/requirements.txt");
    let python = ensure_python_packages(&list, &workspace.target().join("sdk-python"))?;
    Ok(Sdks { node, python })
}

fn ensure_node_packages(folder: &Path) -> Outcome {
    let stamp = folder.join("node_modules/.changeover-installed");
    let wanted = Fingerprint::of(&[folder.join("package-lock.json")])?;
    if wanted.is_stamped(&stamp) {
        return Ok(());
    }
    println!("Installing the SDKs for Node (npm ci): their list is new or has changed.");
    command::run(command::npm().args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))?;
    wanted.stamp(&stamp)
}

/// The Python of the environment, with what `list` names.
fn ensure_python_packages(list: &Path, environment: &Path) -> Result<PathBuf, Failure> {
    let python = python_of(environment);
    let stamp = environment.join(".changeover-installed");
    let wanted = Fingerprint::of(&[list.to_owned()])?;
    // An environment does not outlive the Python it was made with.
    if wanted.is_stamped(&stamp) && command::succeeds(Command::new(&python).arg("--version")) {
        return Ok(python);
    }
    println!("Installing the SDKs for Python (pip): their list is new or has changed.");
    let system = command::find_program(&PYTHONS).ok_or_else(|| {
        Failure::new(
            "Python is not installed. Install Python 3.10 or newer from https://python.org.",
        )
    })?;
    command::run(Command::new(system).args(["-m", "venv", "--clear"]).arg(environment))?;
    command::run(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--require-hashes", "--only-binary", ":all:", "--requirement"])
            .arg(list),
    )?;
    wanted.stamp(&stamp)?;
    Ok(python)
}

fn python_of(environment: &Path) -> PathBuf {
    let place = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    environment.join(place)
}
