//! Azure's `OpenAI` deployments: `POST /openai/v1/chat/completions`, with the key in `api-key`.
//!
//! Behind the door it is `OpenAI`'s format; the door, its refusals and its headers are Azure's own.

mod error;

use axum::http::{Method, Uri};
use bytes::Bytes;

use super::openai::Openai;
use super::{Answer, Ask, Call, Dialect, Problem, Refusal, Stamp, Streamed, left};
use crate::fault::ErrorKind;
use crate::script::Header;

const PATH: &str = "/openai/v1/chat/completions";
const REQUESTS: u32 = 5_000;
const TOKENS: u32 = 1_000_000;

pub(super) struct Azure;

impl Dialect for Azure {
    fn read(&self, call: &Call<'_>) -> Result<Ask, Problem> {
        if call.uri.path() != PATH || call.method != Method::POST {
            let code = Some("404");
            return Err(Problem { code, ..Problem::of(ErrorKind::ModelNotFound, error::NO_PATH) });
        }
        let key = call.headers.get("api-key").and_then(|value| value.to_str().ok());
        if key != Some(call.provider.key) {
            return Err(Problem::usual(ErrorKind::Authentication));
        }
        let mut headers = call.headers.clone();
        if let Ok(bearer) = format!("Bearer {}", call.provider.key).parse() {
            headers.insert("authorization", bearer);
        }
        let uri = Uri::from_static("/v1/chat/completions");
        Openai.read(&Call { uri: &uri, headers: &headers, ..*call })
    }
    /// What an account may spend is the portal's business: no answer of the API speaks of it.
    fn has_words_for(&self, kind: ErrorKind) -> bool {
        kind != ErrorKind::SpendCap
    }
    fn refuse(&self, problem: &Problem, _model: &str, stamp: &Stamp) -> Refusal {
        error::refuse(problem, stamp)
    }
    fn unknown_model(&self, _model: &str) -> Problem {
        Problem::usual(ErrorKind::ModelNotFound)
    }
    fn too_long(&self, tokens: u64, limit: u32) -> Problem {
        Openai.too_long(tokens, limit)
    }
    fn headers(&self, stamp: &Stamp) -> Vec<Header> {
        let mut headers = vec![("apim-request-id", request_id(stamp))];
        headers.extend(limits(stamp.headroom));
        headers
    }
    fn whole(&self, answer: &Answer, stamp: &Stamp) -> String {
        Openai.whole(answer, stamp)
    }
    fn streamed(&self, ask: &Ask, answer: &Answer, stamp: &Stamp) -> Streamed {
        Openai.streamed(ask, answer, stamp)
    }
    fn error_event(&self, stamp: &Stamp) -> Bytes {
        Openai.error_event(stamp)
    }
}

/// What is left of each limit, and nothing of when there is more.
fn limits(headroom: f64) -> Vec<Header> {
    vec![
        ("x-ratelimit-limit-requests", REQUESTS.to_string()),
        ("x-ratelimit-limit-tokens", TOKENS.to_string()),
        ("x-ratelimit-remaining-requests", left(REQUESTS, headroom)),
        ("x-ratelimit-remaining-tokens", left(TOKENS, headroom)),
    ]
}

fn request_id(stamp: &Stamp) -> String {
    stamp.request.to_ascii_lowercase()
}
