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
use changeover_llm::{ChatRequest, Image, Message, Part, ResponseFormat, Role, Tool, ToolChoice};
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

/// A question of one tenant on one route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CacheKey([u8; 32]);

impl CacheKey {
    /// The key of a request as the caller sent it, before any mode or target has changed it.
    pub(crate) fn new(tenant: TenantId, route: &RouteId, request: &ChatRequest) -> Self {
        let mut canon = Canon::begin("question");
        canon.0.update(tenant.0);
        canon.text(route.as_str());
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
            response_format,
            max_tokens,
            temperature,
            top_p,
            stop,
        } = request;
        self.list(messages, Self::message);
        self.list(tools, Self::tool);
        self.tool_choice(tool_choice);
        self.response_format(response_format);
        self.optional(*max_tokens, |canon, tokens| canon.number(u64::from(tokens)));
        self.optional(*temperature, Self::fraction);
        self.optional(*top_p, Self::fraction);
        self.list(stop, |canon, text| canon.text(text));
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
            Part::Image(Image::Inline { media_type, base64 }) => {
                self.kind(b'i');
                self.text(media_type);
                self.text(base64);
            }
            // What is at the address may change; so may an answer to words, and this is opt-in.
            Part::Image(Image::Url(url)) => {
                self.kind(b'u');
                self.text(url);
            }
            Part::ToolCall { id, name, arguments } => {
                self.kind(b'c');
                self.text(id);
                self.text(name);
                self.text(arguments);
            }
            Part::ToolResult { call_id, text, is_error } => {
                self.kind(b'r');
                self.text(call_id);
                self.text(text);
                self.kind(u8::from(*is_error));
            }
        }
    }

    fn tool(&mut self, tool: &Tool) {
        let Tool { name, description, parameters } = tool;
        self.text(name);
        self.optional(description.as_deref(), Self::text);
        self.json(parameters);
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
