//! The outbox: notices on their way to sinks.
//!
//! A message is written in the transaction that makes the move it tells of (`alerts_move`), and
//! marked when its sink has taken it. What is between the sink's answer and the mark is the only
//! time in which a kill makes a message go out twice; its id is the same then. For a sink that cannot
//! tell, the beginning of an attempt is marked too (`begun_at`), and what was cut off is put in doubt
//! instead of being sent again.
//!
//! What is over is kept for a quarter of a year, and no more than a certain number.
//!
//! Messages of one sink about one alert go in the order in which they were told: a later one waits
//! for those before it.

use changeover_domain::{OutgoingId, OutgoingMessage, SinkId, Subject, UnixMs};
use sqlx::SqliteConnection;

use crate::audit::{self, AuditDraft};
use crate::column::{integer, json, of_json, of_time, of_word, page_size, word};
use crate::connection::begin;
use crate::{Reader, StoreError, Writer};

mod backlog;

pub use backlog::Backlog;

const QUEUE: &str = "queue a message to a sink";
const SETTLE: &str = "record what became of a message to a sink";
const READ: &str = "read the messages to sinks";

/// How long what is over is kept, and how many messages at most.
const KEPT_MS: i64 = 90 * 24 * 3_600_000;
const KEPT: i64 = 20_000;

/// Writes a message within a transaction of the caller's.
pub(crate) async fn insert(
    transaction: &mut SqliteConnection,
    message: &OutgoingMessage,
) -> Result<(), StoreError> {
    let (id, sink) = (message.id.as_str(), message.sink.as_str());
    let notice = of_json("notice", &message.notice)?;
    let state = of_word("state", &message.state)?;
    let (next_try_at, last_tried_at) =
        (of_time(message.next_try_at), of_time(message.last_tried_at));
    let done_at = of_time(message.done_at);
    sqlx::query!(
        "INSERT INTO outgoing (id, sink, dedup_key, notice, state, attempts, created_at_ms,
            next_try_at_ms, last_tried_at_ms, done_at_ms, problem)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        sink,
        message.notice.key,
        notice,
        state,
        message.attempts,
        message.created_at.0,
        next_try_at,
        last_tried_at,
        done_at,
        message.problem,
    )
    .execute(transaction)
    .await
    .map_err(StoreError::during(QUEUE))?;
    Ok(())
}

/// Lets go of what is long over.
pub(crate) async fn prune(
    transaction: &mut SqliteConnection,
    now: UnixMs,
) -> Result<(), StoreError> {
    let oldest = now.plus_millis(-KEPT_MS).0;
    sqlx::query!("DELETE FROM outgoing WHERE state <> 'queued' AND done_at_ms < ?", oldest)
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::during(QUEUE))?;
    sqlx::query!(
        "DELETE FROM outgoing WHERE state <> 'queued'
            AND sequence <= (SELECT max(sequence) FROM outgoing) - ?",
        KEPT,
    )
    .execute(transaction)
    .await
    .map_err(StoreError::during(QUEUE))?;
    Ok(())
}

impl Writer {
    /// Records what became of a message: delivered, given up, or to be tried again.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn outgoing_settle(&self, message: &OutgoingMessage) -> Result<(), StoreError> {
        update(&mut *self.turn().await, message).await
    }

    /// [`Self::outgoing_settle`] with the audit entry of who wanted it.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written then.
    pub async fn outgoing_requeue(
        &self,
        draft: AuditDraft,
        message: &OutgoingMessage,
    ) -> Result<(), StoreError> {
        let mut connection = self.turn().await;
        let mut transaction = begin(&mut connection, QUEUE).await?;
        audit::append(&mut transaction, draft).await?;
        update(&mut transaction, message).await?;
        transaction.commit().await.map_err(StoreError::during(QUEUE))
    }

    /// Gives up what was cut off in the middle of an attempt: the sink may have it, and cannot tell.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn outgoing_doubt(
        &self,
        sink: &SinkId,
        problem: &str,
        now: UnixMs,
    ) -> Result<(), StoreError> {
        let sink = sink.as_str();
        sqlx::query!(
            "UPDATE outgoing SET state = 'given_up', next_try_at_ms = NULL, done_at_ms = ?,
                attempts = attempts + 1, last_tried_at_ms = begun_at_ms, problem = ?
            WHERE sink = ? AND state = 'queued' AND begun_at_ms IS NOT NULL",
            now.0,
            problem,
            sink,
        )
        .execute(&mut *self.turn().await)
        .await
        .map_err(StoreError::during(SETTLE))?;
        Ok(())
    }

    /// Gives up what is queued for a sink that there is no more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn outgoing_abandon(
        &self,
        sink: &SinkId,
        problem: &str,
        now: UnixMs,
    ) -> Result<(), StoreError> {
        let sink = sink.as_str();
        sqlx::query!(
            "UPDATE outgoing SET state = 'given_up', next_try_at_ms = NULL, done_at_ms = ?,
                problem = ?
            WHERE sink = ? AND state = 'queued'",
            now.0,
            problem,
            sink,
        )
        .execute(&mut *self.turn().await)
        .await
        .map_err(StoreError::during(SETTLE))?;
        Ok(())
    }
}

async fn update(
    connection: &mut SqliteConnection,
    message: &OutgoingMessage,
) -> Result<(), StoreError> {
    let id = message.id.as_str();
    let state = of_word("state", &message.state)?;
    let (next_try_at, last_tried_at) =
        (of_time(message.next_try_at), of_time(message.last_tried_at));
    let (begun_at, done_at) = (of_time(message.begun_at), of_time(message.done_at));
    sqlx::query!(
        "UPDATE outgoing SET state = ?, attempts = ?, next_try_at_ms = ?, last_tried_at_ms = ?,
            begun_at_ms = ?, done_at_ms = ?, problem = ?
        WHERE id = ?",
        state,
        message.attempts,
        next_try_at,
        last_tried_at,
        begun_at,
        done_at,
        message.problem,
        id,
    )
    .execute(connection)
    .await
    .map_err(StoreError::during(SETTLE))?;
    Ok(())
}

impl Reader {
    /// The message that the sink is to be sent next, be its time now or later: of each alert the
    /// oldest that is queued, and of those the one whose time comes first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn outgoing_next(
        &self,
        sink: &SinkId,
    ) -> Result<Option<OutgoingMessage>, StoreError> {
        let sink = sink.as_str();
        let row = sqlx::query_as!(
            MessageRow,
            "SELECT id, sink, notice, state, attempts, created_at_ms, next_try_at_ms,
                last_tried_at_ms, begun_at_ms, done_at_ms, problem
            FROM outgoing AS message
            WHERE sink = ? AND state = 'queued' AND NOT EXISTS (
                SELECT 1 FROM outgoing AS before
                WHERE before.sink = message.sink AND before.dedup_key = message.dedup_key
                    AND before.state = 'queued' AND before.sequence < message.sequence)
            ORDER BY next_try_at_ms, sequence LIMIT 1",
            sink,
        )
        .fetch_optional(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        row.map(OutgoingMessage::try_from).transpose()
    }

    /// The message of this id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn outgoing(&self, id: &OutgoingId) -> Result<Option<OutgoingMessage>, StoreError> {
        let id = id.as_str();
        let row = sqlx::query_as!(
            MessageRow,
            "SELECT id, sink, notice, state, attempts, created_at_ms, next_try_at_ms,
                last_tried_at_ms, begun_at_ms, done_at_ms, problem
            FROM outgoing WHERE id = ?",
            id,
        )
        .fetch_optional(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        row.map(OutgoingMessage::try_from).transpose()
    }

    /// Whether the sink has taken a message about the same alert that was told after this one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn outgoing_is_overtaken(&self, id: &OutgoingId) -> Result<bool, StoreError> {
        let id = id.as_str();
        let later = sqlx::query_scalar!(
            r#"SELECT count(*) AS "later: i64" FROM outgoing AS message
            JOIN outgoing AS later ON later.sink = message.sink
                AND later.dedup_key = message.dedup_key AND later.sequence > message.sequence
            WHERE message.id = ? AND later.state = 'delivered'"#,
            id,
        )
        .fetch_one(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        Ok(later > 0)
    }

    /// Messages newest first, of one sink where one is named, at most `limit` and never more than
    /// 500; `undelivered` leaves out what has arrived.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn outgoing_list(
        &self,
        sink: Option<&SinkId>,
        undelivered: bool,
        limit: u32,
    ) -> Result<Vec<OutgoingMessage>, StoreError> {
        let (sink, limit) = (sink.map(SinkId::as_str), page_size(limit));
        let rows = sqlx::query_as!(
            MessageRow,
            "SELECT id, sink, notice, state, attempts, created_at_ms, next_try_at_ms,
                last_tried_at_ms, begun_at_ms, done_at_ms, problem
            FROM outgoing
            WHERE (?1 IS NULL OR sink = ?1) AND (NOT ?2 OR state <> 'delivered')
            ORDER BY sequence DESC LIMIT ?3",
            sink,
            undelivered,
            limit,
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.into_iter().map(OutgoingMessage::try_from).collect()
    }
}

struct MessageRow {
    id: String,
    sink: String,
    notice: String,
    state: String,
    attempts: i64,
    created_at_ms: i64,
    next_try_at_ms: Option<i64>,
    last_tried_at_ms: Option<i64>,
    begun_at_ms: Option<i64>,
    done_at_ms: Option<i64>,
    problem: Option<String>,
}

impl TryFrom<MessageRow> for OutgoingMessage {
    type Error = StoreError;

    fn try_from(row: MessageRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: word("id", row.id)?,
            sink: word("sink", row.sink)?,
            notice: json("notice", &row.notice)?,
            state: word("state", row.state)?,
            attempts: integer("attempts", row.attempts)?,
            created_at: UnixMs(row.created_at_ms),
            next_try_at: row.next_try_at_ms.map(UnixMs),
            last_tried_at: row.last_tried_at_ms.map(UnixMs),
            begun_at: row.begun_at_ms.map(UnixMs),
            done_at: row.done_at_ms.map(UnixMs),
            problem: row.problem,
        })
    }
}

/// What an alert or a window is about.
pub(crate) fn subject(text: &str) -> Result<Subject, StoreError> {
    text.parse()
        .map_err(|error: changeover_domain::SubjectError| StoreError::unreadable("subject", error))
}
