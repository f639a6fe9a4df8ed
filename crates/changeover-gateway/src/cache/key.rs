//! The name of a question: a hash of everything that could change its answer.
//!
//! Every field of the request is taken apart without `..`, so that a new one does not compile until
//! it has been decided here. What is left out, and why, stands where it is left out. The dialect and
//! whether the answer is streamed are no part of the canonical request: an answer can be told in
//! either dialect and either way.
//!
//! Each piece goes into the hash with its kind and length before it, so that no two questions write
//! the same bytes. Members of objects are sorted; the order of lists is kept, for models read it.

use changeover_domain::RouteId;
use changeover_llm::canonical::{Extra, ExtraOf, Reasoning, Thinking};
use changeover_llm::{
    ChatRequest, Image, ImageSource, Message, Part, ResponseFormat, Role, Tool, ToolChoice,
};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Who asks, as far as the cache knows: never more than a hash of the API key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TenantId([u8; 32]);

impl TenantId {
    /// The tenant that presents this key; without one, all who present none.
    pub(crate) fn of_key(api_key: Option<&str>) -> Self {
        let mut canon = Canon::begin("tenant");
        canon.optional(api_key, Canon::text);
        Self(canon.end())
    }
}

impl std::fmt::Debug for TenantId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TenantId(..)")
    }
}

/// By whom and under which rules a route's questions are answered: a fingerprint of what is configured
/// for it. With another configuration the same question is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct AnsweredBy([u8; 32]);

impl AnsweredBy {
    /// Of each piece of configuration that could change an answer, in a form that differs when it does.
    /// The fingerprint is never kept beyond the process.
    pub(crate) fn of(pieces: impl IntoIterator<Item = String>) -> Self {
        let mut canon = Canon::begin("configuration");
        for piece in pieces {
            canon.text(&piece);
        }
        Self(canon.end())
    }
}

/// A question of one tenant on one route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CacheKey([u8; 32]);

impl CacheKey {
    /// The key of a request as the caller sent it, before any mode or target has changed it.
    pub(crate) fn new(
        tenant: TenantId,
        route: &RouteId,
        answered_by: AnsweredBy,
        request: &ChatRequest,
    ) -> Self {
        let mut canon = Canon::begin("question");
        canon.0.update(tenant.0);
        canon.text(route.as_str());
        canon.0.update(answered_by.0);
        canon.request(request);
        Self(canon.end())
    }
}

struct Canon(Sha256);

impl Canon {
    fn begin(purpose: &str) -> Self {
        let mut canon = Self(Sha256::new());
        canon.text(purpose);
        canon
    }

    fn end(self) -> [u8; 32] {
        self.0.finalize().into()
    }

    fn request(&mut self, request: &ChatRequest) {
        let ChatRequest {
            messages,
            tools,
            tool_choice,
            parallel_tool_calls,
            response_format,
            max_tokens,
            temperature,
            top_p,
            top_k,
            seed,
            presence_penalty,
            frequency_penalty,
            stop,
            reasoning,
            // Who asks for whom, and what a vendor is to keep, change no answer.
            user: _,
            cache: _,
            extras,
        } = request;
        self.list(messages, Self::message);
        self.list(tools, Self::tool);
        self.tool_choice(tool_choice);
        self.response_format(response_format);
        self.optional(*max_tokens, |canon, tokens| canon.number(u64::from(tokens)));
        self.optional(*temperature, Self::fraction);
        self.optional(*top_p, Self::fraction);
        self.list(stop, |canon, text| canon.text(text));
        self.optional(*parallel_tool_calls, |canon, yes| canon.kind(u8::from(yes)));
        self.optional(*top_k, |canon, count| canon.number(u64::from(count)));
        self.optional(*seed, |canon, seed| canon.number(seed.cast_unsigned()));
        self.optional(*presence_penalty, Self::fraction);
        self.optional(*frequency_penalty, Self::fraction);
        self.reasoning(*reasoning);
        self.list(extras, Self::extra);
    }

    fn reasoning(&mut self, reasoning: Reasoning) {
        let Reasoning { thinking, effort, shown } = reasoning;
        self.optional(thinking, |canon, thinking| match thinking {
            Thinking::Off => canon.kind(b'o'),
            Thinking::Adaptive => canon.kind(b'a'),
            Thinking::Budget(tokens) => {
                canon.kind(b'b');
                canon.number(u64::from(tokens));
            }
        });
        self.optional(effort, |canon, effort| canon.text(effort.as_str()));
        self.optional(shown, |canon, shown| canon.kind(u8::from(shown)));
    }

    fn extra(&mut self, extra: &Extra) {
        let Extra { of, name, value } = extra;
        self.kind(match of {
            ExtraOf::Anthropic => b'a',
            ExtraOf::Openai => b'o',
            ExtraOf::OpenaiCompatible => b'c',
        });
        self.text(name);
        self.json(value);
    }

    fn image(&mut self, image: &Image) {
        let Image { source, detail } = image;
        match source {
            ImageSource::Inline { media_type, base64 } => {
                self.kind(b'i');
                self.text(media_type);
                self.text(base64);
            }
            // What is at the address may change; so may an answer to words, and this is opt-in.
            ImageSource::Url(url) => {
                self.kind(b'u');
                self.text(url);
            }
        }
        self.optional(detail.as_deref(), Self::text);
    }

    fn message(&mut self, message: &Message) {
        let Message { role, parts } = message;
        self.kind(match role {
            Role::System => b's',
            Role::User => b'u',
            Role::Assistant => b'a',
            Role::Tool => b't',
        });
        self.list(parts, Self::part);
    }

    fn part(&mut self, part: &Part) {
        match part {
            Part::Text(text) => {
                self.kind(b't');
                self.text(text);
            }
            Part::Image(image) => {
                self.kind(b'i');
                self.image(image);
            }
            Part::Thinking { text, signature } => {
                self.kind(b'h');
                self.text(text);
                self.optional(signature.as_deref(), Self::text);
            }
            Part::RedactedThinking(data) => {
                self.kind(b'x');
                self.text(data);
            }
            Part::CacheMark(_) => self.kind(b'm'),
            Part::ToolCall { id, name, arguments, signature } => {
                self.kind(b'c');
                self.text(id);
                self.text(name);
                self.text(arguments);
                self.optional(signature.as_deref(), Self::text);
            }
            Part::ToolResult { call_id, parts, is_error } => {
                self.kind(b'r');
                self.text(call_id);
                self.list(parts, Self::part);
                self.kind(u8::from(*is_error));
            }
        }
    }

    fn tool(&mut self, tool: &Tool) {
        let Tool { name, description, parameters, strict, cache: _ } = tool;
        self.text(name);
        self.optional(description.as_deref(), Self::text);
        self.json(parameters);
        self.optional(*strict, |canon, strict| canon.kind(u8::from(strict)));
    }

    fn tool_choice(&mut self, choice: &ToolChoice) {
        match choice {
            ToolChoice::Auto => self.kind(b'a'),
            ToolChoice::None => self.kind(b'n'),
            ToolChoice::Required => self.kind(b'r'),
            ToolChoice::Named(name) => {
                self.kind(b'f');
                self.text(name);
            }
        }
    }

    fn response_format(&mut self, format: &ResponseFormat) {
        match format {
            ResponseFormat::Text => self.kind(b't'),
            ResponseFormat::JsonObject => self.kind(b'o'),
            ResponseFormat::JsonSchema { name, schema, strict } => {
                self.kind(b's');
                self.text(name);
                self.json(schema);
                self.kind(u8::from(*strict));
            }
        }
    }

    /// Nested no deeper than the parser lets through.
    fn json(&mut self, value: &Value) {
        match value {
            Value::Null => self.kind(b'0'),
            Value::Bool(yes) => {
                self.kind(b'b');
                self.kind(u8::from(*yes));
            }
            Value::Number(number) => {
                self.kind(b'n');
                self.text(&number.to_string());
            }
            Value::String(text) => {
                self.kind(b't');
                self.text(text);
            }
            Value::Array(elements) => {
                self.kind(b'a');
                self.list(elements, Self::json);
            }
            Value::Object(members) => {
                self.kind(b'o');
                let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
                sorted.sort_unstable_by_key(|(name, _)| *name);
                self.list(&sorted, |canon, (name, value)| {
                    canon.text(name);
                    canon.json(value);
                });
            }
        }
    }

    fn kind(&mut self, kind: u8) {
        self.0.update([kind]);
    }

    fn number(&mut self, number: u64) {
        self.0.update(number.to_le_bytes());
    }

    fn fraction(&mut self, fraction: f64) {
        // Adding zero makes -0 the 0 that it is.
        self.number((fraction + 0.0).to_bits());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.update(text);
    }

    fn list<T>(&mut self, list: &[T], mut each: impl FnMut(&mut Self, &T)) {
        self.number(list.len() as u64);
        for one in list {
            each(self, one);
        }
    }

    fn optional<T>(&mut self, value: Option<T>, some: impl FnOnce(&mut Self, T)) {
        self.kind(u8::from(value.is_some()));
        if let Some(value) = value {
            some(self, value);
        }
    }
}
