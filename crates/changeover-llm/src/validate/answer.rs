//! One request's demands on its answer, and the verdict on one.

use std::collections::HashMap;
use std::sync::Arc;

use changeover_domain::FailureClass;
use serde_json::Value;

use super::bounds::Allowance;
use super::compiled::{Compiled, InvalidSchema, SchemaField, Validators};
use super::refusal::RefusalPatterns;
use crate::canonical::{ChatRequest, ChatResponse, FinishReason, Part, ResponseFormat, ToolChoice};
use crate::classify::Classified;
use crate::classify::content::{empty, truncated};
use crate::failure::Failure;

/// What a request asks of its answer.
#[derive(Debug, Clone)]
pub struct Judge {
    format: Format,
    tools: HashMap<String, Arc<Compiled>>,
    tool_choice: ToolChoice,
    one_call_at_most: bool,
    /// The request itself says how long the answer may be.
    length_is_asked: bool,
    /// It has stop texts, and the answer may begin with one.
    may_stop_at_once: bool,
    refusals: Arc<RefusalPatterns>,
}

#[derive(Debug, Clone)]
enum Format {
    Text,
    Object,
    Schema(Arc<Compiled>),
}

impl Judge {
    /// Prepares the judgement of answers to `request`, as it will be sent.
    ///
    /// # Errors
    /// When one of its schemas cannot be used. The providers might take it, but what they answer
    /// could not be checked as the route demands.
    pub fn try_new(
        request: &ChatRequest,
        validators: &Validators,
        refusals: Arc<RefusalPatterns>,
    ) -> Result<Self, InvalidSchema> {
        let mut allowance = Allowance::of_tools(request.tools.len())
            .map_err(|problem| InvalidSchema { field: SchemaField::Tools, problem })?;
        let mut compile = |schema: &Value, field| {
            let compiled = validators.compile_within(schema, &mut allowance);
            compiled.map_err(|problem| InvalidSchema { field, problem })
        };
        let format = match &request.response_format {
            ResponseFormat::Text => Format::Text,
            ResponseFormat::JsonObject => Format::Object,
            ResponseFormat::JsonSchema { schema, .. } => {
                Format::Schema(compile(schema, SchemaField::ResponseFormat)?)
            }
        };
        let tools = request.tools.iter().enumerate().map(|(index, tool)| {
            Ok((tool.name.clone(), compile(&tool.parameters, SchemaField::Tool(index))?))
        });
        Ok(Self {
            format,
            tools: tools.collect::<Result<_, _>>()?,
            tool_choice: request.tool_choice.clone(),
            one_call_at_most: request.parallel_tool_calls == Some(false),
            length_is_asked: request.max_tokens.is_some(),
            may_stop_at_once: !request.stop.is_empty(),
            refusals,
        })
    }

    /// The same demands of an answer whose length somebody has limited on the request's behalf: to be
    /// cut there is what was asked for.
    #[must_use]
    pub fn with_length_asked(&self) -> Self {
        Self { length_is_asked: true, ..self.clone() }
    }

    /// Judges an answer that came with status 200.
    ///
    /// # Errors
    /// What is wrong with it, with what it used all the same.
    pub fn judge(&self, response: &ChatResponse) -> Result<(), Failure> {
        self.verdict(response).map_err(|found| Failure {
            http_status: Some(200),
            usage: response.usage,
            is_verdict: true,
            ..Failure::from_classified(found)
        })
    }

    fn verdict(&self, response: &ChatResponse) -> Result<(), Classified> {
        let content = Content::of(response);
        self.refused(response.finish, &content)?;
        let cut = response.finish == FinishReason::Length;
        let stopped = self.may_stop_at_once && response.finish == FinishReason::Stop;
        if content.is_empty() && !stopped {
            return Err(if cut { truncated() } else { empty() });
        }
        let usable = if content.calls.is_empty() {
            self.no_call_is_owed().and_then(|()| self.text(&content.text, cut))
        } else if self.one_call_at_most && content.calls.len() > 1 {
            Err(wrong_call(
                "the request allows one tool call at a time, and the answer has several",
            ))
        } else {
            content.calls.iter().try_for_each(|call| self.call(call))
        };
        // What was cut is wrong for that reason, whatever else follows from it.
        usable.map_err(|found| if cut { truncated() } else { found })
    }

    fn refused(&self, finish: FinishReason, content: &Content<'_>) -> Result<(), Classified> {
        let class = match finish {
            FinishReason::Refusal => FailureClass::Refusal,
            FinishReason::ContentFilter => FailureClass::ContentFilter,
            FinishReason::Stop | FinishReason::Length | FinishReason::ToolCalls => {
                let reads_so = content.calls.is_empty() && self.refusals.matches(&content.text);
                return if reads_so {
                    let why = "the answer reads like a refusal, by the route's patterns";
                    Err(Classified::usual(FailureClass::Refusal, why))
                } else {
                    Ok(())
                };
            }
        };
        Err(Classified::usual(class, "the vendor marks the answer as refused or filtered"))
    }

    fn no_call_is_owed(&self) -> Result<(), Classified> {
        match self.tool_choice {
            ToolChoice::Auto | ToolChoice::None => Ok(()),
            ToolChoice::Required | ToolChoice::Named(_) => {
                Err(wrong_call("the request demands a tool call, and the answer has none"))
            }
        }
    }

    fn text(&self, text: &str, cut: bool) -> Result<(), Classified> {
        let schema = match &self.format {
            Format::Text if cut && !self.length_is_asked => return Err(truncated()),
            Format::Text => return Ok(()),
            Format::Object => None,
            Format::Schema(schema) => Some(schema),
        };
        let value: Value = serde_json::from_str(text).map_err(|error| not_json(text, &error))?;
        match schema {
            Some(schema) => schema.check(&value).map_err(|reason| {
                wrong_output(format!("the answer does not fit its schema: {reason}"))
            }),
            None if value.is_object() => Ok(()),
            None => Err(wrong_output("the answer is JSON, but no object")),
        }
    }

    fn call(&self, call: &Call<'_>) -> Result<(), Classified> {
        // The tool's name is quoted only where the request knows it.
        let Some(schema) = self.tools.get(call.name) else {
            return Err(wrong_call("the model called a tool that was not offered"));
        };
        match &self.tool_choice {
            ToolChoice::None => {
                return Err(wrong_call("the model called a tool, which the request forbids"));
            }
            ToolChoice::Named(name) if name != call.name => {
                return Err(wrong_call(format!("the model called another tool than `{name}`")));
            }
            ToolChoice::Named(_) | ToolChoice::Required | ToolChoice::Auto => {}
        }
        // Vendors write no arguments as nothing at all.
        let text = if call.arguments.trim().is_empty() { "{}" } else { call.arguments };
        let wrong =
            |what: String| wrong_call(format!("the arguments for the tool `{}` {what}", call.name));
        let value: Value = serde_json::from_str(text)
            .map_err(|error| wrong(format!("are not JSON, from line {} on", error.line())))?;
        schema.check(&value).map_err(|reason| wrong(format!("do not fit its schema: {reason}")))
    }
}

/// What a model wrote.
struct Content<'a> {
    text: String,
    calls: Vec<Call<'a>>,
}

struct Call<'a> {
    name: &'a str,
    arguments: &'a str,
}

impl<'a> Content<'a> {
    fn of(response: &'a ChatResponse) -> Self {
        let mut content = Self { text: String::new(), calls: Vec::new() };
        for part in &response.parts {
            match part {
                Part::Text(piece) => content.text.push_str(piece),
                Part::ToolCall { name, arguments, .. } => {
                    content.calls.push(Call { name, arguments });
                }
                Part::Thinking { .. }
                | Part::RedactedThinking(_)
                | Part::Image(_)
                | Part::ToolResult { .. }
                | Part::CacheMark(_) => {}
            }
        }
        content
    }

    fn is_empty(&self) -> bool {
        self.calls.is_empty() && self.text.trim().is_empty()
    }
}

fn not_json(text: &str, error: &serde_json::Error) -> Classified {
    wrong_output(if text.trim_start().starts_with("```") {
        "the answer is a Markdown fence and not JSON".to_owned()
    } else {
        format!("the answer is not JSON, from line {} column {} on", error.line(), error.column())
    })
}

fn wrong_output(why: impl Into<String>) -> Classified {
    Classified::usual(FailureClass::MalformedOutput, why)
}

fn wrong_call(why: impl Into<String>) -> Classified {
    Classified::usual(FailureClass::MalformedToolCall, why)
}
