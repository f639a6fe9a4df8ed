//! Whatever is said: what one side of a dialect writes, the other side reads as the same.

use changeover_domain::{ProviderKind, TokenUsage};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{parse, read, sent};
use crate::canonical::{
    ChatRequest, ChatResponse, Effort, FinishReason, Image, ImageSource, Message, Part, Reasoning,
    ResponseFormat, Role, Thinking, Tool, ToolChoice,
};
use crate::front::{Door, FrontRequest};
use crate::losses::FeatureSet;

fn text() -> impl Strategy<Value = String> {
    "\\PC{1,12}"
}

fn arguments() -> impl Strategy<Value = String> {
    text().prop_map(|city| json!({"city": city}).to_string())
}

fn image() -> impl Strategy<Value = Part> {
    prop_oneof![
        Just(ImageSource::Inline { media_type: "image/png".into(), base64: "aGk=".into() }),
        "[a-z]{1,8}".prop_map(|name| ImageSource::Url(format!("https://p.example/{name}.png"))),
    ]
    .prop_map(|source| Part::Image(Image { source, detail: None }))
}

fn call() -> impl Strategy<Value = Part> {
    ("[a-z]{1,8}", "[a-z_]{1,8}", arguments()).prop_map(|(id, name, arguments)| Part::ToolCall {
        id,
        name,
        arguments,
        signature: None,
    })
}

/// A conversation that both dialects can hold: the system first, no two turns of one role together.
fn messages() -> impl Strategy<Value = Vec<Message>> {
    let said = || text().prop_map(Part::Text);
    let user = prop::collection::vec(prop_oneof![said(), image()], 1..4);
    let round = (prop::option::of(said()), prop::collection::vec(call(), 1..3), text());
    let turn = (user, prop::option::of(round));
    (prop::option::of(text()), prop::collection::vec(turn, 1..3)).prop_map(|(system, turns)| {
        let message = |role, parts| Message { role, parts };
        let mut messages: Vec<Message> =
            system.map(|text| message(Role::System, vec![Part::Text(text)])).into_iter().collect();
        for (asked, round) in turns {
            if messages.last().is_some_and(|last| last.role == Role::User) {
                messages.push(message(Role::Assistant, vec![Part::Text("ok".into())]));
            }
            messages.push(message(Role::User, asked));
            let Some((said, calls, result)) = round else {
                continue;
            };
            let results = calls.iter().filter_map(|call| match call {
                Part::ToolCall { id, .. } => Some(Part::ToolResult {
                    call_id: id.clone(),
                    parts: vec![Part::Text(result.clone())],
                    is_error: false,
                }),
                _ => None,
            });
            let results: Vec<Message> =
                results.map(|result| message(Role::Tool, vec![result])).collect();
            messages.push(message(Role::Assistant, said.into_iter().chain(calls).collect()));
            messages.extend(results);
            messages.push(message(Role::Assistant, vec![Part::Text("done".into())]));
        }
        messages
    })
}

fn schema() -> Value {
    json!({"type": "object", "properties": {"city": {"type": "string"}},
        "required": ["city"], "additionalProperties": false})
}

fn tools() -> impl Strategy<Value = Vec<Tool>> {
    let strict = prop_oneof![Just(None), Just(Some(true))];
    let tool = ("[a-z_]{1,8}", prop::option::of(text()), strict).prop_map(
        |(name, description, strict)| Tool {
            name,
            description,
            parameters: schema(),
            strict,
            cache: None,
        },
    );
    prop::collection::vec(tool, 1..3)
}

prop_compose! {
    /// What both dialects can ask for.
    fn shared()(
        messages in messages(), tools in prop_oneof![Just(Vec::new()).boxed(), tools().boxed()],
        choice in 0_u8..4, parallel in prop::option::of(any::<bool>()), max_tokens in 1_u32..100_000,
        temperature in prop::option::of(0.0_f64..1.0), stop in prop::collection::vec("[a-z]{1,4}", 0..3),
        user in prop::option::of("[a-z]{1,8}"),
    ) -> ChatRequest {
        let named = tools.first().map(|tool| ToolChoice::Named(tool.name.clone()));
        let tool_choice = match (choice, named) {
            (1, Some(_)) => ToolChoice::None,
            (2, Some(_)) => ToolChoice::Required,
            (3, Some(named)) => named,
            _ => ToolChoice::Auto,
        };
        let parallel_tool_calls = parallel.filter(|_| !tools.is_empty() && tool_choice != ToolChoice::None);
        ChatRequest { messages, tools, tool_choice, parallel_tool_calls,
            max_tokens: Some(max_tokens), temperature, stop, user, ..ChatRequest::default() }
    }
}

fn front(door: Door, request: ChatRequest) -> FrontRequest {
    let include_usage = door == Door::Anthropic;
    let dropped = FeatureSet::NONE;
    FrontRequest { door, model: "m".into(), stream: false, include_usage, request, dropped }
}

/// Results of one round stand together in the Anthropic dialect.
fn gathered(request: &mut ChatRequest) {
    let mut messages: Vec<Message> = Vec::new();
    for message in request.messages.drain(..) {
        match messages.last_mut() {
            Some(last) if last.role == Role::Tool && message.role == Role::Tool => {
                last.parts.extend(message.parts);
            }
            Some(last) if last.role == Role::Assistant && message.role == Role::Assistant => {
                last.parts.extend(message.parts);
            }
            _ => messages.push(message),
        }
    }
    request.messages = messages;
}

fn answer() -> impl Strategy<Value = ChatResponse> {
    let usage =
        prop::array::uniform5(0_u64..1_000).prop_map(|[fresh, cached, written, said, thought]| {
            TokenUsage {
                input_tokens: fresh + cached + written,
                cached_input_tokens: cached,
                cache_write_tokens: written,
                // One dialect has no word for it.
                cache_write_1h_tokens: 0,
                output_tokens: said + thought,
                reasoning_tokens: thought,
            }
        });
    let thought = prop::option::of(text());
    (thought, prop::option::of(text()), prop::collection::vec(call(), 0..3), usage).prop_map(
        |(thought, said, calls, usage)| {
            let finish =
                if calls.is_empty() { FinishReason::Stop } else { FinishReason::ToolCalls };
            let thought = thought.map(|text| Part::Thinking { text, signature: None });
            let parts = thought.into_iter().chain(said.map(Part::Text)).chain(calls).collect();
            let (id, model) = ("msg_1".into(), "m".into());
            let usage = Some(usage);
            ChatResponse { id, model, parts, finish, usage, ..ChatResponse::default() }
        },
    )
}

proptest! {
    #[test]
    fn an_openai_request_is_read_as_it_was_meant(
        mut request in shared(), seed in prop::option::of(any::<i64>()),
        top_p in prop::option::of(0.0_f64..1.0), effort in prop::option::of(0_usize..7),
        schema_asked in any::<bool>(),
    ) {
        request.seed = seed;
        request.top_p = top_p;
        if schema_asked {
            request.response_format =
                ResponseFormat::JsonSchema { name: "n".into(), schema: schema(), strict: true };
        }
        if let Some(effort) = effort.map(|place| Effort::ALL[place]) {
            let off = effort == Effort::None;
            let thinking = Some(if off { Thinking::Off } else { Thinking::Adaptive });
            request.reasoning = Reasoning { thinking, effort: Some(effort), shown: None };
        }
        let written = front(Door::OpenAi, request);
        let wire = sent(ProviderKind::Openai, "m", &written);
        prop_assert_eq!(parse(Door::OpenAi, &wire), written);
    }

    #[test]
    fn an_anthropic_request_is_read_as_it_was_meant(
        mut request in shared(), top_k in prop::option::of(1_u32..100), budget in prop::option::of(1_024_u32..9_000),
        schema_asked in any::<bool>(),
    ) {
        gathered(&mut request);
        request.top_k = top_k;
        if schema_asked {
            request.response_format =
                ResponseFormat::JsonSchema { name: "answer".into(), schema: schema(), strict: true };
        }
        let rounds = request.messages.iter().any(|message| message.role == Role::Tool);
        if let Some(budget) = budget.filter(|_| !request.tool_choice.is_forced() && !rounds) {
            // Beside thinking nothing may be chosen about the words.
            request.temperature = None;
            request.top_k = None;
            request.reasoning.thinking = Some(Thinking::Budget(budget));
        }
        let written = front(Door::Anthropic, request);
        let wire = sent(ProviderKind::Anthropic, "m", &written);
        prop_assert_eq!(parse(Door::Anthropic, &wire), written);
    }

    #[test]
    fn an_answer_is_read_as_it_was_meant_in_both_dialects(answer in answer()) {
        for (door, kind) in [
            (Door::OpenAi, ProviderKind::OpenaiCompatible), (Door::Anthropic, ProviderKind::Anthropic),
        ] {
            let told = super::told(&front(door, ChatRequest::default()), &answer);
            prop_assert_eq!(read(kind, &told), answer.clone());
        }
    }

    #[test]
    fn no_document_makes_a_reader_panic(document in "[\\[\\]{}\",:a-z0-9 ]{0,60}") {
        for (kind, _) in super::TARGETS {
            let dialect = crate::dialect::of_kind(kind).unwrap();
            let _read = dialect.read_answer(document.as_bytes());
            let _steps = dialect.decoder().decode(&document);
        }
    }
}
