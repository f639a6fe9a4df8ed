//! One caller: sends a request, reads the answer to its end, and says whether the work was done.

use std::time::Duration;

use changeover_http::read_capped;
use serde_json::Value;

use super::{Callers, Planned};

/// A caller's patience, in the clock's time.
const PATIENCE: Duration = Duration::from_secs(120);
const ANSWER_LIMIT: usize = 1024 * 1024;

/// What came of asking one gateway.
enum Asked {
    Done,
    Failed,
    /// Nobody was there: the next gateway may be asked.
    NoConnection,
}

impl Callers {
    /// Sends one request and counts what the caller saw.
    pub(super) async fn call(&self, planned: Planned) {
        let clock = &self.stage.clock;
        let patience = clock.timeout(PATIENCE, self.ask_in_turn(&planned));
        let done = patience.await.unwrap_or(false);
        self.counter.ended(clock.now(), &planned.route, done);
    }

    async fn ask_in_turn(&self, planned: &Planned) -> bool {
        let gateways = self.aim.borrow().clone();
        for turn in 0..gateways.len() {
            let index = planned.first_gateway.wrapping_add(turn) % gateways.len().max(1);
            let Some((id, base)) = gateways.get(index) else {
                return false;
            };
            let asked = self.ask(base, planned).await;
            self.counter.asked(id, !matches!(asked, Asked::NoConnection));
            match asked {
                Asked::Done => return true,
                Asked::Failed => return false,
                Asked::NoConnection => {}
            }
        }
        false
    }

    async fn ask(&self, base: &str, planned: &Planned) -> Asked {
        let url = format!("{}/v1/chat/completions", base.trim_end_matches('/'));
        let request = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .body(planned.body.clone());
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Asked::NoConnection,
            Err(_) => return Asked::Failed,
        };
        if !response.status().is_success() {
            return Asked::Failed;
        }
        match read_capped(response, ANSWER_LIMIT).await {
            Ok(body) if complete(&body, planned.stream) => Asked::Done,
            Ok(_) | Err(_) => Asked::Failed,
        }
    }
}

/// Whether a caller can work with this answer.
fn complete(body: &[u8], stream: bool) -> bool {
    if !stream {
        let answer: Option<Value> = serde_json::from_slice(body).ok();
        return answer.is_some_and(|answer| answer.pointer("/choices/0/message").is_some());
    }
    let text = String::from_utf8_lossy(body);
    let data = || text.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim_start);
    data().any(|data| data == "[DONE]") && !data().any(|data| data.starts_with("{\"error\""))
}

#[cfg(test)]
mod tests {
    use super::complete;

    #[test]
    fn an_answer_counts_only_when_it_is_whole() {
        assert!(complete(br#"{"choices":[{"message":{"content":"x"}}]}"#, false));
        assert!(!complete(br#"{"choices":[{"message":"#, false));
        assert!(!complete(br#"{"error":{"message":"x"}}"#, false));
        assert!(complete(b"data: {\"choices\":[]}\n\ndata: [DONE]\n\n", true));
        assert!(!complete(b"data: {\"choices\":[]}\n\n", true), "it broke off");
        assert!(!complete(b"data: {\"error\":{}}\n\ndata: [DONE]\n\n", true));
    }
}
