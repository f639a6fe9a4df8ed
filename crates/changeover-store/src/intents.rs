//! What the operator wants of each route, and how far each gateway has come towards it.
//!
//! Every revision stays, so that the last change can be undone after a restart too; the highest
//! generation of a route is what is wanted now. An intent is never without its audit entry: both
//! are written in one transaction.

use changeover_domain::{AuditEntry, Convergence, Generation, Override, RouteId, UnixMs};
use sqlx::SqliteConnection;

use crate::audit::{self, AuditDraft};
use crate::column::{integer, integer_option, json, of_count, of_json, of_time, of_word, word};
use crate::connection::begin;
use crate::{Reader, StoreError, Writer};

const APPLY: &str = "record what is wanted of a route";
const READ: &str = "read what is wanted of the routes";
const CONVERGE: &str = "record how far a gateway has come";

/// What is wanted of one route, as of one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intent {
    pub route: RouteId,
    pub generation: Generation,
    /// `None`: the route was cleared and goes back to auto.
    pub wanted: Option<Override>,
    /// Who asked for it, as its audit entry says: the draft's actor is what is kept.
    pub requested_by: String,
    /// Why, as its audit entry says: the draft's reason is what is kept.
    pub reason: String,
    /// The interlocks that the operator broke by name; a gateway that comes late is told too.
    pub break_interlocks: Vec<String>,
    pub created_at: UnixMs,
}

impl Intent {
    /// Whether the operator wants nothing of the route any more.
    #[must_use]
    pub fn is_cleared(&self) -> bool {
        self.wanted.is_none()
    }
}

/// Why an intent was not taken. Neither it nor its audit entry was written.
#[derive(Debug, thiserror::Error)]
pub enum IntentError {
    #[error(
        "generation {refused} of route {route} is not newer than {stored}, which is already wanted"
    )]
    NotNewer { route: RouteId, refused: Generation, stored: Generation },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Writer {
    /// Writes what is wanted of a route together with the audit entry that says who wants it.
    /// When this returns, both are on disk, and gateways may be asked.
    ///
    /// # Errors
    /// [`IntentError::NotNewer`] when the route already has this generation or a higher one.
    pub async fn intent_apply(
        &self,
        draft: AuditDraft,
        intent: &Intent,
    ) -> Result<AuditEntry, IntentError> {
        let mut connection = self.turn().await;
        let mut transaction = begin(&mut connection, APPLY).await?;
        if let Some(stored) = newest_generation(&mut transaction, &intent.route).await?
            && intent.generation <= stored
        {
            let (route, refused) = (intent.route.clone(), intent.generation);
            return Err(IntentError::NotNewer { route, refused, stored });
        }
        let entry = audit::append(&mut transaction, draft).await?;
        insert(&mut transaction, intent, entry.sequence).await?;
        transaction.commit().await.map_err(StoreError::during(APPLY))?;
        Ok(entry)
    }

    /// Records where a gateway stands on its way. What belongs to an earlier generation than the
    /// one already recorded comes too late and changes nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn convergence_record(
        &self,
        route: &RouteId,
        convergence: &Convergence,
    ) -> Result<(), StoreError> {
        let (route, gateway) = (route.as_str(), convergence.gateway.as_str());
        let wanted = of_count("wanted", convergence.wanted.0)?;
        let observed = convergence.observed.map(|seen| of_count("observed", seen.0)).transpose()?;
        let step = of_word("step", &convergence.step)?;
        let read_back_at = of_time(convergence.read_back_at);
        sqlx::query!(
            "INSERT INTO convergences (route, gateway, wanted, observed, step, since_ms, push_ms,
                read_back_at_ms, detail)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (route, gateway) DO UPDATE SET wanted = excluded.wanted,
                observed = excluded.observed, step = excluded.step, since_ms = excluded.since_ms,
                push_ms = excluded.push_ms, read_back_at_ms = excluded.read_back_at_ms,
                detail = excluded.detail
            WHERE excluded.wanted >= convergences.wanted",
            route,
            gateway,
            wanted,
            observed,
            step,
            convergence.since.0,
            convergence.push_ms,
            read_back_at,
            convergence.detail,
        )
        .execute(&mut *self.turn().await)
        .await
        .map_err(StoreError::during(CONVERGE))?;
        Ok(())
    }
}

async fn newest_generation(
    transaction: &mut SqliteConnection,
    route: &RouteId,
) -> Result<Option<Generation>, StoreError> {
    let route = route.as_str();
    let newest = sqlx::query_scalar!(
        "SELECT generation FROM intents WHERE route = ? ORDER BY generation DESC LIMIT 1",
        route,
    )
    .fetch_optional(transaction)
    .await
    .map_err(StoreError::during(READ))?;
    Ok(integer_option("generation", newest)?.map(Generation))
}

async fn insert(
    transaction: &mut SqliteConnection,
    intent: &Intent,
    audit_sequence: u64,
) -> Result<(), StoreError> {
    let route = intent.route.as_str();
    let generation = of_count("generation", intent.generation.0)?;
    let wanted = intent.wanted.as_ref().map(|wanted| of_json("override", wanted)).transpose()?;
    let break_interlocks = of_json("break_interlocks", &intent.break_interlocks)?;
    let audit_sequence = of_count("audit_sequence", audit_sequence)?;
    sqlx::query!(
        "INSERT INTO intents
            (route, generation, override, break_interlocks, created_at_ms, audit_sequence)
        VALUES (?, ?, ?, ?, ?, ?)",
        route,
        generation,
        wanted,
        break_interlocks,
        intent.created_at.0,
        audit_sequence,
    )
    .execute(transaction)
    .await
    .map_err(StoreError::during(APPLY))?;
    Ok(())
}

impl Reader {
    /// What is wanted now, of every route of which anything was ever wanted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn intents(&self) -> Result<Vec<Intent>, StoreError> {
        let rows = sqlx::query_as!(
            IntentRow,
            "SELECT route, generation, override AS wanted, actor AS requested_by, reason,
                break_interlocks, created_at_ms
            FROM intents AS mine JOIN audit ON audit.sequence = mine.audit_sequence
            WHERE generation = (SELECT max(generation) FROM intents WHERE route = mine.route)
            ORDER BY route",
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.into_iter().map(Intent::try_from).collect()
    }

    /// What was wanted of a route before `generation`: where undoing leads to.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn intent_before(
        &self,
        route: &RouteId,
        generation: Generation,
    ) -> Result<Option<Intent>, StoreError> {
        let route = route.as_str();
        let generation = i64::try_from(generation.0).unwrap_or(i64::MAX);
        let row = sqlx::query_as!(
            IntentRow,
            "SELECT route, generation, override AS wanted, actor AS requested_by, reason,
                break_interlocks, created_at_ms
            FROM intents JOIN audit ON audit.sequence = intents.audit_sequence
            WHERE route = ? AND generation < ? ORDER BY generation DESC LIMIT 1",
            route,
            generation,
        )
        .fetch_optional(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        row.map(Intent::try_from).transpose()
    }

    /// Where every gateway stands with every route, by route and gateway.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn convergences(&self) -> Result<Vec<(RouteId, Convergence)>, StoreError> {
        let rows = sqlx::query_as!(
            ConvergenceRow,
            "SELECT route, gateway, wanted, observed, step, since_ms, push_ms, read_back_at_ms,
                detail
            FROM convergences ORDER BY route, gateway",
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.into_iter().map(ConvergenceRow::read).collect()
    }
}

struct IntentRow {
    route: String,
    generation: i64,
    wanted: Option<String>,
    requested_by: String,
    reason: String,
    break_interlocks: String,
    created_at_ms: i64,
}

impl TryFrom<IntentRow> for Intent {
    type Error = StoreError;

    fn try_from(row: IntentRow) -> Result<Self, StoreError> {
        Ok(Self {
            route: word("route", row.route)?,
            generation: Generation(integer("generation", row.generation)?),
            wanted: row.wanted.map(|wanted| json("override", &wanted)).transpose()?,
            requested_by: row.requested_by,
            reason: row.reason,
            break_interlocks: json("break_interlocks", &row.break_interlocks)?,
            created_at: UnixMs(row.created_at_ms),
        })
    }
}

struct ConvergenceRow {
    route: String,
    gateway: String,
    wanted: i64,
    observed: Option<i64>,
    step: String,
    since_ms: i64,
    push_ms: Option<i64>,
    read_back_at_ms: Option<i64>,
    detail: Option<String>,
}

impl ConvergenceRow {
    fn read(self) -> Result<(RouteId, Convergence), StoreError> {
        let convergence = Convergence {
            gateway: word("gateway", self.gateway)?,
            wanted: Generation(integer("wanted", self.wanted)?),
            observed: integer_option("observed", self.observed)?.map(Generation),
            step: word("step", self.step)?,
            since: UnixMs(self.since_ms),
            push_ms: integer_option("push_ms", self.push_ms)?,
            read_back_at: self.read_back_at_ms.map(UnixMs),
            detail: self.detail,
        };
        Ok((word("route", self.route)?, convergence))
    }
}
