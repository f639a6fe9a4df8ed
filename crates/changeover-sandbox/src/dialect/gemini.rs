//! Gemini's `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent?alt=sse`.

mod answer;
mod content;
mod error;
mod request;

use bytes::Bytes;

use super::{Answer, Ask, Call, Dialect, Problem, Refusal, Stamp, Streamed};
use crate::script::Header;

pub(super) struct Gemini;

impl Dialect for Gemini {
    fn read(&self, call: &Call<'_>) -> Result<Ask, Problem> {
        request::read(call)
    }
    fn refuse(&self, problem: &Problem, model: &str, _stamp: &Stamp) -> Refusal {
        error::refuse(problem, model)
    }
    fn unknown_model(&self, model: &str) -> Problem {
        error::unknown_model(model)
    }
    fn too_long(&self, tokens: u64, limit: u32) -> Problem {
        error::too_long(tokens, limit)
    }
    fn headers(&self, stamp: &Stamp) -> Vec<Header> {
        answer::headers(stamp)
    }
    fn whole(&self, answer: &Answer, stamp: &Stamp) -> String {
        answer::whole(answer, stamp)
    }
    fn streamed(&self, ask: &Ask, answer: &Answer, stamp: &Stamp) -> Streamed {
        answer::streamed(ask, answer, stamp)
    }
    fn error_event(&self, _stamp: &Stamp) -> Bytes {
        error::event()
    }
    fn stream_type(&self) -> &'static str {
        "text/event-stream"
    }
}
