//! Where each alert stands, and the notices that its moves make.
//!
//! A move and its messages are one transaction: after a kill there is neither a move that nobody
//! is told of, nor a message about a move that was forgotten and is made again.

use changeover_domain::{AlertState, OutgoingMessage, Subject, UnixMs};
use sqlx::SqliteConnection;

use crate::audit::{self, AuditDraft};
use crate::column::{json, of_json, of_word, word};
use crate::connection::begin;
use crate::outgoing::{self, subject};
use crate::{Reader, StoreError, Writer};

const RECORD: &str = "record an alert";
const READ: &str = "read the alerts";

/// One alert. What the engine remembers of it is the engine's business.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredAlert {
    pub key: String,
    pub rule: String,
    pub subject: Subject,
    pub state: AlertState,
    pub since: UnixMs,
    pub memory: serde_json::Value,
}

/// Moves of alerts that belong together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct AlertMoves {
    pub alerts: Vec<StoredAlert>,
    /// Keys of alerts whose subject is not watched any more.
    pub gone: Vec<String>,
    pub messages: Vec<OutgoingMessage>,
}

impl Writer {
    /// Writes moves and their messages, all or none, with who caused them where it was a person.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written then.
    pub async fn alerts_move(
        &self,
        moves: &AlertMoves,
        draft: Option<AuditDraft>,
    ) -> Result<(), StoreError> {
        let mut connection = self.turn().await;
        let mut transaction = begin(&mut connection, RECORD).await?;
        if let Some(draft) = draft {
            audit::append(&mut transaction, draft).await?;
        }
        for alert in &moves.alerts {
            put(&mut transaction, alert).await?;
        }
        for key in &moves.gone {
            sqlx::query!("DELETE FROM alerts WHERE key = ?", key)
                .execute(&mut *transaction)
                .await
                .map_err(StoreError::during(RECORD))?;
        }
        for message in &moves.messages {
            outgoing::insert(&mut transaction, message).await?;
        }
        if let Some(newest) = moves.messages.iter().map(|message| message.created_at).max() {
            outgoing::prune(&mut transaction, newest).await?;
        }
        transaction.commit().await.map_err(StoreError::during(RECORD))
    }
}

async fn put(transaction: &mut SqliteConnection, alert: &StoredAlert) -> Result<(), StoreError> {
    let subject = alert.subject.to_string();
    let state = of_word("state", &alert.state)?;
    let memory = of_json("memory", &alert.memory)?;
    sqlx::query!(
        "INSERT INTO alerts (key, rule, subject, state, since_ms, memory)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (key) DO UPDATE SET state = excluded.state, since_ms = excluded.since_ms,
            memory = excluded.memory",
        alert.key,
        alert.rule,
        subject,
        state,
        alert.since.0,
        memory,
    )
    .execute(transaction)
    .await
    .map_err(StoreError::during(RECORD))?;
    Ok(())
}

impl Reader {
    /// Every alert that was ever recorded and whose subject is still watched.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn alerts(&self) -> Result<Vec<StoredAlert>, StoreError> {
        let rows = sqlx::query_as!(
            AlertRow,
            "SELECT key, rule, subject, state, since_ms, memory FROM alerts ORDER BY key",
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.into_iter().map(StoredAlert::try_from).collect()
    }
}

struct AlertRow {
    key: String,
    rule: String,
    subject: String,
    state: String,
    since_ms: i64,
    memory: String,
}

impl TryFrom<AlertRow> for StoredAlert {
    type Error = StoreError;

    fn try_from(row: AlertRow) -> Result<Self, StoreError> {
        Ok(Self {
            key: row.key,
            rule: row.rule,
            subject: subject(&row.subject)?,
            state: word("state", row.state)?,
            since: UnixMs(row.since_ms),
            memory: json("memory", &row.memory)?,
        })
    }
}
