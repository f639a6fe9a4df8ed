//! One document that a schema may accept, made from the outside in.

use serde_json::{Map, Value};

use super::choices::Choices;
use super::flatten::{flatten, names_of};
use super::place::{self, Place};
use super::{object, scalar};

/// The most values of one document.
const MOST_VALUES: usize = 500;
/// The longest list that is made because it must be.
const MOST_ITEMS: usize = 50;
/// What an enum calls the value that claims least.
const MODEST: [&str; 10] = [
    "unknown",
    "unavailable",
    "none",
    "n/a",
    "null",
    "other",
    "undefined",
    "unspecified",
    "error",
    "failed",
];

/// This way leads to no document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DeadEnd;

/// What is put in beyond what must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filling {
    /// Strings with a telling name.
    Sparse,
    /// Everything that might hold a text.
    Generous,
}

/// What a value is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// It may hold the text.
    Text,
    /// It must be there: the less it says the better.
    Least,
}

impl Wish {
    /// The order in which types are tried.
    pub(super) fn preference(self, one: Option<&str>) -> usize {
        match (self, one) {
            (Self::Text, Some("string")) | (Self::Least, Some("null")) => 0,
            (Self::Text, Some("null")) => 3,
            (Self::Text, Some("object" | "array") | None) => 1,
            (Self::Text, Some(_)) => 2,
            (Self::Least, Some("object" | "array") | None) => 2,
            (Self::Least, Some(_)) => 1,
        }
    }
}

/// Where a value is made.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) pointer: String,
    pub(super) depth: usize,
    pub(super) wish: Wish,
    /// Which of several values it is that must differ.
    pub(super) nth: usize,
}

impl Spot {
    /// The spot of a part.
    pub(super) fn part(&self, step: &str, wish: Wish) -> Self {
        let step = step.replace('~', "~0").replace('/', "~1");
        Self { pointer: format!("{}/{step}", self.pointer), depth: self.depth + 1, wish, nth: 0 }
    }
}

/// Makes one document. Every fork is decided by the choices.
#[derive(Debug)]
pub(super) struct Maker<'a> {
    root: &'a Value,
    pub(super) choices: &'a mut Choices,
    pub(super) filling: Filling,
    deepest: usize,
    values_left: usize,
    places: Vec<Place>,
}

impl<'a> Maker<'a> {
    pub(super) fn new(
        root: &'a Value,
        choices: &'a mut Choices,
        filling: Filling,
        deepest: usize,
    ) -> Self {
        let (values_left, places) = (MOST_VALUES, Vec::new());
        Self { root, choices, filling, deepest, values_left, places }
    }

    /// The document and the places in it where a text may stand.
    pub(super) fn make(mut self) -> Result<(Value, Vec<Place>), DeadEnd> {
        let spot = Spot { pointer: String::new(), depth: 0, wish: Wish::Text, nth: 0 };
        let document = self.value(self.root, &spot)?;
        Ok((document, self.places))
    }

    pub(super) fn value(&mut self, schema: &Value, spot: &Spot) -> Result<Value, DeadEnd> {
        self.values_left = self.values_left.checked_sub(1).ok_or(DeadEnd)?;
        if spot.depth > self.deepest {
            return Err(DeadEnd);
        }
        let flat = flatten(self.root, schema, spot.wish, self.choices)?;
        if let Some(only) = flat.get("const") {
            return Ok(only.clone());
        }
        if let Some(Value::Array(members)) = flat.get("enum") {
            return self.one_of(members, spot);
        }
        if let Some(default) = flat.get("default")
            && spot.wish == Wish::Least
            && self.choices.choose(2) == 0
        {
            return Ok(default.clone());
        }
        let types = types_of(&flat, spot);
        let way = self.choices.choose(types.len());
        match *types.get(way).ok_or(DeadEnd)? {
            "null" => Ok(Value::Null),
            "boolean" => Ok(Value::Bool(spot.nth % 2 == 1)),
            "integer" => scalar::number(&flat, true, spot.nth),
            "number" => scalar::number(&flat, false, spot.nth),
            "string" => self.string(&flat, spot),
            "array" => self.array(&flat, spot),
            "object" => object::make(self, &flat, spot),
            _ => Err(DeadEnd),
        }
    }

    /// A member of an enum, the one that claims least first; of several that must differ, each another.
    fn one_of(&mut self, members: &[Value], spot: &Spot) -> Result<Value, DeadEnd> {
        let mut members: Vec<&Value> = members.iter().collect();
        members.sort_by_key(|member| match member {
            Value::Null => 0,
            Value::String(word) => {
                let known = MODEST.iter().position(|modest| word.eq_ignore_ascii_case(modest));
                known.map_or(usize::MAX, |at| at + 1)
            }
            _ => usize::MAX,
        });
        let ways = members.len().checked_sub(spot.nth).ok_or(DeadEnd)?;
        let way = self.choices.choose(ways) + spot.nth;
        members.get(way).map(|member| (*member).clone()).ok_or(DeadEnd)
    }

    fn string(&mut self, flat: &Map<String, Value>, spot: &Spot) -> Result<Value, DeadEnd> {
        if let Some(free) = scalar::free_string(flat) {
            self.places.push(Place { pointer: spot.pointer.clone(), ..free });
        }
        scalar::string(flat, spot.nth)
    }

    fn array(&mut self, flat: &Map<String, Value>, spot: &Spot) -> Result<Value, DeadEnd> {
        let number = |keyword: &str| scalar::count(flat, keyword);
        let containing = match flat.get("contains") {
            Some(_) => number("minContains").unwrap_or(1),
            None => 0,
        };
        let hoped = usize::from(self.filling == Filling::Generous && spot.wish == Wish::Text);
        let least = number("minItems").unwrap_or(0).max(containing);
        let length = least.max(hoped.min(number("maxItems").unwrap_or(usize::MAX)));
        if length > MOST_ITEMS {
            return Err(DeadEnd);
        }
        let all_differ = flat.get("uniqueItems") == Some(&Value::Bool(true));
        let items = (0..length).map(|at| {
            let mut schema = item_schema(flat, at);
            if let Some(wanted) = flat.get("contains").filter(|_| at < containing) {
                schema = serde_json::json!({"allOf": [schema, wanted]});
            }
            let mut item = spot.part(&at.to_string(), spot.wish);
            item.nth = if all_differ { at } else { 0 };
            self.value(&schema, &item)
        });
        items.collect::<Result<Vec<Value>, DeadEnd>>().map(Value::Array)
    }

    /// What is hoped for of a property of this name.
    pub(super) fn wish_for(&self, name: &str) -> Wish {
        let may_hold_text = self.filling == Filling::Generous || place::rank(name).is_some();
        if may_hold_text { Wish::Text } else { Wish::Least }
    }
}

fn item_schema(flat: &Map<String, Value>, at: usize) -> Value {
    let listed = |keyword: &str| flat.get(keyword).and_then(|list| list.get(at));
    let rest = flat.get("items").filter(|schema| !schema.is_array());
    listed("prefixItems")
        .or_else(|| listed("items"))
        .or(rest)
        .or_else(|| flat.get("additionalItems"))
        .cloned()
        .unwrap_or(Value::Bool(true))
}

/// The types a value may have, the wished-for first.
fn types_of<'a>(flat: &'a Map<String, Value>, spot: &Spot) -> Vec<&'a str> {
    let mut types = flat.get("type").map(names_of).unwrap_or_default();
    if types.is_empty() {
        types = inferred(flat, spot);
    }
    types.sort_by_key(|one| spot.wish.preference(Some(one)));
    types
}

/// The type that the other keywords speak of.
fn inferred(flat: &Map<String, Value>, spot: &Spot) -> Vec<&'static str> {
    let speaks = |keywords: &[&str]| keywords.iter().any(|keyword| flat.contains_key(*keyword));
    if speaks(&["properties", "required", "additionalProperties", "minProperties"]) {
        vec!["object"]
    } else if speaks(&["items", "prefixItems", "minItems", "contains"]) {
        vec!["array"]
    } else if speaks(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"])
    {
        vec!["number"]
    } else if spot.depth == 0 && !speaks(&["minLength", "maxLength", "pattern", "format"]) {
        // Whatever it may be: who asks for JSON expects an object.
        vec!["object"]
    } else {
        vec!["string"]
    }
}
