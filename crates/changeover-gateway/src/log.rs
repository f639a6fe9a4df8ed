//! What the gateway writes to its log: how it looks, and the one line of each request.
//!
//! A request's line has names, numbers and words from closed lists only. What a caller or a
//! provider wrote, and what opens doors, has no field to stand in.

use changeover_domain::{Generation, Mode, Nanodollars, Outcome, RequestId, RouteId, TargetId};
use serde::Deserialize;
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::trace::TraceContext;

/// How the log looks and what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSettings {
    pub format: LogFormat,
    /// Whether each request has its line.
    pub requests: bool,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { format: LogFormat::Json, requests: true }
    }
}

/// One line for a machine, or one for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    #[default]
    Json,
    Text,
}

/// What takes the program's log lines and writes them. Which are written, the environment's
/// `RUST_LOG` says; `info` and what is worse where it says nothing.
pub fn subscriber<W>(format: LogFormat, writer: W) -> Box<dyn Subscriber + Send + Sync>
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    match format {
        LogFormat::Text => Box::new(lines.with_ansi(false).finish()),
        LogFormat::Json => Box::new(lines.json().flatten_event(true).finish()),
    }
}

/// A request that has ended, as its line tells it.
#[derive(Debug)]
pub(crate) struct RequestLine<'a> {
    pub(crate) id: &'a RequestId,
    pub(crate) trace: &'a TraceContext,
    /// As the configuration names whoever asked.
    pub(crate) caller: Option<&'a str>,
    pub(crate) route: &'a RouteId,
    pub(crate) target: Option<&'a TargetId>,
    pub(crate) mode: Mode,
    pub(crate) generation: Generation,
    pub(crate) outcome: Outcome,
    /// Of the answer.
    pub(crate) status: u16,
    pub(crate) streamed: bool,
    pub(crate) cache_hit: bool,
    pub(crate) attempts: u32,
    pub(crate) total_ms: u32,
    pub(crate) first_token_ms: Option<u32>,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) cost: Nanodollars,
    /// The cost is not all of it.
    pub(crate) unpriced: bool,
}

/// Writes a request's line.
pub(crate) fn request(line: &RequestLine<'_>) {
    tracing::info!(
        target: "changeover_gateway::request",
        request_id = %line.id,
        trace_id = line.trace.trace_id(),
        span_id = line.trace.span_id(),
        caller = line.caller,
        route = %line.route,
        served_by = line.target.map(tracing::field::display),
        mode = line.mode.as_str(),
        generation = line.generation.0,
        outcome = line.outcome.as_str(),
        status = line.status,
        streamed = line.streamed,
        cache_hit = line.cache_hit,
        attempts = line.attempts,
        total_ms = line.total_ms,
        first_token_ms = line.first_token_ms,
        input_tokens = line.input_tokens,
        output_tokens = line.output_tokens,
        cost_nanodollars = line.cost.0,
        unpriced = line.unpriced,
        "request"
    );
}

/// Writes the line of a request that never came to a route.
pub(crate) fn turned_away(id: &RequestId, status: u16, code: Option<&'static str>) {
    tracing::info!(
        target: "changeover_gateway::request",
        request_id = %id, status, code, "request turned away"
    );
}
