//! How well each status page or feed could be read when it was last tried.

use changeover_domain::{SourceState, UnixMs};
use sqlx::SqliteConnection;

use crate::column::{integer, integer_option, json, of_json, of_time, of_word, word};
use crate::{Reader, StoreError, Writer};

const RECORD: &str = "record the state of a status page";
const READ: &str = "read the state of the status pages";

impl Writer {
    /// Keeps the state of a source in place of the one before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn source_record(&self, state: &SourceState) -> Result<(), StoreError> {
        let mut connection = self.turn().await;
        upsert(&mut connection, state).await
    }
}

pub(crate) async fn upsert(
    connection: &mut SqliteConnection,
    state: &SourceState,
) -> Result<(), StoreError> {
    let (id, provider) = (state.id.as_str(), state.provider.as_str());
    let page = of_word("page", &state.page)?;
    let (good, tried) = (of_time(state.last_good_at), of_time(state.last_tried_at));
    let components = of_json("components", &state.components)?;
    sqlx::query!(
        "INSERT INTO status_sources (id, provider, url, page, last_good_at_ms, last_tried_at_ms,
            failures, unreadable, problem, network_down, platform, interval_ms, components)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET provider = excluded.provider, url = excluded.url,
            page = excluded.page, last_good_at_ms = excluded.last_good_at_ms,
            last_tried_at_ms = excluded.last_tried_at_ms, failures = excluded.failures,
            unreadable = excluded.unreadable, problem = excluded.problem,
            network_down = excluded.network_down, platform = excluded.platform,
            interval_ms = excluded.interval_ms, components = excluded.components",
        id,
        provider,
        state.url,
        page,
        good,
        tried,
        state.failures,
        state.unreadable,
        state.problem,
        state.network_down,
        state.platform,
        state.interval_ms,
        components,
    )
    .execute(connection)
    .await
    .map_err(StoreError::during(RECORD))?;
    Ok(())
}

impl Reader {
    /// The last known state of every source, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn sources(&self) -> Result<Vec<SourceState>, StoreError> {
        let rows = sqlx::query_as!(
            SourceRow,
            "SELECT id, provider, url, page, last_good_at_ms, last_tried_at_ms, failures,
                unreadable, problem, network_down, platform, interval_ms, components
            FROM status_sources ORDER BY id",
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.into_iter().map(SourceState::try_from).collect()
    }
}

struct SourceRow {
    id: String,
    provider: String,
    url: String,
    page: String,
    last_good_at_ms: Option<i64>,
    last_tried_at_ms: Option<i64>,
    failures: i64,
    unreadable: i64,
    problem: Option<String>,
    network_down: i64,
    platform: String,
    interval_ms: Option<i64>,
    components: String,
}

impl TryFrom<SourceRow> for SourceState {
    type Error = StoreError;

    fn try_from(row: SourceRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: word("id", row.id)?,
            provider: word("provider", row.provider)?,
            url: row.url,
            page: word("page", row.page)?,
            last_good_at: row.last_good_at_ms.map(UnixMs),
            last_tried_at: row.last_tried_at_ms.map(UnixMs),
            failures: integer("failures", row.failures)?,
            unreadable: row.unreadable != 0,
            problem: row.problem,
            network_down: row.network_down != 0,
            platform: row.platform,
            interval_ms: integer_option("interval_ms", row.interval_ms)?,
            components: json("components", &row.components)?,
        })
    }
}
