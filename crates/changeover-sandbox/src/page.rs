//! A provider's status page: Statuspage's JSON, RSS and Atom, with conditional requests.
//!
//! It does not look at what the servers do. It says what the scenario lets it say, late or never.

mod calls;
mod feed;
mod incident;
mod json;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use axum::http::{HeaderMap, Response, StatusCode};
use changeover_config::StatusPlatform;
use changeover_domain::{IdError, ProviderId, SourceId, UnixMs};
use sha2::{Digest as _, Sha256};

use crate::host::http_date;
use crate::profile::ProviderProfile;
use crate::stage::Stage;
pub use calls::PageSubscriber;
pub(crate) use calls::{PageCalls, keep_calling};
use incident::PageIncident;

/// One page that can be polled.
#[derive(Debug, Clone)]
pub struct SimulatedPage {
    pub source: SourceId,
    pub provider: ProviderId,
    pub platform: StatusPlatform,
    /// Its JSON: `…/api/v2/summary.json`.
    pub url: String,
    /// Its feed, which stands in where the JSON cannot be had.
    pub fallback: String,
}

/// What the documents of a page are made of.
pub(crate) struct View {
    profile: &'static ProviderProfile,
    /// The page's own address, without a trailing slash.
    base: String,
    /// Newest first.
    incidents: Vec<PageIncident>,
    updated_at: UnixMs,
}

pub(crate) struct Page {
    profile: &'static ProviderProfile,
    base: String,
    stage: Stage,
}

/// The status page of `profile` as a router.
pub(crate) fn router(profile: &'static ProviderProfile, base: String, stage: Stage) -> Router {
    let page = Page { profile, base, stage };
    Router::new().fallback(serve).with_state(Arc::new(page))
}

/// The page at `base` as the product watches it. Its documents are one page and not three, as those of
/// the real vendors are in the catalogue; its RSS is there for whoever asks.
pub(crate) fn watched(
    profile: &ProviderProfile,
    provider: &ProviderId,
    base: &str,
) -> Result<SimulatedPage, IdError> {
    Ok(SimulatedPage {
        source: SourceId::try_new(format!("{}-status", profile.id))?,
        provider: provider.clone(),
        platform: StatusPlatform::Statuspage,
        url: format!("{base}/api/v2/summary.json"),
        fallback: format!("{base}/history.atom"),
    })
}

impl Page {
    fn view(&self, now: UnixMs) -> View {
        let incidents = incident::published(&self.stage, self.profile, now);
        let newest = incidents.iter().map(PageIncident::updated_at).max();
        View {
            profile: self.profile,
            base: self.base.clone(),
            updated_at: newest.unwrap_or(self.stage.born),
            incidents,
        }
    }
}

async fn serve(State(page): State<Arc<Page>>, request: Request) -> Response<Body> {
    let is_json = request.uri().path().ends_with(".json");
    if is_json && page.stage.page_json_fails(page.profile.id) {
        return challenge();
    }
    let view = page.view(page.stage.clock.now());
    let json = "application/json; charset=utf-8";
    let (content_type, body) = match request.uri().path() {
        "/api/v2/summary.json" => (json, json::summary(&view)),
        "/api/v2/status.json" => (json, json::status(&view)),
        "/api/v2/components.json" => (json, json::components(&view)),
        "/api/v2/incidents.json" => (json, json::incidents(&view, true)),
        "/api/v2/incidents/unresolved.json" => (json, json::incidents(&view, false)),
        "/history.rss" => ("application/rss+xml; charset=utf-8", feed::rss(&view)),
        "/history.atom" => ("application/atom+xml; charset=utf-8", feed::atom(&view)),
        _ => return with_status(StatusCode::NOT_FOUND, Body::from("Not Found\n")),
    };
    conditional(request.headers(), content_type, body, view.updated_at)
}

/// What those in front of pages answer, with 200, to whoever they take for a machine.
fn challenge() -> Response<Body> {
    let page =
        "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>";
    let mut response = Response::new(Body::from(page));
    let html = axum::http::HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, html);
    response
}

fn with_status(status: StatusCode, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
}

/// The document, or 304 when the caller has it.
fn conditional(
    asked: &HeaderMap,
    content_type: &str,
    body: String,
    updated_at: UnixMs,
) -> Response<Body> {
    let digest = Sha256::digest(body.as_bytes());
    let tag: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("W/\"{tag}\"");
    let text = |name| asked.get(name).and_then(|value| value.to_str().ok());
    let known = match (text(IF_NONE_MATCH), text(IF_MODIFIED_SINCE)) {
        (Some(tags), _) => tags.split(',').any(|known| known.trim() == tag),
        (None, Some(date)) => {
            since(date).is_some_and(|second| second >= updated_at.0.div_euclid(1_000))
        }
        (None, None) => false,
    };
    let mut response = if known {
        with_status(StatusCode::NOT_MODIFIED, Body::empty())
    } else {
        Response::new(Body::from(body))
    };
    let fields = [
        (CONTENT_TYPE, content_type.to_owned()),
        (ETAG, tag),
        (LAST_MODIFIED, http_date(updated_at)),
        (CACHE_CONTROL, "max-age=10, public, s-maxage=15, stale-while-revalidate=30".to_owned()),
    ];
    for (name, value) in fields {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The second that an HTTP date names.
fn since(date: &str) -> Option<i64> {
    let parsed = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date);
    parsed.ok().map(|at| at.as_second())
}
