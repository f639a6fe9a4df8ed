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
        // From one sink to the next by the index: what was sent, and that is most, is not read.
        let sinks = sqlx::query_scalar!(
            r#"WITH RECURSIVE sinks (sink) AS (
                SELECT min(sink) FROM outgoing
                UNION ALL
                SELECT (SELECT min(sink) FROM outgoing WHERE sink > sinks.sink)
                FROM sinks WHERE sinks.sink IS NOT NULL)
            SELECT sink AS "sink!: String" FROM sinks WHERE sink IS NOT NULL"#,
        )
        .fetch_all(&mut *lane)
        .await
        .map_err(StoreError::during(READ))?;
        let mut backlogs = Vec::with_capacity(sinks.len());
        for sink in sinks {
            let row = sqlx::query!(
                r#"SELECT
                    (SELECT count(*) FROM outgoing WHERE sink = ?1 AND state = 'queued')
                        AS "queued!: i64",
                    (SELECT count(*) FROM outgoing WHERE sink = ?1 AND state = 'given_up')
                        AS "given_up!: i64",
                    (SELECT min(next_try_at_ms) FROM outgoing WHERE sink = ?1 AND state = 'queued')
                        AS "next_try_at: i64",
                    (SELECT max(done_at_ms) FROM outgoing WHERE sink = ?1 AND state = 'delivered')
                        AS "delivered_at: i64""#,
                sink,
            )
            .fetch_one(&mut *lane)
            .await
            .map_err(StoreError::during(READ))?;
            let problem = sqlx::query!(
                r#"SELECT problem AS "problem!", last_tried_at_ms FROM outgoing
                WHERE sink = ? AND state IN ('queued', 'given_up') AND problem IS NOT NULL
                ORDER BY coalesce(last_tried_at_ms, done_at_ms) DESC LIMIT 1"#,
                sink,
            )
            .fetch_optional(&mut *lane)
            .await
            .map_err(StoreError::during(READ))?;
            let (last_problem, last_problem_at) =
                problem.map_or((None, None), |found| (Some(found.problem), found.last_tried_at_ms));
            backlogs.push(Backlog {
                sink: word("sink", sink)?,
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
