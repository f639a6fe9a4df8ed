//! A server of the desktop: started, waited for, ended with its owner.

use std::process::Stdio;

use changeover_clock::Clock;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::{DesktopError, LOOK_EVERY, SERVER_LIMIT, listens};

/// Ends when it is dropped.
#[derive(Debug)]
pub(super) struct Running {
    program: &'static str,
    child: Child,
}

impl Running {
    /// Starts a server whose complaints stream into the test's output.
    pub(super) fn start(program: &'static str, mut command: Command) -> Result<Self, DesktopError> {
        let child = command
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| DesktopError::NotStarted { program, source })?;
        Ok(Self { program, child })
    }

    /// Starts a server that says on its first line where it can be reached, and returns that line.
    pub(super) async fn announcing(
        program: &'static str,
        arguments: &[&str],
        clock: &Clock,
    ) -> Result<(Self, String), DesktopError> {
        let not_ready = || DesktopError::NotReady { program };
        let mut command = Command::new(program);
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = Self::start(program, command)?;
        let stdout = server.child.stdout.take().ok_or_else(not_ready)?;
        let mut printed = BufReader::new(stdout);
        let mut line = String::new();
        clock
            .timeout(SERVER_LIMIT, printed.read_line(&mut line))
            .await
            .map_err(|_| not_ready())?
            .map_err(|_| not_ready())?;
        // Given back and so kept open: a server that prints once more must not die of it.
        server.child.stdout = Some(printed.into_inner());
        let address = line.trim();
        if address.is_empty() {
            return Err(not_ready());
        }
        Ok((server, address.to_owned()))
    }

    /// Waits until the server takes connections. It says nothing when it is ready, so one has to
    /// look again and again; a server that has ended is not waited for.
    pub(super) async fn until_it_listens(
        &mut self,
        port: u16,
        clock: &Clock,
    ) -> Result<(), DesktopError> {
        let not_ready = DesktopError::NotReady { program: self.program };
        let ready = async {
            while !listens(port).await {
                if !matches!(self.child.try_wait(), Ok(None)) {
                    return false;
                }
                clock.sleep(LOOK_EVERY).await;
            }
            true
        };
        match clock.timeout(SERVER_LIMIT, ready).await {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(not_ready),
        }
    }
}
