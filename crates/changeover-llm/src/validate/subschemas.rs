//! Which keywords of a JSON schema hold schemas, and which part of a value those judge.
//!
//! Not for what a keyword demands; that is the validator's. Keywords of all drafts are known, so an
//! older schema is at worst taken for more than it is.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// What of a value a subschema judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach<'a> {
    /// The value itself.
    Same,
    /// The member of this name.
    Member(&'a str),
    /// Possibly every member.
    EveryMember,
    /// Possibly every element.
    EveryElement,
}

/// A schema inside another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subschema<'a> {
    pub(crate) reach: Reach<'a>,
    pub(crate) schema: &'a Value,
}

/// The schema that a reference means. Only places in the same document can be meant.
pub(crate) fn target<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    let fragment = percent_decode_str(reference.strip_prefix('#')?).decode_utf8().ok()?;
    root.pointer(&fragment)
}

/// The schemas directly inside `schema`, followed through its reference.
pub(crate) fn of<'a>(root: &'a Value, schema: &'a Value) -> Vec<Subschema<'a>> {
    let mut found = Vec::new();
    for (keyword, value) in schema.as_object().into_iter().flatten() {
        match keyword.as_str() {
            "$ref" => {
                let meant = value.as_str().and_then(|reference| target(root, reference));
                found.extend(meant.map(|schema| Subschema { reach: Reach::Same, schema }));
            }
            "not" | "if" | "then" | "else" => one(&mut found, Reach::Same, value),
            "allOf" | "anyOf" | "oneOf" => each(&mut found, Reach::Same, value),
            "dependentSchemas" | "dependencies" => {
                let schemas = members(value).map(|(_, schema)| schema);
                found.extend(schemas.map(|schema| Subschema { reach: Reach::Same, schema }));
            }
            "properties" => found.extend(
                members(value)
                    .map(|(name, schema)| Subschema { reach: Reach::Member(name), schema }),
            ),
            "patternProperties" => found.extend(
                members(value).map(|(_, schema)| Subschema { reach: Reach::EveryMember, schema }),
            ),
            "additionalProperties" | "unevaluatedProperties" | "propertyNames" => {
                one(&mut found, Reach::EveryMember, value);
            }
            "prefixItems" => each(&mut found, Reach::EveryElement, value),
            // A list of schemas in the older drafts.
            "items" if value.is_array() => each(&mut found, Reach::EveryElement, value),
            "items" | "additionalItems" | "unevaluatedItems" | "contains" => {
                one(&mut found, Reach::EveryElement, value);
            }
            _ => {}
        }
    }
    found
}

fn one<'a>(found: &mut Vec<Subschema<'a>>, reach: Reach<'a>, schema: &'a Value) {
    found.push(Subschema { reach, schema });
}

fn each<'a>(found: &mut Vec<Subschema<'a>>, reach: Reach<'a>, list: &'a Value) {
    let schemas = list.as_array().into_iter().flatten();
    found.extend(schemas.map(|schema| Subschema { reach, schema }));
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter).map(|(name, schema)| (name.as_str(), schema))
}
