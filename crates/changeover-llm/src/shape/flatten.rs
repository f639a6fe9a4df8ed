//! One schema out of several that all hold: references followed, `allOf` merged, alternatives chosen.
//!
//! Merging keeps what narrows. Where two keywords cannot be written as one (two patterns), the first
//! is kept, and the check of the whole document decides.

use serde_json::{Map, Value, json};

use super::choices::Choices;
use super::make::{DeadEnd, Wish};
use crate::validate::subschemas;

/// The schema's keywords, with those of everything that it refers to.
pub(super) fn flatten(
    root: &Value,
    schema: &Value,
    wish: Wish,
    choices: &mut Choices,
) -> Result<Map<String, Value>, DeadEnd> {
    let keywords = match schema {
        Value::Bool(false) => return Err(DeadEnd),
        Value::Object(keywords) => keywords,
        _ => return Ok(Map::new()),
    };
    let mut flat = Map::new();
    let mut inner: Vec<&Value> = Vec::new();
    for (keyword, value) in keywords {
        match keyword.as_str() {
            "$ref" => inner.push(followed(root, value)?),
            "allOf" => inner.extend(value.as_array().into_iter().flatten()),
            "anyOf" | "oneOf" => inner.push(chosen(root, value, wish, choices)?),
            "if" => inner.extend(conditioned(keywords, choices)),
            "then" | "else" | "$defs" | "definitions" => {}
            _ => {
                flat.insert(keyword.clone(), value.clone());
            }
        }
    }
    for schema in inner {
        merge(&mut flat, flatten(root, schema, wish, choices)?)?;
    }
    Ok(flat)
}

fn followed<'a>(root: &'a Value, reference: &Value) -> Result<&'a Value, DeadEnd> {
    reference.as_str().and_then(|reference| subschemas::target(root, reference)).ok_or(DeadEnd)
}

/// One of the alternatives, those that serve the wish first.
fn chosen<'a>(
    root: &Value,
    ways: &'a Value,
    wish: Wish,
    choices: &mut Choices,
) -> Result<&'a Value, DeadEnd> {
    let mut ways: Vec<&Value> = ways.as_array().into_iter().flatten().collect();
    ways.sort_by_key(|way| wish.preference(type_of(root, way)));
    let way = choices.choose(ways.len());
    ways.get(way).copied().ok_or(DeadEnd)
}

/// What a condition adds: where it does not hold, or where it does.
fn conditioned<'a>(keywords: &'a Map<String, Value>, choices: &mut Choices) -> Vec<&'a Value> {
    let part = |name: &str| keywords.get(name);
    if part("then").is_none() && part("else").is_none() {
        return Vec::new();
    }
    if choices.choose(2) == 0 {
        part("else").into_iter().collect()
    } else {
        part("if").into_iter().chain(part("then")).collect()
    }
}

/// The only type that a schema allows, as far as it can be seen from outside.
fn type_of<'a>(root: &'a Value, schema: &'a Value) -> Option<&'a str> {
    let mut seen = schema;
    for _ in 0..8 {
        if let Some(one) = seen.get("type").and_then(Value::as_str) {
            return Some(one);
        }
        if seen.get("const").is_some_and(Value::is_null) {
            return Some("null");
        }
        seen = followed(root, seen.get("$ref")?).ok()?;
    }
    None
}

fn merge(flat: &mut Map<String, Value>, other: Map<String, Value>) -> Result<(), DeadEnd> {
    for (keyword, theirs) in other {
        let Some(ours) = flat.get_mut(&keyword) else {
            flat.insert(keyword, theirs);
            continue;
        };
        merge_keyword(&keyword, ours, theirs)?;
    }
    Ok(())
}

fn merge_keyword(keyword: &str, ours: &mut Value, theirs: Value) -> Result<(), DeadEnd> {
    match keyword {
        "type" => *ours = common_types(ours, &theirs)?,
        "enum" => {
            let allowed = theirs.as_array();
            if let (Some(list), Some(allowed)) = (ours.as_array_mut(), allowed) {
                list.retain(|value| allowed.contains(value));
            }
        }
        "const" if *ours != theirs => return Err(DeadEnd),
        "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties"
        | "minContains"
            if theirs.as_f64() > ours.as_f64() =>
        {
            *ours = theirs;
        }
        "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties"
            if theirs.as_f64() < ours.as_f64() =>
        {
            *ours = theirs;
        }
        "required" => {
            if let (Value::Array(names), Value::Array(more)) = (ours, theirs) {
                for name in more {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
            }
        }
        "properties" | "patternProperties" => merge_members(ours, theirs),
        "items" | "additionalProperties" | "contains" if !ours.is_array() => {
            *ours = json!({"allOf": [ours.take(), theirs]});
        }
        _ => {}
    }
    Ok(())
}

fn merge_members(ours: &mut Value, theirs: Value) {
    let (Value::Object(members), Value::Object(more)) = (ours, theirs) else {
        return;
    };
    for (name, schema) in more {
        match members.get_mut(&name) {
            Some(known) => *known = json!({"allOf": [known.take(), schema]}),
            None => {
                members.insert(name, schema);
            }
        }
    }
}

fn common_types(ours: &Value, theirs: &Value) -> Result<Value, DeadEnd> {
    let (ours, theirs) = (names_of(ours), names_of(theirs));
    let both: Vec<&str> = ["null", "boolean", "integer", "number", "string", "array", "object"]
        .into_iter()
        .filter(|name| {
            let has = |list: &[&str]| {
                list.contains(name) || (*name == "integer" && list.contains(&"number"))
            };
            has(&ours) && has(&theirs)
        })
        .collect();
    if both.is_empty() { Err(DeadEnd) } else { Ok(json!(both)) }
}

/// The names in `type`, which may be one or a list.
pub(super) fn names_of(types: &Value) -> Vec<&str> {
    match types {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
