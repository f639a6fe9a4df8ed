//! The headers by which every answer says which way it went.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use changeover_domain::{Generation, Mode, RequestId, RouteId, TargetId};
use changeover_llm::losses::FeatureSet;

use super::passage::FromCache;

/// Of a request: which route it is for. Of an answer: which route it was.
pub(super) const ROUTE: HeaderName = HeaderName::from_static("x-changeover-route");
const TARGET: HeaderName = HeaderName::from_static("x-changeover-target");
const MODE: HeaderName = HeaderName::from_static("x-changeover-mode");
const GENERATION: HeaderName = HeaderName::from_static("x-changeover-generation");
const ATTEMPTS: HeaderName = HeaderName::from_static("x-changeover-attempts");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-changeover-request-id");
/// Only on answers that are less than the route gives in mode `full`: which mode they are of.
const DEGRADED: HeaderName = HeaderName::from_static("x-changeover-degraded");
/// Only on answers that were kept: `fresh` or `stale`, and how old.
const CACHE: HeaderName = HeaderName::from_static("x-changeover-cache");
/// Only where something was: what the caller asked for that the target does not have.
const LOST: HeaderName = HeaderName::from_static("x-changeover-lost");
/// The names under which the vendors' SDKs look for an id to show.
const OPENAI_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const ANTHROPIC_REQUEST_ID: HeaderName = HeaderName::from_static("request-id");

/// For so many headers an answer gets room at once.
const ROOM: usize = 12;

/// Headers with room for those that every answer has.
pub(super) fn roomy() -> HeaderMap {
    HeaderMap::with_capacity(ROOM)
}

/// Stands where there is nothing to name, so that a header is never missing.
const NONE: &str = "none";

/// Which way an answer went.
#[derive(Debug)]
pub(super) struct Way<'a> {
    pub(super) route: &'a RouteId,
    /// Who answered, or was asked last.
    pub(super) target: Option<&'a TargetId>,
    pub(super) mode: Mode,
    pub(super) generation: Generation,
    pub(super) attempts: u32,
    pub(super) id: &'a RequestId,
    pub(super) from_cache: Option<FromCache>,
    pub(super) lost: FeatureSet,
}

impl Way<'_> {
    /// Puts the headers onto an answer.
    pub(super) fn write_to(&self, headers: &mut HeaderMap) {
        insert(headers, ROUTE, self.route.as_str());
        insert(headers, TARGET, self.target.map_or(NONE, TargetId::as_str));
        headers.insert(MODE, HeaderValue::from_static(self.mode.as_str()));
        headers.insert(GENERATION, HeaderValue::from(self.generation.0));
        headers.insert(ATTEMPTS, HeaderValue::from(self.attempts));
        name(headers, self.id);
        if self.mode != Mode::Full {
            headers.insert(DEGRADED, HeaderValue::from_static(self.mode.as_str()));
        }
        if let Some(FromCache { age, is_stale }) = self.from_cache {
            let kind = if is_stale { "stale" } else { "fresh" };
            insert(headers, CACHE, &format!("{kind}; age={}", age.as_secs()));
        }
        if !self.lost.is_empty() {
            insert(headers, LOST, &self.lost.to_string());
        }
    }
}

/// Puts the headers onto an answer that never reached a route.
pub(super) fn with_bare_headers(mut answer: Response, id: &RequestId) -> Response {
    let headers = answer.headers_mut();
    for (name, value) in
        [(ROUTE, NONE), (TARGET, NONE), (MODE, NONE), (GENERATION, "0"), (ATTEMPTS, "0")]
    {
        headers.insert(name, HeaderValue::from_static(value));
    }
    name(headers, id);
    answer
}

/// The request's id, under all its names.
fn name(headers: &mut HeaderMap, id: &RequestId) {
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        headers.insert(REQUEST_ID, id.clone());
        headers.insert(OPENAI_REQUEST_ID, id.clone());
        headers.insert(ANTHROPIC_REQUEST_ID, id);
    }
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
