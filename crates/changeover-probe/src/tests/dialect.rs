//! How each vendor writes an answer, an error and its limits, after the vendors' own references.
//!
//! Not by the code that reads them: a mistake of the reader would agree with itself.

use changeover_domain::ProviderKind;
use serde_json::{Value, json};

/// Every kind of provider that can be probed.
pub(super) const KINDS: [ProviderKind; 5] = [
    ProviderKind::Anthropic,
    ProviderKind::Openai,
    ProviderKind::Gemini,
    ProviderKind::AzureOpenai,
    ProviderKind::OpenaiCompatible,
];

/// The model that answers, and what it runs as where the dialect tells.
pub(super) const MODEL: &str = "model-2026-01-01";
const FINGERPRINT: &str = "fp_44709d6fcb";

/// What a model says.
#[derive(Debug, Clone, Copy)]
pub(super) enum Says {
    Text(&'static str),
    /// A call of the tool of this name with these arguments.
    Call(&'static str, &'static str),
    /// It will not, in the vendor's own way.
    Refuses,
}

/// The fingerprint that a kind's answers bear beside the model's name.
pub(super) fn fingerprint(kind: ProviderKind) -> Option<&'static str> {
    let tells = matches!(kind, ProviderKind::Openai | ProviderKind::AzureOpenai);
    tells.then_some(FINGERPRINT)
}

/// A whole streamed answer: the body's text.
pub(super) fn streamed(kind: ProviderKind, model: &str, says: Says) -> String {
    match kind {
        ProviderKind::Anthropic => events(&anthropic(model, says)),
        ProviderKind::Gemini => events(&gemini(model, says)),
        _ => format!("{}data: [DONE]\n\n", events(&openai(kind, model, says))),
    }
}

/// The beginning of an answer, which does not go on.
pub(super) fn begun(kind: ProviderKind) -> String {
    let mut documents = match kind {
        ProviderKind::Anthropic => anthropic(MODEL, Says::Text("1 2 3")),
        ProviderKind::Gemini => gemini(MODEL, Says::Text("1 2 3")),
        _ => openai(kind, MODEL, Says::Text("1 2 3")),
    };
    documents.truncate(documents.len() - 3);
    events(&documents)
}

/// Documents as server-sent events; Anthropic's bear their type as the event's name too.
pub(super) fn events(documents: &[Value]) -> String {
    let event = |document: &Value| {
        let named = document["type"].as_str().map(|name| format!("event: {name}\n"));
        format!("{}data: {document}\n\n", named.unwrap_or_default())
    };
    documents.iter().map(event).collect()
}

/// The same words in one document, as some answer who were asked for a stream.
pub(super) fn whole(kind: ProviderKind, text: &str) -> Value {
    match kind {
        ProviderKind::Anthropic => json!({"id": "msg_1", "type": "message", "role": "assistant",
            "model": MODEL, "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn", "stop_sequence": null,
            "usage": {"input_tokens": 30, "output_tokens": 5}}),
        ProviderKind::Gemini => json!({"responseId": "r1", "modelVersion": MODEL,
            "candidates": [{"content": {"role": "model", "parts": [{"text": text}]},
                "finishReason": "STOP", "index": 0}],
            "usageMetadata": {"promptTokenCount": 30, "candidatesTokenCount": 5}}),
        _ => {
            let mut document = json!({"id": "c1", "object": "chat.completion", "created": 1,
                "model": MODEL,
                "choices": [{"index": 0, "finish_reason": "stop",
                    "message": {"role": "assistant", "content": text, "refusal": null}}],
                "usage": {"prompt_tokens": 30, "completion_tokens": 5, "total_tokens": 35}});
            if let Some(name) = fingerprint(kind) {
                document["system_fingerprint"] = name.into();
            }
            document
        }
    }
}

fn openai(kind: ProviderKind, model: &str, says: Says) -> Vec<Value> {
    let chunk = |rest: Value| {
        let mut chunk = json!({"id": "c1", "object": "chat.completion.chunk", "created": 1,
            "model": model, "system_fingerprint": fingerprint(kind)});
        let fields = rest.as_object().cloned().unwrap_or_default();
        chunk.as_object_mut().unwrap().extend(fields);
        chunk
    };
    let delta = |delta: Value, finish: Option<&str>| {
        chunk(json!({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}))
    };
    let mut chunks = Vec::new();
    if kind == ProviderKind::AzureOpenai {
        // The filter's judgement of the prompt comes first, and names no model.
        chunks.push(json!({"id": "", "object": "", "created": 0, "model": "", "choices": [],
            "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": {}}]}));
    }
    chunks.push(delta(json!({"role": "assistant", "content": ""}), None));
    let finish = match says {
        Says::Text(text) => {
            let pieces = text.split_inclusive(' ');
            chunks.extend(pieces.map(|piece| delta(json!({"content": piece}), None)));
            "stop"
        }
        Says::Call(name, arguments) => {
            let call = json!({"index": 0, "id": "call_1", "type": "function",
                "function": {"name": name, "arguments": ""}});
            chunks.push(delta(json!({"tool_calls": [call]}), None));
            let rest = json!({"index": 0, "function": {"arguments": arguments}});
            chunks.push(delta(json!({"tool_calls": [rest]}), None));
            "tool_calls"
        }
        Says::Refuses => {
            chunks.push(delta(json!({"refusal": "I cannot help with that."}), None));
            "stop"
        }
    };
    chunks.push(delta(json!({}), Some(finish)));
    chunks.push(chunk(json!({"choices": [], "usage":
        {"prompt_tokens": 30, "completion_tokens": 5, "total_tokens": 35}})));
    chunks
}

fn anthropic(model: &str, says: Says) -> Vec<Value> {
    let start =
        |block: Value| json!({"type": "content_block_start", "index": 0, "content_block": block});
    let delta = |delta: Value| json!({"type": "content_block_delta", "index": 0, "delta": delta});
    let mut documents = vec![json!({"type": "message_start", "message": {"id": "msg_1",
        "type": "message", "role": "assistant", "model": model, "content": [],
        "stop_reason": null, "usage": {"input_tokens": 30, "output_tokens": 1}}})];
    let stop = match says {
        Says::Text(text) => {
            documents.push(start(json!({"type": "text", "text": ""})));
            let pieces = text.split_inclusive(' ');
            let text = |piece| delta(json!({"type": "text_delta", "text": piece}));
            documents.extend(pieces.map(text));
            "end_turn"
        }
        Says::Call(name, arguments) => {
            let block = json!({"type": "tool_use", "id": "toolu_1", "name": name, "input": {}});
            documents.push(start(block));
            let json = json!({"type": "input_json_delta", "partial_json": arguments});
            documents.push(delta(json));
            "tool_use"
        }
        Says::Refuses => {
            documents.push(start(json!({"type": "text", "text": ""})));
            "refusal"
        }
    };
    documents.push(json!({"type": "content_block_stop", "index": 0}));
    documents.push(json!({"type": "message_delta",
        "delta": {"stop_reason": stop, "stop_sequence": null}, "usage": {"output_tokens": 5}}));
    documents.push(json!({"type": "message_stop"}));
    documents
}

fn gemini(model: &str, says: Says) -> Vec<Value> {
    let chunk = |parts: Value, finish: Option<&str>| {
        let mut candidate = json!({"content": {"role": "model", "parts": parts}, "index": 0});
        if let Some(finish) = finish {
            candidate["finishReason"] = finish.into();
        }
        json!({"responseId": "r1", "modelVersion": model, "candidates": [candidate],
            "usageMetadata": {"promptTokenCount": 30, "candidatesTokenCount": 5}})
    };
    match says {
        Says::Text(text) => {
            let pieces = text.split_inclusive(' ');
            let mut chunks: Vec<Value> =
                pieces.map(|piece| chunk(json!([{"text": piece}]), None)).collect();
            chunks.push(chunk(json!([{"text": ""}]), Some("STOP")));
            chunks
        }
        Says::Call(name, arguments) => {
            let args: Value = serde_json::from_str(arguments).unwrap_or_else(|_| json!({}));
            vec![chunk(json!([{"functionCall": {"name": name, "args": args}}]), Some("STOP"))]
        }
        Says::Refuses => vec![chunk(json!([]), Some("SAFETY"))],
    }
}

/// An error's body, in the vendor's words: of the wrong key, the impossible request, the limit, the
/// overload.
pub(super) fn error(kind: ProviderKind, status: u16) -> Value {
    let (openai, anthropic, gemini) = match status {
        400 => ("invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"),
        401 => ("invalid_request_error", "authentication_error", "UNAUTHENTICATED"),
        429 => ("tokens", "rate_limit_error", "RESOURCE_EXHAUSTED"),
        _ => ("server_error", "overloaded_error", "UNAVAILABLE"),
    };
    let message = match status {
        400 => "this field is not known",
        401 => "the key is not valid",
        429 => "Rate limit reached for model on tokens per min",
        _ => "the model is overloaded, please try again later",
    };
    match kind {
        ProviderKind::Anthropic => {
            json!({"type": "error", "error": {"type": anthropic, "message": message}})
        }
        ProviderKind::Gemini => {
            json!({"error": {"code": status, "message": message, "status": gemini}})
        }
        _ => {
            let code = match status {
                401 => json!("invalid_api_key"),
                429 => json!("rate_limit_exceeded"),
                _ => Value::Null,
            };
            json!({"error": {"message": message, "type": openai, "param": null, "code": code}})
        }
    }
}

/// The headers in which a vendor tells its limits; Gemini tells none.
pub(super) fn limits(kind: ProviderKind) -> &'static [(&'static str, &'static str)] {
    match kind {
        ProviderKind::Anthropic => &[
            ("anthropic-ratelimit-requests-limit", "50"),
            ("anthropic-ratelimit-requests-remaining", "0"),
            ("anthropic-organization-id", "org-1"),
        ],
        ProviderKind::Gemini => &[],
        _ => &[
            ("x-ratelimit-limit-requests", "50"),
            ("x-ratelimit-remaining-requests", "0"),
            ("openai-organization", "org-1"),
        ],
    }
}
