//! Texts in the shape of a request: what must come, and what must be refused.

use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};
use serde_json::Map;

use super::*;
use crate::canonical::Tool;

const TEXT: &str = "We cannot answer at the moment; please try again in 5 minutes.";

fn with_schema(schema: Value) -> ChatRequest {
    ChatRequest {
        response_format: ResponseFormat::JsonSchema { name: "answer".into(), schema, strict: true },
        ..ChatRequest::default()
    }
}

/// The document for a schema, checked by a validator of its own.
fn shaped(text: &str, schema: Value) -> Result<Value, ShapeError> {
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let written = in_shape(text, &with_schema(schema), &Validators::default())?;
    let document: Value = serde_json::from_str(&written).unwrap();
    if let Err(error) = validator.validate(&document) {
        panic!("{written} does not fit: {error}");
    }
    Ok(document)
}

fn object(properties: Value, required: &[&str]) -> Value {
    let mut schema = json!({"type": "object", "required": required, "additionalProperties": false});
    schema["properties"] = properties;
    schema
}

#[test]
fn plain_text_stays_as_it_is() {
    let plain = in_shape("{\"a\"", &ChatRequest::default(), &Validators::default());
    assert_eq!(plain.as_deref(), Ok("{\"a\""));
}

#[test]
fn a_json_object_is_made_around_the_text_or_is_the_text() {
    let request =
        ChatRequest { response_format: ResponseFormat::JsonObject, ..ChatRequest::default() };
    let shaped = |text| in_shape(text, &request, &Validators::default()).unwrap();
    assert_eq!(shaped("say \"no\""), r#"{"message":"say \"no\""}"#);
    assert_eq!(shaped("{\"status\": \"down\"}\n"), r#"{"status":"down"}"#);
    assert_eq!(shaped("[1]"), r#"{"message":"[1]"}"#);
}

#[test]
fn the_text_stands_in_the_most_telling_field() {
    let text = || json!({"type": "string"});
    let cases = [
        (object(json!({"id": text(), "answer": text()}), &["id", "answer"]), "/answer"),
        (object(json!({"title": text(), "message": text()}), &["title"]), "/message"),
        (
            object(json!({"city": text(), "finalAnswer": text()}), &["city", "finalAnswer"]),
            "/finalAnswer",
        ),
        (object(json!({"zip": text(), "city": text()}), &["zip", "city"]), "/city"),
        (object(json!({"n": {"type": "integer"}, "remark": text()}), &["n"]), "/remark"),
        (
            object(json!({"inner": object(json!({"reply": text()}), &["reply"])}), &["inner"]),
            "/inner/reply",
        ),
        (object(json!({"lines": {"type": "array", "items": text()}}), &["lines"]), "/lines/0"),
        (object(json!({"a/b~c": text()}), &["a/b~c"]), "/a~1b~0c"),
        (json!({"type": "object"}), "/message"),
        (json!({}), "/message"),
        (text(), ""),
    ];
    for (schema, pointer) in cases {
        let document = shaped(TEXT, schema).unwrap();
        assert_eq!(document.pointer(pointer), Some(&json!(TEXT)), "{document}");
    }
}

#[test]
fn other_fields_say_as_little_as_they_may() {
    let document = shaped(
        TEXT,
        object(
            json!({
                "answer": {"type": "string"},
                "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                "rank": {"type": "integer", "exclusiveMinimum": 3, "multipleOf": 5},
                "debt": {"type": "number", "maximum": -2.5},
                "mood": {"enum": ["happy", "sad", "Unknown"]},
                "kind": {"const": "answer"},
                "source": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                "maybe": {"type": ["string", "null"]},
                "day": {"type": "string", "format": "date"},
                "code": {"type": "string", "pattern": "^[A-Z]{2}-\\d{3}$"},
                "name": {"type": "string", "minLength": 3},
                "tags": {"type": "array", "items": {"type": "string"}},
                "level": {"type": "integer", "default": 7},
                "flag": {"type": "boolean"},
                "unused": {"type": "integer"},
            }),
            &[
                "answer",
                "confidence",
                "rank",
                "debt",
                "mood",
                "kind",
                "source",
                "maybe",
                "day",
                "code",
                "name",
                "tags",
                "level",
                "flag",
            ],
        ),
    );
    let expected = json!({
        "answer": TEXT, "confidence": 0, "rank": 5, "debt": -2.5, "mood": "Unknown",
        "kind": "answer", "source": null, "maybe": null, "day": "1970-01-01", "code": "AA-000",
        "name": "---", "tags": [], "level": 7, "flag": false,
    });
    assert_eq!(document, Ok(expected));
}

#[test]
fn references_alternatives_and_conditions_are_followed() {
    let node = json!({
        "$defs": {
            "Node": object(
                json!({
                    "text": {"$ref": "#/$defs/Text"},
                    "next": {"anyOf": [{"$ref": "#/$defs/Node"}, {"type": "null"}]},
                    "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
                }),
                &["text", "next", "children"],
            ),
            "Text": {"type": "string", "minLength": 1},
        },
        "$ref": "#/$defs/Node",
    });
    assert_eq!(shaped(TEXT, node), Ok(json!({"text": TEXT, "next": null, "children": []})));

    let tagged = json!({"oneOf": [
        object(json!({"ok": {"const": true}, "value": {"type": "number"}}), &["ok", "value"]),
        object(json!({"ok": {"const": false}, "error": {"type": "string"}}), &["ok", "error"]),
    ]});
    assert_eq!(shaped(TEXT, tagged), Ok(json!({"ok": false, "error": TEXT})));

    let all = json!({"allOf": [
        {"type": "object", "properties": {"text": {"type": "string", "maxLength": 100}}, "required": ["text"]},
        {"properties": {"text": {"minLength": 80}, "n": {"type": ["integer", "string"]}}, "required": ["n"]},
        {"properties": {"n": {"type": "number", "minimum": 4}}},
    ]});
    let document = shaped(TEXT, all).unwrap();
    assert_eq!(document["n"], 4);
    assert_eq!(document["text"].as_str().unwrap().trim_end(), TEXT);

    let conditional = json!({
        "type": "object", "required": ["kind", "text"],
        "properties": {"kind": {"enum": ["a", "b"]}, "text": {"type": "string"}, "n": {"type": "integer"}},
        "if": {"properties": {"kind": {"const": "b"}}}, "then": {"required": ["n"]},
        "else": {"not": {}},
    });
    assert_eq!(shaped(TEXT, conditional), Ok(json!({"kind": "b", "n": 0, "text": TEXT})));
}

#[test]
fn lists_have_what_they_must_have() {
    let schema = object(
        json!({
            "message": {"type": "string"},
            "pair": {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "boolean"}], "minItems": 2},
            "ids": {"type": "array", "items": {"type": "integer", "minimum": 2}, "minItems": 3, "uniqueItems": true},
            "names": {"type": "array", "items": {"type": "string", "minLength": 2}, "minItems": 2, "uniqueItems": true},
            "sizes": {"type": "array", "items": {"enum": ["s", "m", "l"]}, "minItems": 2, "uniqueItems": true},
            "has": {"type": "array", "items": {"type": "number"}, "contains": {"minimum": 9}},
        }),
        &["message", "pair", "ids", "names", "sizes", "has"],
    );
    let document = shaped(TEXT, schema).unwrap();
    assert_eq!(document["pair"], json!([0, false]));
    assert_eq!(document["ids"], json!([2, 3, 4]));
    assert_eq!(document["has"], json!([9]));
}

#[test]
fn a_text_that_is_too_long_is_cut_and_one_without_room_is_refused() {
    let short =
        |longest: u64| object(json!({"text": {"type": "string", "maxLength": longest}}), &["text"]);
    let document = shaped(TEXT, short(50)).unwrap();
    assert_eq!(document["text"].as_str().unwrap().chars().count(), 50);
    assert_eq!(shaped(TEXT, short(10)), Err(ShapeError::NoDocument));
}

#[test]
fn what_has_no_room_for_a_text_is_refused_instead_of_made_up() {
    let schemas = [
        object(json!({"score": {"type": "number"}}), &["score"]),
        object(json!({"mood": {"enum": ["happy", "sad"]}}), &["mood"]),
        json!({"type": "boolean"}),
        json!({"type": "object", "maxProperties": 0}),
        json!({"type": "string", "format": "date"}),
        json!({"type": "string", "pattern": "^[a-z]+$"}),
        json!({"not": {}}),
        json!({"type": "array", "minItems": 5000, "items": {"type": "string"}}),
    ];
    for schema in schemas {
        assert_eq!(shaped(TEXT, schema.clone()), Err(ShapeError::NoDocument), "{schema}");
    }
}

#[test]
fn a_template_that_is_a_fitting_document_is_taken_as_it_is() {
    let schema = object(json!({"mood": {"enum": ["happy", "sad", "n/a"]}}), &["mood"]);
    assert_eq!(shaped(" {\"mood\": \"n/a\"}\n", schema.clone()), Ok(json!({"mood": "n/a"})));
    assert_eq!(shaped("{\"mood\": \"wild\"}", schema), Err(ShapeError::NoDocument));
}

#[test]
fn a_demanded_tool_call_is_refused_and_an_offered_one_is_not() {
    let mut request = ChatRequest {
        tools: vec![Tool { name: "f".into(), parameters: json!({}), ..Tool::default() }],
        ..ChatRequest::default()
    };
    assert!(in_shape(TEXT, &request, &Validators::default()).is_ok());
    for choice in [ToolChoice::Required, ToolChoice::Named("f".into())] {
        request.tool_choice = choice;
        let refused = in_shape(TEXT, &request, &Validators::default());
        assert_eq!(refused, Err(ShapeError::ToolCallDemanded));
    }
}

#[test]
fn a_schema_that_cannot_be_used_is_named() {
    let refused = in_shape(TEXT, &with_schema(json!({"type": "no"})), &Validators::default());
    assert!(matches!(refused, Err(ShapeError::InvalidSchema(_))), "{refused:?}");
}

/// Schemas of what applications ask for: everything in them can be made.
fn field() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        (0_u64..20, 40_u64..90).prop_map(
            |(least, most)| json!({"type": "string", "minLength": least, "maxLength": most})
        ),
        (-50_i64..50, 0_i64..50, any::<bool>()).prop_map(|(low, span, whole)| {
            let kind = if whole { "integer" } else { "number" };
            json!({"type": kind, "minimum": low, "maximum": low + span})
        }),
        (-50_i64..50, 1_i64..9).prop_map(
            |(low, step)| json!({"type": "integer", "exclusiveMinimum": low, "multipleOf": step})
        ),
        (-9.0_f64..9.0).prop_map(
            |low| json!({"type": "number", "exclusiveMinimum": low, "exclusiveMaximum": low + 1.0})
        ),
        prop::collection::btree_set("[a-z]{1,6}", 1..4).prop_map(|words| json!({"enum": words})),
        "[a-z]{1,6}".prop_map(|word| json!({"const": word})),
        Just(json!({"type": "boolean"})),
        prop_oneof![
            Just("date"),
            Just("date-time"),
            Just("email"),
            Just("uuid"),
            Just("uri"),
            Just("ipv6"),
            Just("hostname"),
            Just("duration"),
            Just("time")
        ]
        .prop_map(|format| json!({"type": "string", "format": format})),
        "(\\[[a-d]{2}\\]|x\\{[1-4]\\}|\\(y\\|z\\)){1,4}"
            .prop_map(|part| json!({"type": "string", "pattern": format!("^{part}$")})),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        let properties = prop::collection::btree_map("[a-z]{1,6}", (inner.clone(), any::<bool>()), 0..4);
        prop_oneof![
            properties.prop_map(|members| {
                let required: Vec<&String> = members.iter().filter(|(_, (_, must))| *must).map(|(name, _)| name).collect();
                let properties: Map<String, Value> = members.iter().map(|(name, (schema, _))| (name.clone(), schema.clone())).collect();
                json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
            }),
            (inner.clone(), 0_u64..3).prop_map(|(items, least)| json!({"type": "array", "items": items, "minItems": least})),
            inner.clone().prop_map(|one| json!({"anyOf": [one, {"type": "null"}]})),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| json!({"anyOf": [one, other]})),
            inner.prop_map(|one| json!({"allOf": [one, {}], "description": "as above"})),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_an_application_asks_for_beside_a_message_is_made_and_fits(
        fields in prop::collection::btree_map("[a-z]{1,8}", field(), 0..5),
        by_reference in any::<bool>(),
    ) {
        let mut properties: Map<String, Value> = fields.into_iter().collect();
        properties.insert("message".into(), json!({"type": "string"}));
        let names: Vec<String> = properties.keys().cloned().collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let whole = object(Value::Object(properties.clone()), &names);
        let schema = if by_reference { json!({"$defs": {"A": whole}, "$ref": "#/$defs/A"}) } else { whole };
        let document = shaped(TEXT, schema).unwrap();
        assert_eq!(&document["message"], TEXT);
    }

    #[test]
    fn any_schema_ends_in_a_fitting_document_or_in_an_error(schema in field()) {
        // The check stands in `shaped`.
        let outcome = shaped(TEXT, schema);
        assert!(matches!(outcome, Ok(_) | Err(ShapeError::NoDocument)), "{outcome:?}");
    }
}
