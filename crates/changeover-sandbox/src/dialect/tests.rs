//! Golden bodies of every format. Maps are sorted, because the order of keys is no promise.

mod content;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use serde_json::{Value, json};

use super::{Answer, Ask, Call, Dialect, Problem, Stamp, Stop, Want, of};
use crate::fault::ErrorKind;
use crate::profile::{PROVIDERS, ProviderProfile, provider};
use changeover_domain::UnixMs;

const KINDS: [ErrorKind; 14] = [
    ErrorKind::InvalidRequest,
    ErrorKind::Authentication,
    ErrorKind::Permission,
    ErrorKind::ModelNotFound,
    ErrorKind::ContextLength,
    ErrorKind::ContentFilter,
    ErrorKind::PayloadTooLarge,
    ErrorKind::RateLimited,
    ErrorKind::QuotaExhausted,
    ErrorKind::SpendCap,
    ErrorKind::ServerError,
    ErrorKind::GatewayError,
    ErrorKind::Unavailable,
    ErrorKind::Overloaded,
];

fn stamp() -> Stamp {
    Stamp {
        created: UnixMs(1_790_000_000_000),
        request: "011CRequestRequestReque0".to_owned(),
        message: "01MessageMessageMessage0".to_owned(),
        call: "01CallCallCallCallCallC0".to_owned(),
        headroom: 0.9,
        processing_ms: 812,
    }
}

fn answer(profile: &'static ProviderProfile, tokens: &[&str], stop: Stop) -> Answer {
    Answer {
        model: &profile.models[0],
        tokens: tokens.iter().map(|token| (*token).to_owned()).collect(),
        tool: (stop == Stop::Tool).then(|| "order_find".to_owned()),
        stop,
        stop_sequence: (stop == Stop::Sequence).then(|| "END".to_owned()),
        input_tokens: 21,
    }
}

fn ask(profile: &ProviderProfile) -> Ask {
    Ask {
        model: profile.models[0].name.to_owned(),
        stream: true,
        input_tokens: 21,
        max_tokens: None,
        stop: Vec::new(),
        want: Want::Text,
        question: String::new(),
        include_usage: true,
        events: true,
    }
}

fn snapshot(name: String, value: &Value) {
    let mut settings = insta::Settings::clone_current();
    settings.set_sort_maps(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_json_snapshot!(name, value));
}

/// The events of a stream: name, if it has one, and data.
fn events(stream: &[u8]) -> Value {
    let text = std::str::from_utf8(stream).unwrap().replace("\r\n", "\n");
    let event = |block: &str| {
        let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
        let data = field("data: ").unwrap();
        let data = serde_json::from_str(data).unwrap_or_else(|_| json!(data));
        json!({ "event": field("event: "), "data": data })
    };
    text.split("\n\n").filter(|block| !block.is_empty()).map(event).collect()
}

fn streamed(dialect: &dyn Dialect, ask: &Ask, answer: &Answer) -> Vec<u8> {
    let streamed = dialect.streamed(ask, answer, &stamp());
    let pieces = streamed.pieces.iter().flat_map(|piece| piece.bytes.to_vec());
    let opening = streamed.opening.iter().copied();
    opening.chain(pieces).chain(streamed.closing.to_vec()).collect()
}

#[test]
fn answers_have_the_vendors_form() {
    let words = ["Thank", " you", " for", " the", " order", ",", " Dana", ".", " Bye", "."];
    let arguments = ["{\"re", "fere", "nce\"", ":471", "1}"];
    for profile in &PROVIDERS {
        let dialect = of(profile.kind).unwrap();
        let cases = [
            ("text", answer(profile, &words, Stop::End)),
            ("stopped", answer(profile, &["Thank", " you"], Stop::Sequence)),
            ("cut", answer(profile, &["Thank", " you"], Stop::MaxTokens)),
            ("tool", answer(profile, &arguments, Stop::Tool)),
            ("refusal", answer(profile, &[], Stop::Refusal)),
        ];
        let golden: Vec<Value> = cases
            .iter()
            .map(|(name, answer)| {
                let whole: Value = serde_json::from_str(&dialect.whole(answer, &stamp())).unwrap();
                let stream = events(&streamed(dialect, &ask(profile), answer));
                json!({ "case": name, "whole": whole, "stream": stream })
            })
            .collect();
        let headers = dialect.headers(&stamp());
        let golden = json!({ "headers": headers, "answers": golden });
        snapshot(format!("{}_answers", profile.id), &golden);
    }
}

#[test]
fn refusals_have_the_vendors_form() {
    for profile in &PROVIDERS {
        let dialect = of(profile.kind).unwrap();
        let sayable = KINDS.iter().filter(|kind| dialect.has_words_for(**kind));
        let golden = sayable.map(|kind| {
            let refusal = dialect.refuse(&Problem::usual(*kind), "the-model", &stamp());
            let body = serde_json::from_str(&refusal.body).unwrap_or_else(|_| json!(refusal.body));
            json!({
                "kind": format!("{kind:?}"),
                "status": refusal.status,
                "headers": refusal.headers,
                "content_type": refusal.content_type,
                "body": body,
            })
        });
        let mut golden: Vec<Value> = golden.collect();
        golden.push(json!({ "in_stream": events(&dialect.error_event(&stamp())) }));
        snapshot(format!("{}_refusals", profile.id), &json!(golden));
    }
}

#[test]
fn a_stream_without_include_usage_has_no_usage() {
    let openai = provider("openai").unwrap();
    let dialect = of(openai.kind).unwrap();
    let without = Ask { include_usage: false, ..ask(openai) };
    let stream = streamed(dialect, &without, &answer(openai, &["Hi"], Stop::End));
    assert!(!String::from_utf8(stream).unwrap().contains("usage"));
}

#[test]
fn gemini_sends_one_array_to_who_does_not_ask_for_events() {
    let gemini = provider("gemini").unwrap();
    let dialect = of(gemini.kind).unwrap();
    let array = Ask { events: false, ..ask(gemini) };
    for count in [0, 3, 20] {
        let answer = answer(gemini, &vec!["word "; count], Stop::End);
        let stream = streamed(dialect, &array, &answer);
        let parsed: Vec<Value> = serde_json::from_slice(&stream).unwrap();
        assert_eq!(parsed.last().unwrap()["candidates"][0]["finishReason"], "STOP");
    }
}

fn read(
    id: &str,
    uri: &str,
    headers: &[(&'static str, &str)],
    body: &Value,
) -> Result<Ask, Problem> {
    let profile = provider(id).unwrap();
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(HeaderName::from_static(name), HeaderValue::from_str(value).unwrap());
    }
    let uri: Uri = uri.parse().unwrap();
    let body = body.to_string();
    of(profile.kind).unwrap().read(&Call {
        method: &Method::POST,
        uri: &uri,
        headers: &map,
        body: body.as_bytes(),
        provider: profile,
    })
}

const SCHEMA: &str = r#"{"type":"object","properties":{"reference":{"type":"integer"}}}"#;

#[test]
fn the_same_wish_is_read_from_all_three() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let anthropic = json!({ "model": "claude-opus-4-5", "max_tokens": 50, "stream": true,
        "messages": [{ "role": "user", "content": "abcd" }],
        "tools": [{ "name": "order_find", "input_schema": schema }],
        "tool_choice": { "type": "tool", "name": "order_find" } });
    let headers = [("x-api-key", "sandbox-anthropic-key"), ("anthropic-version", "2023-06-01")];
    let openai = json!({ "model": "gpt-5", "max_completion_tokens": 50, "stream": true,
        "messages": [{ "role": "user", "content": "abcd" }],
        "tools": [{ "type": "function", "function": { "name": "order_find", "parameters": schema } }],
        "tool_choice": { "type": "function", "function": { "name": "order_find" } } });
    let gemini = json!({ "contents": [{ "role": "user", "parts": [{ "text": "abcd" }] }],
        "tools": [{ "functionDeclarations": [{ "name": "order_find", "parameters": schema }] }],
        "toolConfig": { "functionCallingConfig": { "mode": "ANY" } },
        "generationConfig": { "maxOutputTokens": 50 } });
    let asks = [
        read("anthropic", "/v1/messages", &headers, &anthropic),
        read(
            "openai",
            "/v1/chat/completions",
            &[("authorization", "Bearer sandbox-openai-key")],
            &openai,
        ),
        read(
            "gemini",
            "/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse",
            &[("x-goog-api-key", "sandbox-gemini-key")],
            &gemini,
        ),
    ];
    for ask in asks {
        let ask = ask.unwrap();
        assert!(ask.stream && ask.events);
        assert_eq!(ask.max_tokens, Some(50));
        assert!((8..40).contains(&ask.input_tokens), "{}", ask.input_tokens);
        let expected = Want::Tool { name: "order_find".to_owned(), schema: schema.clone() };
        assert_eq!(ask.want, expected);
    }
}

#[test]
fn what_the_vendors_refuse_is_refused() {
    let key = ("x-api-key", "sandbox-anthropic-key");
    let version = ("anthropic-version", "2023-06-01");
    let body =
        json!({ "model": "claude-opus-4-5", "messages": [{ "role": "user", "content": "x" }] });
    let path = "/v1/messages";
    let kind = |result: Result<Ask, Problem>| result.unwrap_err().kind;
    assert_eq!(kind(read("anthropic", path, &[version], &body)), ErrorKind::Authentication);
    assert_eq!(kind(read("anthropic", path, &[key], &body)), ErrorKind::InvalidRequest);
    let missing = read("anthropic", path, &[key, version], &body).unwrap_err();
    assert_eq!(missing.message.as_deref(), Some("max_tokens: Field required"));
    let bearer = ("authorization", "Bearer sandbox-openai-key");
    let old = json!({ "model": "gpt-5", "max_tokens": 5, "messages": [{ "role": "user", "content": "x" }] });
    let old = read("openai", "/v1/chat/completions", &[bearer], &old).unwrap_err();
    assert_eq!(old.code, Some("unsupported_parameter"));
    let wrong = ("authorization", "Bearer sk-proj-abcdefghijklmnop");
    let wrong = read("openai", "/v1/chat/completions", &[wrong], &json!({})).unwrap_err();
    assert!(wrong.message.unwrap().contains("sk-proj-************mnop"), "the key is masked");
    let nameless = read("gemini", "/v1beta/models/gemini-2.5-pro:generateContent", &[], &json!({}));
    assert_eq!(kind(nameless), ErrorKind::Permission);
}
