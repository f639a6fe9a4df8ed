//! The contract's TypeScript half: written from the Rust types, and held against them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Outcome;
use crate::command::{self, Failure};
use crate::workspace::Workspace;

/// Where the generated types stand in the tree.
const GENERATED: &str = "ui/src/lib/contract/generated";

/// Writes the generated types anew.
///
/// # Errors
/// When the exporter does not build or fails.
pub(crate) fn write(workspace: &Workspace) -> Outcome {
    let folder = workspace.root.join(GENERATED);
    if folder.is_dir() {
        std::fs::remove_dir_all(&folder)
            .map_err(|error| Failure::new(format!("{GENERATED} cannot be emptied: {error}.")))?;
    }
    export(workspace, &folder)
}

/// Compares what the Rust types say now with what stands in the tree.
///
/// # Errors
/// When they differ; the files are named.
pub(crate) fn check(workspace: &Workspace) -> Outcome {
    let fresh = tempfile::tempdir()
        .map_err(|error| Failure::new(format!("No temporary folder can be made: {error}.")))?;
    export(workspace, fresh.path())?;
    let differences =
        differences(&read_folder(&workspace.root.join(GENERATED))?, &read_folder(fresh.path())?);
    if differences.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{GENERATED} is not what the Rust types say:\n  {}\nWrite it anew with `cargo xtask \
         contract` and commit it with the change.",
        differences.join("\n  ")
    )))
}

/// Builds with the whole workspace chosen, so that no dependency is compiled a second time with
/// other features.
fn export(workspace: &Workspace, folder: &Path) -> Outcome {
    command::run(&mut workspace.cargo(&["build", "--workspace", "--example", "export_contract"]))?;
    let exporter = workspace.built("examples/export_contract");
    let mut call = Command::new(exporter);
    command::run(call.arg(folder).current_dir(&workspace.root))
}

/// All files under a folder, by their path in it; none where there is no folder.
fn read_folder(folder: &Path) -> Result<BTreeMap<PathBuf, String>, Failure> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(&next).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).map_err(|error| {
                Failure::new(format!("{} cannot be read: {error}.", path.display()))
            })?;
            let name = path.strip_prefix(folder).unwrap_or(&path).to_owned();
            files.insert(name, text);
        }
    }
    Ok(files)
}

/// What differs, a line each.
fn differences(
    standing: &BTreeMap<PathBuf, String>,
    fresh: &BTreeMap<PathBuf, String>,
) -> Vec<String> {
    let gone = standing
        .keys()
        .filter(|name| !fresh.contains_key(*name))
        .map(|name| format!("{}: no type says this any more", name.display()));
    let changed = fresh.iter().filter_map(|(name, text)| match standing.get(name) {
        Some(old) if old == text => None,
        Some(_) => Some(format!("{}: changed", name.display())),
        None => Some(format!("{}: missing", name.display())),
    });
    gone.chain(changed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &str)]) -> BTreeMap<PathBuf, String> {
        let own = |(name, text): &(&str, &str)| (PathBuf::from(name), (*text).to_owned());
        list.iter().map(own).collect()
    }

    #[test]
    fn a_changed_a_missing_and_a_stale_type_are_each_named() {
        let standing = files(&[("A.ts", "a"), ("B.ts", "old"), ("C.ts", "c")]);
        let fresh = files(&[("A.ts", "a"), ("B.ts", "new"), ("D.ts", "d")]);
        assert_eq!(
            differences(&standing, &fresh),
            ["C.ts: no type says this any more", "B.ts: changed", "D.ts: missing"]
        );
        assert!(differences(&fresh, &fresh).is_empty());
    }

    #[test]
    fn a_folder_is_read_with_what_lies_deeper() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("deep")).unwrap();
        std::fs::write(folder.path().join("deep/A.ts"), "a").unwrap();
        assert_eq!(read_folder(folder.path()).unwrap(), files(&[("deep/A.ts", "a")]));
    }
}
