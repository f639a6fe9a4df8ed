//! Answers as the vendors write them: a thought, a text, two calls of a tool, and the counts.

use changeover_domain::ProviderKind;
use serde_json::{Value, json};

/// A vendor's whole answer and its streamed one.
pub(super) fn answers(kind: ProviderKind) -> (Value, Vec<Value>) {
    match kind {
        ProviderKind::Anthropic => (anthropic_whole(), anthropic_stream()),
        ProviderKind::Openai | ProviderKind::AzureOpenai => (openai_whole(), openai_stream()),
        ProviderKind::OpenaiCompatible => (compatible_whole(), compatible_stream()),
        ProviderKind::Gemini => (gemini_whole(), gemini_stream()),
        ProviderKind::Bedrock => unreachable!("no dialect is spoken to it"),
    }
}

pub(super) fn anthropic_whole() -> Value {
    json!({"id": "msg_01", "type": "message", "role": "assistant", "model": "claude",
        "content": [
            {"type": "thinking", "thinking": "Two cities.", "signature": "c2ln"},
            {"type": "redacted_thinking", "data": "c2VhbA=="},
            {"type": "text", "text": "Let me look."},
            {"type": "tool_use", "id": "toolu_a", "name": "weather", "input": {"city": "Rome"}},
            {"type": "tool_use", "id": "toolu_b", "name": "now", "input": {}}],
        "stop_reason": "tool_use", "stop_sequence": null,
        "usage": {"input_tokens": 20, "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 30, "output_tokens": 40,
            "output_tokens_details": {"thinking_tokens": 9}}})
}

pub(super) fn anthropic_stream() -> Vec<Value> {
    let begin = |index: u32, block: Value| json!({"type": "content_block_start", "index": index, "content_block": block});
    let piece = |index: u32, delta: Value| json!({"type": "content_block_delta", "index": index, "delta": delta});
    let end = |index: u32| json!({"type": "content_block_stop", "index": index});
    vec![
        json!({"type": "message_start", "message": {"id": "msg_01", "type": "message",
            "role": "assistant", "model": "claude", "content": [], "stop_reason": null,
            "stop_sequence": null, "usage": {"input_tokens": 20, "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 30, "output_tokens": 1}}}),
        begin(0, json!({"type": "thinking", "thinking": "", "signature": ""})),
        piece(0, json!({"type": "thinking_delta", "thinking": "Two "})),
        piece(0, json!({"type": "thinking_delta", "thinking": "cities."})),
        piece(0, json!({"type": "signature_delta", "signature": "c2ln"})),
        end(0),
        begin(1, json!({"type": "text", "text": ""})),
        piece(1, json!({"type": "text_delta", "text": "Let me look."})),
        end(1),
        begin(2, json!({"type": "tool_use", "id": "toolu_a", "name": "weather", "input": {}})),
        piece(2, json!({"type": "input_json_delta", "partial_json": "{\"city\": "})),
        piece(2, json!({"type": "input_json_delta", "partial_json": "\"Rome\"}"})),
        end(2),
        json!({"type": "message_delta",
            "delta": {"stop_reason": "tool_use", "stop_sequence": null},
            "usage": {"input_tokens": 20, "cache_creation_input_tokens": 0,
                "cache_read_input_tokens": 30, "output_tokens": 40,
                "output_tokens_details": {"thinking_tokens": 9}}}),
        json!({"type": "message_stop"}),
    ]
}

fn openai_usage() -> Value {
    json!({"prompt_tokens": 50, "completion_tokens": 40, "total_tokens": 90,
        "prompt_tokens_details": {"cached_tokens": 30},
        "completion_tokens_details": {"reasoning_tokens": 9}})
}

fn openai_call(id: &str, name: &str, arguments: &str) -> Value {
    json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}})
}

pub(super) fn openai_whole() -> Value {
    json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000,
        "model": "gpt", "choices": [{"index": 0, "logprobs": null, "finish_reason": "tool_calls",
            "message": {"role": "assistant", "content": "Let me look.", "refusal": null,
                "tool_calls": [openai_call("call_a", "weather", "{\"city\":\"Rome\"}"),
                    openai_call("call_b", "now", "{}")]}}],
        "usage": openai_usage()})
}

pub(super) fn openai_stream() -> Vec<Value> {
    let chunk = |choices: Value, usage: Value| {
        json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000,
            "model": "gpt", "choices": choices, "usage": usage})
    };
    let piece = |delta: Value, finish: Value| {
        let choice = json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish});
        chunk(json!([choice]), Value::Null)
    };
    let fragment =
        |text: &str| json!({"tool_calls": [{"index": 0, "function": {"arguments": text}}]});
    vec![
        piece(json!({"role": "assistant", "content": ""}), Value::Null),
        piece(json!({"content": "Let me "}), Value::Null),
        piece(json!({"content": "look."}), Value::Null),
        piece(
            json!({"tool_calls": [{"index": 0, "id": "call_a", "type": "function",
            "function": {"name": "weather", "arguments": ""}}]}),
            Value::Null,
        ),
        piece(fragment("{\"city\":"), Value::Null),
        piece(fragment("\"Rome\"}"), Value::Null),
        piece(json!({}), json!("tool_calls")),
        chunk(json!([]), openai_usage()),
    ]
}

/// A server of one's own: thoughts under a name of its own, arguments as an object, few counts.
fn compatible_whole() -> Value {
    json!({"id": "x1", "model": "llama", "choices": [{"index": 0, "finish_reason": "tool_calls",
        "message": {"role": "assistant", "reasoning_content": "Two cities.",
            "content": "Let me look.", "tool_calls": [{"id": "functions.weather:0",
                "type": "function", "function": {"name": "weather", "arguments": {"city": "Rome"}}}]}}],
        "usage": {"prompt_tokens": 50, "completion_tokens": 40}})
}

fn compatible_stream() -> Vec<Value> {
    let piece = |delta: Value| {
        json!({"id": "x1", "model": "llama",
        "choices": [{"index": 0, "delta": delta}]})
    };
    vec![
        piece(json!({"role": "assistant", "reasoning": "Two cities."})),
        piece(json!({"content": "Let me look."})),
        piece(json!({"tool_calls": [{"id": "functions.weather:0", "type": "function",
            "function": {"name": "weather", "arguments": "{\"city\":\"Rome\"}"}}]})),
        json!({"id": "x1", "model": "llama",
            "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}),
    ]
}

fn gemini_parts() -> Vec<Value> {
    vec![
        json!({"text": "Two cities.", "thought": true}),
        json!({"text": "Let me look."}),
        json!({"functionCall": {"name": "weather", "args": {"city": "Rome"}},
            "thoughtSignature": "QUJD+/=="}),
        json!({"functionCall": {"name": "now"}}),
    ]
}

fn gemini_document(parts: &[Value], reason: Option<&str>) -> Value {
    let mut document = json!({"responseId": "r1", "modelVersion": "gemini",
        "candidates": [{"content": {"role": "model", "parts": parts}, "index": 0}]});
    if let Some(reason) = reason {
        document["candidates"][0]["finishReason"] = json!(reason);
        document["usageMetadata"] = json!({"promptTokenCount": 50, "cachedContentTokenCount": 30,
            "candidatesTokenCount": 31, "thoughtsTokenCount": 9, "totalTokenCount": 90});
    }
    document
}

fn gemini_whole() -> Value {
    gemini_document(&gemini_parts(), Some("STOP"))
}

fn gemini_stream() -> Vec<Value> {
    let mut documents: Vec<Value> = gemini_parts()
        .iter()
        .map(|part| gemini_document(std::slice::from_ref(part), None))
        .collect();
    documents.push(gemini_document(&[], Some("STOP")));
    documents
}
