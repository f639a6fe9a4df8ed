//! Writes a `generateContent` request.

mod content;
mod thinking;

use serde::Serialize;
use serde_json::Value;

use crate::canonical::{ChatRequest, Message, Part, ResponseFormat, Role, Tool, ToolChoice};
use content::{PartOut, Turn, contents};

/// The body of a request, borrowed from the canonical one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body<'a> {
    contents: Vec<Turn<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    system_instruction: Option<System<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<[Tools<'a>; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_config: Option<ToolConfig<'a>>,
    #[serde(skip_serializing_if = "GenerationConfig::is_empty")]
    generation_config: GenerationConfig<'a>,
}

#[derive(Debug, Serialize)]
struct System<'a> {
    parts: Vec<PartOut<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Tools<'a> {
    function_declarations: Vec<Declaration<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Declaration<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    parameters_json_schema: &'a Value,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ToolConfig<'a> {
    function_calling_config: Calling<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Calling<'a> {
    mode: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_function_names: Option<[&'a str; 1]>,
}

#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct GenerationConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_k: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop_sequences: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    response_mime_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_json_schema: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thinking_config: Option<thinking::Config>,
}

impl GenerationConfig<'_> {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The body for `model`.
pub(super) fn body<'a>(model: &str, request: &'a ChatRequest) -> Body<'a> {
    let mut contents = contents(model, &request.messages);
    let mut system = system_parts(&request.messages);
    if contents.is_empty() {
        // Instructions alone are no conversation here: they become the user's turn.
        contents.push(Turn::of_user(std::mem::take(&mut system)));
    }
    let has_tools = !request.tools.is_empty();
    Body {
        contents,
        system_instruction: (!system.is_empty()).then_some(System { parts: system }),
        tools: has_tools.then(|| [tools(&request.tools)]),
        tool_config: tool_config(&request.tool_choice).filter(|_| has_tools),
        generation_config: generation_config(model, request),
    }
}

fn system_parts(messages: &[Message]) -> Vec<PartOut<'_>> {
    let of_system = messages.iter().filter(|message| message.role == Role::System);
    let texts = of_system.flat_map(|message| &message.parts).filter_map(Part::as_text);
    texts.filter(|text| !text.is_empty()).map(PartOut::text).collect()
}

fn tools(tools: &[Tool]) -> Tools<'_> {
    Tools { function_declarations: tools.iter().map(declaration).collect() }
}

fn declaration(tool: &Tool) -> Declaration<'_> {
    let Tool { name, description, parameters, strict: _, cache: _ } = tool;
    let description = description.as_deref();
    Declaration { name, description, parameters_json_schema: parameters }
}

fn tool_config(choice: &ToolChoice) -> Option<ToolConfig<'_>> {
    let (mode, name) = match choice {
        ToolChoice::Auto => return None,
        ToolChoice::None => ("NONE", None),
        ToolChoice::Required => ("ANY", None),
        ToolChoice::Named(name) => ("ANY", Some([name.as_str()])),
    };
    Some(ToolConfig { function_calling_config: Calling { mode, allowed_function_names: name } })
}

fn generation_config<'a>(model: &str, request: &'a ChatRequest) -> GenerationConfig<'a> {
    let schema = match &request.response_format {
        ResponseFormat::JsonSchema { schema, .. } => Some(schema),
        ResponseFormat::Text | ResponseFormat::JsonObject => None,
    };
    let is_json = request.response_format != ResponseFormat::Text;
    GenerationConfig {
        max_output_tokens: request.max_tokens,
        temperature: request.temperature,
        top_p: request.top_p,
        top_k: request.top_k,
        // The vendor's seeds are of 32 bits; one beyond would be refused.
        seed: request.seed.and_then(|seed| i32::try_from(seed).ok()),
        presence_penalty: request.presence_penalty,
        frequency_penalty: request.frequency_penalty,
        stop_sequences: &request.stop,
        response_mime_type: is_json.then_some("application/json"),
        response_json_schema: schema,
        thinking_config: thinking::config(model, request.reasoning),
    }
}
