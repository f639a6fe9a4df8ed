//! The wire protocols of LLM vendors, behind one request, one response and one kind of failure.
//!
//! An application's request comes in (through [`front`] or made by a probe), is translated
//! to the vendor's dialect, sent, and what comes back is translated to the same words for every
//! vendor: an [`Answer`], an [`AnswerStream`] or a [`Failure`] that says whose it is.
//!
//! Not for choosing targets, retrying, pricing or keeping state: one call here is one attempt at
//! one target. What comes from a vendor is hostile until parsed: bodies, events and time are
//! capped, and every text of theirs is redacted before it is kept.

mod answer;
mod anthropic;
mod azure;
pub mod canonical;
mod classify;
mod client;
mod curl;
mod dialect;
mod endpoint;
mod failure;
pub mod front;
mod gemini;
#[cfg(test)]
mod golden;
pub mod losses;
mod openai;
mod rate_limits;
pub mod shape;
pub mod validate;

pub use answer::{Account, Answer, AnswerMeta, AnswerStream, RateLimit, RateLimits};
pub use canonical::{
    ChatRequest, ChatResponse, FinishReason, Image, ImageSource, Message, Part, ResponseFormat,
    Role, StreamEvent, Tool, ToolChoice,
};
pub use classify::{Classified, HttpAnswer, classify};
pub use client::{Embeddings, Forwarded, Given, LlmClient};
pub use curl::{Bearing, curl, key_variable};
pub use endpoint::{Endpoint, Limits};
pub use failure::{Failure, VendorMarks};
pub use openai::document::Document;
