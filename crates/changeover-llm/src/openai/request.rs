//! Writes a chat completion request.

mod message;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{Flavour, models};
use crate::canonical::{ChatRequest, Effort, Extra, ResponseFormat, Thinking, Tool, ToolChoice};
use message::Messages;

/// The body of a request, borrowed from the canonical one.
#[derive(Debug, Serialize)]
pub(crate) struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
    messages: Messages<'a>,
    #[serde(flatten)]
    length: Length,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frequency_penalty: Option<f64>,
    #[serde(flatten)]
    seed: Seed,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    stop: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tools: Option<Tools<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<Choice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parallel_tool_calls: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Format<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
    #[serde(flatten)]
    extras: Extras<'a>,
}

/// `OpenAI` itself has given the length another name.
#[derive(Debug, Default, Serialize)]
struct Length {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
}

#[derive(Debug, Default, Serialize)]
struct Seed {
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    random_seed: Option<i64>,
}

#[derive(Debug, Serialize)]
struct StreamOptions {
    include_usage: bool,
}

/// The body for `model` at a vendor of `flavour`.
pub(crate) fn body<'a>(
    model: &'a str,
    request: &'a ChatRequest,
    streaming: bool,
    flavour: Flavour,
) -> Body<'a> {
    let has_tools = !request.tools.is_empty();
    let samples = takes_sampling(model, request, flavour);
    Body {
        model: Some(model),
        messages: Messages { messages: &request.messages, flavour },
        length: length(request.max_tokens, flavour),
        temperature: request.temperature.filter(|_| samples),
        top_p: request.top_p.filter(|_| samples),
        presence_penalty: request.presence_penalty.filter(|_| samples),
        frequency_penalty: request.frequency_penalty.filter(|_| samples),
        seed: seed(request.seed, flavour),
        stop: &request.stop,
        reasoning_effort: effort(model, request, flavour),
        user: request.user.as_deref().filter(|_| flavour.is_openai()),
        tools: has_tools.then_some(Tools { tools: &request.tools, flavour }),
        tool_choice: choice(request).filter(|_| has_tools),
        parallel_tool_calls: request.parallel_tool_calls.filter(|_| has_tools),
        response_format: format(&request.response_format, flavour),
        stream: streaming.then_some(true),
        stream_options: streaming.then_some(StreamOptions { include_usage: true }),
        extras: Extras { extras: &request.extras, flavour },
    }
}

impl Body<'_> {
    /// For an address that names the model already.
    pub(crate) fn without_model(self) -> Self {
        Self { model: None, ..self }
    }

    /// For versions of the API from before models that think: they refuse what they do not know.
    pub(crate) fn in_older_words(self) -> Self {
        let Length { max_completion_tokens, max_tokens } = self.length;
        let max_tokens = max_tokens.or(max_completion_tokens);
        Self {
            length: Length { max_tokens, ..Length::default() },
            stream_options: None,
            reasoning_effort: None,
            ..self
        }
    }
}

fn length(max: Option<u32>, flavour: Flavour) -> Length {
    if flavour.is_openai() {
        Length { max_completion_tokens: max, ..Length::default() }
    } else {
        Length { max_tokens: max, ..Length::default() }
    }
}

fn seed(seed: Option<i64>, flavour: Flavour) -> Seed {
    match flavour {
        Flavour::Mistral => Seed { random_seed: seed, ..Seed::default() },
        _ => Seed { seed, ..Seed::default() },
    }
}

pub(super) fn takes_sampling(model: &str, request: &ChatRequest, flavour: Flavour) -> bool {
    let asks_effort = request.reasoning.as_effort().is_some_and(|effort| effort != Effort::None);
    flavour != Flavour::Openai || models::takes_sampling(model, asks_effort)
}

/// What comes nearest to not thinking at all, where the caller wants none.
fn least_of(model: &str, request: &ChatRequest) -> Option<Effort> {
    let off = request.reasoning.thinking == Some(Thinking::Off);
    off.then(|| models::least_effort(model))
}

/// A borrower is asked for an effort only where the caller named one: many refuse the field.
pub(super) fn effort(model: &str, request: &ChatRequest, flavour: Flavour) -> Option<&'static str> {
    let effort = match flavour {
        Flavour::Openai => request
            .reasoning
            .as_effort()
            .or_else(|| least_of(model, request))
            .filter(|_| models::takes_effort(model)),
        Flavour::Azure => request.reasoning.effort,
        // What lies beyond is `OpenAI`'s and Anthropic's own.
        Flavour::Compatible | Flavour::Mistral => {
            request.reasoning.effort.map(|effort| effort.min(Effort::High))
        }
    };
    effort.map(Effort::as_str)
}

#[derive(Debug)]
struct Tools<'a> {
    tools: &'a [Tool],
    flavour: Flavour,
}

#[derive(Debug, Serialize)]
struct ToolOut<'a> {
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Debug, Serialize)]
struct Function<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    parameters: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    strict: Option<bool>,
}

impl Serialize for Tools<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.tools.iter().map(|tool| ToolOut {
            r#type: "function",
            function: Function {
                name: &tool.name,
                description: tool.description.as_deref(),
                parameters: &tool.parameters,
                strict: tool.strict.map(|strict| strict && self.flavour.holds_to(&tool.parameters)),
            },
        }))
    }
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Choice<'a> {
    Word(&'static str),
    Function { r#type: &'static str, function: Named<'a> },
}

#[derive(Debug, Serialize)]
struct Named<'a> {
    name: &'a str,
}

fn choice(request: &ChatRequest) -> Option<Choice<'_>> {
    match &request.tool_choice {
        ToolChoice::Auto => None,
        ToolChoice::None => Some(Choice::Word("none")),
        ToolChoice::Required => Some(Choice::Word("required")),
        ToolChoice::Named(name) => {
            Some(Choice::Function { r#type: "function", function: Named { name } })
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Format<'a> {
    JsonObject,
    JsonSchema { json_schema: Schema<'a> },
}

#[derive(Debug, Serialize)]
struct Schema<'a> {
    name: &'a str,
    schema: &'a Value,
    strict: bool,
}

fn format(format: &ResponseFormat, flavour: Flavour) -> Option<Format<'_>> {
    match format {
        ResponseFormat::Text => None,
        ResponseFormat::JsonObject => Some(Format::JsonObject),
        ResponseFormat::JsonSchema { name, schema, strict } => {
            let strict = *strict && flavour.holds_to(schema);
            Some(Format::JsonSchema { json_schema: Schema { name, schema, strict } })
        }
    }
}

#[derive(Debug)]
struct Extras<'a> {
    extras: &'a [Extra],
    flavour: Flavour,
}

impl Serialize for Extras<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let taken = self.extras.iter().filter(|extra| self.flavour.takes(extra.of));
        for extra in taken {
            map.serialize_entry(&extra.name, &extra.value)?;
        }
        map.end()
    }
}
