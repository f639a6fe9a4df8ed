//! One rich request and one answer for the tests of all dialects, and how to read a stream in them.

use changeover_domain::{Provider, ProviderId, ProviderKind};
use serde_json::{Value, json};

use crate::canonical::{
    ChatRequest, ImageSource, Message, Part, ResponseFormat, Role, Tool, ToolChoice,
};
use crate::dialect::{EventDecoder, Step};

pub(crate) fn provider(kind: ProviderKind, base_url: &str) -> Provider {
    Provider {
        id: ProviderId::try_new("vendor").unwrap(),
        name: "Vendor".into(),
        kind,
        base_url: base_url.into(),
    }
}

pub(crate) fn schema() -> Value {
    json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]})
}

pub(crate) fn ask(text: &str) -> ChatRequest {
    ChatRequest {
        messages: vec![Message { role: Role::User, parts: vec![Part::Text(text.into())] }],
        ..ChatRequest::default()
    }
}

/// Everything a request can hold: two system texts apart, an image of each kind, a round of two
/// tool calls with their results, a schema.
pub(crate) fn rich() -> ChatRequest {
    let call = |id: &str, city: &str| Part::ToolCall {
        id: id.into(),
        name: "weather".into(),
        arguments: json!({"city": city}).to_string(),
        signature: None,
    };
    let result = |id: &str, text: &str| Message {
        role: Role::Tool,
        parts: vec![Part::ToolResult {
            call_id: id.into(),
            parts: vec![Part::Text(text.into())],
            is_error: false,
        }],
    };
    let system = |text: &str| Message { role: Role::System, parts: vec![Part::Text(text.into())] };
    ChatRequest {
        messages: vec![
            system("Be short."),
            Message {
                role: Role::User,
                parts: vec![
                    Part::Text("Where is this?".into()),
                    Part::Image(
                        ImageSource::Inline {
                            media_type: "image/png".into(),
                            base64: "aGk=".into(),
                        }
                        .into(),
                    ),
                    Part::Image(
                        ImageSource::Url("https://pictures.example/b.webp?size=2".into()).into(),
                    ),
                ],
            },
            Message { role: Role::Assistant, parts: vec![call("c1", "Rome"), call("c2", "Oslo")] },
            result("c1", "sunny"),
            result("c2", "rain"),
            system("Be kind."),
        ],
        tools: vec![Tool {
            name: "weather".into(),
            description: Some("The weather of a city".into()),
            parameters: schema(),
            ..Tool::default()
        }],
        tool_choice: ToolChoice::Named("weather".into()),
        response_format: ResponseFormat::JsonSchema {
            name: "place".into(),
            schema: schema(),
            strict: true,
        },
        max_tokens: Some(200),
        temperature: Some(1.5),
        top_p: Some(0.9),
        stop: vec!["END".into()],
        ..ChatRequest::default()
    }
}

/// All steps of a stream's documents.
pub(crate) fn decode(mut decoder: Box<dyn EventDecoder>, documents: &[Value]) -> Vec<Step> {
    let steps = documents.iter().map(|document| decoder.decode(&document.to_string()));
    steps.flat_map(|steps| steps.expect("an event of an answer")).collect()
}

/// What is written for a wire, as a document.
pub(crate) fn document(body: &impl serde::Serialize) -> Value {
    serde_json::from_slice(&crate::dialect::written(body)).unwrap()
}
