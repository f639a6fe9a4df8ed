//! What there was to tell of status pages, once each and in the order in which it was found.
//!
//! Written together with the incidents it speaks of, for looking back at them. What people are told
//! follows from where the incidents stand (the engine's alerts), not from these.

use changeover_domain::{IncidentId, StatusTransition};
use sqlx::SqliteConnection;

use crate::column::{json, of_json};
use crate::{Reader, StoreError};

/// How many are kept. Their incidents are kept by themselves.
const KEPT: i64 = 5_000;

const RECORD: &str = "record what there is to tell of a status page";
const READ: &str = "read what there is to tell of status pages";

/// Between the name of a step and when it was taken again.
const AGAIN: char = '@';

/// Keeps what there is to tell, in its order, and gives back what was not told before.
///
/// The same look may come again, when nobody heard that it was kept: then what is newest of an
/// incident is among these, and it and all before it were told. A name that is known for anything
/// older says that a page took the same step again, as impact does that goes up, down and up; that
/// is told again, under a name of its own.
pub(crate) async fn append(
    connection: &mut SqliteConnection,
    transitions: &[StatusTransition],
) -> Result<Vec<StatusTransition>, StoreError> {
    let mut told = Vec::new();
    for (place, transition) in transitions.iter().enumerate() {
        let incident = &transition.incident.id;
        let newest = newest_of(connection, incident).await?;
        let of_incident = |one: &&StatusTransition| one.incident.id == *incident;
        let was_told = transitions
            .iter()
            .skip(place)
            .filter(of_incident)
            .any(|one| newest.as_deref() == Some(one.id.as_str()));
        if was_told {
            continue;
        }
        let again = || StatusTransition {
            id: format!("{}{AGAIN}{}", transition.id, transition.at.0),
            ..transition.clone()
        };
        if insert(connection, transition).await? {
            told.push(transition.clone());
        } else if insert(connection, &again()).await? {
            told.push(again());
        }
    }
    Ok(told)
}

/// The name of the step that was told last of an incident, without when it was taken again.
async fn newest_of(
    connection: &mut SqliteConnection,
    incident: &IncidentId,
) -> Result<Option<String>, StoreError> {
    let source = incident.source.as_str();
    let newest = sqlx::query_scalar!(
        "SELECT id FROM status_transitions WHERE source = ? AND native = ?
        ORDER BY sequence DESC LIMIT 1",
        source,
        incident.native,
    )
    .fetch_optional(connection)
    .await
    .map_err(StoreError::during(RECORD))?;
    Ok(newest.map(|id| id.split(AGAIN).next().unwrap_or_default().to_owned()))
}

/// Keeps one; `false` when its name is taken.
async fn insert(
    connection: &mut SqliteConnection,
    transition: &StatusTransition,
) -> Result<bool, StoreError> {
    let whole = of_json("transition", transition)?;
    let source = transition.incident.id.source.as_str();
    let sequence = sqlx::query_scalar!(
        "INSERT INTO status_transitions (id, at_ms, source, native, transition)
        VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING RETURNING sequence",
        transition.id,
        transition.at.0,
        source,
        transition.incident.id.native,
        whole,
    )
    .fetch_optional(&mut *connection)
    .await
    .map_err(StoreError::during(RECORD))?;
    let Some(sequence) = sequence else { return Ok(false) };
    let kept_from = sequence - KEPT;
    sqlx::query!("DELETE FROM status_transitions WHERE sequence <= ?", kept_from)
        .execute(connection)
        .await
        .map_err(StoreError::during(RECORD))?;
    Ok(true)
}

impl Reader {
    /// What there was to tell of one incident, oldest first; at most 500.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn status_transitions_of(
        &self,
        id: &IncidentId,
    ) -> Result<Vec<StatusTransition>, StoreError> {
        let source = id.source.as_str();
        let rows = sqlx::query_scalar!(
            "SELECT transition FROM status_transitions WHERE source = ? AND native = ?
            ORDER BY sequence LIMIT 500",
            source,
            id.native,
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.iter().map(|row| json("transition", row)).collect()
    }
}
