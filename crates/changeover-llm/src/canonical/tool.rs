//! The tools that a model may ask for.

/// A tool that the model may ask for.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tool {
    pub name: String,
    pub description: Option<String>,
    /// JSON schema of the arguments.
    pub parameters: serde_json::Value,
    /// The vendor is to hold the arguments to the schema; `None` leaves it to the vendor.
    pub strict: Option<bool>,
    /// The list of tools up to this one is a prefix worth keeping at the vendor.
    pub cache: Option<super::CacheMark>,
}

/// Whether the model may, must or must not ask for tools.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ToolChoice {
    #[default]
    Auto,
    None,
    Required,
    Named(String),
}

impl ToolChoice {
    /// The answer must be a tool call.
    #[must_use]
    pub fn is_forced(&self) -> bool {
        matches!(self, Self::Required | Self::Named(_))
    }
}
