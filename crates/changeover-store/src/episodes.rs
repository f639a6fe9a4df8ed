//! Episodes of trouble, for the review afterwards.

use changeover_domain::{Episode, ProviderId, UnixMs};

use crate::column::{json, of_json, of_time, page_size};
use crate::connection::begin;
use crate::{Reader, StoreError, Writer};

const RECORD: &str = "record an episode";
const READ: &str = "read episodes";
/// Older ones go: decades of a bad provider.
const KEPT: i64 = 20_000;

impl Writer {
    /// Keeps an episode as it is now, in place of what was known of it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn episode_record(&self, episode: &Episode) -> Result<(), StoreError> {
        let (id, provider) = (episode.id.as_str(), episode.provider.as_ref());
        let provider = provider.map(ProviderId::as_str);
        let (ended, whole) = (of_time(episode.ended_at), of_json("episode", episode)?);
        let mut turn = self.turn().await;
        let mut transaction = begin(&mut turn, RECORD).await?;
        sqlx::query!(
            "INSERT INTO verdict_episodes (id, provider, started_ms, ended_ms, episode)
            VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET started_ms = excluded.started_ms,
                ended_ms = excluded.ended_ms, episode = excluded.episode",
            id,
            provider,
            episode.started_at.0,
            ended,
            whole,
        )
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::during(RECORD))?;
        sqlx::query!(
            "DELETE FROM verdict_episodes WHERE started_ms < (
                SELECT started_ms FROM verdict_episodes
                ORDER BY started_ms DESC LIMIT 1 OFFSET ?)",
            KEPT,
        )
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::during(RECORD))?;
        transaction.commit().await.map_err(StoreError::during(RECORD))
    }
}

impl Reader {
    /// Those that have not ended.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn episodes_open(&self) -> Result<Vec<Episode>, StoreError> {
        let rows = sqlx::query_scalar!(
            "SELECT episode FROM verdict_episodes WHERE ended_ms IS NULL ORDER BY started_ms, id",
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.iter().map(|row| json("episode", row)).collect()
    }

    /// Episodes that began before `before`, newest first, of one provider or of all; at most
    /// `limit`, and never more than 500.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn episodes_list(
        &self,
        provider: Option<&ProviderId>,
        before: Option<UnixMs>,
        limit: u32,
    ) -> Result<Vec<Episode>, StoreError> {
        let (provider, limit) = (provider.map(ProviderId::as_str), page_size(limit));
        let before = before.map_or(i64::MAX, |before| before.0);
        let rows = sqlx::query_scalar!(
            "SELECT episode FROM verdict_episodes
            WHERE started_ms < ?1 AND (?2 IS NULL OR provider = ?2)
            ORDER BY started_ms DESC, id LIMIT ?3",
            before,
            provider,
            limit,
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.iter().map(|row| json("episode", row)).collect()
    }
}
