//! The UI's packages and its build, each done only when something changed.

use std::path::PathBuf;
use std::process::Command;

use crate::Outcome;
use crate::command::{self, Failure};
use crate::fingerprint::Fingerprint;
use crate::workspace::Workspace;

/// What Vite needs.
const OLDEST_NODE: (u32, u32) = (20, 19);

/// What the build reads, relative to `ui/`; what is not there does not count.
const SOURCES: [&str; 7] = [
    "src",
    "public",
    "index.html",
    "package-lock.json",
    "svelte.config.js",
    "tsconfig.json",
    "vite.config.ts",
];

/// Installs the packages and builds, where needed.
///
/// # Errors
/// When Node is missing or too old, or npm fails.
pub(crate) fn ensure_built(workspace: &Workspace) -> Outcome {
    ensure_node()?;
    ensure_packages(workspace)?;
    ensure_dist(workspace)
}

/// Checks that Node is there and new enough.
///
/// # Errors
/// When it is not; the sentence says how to get it.
pub(crate) fn ensure_node() -> Outcome {
    let (major, minor) = OLDEST_NODE;
    let advice = format!(
        "The UI is built with Node {major}.{minor} or newer. Install it from https://nodejs.org \
         (or with nvm: `nvm install --lts`), then run the same command again."
    );
    let answer = command::output(Command::new("node").arg("--version"))
        .map_err(|_| Failure::new(format!("Node is not installed. {advice}")))?;
    match parse_version(&answer) {
        Some(version) if version >= OLDEST_NODE => {}
        _ => {
            let found = answer.trim();
            return Err(Failure::new(format!("Node is too old: this is {found}. {advice}")));
        }
    }
    if command::succeeds(command::npm().arg("--version")) {
        Ok(())
    } else {
        Err(Failure::new(
            "Node is here, but npm is not. It comes with Node from https://nodejs.org; on Debian \
             it is a package of its own: `apt-get install npm`.",
        ))
    }
}

/// `v20.19.2` as (20, 19).
fn parse_version(answer: &str) -> Option<(u32, u32)> {
    let mut parts = answer.trim().strip_prefix('v')?.split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?.parse().ok()?;
    Some((major, minor))
}

/// `npm ci`, when the lock file is not the one that was installed.
fn ensure_packages(workspace: &Workspace) -> Outcome {
    let ui = workspace.ui();
    let installed = ui.join("node_modules");
    let stamp = installed.join(".changeover-installed");
    let wanted = Fingerprint::of(&[ui.join("package-lock.json")])?;
    if wanted.is_stamped(&stamp) {
        return Ok(());
    }
    println!("Installing the UI's packages (npm ci): ui/package-lock.json is new or has changed.");
    command::run(&mut workspace.npm(&["ci", "--no-audit", "--no-fund"])).map_err(|failure| {
        Failure::new(format!(
            "{failure} If the network is there, compare ui/package.json with \
             ui/package-lock.json: `npm install` in ui/ brings them together."
        ))
    })?;
    wanted.stamp(&stamp)
}

/// `npm run build`, when a source is not the one that was built.
fn ensure_dist(workspace: &Workspace) -> Outcome {
    let ui = workspace.ui();
    let sources: Vec<PathBuf> = SOURCES.iter().map(|source| ui.join(source)).collect();
    let stamp = ui.join("node_modules/.changeover-built");
    let wanted = Fingerprint::of(&sources)?;
    if wanted.is_stamped(&stamp) && ui.join("dist/index.html").is_file() {
        return Ok(());
    }
    println!("Building the UI (npm run build): its sources are new or have changed.");
    command::run(&mut workspace.npm(&["run", "build"]))?;
    wanted.stamp(&stamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_own_way_of_saying_its_version_is_understood() {
        assert_eq!(parse_version("v20.19.2\n"), Some((20, 19)));
        assert_eq!(parse_version("v8.1.0"), Some((8, 1)));
        assert_eq!(parse_version("not node"), None);
    }

    #[test]
    fn a_node_of_nine_is_older_than_one_of_twenty() {
        let nine = parse_version("v9.99.0").unwrap();
        assert!(nine < OLDEST_NODE, "versions compare as numbers, not text");
    }
}
