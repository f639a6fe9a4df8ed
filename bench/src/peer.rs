//! What is measured, running: the upstream, nginx and the gateway, each a process of its own that
//! ends with the benchmark.

pub(crate) mod gateway;
pub(crate) mod lever;
pub(crate) mod nginx;

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::error::BenchError;

/// How long a peer may take until it serves.
const PATIENCE: Duration = Duration::from_secs(10);

/// A process that ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    program: &'static str,
    child: Child,
}

impl Running {
    fn start(program: &'static str, command: &mut Command) -> Result<Self, BenchError> {
        let child = command
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| BenchError::NotStarted { program, source })?;
        Ok(Self { program, child })
    }

    /// Reads the line of JSON by which it says that it serves.
    async fn ready_line<T: DeserializeOwned>(&mut self) -> Result<T, BenchError> {
        let program = self.program;
        let silent = || BenchError::NotServing { program };
        let output = self.child.stdout.take().ok_or_else(silent)?;
        let mut lines = BufReader::new(output).lines();
        let line = tokio::time::timeout(PATIENCE, lines.next_line()).await;
        let line = line.ok().and_then(Result::ok).flatten().ok_or_else(silent)?;
        serde_json::from_str(&line).map_err(|_| silent())
    }

    /// Waits until `address` takes connections.
    async fn listening(&mut self, address: &str) -> Result<(), BenchError> {
        let begun = Instant::now();
        while TcpStream::connect(address).await.is_err() {
            let ended = self.child.try_wait().is_ok_and(|status| status.is_some());
            if ended || begun.elapsed() > PATIENCE {
                return Err(BenchError::NotServing { program: self.program });
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Waits until it has ended by itself, within its patience.
    fn wait(&mut self) {
        let begun = Instant::now();
        while self.child.try_wait().is_ok_and(|status| status.is_none())
            && begun.elapsed() < PATIENCE
        {
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Its id; 0 when it has ended, which nothing in `/proc` has.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }
}

#[derive(Debug, Deserialize)]
struct Serving {
    url: String,
}

/// The upstream: this program once more.
pub(crate) async fn upstream() -> Result<(Running, String), BenchError> {
    let failed = |source| BenchError::NotStarted { program: "the upstream", source };
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    let mut running =
        Running::start("the upstream", command.arg("upstream").stdout(Stdio::piped()))?;
    let serving: Serving = running.ready_line().await?;
    Ok((running, serving.url))
}

fn write(file: &Path, text: &str) -> Result<(), BenchError> {
    std::fs::write(file, text).map_err(|source| BenchError::File { file: file.to_owned(), source })
}
