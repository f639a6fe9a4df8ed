//! The program from outside: its command line, its signals.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Output, Stdio};

use serde_json::Value;

use crate::support::header;

const CONFIG: &str = r#"
id = "g1"
listen = "127.0.0.1:0"
state_dir = "state"
[admin]
listen = "127.0.0.1:0"
tokens = [
    { name = "root", secret = "env:CHANGEOVER_TEST_TOKEN", role = "admin" },
    { name = "console", secret = "env:CHANGEOVER_TEST_OPERATOR", role = "operate" },
]
[[providers]]
id = "p"
name = "Acme"
kind = "openai_compatible"
base_url = "http://127.0.0.1:9"
[[targets]]
id = "a"
provider = "p"
model = "m"
[[targets]]
id = "b"
provider = "p"
model = "n"
[[routes]]
id = "chat"
criticality = "must_succeed"
targets = ["a", "b"]
modes = ["full", "off"]
"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn with(text: &str) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        folder.write(text);
        folder
    }

    fn write(&self, text: &str) {
        std::fs::write(self.file(), text).unwrap();
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("gateway.toml")
    }
}

fn command(config: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_changeover-gateway"));
    command
        .arg("--config")
        .arg(config)
        .env("CHANGEOVER_TEST_TOKEN", "secret-1")
        .env("CHANGEOVER_TEST_OPERATOR", "secret-2")
        .env_remove("RUST_LOG");
    command
}

fn checked(text: &str) -> Output {
    command(&Folder::with(text).file()).arg("--check").output().unwrap()
}

/// The program, serving.
struct Program {
    child: Child,
    url: String,
    admin_url: String,
    log: BufReader<ChildStderr>,
}

impl Program {
    fn start(config: &Path) -> Self {
        let mut child =
            command(config).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        let url = |name: &str| ready[name].as_str().unwrap().to_owned();
        let log = BufReader::new(child.stderr.take().unwrap());
        Self { url: url("url"), admin_url: url("admin_url"), child, log }
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Reads the log until a line has `text`.
    fn logged(&mut self, text: &str) -> String {
        let mut line = String::new();
        loop {
            line.clear();
            let read = self.log.read_line(&mut line).unwrap();
            assert!(read > 0, "the log ended without `{text}`");
            if line.contains(text) {
                return line;
            }
        }
    }

    async fn reload(&self, token: &str) -> reqwest::Response {
        let http = changeover_http::client(&changeover_http::ClientPolicy::default()).unwrap();
        let url = format!("{}/admin/v1/configuration:reload", self.admin_url);
        http.post(url).bearer_auth(token).send().await.unwrap()
    }

    async fn models(&self) -> Vec<String> {
        let http = changeover_http::client(&changeover_http::ClientPolicy::default()).unwrap();
        let answer = http.get(format!("{}/v1/models", self.url)).send().await.unwrap();
        let list: Value = answer.json().await.unwrap();
        let models = list["data"].as_array().unwrap().iter();
        models.map(|model| model["id"].as_str().unwrap().to_owned()).collect()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn with_second_route() -> String {
    format!(
        "{CONFIG}\n[[routes]]\nid = \"extract\"\ncriticality = \"can_delay\"\ntargets = [\"b\"]\n"
    )
}

#[test]
fn check_says_what_the_configuration_amounts_to_and_what_will_be_regretted() {
    let output = checked(CONFIG);
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    for expected in [
        "gateway g1",
        "127.0.0.1:0 in clear, whoever reaches it may ask",
        "tokens root (admin), console (operate)",
        "route chat    a (Acme m) → b (Acme n); modes full, off",
        "warning: the route `chat` does not survive a platform-wide outage of Acme",
        "warning: no price is known for the target `a`",
        "the configuration can be used",
    ] {
        assert!(said.contains(expected), "`{expected}` is not in:\n{said}");
    }
    assert!(!said.contains("secret-1"), "no secret is told");
}

#[test]
fn check_refuses_what_a_start_would_refuse_and_starts_nothing() {
    let chain = CONFIG.replace("[\"a\", \"b\"]", "[\"a\", \"b\", \"c\", \"d\"]");
    let more = ["c", "d"]
        .map(|id| format!("[[targets]]\nid = \"{id}\"\nprovider = \"p\"\nmodel = \"m\"\n"))
        .concat();
    for (text, expected) in [
        (CONFIG.replacen("listen", "lisen", 1), "line 3, key `lisen`: unknown field"),
        (CONFIG.replace("env:CHANGEOVER_TEST_TOKEN", "env:NOT_SET"), "`NOT_SET` is not set"),
        (format!("{more}{chain}").replacen(&more, "", 1) + &more, "has 4 targets: at most 3"),
        (
            CONFIG.replacen(
                "[admin]",
                "[tls]\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n[admin]",
                1,
            ),
            "line 6, key `certificate`: ",
        ),
    ] {
        let output = checked(&text);
        assert_eq!(output.status.code(), Some(1), "{expected}");
        assert!(output.stdout.is_empty());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(expected), "`{expected}` is not in: {said}");
    }
}

#[tokio::test]
async fn a_hangup_and_an_administrator_reload_the_file_and_a_refusal_changes_nothing() {
    let folder = Folder::with(CONFIG);
    let mut program = Program::start(&folder.file());
    folder.write(&with_second_route());
    program.signal("HUP");
    let line = program.logged("configuration reloaded");
    assert!(line.contains("route `extract` added"), "{line}");
    assert_eq!(program.models().await, ["chat", "extract"]);

    folder.write(&CONFIG.replacen("\"must_succeed\"", "\"must_not_fail\"", 1));
    program.signal("HUP");
    let line = program.logged("not reloaded");
    assert!(line.contains("gateway.toml, line 26, key `criticality`"), "{line}");
    let refused = program.reload("secret-1").await;
    assert_eq!(refused.status(), 422);
    assert_eq!(header(&refused, "content-type"), "application/problem+json");
    let problem: Value = refused.json().await.unwrap();
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("line 26") && detail.ends_with("Nothing was changed"), "{detail}");
    assert_eq!(program.models().await, ["chat", "extract"], "as it was");

    folder.write(CONFIG);
    assert_eq!(program.reload("secret-2").await.status(), 403, "an operator does not reload");
    let answer: Value = program.reload("secret-1").await.json().await.unwrap();
    assert_eq!(answer["changed"], serde_json::json!(["route `extract` removed"]));
    assert!(answer["warnings"].as_array().unwrap().len() >= 3, "{answer}");
    assert_eq!(program.models().await, ["chat"]);
}

#[tokio::test]
async fn on_sigterm_it_says_so_and_ends_with_0() {
    let folder = Folder::with(CONFIG);
    let mut program = Program::start(&folder.file());
    program.signal("TERM");
    program.logged("draining");
    let ended = program.child.wait().unwrap();
    assert_eq!(ended.code(), Some(0));
    let mut rest = String::new();
    program.log.read_to_string(&mut rest).unwrap();
    assert!(!rest.contains("cut off"), "there was nothing to cut: {rest}");
}
