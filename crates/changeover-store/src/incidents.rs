//! What status pages declare. An incident is replaced by its newest reading; its updates only
//! grow, because pages drop old ones and history must not.

use std::ops::Range;

use changeover_domain::{Incident, IncidentId, IncidentUpdate, UnixMs};
use sqlx::SqliteConnection;

use crate::column::{json, of_json, of_time, of_word, word, word_option};
use crate::connection::begin;
use crate::{Reader, StoreError, Writer};

const RECORD: &str = "record incidents";
const READ: &str = "read incidents";

impl Writer {
    /// Keeps incidents and their updates: all or none. What is known under the same id is replaced.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn incidents_record(&self, incidents: &[Incident]) -> Result<(), StoreError> {
        let mut connection = self.turn().await;
        let mut transaction = begin(&mut connection, RECORD).await?;
        for incident in incidents {
            upsert(&mut transaction, incident).await?;
            for update in &incident.updates {
                upsert_update(&mut transaction, &incident.id, update).await?;
            }
        }
        transaction.commit().await.map_err(StoreError::during(RECORD))
    }
}

async fn upsert(transaction: &mut SqliteConnection, incident: &Incident) -> Result<(), StoreError> {
    let (source, provider) = (incident.id.source.as_str(), incident.provider.as_str());
    let state = of_word("state", &incident.state)?;
    let impact = of_word("impact", &incident.impact)?;
    let ended_at = of_time(incident.ended_at);
    let components = of_json("components", &incident.components)?;
    let targets = of_json("targets", &incident.targets)?;
    sqlx::query!(
        "INSERT INTO status_incidents (source, native, provider, title, state, impact,
            started_at_ms, ended_at_ms, components, targets, url)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (source, native) DO UPDATE SET provider = excluded.provider,
            title = excluded.title, state = excluded.state, impact = excluded.impact,
            started_at_ms = excluded.started_at_ms, ended_at_ms = excluded.ended_at_ms,
            components = excluded.components, targets = excluded.targets, url = excluded.url",
        source,
        incident.id.native,
        provider,
        incident.title,
        state,
        impact,
        incident.started_at.0,
        ended_at,
        components,
        targets,
        incident.url,
    )
    .execute(transaction)
    .await
    .map_err(StoreError::during(RECORD))?;
    Ok(())
}

async fn upsert_update(
    transaction: &mut SqliteConnection,
    incident: &IncidentId,
    update: &IncidentUpdate,
) -> Result<(), StoreError> {
    let source = incident.source.as_str();
    let state = update.state.map(|state| of_word("state", &state)).transpose()?;
    sqlx::query!(
        "INSERT INTO status_updates (source, incident, native, at_ms, state, text)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (source, incident, native) DO UPDATE SET at_ms = excluded.at_ms,
            state = excluded.state, text = excluded.text",
        source,
        incident.native,
        update.native,
        update.at.0,
        state,
        update.text,
    )
    .execute(transaction)
    .await
    .map_err(StoreError::during(RECORD))?;
    Ok(())
}

impl Reader {
    /// Incidents that their pages count as going on, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn incidents_open(&self) -> Result<Vec<Incident>, StoreError> {
        let mut lane = self.lane().await;
        let rows = sqlx::query_as!(
            IncidentRow,
            "SELECT source, native, provider, title, state, impact, started_at_ms, ended_at_ms,
                components, targets, url
            FROM status_incidents WHERE state <> 'resolved'
            ORDER BY started_at_ms, source, native",
        )
        .fetch_all(&mut *lane)
        .await
        .map_err(StoreError::during(READ))?;
        with_updates(&mut lane, rows).await
    }

    /// Incidents of which any part lies within `range`, oldest first. A resolved incident whose
    /// page names no end counts by its start.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn incidents_between(
        &self,
        range: Range<UnixMs>,
    ) -> Result<Vec<Incident>, StoreError> {
        let mut lane = self.lane().await;
        let rows = sqlx::query_as!(
            IncidentRow,
            "SELECT source, native, provider, title, state, impact, started_at_ms, ended_at_ms,
                components, targets, url
            FROM status_incidents
            WHERE started_at_ms < ?
                AND (state <> 'resolved' OR coalesce(ended_at_ms, started_at_ms) >= ?)
            ORDER BY started_at_ms, source, native",
            range.end.0,
            range.start.0,
        )
        .fetch_all(&mut *lane)
        .await
        .map_err(StoreError::during(READ))?;
        with_updates(&mut lane, rows).await
    }
}

async fn with_updates(
    lane: &mut SqliteConnection,
    rows: Vec<IncidentRow>,
) -> Result<Vec<Incident>, StoreError> {
    let mut incidents = Vec::with_capacity(rows.len());
    for row in rows {
        let updates = sqlx::query_as!(
            UpdateRow,
            "SELECT native, at_ms, state, text FROM status_updates
            WHERE source = ? AND incident = ? ORDER BY at_ms, native",
            row.source,
            row.native,
        )
        .fetch_all(&mut *lane)
        .await
        .map_err(StoreError::during(READ))?;
        let updates =
            updates.into_iter().map(IncidentUpdate::try_from).collect::<Result<_, _>>()?;
        incidents.push(row.read(updates)?);
    }
    Ok(incidents)
}

struct IncidentRow {
    source: String,
    native: String,
    provider: String,
    title: String,
    state: String,
    impact: String,
    started_at_ms: i64,
    ended_at_ms: Option<i64>,
    components: String,
    targets: String,
    url: Option<String>,
}

impl IncidentRow {
    fn read(self, updates: Vec<IncidentUpdate>) -> Result<Incident, StoreError> {
        Ok(Incident {
            id: IncidentId { source: word("source", self.source)?, native: self.native },
            provider: word("provider", self.provider)?,
            title: self.title,
            state: word("state", self.state)?,
            impact: word("impact", self.impact)?,
            started_at: UnixMs(self.started_at_ms),
            ended_at: self.ended_at_ms.map(UnixMs),
            components: json("components", &self.components)?,
            targets: json("targets", &self.targets)?,
            updates,
            url: self.url,
        })
    }
}

struct UpdateRow {
    native: String,
    at_ms: i64,
    state: Option<String>,
    text: String,
}

impl TryFrom<UpdateRow> for IncidentUpdate {
    type Error = StoreError;

    fn try_from(row: UpdateRow) -> Result<Self, StoreError> {
        Ok(Self {
            native: row.native,
            at: UnixMs(row.at_ms),
            state: word_option("state", row.state)?,
            text: row.text,
        })
    }
}
