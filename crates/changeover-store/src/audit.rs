//! The audit record: who did what and why, as a chain in which a changed or missing entry shows.
//!
//! An entry's sequence, predecessor and hash are filled in inside the writing transaction, so the
//! chain has no gap and no fork whatever is written side by side or cut off in the middle. That
//! entries were cut off at the *end* cannot be seen from the chain alone.

use changeover_domain::audit::CHAIN_START;
use changeover_domain::{AuditAction, AuditEntry, UnixMs};
use sqlx::SqliteConnection;

use crate::column::{integer, json, of_count, of_json, page_size, word};
use crate::connection::begin;
use crate::{Reader, StoreError, Writer};

const APPEND: &str = "append to the audit record";
const READ: &str = "read the audit record";

/// An entry before it has its place in the chain.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditDraft {
    pub at: UnixMs,
    /// Who: an operator, or `console` for what happens by itself.
    pub actor: String,
    pub action: AuditAction,
    /// What it was done to: a route, a scenario.
    pub subject: String,
    pub reason: String,
    /// Before and after, as JSON.
    pub details: serde_json::Value,
}

/// What walking the whole chain found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditVerification {
    Intact {
        entries: u64,
    },
    Broken {
        /// How many entries are right before it.
        entries: u64,
        /// The sequence of the first entry that is missing, altered or not readable.
        sequence: u64,
    },
}

impl Writer {
    /// Appends one entry and returns it sealed. When this returns, it is on disk.
    ///
    /// # Errors
    /// [`StoreError`]; the chain is then as before.
    pub async fn audit_append(&self, draft: AuditDraft) -> Result<AuditEntry, StoreError> {
        let mut connection = self.turn().await;
        let mut transaction = begin(&mut connection, APPEND).await?;
        let entry = append(&mut transaction, draft).await?;
        transaction.commit().await.map_err(StoreError::during(APPEND))?;
        Ok(entry)
    }
}

/// Appends within a transaction of the caller's.
pub(crate) async fn append(
    transaction: &mut SqliteConnection,
    draft: AuditDraft,
) -> Result<AuditEntry, StoreError> {
    let last = sqlx::query!("SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1")
        .fetch_optional(&mut *transaction)
        .await
        .map_err(StoreError::during(APPEND))?;
    let (before, previous_hash) =
        last.map_or_else(|| (0, CHAIN_START.to_owned()), |last| (last.sequence, last.hash));
    let details = of_json("details", &draft.details)?;
    let entry = AuditEntry {
        sequence: integer("sequence", before.saturating_add(1))?,
        at: draft.at,
        actor: draft.actor,
        action: draft.action,
        subject: draft.subject,
        reason: draft.reason,
        // As it will be read: what nests too deeply to be read back is refused here.
        details: serde_json::from_str(&details)
            .map_err(|error| StoreError::unstorable("details", error))?,
        previous_hash,
        hash: String::new(),
    }
    .sealed();
    insert(transaction, &entry, &details).await?;
    Ok(entry)
}

async fn insert(
    transaction: &mut SqliteConnection,
    entry: &AuditEntry,
    details: &str,
) -> Result<(), StoreError> {
    let sequence = of_count("sequence", entry.sequence)?;
    let action = entry.action.as_str();
    sqlx::query!(
        "INSERT INTO audit
            (sequence, at_ms, actor, action, subject, reason, details, previous_hash, hash)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        sequence,
        entry.at.0,
        entry.actor,
        action,
        entry.subject,
        entry.reason,
        details,
        entry.previous_hash,
        entry.hash,
    )
    .execute(transaction)
    .await
    .map_err(StoreError::during(APPEND))?;
    Ok(())
}

impl Reader {
    /// Entries newest first, those before the sequence `before` if one is given; at most `limit`,
    /// and never more than 500.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn audit_list(
        &self,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let before = before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX));
        let limit = page_size(limit);
        let rows = sqlx::query_as!(
            EntryRow,
            "SELECT sequence, at_ms, actor, action, subject, reason, details, previous_hash, hash
            FROM audit WHERE sequence < ? ORDER BY sequence DESC LIMIT ?",
            before,
            limit,
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.into_iter().map(AuditEntry::try_from).collect()
    }

    /// Walks the chain from its start.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read. An entry that cannot be understood is not
    /// an error here but a broken chain.
    pub async fn audit_verify(&self) -> Result<AuditVerification, StoreError> {
        let mut lane = self.lane().await;
        let (mut entries, mut previous_hash) = (0_u64, CHAIN_START.to_owned());
        loop {
            let page = page_after(&mut lane, entries).await?;
            if page.is_empty() {
                return Ok(AuditVerification::Intact { entries });
            }
            for row in page {
                let sequence = entries + 1;
                match AuditEntry::try_from(row) {
                    Ok(entry) if entry.follows(sequence, &previous_hash) => {
                        entries = sequence;
                        previous_hash = entry.hash;
                    }
                    Ok(_) | Err(_) => return Ok(AuditVerification::Broken { entries, sequence }),
                }
            }
        }
    }
}

async fn page_after(
    lane: &mut SqliteConnection,
    sequence: u64,
) -> Result<Vec<EntryRow>, StoreError> {
    // The first page also finds what stands before the first sequence.
    let after = if sequence == 0 { i64::MIN } else { of_count("sequence", sequence)? };
    sqlx::query_as!(
        EntryRow,
        "SELECT sequence, at_ms, actor, action, subject, reason, details, previous_hash, hash
        FROM audit WHERE sequence > ? ORDER BY sequence LIMIT 500",
        after,
    )
    .fetch_all(lane)
    .await
    .map_err(StoreError::during(READ))
}

/// An entry as its row, here and in the copies of gateways' chains.
pub(crate) struct EntryRow {
    pub(crate) sequence: i64,
    pub(crate) at_ms: i64,
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) subject: String,
    pub(crate) reason: String,
    pub(crate) details: String,
    pub(crate) previous_hash: String,
    pub(crate) hash: String,
}

impl TryFrom<EntryRow> for AuditEntry {
    type Error = StoreError;

    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        Ok(Self {
            sequence: integer("sequence", row.sequence)?,
            at: UnixMs(row.at_ms),
            actor: row.actor,
            action: word("action", row.action)?,
            subject: row.subject,
            reason: row.reason,
            details: json("details", &row.details)?,
            previous_hash: row.previous_hash,
            hash: row.hash,
        })
    }
}
