//! `POST /v1/embeddings`, passed through: the same breakers, gates, retries and account as every
//! request, and the vendor's document as it came. Vectors of two models do not compare, so whoever
//! gives such a route a standby gives it the same model elsewhere.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Json, Response};
use changeover_domain::{FailureClass, Mode, Outcome};
use changeover_llm::front::{Door, FrontError};
use serde_json::{Map, Value};

use super::asked::{Admitted, admit, let_in};
use super::attempt::{Errand, Given};
use super::passage::Passage;
use super::refuse::{Refusal, TurnedAway};
use super::serve::{Stuck, no_path, shed, switched_off};
use super::{targets, whole_body};
use crate::metrics::Operation;
use crate::shared::Shared;

const DOOR: Door = Door::OpenAi;

pub(super) async fn embeddings(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let visitor = match let_in(DOOR, &shared, &headers) {
        Ok(visitor) => visitor,
        Err(turned_away) => return turned_away.answer(&shared),
    };
    let read = match whole_body(body, &shared).await {
        Ok(body) => read(&body).map_err(|error| TurnedAway::malformed(DOOR, error)),
        Err(unread) => Err(TurnedAway::unread_body(DOOR, unread)),
    };
    let (model, body) = match read {
        Ok(read) => read,
        Err(turned_away) => return turned_away.answer(&shared),
    };
    let Admitted { passage, .. } =
        match admit(Operation::Embeddings, &shared, visitor, &headers, &model) {
            Ok(admitted) => admitted,
            Err(turned_away) => return turned_away.answer(&shared),
        };
    answer(passage, &model, Value::Object(body)).await
}

/// The model that is asked for, and the document.
fn read(body: &[u8]) -> Result<(String, Map<String, Value>), FrontError> {
    let problem = |message: &str, param: Option<&str>| FrontError {
        message: message.to_owned(),
        param: param.map(str::to_owned),
    };
    let document: Value = serde_json::from_slice(body).map_err(|error| {
        problem(&format!("the body is not JSON that can be read: {error}"), None)
    })?;
    let Value::Object(fields) = document else {
        return Err(problem("the body must be an object", None));
    };
    if fields.get("input").is_none_or(Value::is_null) {
        return Err(problem("`input` is missing", Some("input")));
    }
    match fields.get("model").and_then(Value::as_str) {
        Some(model) => Ok((model.to_owned(), fields)),
        None => Err(problem("`model` is missing or no text", Some("model"))),
    }
}

async fn answer(mut passage: Box<Passage>, model: &str, body: Value) -> Response {
    passage.put_the_primary_on_trial();
    let served = if passage.mode.needs_target() {
        Box::pin(targets::ask(&mut passage, &Errand::Embeddings(&body))).await
    } else {
        Err(Stuck::NoTarget(None))
    };
    let answer = match served {
        Ok(Given::Embeddings(mut document)) => {
            if let Some(fields) = document.as_object_mut() {
                fields.insert("model".to_owned(), Value::String(model.to_owned()));
            }
            Ok(document)
        }
        Ok(Given::Whole { .. } | Given::Document(_) | Given::Stream(_)) => {
            Err(no_path(&mut passage))
        }
        Err(stuck) => Err(refusal(stuck, &mut passage)),
    };
    let mut response = match answer {
        Ok(document) => {
            passage.end(Outcome::Ok);
            Json(document).into_response()
        }
        Err(refusal) => {
            passage.refuse(&refusal);
            refusal.into_response()
        }
    };
    passage.write_headers(response.headers_mut());
    response
}

fn refusal(stuck: Stuck, passage: &mut Passage) -> Refusal {
    let wanted = passage.plan.effective.mode;
    if !wanted.needs_target() {
        // A trial of the primary did not succeed: the route is where its operator put it.
        passage.mode = wanted;
        return if wanted == Mode::Off { switched_off(passage) } else { degraded(passage) };
    }
    match stuck {
        Stuck::ToCaller(failure) | Stuck::NextMode(failure) | Stuck::NoTarget(Some(failure)) => {
            Refusal::of_failure(DOOR, &failure)
        }
        Stuck::Shed { retry_after } => shed(passage, retry_after),
        Stuck::NoTarget(None) => no_path(passage),
    }
}

/// No prepared text can stand for a vector.
fn degraded(passage: &mut Passage) -> Refusal {
    passage.note(None, "no degraded answer to a request for embeddings", None);
    Refusal {
        door: DOOR,
        status: 503,
        message: format!(
            "The route `{}` is in mode `{}` at the moment, in which there are no embeddings.",
            passage.plan.route,
            passage.mode.as_str()
        ),
        code: "route_degraded",
        param: None,
        retry_after: None,
        outcome: Outcome::Failed(FailureClass::GatewayError),
    }
}
