//! What status pages declare. An incident is replaced by its newest reading; its updates only
//! grow, because pages drop old ones and history must not. When it was first read and which event it
//! is part of are decided once and stay.

use std::ops::Range;

use changeover_domain::{
    ComponentState, Incident, IncidentId, IncidentUpdate, PageComponent, SourceId, SourceState,
    StatusTransition, UnixMs,
};
use serde::Deserialize;
use sqlx::SqliteConnection;

use crate::column::{json, of_json, of_time, of_word, word, word_option};
use crate::connection::begin;
use crate::{Reader, StoreError, Writer, sources, transitions};

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
        record(&mut transaction, incidents).await?;
        transaction.commit().await.map_err(StoreError::during(RECORD))
    }

    /// Keeps what one look at a page gave: its state, its incidents, and what there is to tell of
    /// them; all or none. Gives back the transitions that were not told before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn status_record(
        &self,
        source: &SourceState,
        incidents: &[Incident],
        transitions: &[StatusTransition],
    ) -> Result<Vec<StatusTransition>, StoreError> {
        let mut connection = self.turn().await;
        let mut transaction = begin(&mut connection, RECORD).await?;
        sources::upsert(&mut transaction, source).await?;
        record(&mut transaction, incidents).await?;
        let told = transitions::append(&mut transaction, transitions).await?;
        transaction.commit().await.map_err(StoreError::during(RECORD))?;
        Ok(told)
    }
}

async fn record(
    transaction: &mut SqliteConnection,
    incidents: &[Incident],
) -> Result<(), StoreError> {
    for incident in incidents {
        upsert(transaction, incident).await?;
        for update in &incident.updates {
            upsert_update(transaction, &incident.id, update).await?;
        }
    }
    Ok(())
}

async fn upsert(transaction: &mut SqliteConnection, incident: &Incident) -> Result<(), StoreError> {
    let (source, provider) = (incident.id.source.as_str(), incident.provider.as_str());
    let state = of_word("state", &incident.state)?;
    let impact = of_word("impact", &incident.impact)?;
    let ended_at = of_time(incident.ended_at);
    let components = of_json("components", &incident.components)?;
    let targets = of_json("targets", &incident.targets)?;
    let maintenance =
        incident.maintenance.map(|planned| of_json("maintenance", &planned)).transpose()?;
    let start_basis = of_word("start_basis", &incident.start)?;
    let first_read_at = of_time(incident.first_read_at);
    let event = incident.event.as_ref().map(|event| (event.source.as_str(), event.native.as_str()));
    let (event_source, event_native) = event.unzip();
    sqlx::query!(
        "INSERT INTO status_incidents (source, native, provider, title, state, impact,
            started_at_ms, ended_at_ms, components, targets, url, severity, maintenance,
            start_basis, first_read_at_ms, event_source, event_native)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (source, native) DO UPDATE SET provider = excluded.provider,
            title = excluded.title, state = excluded.state, impact = excluded.impact,
            started_at_ms = excluded.started_at_ms, ended_at_ms = excluded.ended_at_ms,
            components = excluded.components, targets = excluded.targets, url = excluded.url,
            severity = excluded.severity, maintenance = excluded.maintenance,
            start_basis = excluded.start_basis,
            first_read_at_ms = coalesce(first_read_at_ms, excluded.first_read_at_ms),
            event_source = coalesce(event_source, excluded.event_source),
            event_native = coalesce(event_native, excluded.event_native)",
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
        incident.severity,
        maintenance,
        start_basis,
        first_read_at,
        event_source,
        event_native,
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
    let written = of_json("written", &update.written)?;
    sqlx::query!(
        "INSERT INTO status_updates (source, incident, native, at_ms, state, text, written)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (source, incident, native) DO UPDATE SET at_ms = excluded.at_ms,
            state = excluded.state, text = excluded.text, written = excluded.written",
        source,
        incident.native,
        update.native,
        update.at.0,
        state,
        update.text,
        written,
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
                components, targets, url, severity, maintenance, start_basis, first_read_at_ms,
                event_source, event_native
            FROM status_incidents WHERE state NOT IN ('resolved', 'left_page')
            ORDER BY started_at_ms, source, native",
        )
        .fetch_all(&mut *lane)
        .await
        .map_err(StoreError::during(READ))?;
        with_updates(&mut lane, rows).await
    }

    /// One incident; `None` where there is none of this id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn incident(&self, id: &IncidentId) -> Result<Option<Incident>, StoreError> {
        let mut lane = self.lane().await;
        let source = id.source.as_str();
        let rows = sqlx::query_as!(
            IncidentRow,
            "SELECT source, native, provider, title, state, impact, started_at_ms, ended_at_ms,
                components, targets, url, severity, maintenance, start_basis, first_read_at_ms,
                event_source, event_native
            FROM status_incidents WHERE source = ? AND native = ?",
            source,
            id.native,
        )
        .fetch_all(&mut *lane)
        .await
        .map_err(StoreError::during(READ))?;
        Ok(with_updates(&mut lane, rows).await?.pop())
    }

    /// The incidents of one event, its first one included, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn incidents_of_event(
        &self,
        event: &IncidentId,
    ) -> Result<Vec<Incident>, StoreError> {
        let mut lane = self.lane().await;
        let source = event.source.as_str();
        let rows = sqlx::query_as!(
            IncidentRow,
            "SELECT source, native, provider, title, state, impact, started_at_ms, ended_at_ms,
                components, targets, url, severity, maintenance, start_basis, first_read_at_ms,
                event_source, event_native
            FROM status_incidents WHERE event_source = ? AND event_native = ?
            ORDER BY started_at_ms, source, native",
            source,
            event.native,
        )
        .fetch_all(&mut *lane)
        .await
        .map_err(StoreError::during(READ))?;
        with_updates(&mut lane, rows).await
    }

    /// Incidents of one source that its page counts as going on, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn incidents_open_of(&self, source: &SourceId) -> Result<Vec<Incident>, StoreError> {
        let open = self.incidents_open().await?;
        Ok(open.into_iter().filter(|incident| incident.id.source == *source).collect())
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
                components, targets, url, severity, maintenance, start_basis, first_read_at_ms,
                event_source, event_native
            FROM status_incidents
            WHERE started_at_ms < ?
                AND (state NOT IN ('resolved', 'left_page') OR coalesce(ended_at_ms, started_at_ms) >= ?)
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
            "SELECT native, at_ms, state, text, written FROM status_updates
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
    severity: Option<String>,
    maintenance: Option<String>,
    start_basis: String,
    first_read_at_ms: Option<i64>,
    event_source: Option<String>,
    event_native: Option<String>,
}

impl IncidentRow {
    fn read(self, updates: Vec<IncidentUpdate>) -> Result<Incident, StoreError> {
        let components: Vec<StoredComponent> = json("components", &self.components)?;
        let maintenance =
            self.maintenance.as_deref().map(|planned| json("maintenance", planned)).transpose()?;
        let event = self.event_source.zip(self.event_native).map(|(source, native)| {
            Ok::<_, StoreError>(IncidentId { source: word("event_source", source)?, native })
        });
        Ok(Incident {
            id: IncidentId { source: word("source", self.source)?, native: self.native },
            provider: word("provider", self.provider)?,
            title: self.title,
            state: word("state", self.state)?,
            impact: word("impact", self.impact)?,
            severity: self.severity,
            maintenance,
            started_at: UnixMs(self.started_at_ms),
            start: word("start_basis", self.start_basis)?,
            ended_at: self.ended_at_ms.map(UnixMs),
            first_read_at: self.first_read_at_ms.map(UnixMs),
            event: event.transpose()?,
            components: components.into_iter().map(PageComponent::from).collect(),
            targets: json("targets", &self.targets)?,
            updates,
            url: self.url,
        })
    }
}

/// A component as it stands in the column: version 2 and before kept names and states only.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredComponent {
    Named(String, ComponentState),
    Whole(PageComponent),
}

impl From<StoredComponent> for PageComponent {
    fn from(stored: StoredComponent) -> Self {
        match stored {
            StoredComponent::Whole(component) => component,
            StoredComponent::Named(name, state) => Self::new(None, name, state),
        }
    }
}

struct UpdateRow {
    native: String,
    at_ms: i64,
    state: Option<String>,
    text: String,
    written: Option<String>,
}

impl TryFrom<UpdateRow> for IncidentUpdate {
    type Error = StoreError;

    fn try_from(row: UpdateRow) -> Result<Self, StoreError> {
        Ok(Self {
            native: row.native,
            at: UnixMs(row.at_ms),
            written: row
                .written
                .map(|written| json("written", &written))
                .transpose()?
                .unwrap_or_default(),
            state: word_option("state", row.state)?,
            text: row.text,
        })
    }
}
