//! What every vendor says that it counted, whole and streamed, and what each caller is told of it.
//!
//! Money is reckoned from these counts, so each way of counting has its line: what is a part of what,
//! what stands beside it, and what is said late or not at all.

use changeover_domain::{ProviderKind, TokenUsage};
use serde_json::{Value, json};

use super::{parse, read, read_stream, requests, told, told_stream};
use crate::canonical::StreamEvent;
use crate::front::Door;

/// One vendor's words and what they mean.
struct Case {
    what: &'static str,
    kind: ProviderKind,
    usage: Value,
    /// `None`: the vendor did not say what it used.
    counted: Option<TokenUsage>,
}

/// Input, of which cached, of which written for the usual time and for an hour; output, of which
/// thought.
fn counted(input: [u64; 4], output: [u64; 2]) -> TokenUsage {
    let [input_tokens, cached_input_tokens, cache_write_tokens, cache_write_1h_tokens] = input;
    let [output_tokens, reasoning_tokens] = output;
    TokenUsage {
        input_tokens,
        cached_input_tokens,
        cache_write_tokens,
        cache_write_1h_tokens,
        output_tokens,
        reasoning_tokens,
    }
}

fn anthropic_cases() -> Vec<Case> {
    let case = |what, usage, counted| Case {
        what,
        kind: ProviderKind::Anthropic,
        usage,
        counted: Some(counted),
    };
    vec![
        case(
            "input apart from what the cache gave and took",
            json!({"input_tokens": 3, "cache_read_input_tokens": 1_500,
                "cache_creation_input_tokens": 700, "output_tokens": 40}),
            counted([2_203, 1_500, 700, 0], [40, 0]),
        ),
        case(
            "writing by lifetime",
            json!({"input_tokens": 3, "cache_read_input_tokens": 0,
                "cache_creation_input_tokens": 900,
                "cache_creation": {"ephemeral_5m_input_tokens": 200,
                    "ephemeral_1h_input_tokens": 700},
                "output_tokens": 40, "output_tokens_details": {"thinking_tokens": 11}}),
            counted([903, 0, 200, 700], [40, 11]),
        ),
        case(
            "lifetimes without their sum",
            json!({"input_tokens": 5, "cache_creation": {"ephemeral_5m_input_tokens": 20,
                "ephemeral_1h_input_tokens": 30}, "output_tokens": 6}),
            counted([55, 0, 20, 30], [6, 0]),
        ),
        case(
            "nothing cached, as older versions say it",
            json!({"input_tokens": 5, "cache_creation_input_tokens": null, "output_tokens": 6}),
            counted([5, 0, 0, 0], [6, 0]),
        ),
    ]
}

#[expect(clippy::too_many_lines, reason = "a table, to be read as one")]
fn openai_cases() -> Vec<Case> {
    let case = |what, kind, usage, counted| Case { what, kind, usage, counted: Some(counted) };
    let compatible = ProviderKind::OpenaiCompatible;
    vec![
        case(
            "cached and thought as parts",
            ProviderKind::Openai,
            json!({"prompt_tokens": 2_006, "completion_tokens": 300, "total_tokens": 2_306,
                "prompt_tokens_details": {"cached_tokens": 1_920, "audio_tokens": 0},
                "completion_tokens_details": {"reasoning_tokens": 192, "audio_tokens": 0,
                    "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}}),
            counted([2_006, 1_920, 0, 0], [300, 192]),
        ),
        case(
            "writing that is billed",
            ProviderKind::AzureOpenai,
            json!({"prompt_tokens": 2_006, "completion_tokens": 300, "total_tokens": 2_306,
                "prompt_tokens_details": {"cached_tokens": 500, "cache_write_tokens": 1_400}}),
            counted([2_006, 500, 1_400, 0], [300, 0]),
        ),
        case(
            "DeepSeek: hits and misses",
            compatible,
            json!({"prompt_tokens": 1_000, "completion_tokens": 80, "total_tokens": 1_080,
                "prompt_cache_hit_tokens": 640, "prompt_cache_miss_tokens": 360,
                "completion_tokens_details": {"reasoning_tokens": 55}}),
            counted([1_000, 640, 0, 0], [80, 55]),
        ),
        case(
            "Moonshot: hits without details",
            compatible,
            json!({"prompt_tokens": 100, "completion_tokens": 8, "total_tokens": 108,
                "cached_tokens": 64}),
            counted([100, 64, 0, 0], [8, 0]),
        ),
        case(
            "xAI: thoughts beside the completion",
            compatible,
            json!({"prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 241,
                "prompt_tokens_details": {"cached_tokens": 6},
                "completion_tokens_details": {"reasoning_tokens": 200}}),
            counted([32, 6, 0, 0], [209, 200]),
        ),
        case(
            "Gemini in these words: thoughts in the total alone",
            compatible,
            json!({"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 125}),
            counted([20, 0, 0, 0], [105, 100]),
        ),
        case(
            "a gateway before Anthropic's models",
            compatible,
            json!({"prompt_tokens": 2_203, "completion_tokens": 40, "total_tokens": 2_243,
                "prompt_tokens_details": {"cached_tokens": 1_500},
                "cache_creation_input_tokens": 700, "cache_read_input_tokens": 1_500}),
            counted([2_203, 1_500, 700, 0], [40, 0]),
        ),
        case(
            "a server of one's own: two counts",
            compatible,
            json!({"prompt_tokens": 7, "completion_tokens": 3}),
            counted([7, 0, 0, 0], [3, 0]),
        ),
        case(
            "a total that is smaller than its parts is not believed",
            compatible,
            json!({"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 2}),
            counted([7, 0, 0, 0], [3, 0]),
        ),
        Case {
            what: "half a count is none",
            kind: compatible,
            usage: json!({"prompt_tokens": 7, "total_tokens": 7}),
            counted: None,
        },
        Case {
            what: "counts that are no counts",
            kind: compatible,
            usage: json!({"prompt_tokens": -7, "completion_tokens": "3"}),
            counted: None,
        },
    ]
}

fn gemini_cases() -> Vec<Case> {
    let case = |what, usage, counted| Case {
        what,
        kind: ProviderKind::Gemini,
        usage,
        counted: Some(counted),
    };
    vec![
        case(
            "cached as a part, thoughts beside the answer",
            json!({"promptTokenCount": 50, "cachedContentTokenCount": 30,
                "candidatesTokenCount": 31, "thoughtsTokenCount": 9, "totalTokenCount": 90}),
            counted([50, 30, 0, 0], [40, 9]),
        ),
        case(
            "what tools put into the prompt",
            json!({"promptTokenCount": 50, "toolUsePromptTokenCount": 200,
                "candidatesTokenCount": 31, "totalTokenCount": 281}),
            counted([250, 0, 0, 0], [31, 0]),
        ),
        case(
            "an answer that was all thought",
            json!({"promptTokenCount": 5, "thoughtsTokenCount": 64, "totalTokenCount": 69}),
            counted([5, 0, 0, 0], [64, 64]),
        ),
    ]
}

fn cases() -> impl Iterator<Item = Case> {
    anthropic_cases().into_iter().chain(openai_cases()).chain(gemini_cases())
}

fn whole(case: &Case) -> Value {
    let usage = &case.usage;
    match case.kind {
        ProviderKind::Anthropic => json!({"id": "m", "type": "message", "role": "assistant",
            "model": "m", "content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn",
            "stop_sequence": null, "usage": usage}),
        ProviderKind::Gemini => json!({"responseId": "r", "modelVersion": "m", "candidates": [
            {"content": {"role": "model", "parts": [{"text": "hi"}]}, "finishReason": "STOP"}],
            "usageMetadata": usage}),
        _ => json!({"id": "c", "model": "m", "choices": [{"index": 0, "finish_reason": "stop",
            "message": {"role": "assistant", "content": "hi"}}], "usage": usage}),
    }
}

/// Anthropic tells the input at the start, and at the end its sums once more, without lifetimes.
fn streamed(case: &Case) -> Vec<Value> {
    let usage = &case.usage;
    match case.kind {
        ProviderKind::Anthropic => {
            let mut first = usage.clone();
            first["output_tokens"] = json!(1);
            let mut last = usage.clone();
            last.as_object_mut().unwrap().remove("cache_creation");
            vec![
                json!({"type": "message_start", "message": {"id": "m", "type": "message",
                    "role": "assistant", "model": "m", "content": [], "usage": first}}),
                json!({"type": "content_block_start", "index": 0,
                    "content_block": {"type": "text", "text": ""}}),
                json!({"type": "content_block_delta", "index": 0,
                    "delta": {"type": "text_delta", "text": "hi"}}),
                json!({"type": "content_block_stop", "index": 0}),
                json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"},
                    "usage": last}),
                json!({"type": "message_stop"}),
            ]
        }
        ProviderKind::Gemini => vec![whole(case)],
        _ => vec![
            json!({"id": "c", "model": "m", "choices": [
                {"index": 0, "delta": {"role": "assistant", "content": "hi"}}]}),
            json!({"id": "c", "model": "m", "choices": [
                {"index": 0, "delta": {}, "finish_reason": "stop"}]}),
            json!({"id": "c", "model": "m", "choices": [], "usage": usage}),
        ],
    }
}

#[test]
fn every_kind_of_token_is_read_as_its_vendor_counts_it() {
    for case in cases() {
        let read = read(case.kind, &whole(&case));
        assert_eq!(read.usage, case.counted, "{}: {}", case.kind.as_str(), case.what);
    }
}

#[test]
fn a_stream_ends_with_the_same_counts_as_the_whole_answer() {
    for case in cases() {
        let events = read_stream(case.kind, &streamed(&case));
        let last = events.iter().rev().find_map(|event| match event {
            StreamEvent::Usage(usage) => Some(*usage),
            _ => None,
        });
        assert_eq!(last, case.counted, "{}: {}", case.kind.as_str(), case.what);
    }
}

/// What a document says, read by the dialect of its door.
fn as_read(door: Door, usage: &Value) -> Option<TokenUsage> {
    let kind = match door {
        Door::OpenAi => ProviderKind::Openai,
        Door::Anthropic => ProviderKind::Anthropic,
    };
    read(kind, &whole(&Case { what: "", kind, usage: usage.clone(), counted: None })).usage
}

/// One dialect has one word for all writing.
fn as_told(door: Door, counted: TokenUsage) -> TokenUsage {
    match door {
        Door::Anthropic => counted,
        Door::OpenAi => TokenUsage {
            cache_write_tokens: counted.cache_write_tokens + counted.cache_write_1h_tokens,
            cache_write_1h_tokens: 0,
            ..counted
        },
    }
}

#[test]
fn both_callers_are_told_every_kind_whole_and_streamed() {
    for door in Door::ALL {
        let request = match door {
            Door::OpenAi => requests::openai().remove(0).1,
            Door::Anthropic => requests::anthropic().remove(0).1,
        };
        let mut front = parse(door, &request);
        (front.stream, front.include_usage) = (true, true);
        for case in cases() {
            let Some(counted) = case.counted else { continue };
            let expected = Some(as_told(door, counted));
            let whole = told(&front, &read(case.kind, &whole(&case)));
            let what = format!("{} at {}", case.what, door.as_str());
            assert_eq!(as_read(door, &whole["usage"]), expected, "{what}");
            let streamed = told_stream(&front, &read_stream(case.kind, &streamed(&case)));
            let last = streamed.iter().rev().find(|event| event["usage"].is_object()).unwrap();
            assert_eq!(as_read(door, &last["usage"]), expected, "{what}, streamed");
        }
    }
}
