//! The workspace as cargo and git describe it: where it lies, who is in it, which files are tracked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::command::{self, Failure};

/// What `cargo metadata` says, as far as the tasks need it.
#[derive(Debug, Deserialize)]
pub(crate) struct Workspace {
    #[serde(rename = "workspace_root")]
    pub(crate) root: PathBuf,
    #[serde(rename = "target_directory")]
    target: PathBuf,
    /// With `--no-deps` these are exactly the members.
    #[serde(rename = "packages")]
    pub(crate) members: Vec<Member>,
}

/// One package of the workspace.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a package's dependencies.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` is an ordinary one.
    pub(crate) kind: Option<DependencyKind>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DependencyKind {
    Dev,
    Build,
}

impl Workspace {
    /// Asks cargo.
    ///
    /// # Errors
    /// When cargo fails, as it does on a broken manifest; it has said why by then.
    pub(crate) fn load() -> Result<Self, Failure> {
        let text = command::output(command::cargo().args([
            "metadata",
            "--no-deps",
            "--format-version=1",
        ]))?;
        serde_json::from_str(&text)
            .map_err(|error| Failure::new(format!("`cargo metadata` answered strangely: {error}.")))
    }

    /// The UI's folder.
    pub(crate) fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// A program of the debug build.
    pub(crate) fn built(&self, name: &str) -> PathBuf {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        self.target.join("debug").join(file)
    }

    /// A program of the release build.
    pub(crate) fn built_for_release(&self, name: &str) -> PathBuf {
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        self.target.join("release").join(file)
    }

    /// Where cargo puts what it builds.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// `cargo`, run at the root.
    pub(crate) fn cargo(&self, args: &[&str]) -> Command {
        let mut command = command::cargo();
        command.args(args).current_dir(&self.root);
        command
    }

    /// `npm`, run in the UI's folder.
    pub(crate) fn npm(&self, args: &[&str]) -> Command {
        let mut command = command::npm();
        command.args(args).current_dir(self.ui());
        command
    }

    /// The files git tracks or would track, relative to the root, with `/`. One that is deleted but
    /// still tracked is left out.
    ///
    /// # Errors
    /// When git is missing or this is no repository.
    pub(crate) fn tracked_files(&self) -> Result<BTreeSet<String>, Failure> {
        let listing = command::output(
            Command::new("git")
                .args(["ls-files", "-z", "--cached", "--others"])
                .arg("--exclude-standard")
                .current_dir(&self.root),
        )?;
        let files = listing.split('\0').filter(|path| !path.is_empty());
        Ok(files.filter(|path| self.root.join(path).is_file()).map(str::to_owned).collect())
    }

    /// The text of a file; `None` where it is not text.
    pub(crate) fn text(&self, path: impl AsRef<Path>) -> Option<String> {
        std::fs::read_to_string(self.root.join(path)).ok()
    }
}
