//! Webhooks of status pages, on the side that can be reached from outside: `POST
//! /hooks/{page}/{secret}`, for the pages that are configured.
//!
//! A console on somebody's desk cannot be reached, so the gateway keeps a hint until it is fetched.
//! This is the data side's last resort for paths it does not know, so that a wrong secret is
//! answered by the very code that answers an unknown path.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CONNECTION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use changeover_webhook::{BODY_LIMIT, Delivery, Door};

use super::refuse;
use crate::body;
use crate::metrics::Hook;
use crate::shared::{Shared, locked};

pub(super) async fn or_unknown_path(
    State(shared): State<Arc<Shared>>,
    request: Request,
) -> Response {
    let live = shared.live.get();
    let (head, body) = request.into_parts();
    let Some(door) = live.settings.hooks.find(head.uri.path()) else {
        return refuse::unknown_path(&shared, &head.uri, &head.headers);
    };
    if head.method != Method::POST {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "POST")]).into_response();
    }
    let admitted = locked(&shared.visits).admit(door, shared.clock.now());
    if let Err(limited) = admitted {
        count(&shared, door, Hook::Limited);
        let seconds = HeaderValue::from(limited.retry_after.as_secs().max(1));
        return (StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, seconds)]).into_response();
    }
    match body::read(body, BODY_LIMIT, &live.settings.connections, &shared.clock).await {
        Ok(body) => keep(&shared, door, &head.headers, &body).into_response(),
        Err(unread) => {
            let status = StatusCode::from_u16(unread.status()).unwrap_or(StatusCode::BAD_REQUEST);
            // What is left of the body is not waited for.
            (status, [(CONNECTION, "close")]).into_response()
        }
    }
}

fn keep(shared: &Shared, door: &Door, headers: &HeaderMap, body: &[u8]) -> StatusCode {
    let at = shared.clock.now();
    let checked = match door.check(Delivery { headers, body, at }) {
        Ok(checked) => checked,
        Err(error) => {
            // For the operator; the sender is told no more than that it was refused.
            tracing::warn!(page = %door.page(), %error, "a webhook was refused");
            count(shared, door, Hook::Refused);
            return StatusCode::UNAUTHORIZED;
        }
    };
    let news = locked(&shared.visits).news(door, checked);
    match news {
        Some(hint) => {
            locked(&shared.hints).push(hint);
            count(shared, door, Hook::Kept);
        }
        // A sender that repeats itself is answered as the first time.
        None => count(shared, door, Hook::Repeated),
    }
    StatusCode::ACCEPTED
}

fn count(shared: &Shared, door: &Door, hook: Hook) {
    locked(&shared.metrics).count_hook(door.page(), hook);
}
