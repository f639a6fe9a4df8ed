//! Which schemas the vendor holds an answer to.
//!
//! In its strict mode every object of a schema must be closed and all its members required, or the
//! whole request is refused. A schema that a caller of another dialect wrote may be looser, and so
//! may one that was written for another server; it is asked for without the strict mode then, and
//! that is told as a loss.

use serde_json::Value;

/// The vendor takes `schema` in its strict mode.
pub(crate) fn fits(schema: &Value) -> bool {
    match schema {
        Value::Object(fields) => {
            let is_object = fields.get("type").and_then(Value::as_str) == Some("object");
            (!is_object || is_closed(fields)) && fields.values().all(fits)
        }
        Value::Array(items) => items.iter().all(fits),
        _ => true,
    }
}

fn is_closed(fields: &serde_json::Map<String, Value>) -> bool {
    let named = fields.get("properties").and_then(Value::as_object);
    let required: Vec<&str> = fields
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let all_required =
        named.is_none_or(|named| named.keys().all(|name| required.contains(&name.as_str())));
    fields.get("additionalProperties") == Some(&Value::Bool(false)) && all_required
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_object_must_be_closed_and_whole() {
        let city = |extra: Value| {
            let mut schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
            for (name, value) in extra.as_object().into_iter().flatten() {
                schema[name] = value.clone();
            }
            schema
        };
        let closed = || city(json!({"required": ["city"], "additionalProperties": false}));
        assert!(fits(&closed()) && fits(&json!({"type": "array", "items": closed()})));
        assert!(!fits(&city(json!({"required": ["city"]}))));
        assert!(!fits(&city(json!({"additionalProperties": false}))));
        assert!(!fits(&json!({"type": "array", "items": city(json!({}))})));
    }
}
