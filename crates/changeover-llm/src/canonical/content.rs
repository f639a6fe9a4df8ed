//! The turns of a conversation and what they are made of.

/// One turn of the conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub role: Role,
    pub parts: Vec<Part>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    System,
    User,
    Assistant,
    /// Carries [`Part::ToolResult`].
    Tool,
}

/// A piece of a turn.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    Text(String),
    /// An image, inline as base64 or by address.
    Image(Image),
    /// What the model thought, with the vendor's proof that it did: only signed thoughts may be
    /// given back to the vendor that signed them.
    Thinking {
        text: String,
        signature: Option<String>,
    },
    /// Thoughts that the vendor gives out sealed only.
    RedactedThinking(String),
    /// The model asks for a tool; `arguments` is the JSON text as the model wrote it.
    ToolCall {
        id: String,
        name: String,
        arguments: String,
        /// The vendor's proof of the thoughts behind the call, which it wants back with the call.
        signature: Option<String>,
    },
    /// What a tool answered: texts and images.
    ToolResult {
        call_id: String,
        parts: Vec<Self>,
        is_error: bool,
    },
    /// No content: what stands before it is a prefix worth keeping at the vendor.
    CacheMark(CacheMark),
}

impl Part {
    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The texts among `parts`, as one.
pub(crate) fn joined_text(parts: &[Part]) -> String {
    parts.iter().filter_map(Part::as_text).collect()
}

/// An image in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    pub source: ImageSource,
    /// How closely the model looks, in `OpenAI`'s words: `low`, `high` …
    pub detail: Option<String>,
}

/// Where an image is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageSource {
    Inline { media_type: String, base64: String },
    Url(String),
}

impl From<ImageSource> for Image {
    fn from(source: ImageSource) -> Self {
        Self { source, detail: None }
    }
}

/// How long a marked prefix is to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CacheMark {
    /// As long as the vendor keeps prefixes usually.
    #[default]
    Usual,
    OneHour,
}
