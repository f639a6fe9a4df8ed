//! `docs/gateway-admin.openapi.json` held against the server: every answer that the file declares
//! is provoked, and every answer that comes is as the file declares it.
//!
//! Two are not provoked here: a disk that fails (a unit test of the writer does) and a readiness
//! that is gone while the gateway drains.

use std::collections::BTreeSet;

use changeover_domain::admin::{OverridePut, OverridesPut, RouteOverridePut};
use changeover_domain::{Mode, SourceId, WebhookPlatform};
use changeover_gateway::{AdminToken, Role};
use changeover_http::Secret;
use changeover_webhook::{Door, Doors};
use reqwest::header::IF_MATCH;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::{Value, json};

use crate::support::{Bench, WATCHER, header, route_id};

const FILE: &str = include_str!("../../../../docs/gateway-admin.openapi.json");

/// Method, path as declared, status.
type Declared = (String, String, u16);

fn file() -> Value {
    serde_json::from_str(FILE).unwrap()
}

fn declared(file: &Value) -> BTreeSet<Declared> {
    let mut all = BTreeSet::new();
    for (path, methods) in file["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            for status in operation["responses"].as_object().unwrap().keys() {
                all.insert((method.to_uppercase(), path.clone(), status.parse().unwrap()));
            }
        }
    }
    all
}

/// The declared response, with references followed.
fn response<'a>(file: &'a Value, (method, path, status): &Declared) -> &'a Value {
    let responses = &file["paths"][path][method.to_lowercase()]["responses"];
    let response = &responses[status.to_string()];
    match response["$ref"].as_str() {
        Some(reference) => file.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
        None => response,
    }
}

/// The schema as strictly as it can be read: a field that is not declared is a mistake.
fn strict(file: &Value, schema: &Value) -> Value {
    let mut components = file["components"].clone();
    close(&mut components["schemas"]);
    let mut whole = schema.clone();
    whole["components"] = components;
    whole
}

fn close(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(close);
            if fields.get("type") == Some(&json!("object")) && fields.contains_key("properties") {
                fields.insert("additionalProperties".into(), json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// Everything that was answered, each answer checked against the file.
struct Witness {
    bench: Bench,
    file: Value,
    seen: BTreeSet<Declared>,
}

impl Witness {
    async fn ask(&mut self, path: &str, request: RequestBuilder, expected: u16) -> Response {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let method = request.method().to_string();
        let answer = client.execute(request).await.unwrap();
        let declared = (method, path.to_owned(), answer.status().as_u16());
        assert_eq!(declared.2, expected, "{declared:?}");
        let response = response(&self.file, &declared);
        assert!(response.is_object(), "{declared:?} is not declared");
        if response["headers"]["ETag"].is_object() {
            header(&answer, "etag");
        }
        let (content_type, media) = response["content"].as_object().unwrap().iter().next().unwrap();
        let answered = header(&answer, "content-type");
        assert!(answered.starts_with(content_type), "{declared:?} answers {answered}");
        self.seen.insert(declared.clone());
        if !content_type.ends_with("json") {
            return answer;
        }
        let body: Value = answer.json().await.unwrap();
        let schema = strict(&self.file, &media["schema"]);
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&body)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{declared:?}: {errors:?}\n{body:#}");
        Response::from(axum::http::Response::new(body.to_string()))
    }

    async fn get(&mut self, declared: &str, actual: &str, expected: u16) {
        let request = self.bench.admin(Method::GET, actual);
        self.ask(declared, request, expected).await;
    }

    /// What every guarded path refuses.
    async fn without_rights(&mut self, method: Method, declared: &str, actual: &str) {
        let url = format!("{}{actual}", self.bench.gateway().admin_url());
        let bare = self.bench.http.request(method.clone(), &url);
        self.ask(declared, bare, 401).await;
        let forbidden = (method.to_string(), declared.to_owned(), 403);
        if response(&self.file, &forbidden).is_object() {
            let watching = self.bench.http.request(method, &url).bearer_auth(WATCHER);
            self.ask(declared, watching, 403).await;
        }
    }
}

/// The secret of the one page whose webhooks are taken.
const HOOK_SECRET: &str = "0123456789abcdef01234567";

const ONE: &str = "/admin/v1/routes/{route}/override";
const CHAT: &str = "/admin/v1/routes/chat/override";
const MANY: &str = "/admin/v1/overrides";
const RELOAD: &str = "/admin/v1/configuration:reload";
const PLAN: &str = "/admin/v1/overrides:plan";

#[tokio::test]
async fn every_answer_is_declared_and_every_declared_answer_is_given() {
    let mut witness = Witness { bench: reloadable().await, file: file(), seen: BTreeSet::new() };
    reading(&mut witness).await;
    changing_one(&mut witness).await;
    lifting_one(&mut witness).await;
    changing_many(&mut witness).await;
    planning(&mut witness).await;
    taking_turns(&mut witness).await;
    // With something in them, pages must be as declared too.
    hinting(&witness).await;
    for path in ["changes", "traffic", "hints", "state"].map(|name| format!("/admin/v1/{name}")) {
        witness.get(&path, &path, 200).await;
    }
    witness.get("/metrics", "/metrics", 200).await;
    reloading(&mut witness).await;
    let mut missing = declared(&witness.file);
    missing.retain(|declared| !witness.seen.contains(declared));
    let not_provoked: BTreeSet<Declared> =
        [("GET", "/readyz"), ("PUT", ONE), ("DELETE", ONE), ("PUT", MANY)]
            .map(|(method, path)| (method.to_owned(), path.to_owned(), 503))
            .into();
    assert_eq!(missing, not_provoked, "declared, and never given");
}

async fn reading(witness: &mut Witness) {
    let answer = witness.bench.chat("chat", false).await;
    let id = header(&answer, "x-changeover-request-id").to_owned();
    for path in ["/healthz", "/readyz"] {
        witness.get(path, path, 200).await;
    }
    for path in ["state", "changes", "traffic", "hints", "events"] {
        let path = format!("/admin/v1/{path}");
        witness.get(&path, &path, 200).await;
        witness.without_rights(Method::GET, &path, &path).await;
    }
    witness.without_rights(Method::GET, "/metrics", "/metrics").await;
    witness.get("/admin/v1/changes", "/admin/v1/changes?after=x", 400).await;
    witness.get("/admin/v1/traffic", "/admin/v1/traffic?before=1", 400).await;
    witness.get("/admin/v1/hints", "/admin/v1/hints?since=1", 400).await;
    for (declared, actual, missing) in [
        ("/admin/v1/routes/{route}", "/admin/v1/routes/chat", "/admin/v1/routes/none"),
        ("/admin/v1/requests/{id}", &format!("/admin/v1/requests/{id}"), "/admin/v1/requests/none"),
    ] {
        witness.get(declared, actual, 200).await;
        witness.get(declared, missing, 404).await;
        witness.without_rights(Method::GET, declared, actual).await;
    }
}

/// A webhook, so that there is a hint to be told.
async fn hinting(witness: &Witness) {
    let url = format!("{}/hooks/page/{HOOK_SECRET}", witness.bench.gateway().base_url());
    assert_eq!(witness.bench.http.post(url).send().await.unwrap().status(), 202);
}

async fn changing_one(witness: &mut Witness) {
    witness.without_rights(Method::PUT, ONE, CHAT).await;
    let wanted = witness.bench.wanted(Some("b"), Mode::Full);
    let put = |bench: &Bench, wanted: &OverridePut| bench.put("chat", wanted, "\"0\"");
    let unmatched = witness.bench.admin(Method::PUT, CHAT).json(&wanted);
    witness.ask(ONE, unmatched, 428).await;
    let malformed = witness.bench.admin(Method::PUT, CHAT).header(IF_MATCH, "\"0\"").body("{");
    witness.ask(ONE, malformed, 400).await;
    let unknown = witness.bench.put("none", &wanted, "\"0\"");
    witness.ask(ONE, unknown, 404).await;
    let impossible = put(&witness.bench, &witness.bench.wanted(Some("c"), Mode::Full));
    witness.ask(ONE, impossible, 422).await;
    let interlocked = put(&witness.bench, &witness.bench.wanted(None, Mode::Off));
    witness.ask(ONE, interlocked, 409).await;
    let accepted = put(&witness.bench, &wanted);
    witness.ask(ONE, accepted, 200).await;
    let stale = put(&witness.bench, &wanted);
    witness.ask(ONE, stale, 412).await;
}

async fn lifting_one(witness: &mut Witness) {
    witness.without_rights(Method::DELETE, ONE, CHAT).await;
    let delete = |bench: &Bench, route: &str, query: &str, tag: Option<&str>| {
        let path = format!("/admin/v1/routes/{route}/override?{query}");
        let request = bench.admin(Method::DELETE, &path);
        match tag {
            Some(tag) => request.header(IF_MATCH, tag),
            None => request,
        }
    };
    let who = "holder=mk&reason=over";
    for (route, query, tag, expected) in [
        ("chat", who, None, 428),
        ("chat", "holder=mk", Some("\"1\""), 400),
        ("none", who, Some("\"1\""), 404),
        ("chat", "holder=mk&reason=%20", Some("\"1\""), 422),
        ("chat", who, Some("\"0\""), 412),
    ] {
        let request = delete(&witness.bench, route, query, tag);
        witness.ask(ONE, request, expected).await;
    }
    let key = |request: RequestBuilder| request.header("idempotency-key", "undo-1");
    let lifted = key(delete(&witness.bench, "chat", who, Some("\"1\"")));
    witness.ask(ONE, lifted, 200).await;
    let other = key(delete(&witness.bench, "chat", "holder=jo&reason=x", Some("\"2\"")));
    witness.ask(ONE, other, 409).await;
}

async fn changing_many(witness: &mut Witness) {
    witness.without_rights(Method::PUT, MANY, MANY).await;
    let state = witness.bench.state().await;
    let tag = format!("\"{}\"", state.generation);
    for (route, target, mode, tag, expected) in [
        ("chat", Some("b"), Mode::Full, None, 428),
        ("none", Some("b"), Mode::Full, Some(&tag), 404),
        ("chat", Some("c"), Mode::Full, Some(&tag), 422),
        ("chat", None, Mode::Off, Some(&tag), 409),
        ("chat", Some("b"), Mode::Full, Some(&tag), 200),
        ("chat", Some("b"), Mode::Full, Some(&tag), 412),
    ] {
        let body = several(&witness.bench, route, target, mode);
        let mut request = witness.bench.admin(Method::PUT, MANY).json(&body);
        if let Some(tag) = tag {
            request = request.header(IF_MATCH, tag);
        }
        witness.ask(MANY, request, expected).await;
    }
    let none = OverridesPut { overrides: vec![] };
    let request = witness.bench.admin(Method::PUT, MANY).header(IF_MATCH, tag).json(&none);
    witness.ask(MANY, request, 400).await;
}

async fn planning(witness: &mut Witness) {
    let url = format!("{}{PLAN}", witness.bench.gateway().admin_url());
    let bare = witness.bench.http.post(url);
    witness.ask(PLAN, bare, 401).await;
    for (route, target, expected) in [("chat", "b", 200), ("none", "b", 404)] {
        let body = several(&witness.bench, route, Some(target), Mode::Full);
        let request = witness.bench.admin(Method::POST, PLAN).json(&body);
        witness.ask(PLAN, request, expected).await;
    }
    let malformed = witness.bench.admin(Method::POST, PLAN).json(&json!({"override": []}));
    witness.ask(PLAN, malformed, 400).await;
}

async fn taking_turns(witness: &mut Witness) {
    const LEASE: &str = "/admin/v1/leases/{name}";
    const NOTES: &str = "/admin/v1/leases/{name}/notes";
    let (lease, notes) = ("/admin/v1/leases/probes-1", "/admin/v1/leases/probes-1/notes");
    witness.without_rights(Method::PUT, LEASE, lease).await;
    witness.without_rights(Method::GET, NOTES, notes).await;
    witness.get(NOTES, notes, 404).await;
    let body = |holder: &str, ttl_ms| json!({"holder": holder, "ttl_ms": ttl_ms, "notes": ["n"]});
    for (body, expected) in [
        (json!({"holder": 1}), 400),
        (body("night desk", 5), 422),
        (body("night desk", 600_000), 200),
        (body("day desk", 600_000), 412),
    ] {
        let request = witness.bench.admin(Method::PUT, lease).json(&body);
        witness.ask(LEASE, request, expected).await;
    }
    witness.get(NOTES, notes, 200).await;
    witness.get(NOTES, &format!("{notes}?after=x"), 400).await;
}

/// The last step: what is in force afterwards is another configuration.
async fn reloading(witness: &mut Witness) {
    witness.without_rights(Method::POST, RELOAD, RELOAD).await;
    let url = format!("{}{RELOAD}", witness.bench.gateway().admin_url());
    // The environment is shared, so the file names a variable that every system sets.
    let root = std::env::var("PATH").unwrap();
    let ask = |witness: &Witness| witness.bench.http.post(&url).bearer_auth(&root);
    let file = witness.bench.state_dir.path().join("gateway.toml");
    std::fs::write(&file, "id = 1").unwrap();
    let unfit = ask(witness);
    witness.ask(RELOAD, unfit, 422).await;
    std::fs::write(&file, reloaded()).unwrap();
    let fit = ask(witness);
    witness.ask(RELOAD, fit, 200).await;
}

/// What the bench is started with, and what its overrides name: both must stay.
fn reloaded() -> &'static str {
    r#"
        id = "g1"
        listen = "127.0.0.1:0"
        state_dir = "."
        admin = { listen = "127.0.0.1:0", tokens = [{ name = "r", secret = "env:PATH", role = "admin" }] }
        providers = [{ id = "p", kind = "openai_compatible", base_url = "http://127.0.0.1:9" }]
        targets = [
            { id = "a", provider = "p", model = "m" },
            { id = "b", provider = "p", model = "n" },
        ]
        routes = [
            { id = "chat", criticality = "can_delay", targets = ["a", "b"], modes = ["full", "template", "off"] },
            { id = "extract", criticality = "can_delay", targets = ["a", "b"], modes = ["full", "template", "off"] },
        ]
    "#
}

/// A bench whose configuration can be read again, with somebody who may.
async fn reloadable() -> Bench {
    Bench::start_with(|settings| {
        settings.source = Some(settings.state_dir.join("gateway.toml"));
        settings.state_dir = settings.state_dir.join(".");
        let page = SourceId::try_new("page").unwrap();
        let secret = Secret::new(HOOK_SECRET);
        let door = Door::try_new(page, WebhookPlatform::BetterStack, &secret, &[]).unwrap();
        settings.hooks = Doors::new(vec![door]);
        settings.tokens.push(AdminToken {
            name: "root".into(),
            secret: Secret::new(&std::env::var("PATH").unwrap()),
            role: Role::Admin,
        });
    })
    .await
}

fn several(bench: &Bench, route: &str, target: Option<&str>, mode: Mode) -> OverridesPut {
    let r#override = Some(bench.wanted(target, mode));
    OverridesPut { overrides: vec![RouteOverridePut { route: route_id(route), r#override }] }
}
