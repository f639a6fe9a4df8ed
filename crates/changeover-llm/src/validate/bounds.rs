//! How much work a schema may make, found out before any of it is done.
//!
//! A schema of a few hundred bytes can keep a validator busy for years: `a0` is twice `a1`, `a1` is
//! twice `a2`, and so on; and one whose references form a long chain can run a thread out of its
//! stack, which ends the whole process. Time-outs do not help, for the work is one call that cannot
//! be interrupted. So four measures are taken of a schema when it comes:
//!
//! - its size, nesting and patterns;
//! - its *height*: how many schemas can judge one and the same value inside each other. Together with
//!   the nesting of the value this is the depth of the validator's recursion;
//! - its *weight*: how many schemas can judge values along one path into a document. Properties of
//!   different names do not add up, alternatives do. A schema that contains itself is counted once
//!   per turn: the validator keeps what it has found for those;
//! - its references: only to places within itself, and none that leads back to the same value.
//!
//! A check then costs at most the weight times the number of values, and that product is capped.
//! Finding the *reason* of a failure is dearer, because there the validator keeps nothing: it is
//! looked for only where a plain count of the steps stays small.

use std::collections::HashMap;

use serde_json::Value;

use super::subschemas::{self, Reach};

/// The most tools of one request.
const MOST_TOOLS: usize = 128;
/// What all schemas of one request may have together, in bytes of JSON.
const MOST_BYTES_TOGETHER: usize = 512 * 1024;
/// As many again for all schemas of one request.
const MOST_PATTERNS_TOGETHER: usize = 256;
/// The largest schema, in bytes of JSON.
const MOST_BYTES: usize = 128 * 1024;
const MOST_NESTING: usize = 64;
/// Each is a compiled expression.
const MOST_PATTERNS: usize = 64;
const MOST_HEIGHT: usize = 24;
const MOST_WEIGHT: u64 = 5_000;
/// The deepest chain of schemas that is followed; real ones have a tenth of it.
const MOST_DEPTH: usize = 500;
/// The most nested value that is checked.
const MOST_VALUE_NESTING: usize = 64;
/// The most steps of one check; around a second of work, where real answers take a millisecond.
const MOST_STEPS: u64 = 10_000_000;
/// The most steps in search of a reason.
const MOST_STEPS_FOR_REASON: u64 = 50_000;

/// What is left for the schemas of one request. Each is bounded by itself; without a bound on all of
/// them a request with a thousand tools would hold a thousand times as much.
#[derive(Debug)]
pub(super) struct Allowance {
    bytes: usize,
    patterns: usize,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { bytes: MOST_BYTES_TOGETHER, patterns: MOST_PATTERNS_TOGETHER }
    }
}

impl Allowance {
    /// For a request with so many tools; the error is a sentence's end.
    pub(super) fn of_tools(count: usize) -> Result<Self, String> {
        if count > MOST_TOOLS {
            return Err(format!("has {count} tools, and at most {MOST_TOOLS} can be checked"));
        }
        Ok(Self::default())
    }

    /// Takes a schema's share, before anything is made of it.
    pub(super) fn take(&mut self, schema: &Value, bytes: usize) -> Result<(), String> {
        let beyond = |what: String| format!("brings the request's schemas above {what} together");
        let bytes_left = self.bytes.checked_sub(bytes);
        self.bytes = bytes_left.ok_or_else(|| beyond(format!("{MOST_BYTES_TOGETHER} bytes")))?;
        // A deeper one is refused for that, and is not walked through here.
        let patterns = if nesting(schema) > MOST_NESTING { 0 } else { patterns(schema) };
        let patterns_left = self.patterns.checked_sub(patterns);
        self.patterns =
            patterns_left.ok_or_else(|| beyond(format!("{MOST_PATTERNS_TOGETHER} patterns")))?;
        Ok(())
    }
}

/// A schema within its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Measured {
    pub(super) patterns: usize,
    weight: u64,
}

impl Measured {
    /// Measures a schema whose JSON has `bytes` bytes; the error is a sentence's end.
    pub(super) fn of(schema: &Value, bytes: usize) -> Result<Self, String> {
        if bytes > MOST_BYTES {
            return Err(format!("is larger than {MOST_BYTES} bytes"));
        }
        if nesting(schema) > MOST_NESTING {
            return Err(format!("is nested more than {MOST_NESTING} levels deep"));
        }
        let patterns = patterns(schema);
        if patterns > MOST_PATTERNS {
            return Err(format!("has more than {MOST_PATTERNS} patterns"));
        }
        let mut survey = Survey { root: schema, heights: HashMap::new(), weights: HashMap::new() };
        let weight = survey.weight(schema, 0)?;
        Ok(Self { patterns, weight })
    }

    /// Whether `value` can be checked at a bearable cost.
    pub(super) fn allows(self, value: &Value) -> bool {
        nesting(value) <= MOST_VALUE_NESTING
            && count(value).saturating_mul(self.weight) <= MOST_STEPS
    }
}

/// Whether the reason why `value` does not fit can be looked for at a bearable cost.
pub(super) fn reason_is_cheap(root: &Value, value: &Value) -> bool {
    let mut left = MOST_STEPS_FOR_REASON;
    walk(root, root, value, &mut left)
}

fn walk(root: &Value, schema: &Value, value: &Value, left: &mut u64) -> bool {
    let Some(rest) = left.checked_sub(1) else {
        return false;
    };
    *left = rest;
    subschemas::of(root, schema).iter().all(|inner| {
        let mut parts: Box<dyn Iterator<Item = &Value>> = match inner.reach {
            Reach::Same => Box::new(std::iter::once(value)),
            Reach::Member(name) => Box::new(value.get(name).into_iter()),
            Reach::EveryMember => {
                Box::new(value.as_object().into_iter().flatten().map(|(_, part)| part))
            }
            Reach::EveryElement => Box::new(value.as_array().into_iter().flatten()),
        };
        parts.all(|part| walk(root, inner.schema, part, left))
    })
}

/// What is known of the schemas seen so far, by their place in the document.
struct Survey<'a> {
    root: &'a Value,
    /// Of schemas that judge one value together: how many in a row.
    heights: HashMap<*const Value, usize>,
    /// Weights; `None` on the way to finding one out.
    weights: HashMap<*const Value, Option<u64>>,
}

impl<'a> Survey<'a> {
    /// The weight of a schema, which is `depth` schemas away from the root.
    fn weight(&mut self, schema: &'a Value, depth: usize) -> Result<u64, String> {
        let place = std::ptr::from_ref(schema);
        match self.weights.get(&place) {
            Some(Some(weight)) => return Ok(*weight),
            // It contains itself: counted once.
            Some(None) => return Ok(1),
            None => {}
        }
        if depth > MOST_DEPTH {
            return Err(format!("leads through more than {MOST_DEPTH} schemas"));
        }
        check_references(self.root, schema, depth == 0)?;
        self.height(schema, 1)?;
        self.weights.insert(place, None);
        let (mut together, mut heaviest_member) = (1_u64, 0);
        for inner in subschemas::of(self.root, schema) {
            let weight = self.weight(inner.schema, depth + 1)?;
            if let Reach::Member(_) = inner.reach {
                heaviest_member = weight.max(heaviest_member);
            } else {
                together = together.saturating_add(weight);
            }
        }
        let weight = together.saturating_add(heaviest_member);
        if weight > MOST_WEIGHT {
            return Err(format!("judges one value with more than {MOST_WEIGHT} schemas"));
        }
        self.weights.insert(place, Some(weight));
        Ok(weight)
    }

    /// How many schemas in a row judge the value that this one judges, which is itself the
    /// `above`th. One that leads back to itself has no end, so it has too many.
    fn height(&mut self, schema: &'a Value, above: usize) -> Result<usize, String> {
        let place = std::ptr::from_ref(schema);
        let known = self.heights.get(&place).copied();
        let mut inner_height = known.map_or(0, |height| height - 1);
        if known.is_none() && above <= MOST_HEIGHT {
            for inner in subschemas::of(self.root, schema) {
                if inner.reach == Reach::Same {
                    inner_height = inner_height.max(self.height(inner.schema, above + 1)?);
                }
            }
        }
        if above + inner_height > MOST_HEIGHT {
            return Err(format!(
                "judges one value with more than {MOST_HEIGHT} schemas in a row, or refers to \
                 itself without end"
            ));
        }
        self.heights.insert(place, inner_height + 1);
        Ok(inner_height + 1)
    }
}

/// Only places within the document can be meant, and only in the one way that can be followed here.
fn check_references(root: &Value, schema: &Value, is_root: bool) -> Result<(), String> {
    let Some(keywords) = schema.as_object() else {
        return Ok(());
    };
    for foreign in ["$dynamicRef", "$recursiveRef"] {
        if keywords.contains_key(foreign) {
            return Err(format!("uses `{foreign}`, which is not supported"));
        }
    }
    if !is_root && keywords.contains_key("$id") {
        return Err("has an `$id` below its root, which is not supported".to_owned());
    }
    match keywords.get("$ref").map(|reference| reference.as_str()) {
        None => Ok(()),
        Some(Some(reference)) if subschemas::target(root, reference).is_some() => Ok(()),
        Some(_) => {
            Err("has a `$ref` that is not a place within it, such as `#/$defs/name`".to_owned())
        }
    }
}

/// How deep a document is nested; what is beyond every bound here is not looked at.
fn nesting(value: &Value) -> usize {
    fn below(value: &Value, left: usize) -> usize {
        if left == 0 {
            return 1;
        }
        let deepest = match value {
            Value::Array(elements) => elements.iter().map(|part| below(part, left - 1)).max(),
            Value::Object(members) => members.values().map(|part| below(part, left - 1)).max(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        };
        1 + deepest.unwrap_or(0)
    }
    below(value, MOST_NESTING.max(MOST_VALUE_NESTING) + 1)
}

/// The values in a document. Call only where the nesting is known.
fn count(value: &Value) -> u64 {
    match value {
        Value::Array(elements) => 1 + elements.iter().map(count).sum::<u64>(),
        Value::Object(members) => 1 + members.values().map(count).sum::<u64>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}

/// At most how many expressions a schema holds; names and examples that look like some count too.
fn patterns(value: &Value) -> usize {
    match value {
        Value::Array(elements) => elements.iter().map(patterns).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(keyword, value)| {
                let own = match keyword.as_str() {
                    "pattern" => usize::from(value.is_string()),
                    "patternProperties" => value.as_object().map_or(0, serde_json::Map::len),
                    _ => 0,
                };
                own + patterns(value)
            })
            .sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}
