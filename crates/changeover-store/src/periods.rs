//! The ledger of fallback periods. A route has at most one that is open; the database holds to it.

use changeover_domain::{
    FallbackCost, FallbackPeriod, Nanodollars, PeriodId, RouteId, TokenUsage, UnixMs,
};
use sqlx::SqliteConnection;

use crate::column::{integer, of_count, of_time, of_word, page_size, word, word_option};
use crate::connection::begin;
use crate::{Reader, StoreError, Writer};

const WRITE: &str = "write to the ledger of fallbacks";
const READ: &str = "read the ledger of fallbacks";

/// Why the ledger refused.
#[derive(Debug, thiserror::Error)]
pub enum PeriodError {
    #[error("route {route} already has an open fallback period")]
    AlreadyOpen { route: RouteId },
    #[error("there is no fallback period {id}")]
    Unknown { id: PeriodId },
    #[error("the fallback period {id} was closed already")]
    AlreadyClosed { id: PeriodId },
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Writer {
    /// Enters a period that has begun.
    ///
    /// # Errors
    /// [`PeriodError::AlreadyOpen`] when the route is away from its primary already.
    pub async fn period_open(&self, period: &FallbackPeriod) -> Result<(), PeriodError> {
        let mut connection = self.turn().await;
        let mut transaction = begin(&mut connection, WRITE).await?;
        if period.ended_at.is_none() && has_open(&mut transaction, &period.route).await? {
            return Err(PeriodError::AlreadyOpen { route: period.route.clone() });
        }
        insert(&mut transaction, period).await?;
        transaction.commit().await.map_err(StoreError::during(WRITE))?;
        Ok(())
    }

    /// Puts what is known now in place of what was, all but the route. Start and end may move too: a
    /// gateway that is heard late may have left earlier, or return later, than those heard before.
    ///
    /// # Errors
    /// [`PeriodError::Unknown`] when it was never opened, [`PeriodError::Store`] when it would be
    /// open beside another one of its route.
    pub async fn period_update(&self, period: &FallbackPeriod) -> Result<(), PeriodError> {
        let mut connection = self.turn().await;
        let mut transaction = begin(&mut connection, WRITE).await?;
        let (id, primary) = (period.id.as_str(), period.primary.as_str());
        let served_by = period.served_by.as_ref().map(|target| target.as_str());
        let (mode, cause) = (period.mode.as_str(), of_word("cause", &period.cause)?);
        let ended_at = of_time(period.ended_at);
        let updated = sqlx::query!(
            "UPDATE fallback_periods
            SET started_at_ms = ?, ended_at_ms = ?, primary_target = ?, served_by = ?, mode = ?,
                cause = ?, holder = ?, reason = ?
            WHERE id = ?",
            period.started_at.0,
            ended_at,
            primary,
            served_by,
            mode,
            cause,
            period.holder,
            period.reason,
            id,
        )
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::during(WRITE))?;
        if updated.rows_affected() == 0 {
            return Err(PeriodError::Unknown { id: period.id.clone() });
        }
        set_cost(&mut transaction, &period.id, &period.cost).await?;
        transaction.commit().await.map_err(StoreError::during(WRITE))?;
        Ok(())
    }

    /// Corrects what a period has cost, and nothing else, whether it is open or has ended: minutes
    /// of traffic come in late.
    ///
    /// # Errors
    /// [`PeriodError::Unknown`] when it was never opened.
    pub async fn period_cost(&self, id: &PeriodId, cost: &FallbackCost) -> Result<(), PeriodError> {
        let mut connection = self.turn().await;
        let mut transaction = begin(&mut connection, WRITE).await?;
        if find(&mut transaction, id).await?.is_none() {
            return Err(PeriodError::Unknown { id: id.clone() });
        }
        set_cost(&mut transaction, id, cost).await?;
        transaction.commit().await.map_err(StoreError::during(WRITE))?;
        Ok(())
    }

    /// Ends a period. Late minutes of traffic may still correct its cost by
    /// [`Writer::period_cost`].
    ///
    /// # Errors
    /// [`PeriodError::Unknown`] and [`PeriodError::AlreadyClosed`].
    pub async fn period_close(
        &self,
        id: &PeriodId,
        ended_at: UnixMs,
        cost: &FallbackCost,
    ) -> Result<(), PeriodError> {
        let mut connection = self.turn().await;
        let mut transaction = begin(&mut connection, WRITE).await?;
        let name = id.as_str();
        let closed = sqlx::query!(
            "UPDATE fallback_periods SET ended_at_ms = ? WHERE id = ? AND ended_at_ms IS NULL",
            ended_at.0,
            name,
        )
        .execute(&mut *transaction)
        .await
        .map_err(StoreError::during(WRITE))?;
        if closed.rows_affected() == 0 {
            let known = find(&mut transaction, id).await?.is_some();
            let id = id.clone();
            return Err(if known {
                PeriodError::AlreadyClosed { id }
            } else {
                PeriodError::Unknown { id }
            });
        }
        set_cost(&mut transaction, id, cost).await?;
        transaction.commit().await.map_err(StoreError::during(WRITE))?;
        Ok(())
    }
}

async fn has_open(transaction: &mut SqliteConnection, route: &RouteId) -> Result<bool, StoreError> {
    let route = route.as_str();
    let open = sqlx::query_scalar!(
        "SELECT id FROM fallback_periods WHERE route = ? AND ended_at_ms IS NULL",
        route,
    )
    .fetch_optional(transaction)
    .await
    .map_err(StoreError::during(READ))?;
    Ok(open.is_some())
}

async fn insert(
    transaction: &mut SqliteConnection,
    period: &FallbackPeriod,
) -> Result<(), StoreError> {
    let (id, route, primary) = (period.id.as_str(), period.route.as_str(), period.primary.as_str());
    let served_by = period.served_by.as_ref().map(|target| target.as_str());
    let (mode, cause) = (period.mode.as_str(), of_word("cause", &period.cause)?);
    let ended_at = of_time(period.ended_at);
    sqlx::query!(
        "INSERT INTO fallback_periods (id, route, primary_target, served_by, mode, cause, holder,
            reason, started_at_ms, ended_at_ms, requests, answered, input_tokens,
            cached_input_tokens, output_tokens, actual_nanodollars, unpriced)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0)",
        id,
        route,
        primary,
        served_by,
        mode,
        cause,
        period.holder,
        period.reason,
        period.started_at.0,
        ended_at,
    )
    .execute(&mut *transaction)
    .await
    .map_err(StoreError::during(WRITE))?;
    set_cost(transaction, &period.id, &period.cost).await
}

async fn set_cost(
    transaction: &mut SqliteConnection,
    id: &PeriodId,
    cost: &FallbackCost,
) -> Result<(), StoreError> {
    let id = id.as_str();
    let requests = of_count("requests", cost.requests)?;
    let answered = of_count("answered", cost.answered)?;
    let input_tokens = of_count("input_tokens", cost.usage.input_tokens)?;
    let cached_input_tokens = of_count("cached_input_tokens", cost.usage.cached_input_tokens)?;
    let cache_write_tokens = of_count("cache_write_tokens", cost.usage.cache_write_tokens)?;
    let cache_write_1h_tokens =
        of_count("cache_write_1h_tokens", cost.usage.cache_write_1h_tokens)?;
    let output_tokens = of_count("output_tokens", cost.usage.output_tokens)?;
    let reasoning_tokens = of_count("reasoning_tokens", cost.usage.reasoning_tokens)?;
    let unpriced = of_count("unpriced", cost.unpriced)?;
    let on_primary = cost.on_primary.map(|amount| amount.0);
    let premium = cost.premium.map(|amount| amount.0);
    sqlx::query!(
        "UPDATE fallback_periods
        SET requests = ?, answered = ?, input_tokens = ?, cached_input_tokens = ?,
            cache_write_tokens = ?, cache_write_1h_tokens = ?, output_tokens = ?,
            reasoning_tokens = ?, actual_nanodollars = ?, unpriced = ?,
            on_primary_nanodollars = ?, premium_nanodollars = ?
        WHERE id = ?",
        requests,
        answered,
        input_tokens,
        cached_input_tokens,
        cache_write_tokens,
        cache_write_1h_tokens,
        output_tokens,
        reasoning_tokens,
        cost.actual.0,
        unpriced,
        on_primary,
        premium,
        id,
    )
    .execute(transaction)
    .await
    .map_err(StoreError::during(WRITE))?;
    Ok(())
}

async fn find(
    connection: &mut SqliteConnection,
    id: &PeriodId,
) -> Result<Option<FallbackPeriod>, StoreError> {
    let id = id.as_str();
    let row = sqlx::query_as!(PeriodRow, "SELECT * FROM fallback_periods WHERE id = ?", id)
        .fetch_optional(connection)
        .await
        .map_err(StoreError::during(READ))?;
    row.map(FallbackPeriod::try_from).transpose()
}

impl Reader {
    /// One period.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn period(&self, id: &PeriodId) -> Result<Option<FallbackPeriod>, StoreError> {
        find(&mut *self.lane().await, id).await
    }

    /// The periods that have not ended, by route.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn periods_open(&self) -> Result<Vec<FallbackPeriod>, StoreError> {
        let rows = sqlx::query_as!(
            PeriodRow,
            "SELECT * FROM fallback_periods WHERE ended_at_ms IS NULL ORDER BY route",
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.into_iter().map(FallbackPeriod::try_from).collect()
    }

    /// Periods newest first, those that started before `before` if it is given; at most `limit`,
    /// and never more than 500.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn periods_list(
        &self,
        before: Option<UnixMs>,
        limit: u32,
    ) -> Result<Vec<FallbackPeriod>, StoreError> {
        let before = before.map_or(i64::MAX, |before| before.0);
        let limit = page_size(limit);
        let rows = sqlx::query_as!(
            PeriodRow,
            "SELECT * FROM fallback_periods WHERE started_at_ms < ?
            ORDER BY started_at_ms DESC, id LIMIT ?",
            before,
            limit,
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.into_iter().map(FallbackPeriod::try_from).collect()
    }
}

struct PeriodRow {
    id: String,
    route: String,
    primary_target: String,
    served_by: Option<String>,
    mode: String,
    cause: String,
    holder: Option<String>,
    reason: Option<String>,
    started_at_ms: i64,
    ended_at_ms: Option<i64>,
    requests: i64,
    answered: i64,
    input_tokens: i64,
    cached_input_tokens: i64,
    cache_write_tokens: i64,
    cache_write_1h_tokens: i64,
    output_tokens: i64,
    reasoning_tokens: i64,
    actual_nanodollars: i64,
    unpriced: i64,
    on_primary_nanodollars: Option<i64>,
    premium_nanodollars: Option<i64>,
}

impl PeriodRow {
    fn cost(&self) -> Result<FallbackCost, StoreError> {
        Ok(FallbackCost {
            requests: integer("requests", self.requests)?,
            answered: integer("answered", self.answered)?,
            usage: TokenUsage {
                input_tokens: integer("input_tokens", self.input_tokens)?,
                cached_input_tokens: integer("cached_input_tokens", self.cached_input_tokens)?,
                cache_write_tokens: integer("cache_write_tokens", self.cache_write_tokens)?,
                cache_write_1h_tokens: integer(
                    "cache_write_1h_tokens",
                    self.cache_write_1h_tokens,
                )?,
                output_tokens: integer("output_tokens", self.output_tokens)?,
                reasoning_tokens: integer("reasoning_tokens", self.reasoning_tokens)?,
            },
            actual: Nanodollars(self.actual_nanodollars),
            unpriced: integer("unpriced", self.unpriced)?,
            on_primary: self.on_primary_nanodollars.map(Nanodollars),
            premium: self.premium_nanodollars.map(Nanodollars),
        })
    }
}

impl TryFrom<PeriodRow> for FallbackPeriod {
    type Error = StoreError;

    fn try_from(row: PeriodRow) -> Result<Self, StoreError> {
        Ok(Self {
            cost: row.cost()?,
            id: word("id", row.id)?,
            route: word("route", row.route)?,
            primary: word("primary_target", row.primary_target)?,
            served_by: word_option("served_by", row.served_by)?,
            mode: word("mode", row.mode)?,
            cause: word("cause", row.cause)?,
            holder: row.holder,
            reason: row.reason,
            started_at: UnixMs(row.started_at_ms),
            ended_at: row.ended_at_ms.map(UnixMs),
        })
    }
}
