//! Refusals in the caller's dialect.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::{CONNECTION, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use changeover_domain::{Outcome, RequestId, RouteId};
use changeover_llm::Failure;
use changeover_llm::front::{Door, ErrorFields, FrontError};
use changeover_llm::validate::InvalidSchema;

use super::answer::json;
use super::headers::with_bare_headers;
use super::passage::new_request_id;
use crate::body::BodyError;
use crate::callers::{NoSeat, UnknownKey};
use crate::log;
use crate::shared::{Shared, locked};

/// Paths that are served, for those who ask for another.
const SERVED: &str = "POST /v1/chat/completions, POST /v1/messages, POST /v1/embeddings or \
                      GET /v1/models";

/// What a caller is told to wait that has too much under way: it knows best when one of its own
/// requests ends, and this keeps it from asking in a loop.
const SEAT_WAIT: Duration = Duration::from_secs(1);

/// An answer without an answer.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) door: Door,
    pub(super) status: u16,
    pub(super) message: String,
    pub(super) code: &'static str,
    pub(super) param: Option<String>,
    pub(super) retry_after: Option<Duration>,
    /// How the request is counted.
    pub(super) outcome: Outcome,
}

impl Refusal {
    /// For the last failure of a request.
    pub(super) fn of_failure(door: Door, failure: &Failure) -> Self {
        Self {
            door,
            status: door.status_of(failure),
            message: failure.why.clone(),
            code: failure.class.as_str(),
            param: None,
            retry_after: failure.retry_after,
            outcome: Outcome::Failed(failure.class),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let fields = ErrorFields {
            message: &self.message,
            code: Some(self.code),
            param: self.param.as_deref(),
            ..ErrorFields::default()
        };
        let mut answer = error(self.door, self.status, &fields);
        tell_wait(&mut answer, self.retry_after);
        answer
    }
}

fn tell_wait(answer: &mut Response, wait: Option<Duration>) {
    let Some(wait) = wait else { return };
    // Rounded up: who comes back a moment early is refused again.
    let seconds = wait.as_millis().div_ceil(1_000).max(1);
    if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
        answer.headers_mut().insert(RETRY_AFTER, value);
    }
}

fn error(door: Door, status: u16, fields: &ErrorFields<'_>) -> Response {
    let mut answer = json(door.encode_error(status, fields));
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    answer
}

/// A refusal of what never came as far as being served.
#[derive(Debug)]
pub(super) struct TurnedAway {
    door: Door,
    status: u16,
    message: Cow<'static, str>,
    code: Option<&'static str>,
    param: Option<Cow<'static, str>>,
    retry_after: Option<Duration>,
    /// The connection is of no more use.
    closes: bool,
    /// The request that was begun and counted; `None` where none was.
    counted_as: Option<RequestId>,
}

impl TurnedAway {
    fn new(door: Door, status: u16, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            door,
            status,
            message: message.into(),
            code: None,
            param: None,
            retry_after: None,
            closes: false,
            counted_as: None,
        }
    }

    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// The refusal of a request that was begun, and has been counted under this id.
    pub(super) fn counted_as(self, id: RequestId) -> Self {
        Self { counted_as: Some(id), ..self }
    }

    fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    fn param(self, param: impl Into<Cow<'static, str>>) -> Self {
        Self { param: Some(param.into()), ..self }
    }

    pub(super) fn unread_body(door: Door, unread: BodyError) -> Self {
        let turned = Self::new(door, unread.status(), unread.to_string());
        // What is left of the body is not waited for.
        let turned = Self { closes: true, ..turned };
        match unread {
            BodyError::TooLarge { .. } => turned.code("payload_too_large"),
            BodyError::Slow { .. } => turned.code("request_timeout"),
            BodyError::Broken => turned,
        }
    }

    /// The body was not read, and is not waited for.
    pub(super) fn unread(self) -> Self {
        Self { closes: true, ..self }
    }

    pub(super) fn malformed(door: Door, problem: FrontError) -> Self {
        let turned = Self::new(door, 400, problem.message).code("invalid_request");
        match problem.param {
            Some(param) => turned.param(param),
            None => turned,
        }
    }

    /// A schema of the request by which no answer could be judged.
    pub(super) fn unusable_schema(door: Door, invalid: &InvalidSchema) -> Self {
        let param = match door {
            Door::OpenAi => invalid.field.openai_param(),
            Door::Anthropic => invalid.field.anthropic_param(),
        };
        Self::new(door, 400, format!("`{param}` {}", invalid.problem))
            .code("invalid_request")
            .param(param)
    }

    pub(super) fn unknown_caller(door: Door, _: UnknownKey) -> Self {
        let message = "this key is not known here: show one of this gateway's, not a vendor's, as \
                       `Authorization: Bearer …` or `x-api-key`";
        Self::new(door, 401, message).code("invalid_api_key")
    }

    pub(super) fn without_seat(door: Door, no_seat: &NoSeat) -> Self {
        let NoSeat { caller, most } = no_seat;
        let message = format!(
            "`{caller}` has {most} requests under way, which is as many as this gateway takes from \
             it at once: send the next when one of them is over"
        );
        let refused = Self::new(door, 429, message).code("concurrency_limited");
        Self { retry_after: Some(SEAT_WAIT), ..refused }
    }

    pub(super) fn unknown_route(door: Door, known: &[RouteId], asked_for: &str) -> Self {
        let shown: String = asked_for.chars().take(100).collect();
        let known: Vec<&str> = known.iter().map(RouteId::as_str).collect();
        let message = format!(
            "there is no route `{shown}` here; known: {}. Name one as `model`, or in the header \
             x-changeover-route",
            known.join(", ")
        );
        Self::new(door, 404, message).code("model_not_found").param("model")
    }
}

impl TurnedAway {
    /// The answer, told and counted like that of a request that was served.
    pub(super) fn answer(self, shared: &Shared) -> Response {
        let id = self.counted_as.unwrap_or_else(|| {
            let id = new_request_id();
            if shared.live.get().settings.log.requests {
                log::turned_away(&id, self.status, self.code);
            }
            locked(&shared.metrics).count_turned_away(self.status);
            id
        });
        let fields = ErrorFields {
            message: &self.message,
            r#type: None,
            code: self.code,
            param: self.param.as_deref(),
            request_id: Some(id.as_str()),
        };
        let mut answer = with_bare_headers(error(self.door, self.status, &fields), &id);
        tell_wait(&mut answer, self.retry_after);
        if self.closes {
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        answer
    }
}

/// The dialect of a request whose path both dialects have, or neither.
pub(super) fn door_of(headers: &HeaderMap) -> Door {
    if headers.contains_key("anthropic-version") { Door::Anthropic } else { Door::OpenAi }
}

/// The dialect of a request that came to no door of ours.
fn door_tried(uri: &Uri, headers: &HeaderMap) -> Door {
    match Door::of_path(uri.path()) {
        Door::Anthropic => Door::Anthropic,
        Door::OpenAi => door_of(headers),
    }
}

pub(super) fn unknown_path(shared: &Shared, uri: &Uri, headers: &HeaderMap) -> Response {
    let door = door_tried(uri, headers);
    let message = Door::unserved(uri.path()).map_or_else(
        || {
            let path: String = uri.path().chars().take(100).collect();
            Cow::from(format!("`{path}` is not served here; try {SERVED}"))
        },
        Cow::from,
    );
    TurnedAway::new(door, 404, message).answer(shared)
}

pub(super) async fn wrong_method(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let message = format!("this method is not served here: {SERVED}");
    TurnedAway::new(door_tried(&uri, &headers), 405, message).answer(&shared)
}
