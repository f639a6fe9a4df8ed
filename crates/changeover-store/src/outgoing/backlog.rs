//! What has not reached each sink, counted.

use changeover_domain::{SinkId, UnixMs};

use super::READ;
use crate::column::{integer, word};
use crate::{Reader, StoreError};

/// One sink's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backlog {
    pub sink: SinkId,
    pub queued: u32,
    pub given_up: u32,
    pub next_try_at: Option<UnixMs>,
    /// Of what is not delivered: the newest problem, and when it was.
    pub last_problem: Option<String>,
    pub last_problem_at: Option<UnixMs>,
    pub last_delivered_at: Option<UnixMs>,
}

impl Reader {
    /// The backlog of every sink that was ever sent anything.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn outgoing_backlogs(&self) -> Result<Vec<Backlog>, StoreError> {
        let mut lane = self.lane().await;
        let rows = sqlx::query!(
            r#"SELECT sink AS "sink!: String", count(*) FILTER (WHERE state = 'queued') AS "queued!: i64",
                count(*) FILTER (WHERE state = 'given_up') AS "given_up!: i64",
                min(next_try_at_ms) AS "next_try_at: i64",
                max(CASE WHEN state = 'delivered' THEN done_at_ms END) AS "delivered_at: i64"
            FROM outgoing GROUP BY sink ORDER BY sink"#,
        )
        .fetch_all(&mut *lane)
        .await
        .map_err(StoreError::during(READ))?;
        let mut backlogs = Vec::with_capacity(rows.len());
        for row in rows {
            let problem = sqlx::query!(
                r#"SELECT problem AS "problem!", last_tried_at_ms FROM outgoing
                WHERE sink = ? AND state <> 'delivered' AND problem IS NOT NULL
                ORDER BY coalesce(last_tried_at_ms, done_at_ms) DESC LIMIT 1"#,
                row.sink,
            )
            .fetch_optional(&mut *lane)
            .await
            .map_err(StoreError::during(READ))?;
            let (last_problem, last_problem_at) =
                problem.map_or((None, None), |found| (Some(found.problem), found.last_tried_at_ms));
            backlogs.push(Backlog {
                sink: word("sink", row.sink)?,
                queued: integer("queued", row.queued)?,
                given_up: integer("given_up", row.given_up)?,
                next_try_at: row.next_try_at.map(UnixMs),
                last_problem,
                last_problem_at: last_problem_at.map(UnixMs),
                last_delivered_at: row.delivered_at.map(UnixMs),
            });
        }
        Ok(backlogs)
    }
}
