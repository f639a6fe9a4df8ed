//! The headers by which every answer says which way it went.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use changeover_domain::{Generation, Mode, RequestId, RouteId, TargetId};

/// Of a request: which route it is for. Of an answer: which route it was.
pub(super) const ROUTE: HeaderName = HeaderName::from_static("x-changeover-route");
const TARGET: HeaderName = HeaderName::from_static("x-changeover-target");
const MODE: HeaderName = HeaderName::from_static("x-changeover-mode");
const GENERATION: HeaderName = HeaderName::from_static("x-changeover-generation");
const ATTEMPTS: HeaderName = HeaderName::from_static("x-changeover-attempts");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-changeover-request-id");

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
}

impl Way<'_> {
    pub(super) fn to_headers(&self) -> HeaderMap {
        let target = self.target.map_or(NONE, TargetId::as_str);
        named([
            self.route.as_str(),
            target,
            self.mode.as_str(),
            &self.generation.to_string(),
            &self.attempts.to_string(),
            self.id.as_str(),
        ])
    }
}

/// Puts the headers onto an answer that never reached a route.
pub(super) fn with_bare_headers(mut answer: Response, id: &RequestId) -> Response {
    answer.headers_mut().extend(named([NONE, NONE, NONE, "0", "0", id.as_str()]));
    answer
}

fn named(values: [&str; 6]) -> HeaderMap {
    let names = [ROUTE, TARGET, MODE, GENERATION, ATTEMPTS, REQUEST_ID];
    names
        .into_iter()
        .zip(values)
        .filter_map(|(name, value)| Some((name, HeaderValue::from_str(value).ok()?)))
        .collect()
}
