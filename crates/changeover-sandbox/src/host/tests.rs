use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, Method, Uri};
use changeover_clock::Clock;

use super::*;
use crate::dialect;
use crate::profile::provider;

fn host(effects: &str) -> Host {
    let clock = Clock::scaled(UnixMs(1_790_000_040_000), 0.1);
    let stage = Stage::new(clock.clone(), 7);
    if !effects.is_empty() {
        stage.play(scenario(effects), clock.now());
    }
    let profile = provider("anthropic").unwrap();
    Host { profile, dialect: dialect::of(profile.kind).unwrap(), stage, sent: Mutex::default() }
}

fn scenario(effects: &str) -> crate::Scenario {
    let text = format!(
        "title = \"t\"\ndescription = \"d\"\nseed = 3\nduration_s = 86400\n\
         [[faults]]\nprovider = \"anthropic\"\nfrom_s = 0\n{effects}\n"
    );
    let file = std::path::Path::new("own.toml");
    let source = changeover_config::ConfigSource::from_text(file, &text);
    crate::Scenario::from_source(&source).unwrap()
}

fn script(host: &Host, body: &str) -> Script {
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", HeaderValue::from_static("sandbox-anthropic-key"));
    headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
    let uri = Uri::from_static("/v1/messages");
    let call = Call {
        method: &Method::POST,
        uri: &uri,
        headers: &headers,
        body: body.as_bytes(),
        provider: host.profile,
    };
    host.script(&call, true)
}

fn performance(host: &Host, body: &str) -> Performance {
    match script(host, body) {
        Script::Answer(performance) => performance,
        Script::Hang => panic!("it must be answered"),
    }
}

fn text(performance: &Performance) -> String {
    let bytes = performance.frames.iter().flat_map(|frame| frame.bytes.to_vec()).collect();
    String::from_utf8(bytes).unwrap()
}

const STREAM: &str = r#"{"model":"claude-opus-4-5","max_tokens":300,"stream":true,"messages":[{"role":"user","content":"Hello"}]}"#;
const WHOLE: &str = r#"{"model":"claude-opus-4-5","max_tokens":300,"messages":[{"role":"user","content":"Hello"}]}"#;

#[test]
fn the_nth_time_a_content_is_sent_has_its_own_answer_whatever_came_between() {
    let alone = host("");
    let first = script(&alone, STREAM);
    let second = script(&alone, STREAM);
    assert_ne!(first, second, "a repeated request must not repeat the ids");
    let busy = host("");
    let _other = script(&busy, WHOLE);
    assert_eq!(script(&busy, STREAM), first);
    let _other = script(&busy, WHOLE);
    assert_eq!(script(&busy, STREAM), second);
}

#[test]
fn a_scenario_that_is_played_again_tells_the_same() {
    let host = host("latency_factor = 2.0");
    let at = host.stage.clock.now();
    let first = script(&host, STREAM);
    host.stage.play(scenario("latency_factor = 2.0"), at.plus_millis(-1));
    let moved = script(&host, STREAM);
    host.stage.play(scenario("latency_factor = 2.0"), host.stage.plays()[0].started_at);
    assert_eq!(script(&host, STREAM), first, "counting begins anew with each story");
    assert_ne!(moved, first, "another beginning has other dates");
}

#[test]
fn factors_stretch_the_same_draw() {
    let calm = performance(&host("latency_factor = 1.0\nthroughput_factor = 0.99"), STREAM);
    let slow = performance(&host("latency_factor = 4.0\nthroughput_factor = 0.099"), STREAM);
    assert_eq!(calm.frames.len(), slow.frames.len());
    let gap = |p: &Performance| p.frames[20].after.saturating_sub(p.frames[10].after).as_secs_f64();
    let head = slow.head_after.as_secs_f64() / calm.head_after.as_secs_f64();
    assert!((head - 4.0).abs() < 0.01, "the first byte comes 4 times later, not {head}");
    assert!((gap(&slow) / gap(&calm) - 10.0).abs() < 0.1, "ten times slower");
}

#[test]
fn a_calm_day_is_as_fast_as_the_model() {
    let calm = host("");
    let mut firsts = Vec::new();
    for _ in 0..400 {
        let performance = performance(&calm, STREAM);
        firsts.push(performance.frames[1].after);
        let before = performance.frames.front().unwrap().after;
        assert!(before < performance.frames[1].after, "the head leaves before the first token");
    }
    firsts.sort();
    let median = firsts[200].as_millis();
    assert!((900..1_200).contains(&median), "median first token {median} ms");
    assert!(firsts[380] > Duration::from_millis(1_400), "there is a tail: {:?}", firsts[380]);
}

#[test]
fn an_error_has_its_status_and_a_hang_no_answer() {
    let refused = performance(&host("errors = [{ status = 529, share = 1.0 }]"), WHOLE);
    assert_eq!(refused.status, 529);
    assert!(text(&refused).contains("overloaded_error"));
    assert_eq!(script(&host("hang = 1.0"), WHOLE), Script::Hang);
}

#[test]
fn a_stalled_answer_begins_and_broken_json_cannot_be_parsed() {
    let stalled = performance(&host("stall = { share = 1.0, after_tokens = 5 }"), STREAM);
    assert!(stalled.then_silence);
    assert_eq!(text(&stalled).matches("content_block_delta\n").count(), 5);
    assert!(!text(&stalled).contains("message_stop"));
    assert_eq!(script(&host("stall = { share = 1.0, after_tokens = 5 }"), WHOLE), Script::Hang);

    let broken = performance(&host("malformed_json = 1.0"), WHOLE);
    assert!(serde_json::from_str::<serde_json::Value>(&text(&broken)).is_err());
    let broken = text(&performance(&host("malformed_json = 1.0"), STREAM));
    let data = broken.lines().filter_map(|line| line.strip_prefix("data: "));
    let bad = data.filter(|data| serde_json::from_str::<serde_json::Value>(data).is_err());
    assert_eq!(bad.count(), 1, "one event of the stream is broken");
}

#[test]
fn a_model_may_refuse_be_another_or_break_off() {
    let refusal = text(&performance(&host("refusal = 1.0"), WHOLE));
    assert!(refusal.contains(r#""stop_reason":"refusal""#), "{refusal}");
    let swapped = text(&performance(&host("model_swap = \"claude-haiku-4-5\""), WHOLE));
    assert!(swapped.contains("claude-haiku-4-5-20251001"), "{swapped}");

    let in_stream = host("errors = [{ class = \"error_in_stream\", share = 1.0 }]");
    let broken_off = performance(&in_stream, STREAM);
    assert_eq!(broken_off.status, 200);
    assert!(text(&broken_off).contains("event: error\n"));
    assert!(!text(&broken_off).contains("message_stop"));
    assert_eq!(performance(&in_stream, WHOLE).status, 500);
}

#[test]
fn json_that_was_asked_for_is_what_breaks() {
    let ask = WHOLE.replace(
        r#""messages""#,
        r#""output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"total":{"type":"number"}}}}},"messages""#,
    );
    let content = |host: &Host| {
        let body: serde_json::Value =
            serde_json::from_str(&text(&performance(host, &ask))).unwrap();
        body["content"][0]["text"].as_str().unwrap().to_owned()
    };
    let good: serde_json::Value = serde_json::from_str(&content(&host(""))).unwrap();
    assert!(good["total"].is_number());
    let bad = content(&host("malformed_json = 1.0"));
    assert!(serde_json::from_str::<serde_json::Value>(&bad).is_err(), "{bad}");
}

#[test]
fn max_tokens_cuts_the_answer_and_the_usage_is_what_was_sent() {
    let ask = WHOLE.replace("300", "4");
    let body: serde_json::Value =
        serde_json::from_str(&text(&performance(&host(""), &ask))).unwrap();
    assert_eq!(body["stop_reason"], "max_tokens");
    assert_eq!(body["usage"]["output_tokens"], 4);
    assert_eq!(body["content"][0]["text"].as_str().unwrap().split(' ').count(), 4);
}

#[test]
fn unknown_models_and_endless_prompts_are_refused_in_the_vendors_words() {
    let unknown = performance(&host(""), &WHOLE.replace("opus-4-5", "opus-9"));
    assert_eq!(unknown.status, 404);
    assert!(text(&unknown).contains("model: claude-opus-9"));
    let endless = performance(&host(""), &WHOLE.replace("Hello", &"word ".repeat(170_000)));
    assert_eq!(endless.status, 400);
    assert!(text(&endless).contains("prompt is too long: "));
}
