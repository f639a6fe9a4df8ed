//! Who this console is among others: a random id that is made once and kept beside the database.
//!
//! Not a secret and not for telling people apart. A folder that takes no file gives a new id at each
//! start: then other consoles wait a little longer for a turn that nobody holds any more.

use std::path::Path;

use uuid::Uuid;

const FILE: &str = "installation";

/// The id of one data folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Installation(Uuid);

impl Installation {
    /// Enough of it to tell a handful of consoles apart.
    pub(crate) fn short(self) -> String {
        self.0.simple().to_string().chars().take(6).collect()
    }

    /// What chance is drawn from that is to stay the same.
    pub(crate) fn seed(self) -> u64 {
        self.0.as_u64_pair().0
    }
}

/// Reads the id of `data_dir`, or makes it.
pub(crate) fn of(data_dir: &Path) -> Installation {
    let file = data_dir.join(FILE);
    let kept = std::fs::read_to_string(&file).ok();
    let known = kept.and_then(|text| Uuid::parse_str(text.trim()).ok());
    Installation(known.unwrap_or_else(|| {
        let made = Uuid::new_v4();
        if let Err(error) = std::fs::write(&file, format!("{made}\n")) {
            tracing::warn!(%error, "this console's id cannot be kept in the data folder");
        }
        made
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_id_and_another_has_another() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let first = of(one.path());
        assert_eq!(of(one.path()), first);
        assert_ne!(of(other.path()), first);
        std::fs::write(one.path().join(FILE), "what is this?").unwrap();
        assert_ne!(of(one.path()), first, "an id that cannot be read is made anew");
    }
}
