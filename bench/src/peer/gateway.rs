//! Our gateway with a real configuration: two targets with prices behind each route, breakers,
//! budgets and the journal as they are by default; one worker, as nginx has.

use std::path::Path;
use std::process::Stdio;

use serde::Deserialize;
use tokio::process::Command;

use super::{Running, write};
use crate::error::BenchError;
use crate::upstream::{FAST, OTHER, SLOW};

/// The admin API's token, made up for the run.
pub(crate) const TOKEN: &str = "bench-operate-0123456789";
/// The route under load has the name of the upstream's model, so that every path is asked the same.
pub(crate) const ROUTE: &str = FAST;
/// The route's targets.
pub(crate) const TARGETS: [&str; 2] = ["first", "second"];

/// The gateway, running.
#[derive(Debug)]
pub(crate) struct Gateway {
    pub(crate) running: Running,
    pub(crate) url: String,
    pub(crate) admin_url: String,
}

#[derive(Debug, Deserialize)]
struct Serving {
    url: String,
    admin_url: String,
}

/// Starts the gateway in `work`, in front of `upstream`.
///
/// # Errors
/// When it does not serve; it says why on standard error.
pub(crate) async fn start(
    program: &Path,
    work: &Path,
    upstream: &str,
) -> Result<Gateway, BenchError> {
    let file = work.join("gateway.toml");
    write(&file, &configuration(upstream))?;
    let mut command = Command::new(program);
    command
        .arg("--config")
        .arg(&file)
        .args(["--workers", "1"])
        .env("CHANGEOVER_BENCH_TOKEN", TOKEN)
        .env("CHANGEOVER_BENCH_KEY", "sk-bench")
        .env("RUST_LOG", "warn")
        .stdout(Stdio::piped());
    let mut running = Running::start("the gateway", &mut command)?;
    let Serving { url, admin_url } = running.ready_line().await?;
    Ok(Gateway { running, url, admin_url })
}

fn configuration(upstream: &str) -> String {
    let provider = |id: &str| {
        format!(
            "[[providers]]\nid = \"{id}\"\nkind = \"openai\"\nbase_url = \"{upstream}\"\n\
             key = \"env:CHANGEOVER_BENCH_KEY\"\n\n"
        )
    };
    let target = |id: &str, provider: &str, model: &str| {
        format!(
            "[[targets]]\nid = \"{id}\"\nprovider = \"{provider}\"\nmodel = \"{model}\"\n\
             price = {{ input = \"1.25\", cached_input = \"0.125\", output = \"10.00\" }}\n\n"
        )
    };
    let route = |id: &str, targets: &str| {
        format!(
            "[[routes]]\nid = \"{id}\"\ncriticality = \"must_succeed\"\ntargets = [{targets}]\n\
             modes = [\"full\", \"template\", \"off\"]\n\n"
        )
    };
    [
        "id = \"bench\"\nlisten = \"127.0.0.1:0\"\nstate_dir = \"state\"\n\n[admin]\n\
         listen = \"127.0.0.1:0\"\ntokens = [{ name = \"bench\", \
         secret = \"env:CHANGEOVER_BENCH_TOKEN\", role = \"operate\" }]\n\n"
            .to_owned(),
        provider("one"),
        provider("two"),
        target("first", "one", FAST),
        target("second", "two", OTHER),
        target("slow", "one", SLOW),
        route(ROUTE, "\"first\", \"second\""),
        route(SLOW, "\"slow\", \"second\""),
    ]
    .concat()
}
