//! Schemas made ready for checking, and kept, because making ready is the dear part.
//!
//! A caller's schema is hostile: nothing is fetched for it, neither from the net nor from files;
//! its expressions run in linear time (look-around and back-references are refused, as they cannot);
//! and its work is bounded. `format` is asserted, although the newer drafts only note it: who asks
//! for a `date-time` hands it to a parser.

use std::sync::{Arc, Mutex, PoisonError};

use hashlink::LruCache;
use jsonschema::{PatternOptions, Validator};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::bounds::{self, Allowance, Measured};
use super::explain::explain;

/// The largest compiled expression, in bytes.
const PATTERN_BYTES: usize = 128 * 1024;
/// What all kept schemas may weigh together, in estimated bytes.
const KEPT_BYTES: usize = 64 * 1024 * 1024;
/// A compiled schema's bytes for each byte of its JSON, roughly.
const BYTES_PER_BYTE: usize = 16;

/// A schema of a request that cannot be used: the caller's to mend, before any provider is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` {problem}", field.openai_param())]
pub struct InvalidSchema {
    pub field: SchemaField,
    /// The end of a sentence that begins with the field.
    pub problem: String,
}

/// Where in a request a schema stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaField {
    ResponseFormat,
    /// All tools together.
    Tools,
    /// The tool's place in the list.
    Tool(usize),
}

impl SchemaField {
    /// The field as the `OpenAI` dialect names it.
    #[must_use]
    pub fn openai_param(self) -> String {
        match self {
            Self::ResponseFormat => "response_format.json_schema.schema".to_owned(),
            Self::Tools => "tools".to_owned(),
            Self::Tool(index) => format!("tools[{index}].function.parameters"),
        }
    }

    /// The field as the Anthropic dialect names it.
    #[must_use]
    pub fn anthropic_param(self) -> String {
        match self {
            Self::ResponseFormat => "output_config.format.schema".to_owned(),
            Self::Tools => "tools".to_owned(),
            Self::Tool(index) => format!("tools[{index}].input_schema"),
        }
    }
}

/// A schema that is ready.
#[derive(Debug)]
pub(crate) struct Compiled {
    validator: Validator,
    schema: Value,
    measured: Measured,
}

impl Compiled {
    /// Makes a schema ready whose JSON has `bytes` bytes.
    fn of_size(schema: &Value, bytes: usize) -> Result<Self, String> {
        let measured = Measured::of(schema, bytes)?;
        let expressions =
            PatternOptions::regex().size_limit(PATTERN_BYTES).dfa_size_limit(PATTERN_BYTES);
        let validator = jsonschema::options()
            .offline()
            .should_validate_formats(true)
            .with_pattern_options(expressions)
            .build(schema)
            .map_err(|error| unusable(&error))?;
        Ok(Self { validator, schema: schema.clone(), measured })
    }

    /// Whether `value` fits; if not, where and why, in the schema's words.
    pub(crate) fn check(&self, value: &Value) -> Result<(), String> {
        if !self.measured.allows(value) {
            return Err("it is too large or too deeply nested to be checked".to_owned());
        }
        if self.validator.is_valid(value) {
            return Ok(());
        }
        if !bounds::reason_is_cheap(&self.schema, value) {
            return Err("it does not fit its schema".to_owned());
        }
        match self.validator.validate(value) {
            Ok(()) => Ok(()),
            Err(error) => Err(explain(&error)),
        }
    }

    /// Whether `value` fits.
    pub(crate) fn fits(&self, value: &Value) -> bool {
        self.measured.allows(value) && self.validator.is_valid(value)
    }

    fn kept_bytes(&self, bytes: usize) -> usize {
        bytes.saturating_mul(BYTES_PER_BYTE) + self.measured.patterns.saturating_mul(PATTERN_BYTES)
    }
}

/// Why a schema cannot be compiled. The caller wrote it, so it is told its own words, within limits.
fn unusable(error: &jsonschema::ValidationError<'_>) -> String {
    let place = error.instance_path().to_string();
    let place = if place.is_empty() { String::new() } else { format!(" at `{place}`") };
    let what = crate::classify::words::excerpt(&error.to_string());
    format!("is no usable JSON schema{place}: {what}")
}

/// The schemas that were made ready lately. One for all requests of a process.
#[derive(Debug)]
pub struct Validators {
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    schemas: LruCache<[u8; 32], (Arc<Compiled>, usize)>,
    bytes: usize,
}

impl Default for Validators {
    fn default() -> Self {
        Self { kept: Mutex::new(Kept { schemas: LruCache::new_unbounded(), bytes: 0 }) }
    }
}

impl Validators {
    /// The schema made ready: from those that are kept, or anew.
    ///
    /// # Errors
    /// When it cannot be used; the error is the end of a sentence that begins with the schema.
    pub(crate) fn compile(&self, schema: &Value) -> Result<Arc<Compiled>, String> {
        self.compile_within(schema, &mut Allowance::default())
    }

    /// The same for one of several schemas of a request, within what is left for them.
    ///
    /// # Errors
    /// Also when too little is left.
    pub(super) fn compile_within(
        &self,
        schema: &Value,
        allowance: &mut Allowance,
    ) -> Result<Arc<Compiled>, String> {
        let text = schema.to_string();
        allowance.take(schema, text.len())?;
        let key: [u8; 32] = Sha256::digest(&text).into();
        if let Some((compiled, _)) = self.locked().schemas.get(&key) {
            return Ok(Arc::clone(compiled));
        }
        // Not under the lock: others need not wait for a large schema.
        let compiled = Arc::new(Compiled::of_size(schema, text.len())?);
        let bytes = compiled.kept_bytes(text.len());
        self.locked().keep(key, Arc::clone(&compiled), bytes);
        Ok(compiled)
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn kept(&self) -> (usize, usize) {
        let kept = self.locked();
        (kept.schemas.len(), kept.bytes)
    }
}

impl Kept {
    fn keep(&mut self, key: [u8; 32], compiled: Arc<Compiled>, bytes: usize) {
        if let Some((_, before)) = self.schemas.insert(key, (compiled, bytes)) {
            self.bytes -= before;
        }
        self.bytes += bytes;
        while self.bytes > KEPT_BYTES {
            let Some((_, (_, oldest))) = self.schemas.remove_lru() else {
                return;
            };
            self.bytes -= oldest;
        }
    }
}
