//! OpenAI's Chat Completions and embeddings: `POST /v1/chat/completions`, `POST /v1/embeddings`.

mod answer;
mod content;
mod embeddings;
mod error;
mod request;

use bytes::Bytes;

use super::{Answer, Ask, Call, Dialect, Embeddings, Problem, Refusal, Stamp, Streamed};
use crate::script::Header;

pub(super) struct Openai;

impl Dialect for Openai {
    fn read(&self, call: &Call<'_>) -> Result<Ask, Problem> {
        request::read(call)
    }
    fn refuse(&self, problem: &Problem, model: &str, stamp: &Stamp) -> Refusal {
        error::refuse(problem, model, stamp)
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
    fn vectors(&self, wanted: &Embeddings, ask: &Ask) -> String {
        embeddings::answer(wanted, ask)
    }
    fn streamed(&self, ask: &Ask, answer: &Answer, stamp: &Stamp) -> Streamed {
        answer::streamed(ask, answer, stamp)
    }
    fn error_event(&self, _stamp: &Stamp) -> Bytes {
        error::event()
    }
}
