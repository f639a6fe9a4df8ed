//! Probe samples: one row for each synthetic request.

use std::ops::Range;

use changeover_domain::{Nanodollars, ProbePhases, ProbeSample, TargetId, TokenUsage, UnixMs};
use sqlx::SqliteConnection;

use crate::column::{
    integer, integer_option, json, of_count, of_json, of_word, outcome, word, word_option,
};
use crate::connection::begin;
use crate::{Reader, StoreError, Writer};

const RECORD: &str = "record probe samples";
const READ: &str = "read probe samples";

impl Writer {
    /// Keeps samples: all or none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn probes_record(&self, samples: &[ProbeSample]) -> Result<(), StoreError> {
        let mut connection = self.turn().await;
        let mut transaction = begin(&mut connection, RECORD).await?;
        for sample in samples {
            insert(&mut transaction, sample).await?;
        }
        transaction.commit().await.map_err(StoreError::during(RECORD))
    }
}

async fn insert(
    transaction: &mut SqliteConnection,
    sample: &ProbeSample,
) -> Result<(), StoreError> {
    let (target, outcome) = (sample.target.as_str(), sample.outcome.as_str());
    let tokens = Tokens::of(sample.usage)?;
    let cost = sample.cost.map(|cost| cost.0);
    let kind = sample.kind.as_str();
    let validity = of_word("validity", &sample.validity)?;
    let whose = sample.whose.map(|whose| of_word("whose", &whose)).transpose()?;
    let limits_left = sample.limits_left.map(|left| of_json("limits_left", &left)).transpose()?;
    sqlx::query!(
        "INSERT INTO probe_samples (target, at_ms, lateness_ms, resolve_ms, connect_ms, tls_ms,
            connection_reused, first_byte_ms, first_token_ms, gap_p50_ms, longest_gap_ms, total_ms,
            outcome, http_status, tokens_per_second, input_tokens, cached_input_tokens,
            cache_write_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,
            cost_nanodollars, answered_model, vendor_request_id, detail, kind, validity, whose,
            fingerprint, limits_left, probed_by)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
            ?, ?, ?)",
        target,
        sample.at.0,
        sample.lateness_ms,
        sample.phases.resolve_ms,
        sample.phases.connect_ms,
        sample.phases.tls_ms,
        sample.phases.connection_reused,
        sample.phases.first_byte_ms,
        sample.phases.first_token_ms,
        sample.phases.gap_p50_ms,
        sample.phases.longest_gap_ms,
        sample.phases.total_ms,
        outcome,
        sample.http_status,
        sample.tokens_per_second,
        tokens.input,
        tokens.cached_input,
        tokens.cache_write,
        tokens.cache_write_1h,
        tokens.output,
        tokens.reasoning,
        cost,
        sample.answered_model,
        sample.vendor_request_id,
        sample.detail,
        kind,
        validity,
        whose,
        sample.fingerprint,
        limits_left,
        sample.probed_by,
    )
    .execute(transaction)
    .await
    .map_err(StoreError::during(RECORD))?;
    Ok(())
}

/// A sample's tokens as they stand in its columns; `None` where nothing was counted.
struct Tokens {
    input: Option<i64>,
    cached_input: Option<i64>,
    cache_write: Option<i64>,
    cache_write_1h: Option<i64>,
    output: Option<i64>,
    reasoning: Option<i64>,
}

impl Tokens {
    fn of(usage: Option<TokenUsage>) -> Result<Self, StoreError> {
        let count = |name, pick: fn(TokenUsage) -> u64| {
            usage.map(|usage| of_count(name, pick(usage))).transpose()
        };
        Ok(Self {
            input: count("input_tokens", |usage| usage.input_tokens)?,
            cached_input: count("cached_input_tokens", |usage| usage.cached_input_tokens)?,
            cache_write: count("cache_write_tokens", |usage| usage.cache_write_tokens)?,
            cache_write_1h: count("cache_write_1h_tokens", |usage| usage.cache_write_1h_tokens)?,
            output: count("output_tokens", |usage| usage.output_tokens)?,
            reasoning: count("reasoning_tokens", |usage| usage.reasoning_tokens)?,
        })
    }
}

impl Reader {
    /// A target's samples that started within `range`, oldest first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn probes_between(
        &self,
        target: &TargetId,
        range: Range<UnixMs>,
    ) -> Result<Vec<ProbeSample>, StoreError> {
        let target = target.as_str();
        let rows = sqlx::query_as!(
            SampleRow,
            "SELECT target, at_ms, lateness_ms, resolve_ms, connect_ms, tls_ms, connection_reused,
                first_byte_ms, first_token_ms, gap_p50_ms, longest_gap_ms, total_ms, outcome,
                http_status, tokens_per_second, input_tokens, cached_input_tokens,
                cache_write_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,
                cost_nanodollars, answered_model, vendor_request_id, detail, kind, validity, whose,
                fingerprint, limits_left, probed_by
            FROM probe_samples WHERE target = ? AND at_ms >= ? AND at_ms < ? ORDER BY at_ms, id",
            target,
            range.start.0,
            range.end.0,
        )
        .fetch_all(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        rows.into_iter().map(ProbeSample::try_from).collect()
    }

    /// The sample of a target that started last.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn probe_latest(&self, target: &TargetId) -> Result<Option<ProbeSample>, StoreError> {
        let target = target.as_str();
        let row = sqlx::query_as!(
            SampleRow,
            "SELECT target, at_ms, lateness_ms, resolve_ms, connect_ms, tls_ms, connection_reused,
                first_byte_ms, first_token_ms, gap_p50_ms, longest_gap_ms, total_ms, outcome,
                http_status, tokens_per_second, input_tokens, cached_input_tokens,
                cache_write_tokens, cache_write_1h_tokens, output_tokens, reasoning_tokens,
                cost_nanodollars, answered_model, vendor_request_id, detail, kind, validity, whose,
                fingerprint, limits_left, probed_by
            FROM probe_samples WHERE target = ? ORDER BY at_ms DESC, id DESC LIMIT 1",
            target,
        )
        .fetch_optional(&mut *self.lane().await)
        .await
        .map_err(StoreError::during(READ))?;
        row.map(ProbeSample::try_from).transpose()
    }
}

struct SampleRow {
    target: String,
    at_ms: i64,
    lateness_ms: i64,
    resolve_ms: Option<i64>,
    connect_ms: Option<i64>,
    tls_ms: Option<i64>,
    connection_reused: Option<i64>,
    first_byte_ms: Option<i64>,
    first_token_ms: Option<i64>,
    gap_p50_ms: Option<i64>,
    longest_gap_ms: Option<i64>,
    total_ms: i64,
    outcome: String,
    http_status: Option<i64>,
    tokens_per_second: Option<f64>,
    input_tokens: Option<i64>,
    cached_input_tokens: Option<i64>,
    cache_write_tokens: Option<i64>,
    cache_write_1h_tokens: Option<i64>,
    output_tokens: Option<i64>,
    reasoning_tokens: Option<i64>,
    cost_nanodollars: Option<i64>,
    answered_model: Option<String>,
    vendor_request_id: Option<String>,
    detail: Option<String>,
    kind: String,
    validity: String,
    whose: Option<String>,
    fingerprint: Option<String>,
    limits_left: Option<String>,
    probed_by: Option<String>,
}

impl SampleRow {
    fn phases(&self) -> Result<ProbePhases, StoreError> {
        Ok(ProbePhases {
            resolve_ms: integer_option("resolve_ms", self.resolve_ms)?,
            connect_ms: integer_option("connect_ms", self.connect_ms)?,
            tls_ms: integer_option("tls_ms", self.tls_ms)?,
            connection_reused: self.connection_reused.map(|reused| reused != 0),
            first_byte_ms: integer_option("first_byte_ms", self.first_byte_ms)?,
            first_token_ms: integer_option("first_token_ms", self.first_token_ms)?,
            gap_p50_ms: integer_option("gap_p50_ms", self.gap_p50_ms)?,
            longest_gap_ms: integer_option("longest_gap_ms", self.longest_gap_ms)?,
            total_ms: integer("total_ms", self.total_ms)?,
        })
    }

    fn usage(&self) -> Result<Option<TokenUsage>, StoreError> {
        let all = (self.input_tokens, self.cached_input_tokens, self.output_tokens);
        let (Some(input), Some(cached_input), Some(output)) = all else {
            return Ok(None);
        };
        // Kinds that samples of before did not tell apart.
        let later = |name, count: Option<i64>| integer(name, count.unwrap_or(0));
        Ok(Some(TokenUsage {
            input_tokens: integer("input_tokens", input)?,
            cached_input_tokens: integer("cached_input_tokens", cached_input)?,
            cache_write_tokens: later("cache_write_tokens", self.cache_write_tokens)?,
            cache_write_1h_tokens: later("cache_write_1h_tokens", self.cache_write_1h_tokens)?,
            output_tokens: integer("output_tokens", output)?,
            reasoning_tokens: later("reasoning_tokens", self.reasoning_tokens)?,
        }))
    }
}

impl TryFrom<SampleRow> for ProbeSample {
    type Error = StoreError;

    fn try_from(row: SampleRow) -> Result<Self, StoreError> {
        Ok(Self {
            usage: row.usage()?,
            phases: row.phases()?,
            target: word("target", row.target)?,
            kind: word("kind", row.kind)?,
            at: UnixMs(row.at_ms),
            lateness_ms: integer("lateness_ms", row.lateness_ms)?,
            outcome: outcome(&row.outcome)?,
            whose: word_option("whose", row.whose)?,
            validity: word("validity", row.validity)?,
            http_status: integer_option("http_status", row.http_status)?,
            tokens_per_second: row.tokens_per_second,
            cost: row.cost_nanodollars.map(Nanodollars),
            answered_model: row.answered_model,
            fingerprint: row.fingerprint,
            limits_left: row.limits_left.map(|text| json("limits_left", &text)).transpose()?,
            vendor_request_id: row.vendor_request_id,
            detail: row.detail,
            probed_by: row.probed_by,
        })
    }
}
