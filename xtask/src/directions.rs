//! `cargo xtask directions`: holds the tree against the design's order.
//!
//! Rooms depend downwards only, a few libraries are named in one room only, files stay small, and
//! nothing in the tree knows the machine it was written on. Not for: style, which is clippy's.
//!
//! The rule it keeps: each check is a pure function of what cargo and git say, so that a test can
//! show it a violation.

mod files;
mod rooms;

use crate::Outcome;
use crate::command::Failure;
use crate::workspace::Workspace;

/// Checks everything and prints each violation.
///
/// # Errors
/// When there is one.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let mut violations = rooms::violations(&workspace.members);
    let tree: Vec<files::File> = workspace
        .tracked_files()?
        .into_iter()
        .filter_map(|path| {
            let text = workspace.text(&path)?;
            Some(files::File { path, text })
        })
        .collect();
    violations.extend(files::violations(&tree));
    if violations.is_empty() {
        println!("{} rooms and {} files keep the order.", workspace.members.len(), tree.len());
        return Ok(());
    }
    for violation in &violations {
        println!("  {violation}");
    }
    Err(Failure::new(format!(
        "The order of the house is broken in {} places (above). docs/ARCHITECTURE.md says why it \
         is as it is.",
        violations.len()
    )))
}
