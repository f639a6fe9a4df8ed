//! Refusals as RFC 9457 problem documents.

use axum::http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use changeover_domain::UnixMs;
use changeover_domain::admin::{Problem, ProblemKind};

use crate::board::change::Refusal;

/// A refusal on its way out.
#[derive(Debug)]
pub(super) struct Refused(Box<Problem>);

impl Refused {
    pub(super) fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self(Box::new(Problem {
            r#type: kind.urn(),
            title: title(kind).to_owned(),
            status: kind.status(),
            detail: detail.into(),
            changed_by: None,
            changed_at: None,
            interlocks: Vec::new(),
        }))
    }

    /// Somebody else holds what was asked for.
    pub(super) fn held(holder: &str, since: UnixMs) -> Self {
        let mut refused = Self::new(ProblemKind::Stale, format!("`{holder}` holds it"));
        refused.0.changed_by = Some(holder.to_owned());
        refused.0.changed_at = Some(since);
        refused
    }

    /// The same refusal under another status than its kind's.
    pub(super) fn with_status(mut self, status: u16) -> Self {
        self.0.status = status;
        self
    }

    #[cfg(test)]
    pub(super) fn status(&self) -> u16 {
        self.0.status
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let sentence = refusal.sentence();
        match refusal {
            Refusal::UnknownRoute { .. } => Self::new(ProblemKind::NotFound, sentence),
            Refusal::Unprocessable { .. } => Self::new(ProblemKind::Unprocessable, sentence),
            Refusal::Stale { changed_by, changed_at, .. } => {
                let mut refused = Self::new(ProblemKind::Stale, sentence);
                refused.0.changed_by = changed_by;
                refused.0.changed_at = changed_at;
                refused
            }
            Refusal::Interlock { checks } => {
                let advice = "; name it in `break_interlocks` to do it all the same";
                let mut refused = Self::new(ProblemKind::Interlock, sentence + advice);
                refused.0.interlocks = checks;
                refused
            }
            Refusal::IdempotencyConflict => Self::new(ProblemKind::IdempotencyConflict, sentence),
            Refusal::StorageFailed { .. } | Refusal::Stopping => {
                Self::new(ProblemKind::StorageFailed, sentence)
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut answer = (status, Json(&*self.0)).into_response();
        let headers = answer.headers_mut();
        let content_type = HeaderValue::from_static("application/problem+json");
        headers.insert(CONTENT_TYPE, content_type);
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        answer
    }
}

fn title(kind: ProblemKind) -> &'static str {
    match kind {
        ProblemKind::InvalidRequest => "Not what the API takes",
        ProblemKind::Unauthenticated => "No known token",
        ProblemKind::Forbidden => "Not allowed",
        ProblemKind::NotFound => "Not found",
        ProblemKind::Interlock => "An interlock does not hold",
        ProblemKind::IdempotencyConflict => "The idempotency key is taken",
        ProblemKind::Stale => "Changed since you looked",
        ProblemKind::Unprocessable => "Not possible here",
        ProblemKind::PreconditionRequired => "If-Match is missing",
        ProblemKind::StorageFailed => "Not on disk, so not changed",
    }
}
