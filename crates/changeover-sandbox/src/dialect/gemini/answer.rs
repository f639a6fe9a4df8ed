//! Generated content, whole and in chunks of several tokens.

use bytes::{Bytes, BytesMut};
use serde_json::{Value, json};

use super::super::{Answer, Ask, Piece, Stamp, Stop, Streamed};
use crate::script::Header;

/// Gemini sends few, larger chunks.
const TOKENS_PER_CHUNK: usize = 8;

pub(super) fn headers(stamp: &Stamp) -> Vec<Header> {
    vec![
        ("server", "scaffolding on HTTPServer2".to_owned()),
        ("server-timing", format!("gfet4t7; dur={}", stamp.processing_ms)),
        ("x-gemini-service-tier", "standard".to_owned()),
    ]
}

pub(super) fn whole(answer: &Answer, stamp: &Stamp) -> String {
    let parts = match &answer.tool {
        Some(name) => call(name, &answer.text()),
        None => json!([{ "text": answer.text() }]),
    };
    format!("{:#}\n", last(answer, stamp, &parts))
}

/// A call whose arguments are cut arrives without any.
fn call(name: &str, arguments: &str) -> Value {
    let arguments: Value = serde_json::from_str(arguments).unwrap_or_else(|_| json!({}));
    json!([{ "functionCall": { "name": name, "args": arguments } }])
}

/// The response that ends the answer.
fn last(answer: &Answer, stamp: &Stamp, parts: &Value) -> Value {
    let content = if answer.stop == Stop::Refusal {
        json!({ "role": "model" })
    } else {
        json!({ "parts": parts, "role": "model" })
    };
    let mut candidate = json!({
        "content": content,
        "finishReason": finish_reason(answer.stop),
        "index": 0,
    });
    if answer.stop == Stop::Refusal
        && let Some(fields) = candidate.as_object_mut()
    {
        let rating = json!([{
            "category": "HARM_CATEGORY_DANGEROUS_CONTENT",
            "probability": "HIGH",
            "blocked": true,
        }]);
        fields.insert("safetyRatings".to_owned(), rating);
    }
    envelope(answer, stamp, &candidate, answer.output_tokens())
}

fn envelope(answer: &Answer, stamp: &Stamp, candidate: &Value, output_tokens: u64) -> Value {
    let mut usage = json!({
        "promptTokenCount": answer.input_tokens,
        "totalTokenCount": answer.input_tokens + output_tokens,
        "promptTokensDetails": [{ "modality": "TEXT", "tokenCount": answer.input_tokens }],
    });
    if output_tokens > 0
        && let Some(fields) = usage.as_object_mut()
    {
        fields.insert("candidatesTokenCount".to_owned(), json!(output_tokens));
    }
    json!({
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": answer.model.snapshot,
        "responseId": stamp.message,
    })
}

fn finish_reason(stop: Stop) -> &'static str {
    match stop {
        Stop::End | Stop::Sequence | Stop::Tool => "STOP",
        Stop::MaxTokens => "MAX_TOKENS",
        Stop::Refusal => "SAFETY",
    }
}

pub(super) fn streamed(ask: &Ask, answer: &Answer, stamp: &Stamp) -> Streamed {
    let chunks: Vec<&[String]> = answer.tokens.chunks(TOKENS_PER_CHUNK).collect();
    let mut pieces = Vec::new();
    let mut upto = 0;
    let whole_call = answer.tool.is_some();
    // A call is never split, and the last text comes with the reason of the end.
    let (early, final_parts) = match (&answer.tool, chunks.split_last()) {
        (Some(name), _) => (&[][..], call(name, &answer.text())),
        (None, Some((last, early))) => (early, json!([{ "text": last.concat() }])),
        (None, None) => (&[][..], json!([{ "text": "" }])),
    };
    for chunk in early {
        upto += chunk.len();
        let content = json!({ "parts": [{ "text": chunk.concat() }], "role": "model" });
        let candidate = json!({ "content": content, "index": 0 });
        let so_far = u64::try_from(upto).unwrap_or(u64::MAX);
        let value = envelope(answer, stamp, &candidate, so_far);
        pieces.push(Piece { upto, bytes: framed(ask, &value, pieces.is_empty()) });
    }
    let closing = framed(ask, &last(answer, stamp, &final_parts), pieces.is_empty());
    let end: &[u8] = if ask.events { b"" } else { b"]\n" };
    let silent = answer.tokens.is_empty() || whole_call;
    let closing = [closing.as_ref(), end].concat();
    Streamed {
        opening: Bytes::new(),
        pieces: if silent { Vec::new() } else { pieces },
        closing: BytesMut::from(closing.as_slice()).freeze(),
    }
}

/// One response: an event, or an entry of the array that callers get who do not ask for events.
fn framed(ask: &Ask, value: &Value, first: bool) -> Bytes {
    Bytes::from(match (ask.events, first) {
        (true, _) => format!("data: {value}\r\n\r\n"),
        (false, true) => format!("[{value:#}"),
        (false, false) => format!(",\r\n{value:#}"),
    })
}
