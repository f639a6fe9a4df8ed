//! `call`: one command, from a script or a terminal.
//!
//! A console that is running is asked over its loopback address. Where none is named, an engine is
//! started on the data directory for this one command, and ended again.

use std::time::Duration;

use changeover_api::{Engine, handle};
use changeover_clock::Clock;
use changeover_http::{ClientPolicy, client, error_chain, read_capped};

use crate::command_line::Call;

/// Longer than any command takes.
const DEADLINE: Duration = Duration::from_secs(60);
/// How long the first look at the gateways may take.
const FIRST_LOOK: Duration = Duration::from_secs(5);
const LARGEST_ANSWER: usize = 256 * 1024 * 1024;

/// Prints the answer, or gives the error as text for standard error.
pub(crate) async fn call(call: Call) -> Result<(), String> {
    let request: serde_json::Value = serde_json::from_str(&call.request)
        .map_err(|error| format!("the request is not JSON: {error}; quote it as one word"))?;
    let answer = match (&call.url, &call.token) {
        (Some(url), Some(token)) => ask_running(url, token, &call.command, &request).await?,
        _ => ask_own(&call, request).await?,
    };
    let text = printed(&call.command, &answer).map_err(|error| error.to_string())?;
    #[expect(clippy::print_stdout, reason = "the answer is what was asked for")]
    {
        println!("{text}");
    }
    Ok(())
}

/// JSON for eyes and scripts. A file with a capture on each line is answered so as well: line by
/// line, in its order.
fn printed(command: &str, answer: &serde_json::Value) -> serde_json::Result<String> {
    let lines = answer.get("answers").and_then(serde_json::Value::as_array);
    match lines.filter(|_| command == "error_classify") {
        Some(lines) => {
            let lines: serde_json::Result<Vec<String>> =
                lines.iter().map(serde_json::to_string).collect();
            lines.map(|lines| lines.join("\n"))
        }
        None => serde_json::to_string_pretty(answer),
    }
}

async fn ask_own(call: &Call, request: serde_json::Value) -> Result<serde_json::Value, String> {
    if let Some(answer) =
        changeover_api::handle_without_engine(&call.command, request.clone()).await
    {
        return answer.map_err(|error| as_json(&error));
    }
    let engine = Engine::start(call.at.options()).await.map_err(|error| error_chain(&error))?;
    look_once(&engine).await;
    let answer = handle(&engine, &call.command, request).await;
    engine.shutdown().await;
    answer.map_err(|error| as_json(&error))
}

/// A state that nobody has looked at yet answers nothing: waits until every gateway was asked.
async fn look_once(engine: &Engine) {
    let mut snapshots = engine.watch();
    let looked = snapshots.wait_for(|snapshot| {
        snapshot
            .gateways
            .iter()
            .all(|gateway| gateway.last_read_at.is_some() || gateway.problem.is_some())
    });
    // One that hangs is shown as not asked.
    if Clock::system().timeout(FIRST_LOOK, looked).await.is_err() {
        tracing::warn!("not every gateway has answered yet");
    }
}

async fn ask_running(
    url: &str,
    token: &str,
    command: &str,
    request: &serde_json::Value,
) -> Result<serde_json::Value, String> {
    let http = client(&ClientPolicy::default()).map_err(|error| error_chain(&error))?;
    let url = format!("{}/api/{command}", url.trim_end_matches('/'));
    let sent = http.post(url).bearer_auth(token).timeout(DEADLINE).json(request).send().await;
    let response = sent.map_err(|error| {
        format!(
            "the console does not answer: {}; is it still running?",
            error_chain(&error.without_url())
        )
    })?;
    let succeeded = response.status().is_success();
    let body = read_capped(response, LARGEST_ANSWER).await.map_err(|error| error_chain(&error))?;
    if !succeeded {
        return Err(String::from_utf8_lossy(&body).into_owned());
    }
    serde_json::from_slice(&body)
        .map_err(|error| format!("the console's answer was not understood: {error}"))
}

fn as_json(error: &changeover_api::ApiError) -> String {
    serde_json::to_string(error).unwrap_or_else(|_| error.to_string())
}
