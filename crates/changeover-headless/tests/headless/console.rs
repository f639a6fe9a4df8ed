//! The real program as a child of the test, and asking it as a script would.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use changeover_clock::Clock;
use changeover_http::{ClientPolicy, client};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// What a level may take before the test gives up on it.
const PATIENCE: Duration = Duration::from_secs(60);

/// A `changeover-headless serve` that is ready.
pub(crate) struct Console {
    child: Child,
    pub(crate) url: String,
    pub(crate) token: String,
    pub(crate) http: reqwest::Client,
}

pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_changeover-headless"));
    command.kill_on_drop(true);
    command
}

impl Console {
    /// Starts it and waits for its line.
    pub(crate) async fn start(
        arguments: &[&str],
        data_dir: &Path,
        environment: &[(String, String)],
    ) -> Self {
        let mut command = program();
        command.arg("serve").args(arguments).arg("--data-dir").arg(data_dir);
        command.envs(environment.iter().cloned()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = Clock::system().timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap();
        let ready: Value = serde_json::from_str(&line.expect("a line before it ends")).unwrap();
        let text = |key: &str| ready[key].as_str().unwrap().to_owned();
        let http = client(&ClientPolicy::default()).unwrap();
        Self { child, url: text("url"), token: text("token"), http }
    }

    pub(crate) fn at(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.post(format!("{}{path}", self.url))
    }

    /// Status and body of one command.
    pub(crate) async fn call(&self, command: &str, request: &Value) -> (u16, Value) {
        let sent = self
            .at(&format!("/api/{command}"))
            .bearer_auth(&self.token)
            .json(request)
            .send()
            .await
            .unwrap();
        (sent.status().as_u16(), sent.json().await.unwrap())
    }

    /// Asks for the snapshot until it has the level.
    pub(crate) async fn until(&self, what: &str, level: impl Fn(&Value) -> bool) -> Value {
        let clock = Clock::system();
        let began = clock.moment();
        loop {
            let (_, snapshot) = self.call("snapshot", &Value::Null).await;
            if level(&snapshot) {
                return snapshot;
            }
            let waited = clock.moment().since(began);
            assert!(
                waited < PATIENCE,
                "not within {PATIENCE:?}: {what}\n{}",
                json!([snapshot["overrides"], snapshot["gateways"], snapshot["routes"]])
            );
            clock.sleep(Duration::from_millis(50)).await;
        }
    }

    /// Sends it a signal by name, and waits until it was sent.
    pub(crate) async fn signal(&self, name: &str) {
        let process = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").arg(format!("-{name}")).arg(process).status().await;
        assert!(sent.unwrap().success());
    }

    /// Ends it as a crash would.
    pub(crate) async fn kill(mut self) -> ExitStatus {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap()
    }
}

/// How many gateways traffic has proved on a route.
pub(crate) fn done(snapshot: &Value, route: &str) -> usize {
    let overrides = snapshot["overrides"].as_array().map(Vec::as_slice).unwrap_or_default();
    let held = overrides.iter().find(|held| held["route"] == route);
    let convergence =
        held.and_then(|held| held["convergence"].as_array()).map(Vec::as_slice).unwrap_or_default();
    convergence.iter().filter(|one| one["step"] == "served" || one["step"] == "settled").count()
}
