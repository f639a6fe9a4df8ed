//! Whether something has to be done again: a stamp of the files that went into it the last time.
//!
//! Contents count, not times: a checkout touches files without changing them, and a deleted file
//! has no time at all.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use crate::command::Failure;

/// A mark of what files held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fingerprint(String);

impl Fingerprint {
    /// Of all files under `paths` (files or folders), names and contents.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub(crate) fn of(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut files = BTreeSet::new();
        for path in paths {
            collect(path, &mut files)?;
        }
        let mut hasher = DefaultHasher::new();
        for file in &files {
            file.hash(&mut hasher);
            let content = std::fs::read(file).map_err(|error| unreadable(file, &error))?;
            content.hash(&mut hasher);
        }
        Ok(Self(format!("{:016x}\n", hasher.finish())))
    }

    /// Whether `stamp` was written for the same contents.
    pub(crate) fn is_stamped(&self, stamp: &Path) -> bool {
        std::fs::read_to_string(stamp).is_ok_and(|text| text == self.0)
    }

    /// Remembers it for the next time.
    ///
    /// # Errors
    /// When the stamp cannot be written.
    pub(crate) fn stamp(&self, stamp: &Path) -> Result<(), Failure> {
        std::fs::write(stamp, &self.0).map_err(|error| {
            Failure::new(format!("{} cannot be written: {error}.", stamp.display()))
        })
    }
}

fn collect(path: &Path, files: &mut BTreeSet<PathBuf>) -> Result<(), Failure> {
    if path.is_file() {
        files.insert(path.to_owned());
    } else if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(path, &error))?;
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{} cannot be read: {error}.", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_a_new_and_a_deleted_file_each_change_the_mark() {
        let folder = tempfile::tempdir().unwrap();
        let sources = folder.path().join("src");
        let stamp = folder.path().join("stamp");
        std::fs::create_dir(&sources).unwrap();
        std::fs::write(sources.join("a.ts"), "one").unwrap();
        let mark = || Fingerprint::of(std::slice::from_ref(&sources)).unwrap();

        assert!(!mark().is_stamped(&stamp), "nothing was done yet");
        mark().stamp(&stamp).unwrap();
        assert!(mark().is_stamped(&stamp));

        std::fs::write(sources.join("a.ts"), "two").unwrap();
        assert!(!mark().is_stamped(&stamp), "a change of content");
        mark().stamp(&stamp).unwrap();
        std::fs::write(sources.join("b.ts"), "").unwrap();
        assert!(!mark().is_stamped(&stamp), "a new file, though empty");
        mark().stamp(&stamp).unwrap();
        std::fs::remove_file(sources.join("a.ts")).unwrap();
        assert!(!mark().is_stamped(&stamp), "a deleted file");
    }
}
