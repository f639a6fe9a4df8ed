//! Completions and their chunks.

use bytes::{Bytes, BytesMut};
use serde_json::{Value, json};

use super::super::{Answer, Ask, Piece, Stamp, Stop, Streamed, left};
use crate::script::Header;

const REQUESTS: u32 = 10_000;
const TOKENS: u32 = 2_000_000;
const REFUSAL: &str = "I'm sorry, but I can't help with that request.";

pub(super) fn headers(stamp: &Stamp) -> Vec<Header> {
    let mut headers = vec![
        ("x-request-id", request_id(stamp)),
        ("openai-processing-ms", stamp.processing_ms.to_string()),
        ("openai-version", "2020-10-01".to_owned()),
        ("server", "cloudflare".to_owned()),
    ];
    headers.extend(limits(stamp.headroom));
    headers
}

/// The `x-ratelimit-*` headers with this part of each limit left.
pub(super) fn limits(headroom: f64) -> Vec<Header> {
    let reset = if headroom > 0.0 { "6ms" } else { "20s" };
    vec![
        ("x-ratelimit-limit-requests", REQUESTS.to_string()),
        ("x-ratelimit-limit-tokens", TOKENS.to_string()),
        ("x-ratelimit-remaining-requests", left(REQUESTS, headroom)),
        ("x-ratelimit-remaining-tokens", left(TOKENS, headroom)),
        ("x-ratelimit-reset-requests", reset.to_owned()),
        ("x-ratelimit-reset-tokens", reset.to_owned()),
    ]
}

pub(super) fn request_id(stamp: &Stamp) -> String {
    format!("req_{}", stamp.request.to_ascii_lowercase())
}

pub(super) fn whole(answer: &Answer, stamp: &Stamp) -> String {
    let mut message =
        json!({ "role": "assistant", "content": null, "refusal": null, "annotations": [] });
    if let Some(fields) = message.as_object_mut() {
        let text = answer.text();
        if answer.stop == Stop::Refusal {
            fields.insert("refusal".to_owned(), json!(REFUSAL));
        } else if let Some(name) = &answer.tool {
            let function = json!({ "name": name, "arguments": text });
            let call = json!([{ "id": call_id(stamp), "type": "function", "function": function }]);
            fields.insert("tool_calls".to_owned(), call);
        } else {
            fields.insert("content".to_owned(), json!(text));
        }
    }
    let choice = json!({
        "index": 0,
        "message": message,
        "logprobs": null,
        "finish_reason": finish_reason(answer.stop),
    });
    let mut body = envelope(answer, stamp, "chat.completion", &json!([choice]));
    if let Some(fields) = body.as_object_mut() {
        fields.insert("usage".to_owned(), usage(answer));
    }
    body.to_string()
}

fn envelope(answer: &Answer, stamp: &Stamp, object: &str, choices: &Value) -> Value {
    json!({
        "id": format!("chatcmpl-{}", stamp.message),
        "object": object,
        "created": stamp.created.0.div_euclid(1_000),
        "model": answer.model.snapshot,
        "choices": choices,
        "service_tier": "default",
        "system_fingerprint": null,
    })
}

fn usage(answer: &Answer) -> Value {
    json!({
        "prompt_tokens": answer.input_tokens,
        "completion_tokens": answer.output_tokens(),
        "total_tokens": answer.input_tokens + answer.output_tokens(),
        "prompt_tokens_details": { "cached_tokens": 0, "audio_tokens": 0 },
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    })
}

fn call_id(stamp: &Stamp) -> String {
    format!("call_{}", stamp.call)
}

/// A refusal ends like any answer; only the message says so.
fn finish_reason(stop: Stop) -> &'static str {
    match stop {
        Stop::End | Stop::Sequence | Stop::Refusal => "stop",
        Stop::MaxTokens => "length",
        Stop::Tool => "tool_calls",
    }
}

pub(super) fn streamed(ask: &Ask, answer: &Answer, stamp: &Stamp) -> Streamed {
    let chunk = |delta: &Value, finish: Option<&str>| {
        let choice =
            json!({ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish });
        let mut chunk = envelope(answer, stamp, "chat.completion.chunk", &json!([choice]));
        if ask.include_usage
            && let Some(fields) = chunk.as_object_mut()
        {
            fields.insert("usage".to_owned(), Value::Null);
        }
        event(&chunk)
    };
    let mut closing = BytesMut::new();
    if answer.stop == Stop::Refusal {
        closing.extend_from_slice(&chunk(&json!({ "refusal": REFUSAL }), None));
    }
    closing.extend_from_slice(&chunk(&json!({}), Some(finish_reason(answer.stop))));
    if ask.include_usage {
        let mut last = envelope(answer, stamp, "chat.completion.chunk", &json!([]));
        if let Some(fields) = last.as_object_mut() {
            fields.insert("usage".to_owned(), usage(answer));
        }
        closing.extend_from_slice(&event(&last));
    }
    closing.extend_from_slice(b"data: [DONE]\n\n");
    let pieces = answer.tokens.iter().enumerate().map(|(index, token)| Piece {
        upto: index + 1,
        bytes: chunk(&piece_delta(answer, token), None),
    });
    Streamed {
        pieces: pieces.collect(),
        opening: chunk(&opening_delta(answer, stamp), None),
        closing: closing.freeze(),
    }
}

fn opening_delta(answer: &Answer, stamp: &Stamp) -> Value {
    match &answer.tool {
        Some(name) => {
            let function = json!({ "name": name, "arguments": "" });
            let call = json!({ "index": 0, "id": call_id(stamp), "type": "function", "function": function });
            json!({ "role": "assistant", "content": null, "tool_calls": [call], "refusal": null })
        }
        None => json!({ "role": "assistant", "content": "", "refusal": null }),
    }
}

fn piece_delta(answer: &Answer, token: &str) -> Value {
    if answer.tool.is_some() {
        json!({ "tool_calls": [{ "index": 0, "function": { "arguments": token } }] })
    } else {
        json!({ "content": token })
    }
}

fn event(data: &Value) -> Bytes {
    Bytes::from(format!("data: {data}\n\n"))
}
