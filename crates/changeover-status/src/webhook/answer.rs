//! One request, one answer without a body: nothing that is said here helps who guesses.

use std::sync::PoisonError;

use bytes::Bytes;
use changeover_webhook::{BODY_LIMIT, Delivery, Door, SignatureError};
use http_body_util::{BodyExt as _, Empty, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::header::{ALLOW, HeaderValue, RETRY_AFTER};
use hyper::{Method, Request, Response, StatusCode};

use super::{Shared, WebhookRefusal};

pub(super) async fn answer(shared: &Shared, request: Request<Incoming>) -> Response<Empty<Bytes>> {
    let (head, body) = request.into_parts();
    // A wrong secret, another page and a path that never was are one and the same.
    let Some(door) = shared.doors.find(head.uri.path()) else {
        return bare(StatusCode::NOT_FOUND);
    };
    if head.method != Method::POST {
        return with(StatusCode::METHOD_NOT_ALLOWED, ALLOW, HeaderValue::from_static("POST"));
    }
    let admitted = shared.visits().admit(door, shared.clock.now());
    if let Err(limited) = admitted {
        let seconds = limited.retry_after.as_secs().max(1);
        return with(StatusCode::TOO_MANY_REQUESTS, RETRY_AFTER, seconds.into());
    }
    match whole(body).await {
        Err(status) => bare(status),
        Ok(body) => {
            let at = shared.clock.now();
            let checked = door.check(Delivery { headers: &head.headers, body: &body, at });
            match checked {
                Err(error) => {
                    shared.refuse(door, &error);
                    bare(StatusCode::UNAUTHORIZED)
                }
                Ok(checked) => {
                    let hint = shared.visits().news(door, checked);
                    // A sender that repeats itself is answered as the first time.
                    if let Some(hint) = hint {
                        shared.hints.put(hint);
                    }
                    bare(StatusCode::ACCEPTED)
                }
            }
        }
    }
}

/// The body, if it is not too large. What says so beforehand is not read at all.
async fn whole(body: Incoming) -> Result<Bytes, StatusCode> {
    if usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX) > BODY_LIMIT {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        Err(_) => Err(StatusCode::BAD_REQUEST),
    }
}

fn bare(status: StatusCode) -> Response<Empty<Bytes>> {
    let mut response = Response::new(Empty::new());
    *response.status_mut() = status;
    response
}

fn with(
    status: StatusCode,
    name: hyper::header::HeaderName,
    value: HeaderValue,
) -> Response<Empty<Bytes>> {
    let mut response = bare(status);
    response.headers_mut().insert(name, value);
    response
}

impl Shared {
    /// The memory of visits: whole between statements, so a panic elsewhere does no harm.
    fn visits(&self) -> std::sync::MutexGuard<'_, changeover_webhook::Visits> {
        self.visits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes for the operator what the sender is not told.
    fn refuse(&self, door: &Door, error: &SignatureError) {
        let (page, at, why) = (door.page().clone(), self.clock.now(), error.to_string());
        tracing::warn!(%page, why, "a webhook was refused");
        self.state.send_modify(|state| {
            state.refused = state.refused.saturating_add(1);
            state.last_refusal = Some(WebhookRefusal { page, at, why });
        });
    }
}
