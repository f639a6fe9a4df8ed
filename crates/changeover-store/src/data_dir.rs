//! The data directory, and the lock that keeps it one console's.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

use crate::OpenError;

const LOCK_FILE: &str = "changeover.lock";

/// Held for as long as the store is open. The system lets go of it when the process ends, however
/// it ends; the file itself stays.
#[derive(Debug)]
pub(crate) struct DataDirLock {
    _file: File,
}

impl DataDirLock {
    /// Makes the directory where it is missing, for its owner only, and locks it.
    pub(crate) fn acquire(dir: &Path) -> Result<Self, OpenError> {
        let unusable = |source| OpenError::DirUnusable { dir: dir.to_path_buf(), source };
        create_private(dir).map_err(unusable)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(dir.join(LOCK_FILE))
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse { dir: dir.to_path_buf() }),
            Err(TryLockError::Error(source)) => Err(unusable(source)),
        }
    }
}

fn create_private(dir: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(dir)
}
