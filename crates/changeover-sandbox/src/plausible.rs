//! Values that fit a JSON schema, for tool calls and structured answers.
//!
//! Understands what callers commonly send: types (Gemini's capitals too), enum, const, properties,
//! items, anyOf, local references, bounds and the usual formats. Anything else yields a value of
//! the plain type. Never nests deeper than [`MAX_DEPTH`].

use rand::RngExt as _;
use rand::rngs::ChaCha8Rng;
use serde_json::{Map, Value, json};

use crate::chance::pick;

const MAX_DEPTH: u8 = 12;
const WORDS: &[&str] =
    &["standard", "pending", "northern", "invoice", "priority", "renewal", "amber"];
const NAMES: &[&str] = &["Dana Okafor", "Mira Lindholm", "Jon Alvarez", "Priya Raman"];
const DATES: &[&str] = &["2026-03-14", "2026-05-02", "2026-08-21", "2026-10-09"];

/// A value that fits `schema`.
pub(crate) fn value(schema: &Value, rng: &mut ChaCha8Rng) -> Value {
    Maker { root: schema, rng }.of(schema, "", 0)
}

struct Maker<'a> {
    root: &'a Value,
    rng: &'a mut ChaCha8Rng,
}

impl Maker<'_> {
    fn of(&mut self, schema: &Value, name: &str, depth: u8) -> Value {
        if depth > MAX_DEPTH {
            return Value::Null;
        }
        if let Some(fixed) = schema.get("const") {
            return fixed.clone();
        }
        if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
            return pick(self.rng, choices).cloned().unwrap_or_default();
        }
        if let Some(pointer) = schema.get("$ref").and_then(Value::as_str) {
            let target = self.root.pointer(pointer.trim_start_matches('#'));
            return target.cloned().map_or(Value::Null, |target| self.of(&target, name, depth + 1));
        }
        for key in ["anyOf", "oneOf", "allOf"] {
            let first = schema.get(key).and_then(Value::as_array).and_then(|all| all.first());
            if let Some(first) = first {
                return self.of(first, name, depth + 1);
            }
        }
        match kind(schema).as_str() {
            "object" => self.object(schema, depth),
            "array" => self.array(schema, name, depth),
            "integer" => json!(self.integer(schema)),
            "number" => json!(self.number(schema)),
            "boolean" => json!(self.rng.random_bool(0.5)),
            "null" => Value::Null,
            _ => json!(self.text(schema, name)),
        }
    }

    fn object(&mut self, schema: &Value, depth: u8) -> Value {
        let mut object = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        // Sorted, so that the draws do not depend on how the map keeps its keys.
        let mut sorted: Vec<_> = properties.into_iter().flatten().collect();
        sorted.sort_by_key(|(key, _)| key.as_str());
        for (key, property) in sorted {
            object.insert(key.clone(), self.of(property, key, depth + 1));
        }
        Value::Object(object)
    }

    fn array(&mut self, schema: &Value, name: &str, depth: u8) -> Value {
        let at_least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(1);
        let at_most = schema.get("maxItems").and_then(Value::as_u64).unwrap_or(at_least + 1);
        let at_least = at_least.min(16);
        let count = self.rng.random_range(at_least..=at_most.clamp(at_least, 16));
        let items = schema.get("items").cloned().unwrap_or_default();
        (0..count).map(|_| self.of(&items, name, depth + 1)).collect()
    }

    fn integer(&mut self, schema: &Value) -> i64 {
        let bound = |key: &str| schema.get(key).and_then(Value::as_i64);
        let low =
            bound("minimum").or_else(|| bound("exclusiveMinimum").map(|n| n.saturating_add(1)));
        let high =
            bound("maximum").or_else(|| bound("exclusiveMaximum").map(|n| n.saturating_sub(1)));
        let low = low.unwrap_or_else(|| high.map_or(1, |high| high.min(1)));
        let high = high.unwrap_or_else(|| low.saturating_add(40));
        self.rng.random_range(low..=high.max(low))
    }

    fn number(&mut self, schema: &Value) -> f64 {
        let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
        let low = bound("minimum").unwrap_or(0.0);
        let high = bound("maximum").unwrap_or(low + 500.0).max(low);
        let share = f64::from(self.rng.random_range(1..100_u8)) / 100.0;
        let drawn = low + (high - low) * share;
        ((drawn * 100.0).round() / 100.0).clamp(low, high)
    }

    fn text(&mut self, schema: &Value, name: &str) -> String {
        let format = schema.get("format").and_then(Value::as_str).unwrap_or(name);
        let drawn = |rng: &mut ChaCha8Rng, from: &[&str]| {
            pick(rng, from).copied().unwrap_or_default().to_owned()
        };
        match format {
            "date" => drawn(self.rng, DATES),
            "date-time" => format!("{}T09:30:00Z", drawn(self.rng, DATES)),
            "email" => "dana@example.com".to_owned(),
            "uri" | "url" => "https://example.com/orders/4711".to_owned(),
            other if other.contains("name") || other == "customer" => drawn(self.rng, NAMES),
            other if other.contains("currency") => "EUR".to_owned(),
            other if other.contains("number") || other.ends_with("id") => {
                format!("A-{}", self.rng.random_range(10_000..99_999_u32))
            }
            _ => drawn(self.rng, WORDS),
        }
    }
}

/// The type's name in small letters; of several, the first that is not null.
fn kind(schema: &Value) -> String {
    let named = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).find(|k| *k != "null"),
        Some(kind) => kind.as_str(),
        None => None,
    };
    let implied = if schema.get("properties").is_some() { "object" } else { "string" };
    named.unwrap_or(implied).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::generator;

    #[test]
    fn a_value_fits_the_schema_it_was_made_for() {
        let schema = json!({
            "type": "object",
            "$defs": { "line": { "type": "object", "properties": {
                "total": { "type": "number", "minimum": 10, "maximum": 20 } } } },
            "properties": {
                "status": { "enum": ["open", "closed"] },
                "count": { "type": ["null", "integer"], "minimum": 3, "maximum": 5 },
                "lines": { "type": "array", "minItems": 2, "maxItems": 3,
                           "items": { "$ref": "#/$defs/line" } },
                "when": { "type": "STRING", "format": "date" },
                "urgent": { "type": "BOOLEAN" }
            }
        });
        for n in 0..50_u8 {
            let made = value(&schema, &mut generator(1, &[&[n]]));
            assert!(["open", "closed"].contains(&made["status"].as_str().unwrap()));
            assert!((3..=5).contains(&made["count"].as_i64().unwrap()));
            let lines = made["lines"].as_array().unwrap();
            assert!((2..=3).contains(&lines.len()));
            assert!((10.0..=20.0).contains(&lines[0]["total"].as_f64().unwrap()));
            assert!(DATES.contains(&made["when"].as_str().unwrap()));
            assert!(made["urgent"].is_boolean());
        }
    }

    #[test]
    fn a_schema_that_refers_to_itself_comes_to_an_end() {
        let endless = json!({ "type": "object", "properties": { "next": { "$ref": "#" } } });
        let made = value(&endless, &mut generator(1, &[])).to_string();
        assert!(made.len() < 400, "{made}");
        let huge =
            json!({ "type": "array", "minItems": 1_000_000_000, "items": { "type": "null" } });
        assert!(value(&huge, &mut generator(1, &[])).as_array().unwrap().len() <= 16);
        let odd = json!({ "type": "integer", "minimum": 9, "maximum": 3 });
        assert_eq!(value(&odd, &mut generator(1, &[])), json!(9));
    }
}
