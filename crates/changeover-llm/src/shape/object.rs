//! Objects: which members must be there, which may hold the text, and what each is made from.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::make::{DeadEnd, Filling, Maker, Spot, Wish};
use super::{place, scalar};

/// The most members of one object.
const MOST_MEMBERS: usize = 200;
/// The member that is added where any is allowed.
const INVENTED: &str = "message";

pub(super) fn make(
    maker: &mut Maker<'_>,
    flat: &Map<String, Value>,
    spot: &Spot,
) -> Result<Value, DeadEnd> {
    let names = names(maker.filling, flat, spot)?;
    let mut made = Map::new();
    for name in names {
        let schema = schema_of(flat, &name).ok_or(DeadEnd)?;
        let part = spot.part(&name, maker.wish_for(&name));
        let value = maker.value(schema, &part)?;
        made.insert(name, value);
    }
    Ok(Value::Object(made))
}

/// The members to make.
fn names(
    filling: Filling,
    flat: &Map<String, Value>,
    spot: &Spot,
) -> Result<BTreeSet<String>, DeadEnd> {
    let required = flat.get("required").and_then(Value::as_array);
    let mut names: BTreeSet<String> =
        required.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    let declared = || flat.get("properties").and_then(Value::as_object).into_iter().flatten();
    if spot.wish == Wish::Text {
        names.extend(
            declared().filter(|(name, _)| hoped_for(filling, name)).map(|(name, _)| name.clone()),
        );
        if names.is_empty() && declared().next().is_none() && schema_of(flat, INVENTED).is_some() {
            names.insert(INVENTED.to_owned());
        }
    }
    let least = scalar::count(flat, "minProperties").unwrap_or(0);
    if least > MOST_MEMBERS {
        return Err(DeadEnd);
    }
    let more = declared().map(|(name, _)| name.clone());
    let invented = (0..least).map(|at| format!("{INVENTED}_{at}"));
    for name in more.chain(invented) {
        if names.len() >= least {
            break;
        }
        names.insert(name);
    }
    add_dependents(flat, &mut names);
    if names.len() > MOST_MEMBERS { Err(DeadEnd) } else { Ok(names) }
}

fn hoped_for(filling: Filling, name: &str) -> bool {
    filling == Filling::Generous || place::rank(name).is_some()
}

/// Members that must be there because others are.
fn add_dependents(flat: &Map<String, Value>, names: &mut BTreeSet<String>) {
    let keywords = ["dependentRequired", "dependencies"];
    let rules = keywords.iter().filter_map(|keyword| flat.get(*keyword)?.as_object());
    let rules: Vec<(&String, &Value)> = rules.flatten().collect();
    loop {
        let owed = rules.iter().filter(|(name, _)| names.contains(*name));
        let owed: Vec<String> = owed
            .flat_map(|(_, needed)| needed.as_array().into_iter().flatten())
            .filter_map(Value::as_str)
            .filter(|name| !names.contains(*name))
            .map(str::to_owned)
            .collect();
        if owed.is_empty() {
            return;
        }
        names.extend(owed);
    }
}

/// What a member of this name is made from; `None` where there may be none.
fn schema_of<'a>(flat: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    static ANY: Value = Value::Bool(true);
    if let Some(schema) = flat.get("properties").and_then(|properties| properties.get(name)) {
        return Some(schema);
    }
    let patterns = flat.get("patternProperties").and_then(Value::as_object);
    let fitting = patterns.into_iter().flatten().find(|(pattern, _)| {
        regex::Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(name))
    });
    match fitting.map(|(_, schema)| schema).or_else(|| flat.get("additionalProperties")) {
        Some(Value::Bool(false)) => None,
        Some(schema) => Some(schema),
        None => Some(&ANY),
    }
}
