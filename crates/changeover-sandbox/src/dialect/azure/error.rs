//! Azure's refusals: the door's `{"error":{"code","message"}}`, and `OpenAI`'s where the request has
//! come as far as the model.

use serde_json::json;

use super::super::openai::Openai;
use super::super::{Dialect as _, Problem, Refusal, Stamp};
use super::{limits, request_id};
use crate::fault::ErrorKind;

/// What whoever asks for another path is told.
pub(super) const NO_PATH: &str = "Resource not found";

pub(super) fn refuse(problem: &Problem, stamp: &Stamp) -> Refusal {
    let Some((status, code, message)) = at_the_door(problem.kind) else {
        return with_own_headers(Openai.refuse(problem, "", stamp), stamp);
    };
    let message = problem.message.as_deref().unwrap_or(message);
    let code = problem.code.unwrap_or(code);
    let mut headers = vec![("apim-request-id", request_id(stamp))];
    if status == 429 {
        headers.push(("retry-after", "20".to_owned()));
        headers.extend(limits(if problem.kind == ErrorKind::RateLimited { 0.0 } else { 0.9 }));
    }
    Refusal {
        status,
        headers,
        content_type: "application/json",
        body: json!({ "error": { "code": code, "message": message } }).to_string(),
    }
}

fn with_own_headers(refusal: Refusal, stamp: &Stamp) -> Refusal {
    Refusal { headers: vec![("apim-request-id", request_id(stamp))], ..refusal }
}

/// Status, code and usual words of what no model has seen.
fn at_the_door(kind: ErrorKind) -> Option<(u16, &'static str, &'static str)> {
    Some(match kind {
        ErrorKind::Authentication => (
            401,
            "401",
            "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.",
        ),
        ErrorKind::Permission => {
            (403, "AccessDenied", "Access denied due to Virtual Network/Firewall rules.")
        }
        ErrorKind::ModelNotFound => (
            404,
            "DeploymentNotFound",
            "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again.",
        ),
        ErrorKind::RateLimited => (
            429,
            "429",
            "Requests to this operation have exceeded the token rate limit of your current pricing tier. Please retry after 20 seconds.",
        ),
        ErrorKind::QuotaExhausted => {
            (403, "403", "Out of call volume quota. Quota will be replenished in 06:12:40.")
        }
        ErrorKind::Overloaded => (
            429,
            "NoCapacity",
            "The system is currently experiencing high demand and cannot process your request.",
        ),
        ErrorKind::Unavailable => (
            503,
            "ServiceUnavailable",
            "The service is temporarily unable to process your request.",
        ),
        ErrorKind::GatewayError => (502, "BadGateway", "Bad gateway."),
        _ => return None,
    })
}
