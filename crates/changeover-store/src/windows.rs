//! Our own maintenance windows. Each is there with its audit entry, or not at all.

use changeover_domain::{MaintenanceWindow, UnixMs, WindowId};

use crate::audit::{self, AuditDraft};
use crate::column::{of_count, word};
use crate::connection::begin;
use crate::outgoing::subject;
use crate::{Reader, StoreError, Writer};

const PUT: &str = "record a maintenance window";
const REMOVE: &str = "remove a maintenance window";
const READ: &str = "read the maintenance windows";

impl Writer {
    /// Writes a window, new or in another shape, with its audit entry.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written then.
    pub async fn window_put(
        &self,
        draft: AuditDraft,
        window: &MaintenanceWindow,
    ) -> Result<(), StoreError> {
        let mut connection = self.turn().await;
        let mut transaction = begin(&mut connection, PUT).await?;
        let entry = audit::append(&mut transaction, draft).await?;
        let (id, subject) = (window.id.as_str(), window.subject.to_string());
        let sequence = of_count("audit_sequence", entry.sequence)?;
        sqlx::query!(
            "INSERT INTO maintenance_windows
                (id, subject, from_ms, until_ms, reason, put_by, audit_sequence)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET subject = excluded.subject,
                from_ms = excluded.from_ms, until_ms = excluded.until_ms,
                reason = excluded.reason, put_by = excluded.put_by,
                audit_sequence = excluded.audit_sequence",
            id,
            subject,
            window.from.0,
            window.until.0,
            window.reason,
            window.by,
            sequence,
        )
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::during(PUT))?;
        transaction.commit().await.map_err(StoreError::during(PUT))
    }

    /// Ends a window that has begun at `now`, and deletes one that has not.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written then.
    pub async fn window_remove(
        &self,
        draft: AuditDraft,
        id: &WindowId,
        now: UnixMs,
    ) -> Result<(), StoreError> {
        let mut connection = self.turn().await;
        let mut transaction = begin(&mut connection, REMOVE).await?;
        audit::append(&mut transaction, draft).await?;
        let id = id.as_str();
        sqlx::query!("DELETE FROM maintenance_windows WHERE id = ? AND from_ms >= ?", id, now.0)
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::during(REMOVE))?;
        sqlx::query!(
            "UPDATE maintenance_windows SET until_ms = min(until_ms, ?2) WHERE id = ?1",
            id,
            now.0,
        )
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::during(REMOVE))?;
        transaction.commit().await.map_err(StoreError::during(REMOVE))
    }
}

impl Reader {
    /// All windows that end after `from`, the earliest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn windows_after(&self, from: UnixMs) -> Result<Vec<MaintenanceWindow>, StoreError> {
        let rows = sqlx::query_as!(
            WindowRow,
            "SELECT id, subject, from_ms, until_ms, reason, put_by FROM maintenance_windows
            WHERE until_ms > ? ORDER BY from_ms, id",
            from.0,
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.into_iter().map(MaintenanceWindow::try_from).collect()
    }

    /// The latest windows, also those that are over, the earliest of them first; at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn windows_latest(&self, limit: u32) -> Result<Vec<MaintenanceWindow>, StoreError> {
        let rows = sqlx::query_as!(
            WindowRow,
            "SELECT id, subject, from_ms, until_ms, reason, put_by FROM maintenance_windows
            ORDER BY from_ms DESC, id DESC LIMIT ?",
            limit,
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.into_iter().rev().map(MaintenanceWindow::try_from).collect()
    }
}

struct WindowRow {
    id: String,
    subject: String,
    from_ms: i64,
    until_ms: i64,
    reason: String,
    put_by: String,
}

impl TryFrom<WindowRow> for MaintenanceWindow {
    type Error = StoreError;

    fn try_from(row: WindowRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: word("id", row.id)?,
            subject: subject(&row.subject)?,
            from: UnixMs(row.from_ms),
            until: UnixMs(row.until_ms),
            reason: row.reason,
            by: row.put_by,
            configured: false,
        })
    }
}
