//! For each dialect and feature a request that asks for it, and one that differs only in that.

use serde_json::{Value, json};

use crate::front::Door;
use crate::losses::Feature;

/// A request with and without a feature, where the dialect can ask for it.
pub(super) fn example(door: Door, feature: Feature) -> Option<(Value, Value)> {
    match door {
        Door::OpenAi => openai(feature),
        Door::Anthropic => anthropic(feature),
    }
}

fn openai_base() -> Value {
    json!({"model": "m", "max_completion_tokens": 8_000,
        "messages": [{"role": "user", "content": "hi"}]})
}

fn anthropic_base() -> Value {
    json!({"model": "m", "max_tokens": 8_000, "messages": [{"role": "user", "content": "hi"}]})
}

/// `base` with and without a field of its own.
fn field(base: Value, name: &str, value: Value) -> (Value, Value) {
    let mut with = base.clone();
    with[name] = value;
    (with, base)
}

/// `base` with two values of one field.
fn either(base: &Value, name: &str, with: Value, without: Value) -> (Value, Value) {
    (field(base.clone(), name, with).0, field(base.clone(), name, without).0)
}

fn openai(feature: Feature) -> Option<(Value, Value)> {
    let set = |name: &str, value: Value| Some(field(openai_base(), name, value));
    let tool = |strict: Value| {
        let mut function =
            json!({"name": "f", "parameters": {"type": "object", "additionalProperties": false}});
        if !strict.is_null() {
            function["strict"] = strict;
        }
        json!([{"type": "function", "function": function}])
    };
    match feature {
        Feature::Temperature => set("temperature", json!(0.5)),
        Feature::TopP => set("top_p", json!(0.5)),
        Feature::TopK => set("top_k", json!(5)),
        Feature::Seed => set("seed", json!(5)),
        Feature::PresencePenalty => set("presence_penalty", json!(0.5)),
        Feature::FrequencyPenalty => set("frequency_penalty", json!(0.5)),
        Feature::LogitBias => set("logit_bias", json!({"50256": -100})),
        Feature::StrictTools => {
            Some(either(&openai_base(), "tools", tool(json!(true)), tool(Value::Null)))
        }
        Feature::ParallelToolCalls => {
            let mut base = openai_base();
            base["tools"] = tool(Value::Null);
            Some(field(base, "parallel_tool_calls", json!(false)))
        }
        Feature::StrictSchema => {
            let schema = json!({"type": "object", "additionalProperties": false});
            let format = |strict: bool| {
                json!({"type": "json_schema",
                    "json_schema": {"name": "n", "schema": schema, "strict": strict}})
            };
            Some(either(&openai_base(), "response_format", format(true), format(false)))
        }
        Feature::JsonObject => set("response_format", json!({"type": "json_object"})),
        Feature::Reasoning => set("reasoning_effort", json!("low")),
        Feature::PromptCacheKey => set("prompt_cache_key", json!("k")),
        Feature::User => set("user", json!("u")),
        Feature::Metadata => set("metadata", json!({"a": "b"})),
        Feature::Store => set("store", json!(true)),
        Feature::ServiceTier => set("service_tier", json!("flex")),
        Feature::Verbosity => set("verbosity", json!("low")),
        Feature::Prediction => set("prediction", json!({"type": "content", "content": "x"})),
        Feature::ThinkingSignature => {
            let mut base = openai_base();
            base["tools"] = tool(Value::Null);
            Some(field(base, "reasoning_effort", json!("low")))
        }
        Feature::UnknownField => set("min_p", json!(0.1)),
        _ => openai_talk(feature),
    }
}

/// What is asked for by how a conversation is written.
fn openai_talk(feature: Feature) -> Option<(Value, Value)> {
    let talk =
        |with: Value, without: Value| Some(either(&openai_base(), "messages", with, without));
    let user = || json!({"role": "user", "content": "hi"});
    match feature {
        Feature::ThinkingHistory => talk(
            json!([user(), {"role": "assistant", "content": "x", "reasoning_content": "hm"}, user()]),
            json!([user(), {"role": "assistant", "content": "x"}, user()]),
        ),
        Feature::ToolCallSignature => talk(called("c__sig__QUJD"), called("c")),
        Feature::SystemPlacement => {
            let system = || json!({"role": "system", "content": "Be kind."});
            talk(json!([user(), system(), user()]), json!([system(), user(), user()]))
        }
        Feature::ImageDetail => talk(pictured(json!({"detail": "low"})), pictured(json!({}))),
        Feature::ParticipantName => {
            talk(json!([{"role": "user", "content": "hi", "name": "ada"}]), json!([user()]))
        }
        Feature::CacheControl => {
            let marked = json!([{"role": "user", "content": [{"type": "text", "text": "hi",
                "cache_control": {"type": "ephemeral"}}]}]);
            talk(marked, json!([{"role": "user", "content": [{"type": "text", "text": "hi"}]}]))
        }
        _ => None,
    }
}

fn called(id: &str) -> Value {
    json!([{"role": "user", "content": "hi"},
        {"role": "assistant", "tool_calls": [
            {"id": id, "type": "function", "function": {"name": "f", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": id, "content": "x"}])
}

fn pictured(mut image: Value) -> Value {
    image["url"] = json!("https://p.example/a.png");
    json!([{"role": "user", "content": [{"type": "image_url", "image_url": image}]}])
}

fn anthropic(feature: Feature) -> Option<(Value, Value)> {
    let set = |name: &str, value: Value| Some(field(anthropic_base(), name, value));
    let tool = |option: Value| {
        let mut tool =
            json!({"name": "f", "input_schema": {"type": "object", "additionalProperties": false}});
        for (name, value) in option.as_object().into_iter().flatten() {
            tool[name] = value.clone();
        }
        json!([tool])
    };
    let with_option =
        |option: Value| Some(either(&anthropic_base(), "tools", tool(option), tool(Value::Null)));
    match feature {
        Feature::Temperature => set("temperature", json!(0.5)),
        Feature::TopP => set("top_p", json!(0.5)),
        Feature::TopK => set("top_k", json!(5)),
        Feature::ParallelToolCalls => {
            let mut base = anthropic_base();
            base["tools"] = tool(Value::Null);
            let choice = json!({"type": "auto", "disable_parallel_tool_use": true});
            Some(field(base, "tool_choice", choice))
        }
        Feature::StrictTools => with_option(json!({"strict": true})),
        Feature::ToolOptions => with_option(json!({"input_examples": [{}]})),
        Feature::Reasoning | Feature::ThinkingText | Feature::ThinkingSignature => {
            set("thinking", json!({"type": "enabled", "budget_tokens": 2_048}))
        }
        Feature::User => set("metadata", json!({"user_id": "u"})),
        Feature::ServiceTier => set("service_tier", json!("auto")),
        Feature::InferenceGeo => set("inference_geo", json!("eu")),
        Feature::StopSequence => set("stop_sequences", json!(["END"])),
        Feature::UnknownField => set("context_management", json!({"edits": []})),
        _ => anthropic_talk(feature),
    }
}

/// What is asked for by how a conversation is written.
fn anthropic_talk(feature: Feature) -> Option<(Value, Value)> {
    let talk =
        |with: Value, without: Value| Some(either(&anthropic_base(), "messages", with, without));
    let user = || json!({"role": "user", "content": "hi"});
    let block = |block: Value| json!([{"role": "user", "content": [block]}]);
    match feature {
        Feature::ToolResultError => talk(used("t", &json!(true)), used("t", &json!(false))),
        Feature::ToolCallSignature => {
            talk(used("t__sig__QUJD", &json!(false)), used("t", &json!(false)))
        }
        Feature::ThinkingHistory => {
            let thought = json!({"type": "thinking", "thinking": "hm", "signature": "s"});
            let said = json!({"type": "text", "text": "x"});
            let turn =
                |blocks: Value| json!([user(), {"role": "assistant", "content": blocks}, user()]);
            talk(turn(json!([thought, said])), turn(json!([said])))
        }
        Feature::AssistantPrefill => {
            talk(json!([user(), {"role": "assistant", "content": "{"}]), json!([user()]))
        }
        Feature::SystemPlacement => {
            let system = || json!({"role": "system", "content": "Be kind."});
            talk(json!([user(), system(), user()]), json!([system(), user(), user()]))
        }
        Feature::Citations => talk(
            block(json!({"type": "text", "text": "hi", "citations": []})),
            block(json!({"type": "text", "text": "hi"})),
        ),
        Feature::CacheControl => talk(
            block(json!({"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}})),
            block(json!({"type": "text", "text": "hi"})),
        ),
        _ => None,
    }
}

fn used(id: &str, is_error: &Value) -> Value {
    json!([{"role": "user", "content": "hi"},
        {"role": "assistant", "content": [
            {"type": "tool_use", "id": id, "name": "f", "input": {}}]},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": id, "content": "x", "is_error": is_error}]}])
}
