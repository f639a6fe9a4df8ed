//! The headers of a change: `If-Match` and `Idempotency-Key`.

use axum::http::HeaderMap;
use axum::http::header::IF_MATCH;
use changeover_domain::admin::ProblemKind;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::problem::Refused;
use crate::writer::IdempotencyKey;

/// The longest idempotency key, in characters.
const LONGEST_KEY: usize = 200;

/// The tags of `If-Match`. `*` would match whatever is there, which is what the header is to
/// prevent, so it counts as missing.
pub(super) fn if_match(headers: &HeaderMap) -> Result<Vec<String>, Refused> {
    let tags: Vec<String> = headers
        .get_all(IF_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().to_owned())
        .filter(|tag| !tag.is_empty() && tag != "*")
        .collect();
    if tags.is_empty() {
        return Err(Refused::new(
            ProblemKind::PreconditionRequired,
            "say which version you looked at: `If-Match` with the ETag that was answered",
        ));
    }
    Ok(tags)
}

/// The idempotency key, bound to what is asked under it.
pub(super) fn idempotency_key(
    headers: &HeaderMap,
    asked: &impl Serialize,
) -> Result<Option<IdempotencyKey>, Refused> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let key =
        value.to_str().ok().filter(|key| !key.is_empty() && key.len() <= LONGEST_KEY).ok_or_else(
            || {
                Refused::new(
                    ProblemKind::InvalidRequest,
                    format!("`Idempotency-Key` takes 1 to {LONGEST_KEY} printable characters"),
                )
            },
        )?;
    let asked = serde_json::to_vec(asked)
        .map_err(|error| Refused::new(ProblemKind::InvalidRequest, error.to_string()))?;
    Ok(Some(IdempotencyKey { key: key.to_owned(), digest: hex(&Sha256::digest(asked)) }))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
