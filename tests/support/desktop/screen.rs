//! The windows on the test's own screen, as the X server has them: what a driver inside the page
//! cannot see. Through `xdotool`, because there is no window manager to be asked.

use std::process::Output;
use std::time::Duration;

use changeover_clock::Clock;
use tokio::process::Command;

use super::{DesktopError, LOOK_EVERY};

const PROGRAM: &str = "xdotool";
/// For a window to come or go.
const PATIENCE: Duration = Duration::from_secs(20);

/// One screen.
#[derive(Debug)]
pub struct Screen {
    display: String,
    clock: Clock,
}

impl Screen {
    pub(super) fn new(display: String, clock: Clock) -> Self {
        Self { display, clock }
    }

    /// Puts a window out of sight, as a person does who turns to something else.
    ///
    /// # Errors
    /// When there is no such window or it stays.
    pub async fn put_away(&self, title: &str) -> Result<(), DesktopError> {
        for window in self.visible(title).await? {
            self.xdotool(&["windowunmap", "--sync", &window]).await?;
        }
        self.until(title, false).await
    }

    /// Waits until a window of this title is in sight.
    ///
    /// # Errors
    /// [`DesktopError::NotInSight`].
    pub async fn until_in_sight(&self, title: &str) -> Result<(), DesktopError> {
        self.until(title, true).await
    }

    async fn until(&self, title: &str, in_sight: bool) -> Result<(), DesktopError> {
        let seen = async {
            while self.visible(title).await?.is_empty() == in_sight {
                self.clock.sleep(LOOK_EVERY).await;
            }
            Ok(())
        };
        let not_so = || DesktopError::NotInSight { title: title.to_owned(), wanted: in_sight };
        self.clock.timeout(PATIENCE, seen).await.map_err(|_| not_so())?
    }

    async fn visible(&self, title: &str) -> Result<Vec<String>, DesktopError> {
        let name = format!("^{title}$");
        let found = self.xdotool(&["search", "--onlyvisible", "--name", &name]).await?;
        Ok(String::from_utf8_lossy(&found.stdout).lines().map(str::to_owned).collect())
    }

    /// A search that finds nothing is no success of the program's, and no failure of ours.
    async fn xdotool(&self, arguments: &[&str]) -> Result<Output, DesktopError> {
        Command::new(PROGRAM)
            .args(arguments)
            .env("DISPLAY", &self.display)
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|source| DesktopError::NotStarted { program: PROGRAM, source })
    }
}
