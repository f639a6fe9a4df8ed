//! Messages and their events.

use bytes::{BufMut as _, Bytes, BytesMut};
use changeover_domain::UnixMs;
use serde_json::{Value, json};

use super::super::{Answer, Piece, Stamp, Stop, Streamed, left};
use crate::script::Header;

const REQUESTS: u32 = 4_000;
const INPUT_TOKENS: u32 = 2_000_000;
const OUTPUT_TOKENS: u32 = 400_000;

pub(super) fn headers(stamp: &Stamp) -> Vec<Header> {
    let mut headers = vec![("request-id", request_id(stamp)), ("server", "cloudflare".to_owned())];
    headers.extend(limits(stamp, stamp.headroom));
    headers
}

/// The `anthropic-ratelimit-*` headers with this part of each limit left.
pub(super) fn limits(stamp: &Stamp, headroom: f64) -> Vec<Header> {
    let reset = instant(stamp.created.plus_millis(if headroom > 0.0 { 1_000 } else { 20_000 }));
    vec![
        ("anthropic-ratelimit-requests-limit", REQUESTS.to_string()),
        ("anthropic-ratelimit-requests-remaining", left(REQUESTS, headroom)),
        ("anthropic-ratelimit-requests-reset", reset.clone()),
        ("anthropic-ratelimit-input-tokens-limit", INPUT_TOKENS.to_string()),
        ("anthropic-ratelimit-input-tokens-remaining", left(INPUT_TOKENS, headroom)),
        ("anthropic-ratelimit-input-tokens-reset", reset.clone()),
        ("anthropic-ratelimit-output-tokens-limit", OUTPUT_TOKENS.to_string()),
        ("anthropic-ratelimit-output-tokens-remaining", left(OUTPUT_TOKENS, headroom)),
        ("anthropic-ratelimit-output-tokens-reset", reset),
    ]
}

pub(super) fn request_id(stamp: &Stamp) -> String {
    format!("req_{}", stamp.request)
}

fn instant(at: UnixMs) -> String {
    jiff::Timestamp::from_millisecond(at.0)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

pub(super) fn whole(answer: &Answer, stamp: &Stamp) -> String {
    let mut message = message(answer, stamp, answer.output_tokens());
    if let Some(fields) = message.as_object_mut() {
        fields.insert("content".to_owned(), content(answer, stamp));
        fields.insert("stop_reason".to_owned(), json!(stop_reason(answer.stop)));
        fields.insert("stop_sequence".to_owned(), json!(answer.stop_sequence));
    }
    message.to_string()
}

fn content(answer: &Answer, stamp: &Stamp) -> Value {
    let text = answer.text();
    match &answer.tool {
        _ if answer.stop == Stop::Refusal => json!([]),
        Some(name) => {
            // A call whose arguments are cut arrives as an empty input, as with the real one.
            let input: Value = serde_json::from_str(&text).unwrap_or_else(|_| json!({}));
            json!([{ "type": "tool_use", "id": tool_id(stamp), "name": name, "input": input }])
        }
        None => json!([{ "type": "text", "text": text }]),
    }
}

/// The message before its content.
fn message(answer: &Answer, stamp: &Stamp, output_tokens: u64) -> Value {
    json!({
        "model": answer.model.snapshot,
        "id": format!("msg_{}", stamp.message),
        "type": "message",
        "role": "assistant",
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "usage": {
            "input_tokens": answer.input_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "cache_creation": { "ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0 },
            "output_tokens": output_tokens,
            "service_tier": "standard",
        },
    })
}

fn tool_id(stamp: &Stamp) -> String {
    format!("toolu_{}", stamp.call)
}

fn stop_reason(stop: Stop) -> &'static str {
    match stop {
        Stop::End => "end_turn",
        Stop::Sequence => "stop_sequence",
        Stop::MaxTokens => "max_tokens",
        Stop::Tool => "tool_use",
        Stop::Refusal => "refusal",
    }
}

pub(super) fn streamed(answer: &Answer, stamp: &Stamp) -> Streamed {
    let mut opening = BytesMut::new();
    let start = json!({ "type": "message_start", "message": message(answer, stamp, 1) });
    push(&mut opening, &start);
    let mut closing = BytesMut::new();
    if answer.stop != Stop::Refusal {
        let block = match &answer.tool {
            Some(name) => {
                json!({ "type": "tool_use", "id": tool_id(stamp), "name": name, "input": {} })
            }
            None => json!({ "type": "text", "text": "" }),
        };
        let begin = json!({ "type": "content_block_start", "index": 0, "content_block": block });
        push(&mut opening, &begin);
        push(&mut opening, &json!({ "type": "ping" }));
        push(&mut closing, &json!({ "type": "content_block_stop", "index": 0 }));
    }
    let usage = json!({
        "input_tokens": answer.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": answer.output_tokens(),
    });
    let delta = json!({
        "stop_reason": stop_reason(answer.stop),
        "stop_sequence": answer.stop_sequence,
    });
    push(&mut closing, &json!({ "type": "message_delta", "delta": delta, "usage": usage }));
    push(&mut closing, &json!({ "type": "message_stop" }));
    Streamed { opening: opening.freeze(), pieces: pieces(answer), closing: closing.freeze() }
}

fn pieces(answer: &Answer) -> Vec<Piece> {
    let piece = |(index, token): (usize, &String)| {
        let delta = if answer.tool.is_some() {
            json!({ "type": "input_json_delta", "partial_json": token })
        } else {
            json!({ "type": "text_delta", "text": token })
        };
        let event = json!({ "type": "content_block_delta", "index": 0, "delta": delta });
        Piece { upto: index + 1, bytes: event_bytes(&event) }
    };
    answer.tokens.iter().enumerate().map(piece).collect()
}

/// An event; its name is the type within.
pub(super) fn event_bytes(event: &Value) -> Bytes {
    let mut bytes = BytesMut::new();
    push(&mut bytes, event);
    bytes.freeze()
}

fn push(bytes: &mut BytesMut, event: &Value) {
    let name = event.get("type").and_then(Value::as_str).unwrap_or("message");
    bytes.put_slice(format!("event: {name}\ndata: {event}\n\n").as_bytes());
}
