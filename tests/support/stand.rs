//! What the vendors' own SDKs are pointed at: the built gateway as a process of its own, in front of
//! simulated vendors.
//!
//! A world stands still: in `calm` everything works, in each of the others one thing goes wrong with
//! every request, for as long as the stand lives. So a test chooses its fault by choosing a route,
//! and tests that run side by side do not disturb each other.
//!
//! The rule it keeps: when a [`Stand`] is dropped, also by a failing test, all it started ends.

mod configuration;
mod worlds;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use changeover_clock::Clock;
use changeover_config::ConfigError;
use changeover_sandbox::{SandboxError, World};
use serde::Deserialize;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use configuration::File;

/// Where a program of the SDKs' tests finds the stand, as JSON.
pub const STAND_VARIABLE: &str = "CHANGEOVER_STAND";

/// A gateway is there in a fraction of a second, if the machine is not busy.
const START_LIMIT: Duration = Duration::from_secs(30);

/// The token with which the tests pull levers, made up for the stand.
const TOKEN: &str = "stand-operate-0123456789";

/// The only key that the guarded gateway knows.
const CALLER_KEY: &str = "stand-caller-key";

/// Why there is no stand.
#[derive(Debug, thiserror::Error)]
pub enum StandError {
    #[error("the simulated vendors could not be started")]
    World(#[from] SandboxError),
    #[error("the stand's own scenario is refused")]
    Scenario(#[from] ConfigError),
    #[error("no folder for the gateways, or it cannot be written")]
    Folder(#[source] std::io::Error),
    #[error("{} cannot be started", program.display())]
    NotStarted {
        program: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the gateway did not say that it serves; what it said instead stands above")]
    NotReady,
}

/// Gateways and vendors, running.
#[derive(Debug)]
pub struct Stand {
    open: Gateway,
    guarded: Gateway,
    _worlds: Vec<World>,
    _folder: TempDir,
}

#[derive(Debug)]
struct Gateway {
    _child: Child,
    at: Serving,
}

/// What a gateway prints when it serves.
#[derive(Debug, Deserialize)]
struct Serving {
    url: String,
    admin_url: String,
}

impl Stand {
    /// Starts the vendors, then two gateways in front of them: one that is open to everybody, and one
    /// that asks for a key and serves one request at a time.
    ///
    /// # Errors
    /// When something does not start.
    pub async fn start(program: &Path) -> Result<Self, StandError> {
        let worlds = worlds::start_all().await?;
        let folder = TempDir::new().map_err(StandError::Folder)?;
        let open = configuration::open(&worlds);
        let open = Gateway::start(program, &folder.path().join("open"), &open).await?;
        let guarded = configuration::guarded(&worlds);
        let guarded = Gateway::start(program, &folder.path().join("guarded"), &guarded).await?;
        let worlds = worlds.into_iter().map(|(_, world)| world).collect();
        Ok(Self { open, guarded, _worlds: worlds, _folder: folder })
    }

    /// Where everything is, for [`STAND_VARIABLE`].
    #[must_use]
    pub fn description(&self) -> String {
        serde_json::json!({
            "url": self.open.at.url,
            "admin_url": self.open.at.admin_url,
            "token": TOKEN,
            "guarded_url": self.guarded.at.url,
            "caller_key": CALLER_KEY,
        })
        .to_string()
    }
}

impl Gateway {
    /// Starts one in a folder of its own, and waits until it serves.
    async fn start(program: &Path, folder: &Path, files: &File) -> Result<Self, StandError> {
        files.write(folder).map_err(StandError::Folder)?;
        let environment: &BTreeMap<String, String> = &files.environment;
        let mut child = Command::new(program)
            .arg("--config")
            .arg(folder.join(configuration::FILE))
            .envs(environment)
            // That most routes have one target is the point here, and no warning.
            .env("RUST_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| StandError::NotStarted { program: program.to_owned(), source })?;
        let stdout = child.stdout.take().ok_or(StandError::NotReady)?;
        let mut lines = BufReader::new(stdout).lines();
        let line = Clock::system().timeout(START_LIMIT, lines.next_line()).await;
        let line = line.ok().and_then(Result::ok).flatten().ok_or(StandError::NotReady)?;
        let at = serde_json::from_str(&line).map_err(|_| StandError::NotReady)?;
        // Given back and so kept open: a program that prints once more must not die of it.
        child.stdout = Some(lines.into_inner().into_inner());
        Ok(Self { _child: child, at })
    }
}
