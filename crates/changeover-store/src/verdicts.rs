//! When our judgement of a target changed, what it said then, and what it was made from.

use std::ops::Range;

use changeover_domain::{TargetId, UnixMs, Verdict};

use crate::column::{integer, json, of_json, page_size};
use crate::connection::begin;
use crate::{Reader, StoreError, Writer};

const RECORD: &str = "record a verdict";
const READ: &str = "read verdicts";
/// Changes of all targets whose inputs are kept: some tens of megabytes, and weeks of a restless world.
const INPUTS_KEPT: i64 = 10_000;
/// Changes of all targets that are kept at all.
const CHANGES_KEPT: i64 = 100_000;

/// A verdict that was kept because it differed from the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredVerdict {
    /// Its number; newer ones are larger.
    pub change: u64,
    pub verdict: Verdict,
    /// When it was said; what it says may have begun before.
    pub said_at: UnixMs,
    /// Whether [`Reader::verdict_inputs`] has what it was made from.
    pub has_inputs: bool,
}

struct Row {
    id: i64,
    verdict: String,
    said_ms: i64,
    has_inputs: i64,
}

impl Row {
    fn read(self) -> Result<StoredVerdict, StoreError> {
        Ok(StoredVerdict {
            change: integer("id", self.id)?,
            verdict: json("verdict", &self.verdict)?,
            said_at: UnixMs(self.said_ms),
            has_inputs: self.has_inputs != 0,
        })
    }
}

impl Writer {
    /// Keeps a verdict that differs from the one before, with its inputs as JSON. Its time is its
    /// `since`. Inputs of long ago are let go of.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn verdict_append(
        &self,
        verdict: &Verdict,
        said_at: UnixMs,
        inputs: Option<&str>,
    ) -> Result<(), StoreError> {
        let (target, kind) = (verdict.target.as_str(), verdict.kind.as_str());
        let whole = of_json("verdict", verdict)?;
        let mut turn = self.turn().await;
        let mut transaction = begin(&mut turn, RECORD).await?;
        let change = sqlx::query!(
            "INSERT INTO verdict_changes (target, kind, since_ms, sentence, verdict, said_ms)
            VALUES (?, ?, ?, ?, ?, ?)",
            target,
            kind,
            verdict.since.0,
            verdict.sentence,
            whole,
            said_at.0,
        )
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::during(RECORD))?
        .last_insert_rowid();
        if let Some(inputs) = inputs {
            sqlx::query!(
                "INSERT INTO verdict_inputs (change, inputs) VALUES (?, ?)",
                change,
                inputs
            )
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::during(RECORD))?;
        }
        let (inputs_from, changes_from) = (change - INPUTS_KEPT, change - CHANGES_KEPT);
        sqlx::query!("DELETE FROM verdict_inputs WHERE change <= ?", inputs_from)
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::during(RECORD))?;
        sqlx::query!("DELETE FROM verdict_changes WHERE id <= ?", changes_from)
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::during(RECORD))?;
        transaction.commit().await.map_err(StoreError::during(RECORD))
    }
}

impl Reader {
    /// A target's verdicts that held at any time within `range`, oldest first: the one that was
    /// already there at its start, and every change of kind until its end, each as it was said last.
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
        let mut held: Vec<Verdict> = Vec::with_capacity(rows.len());
        for row in &rows {
            let verdict: Verdict = json("verdict", row)?;
            match held.last_mut() {
                Some(last) if (last.since, last.kind) == (verdict.since, verdict.kind) => {
                    *last = verdict;
                }
                _ => held.push(verdict),
            }
        }
        Ok(held)
    }

    /// A target's verdicts that were said until `until`, newest first; at most `limit`, and never
    /// more than 500.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn verdicts_newest(
        &self,
        target: &TargetId,
        until: UnixMs,
        limit: u32,
    ) -> Result<Vec<StoredVerdict>, StoreError> {
        let (target, limit) = (target.as_str(), page_size(limit));
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT id, verdict, coalesce(said_ms, since_ms) AS "said_ms!: i64",
                EXISTS (SELECT 1 FROM verdict_inputs WHERE change = id) AS "has_inputs!: i64"
            FROM verdict_changes
            WHERE target = ?1 AND coalesce(said_ms, since_ms) <= ?2
            ORDER BY id DESC LIMIT ?3"#,
            target,
            until.0,
            limit,
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.into_iter().map(Row::read).collect()
    }

    /// One change of a target's verdict by its number.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn verdict_change(
        &self,
        target: &TargetId,
        change: u64,
    ) -> Result<Option<StoredVerdict>, StoreError> {
        let target = target.as_str();
        // A number that no row can have has none.
        let change = i64::try_from(change).unwrap_or(-1);
        let row = sqlx::query_as!(
            Row,
            r#"SELECT id, verdict, coalesce(said_ms, since_ms) AS "said_ms!: i64",
                EXISTS (SELECT 1 FROM verdict_inputs WHERE change = id) AS "has_inputs!: i64"
            FROM verdict_changes WHERE target = ? AND id = ?"#,
            target,
            change,
        )
        .fetch_optional(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        row.map(Row::read).transpose()
    }

    /// What a change was made from, as JSON; `None` where it is not kept any more.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn verdict_inputs(&self, change: u64) -> Result<Option<String>, StoreError> {
        let change = i64::try_from(change).unwrap_or(-1);
        sqlx::query_scalar!("SELECT inputs FROM verdict_inputs WHERE change = ?", change)
            .fetch_optional(&mut *self.lane().await)
            .await
            .map_err(StoreError::during(READ))
    }
}
