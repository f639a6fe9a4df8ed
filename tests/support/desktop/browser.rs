//! The person's own browser, as far as the program can tell: what `xdg-open` was asked to open.
//!
//! A script of that name stands first in the program's search path and writes down what it is given.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use changeover_clock::Clock;

use super::{DesktopError, LOOK_EVERY};

/// For something to be opened.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was opened outside the program.
#[derive(Debug)]
pub struct Browser {
    folder: PathBuf,
    written: PathBuf,
    clock: Clock,
}

impl Browser {
    /// Puts the script into a folder of its own below `home`.
    pub(super) fn install(home: &Path, clock: Clock) -> io::Result<Self> {
        let folder = home.join("bin");
        fs::create_dir(&folder)?;
        let written = home.join("opened");
        let opener = folder.join("xdg-open");
        // One write for each address, so that two of them cannot run into each other.
        fs::write(
            &opener,
            format!("#!/bin/sh\nprintf '%s\\n' \"$*\" >>'{}'\n", written.display()),
        )?;
        fs::set_permissions(&opener, fs::Permissions::from_mode(0o755))?;
        Ok(Self { folder, written, clock })
    }

    /// The search path in which the script comes first.
    pub(super) fn search_path(&self) -> Result<std::ffi::OsString, std::env::JoinPathsError> {
        let usual = std::env::var_os("PATH").unwrap_or_default();
        let folders = [self.folder.clone()].into_iter().chain(std::env::split_paths(&usual));
        std::env::join_paths(folders)
    }

    /// Every address so far, in the order in which they were opened.
    #[must_use]
    pub fn opened(&self) -> Vec<String> {
        let text = fs::read_to_string(&self.written).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Waits until this address was opened.
    ///
    /// # Errors
    /// [`DesktopError::NotOpened`], with what was opened instead.
    pub async fn until_opened(&self, address: &str) -> Result<(), DesktopError> {
        let opened = async {
            while !self.opened().iter().any(|opened| opened == address) {
                self.clock.sleep(LOOK_EVERY).await;
            }
        };
        self.clock.timeout(PATIENCE, opened).await.map_err(|_| DesktopError::NotOpened {
            address: address.to_owned(),
            instead: self.opened(),
        })
    }
}
