//! How late it was when something was last stored.

use changeover_domain::UnixMs;
use changeover_domain::time::MINUTE_MS;

use crate::{Reader, StoreError};

const READ: &str = "read when something was last stored";

impl Reader {
    /// The newest time of anything that we or our gateways observed or did; `None` for an empty
    /// store. A clock that begins here or later never runs before what is stored.
    ///
    /// What pages claim, and times that were chosen, such as an override's end, do not count.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn last_time(&self) -> Result<Option<UnixMs>, StoreError> {
        // A minute of traffic may have been written until its end.
        let minute = MINUTE_MS - 1;
        let newest = sqlx::query_scalar!(
            r#"SELECT max(at_ms) AS "newest: i64" FROM (
                SELECT max(at_ms) AS at_ms FROM probe_samples
                UNION ALL SELECT max(last_tried_at_ms) FROM status_sources
                UNION ALL SELECT max(minute_ms) + ? FROM gateway_traffic
                UNION ALL SELECT max(at_ms) FROM gateway_changes
                UNION ALL SELECT max(since_ms) FROM verdict_changes
                UNION ALL SELECT max(since_ms) FROM alerts
                UNION ALL SELECT max(created_at_ms) FROM outgoing
                UNION ALL SELECT max(last_tried_at_ms) FROM outgoing
                UNION ALL SELECT max(said_ms) FROM verdict_changes
                UNION ALL SELECT max(started_at_ms) FROM fallback_periods
                UNION ALL SELECT max(ended_at_ms) FROM fallback_periods
                UNION ALL SELECT max(at_ms) FROM audit
                UNION ALL SELECT max(created_at_ms) FROM intents
                UNION ALL SELECT max(since_ms) FROM convergences
                UNION ALL SELECT max(read_back_at_ms) FROM convergences)"#,
            minute,
        )
        .fetch_one(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        Ok(newest.map(UnixMs))
    }
}
