//! When our judgement of a target changed, and what it rested on then.

use std::ops::Range;

use changeover_domain::{TargetId, UnixMs, Verdict};

use crate::column::{json, of_json, page_size};
use crate::{Reader, StoreError, Writer};

const RECORD: &str = "record a verdict";
const READ: &str = "read verdicts";

impl Writer {
    /// Keeps a verdict that differs from the one before. Its time is its `since`.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn verdict_append(&self, verdict: &Verdict) -> Result<(), StoreError> {
        let (target, kind) = (verdict.target.as_str(), verdict.kind.as_str());
        let whole = of_json("verdict", verdict)?;
        sqlx::query!(
            "INSERT INTO verdict_changes (target, kind, since_ms, sentence, verdict)
            VALUES (?, ?, ?, ?, ?)",
            target,
            kind,
            verdict.since.0,
            verdict.sentence,
            whole,
        )
        .execute(&mut *self.turn().await)
        .await
        .map_err(StoreError::during(RECORD))?;
        Ok(())
    }
}

impl Reader {
    /// A target's verdicts that held at any time within `range`, oldest first: the one that was
    /// already there at its start, and every change until its end.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn verdicts_between(
        &self,
        target: &TargetId,
        range: Range<UnixMs>,
    ) -> Result<Vec<Verdict>, StoreError> {
        let target = target.as_str();
        let rows = sqlx::query_scalar!(
            "SELECT verdict FROM verdict_changes
            WHERE target = ?1 AND since_ms < ?3 AND since_ms >= coalesce(
                (SELECT max(since_ms) FROM verdict_changes WHERE target = ?1 AND since_ms <= ?2),
                ?2)
            ORDER BY since_ms, id",
            target,
            range.start.0,
            range.end.0,
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.iter().map(|row| json("verdict", row)).collect()
    }

    /// A target's newest verdicts, newest first; at most `limit`, and never more than 500.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn verdicts_newest(
        &self,
        target: &TargetId,
        limit: u32,
    ) -> Result<Vec<Verdict>, StoreError> {
        let (target, limit) = (target.as_str(), page_size(limit));
        let rows = sqlx::query_scalar!(
            "SELECT verdict FROM verdict_changes WHERE target = ?
            ORDER BY since_ms DESC, id DESC LIMIT ?",
            target,
            limit,
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.iter().map(|row| json("verdict", row)).collect()
    }
}
