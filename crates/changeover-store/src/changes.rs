//! Copies of the gateways' own records of changes, so that who moved which route, and when, is
//! still known when a gateway is gone.
//!
//! The cursor for the next read is where the copy ends; it needs no row of its own and cannot
//! disagree with it. A gateway that lost its disk begins a new chain, which
//! [`Writer::changes_restart`] begins here too: the old one stays.

use std::ops::Range;

use changeover_domain::{AuditEntry, GatewayId, UnixMs};
use sqlx::SqliteConnection;

use crate::audit::EntryRow;
use crate::column::{integer, of_count, of_json, word};
use crate::connection::begin;
use crate::{Reader, StoreError, Writer};

const RECORD: &str = "record a gateway's changes";
const READ: &str = "read the gateways' changes";

/// One entry of one gateway's record.
#[derive(Debug, Clone, PartialEq)]
pub struct GatewayChange {
    pub gateway: GatewayId,
    pub entry: AuditEntry,
}

/// Why a gateway's changes were not taken in. None of them were.
#[derive(Debug, thiserror::Error)]
pub enum ChangesError {
    #[error(
        "the record of gateway {gateway} does not go on where its copy here ends: entry {sequence} does not follow"
    )]
    DoesNotFollow { gateway: GatewayId, sequence: u64 },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where the copy of a gateway's chain ends.
struct End {
    chain: i64,
    /// The last entry's sequence and hash; `None` for a chain that has no entry yet.
    last: Option<(u64, String)>,
}

impl Writer {
    /// Takes in entries of a gateway's chain, oldest first: all or none. Entries that are already
    /// here are passed over, so a page may be recorded twice.
    ///
    /// # Errors
    /// [`ChangesError::DoesNotFollow`] when an entry is altered, missing or of another chain.
    pub async fn changes_record(
        &self,
        gateway: &GatewayId,
        entries: &[AuditEntry],
    ) -> Result<(), ChangesError> {
        let mut connection = self.turn().await;
        let mut transaction = begin(&mut connection, RECORD).await?;
        let mut end = end_of(&mut transaction, gateway).await?;
        for entry in entries {
            if end.last.as_ref().is_some_and(|(sequence, _)| entry.sequence <= *sequence) {
                check_known(&mut transaction, gateway, end.chain, entry).await?;
                continue;
            }
            let goes_on = match &end.last {
                Some((sequence, hash)) => entry.follows(sequence.saturating_add(1), hash),
                None => entry.hash == entry.expected_hash(),
            };
            if !goes_on {
                return Err(does_not_follow(gateway, entry));
            }
            insert(&mut transaction, gateway, end.chain, entry).await?;
            end.last = Some((entry.sequence, entry.hash.clone()));
        }
        transaction.commit().await.map_err(StoreError::during(RECORD))?;
        Ok(())
    }

    /// Records the first entries of a gateway that has begun a new chain, beside its old one.
    ///
    /// # Errors
    /// As for [`Writer::changes_record`].
    pub async fn changes_restart(
        &self,
        gateway: &GatewayId,
        entries: &[AuditEntry],
    ) -> Result<(), ChangesError> {
        let mut connection = self.turn().await;
        let mut transaction = begin(&mut connection, RECORD).await?;
        let chain = end_of(&mut transaction, gateway).await?.chain.saturating_add(1);
        let mut before: Option<&AuditEntry> = None;
        for entry in entries {
            let goes_on = match before {
                Some(before) => entry.follows(before.sequence.saturating_add(1), &before.hash),
                None => entry.hash == entry.expected_hash(),
            };
            if !goes_on {
                return Err(does_not_follow(gateway, entry));
            }
            insert(&mut transaction, gateway, chain, entry).await?;
            before = Some(entry);
        }
        transaction.commit().await.map_err(StoreError::during(RECORD))?;
        Ok(())
    }
}

fn does_not_follow(gateway: &GatewayId, entry: &AuditEntry) -> ChangesError {
    ChangesError::DoesNotFollow { gateway: gateway.clone(), sequence: entry.sequence }
}

async fn end_of(connection: &mut SqliteConnection, gateway: &GatewayId) -> Result<End, StoreError> {
    let gateway = gateway.as_str();
    let last = sqlx::query!(
        "SELECT chain, sequence, hash FROM gateway_changes
        WHERE gateway = ? ORDER BY chain DESC, sequence DESC LIMIT 1",
        gateway,
    )
    .fetch_optional(connection)
    .await
    .map_err(StoreError::during(READ))?;
    Ok(match last {
        Some(last) => {
            End { chain: last.chain, last: Some((integer("sequence", last.sequence)?, last.hash)) }
        }
        None => End { chain: 1, last: None },
    })
}

/// An entry that should be here already must be the same.
async fn check_known(
    transaction: &mut SqliteConnection,
    gateway: &GatewayId,
    chain: i64,
    entry: &AuditEntry,
) -> Result<(), ChangesError> {
    let (name, sequence) = (gateway.as_str(), of_count("sequence", entry.sequence)?);
    let known = sqlx::query_scalar!(
        "SELECT hash FROM gateway_changes WHERE gateway = ? AND chain = ? AND sequence = ?",
        name,
        chain,
        sequence,
    )
    .fetch_optional(transaction)
    .await
    .map_err(StoreError::during(READ))?;
    // What lies before the copy's first entry is not known here and not missed.
    if known.is_some_and(|hash| hash != entry.hash) {
        return Err(does_not_follow(gateway, entry));
    }
    Ok(())
}

async fn insert(
    transaction: &mut SqliteConnection,
    gateway: &GatewayId,
    chain: i64,
    entry: &AuditEntry,
) -> Result<(), StoreError> {
    let gateway = gateway.as_str();
    let sequence = of_count("sequence", entry.sequence)?;
    let action = entry.action.as_str();
    let details = of_json("details", &entry.details)?;
    sqlx::query!(
        "INSERT INTO gateway_changes (gateway, chain, sequence, at_ms, actor, action, subject,
            reason, details, previous_hash, hash)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        gateway,
        chain,
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
    .map_err(StoreError::during(RECORD))?;
    Ok(())
}

impl Reader {
    /// Where to go on reading a gateway's changes: the sequence of the last one here, 0 at first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn changes_cursor(&self, gateway: &GatewayId) -> Result<u64, StoreError> {
        let end = end_of(&mut *self.lane().await, gateway).await?;
        Ok(end.last.map_or(0, |(sequence, _)| sequence))
    }

    /// All gateways' changes within `range`, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn changes_between(
        &self,
        range: Range<UnixMs>,
    ) -> Result<Vec<GatewayChange>, StoreError> {
        let rows = sqlx::query_as!(
            ChangeRow,
            "SELECT gateway, sequence, at_ms, actor, action, subject, reason, details,
                previous_hash, hash
            FROM gateway_changes WHERE at_ms >= ? AND at_ms < ?
            ORDER BY at_ms, gateway, chain, sequence",
            range.start.0,
            range.end.0,
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.into_iter().map(GatewayChange::try_from).collect()
    }
}

struct ChangeRow {
    gateway: String,
    sequence: i64,
    at_ms: i64,
    actor: String,
    action: String,
    subject: String,
    reason: String,
    details: String,
    previous_hash: String,
    hash: String,
}

impl TryFrom<ChangeRow> for GatewayChange {
    type Error = StoreError;

    fn try_from(row: ChangeRow) -> Result<Self, StoreError> {
        let entry = EntryRow {
            sequence: row.sequence,
            at_ms: row.at_ms,
            actor: row.actor,
            action: row.action,
            subject: row.subject,
            reason: row.reason,
            details: row.details,
            previous_hash: row.previous_hash,
            hash: row.hash,
        };
        Ok(Self { gateway: word("gateway", row.gateway)?, entry: entry.try_into()? })
    }
}
