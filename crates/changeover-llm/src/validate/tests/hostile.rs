//! Schemas that are meant to keep the gateway busy, to make it fetch, or to end it.

use super::*;

fn refused(schema: Value) -> String {
    let patterns = Arc::new(RefusalPatterns::default());
    let error =
        Judge::try_new(&schema_request(schema), &Validators::default(), patterns).unwrap_err();
    assert_eq!(error.field, SchemaField::ResponseFormat);
    error.to_string()
}

/// `count` schemas, each made by `link` from the reference to the next.
fn chained(count: usize, last: Value, link: impl Fn(Value) -> Value) -> Value {
    let mut defs = serde_json::Map::new();
    for at in 0..count {
        defs.insert(format!("a{at}"), link(json!({"$ref": format!("#/$defs/a{}", at + 1)})));
    }
    defs.insert(format!("a{count}"), last);
    json!({"$defs": defs, "$ref": "#/$defs/a0"})
}

#[test]
fn the_error_names_the_callers_field() {
    let error = refused(json!({"type": "strin"}));
    assert!(
        error.starts_with("`response_format.json_schema.schema` is no usable JSON schema"),
        "{error}"
    );
    let mut request = tools_request(ToolChoice::Auto);
    request.tools[0].parameters = json!({"type": "object", "properties": 3});
    let patterns = Arc::new(RefusalPatterns::default());
    let error = Judge::try_new(&request, &Validators::default(), patterns).unwrap_err();
    assert_eq!(error.field.openai_param(), "tools[0].function.parameters");
    assert_eq!(error.field.anthropic_param(), "tools[0].input_schema");
}

#[test]
fn nothing_is_fetched_and_only_places_within_are_meant() {
    for reference in
        ["http://127.0.0.1:9/a.json", "file:///etc/hostname", "other.json", "#name", "#/$defs/none"]
    {
        let error = refused(json!({"properties": {"a": {"$ref": reference}}}));
        assert!(error.contains("`$ref` that is not a place within it"), "{error}");
    }
    assert!(refused(json!({"$dynamicRef": "#a"})).contains("$dynamicRef"));
    assert!(refused(json!({"properties": {"a": {"$id": "http://a/"}}})).contains("$id"));
    assert!(refused(json!({"$schema": "http://127.0.0.1:9/meta"})).contains("no usable"));
}

#[test]
fn references_that_tools_write_are_followed() {
    let schema =
        json!({"$defs": {"List<a/b>": {"type": "integer"}}, "$ref": "#/$defs/List%3Ca~1b%3E"});
    assert_eq!(judged(&schema_request(schema.clone()), &text("3")), Ok(()));
    assert!(judged(&schema_request(schema), &text("\"3\"")).is_err());
    // A property may be called like a keyword.
    let named = json!({"type": "object", "properties": {"$ref": {"type": "string"}}});
    assert_eq!(judged(&schema_request(named), &text("{\"$ref\": \"x\"}")), Ok(()));
}

#[test]
fn expressions_that_could_backtrack_or_swell_are_refused() {
    for pattern in ["^(?!a)b$", "(a)\\1", "((a{1000}){1000}){1000}"] {
        let error = refused(json!({"type": "string", "pattern": pattern}));
        assert!(error.contains("no usable JSON schema"), "{error}");
    }
    let many: Vec<Value> = (0..65).map(|at| json!({"pattern": format!("a{at}")})).collect();
    assert!(refused(json!({"prefixItems": many})).contains("patterns"));
}

#[test]
fn schemas_that_double_at_every_step_are_refused() {
    let twice = |next: Value| json!({"allOf": [next, next]});
    assert!(refused(chained(60, json!({}), twice)).contains("more than"));
    let twice_below = |next: Value| {
        let below = json!({"properties": {"x": next}});
        json!({"allOf": [below, below]})
    };
    assert!(refused(chained(40, json!({}), twice_below)).contains("more than"));
}

#[test]
fn many_properties_of_one_kind_are_no_harm() {
    let wide =
        |next: Value| json!({"type": "object", "properties": {"a": next, "b": next, "c": next}});
    let schema = chained(30, json!({"type": "string"}), wide);
    assert_eq!(judged(&schema_request(schema), &text("{\"a\": {\"b\": {}}}")), Ok(()));
}

#[test]
fn a_schema_that_leads_back_to_the_same_value_is_refused() {
    for schema in [json!({"$ref": "#"}), json!({"anyOf": [{"$ref": "#"}, {"type": "null"}]})] {
        assert!(refused(schema).contains("without end"));
    }
}

#[test]
fn sizes_and_nesting_are_capped() {
    assert!(refused(json!({"description": "x".repeat(130 * 1024)})).contains("larger"));
    let mut deep = json!({});
    for _ in 0..70 {
        deep = json!({"not": deep});
    }
    assert!(refused(deep).contains("nested"));
    let tree = json!({"type": "object", "properties": {"a": {"$ref": "#"}}});
    let body = format!("{}{{}}{}", "{\"a\":".repeat(70), "}".repeat(70));
    let (class, why) = wrong(&schema_request(tree), &text(&body));
    assert_eq!(class, FailureClass::MalformedOutput);
    assert!(why.contains("too deeply nested"), "{why}");
}

#[test]
fn the_tallest_schema_on_the_deepest_answer_leaves_the_stack_whole() {
    // 24 in a row and the first again for every level of the answer, on a stack as the runtime's.
    let tall = chained(
        11,
        json!({"type": "object", "properties": {"x": {"$ref": "#/$defs/a0"}}}),
        |next| json!({"allOf": [next]}),
    );
    let body = format!("{}1{}", "{\"x\":".repeat(60), "}".repeat(60));
    let check = move || wrong(&schema_request(tall), &text(&body)).1;
    let why = std::thread::Builder::new().stack_size(2 << 20).spawn(check).unwrap().join().unwrap();
    assert!(why.contains("expected object") || why.contains("does not fit its schema"), "{why}");
}

#[test]
fn the_reason_of_a_failure_is_not_sought_where_that_takes_long() {
    // Each level doubles what the search for a reason has to do; the check itself does not.
    let schema = json!({
        "$defs": {
            "a": {"anyOf": [{"properties": {"x": {"$ref": "#/$defs/b"}}, "required": ["y"]},
                {"properties": {"x": {"$ref": "#/$defs/b"}}}]},
            "b": {"type": "object", "allOf": [{"properties": {"x": {"$ref": "#/$defs/a"}}},
                {"properties": {"x": {"$ref": "#/$defs/a"}}}]},
        },
        "$ref": "#/$defs/a",
    });
    let body = format!("{}1{}", "{\"x\":".repeat(55), "}".repeat(55));
    let (_, why) = wrong(&schema_request(schema), &text(&body));
    assert!(why.ends_with("it does not fit its schema"), "{why}");
}

#[test]
fn what_is_kept_of_schemas_has_a_limit() {
    let validators = Validators::default();
    let patterns: Vec<Value> = (0..60).map(|at| json!({"pattern": format!("a{at}")})).collect();
    for at in 0..20 {
        validators.compile(&json!({"prefixItems": patterns, "minItems": at})).unwrap();
    }
    let (schemas, bytes) = validators.kept();
    assert!(schemas < 20 && bytes <= 64 * 1024 * 1024, "{schemas} schemas, {bytes} bytes");
}

/// A request with a tool for each of these schemas; gives the field that is refused.
fn refused_tool(schemas: Vec<Value>) -> SchemaField {
    let mut request = tools_request(ToolChoice::Auto);
    request.tools = schemas
        .into_iter()
        .enumerate()
        .map(|(at, parameters)| Tool { name: format!("t{at}"), parameters, ..Tool::default() })
        .collect();
    let patterns = Arc::new(RefusalPatterns::default());
    Judge::try_new(&request, &Validators::default(), patterns).unwrap_err().field
}

#[test]
fn the_schemas_of_one_request_are_bounded_together() {
    assert_eq!(refused_tool(vec![json!({}); 129]), SchemaField::Tools);
    let patterns = |tool: usize| {
        let patterns: Vec<Value> =
            (0..60).map(|at| json!({"pattern": format!("^{tool}-{at}$")})).collect();
        json!({"prefixItems": patterns})
    };
    assert_eq!(refused_tool((0..5).map(patterns).collect()), SchemaField::Tool(4));
    let large = |tool: usize| json!({"description": format!("{tool} {}", "x".repeat(120 * 1024))});
    assert_eq!(refused_tool((0..5).map(large).collect()), SchemaField::Tool(4));
}
